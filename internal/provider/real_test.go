package provider_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// realm is a provider made of a library that others run too: what it says is
// its own, and the test only has its people and its keys.
type realm struct {
	op.Storage // what is not asked for in this test
	url        string
	mu         sync.Mutex // guards what follows
	requests   map[string]*visit
	keys       []*signer // the last one signs
}

// visit is somebody who is logging in.
type visit struct {
	*oidc.AuthRequest
	id, code string
	at       time.Time
}

func (v *visit) GetID() string                      { return v.id }
func (v *visit) GetACR() string                     { return "" }
func (v *visit) GetAMR() []string                   { return []string{"pwd"} }
func (v *visit) GetAudience() []string              { return []string{v.ClientID} }
func (v *visit) GetAuthTime() time.Time             { return v.at }
func (v *visit) GetClientID() string                { return v.ClientID }
func (v *visit) GetNonce() string                   { return v.Nonce }
func (v *visit) GetRedirectURI() string             { return v.RedirectURI }
func (v *visit) GetResponseType() oidc.ResponseType { return v.ResponseType }
func (v *visit) GetResponseMode() oidc.ResponseMode { return v.ResponseMode }
func (v *visit) GetScopes() []string                { return v.Scopes }
func (v *visit) GetState() string                   { return v.State }
func (v *visit) GetSubject() string                 { return "5f3c" }
func (v *visit) Done() bool                         { return !v.at.IsZero() }
func (v *visit) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: v.CodeChallenge, Method: v.CodeChallengeMethod}
}

// signer is a key of the realm.
type signer struct {
	id  string
	key *ecdsa.PrivateKey
}

func (s *signer) ID() string                                  { return s.id }
func (s *signer) Key() any                                    { return s.key }
func (s *signer) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }

// shownKey is a key as others see it.
type shownKey struct{ *signer }

func (s shownKey) Key() any                           { return &s.key.PublicKey }
func (s shownKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (s shownKey) Use() string                        { return "sig" }

// application is Harrier, as the realm knows it.
type application struct{ realm *realm }

func (a application) GetID() string { return clientID }
func (a application) RedirectURIs() []string {
	return []string{"https://harrier.example/v1/session/callback"}
}
func (a application) PostLogoutRedirectURIs() []string    { return nil }
func (a application) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (a application) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodBasic }
func (a application) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (a application) GrantTypes() []oidc.GrantType         { return []oidc.GrantType{oidc.GrantTypeCode} }
func (a application) LoginURL(id string) string            { return a.realm.url + "/login?id=" + id }
func (a application) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (a application) IDTokenLifetime() time.Duration       { return 5 * time.Minute }
func (a application) DevMode() bool                        { return false }
func (a application) IsScopeAllowed(string) bool           { return false }
func (a application) IDTokenUserinfoClaimsAssertion() bool { return true }
func (a application) ClockSkew() time.Duration             { return 0 }
func (a application) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(s []string) []string { return s }
}
func (a application) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(s []string) []string { return s }
}

var errMissing = errors.New("there is none")

func (r *realm) find(meant func(*visit) bool) (op.AuthRequest, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range r.requests {
		if meant(v) {
			return v, nil
		}
	}
	return nil, errMissing
}

func (r *realm) CreateAuthRequest(_ context.Context, in *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := &visit{AuthRequest: in, id: rand.Text()}
	r.requests[v.id] = v
	return v, nil
}

func (r *realm) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	return r.find(func(v *visit) bool { return v.id == id })
}

func (r *realm) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	return r.find(func(v *visit) bool { return v.code != "" && v.code == code })
}

func (r *realm) SaveAuthCode(_ context.Context, id, code string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests[id].code = code
	return nil
}

func (r *realm) DeleteAuthRequest(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.requests, id)
	return nil
}

func (r *realm) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return rand.Text(), time.Now().Add(5 * time.Minute), nil
}

func (r *realm) SigningKey(context.Context) (op.SigningKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[len(r.keys)-1], nil
}

func (r *realm) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

func (r *realm) KeySet(context.Context) (all []op.Key, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.keys {
		all = append(all, shownKey{k})
	}
	return all, nil
}

func (r *realm) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != clientID {
		return nil, errMissing
	}
	return application{r}, nil
}

func (r *realm) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != clientID || secret != clientSecret {
		return errMissing
	}
	return nil
}

func (r *realm) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

func (r *realm) SetUserinfoFromRequest(_ context.Context, u *oidc.UserInfo, _ op.IDTokenRequest, _ []string) error {
	u.Subject, u.PreferredUsername, u.Name = "5f3c", "eva", "Eva Lund"
	u.AppendClaims("groups", []string{"soc"})
	return nil
}

func (r *realm) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

func (r *realm) Health(context.Context) error { return nil }

// rotate gives the realm a new key, and takes the one before away.
func (r *realm) rotate(t *testing.T, id string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = []*signer{{id, k}}
}

// newRealm starts the provider.
func newRealm(t *testing.T) (*realm, *httptest.Server) {
	t.Helper()
	r := &realm{requests: map[string]*visit{}}
	r.rotate(t, "first")
	var handler http.Handler
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { handler.ServeHTTP(w, req) }))
	t.Cleanup(s.Close)
	r.url = s.URL
	p, err := op.NewProvider(&op.Config{CryptoKey: sha256.Sum256([]byte("a test")), CodeMethodS256: true}, r, op.StaticIssuer(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	handler = p
	return r, s
}

// browse lets Eva log in: to the provider, through its log-in page, and back.
func (r *realm) browse(t *testing.T, web *http.Client, address string) url.Values {
	t.Helper()
	for range 5 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := web.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		to, err := res.Location()
		if err != nil {
			t.Fatalf("%s answers %s: %v", address, res.Status, err)
		}
		if to.Host == "harrier.example" {
			return to.Query()
		}
		address = to.String()
		if to.Path == "/login" {
			id := to.Query().Get("id")
			r.mu.Lock()
			r.requests[id].at = time.Now()
			r.mu.Unlock()
			address = r.url + "/authorize/callback?id=" + id
		}
	}
	t.Fatal("the browser goes round")
	return nil
}

// AUT-04: the whole way with a provider that is not ours: discovery, the log-in page, the
// code, the ID token and its keys; and again after it has changed its key, and
// once more to prove who is there.
func TestRealProvider_isWalkedToTheEndAlsoAfterItsKeyChanged(t *testing.T) {
	t.Parallel()
	r, s := newRealm(t)
	h := newHouse(t, time.Now().Add(-40*time.Second)) // a minute between two clocks is borne
	h.provider(map[string]any{
		"name": "corp", "issuer": s.URL, "client_id": clientID, "client_secret": clientSecret, "redirect": "https://harrier.example/v1/session/callback",
		"groups": map[string]any{"soc": []string{"analyst"}}, "allow_private": []string{"127.0.0.0/8"}, "ca": ca(s),
	})
	web := s.Client()
	web.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	walk := func(c call) reply {
		b := h.begin(c)
		return h.arrive(b, r.browse(t, web, s.URL+"/authorize?"+b.asked.Encode()))
	}
	in := walk(beginning())
	token := in.cookies[sessionCookie]
	if in.status != http.StatusSeeOther {
		t.Fatalf("it ends with %d %s, reasons %v", in.status, in.text, h.reasons())
	}
	if me := h.me(token); me.Name != "eva@corp" || !slices.Equal(me.Roles, []string{"analyst"}) || !me.Fresh {
		t.Errorf("Eva is %+v", me)
	}
	r.rotate(t, "second")
	h.clock.Pass(80 * time.Second)
	if in = walk(beginning()); in.status != http.StatusSeeOther {
		t.Errorf("after its key changed it ends with %d %s, reasons %v", in.status, in.text, h.reasons())
	}
	proof := call{method: http.MethodPost, path: "/v1/session/prove/provider", token: token, body: map[string]any{"provider": "corp"}}
	if in = walk(proof); in.status != http.StatusSeeOther || !h.me(in.cookies[sessionCookie]).Fresh {
		t.Errorf("a proof ends with %d %s, reasons %v", in.status, in.text, h.reasons())
	}
	b := h.begin(beginning())
	q := r.browse(t, web, s.URL+"/authorize?"+strings.Replace(b.asked.Encode(), "nonce="+b.asked.Get("nonce"), "nonce=another", 1))
	h.refusedFor("nonce", h.arrive(b, q))
}
