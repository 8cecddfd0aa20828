package demo

import (
	"context"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/lab"
)

// world is the simulated vendors, in this process or in another.
type world interface {
	oracle
	Seed(s lab.Scenario) error
	Fault(vendor string, r lab.Rule) error
	Close() error
}

// oracle tells what is there and what was done.
type oracle interface {
	Connections() []lab.ConnectionSeed
	State() lab.State
	Effects() []lab.Effect
	URL(vendor string) string
	Vendors() []string
}

var (
	_ world = (*lab.Lab)(nil)
	_ world = (*lab.Client)(nil)
)

// openWorld starts the vendors, or finds those that run elsewhere.
func openWorld(ctx context.Context, o cli.DemoOptions, dir string) (world, error) {
	if o.Lab != "" {
		return lab.Dial(ctx, o.Lab)
	}
	return lab.Start(lab.Config{Dir: dir})
}

// vendors lists the vendors for people.
func vendors(w world) []cli.DemoVendor {
	var list []cli.DemoVendor
	for _, name := range w.Vendors() {
		list = append(list, cli.DemoVendor{Name: name, URL: w.URL(name)})
	}
	return list
}

// connect adds a connection to every vendor that has none yet.
func connect(ctx context.Context, a *app.App, w world) error {
	have, err := a.ConnectionNames(ctx)
	if err != nil {
		return err
	}
	for _, seed := range w.Connections() {
		if have[seed.Name] {
			continue
		}
		private := make([]string, len(seed.AllowPrivate))
		for i, p := range seed.AllowPrivate {
			private[i] = p.String()
		}
		err := a.Connect(ctx, api.AddConnection{
			Name: seed.Name, Connector: seed.Connector, BaseURL: seed.BaseURL, Settings: seed.Settings,
			Secrets: seed.Secrets, AllowHosts: seed.AllowHosts, AllowPrivate: private, Limits: seed.Limits,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
