package listen

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/harrier-soar/harrier"
)

// endpoint is one address with one transport, for all sources that share it.
type endpoint struct {
	server  *Server
	key     endpointKey
	refused atomic.Int64

	routes atomic.Pointer[table]
	owned  sync.WaitGroup

	mu      sync.Mutex // guards what follows
	address string
	problem string
	stop    context.CancelFunc // ends reading; nil while the socket is not open
	socket  io.Closer
	files   *identityFiles // of TLS
	streams *streams
	packets *packets
}

func newEndpoint(s *Server, key endpointKey) *endpoint {
	e := &endpoint{server: s, key: key}
	e.routes.Store(&table{})
	return e
}

// fits tells whether a socket that is open can serve other sources, too: what
// it proves itself with must be the same.
func (e *endpoint) fits(t table) bool {
	old := *e.routes.Load()
	if len(old) == 0 || len(t) == 0 {
		return len(old) == len(t)
	}
	return reflect.DeepEqual(identity(old), identity(t))
}

// identity is what the first source says about certificates.
func identity(t table) Certificates {
	if t[0].settings.TLS == nil {
		return Certificates{}
	}
	c := *t[0].settings.TLS
	c.ClientNames = nil
	return c
}

// set gives the endpoint its sources, and opens its socket where it is not open.
func (e *endpoint) set(ctx, work context.Context, t table, problem string) {
	for _, r := range *e.routes.Load() {
		for j, now := range t {
			if r.source.ID == now.source.ID && r.same(now) {
				t[j] = r // its connections and its queue stay
			}
		}
	}
	e.retire(t)
	e.routes.Store(&t)
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.problem
	e.problem = problem
	defer func() { e.say(ctx, before) }()
	if e.streams != nil {
		e.streams.keep(t)
	}
	if e.packets != nil {
		e.packets.keep(work, t)
	}
	if e.stop != nil || len(t) == 0 || ctx.Err() != nil {
		return
	}
	if err := e.open(ctx, work, t); err != nil {
		e.problem = err.Error()
	}
}

// say logs what is wrong when that changed: what is wrong is tried again often.
func (e *endpoint) say(ctx context.Context, before string) {
	if e.problem == before {
		return
	}
	where := []slog.Attr{slog.String("listen", e.key.listen), slog.String("transport", e.key.transport)}
	if e.problem == "" {
		e.server.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "syslog is listened for as its sources declare again", where...)
		return
	}
	e.server.cfg.Log.LogAttrs(ctx, slog.LevelError, "syslog cannot be listened for as its sources declare; it is tried again", append(where, slog.String("problem", e.problem))...)
}

// retire marks the routes that are not among those that stay.
func (e *endpoint) retire(stay table) {
	for _, r := range *e.routes.Load() {
		if !slices.Contains(stay, r) {
			r.gone.Store(true)
		}
	}
}

// open opens the socket and begins to read.
func (e *endpoint) open(ctx, work context.Context, t table) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	fail := func(err error) error {
		stop()
		return harrier.Errorf(harrier.Unavailable, "%s %s cannot be listened on: %w", e.key.transport, e.key.listen, err)
	}
	var config net.ListenConfig
	if e.key.transport == UDP {
		conn, err := config.ListenPacket(ctx, "udp", e.key.listen)
		if err != nil {
			return fail(err)
		}
		udp, ok := conn.(*net.UDPConn)
		if !ok {
			return fail(net.ErrClosed)
		}
		e.stop, e.socket, e.address = stop, udp, udp.LocalAddr().String()
		e.packets = newPackets(e, udp)
		e.packets.keep(work, t)
		e.owned.Go(func() { e.packets.read(running) })
		return nil
	}
	listener, err := config.Listen(ctx, "tcp", e.key.listen)
	if err != nil {
		return fail(err)
	}
	var secure *tls.Config
	if e.key.transport == TLS {
		files, err := serverTLS(e.server.cfg.Dir, identity(t), e.server.cfg.Now)
		if err != nil {
			_ = listener.Close()
			return fail(err)
		}
		e.files, secure = files, files.server()
	}
	e.stop, e.socket, e.address = stop, listener, listener.Addr().String()
	e.streams = newStreams(e, secure)
	e.owned.Go(func() { e.streams.listen(running, work, listener) })
	return nil
}

// close stops to listen, and waits until what arrived is stored.
func (e *endpoint) close() {
	e.mu.Lock()
	stop, socket := e.stop, e.socket
	e.stop = nil
	e.mu.Unlock()
	if stop == nil {
		return
	}
	stop()
	if e.key.transport != UDP { // the reader of UDP empties it first, and closes it
		_ = socket.Close()
	}
	e.owned.Wait()
}

func (e *endpoint) about() Listener {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := Listener{Listen: e.key.listen, Transport: e.key.transport, Address: e.address, Refused: e.refused.Load(), Problem: e.problem}
	if e.files != nil {
		l.CertificateEnds = e.files.end()
	}
	for _, r := range *e.routes.Load() {
		l.Sources = append(l.Sources, r.source.ID)
	}
	return l
}

// refuse counts a sender that nobody declared; of many the log has the first of each doubling.
func (e *endpoint) refuse(ctx context.Context, peer, why string) {
	if n := e.refused.Add(1); n&(n-1) == 0 {
		e.server.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "a sender of syslog was refused", slog.String("listen", e.key.listen), slog.String("transport", e.key.transport),
			slog.String("peer", peer), slog.String("why", why), slog.Int64("so_far", n))
	}
}
