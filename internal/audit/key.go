package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"strings"

	"github.com/harrier-soar/harrier"
	"golang.org/x/mod/sumdb/note"
)

// keyName and keyField say where the vault has the signing key.
const keyName, keyField = "audit", "signing_key"

// key returns the keys of a tenant's log. They are made when its first row is
// chained; later, a key that is gone is an error and not a new key.
func (s *Sequencer) key(ctx context.Context, tenant harrier.TenantID, used bool) (note.Signer, note.Verifier, error) {
	told, err := s.cfg.Store.AuditKey(ctx, tenant)
	if err != nil {
		return nil, nil, err
	}
	private, err := s.cfg.Secrets.Reveal(ctx, tenant, keyName, keyField)
	if harrier.KindOf(err) == harrier.NotFound && err != nil {
		if used || told != "" {
			return nil, nil, harrier.Errorf(harrier.Internal, "the key that signs the audit log is gone from the vault; restore it from your backup: %w", err)
		}
		if private, err = newKey(tenant); err == nil {
			err = s.cfg.Secrets.Put(ctx, tenant, keyName, keyField, private)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	public, err := publicKey(private)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case told == "":
		err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.PutAuditKey(ctx, tx, tenant, public) })
	case told != public:
		err = harrier.Errorf(harrier.Internal, "the verifier key of the audit log was exchanged; the right one is %s", public)
	}
	if err != nil {
		return nil, nil, err
	}
	signer, err := note.NewSigner(private.Reveal())
	if err != nil {
		return nil, nil, errKey()
	}
	verifier, err := Verifier(public)
	return signer, verifier, err
}

// Verifier reads a verifier key, as harrier audit key prints it.
func Verifier(key string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "%q is no verifier key; harrier audit key prints it: %w", key, err)
	}
	return v, nil
}

// newKey makes the signing key of a tenant's log.
func newKey(tenant harrier.TenantID) (harrier.Secret, error) {
	signer, _, err := note.GenerateKey(rand.Reader, origin(tenant))
	if err != nil {
		return harrier.Secret{}, harrier.Errorf(harrier.Internal, "make the key of the audit log: %w", err)
	}
	return harrier.NewSecret(signer), nil
}

// publicKey is the verifier key of a signing key.
func publicKey(private harrier.Secret) (string, error) {
	parts := strings.SplitN(private.Reveal(), "+", 5) // PRIVATE+KEY+name+hash+data
	if len(parts) != 5 {
		return "", errKey()
	}
	data, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(data) != 1+ed25519.SeedSize {
		return "", errKey()
	}
	public, _ := ed25519.NewKeyFromSeed(data[1:]).Public().(ed25519.PublicKey)
	key, err := note.NewEd25519VerifierKey(parts[2], public)
	if err != nil {
		return "", errKey()
	}
	return key, nil
}

// errKey tells nothing of the key.
func errKey() error {
	return harrier.Errorf(harrier.Internal, "the key that signs the audit log cannot be read; restore it from your backup")
}
