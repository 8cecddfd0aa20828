// Package ticket seals what a browser carries between the steps of a log-in, so
// that nothing is stored for strangers who begin and never come back. A ticket is
// good once, and as long as whoever reads it says.
package ticket

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// Vault has the keys that seal.
type Vault interface {
	// Box returns what seals under the key of a tenant and a purpose.
	Box(ctx context.Context, tenant harrier.TenantID, purpose string) (cipher.AEAD, error)
}

// Store notes what was used.
type Store interface {
	// UseOnce notes the use of what is good once; false where it was used before.
	UseOnce(ctx context.Context, tx harrier.Tx, digest []byte, until time.Time) (bool, error)
	// Write runs change in a transaction and returns when it is durable.
	Write(ctx context.Context, change func(harrier.Tx) error) error
}

// Office makes tickets of one purpose, under a key of the installation.
type Office struct {
	Vault   Vault
	Store   Store
	Purpose string
}

// Seal makes a text of a value that only this installation reads. What it is for
// keeps one kind from being taken for another.
func (o Office) Seal(ctx context.Context, what string, v any) (string, error) {
	box, err := o.Vault.Box(ctx, harrier.DefaultTenant, o.Purpose)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return "", harrier.Errorf(harrier.Internal, "encode a %s: %w", what, err)
	}
	return base64.RawURLEncoding.EncodeToString(box.Seal(nil, nil, plain, []byte(what))), nil
}

// MaxSealed bounds what is looked at.
const MaxSealed = 32 << 10

// Open reads a sealed text; ok is false where it was not sealed here.
func (o Office) Open(ctx context.Context, what, text string, v any) (digest []byte, ok bool, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(text) > MaxSealed {
		return nil, false, nil //nolint:nilerr // it was not sealed here, and nothing else is wrong
	}
	box, err := o.Vault.Box(ctx, harrier.DefaultTenant, o.Purpose)
	if err != nil {
		return nil, false, err
	}
	plain, err := box.Open(nil, nil, raw, []byte(what))
	if err != nil || json.Unmarshal(plain, v) != nil {
		return nil, false, nil //nolint:nilerr // as above
	}
	sum := sha256.Sum256(raw)
	return sum[:], true, nil
}

// First notes the use of a ticket until a time after its end; it reports false
// where it was used before.
func (o Office) First(ctx context.Context, digest []byte, until time.Time) (ok bool, err error) {
	err = o.Store.Write(ctx, func(tx harrier.Tx) error {
		ok, err = o.Store.UseOnce(ctx, tx, digest, until)
		return err
	})
	return ok, err
}

// Random returns 256 random bits as text.
func Random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Kept returns what [Random] made before, or makes it anew of what is nothing of it.
func Kept(text string) string {
	if len(text) != 43 {
		return Random()
	}
	return text
}

// Digest is a text as others may keep it.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Matches reports whether a text is that of a digest.
func Matches(text, digest string) bool {
	return subtle.ConstantTimeCompare([]byte(Digest(text)), []byte(digest)) == 1
}
