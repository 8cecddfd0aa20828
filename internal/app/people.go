package app

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/channel"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/shift"
)

// wireApprovals makes what puts questions to people, and the links to them.
func (a *App) wireApprovals() {
	a.approvals = approval.New(approval.Config{
		Store: a.store, Wake: a.engine.Wake, Now: a.opt.Now, Log: a.opt.Log, Posted: func() { a.channels.Posted() },
		PolicyOf: principals{a}.policy,
	})
	a.channels = channel.New(channel.Config{
		Store: a.store, Secrets: a.vault, Questions: a.approvals, Sender: posts{a}, Team: principals{a}, Log: a.opt.Log, Now: a.opt.Now,
	})
	a.links = links.New(links.Config{
		Store: a.store, Now: a.opt.Now,
		Purposes: map[string]links.Purpose{approval.LinkPurpose: a.approvals.Linked(principals{a}), pager.LinkPurpose: a.pager.Linked()},
	})
}

// principals knows principals as they are now.
type principals struct{ app *App }

var _ approval.People = principals{}

// Principal implements [approval.People].
func (p principals) Principal(ctx context.Context, tenant harrier.TenantID, id harrier.PrincipalID) (harrier.Principal, error) {
	if op := harrier.Operator(); id == op.ID && tenant == op.Tenant {
		return op, nil
	}
	return p.app.access.Principal(ctx, tenant, id)
}

var _ shift.Accounts = principals{}

// Login implements [shift.Accounts].
func (p principals) Login(ctx context.Context, tenant harrier.TenantID, name string) (harrier.Person, bool, error) {
	if op := harrier.Operator(); name == op.Name && tenant == op.Tenant {
		return harrier.Person{ID: op.ID, Name: op.Name}, true, nil
	}
	a, err := p.app.store.AccountNamed(ctx, tenant, name)
	switch {
	case err != nil && harrier.KindOf(err) == harrier.NotFound:
		return harrier.Person{}, false, nil
	case err != nil:
		return harrier.Person{}, false, err
	}
	return harrier.Person{ID: a.ID, Name: a.Name}, !a.Disabled(), nil
}

// policy says what is asked of those who decide: where several people may,
// nobody decides on what they started.
func (p principals) policy(ctx context.Context, tenant harrier.TenantID) (approval.Policy, error) {
	var may int
	for cursor := ""; ; {
		page, next, err := p.app.store.Accounts(ctx, tenant, harrier.Page{Cursor: cursor, Limit: 200})
		if err != nil {
			return approval.Policy{}, err
		}
		for _, a := range page {
			if !a.Disabled() && access.Grants(tenant, a.Roles)[harrier.ApprovalsDecide] {
				may++
			}
		}
		if cursor = next; cursor == "" || may > 1 {
			return approval.Policy{FourEyes: may > 1}, nil
		}
	}
}
