package evidence

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path"

	"github.com/harrier-soar/harrier"
)

// Put stores what r gives, at most limit bytes; more is an Invalid error and
// stores nothing. When it returns, the blob is durable. The same bytes again
// are kept once.
func (d *Dir) Put(ctx context.Context, tenant harrier.TenantID, r io.Reader, limit int64) (Blob, error) {
	key, err := d.cfg.Keys.DataKey(ctx, tenant, purpose)
	if err != nil {
		return Blob{}, err
	}
	name := path.Join(tmpDir, rand.Text())
	file, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Blob{}, harrier.Errorf(harrier.Internal, "create evidence: %w", err)
	}
	blob, err := d.fill(ctx, file, incoming{tenant, key, r, limit})
	err = errors.Join(err, file.Close())
	if err == nil {
		err = d.place(name, tenant, blob)
	}
	if err != nil {
		_ = d.root.Remove(name)
		return Blob{}, asStored(err)
	}
	return blob, nil
}

// incoming is what is being stored.
type incoming struct {
	tenant harrier.TenantID
	key    []byte
	r      io.Reader
	limit  int64
}

// fill encrypts while hashing, then writes the header, then makes it durable.
func (d *Dir) fill(ctx context.Context, file *os.File, in incoming) (Blob, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // crypto/rand.Read never fails since Go 1.24
	keys, err := newFileKeys(in.key, in.tenant, salt)
	if err != nil {
		return Blob{}, err
	}
	if _, err := file.Seek(int64(headSize), io.SeekStart); err != nil {
		return Blob{}, err
	}
	sealed, err := keys.writer(file)
	if err != nil {
		return Blob{}, err
	}
	sum := sha256.New()
	size, err := d.stream(ctx, io.MultiWriter(sealed, sum), in)
	if err != nil {
		return Blob{}, err
	}
	if err := sealed.Close(); err != nil {
		return Blob{}, err
	}
	d.cfg.Hit("evidence.hash")
	digest := digestOf(sum)
	if _, err := file.WriteAt(keys.header(salt, digest, size), 0); err != nil {
		return Blob{}, err
	}
	return Blob{SHA256: hex.EncodeToString(digest[:]), Size: size}, file.Sync()
}

// stream copies at most the limit, and stops where ctx ends.
func (d *Dir) stream(ctx context.Context, to io.Writer, in incoming) (int64, error) {
	buf := make([]byte, plainSegment)
	size, first := int64(0), true
	for {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		n, err := in.r.Read(buf)
		size += int64(n)
		if size > in.limit {
			return 0, harrier.Errorf(harrier.Invalid, "the evidence is larger than %d bytes: raise the limit or store a part of it", in.limit)
		}
		if _, werr := to.Write(buf[:n]); werr != nil {
			return 0, werr
		}
		if n > 0 && first {
			first = false
			d.cfg.Hit("evidence.stream_mid")
		}
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil {
			return 0, harrier.Errorf(harrier.KindOf(err), "read the evidence: %w", err)
		}
	}
}

// place gives a finished file its name and makes the name durable.
func (d *Dir) place(tmp string, tenant harrier.TenantID, blob Blob) error {
	name, err := blobName(tenant, blob.SHA256)
	if err != nil {
		return err
	}
	if err := d.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	d.cfg.Hit("evidence.rename")
	// A blob that is there already is replaced by an equal one, whole: so a
	// damaged copy heals when its bytes come again.
	if err := d.root.Rename(tmp, name); err != nil {
		return err
	}
	d.cfg.Hit("evidence.fsync_dir")
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if err := d.syncDir(dir); err != nil {
			return err
		}
		if dir == "." {
			return nil
		}
	}
}

func (d *Dir) syncDir(name string) error {
	dir, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// asStored keeps errors that have a kind and calls the rest Internal.
func asStored(err error) error {
	if _, ok := errors.AsType[*harrier.Error](err); ok || harrier.KindOf(err) != harrier.Internal {
		return err
	}
	return harrier.Errorf(harrier.Internal, "store evidence: %w", err)
}

func digestOf(h hash.Hash) (sum [sha256.Size]byte) {
	h.Sum(sum[:0])
	return sum
}
