package app

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/playbook"
)

// directory knows the configured connections of every tenant. It keeps them in
// memory until one is changed through it.
type directory struct {
	store    *store.Store
	products *products

	mu    sync.Mutex // guards cache
	cache map[harrier.TenantID][]harrier.Connection
}

var _ engine.Directory = (*directory)(nil)

func newDirectory(s *store.Store, p *products) *directory {
	return &directory{store: s, products: p, cache: map[harrier.TenantID][]harrier.Connection{}}
}

// forget drops what is remembered of a tenant.
func (d *directory) forget(tenant harrier.TenantID) {
	d.mu.Lock()
	delete(d.cache, tenant)
	d.mu.Unlock()
}

// connections returns all connections of a tenant, by name.
func (d *directory) connections(ctx context.Context, tenant harrier.TenantID) ([]harrier.Connection, error) {
	d.mu.Lock()
	list, ok := d.cache[tenant]
	d.mu.Unlock()
	if ok {
		return list, nil
	}
	for cursor := ""; ; {
		page, next, err := d.store.Connections(ctx, tenant, harrier.Page{Cursor: cursor, Limit: 200})
		if err != nil {
			return nil, err
		}
		list = append(list, page...)
		if cursor = next; cursor == "" {
			break
		}
	}
	slices.SortFunc(list, func(a, b harrier.Connection) int { return strings.Compare(a.Name, b.Name) })
	d.mu.Lock()
	d.cache[tenant] = list
	d.mu.Unlock()
	return list, nil
}

// Resolve implements [engine.Directory].
func (d *directory) Resolve(ctx context.Context, tenant harrier.TenantID, a *playbook.Action) ([]step.Target, error) {
	if _, ok := d.products.builtins[a.Uses]; ok {
		return []step.Target{{Name: "harrier", Action: a.Uses}}, nil
	}
	all, err := d.connections(ctx, tenant)
	if err != nil {
		return nil, err
	}
	targets := d.offering(all, a)
	switch {
	case len(targets) == 0 && a.Connection != "":
		return nil, harrier.Errorf(harrier.NotFound, "no enabled connection %q offers %s", a.Connection, a.Uses)
	case len(targets) == 0:
		return nil, harrier.Errorf(harrier.NotFound, "no connection offers %s; add one with harrier connection add", a.Uses)
	case a.Via == playbook.ViaAll:
		return targets, nil
	case len(targets) > 1 && a.Via != playbook.ViaFirst:
		return nil, harrier.Errorf(harrier.Invalid, "%d connections offer %s (%s); name one with connection, or say via: first", len(targets), a.Uses, names(targets))
	}
	return targets[:1], nil
}

// offering returns the enabled connections that can answer an action step.
func (d *directory) offering(all []harrier.Connection, a *playbook.Action) []step.Target {
	var targets []step.Target
	for _, c := range all {
		if !c.Enabled || a.Connection != "" && a.Connection != c.Name {
			continue
		}
		action := a.Uses
		if a.Verb {
			action = d.products.provider(c.Connector, a.Uses)
		}
		spec, ok := d.products.actions[action]
		if !ok || spec.Connector != c.Connector {
			continue
		}
		targets = append(targets, step.Target{
			Connection: c.ID, Name: c.Name, Action: action, Address: c.BaseURL, Manifest: spec.ManifestHash, Rev: c.Rev,
		})
	}
	return targets
}

func names(targets []step.Target) string {
	list := make([]string, len(targets))
	for i, t := range targets {
		list[i] = t.Name
	}
	return strings.Join(list, ", ")
}
