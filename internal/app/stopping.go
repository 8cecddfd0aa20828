package app

import (
	"cmp"
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/killswitch"
	"github.com/harrier-soar/harrier/internal/pager"
)

// wireSwitch makes what stops effects.
func (a *App) wireSwitch() {
	a.stops = killswitch.New(killswitch.Config{
		Store: a.store, Others: a.others(harrier.SwitchResume), Tell: a.tellStop, Resumed: a.engine.WakeAll, Now: a.opt.Now,
	})
}

// tellStop lets people know that effects were stopped, or go on.
func (a *App) tellStop(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, title, text string) error {
	key := "switch " + harrier.NewID[harrier.NotificationID](a.opt.Now()).String()
	_, _, err := a.pager.Tell(ctx, tx, pager.Notice{
		Tenant: tenant, Key: key, Topic: key, Facts: pager.Facts{Kind: "switch", Severity: "critical"}, Title: title, Text: text,
	})
	return err
}

// releaseStopped lets runs go on that waited for a switch which was taken off
// before the process ended.
func (a *App) releaseStopped(ctx context.Context) {
	if err := a.stops.Release(ctx); err != nil && ctx.Err() == nil {
		a.opt.Log.ErrorContext(ctx, "runs that waited for the switch were not made ready", "err", err)
	}
}

// stopped refuses what a person does to the world beside runs while effects are
// stopped, in the transaction that records it.
func (a *App) stopped(ctx context.Context, tx harrier.Tx, row harrier.Connection, effect harrier.Effect) error {
	why, err := a.store.Stopped(ctx, tx, engine.Beginning{Tenant: row.Tenant, Effect: effect, Connection: row.ID})
	if err != nil || why == "" {
		return err
	}
	return harrier.Errorf(harrier.Conflict, "effects are stopped: %s; harrier status tells by whom", why)
}

// stopping answers the API's questions about stopping effects.
type stopping struct{ *App }

var _ api.Switches = stopping{}

// Stops implements [api.Switches].
func (s stopping) Stops(ctx context.Context, by harrier.Principal) ([]api.Stop, error) {
	rows, err := s.stops.Switches(ctx, by)
	return items(rows, err, api.StopOf)
}

// StopEffects implements [api.Switches].
func (s stopping) StopEffects(ctx context.Context, by harrier.Principal, in api.StopEffects) (api.Stop, error) {
	sw, err := s.stops.Stop(ctx, by, killswitch.Order{
		Scope: cmp.Or(killswitch.Scope(in.Effects), killswitch.All), AllowUndo: in.AllowUndo, Reason: in.Reason, Everybody: in.Everybody,
	})
	return api.StopOf(sw), err
}

// ResumeEffects implements [api.Switches].
func (s stopping) ResumeEffects(ctx context.Context, by harrier.Principal, everybody bool, reason string) (api.Resumed, error) {
	sw, off, err := s.stops.Resume(ctx, by, killswitch.Order{Reason: reason, Everybody: everybody})
	return api.Resumed{Stopped: !off, Stop: api.StopOf(sw)}, err
}

// stopChecks tells of what is stopped.
func (s stopping) stopChecks(ctx context.Context, by harrier.Principal) (list []api.Check, err error) {
	stops, err := s.Stops(ctx, by)
	for _, one := range stops {
		list = append(list, api.Check{
			Name: "switch", Status: api.CheckWarn, Detail: "effects (" + one.Effects + ") are stopped by " + one.By + ": " + one.Reason,
			Fix: "end it with harrier resume; where several people could, it takes two",
		})
	}
	return list, err
}
