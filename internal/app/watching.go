package app

import (
	"context"
	"github.com/harrier-soar/harrier/internal/channel"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/door"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/watch"
)

// watchSource is the name of the source of alerts about feeds.
const watchSource = "harrier-watch"

// alarms tells of feeds by alerts like any other.
type alarms struct{ *App }

var _ watch.Alarms = alarms{}

// Tell implements [watch.Alarms].
func (a alarms) Tell(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, body []byte) error {
	now := a.opt.Now().UTC().Truncate(time.Microsecond)
	src := harrier.Source{
		Tenant: tenant, ID: harrier.DeriveID[harrier.SourceID]("source", tenant.String(), watchSource), Name: watchSource, Kind: "local",
		Mapping: "generic", Live: true, Enabled: true, Reliability: "A", CreatedAt: now, UpdatedAt: now,
	}
	if err := a.store.EnsureSource(ctx, tx, src); err != nil {
		return err
	}
	_, err := arrivals(a).take(ctx, tx, door.Batch{Source: src, Events: []harrier.RawEvent{{
		Tenant: tenant, Source: src.ID, Received: now, Content: "application/json", Body: body, Lane: 1, State: harrier.EventPending,
	}}})
	return err
}

// Expiries implements [watch.Alarms].
func (a alarms) Expiries(_ context.Context, s harrier.Source) (list []watch.Expiry) {
	if s.Kind == "syslog" {
		return a.listenerExpiries(s.ID)
	}
	if s.Kind != "webhook" {
		return nil
	}
	settings, err := door.ParseSettings(s.Settings)
	if err != nil {
		return nil // the doctor tells
	}
	if at := settings.Auth.Expires; !at.IsZero() {
		list = append(list, watch.Expiry{What: "its credential", At: at})
	}
	if at := a.door.CertificateEnd(s.ID); !at.IsZero() {
		list = append(list, watch.Expiry{What: "the certificate of its sender", At: at})
	}
	return list
}

// feedChecks tells what is weak about sources and wrong with their feeds.
func (r reporters) feedChecks(ctx context.Context, by harrier.Principal) (list []api.Check, err error) {
	rows, err := r.store.Sources(ctx, by.Tenant)
	if err != nil {
		return nil, err
	}
	names := map[harrier.SourceID]string{}
	for _, row := range rows {
		names[row.ID] = row.Name
		if w := sourceOf(row, harrier.SourceCounts{}).Warning; w != "" && row.Enabled {
			list = append(list, api.Check{Name: "source " + row.Name, Status: api.CheckWarn, Detail: w, Fix: "see harrier source show " + row.Name})
		}
	}
	open, err := r.store.OpenEpisodes(ctx, by.Tenant)
	for _, e := range open {
		list = append(list, api.Check{
			Name: "feed " + names[e.Source], Status: api.CheckWarn, Detail: string(e.Kind) + " since " + e.OpenedAt.Format(time.RFC3339) + ": " + e.Detail,
			Fix: "harrier source test " + names[e.Source],
		})
	}
	return list, err
}

// keepDeliveries is how long the names of deliveries are kept.
const keepDeliveries = 30 * 24 * time.Hour

// keepLinks is how long a link that ended is known still, so that whoever comes
// by it is told what became of it.
const keepLinks = 30 * 24 * time.Hour

// sweep removes what is too old to matter, every hour, until ctx ends.
func (a *App) sweep(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		a.forget(ctx, "risk", a.risk.Forget)
		a.forget(ctx, "correlation", a.correlate.Forget)
		a.forget(ctx, "sessions", a.access.Forget)
		a.forget(ctx, "what programs were told", a.webhooks.Forget)
		a.forget(ctx, "deliveries", func(ctx context.Context, tx harrier.Tx, limit int) (int64, error) {
			return a.store.ForgetDeliveries(ctx, tx, a.opt.Now().Add(-keepDeliveries), limit)
		})
		a.forget(ctx, "the past of the inventory", func(ctx context.Context, tx harrier.Tx, limit int) (int64, error) {
			return a.store.ForgetInventoryPast(ctx, tx, a.opt.Now().Add(-inventory.KeepPast), limit)
		})
		a.forget(ctx, "idempotency keys", func(ctx context.Context, tx harrier.Tx, limit int) (int64, error) {
			return a.store.ForgetOnce(ctx, tx, a.opt.Now().Add(-onceFor), limit)
		})
		a.forget(ctx, "links", func(ctx context.Context, tx harrier.Tx, limit int) (int64, error) {
			return a.store.ForgetLinks(ctx, tx, a.opt.Now().Add(-keepLinks), limit)
		})
		a.forget(ctx, "chats", func(ctx context.Context, tx harrier.Tx, limit int) (int64, error) {
			return a.store.ForgetRequests(ctx, tx, a.opt.Now().Add(-channel.Remember), limit)
		})
		a.purge(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// forget has what is too old removed, batch after batch. What fails is told and
// tried again by the next sweep.
func (a *App) forget(ctx context.Context, what string, some func(ctx context.Context, tx harrier.Tx, limit int) (int64, error)) {
	const batch = 500
	for n := int64(1); n > 0 && ctx.Err() == nil; {
		err := a.store.Write(ctx, func(tx harrier.Tx) (err error) {
			n, err = some(ctx, tx, batch)
			return err
		})
		if err != nil {
			if ctx.Err() == nil {
				a.opt.Log.Error("what is old was not removed", "of", what, "err", err)
			}
			return
		}
	}
}
