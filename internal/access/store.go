package access

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// Accounts keeps accounts. What is of another tenant is NotFound.
type Accounts interface {
	// Account returns an account by its id.
	Account(ctx context.Context, tenant harrier.TenantID, id harrier.PrincipalID) (Account, error)
	// AccountNamed returns an account by its name.
	AccountNamed(ctx context.Context, tenant harrier.TenantID, name string) (Account, error)
	// Accounts lists the accounts of a tenant, without the system's own, the newest first.
	Accounts(ctx context.Context, tenant harrier.TenantID, p harrier.Page) ([]Account, string, error)
	// AddAccount adds an account; a name that is taken is Conflict.
	AddAccount(ctx context.Context, tx harrier.Tx, a Account) error
	// UpdateAccount stores an account; another rev than the stored one is Conflict.
	UpdateAccount(ctx context.Context, tx harrier.Tx, a Account) error
	// AnyAccount reports whether a tenant has an account of a person.
	AnyAccount(ctx context.Context, tenant harrier.TenantID) (bool, error)
}

// Changing is what is asked of accounts inside a change.
type Changing interface {
	Factors
	// AccountIn is Account inside a change.
	AccountIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) (Account, error)
	// UseCode notes the step of a code, and reports false where that step or a
	// later one was used already.
	UseCode(ctx context.Context, tx harrier.Tx, a Account, step int64) (bool, error)
}

// Whose selects sessions of an account: one, or all but one, or all.
type Whose struct {
	Tenant    harrier.TenantID
	Principal harrier.PrincipalID
	// Only is the one session that is meant, if it is not zero.
	Only harrier.SessionID
	// But is a session that is not meant.
	But harrier.SessionID
}

// Sessions keeps log-ins.
type Sessions interface {
	// AddSession adds a session, and ends the oldest ones of its account beyond most.
	AddSession(ctx context.Context, tx harrier.Tx, ses Session, most int) error
	// SessionOf returns the session of a token's digest, with its account.
	SessionOf(ctx context.Context, digest []byte) (Session, Account, error)
	// Sessions lists the sessions of an account, the newest first.
	Sessions(ctx context.Context, tenant harrier.TenantID, of harrier.PrincipalID) ([]Session, error)
	// TouchSession notes that a session was used.
	TouchSession(ctx context.Context, tx harrier.Tx, ses Session) error
	// EndSessions removes sessions.
	EndSessions(ctx context.Context, tx harrier.Tx, w Whose) error
	// ForgetSessions removes up to limit sessions, invitations and marks of what was used that ended before a time.
	ForgetSessions(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error)
}

// Keys keeps API keys.
type Keys interface {
	// AddKey adds a key.
	AddKey(ctx context.Context, tx harrier.Tx, k Key) error
	// KeyOf returns the key of a token's digest, with its account.
	KeyOf(ctx context.Context, digest []byte) (Key, Account, error)
	// Key returns a key; one of another tenant is NotFound.
	Key(ctx context.Context, tenant harrier.TenantID, id harrier.KeyID) (Key, error)
	// Keys lists keys, the newest first; a zero owner lists those of all.
	Keys(ctx context.Context, tenant harrier.TenantID, of harrier.PrincipalID, p harrier.Page) ([]Key, string, error)
	// UpdateKey stores when a key was used and revoked.
	UpdateKey(ctx context.Context, tx harrier.Tx, k Key) error
	// EndKeys revokes the keys of an account.
	EndKeys(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, of harrier.PrincipalID, now time.Time) error
}

// Invitations keeps one-time tokens.
type Invitations interface {
	// PutInvitation adds an invitation, and drops those before it of the same account.
	PutInvitation(ctx context.Context, tx harrier.Tx, i Invitation) error
	// TakeInvitation removes an invitation and returns it; one that is not there is NotFound.
	TakeInvitation(ctx context.Context, tx harrier.Tx, digest []byte) (Invitation, error)
	// DropInvitations removes the invitations of an account.
	DropInvitations(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, of harrier.PrincipalID) error
	// EndVotes takes back what a person said to questions that are still open.
	EndVotes(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, person harrier.PrincipalID) (int64, error)
}

// Identity is how a provider knows the person of an account. Issuer and subject
// say who somebody is, and nothing else does.
type Identity struct {
	Tenant            harrier.TenantID
	Issuer, Subject   string
	Account           harrier.PrincipalID
	CreatedAt, UsedAt time.Time
}

// Identities keeps how providers know people.
type Identities interface {
	// IdentityOf returns an identity; ok is false where there is none.
	IdentityOf(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, who [2]string) (i Identity, ok bool, err error)
	// AddIdentity adds an identity; one that is there already is Conflict.
	AddIdentity(ctx context.Context, tx harrier.Tx, i Identity) error
	// UseIdentity notes that somebody came in by an identity.
	UseIdentity(ctx context.Context, tx harrier.Tx, i Identity) error
	// AdoptAccount stores who keeps an account.
	AdoptAccount(ctx context.Context, tx harrier.Tx, a Account) error
	// Identified lists the accounts that an issuer knows.
	Identified(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, issuer string) ([]harrier.PrincipalID, error)
	// NameTaken reports whether an account has a name.
	NameTaken(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, name string) (bool, error)
	// AdminBeside reports whether another person than this one is an enabled administrator.
	AdminBeside(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) (bool, error)
}

// Factors keeps what is asked for beside passwords.
type Factors interface {
	// SetFactorDue stores until when an account may do without a second factor.
	SetFactorDue(ctx context.Context, tx harrier.Tx, a Account) error
	// PasskeyLives reports whether an account has a passkey that lets somebody in.
	PasskeyLives(ctx context.Context, tx harrier.Tx, a Account, id harrier.PasskeyID) (bool, error)
	// DropPasskeys removes the passkeys of an account.
	DropPasskeys(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, of harrier.PrincipalID) error
}

// Tenants keeps tenants.
type Tenants interface {
	// AddTenant adds a tenant; a name that is taken is Conflict.
	AddTenant(ctx context.Context, tx harrier.Tx, t Tenant) error
	// TenantNamed returns a tenant by its name.
	TenantNamed(ctx context.Context, name string) (Tenant, error)
	// Tenants lists all tenants, by name.
	Tenants(ctx context.Context) ([]Tenant, error)
}

// Journal makes changes durable.
type Journal interface {
	Changing
	// Write runs change in a transaction and returns when it is durable.
	// change may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Store is all that the service asks of the store.
type Store interface {
	Accounts
	Sessions
	Keys
	Invitations
	Identities
	Tenants
	Journal
}

// Vault keeps seeds of second factors, and the key by which devices are known.
type Vault interface {
	// Put stores a secret, or replaces it.
	Put(ctx context.Context, tenant harrier.TenantID, name, field string, value harrier.Secret) error
	// Reveal returns a secret.
	Reveal(ctx context.Context, tenant harrier.TenantID, name, field string) (harrier.Secret, error)
	// Delete removes one field of a name.
	Delete(ctx context.Context, tenant harrier.TenantID, name, field string) error
	// DataKey returns the key of a tenant and a purpose.
	DataKey(ctx context.Context, tenant harrier.TenantID, purpose string) ([]byte, error)
}
