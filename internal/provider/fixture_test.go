package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/testclock"
)

// house is an installation that listens, with its operator's token.
type house struct {
	t     *testing.T
	clock *testclock.Clock
	url   string
	web   *http.Client
}

const operator = "operator-token-of-this-test"

// newHouse starts an installation. Its clock begins at a time.
func newHouse(t *testing.T, at time.Time) *house {
	t.Helper()
	h := &house{t: t, clock: testclock.At(at)}
	h.web = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := app.Open(t.Context(), app.Options{Dir: blanktest.Dir(t), Now: h.clock.Now, PasswordCost: access.Cost{Memory: 64, Passes: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	l, err := a.Server(api.Version{Version: "test"}).Listen(t.Context(), api.Listening{Address: "127.0.0.1:0", Token: harrier.NewSecret(operator), Operator: harrier.Operator()})
	if err != nil {
		t.Fatal(err)
	}
	h.url = l.URL
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var serving sync.WaitGroup
	serving.Go(func() { _ = l.Serve(ctx) })
	t.Cleanup(func() { stop(); serving.Wait() })
	return h
}

// call is a request of a test.
type call struct {
	method, path, token string
	cookies             map[string]string
	body                any
}

// reply is what came.
type reply struct {
	status  int
	head    http.Header
	cookies map[string]string
	text    string
}

// into reads the body as JSON.
func (r reply) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.text), v); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.text, err)
	}
}

func (h *house) ask(c call) reply {
	h.t.Helper()
	var body io.Reader
	if c.body != nil {
		text, err := json.Marshal(c.body)
		if err != nil {
			h.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), c.method, h.url+c.path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, v := range c.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: v, Secure: true, HttpOnly: true})
	}
	res, err := h.web.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	out := reply{res.StatusCode, res.Header, map[string]string{}, string(text)}
	for _, one := range res.Cookies() {
		out.cookies[one.Name] = one.Value
	}
	return out
}

// want makes a request that has to have a status.
func (h *house) want(status int, c call) reply {
	h.t.Helper()
	got := h.ask(c)
	if got.status != status {
		h.t.Fatalf("%s %s: got %d, want %d: %s", c.method, c.path, got.status, status, got.text)
	}
	return got
}

// provider sets a provider up.
func (h *house) provider(in map[string]any) {
	h.t.Helper()
	h.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/providers", token: operator, body: in})
}

const (
	flowCookie    = "__Host-harrier-flow"
	sessionCookie = "__Host-harrier-session"
)

// begun is a log-in that a browser began.
type begun struct {
	asked   url.Values
	browser string
}

// begin begins a log-in as a browser does.
func (h *house) begin(c call) begun {
	h.t.Helper()
	got := h.want(http.StatusCreated, c)
	var body struct{ URL string }
	got.into(h.t, &body)
	u, err := url.Parse(body.URL)
	if err != nil {
		h.t.Fatal(err)
	}
	return begun{u.Query(), got.cookies[flowCookie]}
}

func beginning() call {
	return call{method: http.MethodPost, path: "/v1/session/provider", body: map[string]any{"provider": "corp"}}
}

// arrive comes back from the provider.
func (h *house) arrive(b begun, q url.Values) reply {
	h.t.Helper()
	return h.ask(call{method: http.MethodGet, path: "/v1/session/callback?" + q.Encode(), cookies: map[string]string{flowCookie: b.browser}})
}

// reasons are those of the refusals that the audit trail has, the newest first.
func (h *house) reasons() []string {
	h.t.Helper()
	var list struct {
		Items []struct {
			Data struct{ Reason, Provider string }
		}
	}
	h.want(http.StatusOK, call{method: http.MethodGet, path: "/v1/audit?action=session.refuse&limit=200", token: operator}).into(h.t, &list)
	var all []string
	for _, one := range list.Items {
		all = append(all, one.Data.Reason)
	}
	return all
}

// me is who bears a token.
func (h *house) me(token string) (me struct {
	Name  string
	ID    string
	Roles []string
	Fresh bool
}) {
	h.t.Helper()
	h.want(http.StatusOK, call{method: http.MethodGet, path: "/v1/session", token: token}).into(h.t, &me)
	return me
}

// idp is a provider whose every word the test chooses.
type idp struct {
	*httptest.Server
	t  *testing.T
	mu sync.Mutex // guards what follows
	// challenge is what the last log-in was begun with.
	challenge string
	answer    map[string]any
	keys      []map[string]any
	discovery map[string]any
	asked     map[string]int
	ring      ring
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	p := &idp{t: t, asked: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { p.say(w, "discovery", p.discovery) })
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { p.say(w, "keys", map[string]any{"keys": p.keys}) })
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewTLSServer(mux)
	t.Cleanup(p.Close)
	p.discovery = map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"},
	}
	return p
}

func (p *idp) say(w http.ResponseWriter, what string, v any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[what]++
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// times is how often something was asked for.
func (p *idp) times(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[what]
}

// set changes what the provider says.
func (p *idp) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// token gives the answer that was set, to who proves to have begun.
func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	challenge, answer := p.challenge, p.answer
	p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	if id != clientID || secret != clientSecret || r.PostFormValue("code") != "the-code" || s256(r.PostFormValue("code_verifier")) != challenge || r.PostFormValue("grant_type") != "authorization_code" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
		return
	}
	p.say(w, "token", answer)
}

// ca is the certificate of a server, in PEM.
func ca(s *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

const (
	clientID     = "harrier"
	clientSecret = "s3cret-of-the-client"
)

// settings are those of the provider, for the installation.
func (p *idp) settings() map[string]any {
	return map[string]any{
		"name": "corp", "display": "Corp", "issuer": p.URL, "client_id": clientID, "client_secret": clientSecret, "redirect": "https://harrier.example/v1/session/callback",
		"groups": map[string]any{"soc": []string{"analyst"}, "leads": []string{"responder", "admin"}}, "allow_private": []string{"127.0.0.0/8"}, "ca": ca(p.Server),
	}
}

// comes lets somebody come back with a token that forge may spoil.
func (h *house) comes(p *idp, b begun, token string) reply {
	h.t.Helper()
	p.set(func() {
		p.challenge = b.asked.Get("code_challenge")
		p.answer = map[string]any{"access_token": accessToken, "token_type": "Bearer", "expires_in": 300, "id_token": token}
		if token == "" {
			delete(p.answer, "id_token")
		}
	})
	return h.arrive(b, url.Values{"state": {b.asked.Get("state")}, "code": {"the-code"}, "session_state": {"x"}})
}

// logIn lets somebody log in whose claims differ from the usual ones.
func (h *house) logIn(p *idp, change func(f *forged)) (token string, r reply) {
	h.t.Helper()
	b := h.begin(beginning())
	f := p.good(h.clock.Now(), b.asked.Get("nonce"))
	if change != nil {
		change(f)
	}
	r = h.comes(p, b, f.token())
	return r.cookies[sessionCookie], r
}

// plain is what every refusal says, without its trace.
func plain(r reply) string {
	var body struct{ Type, Title, Detail string }
	_ = json.Unmarshal([]byte(r.text), &body)
	return strings.Join([]string{fmt.Sprint(r.status), body.Type, body.Title, body.Detail}, "|")
}
