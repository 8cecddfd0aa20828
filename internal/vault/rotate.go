package vault

import (
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
)

// Rotate replaces the root key: the new one is written beside the old one, each
// tenant's key is wrapped again, and only when no key needs the old one does
// the new file take its place. It may be cut off anywhere; [Open], or Rotate
// with the same key, goes on. Secrets can be used all the while.
func (v *Vault) Rotate(ctx context.Context, newKey harrier.Secret) error {
	key := []byte(newKey.Reveal())
	if len(key) != keySize {
		return harrier.Errorf(harrier.Invalid, "a root key has %d bytes, not %d: make one with NewRootKey", keySize, len(key))
	}
	path := v.cfg.KeyFile + nextSuffix
	v.mu.Lock()
	defer v.mu.Unlock()
	if fingerprint(key) == v.root {
		return harrier.Errorf(harrier.Invalid, "this is already the root key")
	}
	pending, err := readRoot(path)
	switch {
	case err != nil:
		return err
	case pending == nil:
		if err := writeRoot(path, key); err != nil {
			return err
		}
	case !slices.Equal(pending, key):
		return harrier.Errorf(harrier.Conflict, "a rotation to another root key has not ended: start Harrier again to finish it, then rotate")
	}
	return v.rotateLocked(ctx, key)
}

// rotateTo finishes a rotation at the start.
func (v *Vault) rotateTo(ctx context.Context, key []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.rotateLocked(ctx, key)
}

// rotateLocked wraps what is still wrapped by another root key and then drops
// that. New tenants' keys are wrapped by the new root key from here on.
func (v *Vault) rotateLocked(ctx context.Context, key []byte) error {
	next := fingerprint(key)
	v.roots[next] = key
	v.root = next
	rows, err := v.cfg.Rows.TenantKeys(ctx)
	if err != nil {
		return err
	}
	done := 0
	for _, row := range rows {
		if row.Root == next {
			continue
		}
		v.cfg.Hit("key.rotate_row")
		if err := v.rewrap(ctx, row, next); err != nil {
			return err
		}
		done++
	}
	v.cfg.Hit("key.rotate_commit")
	if err := promote(v.cfg.KeyFile); err != nil {
		return err
	}
	v.cfg.Hit("key.drop_old")
	for id := range v.roots {
		if id != next {
			clear(v.roots[id])
			delete(v.roots, id)
		}
	}
	v.cfg.Log.Info("root key rotated", "tenant_keys", done, "of", len(rows))
	return nil
}

func (v *Vault) rewrap(ctx context.Context, row KeyRow, next string) error {
	raw, err := v.unwrap(row)
	if err != nil {
		return err
	}
	fresh, err := v.wrap(KeyRow{Tenant: row.Tenant, Version: row.Version}, next, raw)
	if err != nil {
		return err
	}
	return v.cfg.Rows.PutTenantKey(ctx, fresh, row.Root)
}
