package app

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/links"
)

// wireApprovals makes what puts questions to people, and the links to them.
func (a *App) wireApprovals() {
	a.approvals = approval.New(approval.Config{Store: a.store, Wake: a.engine.Wake, Now: a.opt.Now, Log: a.opt.Log})
	a.links = links.New(links.Config{
		Store: a.store, Now: a.opt.Now,
		Purposes: map[string]links.Purpose{approval.LinkPurpose: a.approvals.Linked(principals{a})},
	})
}

// principals knows principals as they are now.
type principals struct{ app *App }

var _ approval.People = principals{}

// Principal implements [approval.People].
func (principals) Principal(_ context.Context, tenant harrier.TenantID, id harrier.PrincipalID) (harrier.Principal, error) {
	if p := harrier.Operator(); id == p.ID && tenant == p.Tenant {
		return p, nil
	}
	return harrier.Principal{}, harrier.Errorf(harrier.Denied, "nobody is known under %s any more", id)
}
