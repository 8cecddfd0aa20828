package app

import (
	"context"
	"fmt"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/engine"
)

// causes tells what people may cause by starting runs: what they may do to a
// connection by hand.
type causes struct{ *App }

var _ engine.Rights = causes{}

// MayNotCause implements [engine.Rights], by the roles that somebody has now.
func (c causes) MayNotCause(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, who harrier.PrincipalID, effect harrier.Effect) (string, error) {
	if who == harrier.LocalOperator && tenant == harrier.DefaultTenant {
		return "", nil // whoever may open the data directory
	}
	a, err := c.store.AccountIn(ctx, tx, tenant, who)
	gone := harrier.KindOf(err) == harrier.NotFound && err != nil
	switch {
	case gone, err == nil && !a.DisabledAt.IsZero():
		return fmt.Sprintf("whoever started the run has left; somebody who may %s has to agree", effect), nil
	case err != nil:
		return "", err
	case access.Grants(tenant, a.Roles)[harrier.ConnectionsCall]:
		return "", nil
	}
	return fmt.Sprintf("%s started the run and may not %s; somebody who may has to agree", a.Name, effect), nil
}
