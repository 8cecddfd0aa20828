package vault

import (
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"log/slog"
	"sync"

	"github.com/harrier-soar/harrier"
)

// maxValue bounds a secret; certificates with their chain fit.
const maxValue = 64 << 10

// Config says where the vault keeps what.
type Config struct {
	// KeyFile is the root key. It is made at the first start, when nothing is
	// encrypted yet, and belongs into a backup apart from that of the database.
	KeyFile string
	Rows    Rows
	Log     *slog.Logger
	// Hit, when not nil, is called at key.rotate_row, key.rotate_commit and
	// key.drop_old, for tests that end the process there.
	Hit func(name string)
}

// Vault keeps secrets. It is safe for concurrent use.
type Vault struct {
	cfg Config

	mu    sync.Mutex                  // guards what follows
	roots map[string][]byte           // by fingerprint; the old and the new one while a rotation runs
	root  string                      // fingerprint of the one that wraps new keys
	keys  map[harrier.TenantID]tenant // unwrapped

	progress Progress   // guarded by mu too
	rotating sync.Mutex // held by whoever rotates
}

// tenant is a tenant's unwrapped key.
type tenant struct {
	version int64
	key     []byte
}

// Entry tells that a secret is there; it never holds the value.
type Entry struct {
	Name, Field string
	Version     int64
}

// Open opens the vault and proves that every tenant's key opens with the root
// key. It refuses to start where the key file is missing although something is
// encrypted, is not the right one, or may be read by others. A rotation that
// was cut off is finished.
func Open(ctx context.Context, cfg Config) (*Vault, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Hit == nil {
		cfg.Hit = func(string) {}
	}
	v := &Vault{cfg: cfg, roots: map[string][]byte{}, keys: map[harrier.TenantID]tenant{}}
	rows, err := cfg.Rows.TenantKeys(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.loadRoot(len(rows) > 0); err != nil {
		return nil, err
	}
	next, err := readRoot(cfg.KeyFile + nextSuffix)
	if err != nil {
		return nil, err
	}
	if next != nil {
		v.roots[fingerprint(next)] = next
	}
	for _, row := range rows {
		if _, err := v.unwrap(row); err != nil {
			return nil, err
		}
	}
	if next != nil {
		cfg.Log.Info("rotation of the root key goes on")
		return v, v.rotateTo(ctx, next)
	}
	return v, nil
}

// loadRoot reads the root key, or makes it where nothing is encrypted yet.
func (v *Vault) loadRoot(inUse bool) error {
	key, err := readRoot(v.cfg.KeyFile)
	if err != nil {
		return err
	}
	if key == nil && inUse {
		return harrier.Errorf(harrier.NotFound,
			"the root key %s is missing, but secrets are encrypted with it: restore the file from your backup; a new one could not open them", v.cfg.KeyFile)
	}
	if key == nil {
		key = []byte(NewRootKey().Reveal())
		if err := writeRoot(v.cfg.KeyFile, key); err != nil {
			return err
		}
		v.cfg.Log.Info("root key created; keep a copy of it apart from the backups of the database", "file", v.cfg.KeyFile)
	}
	v.root = fingerprint(key)
	v.roots[v.root] = key
	return nil
}

// Put stores a secret, or replaces it.
func (v *Vault) Put(ctx context.Context, tenantID harrier.TenantID, name, field string, value harrier.Secret) error {
	switch {
	case tenantID.IsZero(), name == "", field == "":
		return harrier.Errorf(harrier.Invalid, "a secret needs a tenant, a name and a field")
	case value.IsZero():
		return harrier.Errorf(harrier.Invalid, "the value of %s is empty: delete the secret instead", field)
	case len(value.Reveal()) > maxValue:
		return harrier.Errorf(harrier.Invalid, "the value of %s is longer than %d bytes", field, maxValue)
	}
	key, err := v.tenantKey(ctx, tenantID)
	if err != nil {
		return err
	}
	for attempt := 0; ; attempt++ {
		err := v.put(ctx, key, Row{Tenant: tenantID, Name: name, Field: field}, value)
		if harrier.KindOf(err) != harrier.Conflict || attempt == 4 {
			return err
		}
	}
}

// put writes the version after the stored one; a racing writer makes it a Conflict.
func (v *Vault) put(ctx context.Context, key tenant, row Row, value harrier.Secret) error {
	old, err := v.cfg.Rows.Secret(ctx, row.Tenant, row.Name, row.Field)
	if err != nil && harrier.KindOf(err) != harrier.NotFound {
		return err
	}
	row.Version = old.Version + 1
	sealed, err := seal(key.key, row.bound(key.version), []byte(value.Reveal()))
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encrypt a secret: %w", err)
	}
	row.Ciphertext = append(number(key.version), sealed...)
	return v.cfg.Rows.PutSecret(ctx, row)
}

// Reveal returns a secret, for the transport at the last hop only. What does
// not decrypt is an Internal error.
func (v *Vault) Reveal(ctx context.Context, tenantID harrier.TenantID, name, field string) (harrier.Secret, error) {
	row, err := v.cfg.Rows.Secret(ctx, tenantID, name, field)
	if err != nil {
		return harrier.Secret{}, err
	}
	// What was asked for is authenticated, not what the row says about itself.
	row.Tenant, row.Name, row.Field = tenantID, name, field
	key, err := v.tenantKey(ctx, tenantID)
	if err != nil {
		return harrier.Secret{}, err
	}
	head := number(key.version)
	if len(row.Ciphertext) < len(head) || string(row.Ciphertext[:len(head)]) != string(head) {
		return harrier.Secret{}, harrier.Errorf(harrier.Internal, "secret %s of %s: %w", field, name, errSealed)
	}
	plain, err := open(key.key, row.bound(key.version), row.Ciphertext[len(head):])
	if err != nil {
		return harrier.Secret{}, harrier.Errorf(harrier.Internal, "secret %s of %s: %w", field, name, err)
	}
	return harrier.NewSecret(string(plain)), nil
}

// Delete removes one field of a name, or all of them where field is empty.
func (v *Vault) Delete(ctx context.Context, tenantID harrier.TenantID, name, field string) error {
	if name == "" {
		return harrier.Errorf(harrier.Invalid, "which secret to delete is not said")
	}
	return v.cfg.Rows.DeleteSecret(ctx, tenantID, name, field)
}

// List tells which secrets there are; an empty name lists those of all names.
func (v *Vault) List(ctx context.Context, tenantID harrier.TenantID, name string) ([]Entry, error) {
	rows, err := v.cfg.Rows.Secrets(ctx, tenantID, name)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(rows))
	for i, r := range rows {
		entries[i] = Entry{Name: r.Name, Field: r.Field, Version: r.Version}
	}
	return entries, nil
}

// DataKey returns a key of 32 bytes that belongs to a tenant and a purpose, for
// what is encrypted or authenticated outside the vault. It stays the same for
// ever, also when the root key is rotated.
func (v *Vault) DataKey(ctx context.Context, tenantID harrier.TenantID, purpose string) ([]byte, error) {
	key, err := v.tenantKey(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	out, err := hkdf.Key(sha256.New, key.key, nil, string(bind("harrier/vault/data-key/1", tenantID[:], []byte(purpose))), keySize)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "derive the key for %s: %w", purpose, err)
	}
	return out, nil
}

// Box returns what seals texts under the [Vault.DataKey] of a tenant and a
// purpose, with a nonce of its own in front of each.
func (v *Vault) Box(ctx context.Context, tenantID harrier.TenantID, purpose string) (cipher.AEAD, error) {
	key, err := v.DataKey(ctx, tenantID, purpose)
	if err != nil {
		return nil, err
	}
	return aead(key)
}

// bound is what a secret's ciphertext belongs to.
func (r Row) bound(keyVersion int64) []byte {
	return bind("harrier/vault/secret/1", r.Tenant[:], []byte(r.Name), []byte(r.Field), number(r.Version), number(keyVersion))
}
