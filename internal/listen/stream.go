package listen

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/wire"
)

const (
	handshake = 10 * time.Second
	// drain is how long a connection is listened to, after a stop, for what is
	// on its way into this machine's memory.
	drain = 100 * time.Millisecond
)

// streams are the connections of a listener.
type streams struct {
	e      *endpoint
	secure *tls.Config

	mu   sync.Mutex // guards what follows
	open map[*stream]struct{}
	per  map[netip.Addr]int
}

func newStreams(e *endpoint, secure *tls.Config) *streams {
	return &streams{e: e, secure: secure, open: make(map[*stream]struct{}), per: make(map[netip.Addr]int)}
}

// listen takes connections until ctx ends, and waits for them; work ends later.
func (ss *streams) listen(ctx, work context.Context, l net.Listener) {
	var serving sync.WaitGroup
	defer serving.Wait()
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			if err == nil {
				_ = conn.Close()
			}
			return
		case err != nil: // such as too many open files
			ss.e.server.cfg.Log.LogAttrs(ctx, slog.LevelError, "a connection of syslog cannot be taken", slog.Any("err", err))
			timer := time.NewTimer(drain)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
			}
			continue
		}
		reading, end := context.WithCancel(ctx)
		st, why := ss.admit(conn, end)
		if st == nil {
			end()
			ss.e.refuse(ctx, conn.RemoteAddr().String(), why)
			_ = conn.Close()
			continue
		}
		serving.Go(func() {
			defer ss.leave(st)
			st.serve(reading, work)
		})
	}
}

// admit counts a connection in, or says why it may not stay.
func (ss *streams) admit(conn net.Conn, end context.CancelFunc) (st *stream, why string) {
	from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return nil, "its address cannot be read"
	}
	peer := from.Addr().Unmap()
	if !ss.e.routes.Load().holds(peer) {
		return nil, "no source declares its address"
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if len(ss.open) >= ss.e.server.cfg.Connections {
		return nil, "there are too many connections"
	}
	if ss.per[peer] >= ss.e.server.cfg.PerPeer {
		return nil, "it has too many connections"
	}
	st = &stream{streams: ss, conn: conn, peer: peer, port: from.Port(), end: end}
	ss.open[st] = struct{}{}
	ss.per[peer]++
	return st, ""
}

// holds tells whether any source declares an address, whatever its certificate.
func (t table) holds(peer netip.Addr) bool {
	peer = peer.Unmap().WithZone("")
	for _, r := range t {
		for _, p := range r.prefixes {
			if p.Contains(peer) {
				return true
			}
		}
	}
	return false
}

func (ss *streams) leave(st *stream) {
	st.end()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	delete(ss.open, st)
	if ss.per[st.peer]--; ss.per[st.peer] == 0 {
		delete(ss.per, st.peer)
	}
}

// keep ends the connections whose source is not listened to any more as it was;
// the sender comes again.
func (ss *streams) keep(t table) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for st := range ss.open {
		stays := st.route == nil
		for _, r := range t {
			stays = stays || st.route == r
		}
		if !stays {
			st.end()
		}
	}
}

// stream is one connection.
type stream struct {
	streams *streams
	conn    net.Conn
	peer    netip.Addr
	port    uint16
	// end ends reading, as when its source is gone.
	end context.CancelFunc

	// route is set once, under the lock of streams.
	route *route
}

// serve reads messages until the connection ends, or ctx does and nothing more comes.
func (st *stream) serve(ctx, work context.Context) {
	defer func() { _ = st.conn.Close() }()
	client, err := st.greet(ctx)
	if err != nil {
		st.streams.e.refuse(ctx, st.peer.String(), "the handshake of TLS: "+err.Error())
		return
	}
	r := st.streams.e.routes.Load().find(st.peer, client)
	if r == nil {
		st.streams.e.refuse(ctx, st.peer.String(), "no source declares it")
		return
	}
	st.streams.mu.Lock()
	st.route = r
	st.streams.mu.Unlock()
	r.count.connections.Add(1)
	defer r.count.connections.Add(-1)
	st.read(ctx, work, r, client)
}

// greet does the handshake of TLS.
func (st *stream) greet(ctx context.Context) (*x509.Certificate, error) {
	if st.streams.secure == nil {
		return nil, nil //nolint:nilnil // without TLS there is no certificate, and nothing is wrong
	}
	conn := tls.Server(st.conn, st.streams.secure)
	ctx, cancel := context.WithTimeout(ctx, handshake)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	st.conn = conn
	if certs := conn.ConnectionState().PeerCertificates; len(certs) > 0 {
		return certs[0], nil
	}
	return nil, nil //nolint:nilnil // the listener asks for no certificate
}

// read takes batch after batch: the next is not read before the last is stored.
func (st *stream) read(ctx, work context.Context, r *route, client *x509.Certificate) {
	e := st.streams.e
	m := r.meta
	m.Peer, m.Port = st.peer.String(), st.port
	if client != nil {
		m.Client = client.Subject.CommonName
	}
	patient := &patientReader{ended: ctx.Err, conn: st.conn, idle: r.settings.idle(), message: e.server.cfg.Message, grace: e.server.cfg.Grace}
	release := context.AfterFunc(ctx, patient.hurry)
	defer release()
	frames := wire.NewFrames(patient, r.settings.maxMessage(), r.settings.Framing)
	patient.begun = frames.Begun
	for {
		events, err := e.gather(frames, patient, r, m)
		if len(events) > 0 {
			if failed := e.server.hand(work, r, events); failed != nil {
				return
			}
		}
		if err != nil {
			if harrier.KindOf(err) == harrier.Invalid {
				r.count.broken.Add(1)
				e.server.cfg.Log.LogAttrs(ctx, slog.LevelError, "a connection of syslog cannot be followed", slog.Any("source_id", r.source.ID), slog.String("peer", m.Peer), slog.Any("err", err))
			}
			return
		}
	}
}

// gather reads a message, and those that are here already.
func (e *endpoint) gather(frames *wire.Frames, patient *patientReader, r *route, m meta) (events []harrier.RawEvent, err error) {
	bytes := 0
	for len(events) < batch && bytes < batchBytes {
		if len(events) > 0 && !frames.Buffered() {
			break
		}
		var frame wire.Frame
		frame, err = frames.Next()
		patient.began = time.Time{}
		one := m
		one.Cut = frame.Cut
		one.Incomplete = err != nil && !errors.Is(err, io.EOF)
		if len(frame.Body) > 0 {
			at := e.server.cfg.Now()
			events = append(events, r.event(frame.Body, at, one))
			r.count.arrived(at, 1)
			bytes += len(frame.Body)
			if one.Cut > 0 {
				r.count.cut.Add(1)
			}
			if one.Incomplete {
				r.count.incomplete.Add(1)
			}
		}
		if err != nil {
			break
		}
	}
	return events, err
}
