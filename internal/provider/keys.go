package provider

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/harrier-soar/harrier"
)

// The bounds of a set of keys.
const (
	maxKeys     = 100
	maxKeyBytes = 256 << 10
	minRSABits  = 2048
)

// keys are the public keys of a provider.
type keys struct {
	list []jose.JSONWebKey
	at   time.Time
	// tried is when they were last asked for.
	tried time.Time
}

// keyOf returns the keys that a token may be signed with: of the id that it
// names, and of a kind that the algorithm takes. Where there is none they are
// asked for again, once a minute at most.
func (r *remote) keyOf(ctx context.Context, id, algorithm string) ([]jose.JSONWebKey, error) {
	now := r.now()
	if now.Sub(r.keys.at) >= wordsLast {
		if err := r.fetchKeys(ctx, now); err != nil {
			return nil, err
		}
	}
	found := r.keys.fitting(id, algorithm)
	if len(found) == 0 && now.Sub(r.keys.tried) >= askAgain {
		if err := r.fetchKeys(ctx, now); err != nil {
			return nil, err
		}
		found = r.keys.fitting(id, algorithm)
	}
	if len(found) == 0 {
		return nil, refuse(badKey)
	}
	return found, nil
}

// fitting are the keys of an id that an algorithm takes. A token need not name
// its key where there is one alone.
func (k keys) fitting(id, algorithm string) []jose.JSONWebKey {
	if id == "" && len(k.list) != 1 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(k.list), func(one jose.JSONWebKey) bool {
		return id != "" && one.KeyID != id || one.Algorithm != "" && one.Algorithm != algorithm || !takes(one, algorithm)
	})
}

// takes reports whether a key is of the kind that an algorithm needs, and strong.
func takes(k jose.JSONWebKey, algorithm string) bool {
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return (strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")) && key.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey:
		return strings.HasPrefix(algorithm, "ES")
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}

// fetchKeys asks the provider for its keys, at the address that it says.
func (r *remote) fetchKeys(ctx context.Context, now time.Time) error {
	r.keys.tried = now
	list, err := r.askKeys(ctx)
	if err != nil {
		return err
	}
	r.keys.list, r.keys.at = list, now
	return nil
}

func (r *remote) askKeys(ctx context.Context) ([]jose.JSONWebKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.more.KeysURL, nil)
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "the keys of provider %s: %w", r.settings.Name, err)
	}
	resp, err := r.web.Do(req)
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "provider %s does not give its keys: %w", r.settings.Name, err)
	}
	defer func() { _ = resp.Body.Close() }() // what matters was read
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeyBytes+1))
	if err != nil || resp.StatusCode != http.StatusOK || len(body) > maxKeyBytes {
		return nil, harrier.Errorf(harrier.Unavailable, "provider %s does not give its keys: it answers %d with %d bytes", r.settings.Name, resp.StatusCode, len(body))
	}
	return readKeys(body)
}

// readKeys reads the keys that can verify a signature; others are left out.
func readKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "the provider's keys are no set of keys: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, harrier.Errorf(harrier.Unavailable, "the provider has more than %d keys", maxKeys)
	}
	var list []jose.JSONWebKey
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) == nil && k.Valid() && k.IsPublic() && (k.Use == "" || k.Use == "sig") {
			list = append(list, k)
		}
	}
	return list, nil
}

// secure says why an address is not one that is asked.
func secure(what, address string) error {
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return harrier.Errorf(harrier.Unavailable, "the provider says that %s is at %q, which is no https address", what, address)
	}
	return nil
}
