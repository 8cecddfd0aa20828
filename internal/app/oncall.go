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
	"github.com/harrier-soar/harrier/internal/page"
	"github.com/harrier-soar/harrier/internal/rota"
)

// readDuty reads who is on call and who is told of what. A file that is wrong
// is an error: nobody is told by a file that says something else.
func readDuty(dir string) (page.Settings, error) {
	path := filepath.Join(dir, page.FileName)
	source, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return page.Settings{}, nil
	}
	if err != nil {
		return page.Settings{}, harrier.Errorf(harrier.Unavailable, "read %s: %w", path, err)
	}
	s, problems := page.Read(path, source)
	if err := problems.Err(); err != nil {
		return page.Settings{}, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	return s, nil
}

// dutyOf is what a tenant says about duty. The file in the data directory is
// that of the first tenant: others are told nothing of its people.
func (a *App) dutyOf(tenant harrier.TenantID) page.Settings {
	if tenant != harrier.DefaultTenant {
		return page.Settings{}
	}
	return a.duty
}

// wireDuty makes what knows who is on call.
func (a *App) wireDuty() (err error) {
	if a.duty, err = readDuty(a.opt.Dir); err != nil {
		return err
	}
	a.rotas = rota.New(a.store, func(t harrier.TenantID) rota.Roster { return a.dutyOf(t).Roster }, a.opt.Now)
	return nil
}

// watchkeeping answers the API's questions about duty.
type watchkeeping struct{ *App }

var _ api.OnCall = watchkeeping{}

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
		Kind: in.Kind, Rota: in.Rota, Person: in.Person, Cover: in.Cover, From: in.From.UTC(), Until: in.Until.UTC(), Reason: in.Reason,
	})
	return api.OnCallChangeOf(c), err
}

// RemoveOnCallChange implements [api.OnCall].
func (w watchkeeping) RemoveOnCallChange(ctx context.Context, by harrier.Principal, id harrier.OnCallID) (api.OnCallChange, error) {
	c, err := w.rotas.Remove(ctx, by, id)
	return api.OnCallChangeOf(c), err
}
