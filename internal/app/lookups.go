package app

import (
	"cmp"
	"context"
	"sync"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// lookups lets intel.lookup and pictures ask the connections that offer a verb,
// by the same path that every other call takes.
type lookups struct {
	app *App

	mu    sync.Mutex // guards known
	known map[offer]offered
}

// offer is a question of who offers a verb.
type offer struct {
	tenant harrier.TenantID
	verb   string
}

// offered is who does, as long as the connections are those that it was made of.
type offered struct {
	of      []harrier.Connection
	sources []intel.Source
}

func newLookups(a *App) *lookups { return &lookups{app: a, known: map[offer]offered{}} }

var _ intel.Lookups = (*lookups)(nil)

// Sources implements [intel.Lookups].
func (l *lookups) Sources(ctx context.Context, tenant harrier.TenantID, verb string) ([]intel.Source, error) {
	all, err := l.app.directory.connections(ctx, tenant)
	if err != nil {
		return nil, err
	}
	o := offer{tenant, verb}
	l.mu.Lock()
	defer l.mu.Unlock()
	if k, ok := l.known[o]; ok && same(k.of, all) {
		return k.sources, nil
	}
	sources := l.sources(all, verb)
	l.known[o] = offered{all, sources}
	return sources, nil
}

// same reports whether two lists are one: the directory makes a new one where
// a connection changes.
func same(a, b []harrier.Connection) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func (l *lookups) sources(all []harrier.Connection, verb string) []intel.Source {
	targets := l.app.directory.offering(all, &playbook.Action{Uses: verb, Verb: true})
	sources := make([]intel.Source, len(targets))
	for i, t := range targets {
		spec := l.app.products.actions[t.Action]
		sources[i] = intel.Source{
			Connection: t.Connection, Name: t.Name, Action: t.Action, Revision: step.HashOf(t), TTL: spec.VerdictTTL,
		}
		sources[i].Provider, sources[i].Reliability = l.standing(t.Name, spec.Connector)
	}
	return sources
}

// standing tells who is behind a connection, and how reliable it is: as the
// organisation says, else as the manifest says, else it cannot be judged.
func (l *lookups) standing(connection, product string) (provider, reliability string) {
	provider, reliability = product, "F"
	if c, ok := l.app.products.connectors[product]; ok {
		m := c.Manifest()
		provider, reliability = cmp.Or(m.Provider, m.Name), cmp.Or(m.Reliability, reliability)
	}
	return provider, cmp.Or(l.app.profile.now().Reliability[connection], reliability)
}

// Ask implements [intel.Lookups].
func (l *lookups) Ask(ctx context.Context, req builtin.Request, source intel.Source, input map[string]any) (map[string]any, error) {
	spec := l.app.products.actions[source.Action]
	call := engine.CallRequest{
		Tenant: req.Tenant, Run: req.Run, Alert: req.Alert, Mode: req.Mode, Critical: req.Critical,
		Call: step.Call{
			Target: step.Target{Connection: source.Connection, Name: source.Name, Action: source.Action}, Spec: spec, With: input, Deadline: req.Deadline,
		},
	}
	out := l.app.caller.Call(ctx, call)
	switch {
	case out.Failure != nil:
		return nil, &connector.Error{Class: connector.Class(out.Failure.Class), Text: out.Failure.Text, Status: out.Failure.Status, After: out.After}
	case out.Pending != nil:
		return nil, connector.Errorf(connector.Unavailable, "%s has not finished; look again later", source.Name)
	}
	return out.Output, nil
}
