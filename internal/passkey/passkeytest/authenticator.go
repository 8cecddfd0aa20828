// Package passkeytest has an authenticator for tests: it makes passkeys and
// signs with them as one that people hold does, or as a hostile one would.
package passkeytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// The algorithms, as COSE numbers them.
const (
	ES256 = -7
	EdDSA = -8
	RS256 = -257
)

// The flags of authenticator data.
const (
	// Present says that somebody touched it.
	Present = 0x01
	// Verified says that it verified who.
	Verified = 0x04
	// Eligible says that the passkey may be on several devices, and BackedUp that it is.
	Eligible = 0x08
	// BackedUp is said of passkeys that are Eligible alone.
	BackedUp = 0x10
	attested = 0x40
)

// Authenticator makes passkeys and uses them. Its fields are what it says; a
// hostile one says something else.
type Authenticator struct {
	tb testing.TB
	// Origin is the page that asks, and Party the server that it is for; empty is
	// what the options name.
	Origin, Party string
	Algorithm     int
	Flags         byte
	// Step is by how much each use counts; zero does not count.
	Step  uint32
	Count uint32
	// Client is said beside in the client data, or in the place of what is true.
	Client map[string]any
	// Format and Statement are the attestation.
	Format    string
	Statement []byte
	// Key overrules the public key, in COSE, and ID what a new passkey is called.
	Key, ID []byte
	// Short cuts bytes off the end of what is sent in CBOR or signed.
	Short int
	held  []*held
}

// held is a passkey.
type held struct {
	id, handle []byte
	signer     crypto.Signer
}

// New returns an authenticator that counts and verifies its user.
func New(tb testing.TB, origin string, algorithm int) *Authenticator {
	tb.Helper()
	return &Authenticator{tb: tb, Origin: origin, Algorithm: algorithm, Flags: Present | Verified, Step: 1}
}

// Copy returns another one with the same passkeys.
func (a *Authenticator) Copy() *Authenticator {
	other := *a
	other.held = slices.Clone(a.held)
	other.Client = maps.Clone(a.Client)
	return &other
}

// Handle returns what it calls the account of its first passkey.
func (a *Authenticator) Handle() []byte { return a.held[0].handle }

// text is bytes as WebAuthn has them in JSON.
func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// at returns a member of options.
func at[T any](tb testing.TB, options map[string]any, names ...string) (out T) {
	tb.Helper()
	var v any = options
	for _, name := range names {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	out, ok := v.(T)
	if !ok {
		tb.Fatalf("the options have no %v: %v", names, options)
	}
	return out
}

func (a *Authenticator) decoded(s string) []byte {
	a.tb.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		a.tb.Fatal(err)
	}
	return b
}

// client is what the browser signs for.
func (a *Authenticator) client(kind, challenge string) []byte {
	said := map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false}
	maps.Copy(said, a.Client)
	out, err := json.Marshal(said)
	if err != nil {
		a.tb.Fatal(err)
	}
	return out
}

// data is what the authenticator says of itself.
func (a *Authenticator) data(party string, flags byte) []byte {
	if a.Party != "" {
		party = a.Party
	}
	sum := sha256.Sum256([]byte(party))
	a.Count += a.Step
	return binary.BigEndian.AppendUint32(append(sum[:], flags), a.Count)
}

// Create makes a passkey, as navigator.credentials.create does.
func (a *Authenticator) Create(options map[string]any) map[string]any {
	a.tb.Helper()
	k := &held{id: make([]byte, 32), handle: a.decoded(at[string](a.tb, options, "user", "id"))}
	_, _ = rand.Read(k.id)
	if a.ID != nil {
		k.id = a.ID
	}
	key := a.made(k)
	if a.Key != nil {
		key = a.Key
	}
	a.held = append(a.held, k)
	data := append(a.data(at[string](a.tb, options, "rp", "id"), a.Flags|attested), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(k.id))), k.id...)
	data = append(data, key...)
	format, statement := a.Format, a.Statement
	if format == "" {
		format, statement = "none", head(5, 0)
	}
	object := slices.Concat(head(5, 3), str("fmt"), str(format), str("attStmt"), statement, str("authData"), blob(data))
	return map[string]any{
		"id": text(k.id), "rawId": text(k.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON": text(a.client("webauthn.create", at[string](a.tb, options, "challenge"))), "attestationObject": text(object[:len(object)-a.Short]),
			"transports": []any{"usb", "internal", "carrier-pigeon"},
		},
	}
}

// Get signs with the first passkey, as navigator.credentials.get does.
func (a *Authenticator) Get(options map[string]any) map[string]any {
	a.tb.Helper()
	k := a.held[0]
	client := a.client("webauthn.get", at[string](a.tb, options, "challenge"))
	data := a.data(at[string](a.tb, options, "rpId"), a.Flags)
	data = data[:len(data)-a.Short]
	sum := sha256.Sum256(client)
	return map[string]any{
		"id": text(k.id), "rawId": text(k.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(a.sign(k.signer, slices.Concat(data, sum[:]))), "userHandle": text(k.handle),
		},
	}
}

func (a *Authenticator) sign(signer crypto.Signer, message []byte) []byte {
	a.tb.Helper()
	opts := crypto.SignerOpts(crypto.Hash(0))
	if _, plain := signer.(ed25519.PrivateKey); !plain {
		sum := sha256.Sum256(message)
		message, opts = sum[:], crypto.SHA256
	}
	out, err := signer.Sign(rand.Reader, message, opts)
	if err != nil {
		a.tb.Fatal(err)
	}
	return out
}

// made makes the key pair of a passkey and returns its public part in COSE.
func (a *Authenticator) made(k *held) []byte {
	a.tb.Helper()
	var err error
	switch a.Algorithm {
	case EdDSA:
		_, private, keyErr := ed25519.GenerateKey(rand.Reader)
		k.signer, err = private, keyErr
		if err == nil {
			public, _ := private.Public().(ed25519.PublicKey)
			return slices.Concat(head(5, 4), num(1), num(1), num(3), num(EdDSA), num(-1), num(6), num(-2), blob(public))
		}
	case RS256:
		private, keyErr := rsa.GenerateKey(rand.Reader, 2048)
		k.signer, err = private, keyErr
		if err == nil {
			return RSAKey(private.N.Bytes())
		}
	default:
		private, keyErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		k.signer, err = private, keyErr
		if err == nil {
			return a.elliptic(&private.PublicKey)
		}
	}
	a.tb.Fatal(err)
	return nil
}

// RSAKey is a public key of RSA, in COSE.
func RSAKey(modulus []byte) []byte {
	return slices.Concat(head(5, 4), num(1), num(3), num(3), num(RS256), num(-1), blob(modulus), num(-2), blob([]byte{1, 0, 1}))
}

func (a *Authenticator) elliptic(public *ecdsa.PublicKey) []byte {
	point, err := public.Bytes() // 0x04, X, Y
	if err != nil {
		a.tb.Fatal(err)
	}
	half := (len(point) - 1) / 2
	return EllipticKey(ES256, 1, [2][]byte{point[1 : 1+half], point[1+half:]})
}

// EllipticKey is a public key on a curve, in COSE.
func EllipticKey(algorithm, curve int, at [2][]byte) []byte {
	return slices.Concat(head(5, 5), num(1), num(2), num(3), num(algorithm), num(-1), num(curve), num(-2), blob(at[0]), num(-3), blob(at[1]))
}

// head is the beginning of a value in CBOR.
func head(major byte, n int) []byte {
	major <<= 5
	switch {
	case n < 24:
		return []byte{major | byte(n)}
	case n < 1<<8:
		return []byte{major | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major | 25}, uint16(n))
	}
	panic(fmt.Sprintf("%d is more than a test needs", n))
}

func num(n int) []byte {
	if n < 0 {
		return head(1, -1-n)
	}
	return head(0, n)
}

func str(s string) []byte { return append(head(3, len(s)), s...) }

func blob(b []byte) []byte { return append(head(2, len(b)), b...) }

// Certified is an attestation statement with a certificate.
func Certified() []byte {
	return slices.Concat(head(5, 3), str("alg"), num(ES256), str("sig"), blob([]byte{1}), str("x5c"), head(4, 1), blob([]byte{2}))
}
