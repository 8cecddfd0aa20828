package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

func (w *world) Rotation(context.Context, harrier.Principal) (VaultRotation, error) {
	return VaultRotation{Root: "00"}, w.broken
}

func (w *world) Rotate(ctx context.Context, by harrier.Principal) (VaultRotation, error) {
	return w.Rotation(ctx, by)
}
