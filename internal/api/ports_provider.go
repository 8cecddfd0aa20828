package api

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/provider"
	"github.com/harrier-soar/harrier/internal/scim"
)

// ProviderDoor lets people in by providers.
type ProviderDoor interface {
	// Offered lists the providers of a tenant by its name; one that is not there has none.
	Offered(ctx context.Context, tenant string) ([]provider.Settings, error)
	// Begin begins a log-in; a provider that is not there is NotFound.
	Begin(ctx context.Context, b provider.Begin) (provider.Begun, error)
	// Arrive ends it. Whatever is wrong is the same Unauthenticated.
	Arrive(ctx context.Context, a provider.Answer) (provider.Arrived, error)
	// Fetch makes the session of a log-in that was left for the command line.
	Fetch(ctx context.Context, in provider.Fetch) (access.LoggedIn, error)
}

// Providers are ways to log in that a tenant has set up.
type Providers interface {
	// List lists providers, by name.
	List(ctx context.Context, by harrier.Principal) ([]provider.Settings, error)
	// Find returns a provider by its name.
	Find(ctx context.Context, by harrier.Principal, name string) (provider.Settings, error)
	// Add sets a provider up; groups that grant more than who asks holds are Denied.
	Add(ctx context.Context, by harrier.Principal, p provider.Settings, secret harrier.Secret) (provider.Settings, error)
	// Change changes a provider.
	Change(ctx context.Context, by harrier.Principal, name string, edit func(*provider.Settings) error, secret harrier.Secret) (provider.Settings, error)
	// Remove takes a provider away.
	Remove(ctx context.Context, by harrier.Principal, name string) error
	// Link lets the person of an account, the first of who, come as a subject, the second.
	Link(ctx context.Context, by harrier.Principal, name string, who [2]string) (access.Account, error)
	// Test asks a provider what it is, and says how many keys it has.
	Test(ctx context.Context, by harrier.Principal, name string) (keys int, err error)
}

// Directory are the people, or the groups, that a directory keeps, with what
// names one. Bodies are those of SCIM.
type Directory[ID, T any] interface {
	// List returns those that a filter finds, and how many there are.
	List(ctx context.Context, by harrier.Principal, q scim.Query) ([]T, int, error)
	// Find returns one; one that the directory does not keep is NotFound.
	Find(ctx context.Context, by harrier.Principal, id ID) (T, error)
	// Create makes a group, or the account of a person; a name that is taken is Conflict.
	Create(ctx context.Context, by harrier.Principal, body []byte) (T, error)
	// Replace puts another resource in the place of one.
	Replace(ctx context.Context, by harrier.Principal, id ID, body []byte) (T, error)
	// Patch changes one.
	Patch(ctx context.Context, by harrier.Principal, id ID, body []byte) (T, error)
	// Delete removes a group with what it granted, or disables the account of a
	// person and forgets it.
	Delete(ctx context.Context, by harrier.Principal, id ID) error
}
