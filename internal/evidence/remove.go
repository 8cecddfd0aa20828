package evidence

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/harrier-soar/harrier"
)

// Remove removes a blob from the disk; it is no error where it is gone. Whoever
// calls it knows that no row needs it.
func (d *Dir) Remove(_ context.Context, tenant harrier.TenantID, sha256 string) error {
	name, err := blobName(tenant, sha256)
	if err != nil {
		return err
	}
	err = d.root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = d.syncDir(path.Dir(name))
	}
	if err != nil {
		return harrier.Errorf(harrier.Internal, "remove evidence %s: %w", sha256, err)
	}
	return nil
}
