package access

import (
	"context"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/harrier-soar/harrier"
)

// Cost is what it takes to try a password.
type Cost struct {
	// Memory is in KiB.
	Memory, Passes uint32
}

// defaultCost is what OWASP recommends for argon2id with one lane.
func defaultCost() Cost { return Cost{Memory: 19 << 10, Passes: 2} }

// hasher makes and compares hashes of passwords, few at a time: each takes
// memory and a processor, and whoever is not known may ask for one.
type hasher struct {
	params *argon2id.Params
	turns  chan struct{}
	// nobody is what the password of a name that does not exist is compared with.
	nobody func() string
}

// atOnce is how many passwords are tried at the same time.
const atOnce = 2

func newHasher(c Cost) *hasher {
	if c == (Cost{}) {
		c = defaultCost()
	}
	h := &hasher{
		params: &argon2id.Params{Memory: c.Memory, Iterations: c.Passes, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		turns:  make(chan struct{}, atOnce),
	}
	h.nobody = sync.OnceValue(func() string {
		hash, err := argon2id.CreateHash(newToken("").Reveal(), h.params)
		if err != nil {
			panic("a hash cannot be made: " + err.Error()) // the parameters are constants
		}
		return hash
	})
	return h
}

// turn waits until a password may be tried.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// hash returns the hash of a password.
func (h *hasher) hash(ctx context.Context, password harrier.Secret) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	text, err := argon2id.CreateHash(password.Reveal(), h.params)
	if err != nil {
		return "", harrier.Errorf(harrier.Internal, "hash a password: %w", err)
	}
	return text, nil
}

// matches compares a password with a hash. An empty hash is that of nobody: it
// costs the same and never matches.
func (h *hasher) matches(ctx context.Context, password harrier.Secret, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = h.nobody()
	}
	done, err := h.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	same, err := argon2id.ComparePasswordAndHash(password.Reveal(), hash)
	if err != nil {
		return false, harrier.Errorf(harrier.Internal, "compare a password: %w", err)
	}
	return same && known, nil
}

const (
	minPassword = 12
	maxPassword = 256
)

// checkPassword says why a password cannot be one of an account.
func checkPassword(password harrier.Secret, account string) error {
	text := password.Reveal()
	distinct := map[rune]bool{}
	for _, r := range text {
		distinct[r] = true
	}
	lower := strings.ToLower(text)
	switch {
	case utf8.RuneCountInString(text) < minPassword:
		return harrier.Errorf(harrier.Invalid, "a password needs %d characters at least; several words are easy to remember", minPassword)
	case len(text) > maxPassword:
		return harrier.Errorf(harrier.Invalid, "a password has %d bytes at most", maxPassword)
	case len(distinct) < 5, account != "" && strings.Contains(lower, account), strings.Contains(lower, "harrier"), strings.Contains(lower, "password"):
		return harrier.Errorf(harrier.Invalid, "this password is too easy to guess; do not repeat few characters, and leave out the account's name, harrier and password")
	}
	return nil
}
