package provider_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"
)

const accessToken = "access-token-of-the-test"

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// s256 is the SHA-256 of a text, in base64url.
func s256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return b64(sum[:])
}

// half is the left half of a text's SHA-256, as at_hash has it.
func half(text string) string {
	sum := sha256.Sum256([]byte(text))
	return b64(sum[:16])
}

// ring are the keys of a test: made once, for they take long.
type ring struct {
	rsa, stranger, weak, crypt *rsa.PrivateKey
	ec                         *ecdsa.PrivateKey
}

func newRing() (r ring) {
	var making sync.WaitGroup
	for _, one := range []struct {
		at   **rsa.PrivateKey
		bits int
	}{{&r.rsa, 2048}, {&r.stranger, 2048}, {&r.weak, 1024}, {&r.crypt, 2048}} {
		making.Go(func() {
			k, err := rsa.GenerateKey(rand.Reader, one.bits)
			if err != nil {
				panic(err)
			}
			*one.at = k
		})
	}
	making.Wait()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	r.ec = k
	return r
}

func rsaJWK(id, use string, k *rsa.PrivateKey) map[string]any {
	return map[string]any{"kty": "RSA", "kid": id, "use": use, "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
}

func ecJWK(id string, k *ecdsa.PrivateKey) map[string]any {
	raw, err := k.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "x": b64(raw[1:33]), "y": b64(raw[33:])}
}

// publish lets a provider have the keys of a ring.
func (p *idp) publish(r ring) {
	p.set(func() {
		p.keys = []map[string]any{
			rsaJWK("k1", "sig", r.rsa), ecJWK("k2", r.ec), rsaJWK("weak", "sig", r.weak), rsaJWK("crypt", "enc", r.crypt),
			{"kty": "oct", "kid": "shared", "k": b64([]byte(clientSecret))}, {"kty": "??", "kid": "unknown"},
		}
	})
	p.ring = r
}

// forged is an ID token that is right until a test spoils it.
type forged struct {
	head, claims map[string]any
	// rawHead and rawClaims stand in the place of the others where they are set.
	rawHead, rawClaims string
	sign               func(input string) []byte
	// spoil changes the token as a whole.
	spoil func(token string) string
	ring  ring
}

// good is a token that has to be accepted.
func (p *idp) good(now time.Time, nonce string) *forged {
	f := &forged{
		head: map[string]any{"alg": "RS256", "kid": "k1", "typ": "JWT"},
		claims: map[string]any{
			"iss": p.URL, "sub": "subject-1", "aud": clientID, "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "nonce": nonce, "at_hash": half(accessToken),
			"groups": []string{"soc"}, "preferred_username": "Ann.Lee@corp.example", "name": "Ann Lee", "email": "ann@corp.example", "email_verified": true,
		},
		ring: p.ring,
	}
	f.sign = f.rs256(p.ring.rsa)
	return f
}

func (f *forged) rs256(k *rsa.PrivateKey) func(string) []byte {
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		out, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return out
	}
}

func (f *forged) es256(input string) []byte {
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, f.ring.ec, sum[:])
	if err != nil {
		panic(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

func hs256(secret []byte) func(string) []byte {
	return func(input string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
}

// publicPEM is a public key as the confusion of algorithms uses it.
func publicPEM(k *rsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func text(v any, raw string) []byte {
	if raw != "" {
		return []byte(raw)
	}
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return out
}

// token is the whole.
func (f *forged) token() string {
	input := b64(text(f.head, f.rawHead)) + "." + b64(text(f.claims, f.rawClaims))
	token := input + "." + b64(f.sign(input))
	if f.spoil != nil {
		token = f.spoil(token)
	}
	return token
}

// hostile are ID tokens that are wrong in one way each, with the reason that the
// audit trail has to have.
type hostile struct {
	what, reason string
	spoil        func(f *forged)
}

func claim(name string, v any) func(*forged) { return func(f *forged) { f.claims[name] = v } }

func without(name string) func(*forged) { return func(f *forged) { delete(f.claims, name) } }

func header(name string, v any) func(*forged) { return func(f *forged) { f.head[name] = v } }

func whole(spoil func(string) string) func(*forged) { return func(f *forged) { f.spoil = spoil } }

// parts changes the parts of a token.
func parts(change func([]string) []string) func(*forged) {
	return whole(func(t string) string { return strings.Join(change(strings.Split(t, ".")), ".") })
}

func hostileHeads() []hostile {
	unsigned := func(alg string) func(*forged) {
		return func(f *forged) { f.head["alg"], f.sign = alg, func(string) []byte { return nil } }
	}
	return []hostile{
		{"alg none without a signature", "algorithm", unsigned("none")},
		{"alg none in other letters", "algorithm", unsigned("nOnE")},
		{"alg none with the right signature", "algorithm", header("alg", "none")},
		{"HS256 with the public key for a secret", "algorithm", func(f *forged) { f.head["alg"], f.sign = "HS256", hs256(publicPEM(f.ring.rsa)) }},
		{"HS256 with the client's secret", "algorithm", func(f *forged) { f.head["alg"], f.head["kid"], f.sign = "HS256", "shared", hs256([]byte(clientSecret)) }},
		{"an algorithm that the provider does not say", "algorithm", header("alg", "RS384")},
		{"an algorithm that nobody knows", "algorithm", header("alg", "RS256x")},
		{"no algorithm", "algorithm", func(f *forged) { delete(f.head, "alg") }},
		{"an algorithm that is a number", "algorithm", header("alg", 256)},
		{"a key that the issuer does not have", "key", header("kid", "k9")},
		{"no key named where there are several", "key", func(f *forged) { delete(f.head, "kid") }},
		{"a key named by a number", "key", header("kid", 1)},
		{"a key with an empty name", "key", header("kid", "")},
		{"a stranger's key under the name of ours", "signature", func(f *forged) { f.sign = f.rs256(f.ring.stranger) }},
		{"a key for encryption", "key", func(f *forged) { f.head["kid"], f.sign = "crypt", f.rs256(f.ring.crypt) }},
		{"a key that is too short", "key", func(f *forged) { f.head["kid"], f.sign = "weak", f.rs256(f.ring.weak) }},
		{"another kind of key than the algorithm takes", "key", func(f *forged) { f.head["alg"], f.sign = "ES256", f.es256 }},
		{"no signature", "signature", parts(func(p []string) []string { return []string{p[0], p[1], ""} })},
		{"a signature of other claims", "signature", parts(func(p []string) []string {
			return []string{p[0], b64([]byte(`{"sub":"admin"}`)), p[2]}
		})},
		{"a key that it brings along", "header", func(f *forged) {
			f.head["jwk"], f.sign = rsaJWK("k1", "sig", f.ring.stranger), f.rs256(f.ring.stranger)
		}},
		{"an address of keys", "header", header("jku", "https://evil.example/keys")},
		{"an address of certificates", "header", header("x5u", "https://evil.example/cert")},
		{"a certificate that it brings along", "header", header("x5c", []string{"MIIB"})},
		{"something critical that nobody knows", "header", header("crit", []string{"x"})},
		{"claims that are not encoded", "header", header("b64", false)},
		{"a token in a token", "header", header("cty", "JWT")},
		{"an access token", "header", header("typ", "at+jwt")},
		{"a log-out token", "header", header("typ", "logout+jwt")},
		{"a header that says its algorithm twice", "token_malformed", func(f *forged) { f.rawHead = `{"alg":"RS256","kid":"k1","alg":"none"}` }},
		{"a header that is a list", "token_malformed", func(f *forged) { f.rawHead = `["RS256"]` }},
	}
}

func hostileShapes() []hostile {
	return []hostile{
		{"no token", "token_missing", whole(func(string) string { return "" })},
		{"two parts", "token_malformed", parts(func(p []string) []string { return p[:2] })},
		{"four parts", "token_malformed", parts(func(p []string) []string { return append(p, "x") })},
		{"five parts, as if encrypted", "token_malformed", parts(func(p []string) []string { return append(p, "x", "y") })},
		{"JSON instead of parts", "token_malformed", whole(func(t string) string {
			p := strings.Split(t, ".")
			return `{"payload":"` + p[1] + `","protected":"` + p[0] + `","signature":"` + p[2] + `"}`
		})},
		{"claims that are too long", "token_malformed", claim("x", strings.Repeat("x", 70<<10))},
		{"claims that are a list", "token_malformed", func(f *forged) { f.rawClaims = `["iss"]` }},
		{"something after the claims", "token_malformed", func(f *forged) { f.rawClaims = string(text(f.claims, "")) + `{"sub":"admin"}` }},
		{"a subject that stands twice", "token_malformed", func(f *forged) {
			f.rawClaims = strings.Replace(string(text(f.claims, "")), "{", `{"sub":"admin",`, 1)
		}},
	}
}

func hostileClaims(p *idp, now time.Time) []hostile {
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	return []hostile{
		{"another issuer", "issuer", claim("iss", "https://evil.example")},
		{"the issuer with a slash", "issuer", claim("iss", p.URL+"/")},
		{"the issuer in capitals", "issuer", claim("iss", strings.ToUpper(p.URL))},
		{"the issuer without its scheme", "issuer", claim("iss", strings.TrimPrefix(p.URL, "https://"))},
		{"no issuer", "issuer", without("iss")},
		{"no subject", "subject", without("sub")},
		{"an empty subject", "subject", claim("sub", "")},
		{"a subject that is too long", "subject", claim("sub", strings.Repeat("s", 256))},
		{"a subject with a line", "subject", claim("sub", "a\nb")},
		{"for somebody else", "audience", claim("aud", "grafana")},
		{"for nobody", "audience", without("aud")},
		{"for an empty list", "audience", claim("aud", []string{})},
		{"for a list that is not of texts", "token_malformed", claim("aud", []any{clientID, 7})},
		{"for us and others, without a party", "party", claim("aud", []string{clientID, "grafana"})},
		{"given to another party", "party", claim("azp", "grafana")},
		{"for us and others, given to another", "party", func(f *forged) { f.claims["aud"], f.claims["azp"] = []string{clientID, "grafana"}, "grafana" }},
		{"given to a party that is null", "party", claim("azp", nil)},
		{"expired", "expired", claim("exp", in(-2*time.Minute))},
		{"without an end", "expired", without("exp")},
		{"with an end that is a text", "token_malformed", claim("exp", "tomorrow")},
		{"with an end below zero", "expired", claim("exp", -1)},
		{"without a beginning", "issued", without("iat")},
		{"made tomorrow", "issued", func(f *forged) { f.claims["iat"], f.claims["exp"] = in(24*time.Hour), in(25*time.Hour) }},
		{"made before it was asked for", "issued", claim("iat", in(-5*time.Minute))},
		{"ended before it was made", "issued", claim("exp", in(-time.Second))},
		{"not good yet", "not_yet", claim("nbf", in(5*time.Minute))},
		{"not good before a text", "token_malformed", claim("nbf", "now")},
		{"of another log-in", "nonce", claim("nonce", "n-0S6_WzA2Mj")},
		{"of no log-in", "nonce", without("nonce")},
		{"of an empty log-in", "nonce", claim("nonce", "")},
		{"of another access token", "token_hash", claim("at_hash", half("another"))},
		{"of an access token that is a number", "token_malformed", claim("at_hash", 7)},
		{"of another code", "token_hash", claim("c_hash", half("another"))},
		{"proved tomorrow", "auth_time", claim("auth_time", in(24*time.Hour))},
		{"proved at a text", "auth_time", claim("auth_time", "now")},
	}
}

// AUT-04: a token that is wrong in one way is refused, at the route where
// browsers arrive; the audit trail says why, and the person learns nothing of it.
func TestTokens_thatAreHostileAreRefusedAlike(t *testing.T) {
	t.Parallel()
	p, h := newIDP(t), newHouse(t, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	p.publish(newRing())
	h.provider(p.settings())
	said := map[string]bool{}
	cases := append(append(hostileHeads(), hostileShapes()...), hostileClaims(p, h.clock.Now())...)
	for i, c := range cases {
		b := h.begin(beginning())
		f := p.good(h.clock.Now(), b.asked.Get("nonce"))
		fresh := hostileClaims(p, h.clock.Now())
		if at := i - (len(cases) - len(fresh)); at >= 0 {
			c = fresh[at] // its times are those of now
		}
		c.spoil(f)
		got := h.comes(p, b, f.token())
		if got.status != http401 || got.cookies[sessionCookie] != "" {
			t.Errorf("%s: got %d %s, want to be refused", c.what, got.status, got.text)
		}
		if reason := h.reasons()[0]; reason != c.reason {
			t.Errorf("%s: the audit trail says %s, want %s", c.what, reason, c.reason)
		}
		said[plain(got)] = true
		if token, good := h.logIn(p, nil); token == "" {
			t.Fatalf("after %s: a good token is refused: %d %s", c.what, good.status, good.text)
		}
		h.clock.Pass(2 * time.Hour) // what was counted of strangers is forgotten
	}
	if len(said) != 1 {
		t.Errorf("refusals are told in %d ways: %v", len(said), said)
	}
	if len(cases) < 40 {
		t.Errorf("only %d tokens were tried", len(cases))
	}
}

const http401 = 401
