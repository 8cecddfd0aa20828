// Package daemon runs an installation for the command line: as a server on its
// Unix socket, or inside one command. Nothing but the local operator's own
// processes can reach it unless a loopback address is asked for, and then only
// with the token of the data directory.
package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/failpoint"
)

// Daemon runs installations of one build.
type Daemon struct {
	Version api.Version
	Points  *failpoint.Points
}

// socketName is the server's socket in the data directory.
const socketName = "harrier.sock"

// drain is how long requests may go on when a server stops.
const drain = 10 * time.Second

// Serve implements cli.Config.Serve.
func (d Daemon) Serve(ctx context.Context, o cli.ServeOptions) error {
	a, err := app.Open(ctx, app.Options{Dir: o.Dir, Log: o.Log, Points: d.Points})
	if err != nil {
		return err
	}
	return errors.Join(d.Attend(ctx, a, o), a.Close())
}

// Attend listens for an installation that is open, and drives its runs, until
// ctx ends.
func (d Daemon) Attend(ctx context.Context, a *app.App, o cli.ServeOptions) error {
	handler := a.Server(d.Version)
	ready := cli.ServeReady{Socket: filepath.Join(o.Dir, socketName)}
	listeners := map[net.Listener]http.Handler{}
	socket, err := listenSocket(ready.Socket)
	if err != nil {
		return err
	}
	listeners[socket] = handler.Handler(operator)
	if o.Listen != "" {
		ln, token, err := listenLoopback(o)
		if err != nil {
			return errors.Join(err, socket.Close())
		}
		ready.URL, ready.TokenFile = "http://"+ln.Addr().String(), filepath.Join(o.Dir, tokenName)
		listeners[ln] = handler.Handler(bearer(token))
	}
	if o.Ready != nil {
		o.Ready(ready)
	}
	return serve(ctx, a, listeners, o.Log)
}

// serve answers requests and drives runs until ctx ends.
func serve(ctx context.Context, a *app.App, listeners map[net.Listener]http.Handler, log *slog.Logger) error {
	group, ctx := newGroup(ctx)
	group.run(func() error { return a.Run(ctx) })
	for ln, h := range listeners {
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
		if log != nil {
			server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
		}
		group.run(func() error {
			if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		group.run(func() error {
			<-ctx.Done()
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
			defer cancel()
			if err := server.Shutdown(last); err != nil {
				return server.Close() // streams that never end
			}
			return nil
		})
	}
	return group.wait()
}

// listenSocket listens where only the owner of the data directory can connect.
// A socket that is there belongs to a dead server: the directory's lock is ours.
func listenSocket(path string) (net.Listener, error) {
	const most = 104 // the shortest limit among the systems we run on
	if len(path) > most {
		return nil, harrier.Errorf(harrier.Invalid, "the path of the socket %s is longer than %d characters; choose a data directory with a shorter path", path, most)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, harrier.Errorf(harrier.Unavailable, "remove the old socket: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

// operator lets whoever can open the socket be the local operator.
func operator(*http.Request) (harrier.Principal, bool) { return harrier.Operator(), true }
