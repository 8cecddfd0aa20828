package provider

import (
	"context"
	"crypto/cipher"
	"net/http"
	"net/netip"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// Store keeps providers.
type Store interface {
	// Providers lists the providers of a tenant, by name.
	Providers(ctx context.Context, tenant harrier.TenantID) ([]Settings, error)
	// AddProvider adds a provider; a name or an issuer that is taken is Conflict.
	AddProvider(ctx context.Context, tx harrier.Tx, s Settings) error
	// UpdateProvider stores settings; another rev than the stored one is Conflict.
	UpdateProvider(ctx context.Context, tx harrier.Tx, s Settings) error
	// RemoveProvider removes a provider.
	RemoveProvider(ctx context.Context, tx harrier.Tx, s Settings) error
	// UseOnce notes the use of what is good once; false where it was used before.
	UseOnce(ctx context.Context, tx harrier.Tx, digest []byte, until time.Time) (bool, error)
	// Write runs change in a transaction and returns when it is durable.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Vault keeps the secrets of clients, and the key that seals.
type Vault interface {
	// Put stores a secret, or replaces it.
	Put(ctx context.Context, tenant harrier.TenantID, name, field string, value harrier.Secret) error
	// Reveal returns a secret; one that is not there is NotFound.
	Reveal(ctx context.Context, tenant harrier.TenantID, name, field string) (harrier.Secret, error)
	// Delete removes a secret.
	Delete(ctx context.Context, tenant harrier.TenantID, name, field string) error
	// Box returns what seals under the key of a tenant and a purpose.
	Box(ctx context.Context, tenant harrier.TenantID, purpose string) (cipher.AEAD, error)
}

// People lets those in whom a provider vouches for; access.Service does.
type People interface {
	// Vouch makes a session.
	Vouch(ctx context.Context, v access.Vouched) (access.LoggedIn, error)
	// Refuse notes why somebody is refused, and returns what they are told.
	Refuse(ctx context.Context, v access.Vouched, reason string) error
	// Try counts an attempt from an address until it succeeded.
	Try(from netip.Addr) (succeeded func(), err error)
	// Link lets the person of an account come by a provider too.
	Link(ctx context.Context, by harrier.Principal, account string, v access.Vouched) (access.Account, error)
	// Unvouch ends the sessions of everybody whom an issuer knows.
	Unvouch(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, issuer string) error
	// TenantCalled returns the id of a tenant by its name.
	TenantCalled(ctx context.Context, name string) (harrier.TenantID, error)
}

// Web asks providers, under the rules for all that leaves the process.
type Web interface {
	// Client asks the hosts of one provider and no others. It follows no redirects.
	Client(s Settings) *http.Client
	// Check says why a provider cannot be asked, as far as its settings tell.
	Check(s Settings) error
}
