package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rota"
)

// readDuty reads who is on call and who is told of what. A file that is wrong
// is an error: nobody is told by a file that says something else.
func readDuty(dir string) (pager.Settings, error) {
	path := filepath.Join(dir, pager.FileName)
	source, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pager.Settings{}, nil
	}
	if err != nil {
		return pager.Settings{}, harrier.Errorf(harrier.Unavailable, "read %s: %w", path, err)
	}
	s, problems := pager.Read(path, source)
	if err := problems.Err(); err != nil {
		return pager.Settings{}, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	return s, nil
}

// dutyOf is what a tenant says about duty. The file in the data directory is
// that of the first tenant: others are told nothing of its people.
func (a *App) dutyOf(tenant harrier.TenantID) pager.Settings {
	if tenant != harrier.DefaultTenant {
		return pager.Settings{}
	}
	return a.duty
}

// wireDuty makes what knows who is on call.
func (a *App) wireDuty() (err error) {
	if a.duty, err = readDuty(a.opt.Dir); err != nil {
		return err
	}
	a.rotas = rota.New(a.store, func(t harrier.TenantID) rota.Roster { return a.dutyOf(t).Roster }, a.opt.Now)
	a.pager = pager.New(pager.Config{
		Store: a.store, OnCall: a.rotas, Starts: senders{a}, Pagers: pagers{a}, Settings: a.dutyOf, Hidden: a.hidden, Acked: a.acknowledged, Links: a.references, Log: a.opt.Log, Now: a.opt.Now,
	})
	a.wireShifts()
	return nil
}

// hidden reports whether what people are to be told of belongs to a restricted
// case: nobody is a member of everything, so it is hidden from somebody.
func (a *App) hidden(ctx context.Context, tx harrier.Tx, in pager.Notice) (bool, error) {
	return a.store.Restricted(ctx, tx, in.Tenant, in.Case, in.Alert)
}

// acknowledged writes into a case's timeline that somebody took on what was told of it.
func (a *App) acknowledged(ctx context.Context, tx harrier.Tx, n pager.Notification) error {
	if n.Case.IsZero() {
		return nil
	}
	text := "Acknowledged: " + n.Title
	if n.Note != "" {
		text += "\n" + n.Note
	}
	_, err := a.store.AddEntry(ctx, tx, harrier.CaseEntry{Tenant: n.Tenant, Case: n.Case, At: n.AckedAt, Kind: "notification", Text: text, Author: n.AckedBy})
	return err
}

// senders starts the runs that tell people.
type senders struct{ app *App }

var _ pager.Starter = senders{}

// PrepareDispatch implements [pager.Starter]. The run is the system's own.
func (s senders) PrepareDispatch(_ context.Context, d pager.Dispatch) (func(context.Context, harrier.Tx) error, error) {
	by := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: d.Tenant, Name: "system"}
	st, err := s.app.library.draft(d.Name, []byte(d.Source), by)
	if err != nil {
		return nil, err
	}
	st.ID, st.Inputs, st.Alert, st.Case, st.Priority = d.Run, d.Inputs, d.Alert, d.Case, d.Priority
	return func(ctx context.Context, tx harrier.Tx) error {
		_, err := s.app.engine.StartIn(ctx, tx, st)
		return err
	}, nil
}

// watchkeeping answers the API's questions about duty.
type watchkeeping struct{ *App }

var (
	_ api.OnCall        = watchkeeping{}
	_ api.Notifications = watchkeeping{}
)

// OnCall implements [api.OnCall].
func (w watchkeeping) OnCall(ctx context.Context, by harrier.Principal, at time.Time) ([]api.OnCallRota, error) {
	if at.IsZero() {
		at = w.opt.Now().UTC().Truncate(time.Second)
	}
	list, err := w.rotas.Standings(ctx, by.Tenant, at)
	people := w.dutyOf(by.Tenant).People
	shown, err := mapped(list, "", err, func(s rota.Standing) api.OnCallRota { return api.OnCallRotaOf(s, people) })
	return shown.Items, err
}

// shownTurns is how far ahead turns are listed where nothing else is said.
const shownTurns = 28 * 24 * time.Hour

// OnCallTurns implements [api.OnCall].
func (w watchkeeping) OnCallTurns(ctx context.Context, by harrier.Principal, name string, s api.Span) ([]api.OnCallTurn, error) {
	if s.From.IsZero() {
		s.From = w.opt.Now().UTC().Truncate(time.Second)
	}
	if s.Until.IsZero() {
		s.Until = s.From.Add(shownTurns)
	}
	list, err := w.rotas.Turns(ctx, by.Tenant, name, s.From, s.Until)
	people := w.dutyOf(by.Tenant).People
	shown, err := mapped(list, "", err, func(t rota.Turn) api.OnCallTurn { return api.OnCallTurnOf(t, people) })
	return shown.Items, err
}

// OnCallChanges implements [api.OnCall].
func (w watchkeeping) OnCallChanges(ctx context.Context, by harrier.Principal, f rota.Filter, p harrier.Page) (api.List[api.OnCallChange], error) {
	list, next, err := w.rotas.List(ctx, by, f, p)
	return mapped(list, next, err, api.OnCallChangeOf)
}

// AddOnCallChange implements [api.OnCall].
func (w watchkeeping) AddOnCallChange(ctx context.Context, by harrier.Principal, in api.AddOnCallChange) (api.OnCallChange, error) {
	if in.From.IsZero() {
		in.From = w.opt.Now().UTC().Truncate(time.Second)
	}
	c, err := w.rotas.Add(ctx, by, rota.Change{
		Kind: in.Kind, Rota: in.Rota, Person: in.Person, Cover: in.Cover, From: in.From.UTC(), Until: in.Until.UTC(), Reason: in.Reason, GiveBack: in.GiveBack,
	})
	return api.OnCallChangeOf(c), err
}

// RemoveOnCallChange implements [api.OnCall].
func (w watchkeeping) RemoveOnCallChange(ctx context.Context, by harrier.Principal, id harrier.OnCallID) (api.OnCallChange, error) {
	c, err := w.rotas.Remove(ctx, by, id)
	return api.OnCallChangeOf(c), err
}

// Notifications implements [api.Notifications].
func (w watchkeeping) Notifications(ctx context.Context, by harrier.Principal, f pager.Filter, p harrier.Page) (api.List[api.Notification], error) {
	list, next, err := w.pager.List(ctx, by, f, p)
	return mapped(list, next, err, api.NotificationOf)
}

// Notification implements [api.Notifications].
func (w watchkeeping) Notification(ctx context.Context, by harrier.Principal, id harrier.NotificationID) (api.NotificationDetail, error) {
	n, list, err := w.pager.Get(ctx, by, id)
	return api.NotificationDetailOf(n, list), err
}

// AckNotification implements [api.Notifications].
func (w watchkeeping) AckNotification(ctx context.Context, by harrier.Principal, id harrier.NotificationID, note string) (api.Notification, error) {
	n, err := w.pager.Ack(ctx, by, id, note)
	return api.NotificationOf(n), err
}

// NotificationRoutes implements [api.Notifications].
func (w watchkeeping) NotificationRoutes(_ context.Context, by harrier.Principal) ([]api.NotificationRoute, error) {
	shown, err := mapped(w.dutyOf(by.Tenant).Routes, "", nil, api.NotificationRouteOf)
	return shown.Items, err
}

// PreviewNotification implements [api.Notifications].
func (w watchkeeping) PreviewNotification(ctx context.Context, by harrier.Principal, f pager.Facts) (api.NotificationPreview, error) {
	r, first, err := w.pager.Preview(ctx, by.Tenant, f)
	return api.NotificationPreview{Route: api.NotificationRouteOf(r), First: first}, err
}
