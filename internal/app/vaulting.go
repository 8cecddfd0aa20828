package app

import (
	"context"
	"os"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// keyring answers the API's questions about the root key of the vault.
type keyring struct{ *App }

var _ api.Vault = keyring{}

// Rotation implements [api.Vault].
func (k keyring) Rotation(context.Context, harrier.Principal) (api.VaultRotation, error) {
	p := k.vault.Progress()
	out := api.VaultRotation{Root: p.Root, Running: p.Running, Done: p.Done, Of: p.Of}
	info, err := os.Stat(k.rootKey())
	if err == nil {
		out.Since = info.ModTime().UTC()
	}
	return out, nil
}

// Rotate implements [api.Vault]. That it was begun is recorded before it is, so
// that no rotation is without a row; what is cut off goes on at the next start.
func (k keyring) Rotate(ctx context.Context, by harrier.Principal) (api.VaultRotation, error) {
	record := func(action string) error {
		return k.store.Write(ctx, func(tx harrier.Tx) error {
			p := k.vault.Progress()
			return k.audit(ctx, tx, by, deed{action, "vault", map[string]any{"keys": p.Of}})
		})
	}
	if err := record("vault.rotate"); err != nil {
		return api.VaultRotation{}, err
	}
	if err := k.vault.Renew(ctx); err != nil {
		return api.VaultRotation{}, err
	}
	if err := record("vault.rotated"); err != nil {
		return api.VaultRotation{}, err
	}
	return k.Rotation(ctx, by)
}
