package app

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/rota"
	"github.com/harrier-soar/harrier/internal/shift"
)

// wireShifts makes what hands shifts over.
func (a *App) wireShifts() {
	a.shifts = shift.New(shift.Config{
		Store: a.store, World: a.store, OnCall: a.rotas, Tells: a.pager, Now: a.opt.Now, Log: a.opt.Log,
		Cases: a.cases, Questions: redirects{a}, Accounts: principals{a},
		People: func(t harrier.TenantID) map[string]rota.Person { return a.dutyOf(t).People },
	})
}

// redirects asks others about questions; approvals are wired after shifts.
type redirects struct{ app *App }

var _ shift.Questions = redirects{}

// Redirect implements [shift.Questions].
func (r redirects) Redirect(ctx context.Context, tx harrier.Tx, by harrier.Principal, in approval.Redirection) (bool, error) {
	return r.app.approvals.Redirect(ctx, tx, by, in)
}

var _ api.Handovers = watchkeeping{}

// Handovers implements [api.Handovers].
func (w watchkeeping) Handovers(ctx context.Context, by harrier.Principal, p harrier.Page) (api.List[api.Handover], error) {
	list, next, err := w.shifts.List(ctx, by, p)
	return mapped(list, next, err, api.HandoverOf)
}

// Handover implements [api.Handovers].
func (w watchkeeping) Handover(ctx context.Context, by harrier.Principal, id harrier.HandoverID) (api.HandoverDetail, error) {
	h, err := w.shifts.Get(ctx, by, id)
	return api.HandoverDetailOf(h), err
}

// GiveHandover implements [api.Handovers].
func (w watchkeeping) GiveHandover(ctx context.Context, by harrier.Principal, in api.GiveHandover) (api.HandoverDetail, error) {
	h, err := w.shifts.Give(ctx, by, in.To, in.Notes)
	return api.HandoverDetailOf(h), err
}

// AcceptHandover implements [api.Handovers].
func (w watchkeeping) AcceptHandover(ctx context.Context, by harrier.Principal, id harrier.HandoverID) (api.Handover, error) {
	h, err := w.shifts.Accept(ctx, by, id)
	return api.HandoverOf(h), err
}
