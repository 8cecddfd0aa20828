package evidence

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/harrier-soar/harrier"
)

// Keys gives the key of 32 bytes of a tenant for a purpose, for ever the same.
type Keys interface {
	DataKey(ctx context.Context, tenant harrier.TenantID, purpose string) ([]byte, error)
}

// Blob is what was stored.
type Blob struct {
	// SHA256 is the hash of the plaintext in lower-case hexadecimal.
	SHA256 string
	// Size is that of the plaintext.
	Size int64
}

// Config says where and how blobs are kept.
type Config struct {
	// Dir is created with mode 0700 where it does not exist.
	Dir  string
	Keys Keys
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Hit, when not nil, is called at evidence.stream_mid, evidence.hash,
	// evidence.rename and evidence.fsync_dir, for tests that end the process there.
	Hit func(name string)
}

// Dir stores blobs in a directory. It is safe for concurrent use, also by
// several processes.
type Dir struct {
	cfg  Config
	root *os.Root
}

const (
	// tmpDir holds blobs that are being written.
	tmpDir = "tmp"
	// tmpAge is when an unfinished blob belongs to a process that died.
	tmpAge = 24 * time.Hour
)

// Open opens the directory and removes what dead processes left unfinished.
func Open(cfg Config) (*Dir, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Hit == nil {
		cfg.Hit = func(string) {}
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "create the evidence directory: %w", err)
	}
	root, err := os.OpenRoot(cfg.Dir)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "open the evidence directory: %w", err)
	}
	d := &Dir{cfg: cfg, root: root}
	if err := errors.Join(root.MkdirAll(tmpDir, 0o700), d.sweep()); err != nil {
		_ = root.Close()
		return nil, harrier.Errorf(harrier.Internal, "prepare the evidence directory: %w", err)
	}
	return d, nil
}

// Close releases the directory.
func (d *Dir) Close() error { return d.root.Close() }

// Has reports whether a blob is there, without reading it.
func (d *Dir) Has(_ context.Context, tenant harrier.TenantID, sha256 string) (bool, error) {
	name, err := blobName(tenant, sha256)
	if err != nil {
		return false, err
	}
	_, err = d.root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, harrier.Errorf(harrier.Internal, "look for evidence %s: %w", sha256, err)
	}
	return true, nil
}

// sweep removes unfinished blobs that are too old to be somebody's work.
func (d *Dir) sweep() error {
	entries, err := fs.ReadDir(d.root.FS(), tmpDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || d.cfg.Now().Sub(info.ModTime()) < tmpAge {
			continue
		}
		if err := d.root.Remove(path.Join(tmpDir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// blobName is where a blob stands. It is made from a tenant's id and a hash
// only, never from a name that somebody chose.
func blobName(tenant harrier.TenantID, sha256 string) (string, error) {
	raw, err := hex.DecodeString(sha256)
	if err != nil || len(raw) != 32 || hex.EncodeToString(raw) != sha256 {
		return "", harrier.Errorf(harrier.Invalid, "%q is not a SHA-256: want 64 lower-case hexadecimal digits", sha256)
	}
	if tenant.IsZero() {
		return "", harrier.Errorf(harrier.Invalid, "evidence needs a tenant")
	}
	return path.Join(tenant.String(), sha256[:2], sha256), nil
}
