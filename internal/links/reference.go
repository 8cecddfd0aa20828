package links

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
)

// References write links into what is kept, such as the inputs of a run, without
// what the link carries: only who has the key, and is who they were made for,
// gets from one to the other. It is safe for concurrent use.
type References struct {
	key  []byte
	form *regexp.Regexp
}

// NewReferences returns references under a key of 32 bytes.
func NewReferences(key []byte) *References {
	return &References{key, regexp.MustCompile(`/l/ref-([A-Za-z0-9_-]{22})`)}
}

// New makes a reference for somebody, such as the id of a run, and what the link
// carries that it stands for. The reference goes behind [Path].
func (r *References) New(whose string) (reference, token string) {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	name := base64.RawURLEncoding.EncodeToString(random[:])
	return "ref-" + name, r.token(whose, name)
}

func (r *References) token(whose, name string) string {
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte("harrier/links/1\x00" + whose + "\x00" + name))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Resolve writes into a text of somebody's the links that its references stand
// for, and tells each of what carries one.
func (r *References) Resolve(whose, text string, made func(token, reference string)) string {
	return r.form.ReplaceAllStringFunc(text, func(found string) string {
		reference := strings.TrimPrefix(found, Path)
		token := r.token(whose, strings.TrimPrefix(reference, "ref-"))
		made(token, reference)
		return Path + token
	})
}
