package evidence

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"

	"github.com/harrier-soar/harrier"
)

// Open returns the bytes of a blob. One that does not exist is NotFound. What
// was changed on the disk is an Internal error: of the call where the file is
// not the one that was asked for, and otherwise of the Read that meets the
// damage, at the latest in place of io.EOF. The caller closes it.
func (d *Dir) Open(ctx context.Context, tenant harrier.TenantID, sha256Hex string) (io.ReadCloser, error) {
	name, err := blobName(tenant, sha256Hex)
	if err != nil {
		return nil, err
	}
	key, err := d.cfg.Keys.DataKey(ctx, tenant, purpose)
	if err != nil {
		return nil, err
	}
	file, err := d.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, harrier.Errorf(harrier.NotFound, "evidence %s does not exist", sha256Hex)
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "open evidence %s: %w", sha256Hex, err)
	}
	r, err := verified(file, tenant, key, sha256Hex)
	if err != nil {
		_ = file.Close()
		return nil, harrier.Errorf(harrier.Internal, "evidence %s: %w", sha256Hex, err)
	}
	return r, nil
}

// Verify reads a blob to its end and reports what is wrong with it.
func (d *Dir) Verify(ctx context.Context, tenant harrier.TenantID, sha256Hex string) error {
	r, err := d.Open(ctx, tenant, sha256Hex)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return errors.Join(err, r.Close())
}

// verified checks the header and returns a reader that checks the rest.
func verified(file *os.File, tenant harrier.TenantID, key []byte, want string) (*reader, error) {
	head := make([]byte, headSize)
	if _, err := io.ReadFull(file, head); err != nil {
		return nil, errCorrupt
	}
	salt, sealed, err := parseHeader(head)
	if err != nil {
		return nil, err
	}
	keys, err := newFileKeys(key, tenant, salt)
	if err != nil {
		return nil, err
	}
	sum, size, err := keys.openHeader(head, sealed)
	if err != nil {
		return nil, err
	}
	if hex.EncodeToString(sum[:]) != want {
		return nil, errors.New("another blob stands in its place")
	}
	plain, err := keys.reader(file)
	if err != nil {
		return nil, err
	}
	return &reader{file: file, plain: plain, sum: sha256.New(), want: sum, size: size}, nil
}

// reader gives a blob's bytes and ends with io.EOF only where they hash to
// what was promised.
type reader struct {
	file  *os.File
	plain io.Reader
	sum   hash.Hash
	want  [sha256.Size]byte
	size  int64 // what is still to come
	err   error // the first one, for ever
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	n, err := r.plain.Read(p)
	_, _ = r.sum.Write(p[:n]) // a hash never fails
	r.size -= int64(n)
	switch {
	case errors.Is(err, io.EOF):
		digest := digestOf(r.sum)
		r.err = io.EOF
		if r.size != 0 || subtle.ConstantTimeCompare(digest[:], r.want[:]) != 1 {
			r.err = harrier.Errorf(harrier.Internal, "evidence %x: %w", r.want, errCorrupt)
		}
	case err != nil:
		r.err = harrier.Errorf(harrier.Internal, "evidence %x: %w", r.want, err)
	}
	return n, r.err
}

// Close implements io.Closer.
func (r *reader) Close() error { return r.file.Close() }
