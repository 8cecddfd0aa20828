// Package daemon runs an installation for the command line: as a server on its
// Unix socket, or inside one command. Nothing but the local operator's own
// processes can reach it unless an address is asked for, and then only with the
// token of the data directory, or as somebody who has an account.
package daemon

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime/debug"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/failpoint"
)

// Daemon runs installations of one build.
type Daemon struct {
	Version api.Version
	// Points are the armed failpoints; nil means none.
	Points *failpoint.Points
	// Helper is the program that is started to read hostile bytes; empty reads
	// them in this process.
	Helper string
}

// Serve implements cli.Config.Serve.
func (d Daemon) Serve(ctx context.Context, o cli.ServeOptions) error {
	spendMemory()
	a, err := app.Open(ctx, app.Options{Dir: o.Dir, Log: o.Log, Points: d.Points, Helper: d.Helper, PublicURL: o.PublicURL, SecondFactor: o.SecondFactor})
	if err != nil {
		return err
	}
	return errors.Join(d.Attend(ctx, a, o), a.Close())
}

// spendMemory lets a server hold some more memory than a command does, for less
// time of the processor that collects garbage; with 200 it holds 14 MB more and
// is no quicker. GOGC in the environment overrules it.
func spendMemory() {
	const usual, percent = 100, 150
	if was := debug.SetGCPercent(percent); was != usual {
		debug.SetGCPercent(was)
	}
}

// Attend listens for an installation that is open, and drives its runs, until
// ctx ends.
func (d Daemon) Attend(ctx context.Context, a *app.App, o cli.ServeOptions) error {
	where := api.Listening{
		Socket: api.SocketPath(o.Dir), Address: o.Listen, Certificate: o.Certificate, Key: o.Key, Operator: harrier.Operator(), Doors: o.Doors,
	}
	ready := cli.ServeReady{Socket: where.Socket}
	if o.Listen != "" {
		if err := prepare(ctx, a, &where, &ready); err != nil {
			return err
		}
	}
	listener, err := a.Server(d.Version).Listen(ctx, where)
	if err != nil {
		return err
	}
	if err := a.Warm(); err != nil {
		return err
	}
	ready.URL, ready.Doors = listener.URL, listener.Doors
	if o.Ready != nil {
		o.Ready(ready)
	}
	debug.FreeOSMemory() // what it took to read playbooks, connectors and mappings is not needed any more
	group, ctx := newGroup(ctx)
	group.run(func() error { return a.Run(ctx) })
	group.run(func() error { return listener.Serve(ctx) })
	return group.wait()
}

// prepare makes what lets somebody in at an address: the token of the
// directory, and where nobody has an account the token by which the first is made.
func prepare(ctx context.Context, a *app.App, where *api.Listening, ready *cli.ServeReady) error {
	dir := filepath.Dir(where.Socket)
	token, err := api.EnsureToken(dir)
	if err != nil {
		return err
	}
	where.Token, ready.TokenFile = token, api.TokenPath(dir)
	if where.Accounts, err = a.HasAccounts(ctx); err != nil || where.Accounts {
		return err
	}
	ready.Setup, ready.SetupUntil, err = a.InviteFirst(ctx)
	return err
}

// Local implements cli.Config.Local: an installation inside this process.
func (d Daemon) Local(ctx context.Context, dir string, log *slog.Logger) (cli.LocalServer, error) {
	a, err := app.Open(ctx, app.Options{Dir: dir, Log: log, Points: d.Points, Helper: d.Helper})
	if err != nil {
		return cli.LocalServer{}, err
	}
	inner := a.Server(d.Version).InProcess(harrier.Operator())
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() {
		err := a.Run(running)
		inner.Wait()
		ended <- err
	}()
	return cli.LocalServer{
		Transport: inner,
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
