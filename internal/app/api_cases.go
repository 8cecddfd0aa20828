package app

import (
	"context"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/casework"
)

// files answers the API's questions about cases that people work on.
type files struct{ *App }

var (
	_ api.Sight       = files{}
	_ api.CaseMembers = files{}
)

// See implements [api.Sight].
func (f files) See(ctx context.Context, by harrier.Principal, noun, id string) error {
	switch noun {
	case "cases":
		_, err := f.id(ctx, by, id)
		return err
	case "alerts":
		return see(ctx, by, id, f.store.SeeAlert)
	case "runs":
		return see(ctx, by, id, f.store.SeeRun)
	case "approvals":
		return see(ctx, by, id, f.store.SeeApproval)
	case "evidence":
		return see(ctx, by, id, f.store.SeeEvidence)
	case "events":
		return see(ctx, by, id, f.store.SeeEvent)
	case "reviews":
		return see(ctx, by, id, f.store.SeeReview)
	case "notifications":
		return see(ctx, by, id, f.store.SeeNotification)
	}
	return nil
}

// see looks whether somebody sees the thing of an id. What is no id is the
// handler's to refuse.
func see[K harrier.IDKind](ctx context.Context, by harrier.Principal, text string, look func(context.Context, harrier.TenantID, harrier.Viewer, harrier.ID[K]) error) error {
	id, err := harrier.ParseID[harrier.ID[K]](text)
	if err != nil {
		return nil //nolint:nilerr // the handler says it
	}
	return look(ctx, by.Tenant, by.ID, id)
}

// id finds a case that somebody sees by its id or by its number.
func (f files) id(ctx context.Context, by harrier.Principal, text string) (harrier.CaseID, error) {
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		c, err := f.cases.GetByNumber(ctx, by, number)
		return c.ID, err
	}
	id, err := harrier.ParseID[harrier.CaseID](text)
	if err != nil {
		return id, err
	}
	return id, f.store.SeeCase(ctx, by.Tenant, by.ID, id)
}

// RestrictCase implements [api.CaseMembers].
func (f files) RestrictCase(ctx context.Context, by harrier.Principal, text string, in api.RestrictCase) (api.Case, error) {
	id, err := f.id(ctx, by, text)
	if err != nil {
		return api.Case{}, err
	}
	c, err := f.cases.Restrict(ctx, by, id, in.Restricted, in.Reason)
	return api.CaseOf(c), err
}

// CaseMembers implements [api.CaseMembers].
func (f files) CaseMembers(ctx context.Context, by harrier.Principal, text string) ([]api.CaseMember, error) {
	id, err := f.id(ctx, by, text)
	if err != nil {
		return nil, err
	}
	members, err := f.cases.Members(ctx, by, id)
	list, err := mapped(members, "", err, api.CaseMemberOf)
	return list.Items, err
}

// AddCaseMember implements [api.CaseMembers].
func (f files) AddCaseMember(ctx context.Context, by harrier.Principal, text string, in api.AddCaseMember) error {
	id, err := f.id(ctx, by, text)
	if err != nil {
		return err
	}
	return f.cases.AddMember(ctx, by, id, casework.Member{Principal: in.Principal, Name: in.Name})
}

// RemoveCaseMember implements [api.CaseMembers].
func (f files) RemoveCaseMember(ctx context.Context, by harrier.Principal, text string, who harrier.PrincipalID) error {
	id, err := f.id(ctx, by, text)
	if err != nil {
		return err
	}
	return f.cases.RemoveMember(ctx, by, id, who)
}

// BreakGlass implements [api.CaseMembers].
func (f files) BreakGlass(ctx context.Context, by harrier.Principal, in api.BreakGlass) (api.Glass, error) {
	g, err := f.cases.AskGlass(ctx, by, casework.Glass{Asked: in.Case, Reason: in.Reason, For: time.Duration(in.Hours) * time.Hour})
	return api.GlassOf(g), err
}

// Glasses implements [api.CaseMembers].
func (f files) Glasses(ctx context.Context, by harrier.Principal, p harrier.Page) (api.List[api.Glass], error) {
	rows, next, err := f.cases.Glasses(ctx, by, p)
	return mapped(rows, next, err, api.GlassOf)
}

// DecideGlass implements [api.CaseMembers].
func (f files) DecideGlass(ctx context.Context, by harrier.Principal, id harrier.GlassID, grant bool) (api.Glass, error) {
	g, err := f.cases.DecideGlass(ctx, by, id, grant)
	if err != nil {
		return api.Glass{}, err
	}
	return api.GlassOf(g), nil
}
