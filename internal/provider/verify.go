package provider

import (
	"context"
	"crypto"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	// skew is how far two clocks may be apart.
	skew = time.Minute
	// maxToken bounds an ID token, in bytes.
	maxToken = 64 << 10
)

// expected is what an ID token is held to.
type expected struct {
	nonce, access, code string
	// begun is when it was asked for.
	begun time.Time
	// lately wants a proof that was made since then.
	lately bool
}

// verify checks an ID token and returns its claims. What is wrong is a
// [Refusal]; where the keys cannot be had it is Unavailable. The caller has the turn.
func (r *remote) verify(ctx context.Context, token string, want expected) (claims, error) {
	head, err := readHead(token, r.algorithms())
	if err != nil {
		return nil, err
	}
	check := &signature{r: r, head: head}
	verifier := oidc.NewVerifier(r.settings.Issuer, check, &oidc.Config{
		ClientID: r.settings.ClientID, SupportedSigningAlgs: []string{head.Algorithm},
		// What follows is held to more than the library does.
		SkipClientIDCheck: true, SkipIssuerCheck: true, SkipExpiryCheck: true,
	})
	if _, err := verifier.Verify(ctx, token); err != nil {
		if check.failed != nil {
			return nil, check.failed
		}
		return nil, refuse(malformed)
	}
	c, err := readClaims(check.payload)
	if err != nil {
		return nil, err
	}
	return c, r.held(c, head, want)
}

// head is the header of a token.
type head struct {
	Algorithm string
	KeyID     string
}

// readHead reads the header of a token of three parts. Keys that a token brings
// along, and tokens of other kinds, are refused.
func readHead(token string, allowed []string) (head, error) {
	if token == "" {
		return head{}, refuse(noToken)
	}
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(first)
	if err != nil || len(token) > maxToken || strings.Count(token, ".") != 2 {
		return head{}, refuse(malformed)
	}
	fields, err := readClaims(raw)
	if err != nil {
		return head{}, err
	}
	var h head
	var ok bool
	if h.Algorithm, ok = fields["alg"].(string); !ok || !slices.Contains(allowed, h.Algorithm) {
		return head{}, refuse(badAlgorithm)
	}
	for name, v := range fields {
		switch name {
		case "alg":
		case "kid":
			if h.KeyID, ok = v.(string); !ok || h.KeyID == "" {
				return head{}, refuse(badKey)
			}
		case "typ":
			if text, ok := v.(string); !ok || !strings.EqualFold(text, "JWT") {
				return head{}, refuse(badHeader)
			}
		case "jwk", "jku", "x5c", "x5u", "crit", "b64", "zip", "cty", "enc": // keys of its own, or what changes its meaning
			return head{}, refuse(badHeader)
		}
	}
	return h, nil
}

// signature verifies one token with the provider's keys.
type signature struct {
	r       *remote
	head    head
	payload []byte
	failed  error
}

// VerifySignature implements [oidc.KeySet].
func (s *signature) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	s.payload, s.failed = s.verify(ctx, token)
	return s.payload, s.failed
}

func (s *signature) verify(ctx context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(s.head.Algorithm)})
	if err != nil {
		return nil, refuse(malformed)
	}
	found, err := s.r.keyOf(ctx, s.head.KeyID, s.head.Algorithm)
	if err != nil {
		return nil, err
	}
	for _, k := range found {
		if payload, err := jws.Verify(k); err == nil {
			return payload, nil
		}
	}
	return nil, refuse(badSignature)
}

// held holds claims to what is expected of them.
func (r *remote) held(c claims, h head, want expected) error {
	if c.text("iss") != r.settings.Issuer {
		return refuse(badIssuer)
	}
	if sub := c.text(r.settings.SubjectClaim); c.text("sub") == "" || sub == "" || len(sub) > 255 || !printable(sub) {
		return refuse(badSubject)
	}
	if err := r.forUs(c); err != nil {
		return err
	}
	if err := inTime(c, r.now(), want.begun); err != nil {
		return err
	}
	if n := c.text("nonce"); n == "" || subtle.ConstantTimeCompare([]byte(n), []byte(want.nonce)) != 1 {
		return refuse(badNonce)
	}
	if !c.hashes("at_hash", h.Algorithm, want.access) || !c.hashes("c_hash", h.Algorithm, want.code) {
		return refuse(badHash)
	}
	return r.proved(c, want)
}

// forUs checks whom a token is for.
func (r *remote) forUs(c claims) error {
	audience, ok := c.texts("aud")
	if !ok || !slices.Contains(audience, r.settings.ClientID) {
		return refuse(badAudience)
	}
	azp, there := c["azp"]
	if there && azp != r.settings.ClientID || !there && len(audience) > 1 {
		return refuse(badParty)
	}
	return nil
}

// inTime checks when a token was made and how long it is good.
func inTime(c claims, now, begun time.Time) error {
	ends, ok := c.time("exp")
	issued, alsoOK := c.time("iat")
	switch {
	case !ok || !now.Before(ends.Add(skew)):
		return refuse(expired)
	case !alsoOK || issued.After(now.Add(skew)) || issued.Before(begun.Add(-skew)) || !issued.Before(ends):
		return refuse(badIssued)
	}
	if _, there := c["nbf"]; there {
		if from, ok := c.time("nbf"); !ok || from.After(now.Add(skew)) {
			return refuse(tooEarly)
		}
	}
	return nil
}

// proved checks how well and how lately the person has proved who they are.
func (r *remote) proved(c claims, want expected) error {
	if len(r.settings.ACR) > 0 && !slices.Contains(r.settings.ACR, c.text("acr")) {
		return refuse(badACR)
	}
	at, there := c.time("auth_time")
	if _, said := c["auth_time"]; said && (!there || at.After(r.now().Add(skew))) {
		return refuse(staleProof)
	}
	if want.lately && (!there || at.Before(want.begun.Add(-skew))) {
		return refuse(staleProof)
	}
	return nil
}

// claims are what a token says. None stands twice.
type claims map[string]any

// readClaims reads an object whose names stand once each: of two, readers choose
// differently.
func readClaims(payload []byte) (claims, error) {
	dec := json.NewDecoder(strings.NewReader(string(payload)))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, refuse(malformed)
	}
	out := claims{}
	for dec.More() {
		name, err := dec.Token()
		text, ok := name.(string)
		if _, twice := out[text]; err != nil || !ok || twice {
			return nil, refuse(malformed)
		}
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, refuse(malformed)
		}
		out[text] = v
	}
	if _, err := dec.Token(); err != nil {
		return nil, refuse(malformed)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse(malformed)
	}
	return out, nil
}

// text is a claim that is a text; empty where it is none.
func (c claims) text(name string) string {
	text, _ := c[name].(string)
	return text
}

// texts is a claim that is a text or a list of texts.
func (c claims) texts(name string) ([]string, bool) {
	switch v := c[name].(type) {
	case string:
		return []string{v}, true
	case []any:
		var all []string
		for _, one := range v {
			text, ok := one.(string)
			if !ok {
				return nil, false
			}
			all = append(all, text)
		}
		return all, true
	}
	return nil, false
}

// time is a claim that is a time, in seconds.
func (c claims) time(name string) (time.Time, bool) {
	n, ok := c[name].(float64)
	if !ok || math.IsNaN(n) || n < 0 || n > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(int64(n), 0), true
}

// hashes reports whether a claim that is a hash, where it is there, is that of a value.
func (c claims) hashes(name, algorithm, value string) bool {
	claim, there := c[name]
	if !there {
		return true
	}
	text, ok := claim.(string)
	if !ok || value == "" {
		return false
	}
	h := crypto.SHA256
	switch {
	case strings.HasSuffix(algorithm, "384"):
		h = crypto.SHA384
	case strings.HasSuffix(algorithm, "512"), algorithm == "EdDSA":
		h = crypto.SHA512
	}
	hash := h.New()
	hash.Write([]byte(value))
	sum := hash.Sum(nil)
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])), []byte(text)) == 1
}

// groups are those that a token says: under the claim's name, or at a path of
// names as in realm_access.roles.
func (c claims) groups(name string) []string {
	if all, ok := c.texts(name); ok {
		return all
	}
	at := c
	path := strings.Split(name, ".")
	for _, one := range path[:len(path)-1] {
		inner, ok := at[one].(map[string]any)
		if !ok {
			return nil
		}
		at = inner
	}
	all, _ := at.texts(path[len(path)-1])
	return all
}

// printable reports whether a text is ASCII that can be seen.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < '!' || r > '~' })
}

// identified checks the ID token of a log-in.
func (r *remote) identified(ctx context.Context, token string, want expected) (claims, error) {
	done, err := r.hold(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := r.discover(ctx); err != nil {
		return nil, err
	}
	return r.verify(ctx, token, want)
}
