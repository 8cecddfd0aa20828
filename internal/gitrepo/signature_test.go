package gitrepo

import (
	"crypto/ed25519"
	"testing"
)

// A signature holds for its key and its message alone, and what is none is refused.
func FuzzVerify(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	good := sign(key, []byte("message"))
	f.Add(good, []byte("message"))
	f.Add(sigBegin+"U1NIU0lH\n"+sigEnd, []byte(""))
	f.Fuzz(func(t *testing.T, armored string, message []byte) {
		got, ok := verify(armored, message)
		if armored == good && string(message) == "message" {
			if !ok || !got.Equal(key.Public()) {
				t.Error("a good signature is refused")
			}
			return
		}
		if ok && string(message) != "message" {
			t.Errorf("%q is taken for a signature of %q", armored, message)
		}
	})
}

func TestSigners_refuseWhatTheyDoNotUnderstand(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"eve ssh-rsa AAAA", "eve", "eve cert-authority ssh-ed25519 AAAA", "eve ssh-ed25519 AAAA", "eve ssh-ed25519 !!!!"} {
		if list, err := Signers([]byte(text)); err == nil {
			t.Errorf("%q is taken: %v", text, list)
		}
	}
}
