package vault

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// tenantKey returns a tenant's key, and makes it at its first use.
func (v *Vault) tenantKey(ctx context.Context, id harrier.TenantID) (tenant, error) {
	if id.IsZero() {
		return tenant{}, harrier.Errorf(harrier.Invalid, "a secret needs a tenant")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if key, ok := v.keys[id]; ok {
		return key, nil
	}
	key, found, err := v.storedKey(ctx, id)
	if err == nil && !found {
		key, err = v.newKey(ctx, id)
	}
	if err != nil {
		return tenant{}, err
	}
	v.keys[id] = key
	return key, nil
}

// storedKey finds and unwraps the newest key of a tenant.
func (v *Vault) storedKey(ctx context.Context, id harrier.TenantID) (key tenant, found bool, err error) {
	rows, err := v.cfg.Rows.TenantKeys(ctx)
	if err != nil {
		return tenant{}, false, err
	}
	var newest KeyRow
	for _, row := range rows {
		if row.Tenant == id && row.Version > newest.Version {
			newest = row
		}
	}
	if newest.Version == 0 {
		return tenant{}, false, nil
	}
	raw, err := v.unwrap(newest)
	return tenant{newest.Version, raw}, err == nil, err
}

// newKey makes the first key of a tenant. Where another process was faster, its key is taken.
func (v *Vault) newKey(ctx context.Context, id harrier.TenantID) (tenant, error) {
	raw := []byte(NewRootKey().Reveal())
	row, err := v.wrap(KeyRow{Tenant: id, Version: 1}, v.root, raw)
	if err != nil {
		return tenant{}, err
	}
	err = v.cfg.Rows.PutTenantKey(ctx, row, "")
	if harrier.KindOf(err) == harrier.Conflict && err != nil {
		key, found, err := v.storedKey(ctx, id)
		if err == nil && !found {
			err = harrier.Errorf(harrier.Internal, "the key of %s was refused and is not there", id)
		}
		return key, err
	}
	return tenant{1, raw}, err
}

// wrap encrypts a tenant's key with a root key.
func (v *Vault) wrap(row KeyRow, root string, raw []byte) (KeyRow, error) {
	row.Root = root
	sealed, err := seal(v.roots[root], row.bound(), raw)
	if err != nil {
		return KeyRow{}, harrier.Errorf(harrier.Internal, "wrap the key of %s: %w", row.Tenant, err)
	}
	row.Wrapped = sealed
	return row, nil
}

// unwrap is the reverse of wrap.
func (v *Vault) unwrap(row KeyRow) ([]byte, error) {
	root, ok := v.roots[row.Root]
	if !ok {
		return nil, harrier.Errorf(harrier.Denied,
			"the key of %s is wrapped by root key %s, but %s holds %s: restore the right key file", row.Tenant, row.Root, v.cfg.KeyFile, v.root)
	}
	raw, err := open(root, row.bound(), row.Wrapped)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "the key of %s: %w", row.Tenant, err)
	}
	return raw, nil
}

// bound is what a wrapped key belongs to.
func (r KeyRow) bound() []byte {
	return bind("harrier/vault/tenant-key/1", r.Tenant[:], number(r.Version), []byte(r.Root))
}
