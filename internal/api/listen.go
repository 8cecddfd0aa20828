package api

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Listening says where a server listens.
type Listening struct {
	// Socket is the path of the Unix socket: whoever may open it is the
	// operator. Empty listens on none.
	Socket string
	// Address has a port; empty listens on none. It is one of loopback, unless
	// there is TLS and somebody can log in.
	Address string
	// Certificate and Key are PEM files for Address; they are read again when
	// they change.
	Certificate, Key string
	// Accounts tells that somebody has an account.
	Accounts bool
	// Token is what requests of this machine to Address may bear; they are the
	// operator's. Others bear the token of a session or an API key.
	Token harrier.Secret
	// Operator is who asks by the socket, or with the token.
	Operator harrier.Principal
	// Doors is where senders are listened to.
	Doors DoorListening
}

// Listener is a server that listens.
type Listener struct {
	s     *Server
	parts []listenerPart
	// URL is where it listens for the token's bearers; empty if it does not.
	URL string
	// Doors is where it listens for senders; empty if it does not.
	Doors string
}

type listenerPart struct {
	net.Listener
	who     Authenticator
	connCtx func(ctx context.Context, c net.Conn) context.Context
	// handler is what answers, where it is not the API; tls protects it, where it is set.
	handler http.Handler
	tls     *tls.Config
}

// SocketPath is where the server of a data directory has its socket.
func SocketPath(dir string) string { return filepath.Join(dir, "harrier.sock") }

// maxSocketPath is the longest path that every system takes for a socket.
const maxSocketPath = 103

// Listen opens the socket and the address. It fails where the address is not
// one of loopback and there is no TLS, or nobody has an account: Harrier is not
// to be reached from other machines without somebody's decision.
func (s *Server) Listen(ctx context.Context, l Listening) (*Listener, error) {
	out := &Listener{s: s}
	if l.Socket != "" {
		part, err := listenSocket(ctx, l)
		if err != nil {
			return nil, err
		}
		out.parts = append(out.parts, part)
	}
	if l.Address != "" {
		part, err := s.listenAddress(ctx, l)
		if err != nil {
			out.Close()
			return nil, err
		}
		out.URL = part.scheme() + part.Addr().String()
		out.parts = append(out.parts, part)
	}
	if l.Doors.Address != "" {
		part, err := s.listenDoors(ctx, l.Doors)
		if err != nil {
			out.Close()
			return nil, err
		}
		out.Doors = part.scheme() + part.Addr().String()
		out.parts = append(out.parts, part)
	}
	return out, nil
}

// listenSocket opens the Unix socket. The caller holds the lock of the data
// directory, so that a socket that is there was left by a server that died.
func listenSocket(ctx context.Context, l Listening) (listenerPart, error) {
	if len(l.Socket) > maxSocketPath {
		return listenerPart{}, harrier.Errorf(harrier.Invalid, "the path of the socket, %s, is longer than the %d bytes that systems allow; choose a data directory with a shorter path", l.Socket, maxSocketPath)
	}
	if err := os.Remove(l.Socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return listenerPart{}, harrier.Errorf(harrier.Unavailable, "cannot replace the socket %s; remove it by hand: %w", l.Socket, err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "unix", l.Socket)
	if err != nil {
		return listenerPart{}, harrier.Errorf(harrier.Unavailable, "cannot listen on the socket %s; see that its directory can be written: %w", l.Socket, err)
	}
	if err := os.Chmod(l.Socket, 0o600); err != nil {
		return listenerPart{}, harrier.Errorf(harrier.Unavailable, "cannot protect the socket %s: %w", l.Socket, errors.Join(err, ln.Close()))
	}
	return listenerPart{
		Listener: ln,
		who: func(r *http.Request) (harrier.Principal, bool) {
			trusted, _ := r.Context().Value(peerKey{}).(bool)
			return l.Operator, trusted
		},
		connCtx: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, peerKey{}, trustedPeer(c))
		},
	}, nil
}

type peerKey struct{}

// listenAddress opens the address.
func (s *Server) listenAddress(ctx context.Context, l Listening) (listenerPart, error) {
	address := strings.Replace(l.Address, "localhost:", "127.0.0.1:", 1)
	at, err := netip.ParseAddrPort(address)
	host, _, splitErr := net.SplitHostPort(address)
	everywhere := splitErr == nil && host == ""
	reachable := everywhere || !at.Addr().Unmap().IsLoopback()
	switch {
	case err != nil && !everywhere:
		return listenerPart{}, harrier.Errorf(harrier.Invalid, "%q is not an address to listen on; write 127.0.0.1:8080", l.Address)
	case reachable && l.Certificate == "":
		return listenerPart{}, harrier.Errorf(harrier.Invalid, "%s is not an address of this machine alone; give a certificate and its key (--cert, --key), or listen on 127.0.0.1 and let a proxy with TLS stand before it", l.Address)
	case reachable && !l.Accounts:
		return listenerPart{}, harrier.Errorf(harrier.Invalid, "nobody has an account yet, so nobody could log in from another machine; listen on 127.0.0.1 first and make one: harrier account setup")
	case l.Token.IsZero():
		return listenerPart{}, harrier.Errorf(harrier.Internal, "an address without a token")
	}
	part := listenerPart{handler: s.admitting(l)}
	if l.Certificate != "" {
		if part.tls, err = (DoorListening{Certificate: l.Certificate, Key: l.Key}).tls(); err != nil {
			return listenerPart{}, err
		}
	}
	var lc net.ListenConfig
	if part.Listener, err = lc.Listen(ctx, "tcp", address); err != nil {
		return listenerPart{}, harrier.Errorf(harrier.Unavailable, "cannot listen on %s; choose another port, or 0 for a free one: %w", l.Address, err)
	}
	return part, nil
}

// Close stops listening without waiting for anybody. Use it where Serve is not
// reached.
func (l *Listener) Close() {
	for _, p := range l.parts {
		_ = p.Listener.Close() // nobody listens any more, whatever it says
	}
}

// drain is how long requests may take to end when the server stops.
const drain = 5 * time.Second

// Serve answers until ctx is done, and then lets requests end for a while:
// streams are told at once, and who is still there after that is cut off.
func (l *Listener) Serve(ctx context.Context) error {
	// Requests live on their own: their context ends when their client leaves, or here.
	base, stop := context.WithCancelCause(context.WithValue(context.WithoutCancel(ctx), stoppingKey{}, ctx))
	defer stop(nil)
	errs := make([]error, len(l.parts))
	var wg sync.WaitGroup
	for i, part := range l.parts {
		handler := part.handler
		if handler == nil {
			handler = l.s.Handler(part.who)
		}
		server := &http.Server{
			Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
			BaseContext: func(net.Listener) context.Context { return base }, ConnContext: part.connCtx,
			ErrorLog: slog.NewLogLogger(l.s.cfg.Log.Handler(), slog.LevelDebug),
		}
		serving, over := context.WithCancel(ctx)
		wg.Go(func() {
			defer over()
			if err := part.serve(server); !errors.Is(err, http.ErrServerClosed) {
				errs[i] = err
			}
		})
		wg.Go(func() {
			<-serving.Done()
			grace, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), drain, errStopping)
			defer cancel()
			if server.Shutdown(grace) != nil {
				stop(errStopping)
				_ = server.Close()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

type stoppingKey struct{}

// whenStopping calls f when the server that a request came to begins to stop,
// unless unhook was called before.
func whenStopping(ctx context.Context, f func()) (unhook func() bool) {
	server, ok := ctx.Value(stoppingKey{}).(context.Context)
	if !ok {
		return func() bool { return true }
	}
	return context.AfterFunc(server, f)
}

var errStopping = &harrier.Error{Kind: harrier.Unavailable, Text: "the server is stopping"}
