package vault

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/harrier-soar/harrier"
)

// nextSuffix names the file of the root key that a rotation moves to.
const nextSuffix = ".next"

// NewRootKey returns a fresh root key for [Vault.Rotate].
func NewRootKey() harrier.Secret {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // crypto/rand.Read never fails since Go 1.24
	return harrier.NewSecret(string(key))
}

// readRoot reads a root key file; absent is nil without an error. A file that
// others may read, or of another size, is refused.
func readRoot(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "open the root key %s: %w", path, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "look at the root key %s: %w", path, err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, harrier.Errorf(harrier.Invalid, "the root key %s is not a regular file", path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, harrier.Errorf(harrier.Denied,
			"the root key %s has mode %#o, so others may read it: run chmod 600 on it, and rotate it if somebody may have read it", path, info.Mode().Perm())
	case info.Size() != keySize:
		return nil, harrier.Errorf(harrier.Invalid,
			"the root key %s has %d bytes instead of %d: restore it from your backup", path, info.Size(), keySize)
	}
	key := make([]byte, keySize)
	if _, err := io.ReadFull(f, key); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "read the root key %s: %w", path, err)
	}
	return key, nil
}

// writeRoot creates a root key file that must not exist, durably and whole:
// it is written under a temporary name and linked into place.
func writeRoot(path string, key []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".root-key-*") // mode 0600
	if err != nil {
		return harrier.Errorf(harrier.Internal, "create the root key in %s: %w", dir, err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(key)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Link(tmp.Name(), path) // fails where path exists
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return harrier.Errorf(harrier.Internal, "write the root key %s: %w", path, err)
	}
	return nil
}

// promote makes the next root key the root key, durably.
func promote(path string) error {
	if err := os.Rename(path+nextSuffix, path); err != nil {
		return harrier.Errorf(harrier.Internal, "replace the root key: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
