package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"github.com/harrier-soar/harrier"
)

// What tokens begin with, so that scanners find those that got lost.
const (
	sessionPrefix = "harrier_session_"
	keyPrefix     = "harrier_key_"
	setupPrefix   = "harrier_setup_"
	devicePrefix  = "harrier_device_"
)

// newToken returns a token of 256 random bits.
func newToken(prefix string) harrier.Secret {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails since Go 1.24
	return harrier.NewSecret(prefix + base64.RawURLEncoding.EncodeToString(random[:]))
}

// digest is what is stored of a token. It has too many bits to be guessed, so
// that a fast hash is enough.
func digest(token harrier.Secret) []byte {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return sum[:]
}
