package vault

import (
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
)

// Progress is how far the rotation of the root key is.
type Progress struct {
	// Root identifies the root key that wraps new keys.
	Root string
	// Running tells that keys are still wrapped by another; Done of Of are not any more.
	Running  bool
	Done, Of int
}

// Progress tells how far the rotation is that runs, or how the last one ended.
func (v *Vault) Progress() Progress {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.progress
	p.Root = v.root
	return p
}

// Rotate replaces the root key: the new one is written beside the old one, each
// tenant's key is wrapped again, and only when no key needs the old one does
// the new file take its place. It may be cut off anywhere; [Open], or Rotate
// with the same key, goes on. Secrets can be used all the while. While another
// rotation runs it is Conflict.
func (v *Vault) Rotate(ctx context.Context, newKey harrier.Secret) error {
	if !v.rotating.TryLock() {
		return harrier.Errorf(harrier.Conflict, "a rotation is running; wait for its end: harrier vault status")
	}
	defer v.rotating.Unlock()
	key := []byte(newKey.Reveal())
	if len(key) != keySize {
		return harrier.Errorf(harrier.Invalid, "a root key has %d bytes, not %d: make one with NewRootKey", keySize, len(key))
	}
	path := v.cfg.KeyFile + nextSuffix
	pending, err := readRoot(path)
	switch {
	case err != nil:
		return err
	case pending == nil && fingerprint(key) == v.Progress().Root:
		return harrier.Errorf(harrier.Invalid, "this is already the root key")
	case pending == nil:
		if err := writeRoot(path, key); err != nil {
			return err
		}
	case !slices.Equal(pending, key):
		return harrier.Errorf(harrier.Conflict, "a rotation to another root key has not ended: go on with it")
	}
	return v.rotateTo(ctx, key)
}

// Renew rotates to a fresh root key, or goes on with a rotation that was cut off.
func (v *Vault) Renew(ctx context.Context) error {
	pending, err := readRoot(v.cfg.KeyFile + nextSuffix)
	if err != nil {
		return err
	}
	if pending != nil {
		return v.Rotate(ctx, harrier.NewSecret(string(pending)))
	}
	return v.Rotate(ctx, NewRootKey())
}

// rotateTo wraps what is still wrapped by another root key and then drops that.
// New tenants' keys are wrapped by the new root key from here on. Nobody waits
// for more than one key.
func (v *Vault) rotateTo(ctx context.Context, key []byte) error {
	next := fingerprint(key)
	v.mu.Lock()
	v.roots[next], v.root = key, next
	v.progress = Progress{Running: true}
	v.mu.Unlock()
	rows, err := v.cfg.Rows.TenantKeys(ctx)
	if err != nil {
		return err
	}
	for i, row := range rows {
		if row.Root != next {
			v.cfg.Hit("key.rotate_row")
			if err := v.rewrap(ctx, row, next); err != nil {
				return err
			}
		}
		v.mu.Lock()
		v.progress.Done, v.progress.Of = i+1, len(rows)
		v.mu.Unlock()
	}
	v.cfg.Hit("key.rotate_commit")
	if err := promote(v.cfg.KeyFile); err != nil {
		return err
	}
	v.cfg.Hit("key.drop_old")
	v.retire(next)
	v.cfg.Log.Info("root key rotated", "tenant_keys", len(rows))
	return nil
}

// retire forgets every root key but one.
func (v *Vault) retire(next string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id := range v.roots {
		if id != next {
			clear(v.roots[id])
			delete(v.roots, id)
		}
	}
	v.progress.Running = false
}

func (v *Vault) rewrap(ctx context.Context, row KeyRow, next string) error {
	v.mu.Lock()
	raw, err := v.unwrap(row)
	var fresh KeyRow
	if err == nil {
		fresh, err = v.wrap(KeyRow{Tenant: row.Tenant, Version: row.Version}, next, raw)
	}
	v.mu.Unlock()
	if err != nil {
		return err
	}
	return v.cfg.Rows.PutTenantKey(ctx, fresh, row.Root)
}
