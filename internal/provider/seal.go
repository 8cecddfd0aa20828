package provider

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// What a browser carries between the steps is sealed, so that nothing is stored
// for strangers who begin and never come back. It is good once and for minutes.

const (
	// flowLife is how long somebody may take at the provider.
	flowLife = 10 * time.Minute
	// grantLife is how long the command line may take to fetch its log-in.
	grantLife = time.Minute
)

// flow is a log-in under way.
type flow struct {
	Tenant   harrier.TenantID     `json:"t"`
	Provider harrier.ConnectionID `json:"p"`
	Begun    time.Time            `json:"b"`
	Nonce    string               `json:"n"`
	Verifier string               `json:"v"`
	// Browser is a digest of what the browser keeps in a cookie; empty where the
	// command line began.
	Browser string `json:"w,omitempty"`
	// Return is the path that the browser goes to afterwards.
	Return   string    `json:"r,omitempty"`
	Loopback *Loopback `json:"l,omitempty"`
	// Session is the one to be made fresh, of Account.
	Session harrier.SessionID   `json:"s,omitzero"`
	Account harrier.PrincipalID `json:"a,omitzero"`
}

// grant is a log-in that the command line may fetch.
type grant struct {
	At        time.Time      `json:"at"`
	Challenge string         `json:"c"`
	Vouched   access.Vouched `json:"v"`
}

// sealer seals under the key of the installation.
func (s *Service) sealer(ctx context.Context) (cipher.AEAD, error) {
	return s.vault.Box(ctx, harrier.DefaultTenant, "provider/flow")
}

// seal makes a text of a value that only this installation reads. What it is for
// keeps one kind from being taken for another.
func (s *Service) seal(ctx context.Context, what string, v any) (string, error) {
	box, err := s.sealer(ctx)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return "", harrier.Errorf(harrier.Internal, "encode a %s: %w", what, err)
	}
	return base64.RawURLEncoding.EncodeToString(box.Seal(nil, nil, plain, []byte(what))), nil
}

// maxSealed bounds what is looked at.
const maxSealed = 32 << 10

// open reads a sealed text; ok is false where it was not sealed here.
func (s *Service) open(ctx context.Context, what, text string, v any) (digest []byte, ok bool, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(text) > maxSealed {
		return nil, false, nil //nolint:nilerr // it was not sealed here, and nothing else is wrong
	}
	box, err := s.sealer(ctx)
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

// first notes the use of what is good once; it reports false where it was used.
func (s *Service) first(ctx context.Context, digest []byte) (ok bool, err error) {
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		ok, err = s.store.UseOnce(ctx, tx, digest, s.now().Add(2*flowLife))
		return err
	})
	return ok, err
}

// random returns 256 random bits as text.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// digestOf is a text as others may keep it.
func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
