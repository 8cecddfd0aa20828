package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/cli"
)

// Local implements cli.Config.Local: an installation inside this process.
func (d Daemon) Local(ctx context.Context, dir string, log *slog.Logger) (cli.LocalServer, error) {
	a, err := app.Open(ctx, app.Options{Dir: dir, Log: log, Points: d.Points})
	if err != nil {
		return cli.LocalServer{}, err
	}
	inner := newPipe()
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() {
		ended <- serve(running, a, map[net.Listener]http.Handler{inner: a.Server(d.Version).Handler(operator)}, log)
	}()
	return cli.LocalServer{
		Transport: &http.Transport{DialContext: inner.dial},
		Close: func(ctx context.Context) error {
			stop()
			select {
			case err := <-ended:
				return errors.Join(err, a.Close())
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		},
	}, nil
}

// pipe is a listener that only this process can reach.
type pipe struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

var _ net.Listener = (*pipe)(nil)

func newPipe() *pipe { return &pipe{conns: make(chan net.Conn), done: make(chan struct{})} }

// Accept implements [net.Listener].
func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (p *pipe) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr implements [net.Listener].
func (p *pipe) Addr() net.Addr { return &net.UnixAddr{Name: "harrier", Net: "unix"} }

// dial connects to the listener.
func (p *pipe) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, harrier.Errorf(harrier.Unavailable, "the installation is closed")
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
