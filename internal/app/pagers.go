package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/pager"
)

// pagers asks the connections that offer it what became of a page.
type pagers struct{ app *App }

var _ pager.Pagers = pagers{}

// tells is the verb by which a pager says what became of a page.
const tells = "oncall.status"

// Taking implements [pager.Pagers].
func (p pagers) Taking(ctx context.Context, tenant harrier.TenantID, c pager.Channel, key string) (pager.Taking, error) {
	look := newLookups(p.app)
	sources, err := look.Sources(ctx, tenant, tells)
	if err != nil {
		return pager.Taking{}, err
	}
	sources, err = p.of(ctx, tenant, c, sources)
	if err != nil {
		return pager.Taking{}, err
	}
	if len(sources) == 0 {
		return pager.Taking{}, harrier.Errorf(harrier.NotFound, "no connection tells what became of the pages of %s", c.Name)
	}
	var failed error
	for _, s := range sources {
		out, err := look.Ask(ctx, builtin.Request{Tenant: tenant, Mode: harrier.Live, Critical: true}, s, map[string]any{"dedup_key": key})
		if err != nil {
			failed = err
			continue
		}
		by, _ := out["by"].(string)
		switch out["status"] {
		case "acknowledged", "resolved":
			return pager.Taking{Taken: true, By: by}, nil
		case "open":
			return pager.Taking{}, nil
		}
	}
	return pager.Taking{}, failed
}

// of are the connections that can tell of a channel: the one that it names, the
// one that sends, or that of the same provider; all where any sends.
func (p pagers) of(ctx context.Context, tenant harrier.TenantID, c pager.Channel, sources []intel.Source) ([]intel.Source, error) {
	name := cmp.Or(c.Reads, c.Connection)
	if name == "" {
		return sources, nil
	}
	if i := slices.IndexFunc(sources, func(s intel.Source) bool { return s.Name == name }); i >= 0 {
		return sources[i : i+1], nil
	}
	if c.Reads != "" {
		return nil, nil
	}
	conns, err := p.app.directory.connections(ctx, tenant)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(conns, func(c harrier.Connection) bool { return c.Name == name })
	if i < 0 {
		return nil, nil
	}
	provider, _ := newLookups(p.app).standing(name, conns[i].Connector)
	return slices.DeleteFunc(slices.Clone(sources), func(s intel.Source) bool { return s.Provider != provider }), nil
}
