package app

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/retention"
)

// burner removes contents of evidence.
type burner struct{ *App }

var _ retention.Blobs = burner{}

// DoomedEvidence implements [retention.Blobs].
func (b burner) DoomedEvidence(ctx context.Context, before time.Time, limit int) ([]retention.Doomed, error) {
	return b.store.DoomedEvidence(ctx, before, limit)
}

// Spare implements [retention.Blobs].
func (b burner) Spare(ctx context.Context, tx harrier.Tx, d retention.Doomed) (bool, error) {
	return b.store.SpareEvidence(ctx, tx, d)
}

// Remove implements [retention.Blobs].
func (b burner) Remove(ctx context.Context, d retention.Doomed) error {
	return b.blobs.Remove(ctx, d.Tenant, d.SHA256)
}

// Gone implements [retention.Blobs].
func (b burner) Gone(ctx context.Context, tx harrier.Tx, d retention.Doomed) error {
	return b.store.EvidenceGone(ctx, tx, d)
}

// openKeeping makes what keeps things as long as they are to be kept.
func (a *App) openKeeping() {
	a.keeping = retention.New(retention.Config{Store: a.store, Holds: a.store, Blobs: burner{a}, Log: a.opt.Log, Now: a.opt.Now})
}

// purge removes what is older than it is to be kept. What fails is tried again by the next sweep.
func (a *App) purge(ctx context.Context) {
	if err := a.keeping.Sweep(ctx); err != nil && ctx.Err() == nil {
		a.opt.Log.ErrorContext(ctx, "what is old was not removed", "err", err)
	}
}

// archives answers the API's questions about how long things are kept.
type archives struct{ *App }

var _ api.Retention = archives{}

// Policies implements [api.Retention].
func (r archives) Policies(ctx context.Context, by harrier.Principal) ([]api.RetentionPolicy, error) {
	rows, err := r.keeping.Policies(ctx, by.Tenant)
	list := make([]api.RetentionPolicy, len(rows))
	for i, row := range rows {
		list[i] = api.RetentionPolicy{Class: string(row.Class), Days: row.Days, Default: row.Default}
	}
	return list, err
}

// SetPolicy implements [api.Retention].
func (r archives) SetPolicy(ctx context.Context, by harrier.Principal, in api.SetRetention) (api.RetentionPolicy, error) {
	p, err := r.keeping.Set(ctx, by, retention.Class(in.Class), in.Days)
	return api.RetentionPolicy{Class: string(p.Class), Days: p.Days}, err
}

// Purge implements [api.Retention].
func (r archives) Purge(ctx context.Context, by harrier.Principal) ([]api.RetentionRemoved, error) {
	rows, err := r.keeping.Run(ctx, by)
	list := make([]api.RetentionRemoved, len(rows))
	for i, row := range rows {
		list[i] = api.RetentionRemoved{Class: string(row.Class), Count: row.Count}
	}
	return list, err
}

// Holds implements [api.Retention].
func (r archives) Holds(ctx context.Context, by harrier.Principal) ([]api.Hold, error) {
	rows, err := r.keeping.Holds(ctx, by.Tenant)
	list := make([]api.Hold, len(rows))
	for i, row := range rows {
		list[i] = api.HoldOf(row)
	}
	return list, err
}

// PlaceHold implements [api.Retention].
func (r archives) PlaceHold(ctx context.Context, by harrier.Principal, in api.PlaceHold) (api.Hold, error) {
	h := retention.Hold{Kind: in.Kind, Reason: in.Reason}
	switch in.Kind {
	case retention.HoldCase:
		id, err := harrier.ParseID[harrier.CaseID](in.Target)
		if err != nil {
			return api.Hold{}, err
		}
		h.Target = id
	case retention.HoldAlert:
		id, err := harrier.ParseID[harrier.AlertID](in.Target)
		if err != nil {
			return api.Hold{}, err
		}
		h.Target = id
	case retention.HoldSubject:
		h.Subject = in.Target
	}
	h, err := r.keeping.Place(ctx, by, h)
	return api.HoldOf(h), err
}

// LiftHold implements [api.Retention].
func (r archives) LiftHold(ctx context.Context, by harrier.Principal, id, reason string) (api.Hold, error) {
	raw, err := retention.ParseHoldID(id)
	if err != nil {
		return api.Hold{}, err
	}
	h, err := r.keeping.Lift(ctx, by, raw, reason)
	return api.HoldOf(h), err
}
