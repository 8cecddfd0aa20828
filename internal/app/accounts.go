package app

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// HasAccounts reports whether a person of the tenant that runs the installation
// has an account.
func (a *App) HasAccounts(ctx context.Context) (bool, error) {
	return a.store.AnyAccount(ctx, harrier.DefaultTenant)
}

// InviteFirst makes the one-time token by which the first account is made, and
// says until when it can be used. Where somebody has an account it is Conflict.
func (a *App) InviteFirst(ctx context.Context) (token harrier.Secret, until time.Time, err error) {
	invited, err := a.access.InviteFirst(ctx, harrier.Operator())
	return invited.Token, invited.ExpiresAt, err
}
