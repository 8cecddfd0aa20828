package vault

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Row is one encrypted secret as it is stored.
type Row struct {
	Tenant harrier.TenantID
	// Name is whose secret it is, such as the id of a connection; Field is which one.
	Name, Field string
	// Version counts from 1 with each replacement.
	Version    int64
	Ciphertext []byte
}

// KeyRow is the wrapped key of a tenant as it is stored.
type KeyRow struct {
	Tenant harrier.TenantID
	// Version numbers the keys of one tenant from 1.
	Version int64
	// Root identifies the root key that wraps it.
	Root    string
	Wrapped []byte
}

// Rows is where the vault keeps its ciphertexts. Implementations are safe for
// concurrent use, copy what they are given and make each call durable before
// they return.
type Rows interface {
	// Secret returns one row, or a NotFound error.
	Secret(ctx context.Context, tenant harrier.TenantID, name, field string) (Row, error)
	// PutSecret stores a row whose version is one more than the stored one (1
	// where there is none); any other version is a Conflict error.
	PutSecret(ctx context.Context, row Row) error
	// DeleteSecret removes a row; it is no error where there is none. An empty
	// field removes every field of name.
	DeleteSecret(ctx context.Context, tenant harrier.TenantID, name, field string) error
	// Secrets lists the rows of a tenant ordered by name and field; an empty
	// name lists those of all names.
	Secrets(ctx context.Context, tenant harrier.TenantID, name string) ([]Row, error)
	// TenantKeys lists the keys of every tenant.
	TenantKeys(ctx context.Context) ([]KeyRow, error)
	// PutTenantKey stores a key. With an empty oldRoot the row must be new;
	// otherwise the stored one must be wrapped by oldRoot and is replaced.
	// Where that does not hold it is a Conflict error.
	PutTenantKey(ctx context.Context, row KeyRow, oldRoot string) error
}
