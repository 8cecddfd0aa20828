package api

import (
	"context"
	"net/netip"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/scim"
)

// Gate lets requests in.
type Gate interface {
	// Admit says who bears a token; one that is not good is Unauthenticated.
	Admit(ctx context.Context, token harrier.Secret, from netip.Addr) (access.Admitted, error)
	// LogIn makes a session. Whatever is wrong is the same Unauthenticated.
	LogIn(ctx context.Context, p access.Proof) (access.LoggedIn, error)
	// SetUp uses a one-time token.
	SetUp(ctx context.Context, in access.SetUp) (access.Account, error)
}

// Sessions are the log-ins of whoever asks.
type Sessions interface {
	// Own returns the session that somebody acts by, with its account; without
	// one it is Invalid.
	Own(ctx context.Context, by harrier.Principal) (access.Session, access.Account, error)
	// Sessions lists the sessions of an account, one's own where it is empty.
	Sessions(ctx context.Context, by harrier.Principal, account string) ([]access.Session, error)
	// End ends a session of an account, one's own where it is empty.
	End(ctx context.Context, by harrier.Principal, account string, id harrier.SessionID) error
	// Prove makes one's session fresh, with a new token.
	Prove(ctx context.Context, by harrier.Principal, p access.Proof) (access.LoggedIn, error)
	// ChangePassword sets one's own password.
	ChangePassword(ctx context.Context, by harrier.Principal, password harrier.Secret) error
}

// SecondFactors are what is asked for beside passwords.
type SecondFactors interface {
	// BeginSecondFactor makes a seed.
	BeginSecondFactor(ctx context.Context, by harrier.Principal) (access.Seed, error)
	// ConfirmSecondFactor asks for codes from now on; a code that is wrong is Invalid.
	ConfirmSecondFactor(ctx context.Context, by harrier.Principal, code string) error
	// RemoveSecondFactor asks for codes no more.
	RemoveSecondFactor(ctx context.Context, by harrier.Principal) error
}

// Accounts are those who act. Their keys are ids or names.
type Accounts interface {
	// List lists accounts, the newest first.
	List(ctx context.Context, by harrier.Principal, p harrier.Page) ([]access.Account, string, error)
	// Find returns an account.
	Find(ctx context.Context, by harrier.Principal, key string) (access.Account, error)
	// Add makes an account; one that may do more than who asks is Denied.
	Add(ctx context.Context, by harrier.Principal, n access.NewAccount) (access.Account, access.Invited, error)
	// Change changes an account.
	Change(ctx context.Context, by harrier.Principal, key string, c access.Change) (access.Account, error)
	// Invite makes a token by which somebody sets a new password.
	Invite(ctx context.Context, by harrier.Principal, key string) (access.Invited, error)
	// InviteFirst makes the token of the first account; Conflict where there is one.
	InviteFirst(ctx context.Context, by harrier.Principal) (access.Invited, error)
}

// Keys are API keys.
type Keys interface {
	// Keys lists keys, the newest first: one's own, or those of an account.
	Keys(ctx context.Context, by harrier.Principal, account string, p harrier.Page) ([]access.Key, string, error)
	// NewKey makes a key; one for more than its account holds is Denied.
	NewKey(ctx context.Context, by harrier.Principal, n access.NewKey) (access.Key, harrier.Secret, error)
	// RevokeKey ends a key.
	RevokeKey(ctx context.Context, by harrier.Principal, id harrier.KeyID) (access.Key, error)
}

// Tenants are isolated customers or organisations.
type Tenants interface {
	// ListTenants lists all tenants, by name.
	ListTenants(ctx context.Context, by harrier.Principal) ([]access.Tenant, error)
	// AddTenant makes a tenant.
	AddTenant(ctx context.Context, by harrier.Principal, name string) (access.Tenant, access.Invited, error)
}

// Access is who may do what. All are required.
type Access struct {
	Gate          Gate
	Sessions      Sessions
	SecondFactors SecondFactors
	Accounts      Accounts
	Keys          Keys
	Tenants       Tenants
	ProviderDoor  ProviderDoor
	Providers     Providers
	PasskeyDoor   PasskeyDoor
	Passkeys      Passkeys

	DirectoryUsers  Directory[harrier.PrincipalID, scim.User]
	DirectoryGroups Directory[string, scim.Group]
}
