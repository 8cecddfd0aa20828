package app

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/harrier-soar/harrier/internal/transport"
)

// wireEnrichment makes what makes pictures of findings.
func (a *App) wireEnrichment() error {
	settings, err := readEnrichment(a.changes.Team())
	if err != nil {
		return err
	}
	a.enrich = enrich.New(enrich.Config{
		Intel: a.intel, Inventory: a.inventory, Risk: a.risk, Indicators: a.indicators, Markings: a.indicators, Quotas: quotas{a}, Store: a.store, Histories: a.store, Own: func(host string) bool { return own(a.profile.now())(host) },
		Settings: settings, Log: a.opt.Log, Now: a.opt.Now,
	})
	return nil
}

// own reports whether a name or an address is the organisation's, as it says itself.
func own(p organisation.Profile) func(host string) bool {
	networks := ranges(p.OwnNetworks)
	return func(host string) bool {
		addr, err := netip.ParseAddr(host)
		if err != nil {
			return p.Own(host)
		}
		return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(addr.Unmap()) })
	}
}

// readEnrichment reads how much is asked about alerts. A file that is wrong is
// an error: what leaves the organisation rests on it.
func readEnrichment(team fs.FS) (enrich.Settings, error) {
	source, err := fs.ReadFile(team, enrich.FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return enrich.Settings{}, nil
	}
	if err != nil {
		return enrich.Settings{}, harrier.Errorf(harrier.Unavailable, "read %s: %w", enrich.FileName, err)
	}
	settings, problems := enrich.ReadSettings(enrich.FileName, source)
	if err := problems.Err(); err != nil {
		return enrich.Settings{}, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	return settings, nil
}

// quotas knows what is left of a day's calls.
type quotas struct{ app *App }

var _ enrich.Quotas = quotas{}

// Left implements [enrich.Quotas].
func (q quotas) Left(ctx context.Context, tenant harrier.TenantID, id harrier.ConnectionID) (left, daily int, ok bool) {
	all, err := q.app.directory.connections(ctx, tenant)
	if err != nil {
		return 0, 0, false // the call itself will tell
	}
	for _, c := range all {
		if c.ID != id {
			continue
		}
		product, known := q.app.products.connectors[c.Connector]
		if !known {
			return 0, 0, false
		}
		daily = limits(c.Limits, product.Manifest().Limits).Daily
		return max(0, daily-q.app.transport.Used(tenant, id)), daily, daily > 0
	}
	return 0, 0, false
}

// count keeps how many calls of the day were used, so that a restart does not
// give them again, until ctx ends.
func (a *App) count(ctx context.Context) {
	const each = 10 * time.Second
	ticker := time.NewTicker(each)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			a.keepCounts(context.WithoutCancel(ctx))
			return
		case <-ticker.C:
			a.keepCounts(ctx)
		}
	}
}

// keepCounts stores how many calls of the day were used.
func (a *App) keepCounts(ctx context.Context) {
	var list []intel.CallCount
	for _, c := range a.transport.Counts() {
		list = append(list, intel.CallCount(c))
	}
	if len(list) == 0 {
		return
	}
	if err := a.store.KeepCallCounts(ctx, list); err != nil && ctx.Err() == nil {
		a.opt.Log.Error("keep how many calls were used", "err", err)
	}
}

// restoreCounts reads how many calls of the day were used before.
func (a *App) restoreCounts(ctx context.Context) error {
	kept, err := a.store.CallCounts(ctx)
	if err != nil {
		return err
	}
	list := make([]transport.Count, len(kept))
	for i, c := range kept {
		list[i] = transport.Count(c)
	}
	a.transport.Restore(list)
	return nil
}
