package passkey

import (
	"context"
	"net/netip"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/provider"
	"github.com/harrier-soar/harrier/internal/ticket"
)

// Rows keeps passkeys.
type Rows interface {
	// Passkeys lists the passkeys of an account, the oldest first.
	Passkeys(ctx context.Context, tenant harrier.TenantID, of harrier.PrincipalID) ([]Passkey, error)
	// PasskeyCalled returns the passkey that an authenticator calls so, of any
	// tenant; ok is false where there is none.
	PasskeyCalled(ctx context.Context, credential []byte) (p Passkey, ok bool, err error)
	// Passkey returns a passkey by its id; ok is false where the tenant has none.
	Passkey(ctx context.Context, tenant harrier.TenantID, id harrier.PasskeyID) (p Passkey, ok bool, err error)
	// PasskeyIn returns a passkey as it is inside a change.
	PasskeyIn(ctx context.Context, tx harrier.Tx, p Passkey) (now Passkey, ok bool, err error)
	// AddPasskey adds a passkey. Beyond most of an account, or where it is
	// somebody's already, it is Conflict.
	AddPasskey(ctx context.Context, tx harrier.Tx, p Passkey, most int) error
	// UpdatePasskey stores the name of a passkey and what its use changed.
	UpdatePasskey(ctx context.Context, tx harrier.Tx, p Passkey) error
	// RemovePasskey removes a passkey.
	RemovePasskey(ctx context.Context, tx harrier.Tx, p Passkey) error
}

// Store is all that the service asks of the store.
type Store interface {
	Rows
	ticket.Store
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// People knows accounts and their sessions; access.Service does.
type People interface {
	// Own returns the session that somebody acts by, with its account.
	Own(ctx context.Context, by harrier.Principal) (access.Session, access.Account, error)
	// Find returns an account by its id or its name.
	Find(ctx context.Context, by harrier.Principal, key string) (access.Account, error)
	// Owner returns whose passkeys somebody asks for: their own where key is empty.
	// Those of others are NotFound without the right to manage accounts.
	Owner(ctx context.Context, by harrier.Principal, key string) (harrier.PrincipalID, error)
	// Vouch makes a session, or a session fresh.
	Vouch(ctx context.Context, v access.Vouched) (access.LoggedIn, error)
	// Refuse notes why somebody is refused, and returns what they are told.
	Refuse(ctx context.Context, v access.Vouched, reason string) error
	// Try counts an attempt from an address until it succeeded.
	Try(from netip.Addr) (succeeded func(), err error)
	// EndOthers ends the sessions of an account but one.
	EndOthers(ctx context.Context, tx harrier.Tx, w access.Whose) error
}

// Grants leaves log-ins for the command line; provider.Service does.
type Grants interface {
	// Leave makes what a log-in is fetched by, and says where the browser brings it.
	Leave(ctx context.Context, l provider.Loopback, v access.Vouched) (to string, err error)
}

// Alarms tells of what a person has to look at.
type Alarms interface {
	// Tell reports an alert, as JSON, in the change of its cause.
	Tell(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, body []byte) error
}
