package provider_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// at is when the clocks of these tests begin.
func at() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

// newCorp is an installation whose people come by a provider.
func newCorp(t *testing.T) (*house, *idp) {
	t.Helper()
	p, h := newIDP(t), newHouse(t, at())
	p.publish(newRing())
	h.provider(p.settings())
	return h, p
}

// refusedFor checks that somebody was refused, and why.
func (h *house) refusedFor(reason string, r reply) {
	h.t.Helper()
	got := h.reasons()
	if r.status != http.StatusUnauthorized || r.cookies[sessionCookie] != "" || len(got) == 0 || got[0] != reason {
		h.t.Errorf("got %d %s and reasons %v, want 401 for %s", r.status, r.text, got, reason)
	}
}

// AUT-03: who somebody is comes from issuer and subject. Another subject with the
// mail address and the name of somebody who is there is another person, with
// nothing but what their own groups grant.
func TestIdentity_isIssuerAndSubjectNeverMail(t *testing.T) {
	t.Parallel()
	h, p := newCorp(t)
	h.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/accounts", token: operator, body: map[string]any{"name": "ann.lee@corp.example", "roles": []string{"admin"}}})
	token, _ := h.logIn(p, nil)
	ann := h.me(token)
	if ann.Name != "ann.lee@corp" || !slices.Equal(ann.Roles, []string{"analyst"}) {
		t.Errorf("the first is %+v", ann)
	}
	token, _ = h.logIn(p, claim("sub", "subject-2"))
	twin := h.me(token)
	if twin.ID == ann.ID || twin.Name != "ann.lee-2@corp" || !slices.Equal(twin.Roles, []string{"analyst"}) {
		t.Errorf("another subject of the same mail is %+v, and the first %+v", twin, ann)
	}
	token, _ = h.logIn(p, func(f *forged) {
		f.claims["email"], f.claims["preferred_username"], f.claims["name"] = "new@corp.example", "local-operator", "Somebody"
	})
	if again := h.me(token); again.ID != ann.ID || again.Name != ann.Name {
		t.Errorf("the same subject under another name is %+v, want %+v", again, ann)
	}
}

// AUT-04: what a browser brings back is of the log-in that it began itself, once
// and in time.
func TestState_isOfOneBrowserOnceAndInTime(t *testing.T) {
	t.Parallel()
	h, p := newCorp(t)
	b := h.begin(beginning())
	token := p.good(h.clock.Now(), b.asked.Get("nonce")).token()
	other := begun{b.asked, h.begin(beginning()).browser}
	h.refusedFor("state", h.comes(p, other, token))
	h.refusedFor("state", h.comes(p, begun{b.asked, ""}, token))
	h.refusedFor("state", h.arrive(b, url.Values{"state": {"made-up"}, "code": {"the-code"}}))
	h.refusedFor("state", h.arrive(b, url.Values{"code": {"the-code"}}))
	changed := []byte(b.asked.Get("state"))
	changed[40] ^= 1
	h.refusedFor("state", h.arrive(b, url.Values{"state": {string(changed)}, "code": {"the-code"}}))
	if got := h.comes(p, b, token); got.status != http.StatusSeeOther || got.head.Get("Location") != "/" {
		t.Fatalf("the right browser got %d %s", got.status, got.text)
	}
	h.refusedFor("state_used", h.comes(p, b, token))

	late := h.begin(beginning())
	h.clock.Pass(11 * time.Minute)
	h.refusedFor("state", h.comes(p, late, p.good(h.clock.Now(), late.asked.Get("nonce")).token()))

	for reason, q := range map[string]url.Values{
		"answer_issuer": {"code": {"the-code"}, "iss": {"https://evil.example"}}, "provider_error": {"error": {"access_denied"}}, "answer": {}, "exchange": {"code": {"another"}},
	} {
		b := h.begin(beginning())
		q.Set("state", b.asked.Get("state"))
		h.refusedFor(reason, h.arrive(b, q))
	}
}

// A browser is only sent to paths of this server afterwards, and what it is told
// of an earlier log-in is not good for the next.
func TestBegin_refusesWaysOutAndSaysWhatItAsks(t *testing.T) {
	t.Parallel()
	h, p := newCorp(t)
	for _, to := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"} {
		h.want(http.StatusBadRequest, call{method: http.MethodPost, path: "/v1/session/provider", body: map[string]any{"provider": "corp", "return": to}})
	}
	h.want(http.StatusNotFound, call{method: http.MethodPost, path: "/v1/session/provider", body: map[string]any{"provider": "none"}})
	h.want(http.StatusNotFound, call{method: http.MethodPost, path: "/v1/session/provider", body: map[string]any{"provider": "corp", "tenant": "none"}})
	b := h.begin(call{method: http.MethodPost, path: "/v1/session/provider", body: map[string]any{"provider": "corp", "return": "/cases/7"}})
	for name, want := range map[string]string{"response_type": "code", "client_id": clientID, "scope": "openid profile", "code_challenge_method": "S256", "redirect_uri": "https://harrier.example/v1/session/callback", "prompt": ""} {
		if got := b.asked.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := h.comes(p, b, p.good(h.clock.Now(), b.asked.Get("nonce")).token()); got.head.Get("Location") != "/cases/7" {
		t.Errorf("the browser goes to %q", got.head.Get("Location"))
	}
}

// AUT-11: groups grant, each time anew; without one there is no access, and what
// somebody had by an earlier group is gone.
func TestGroups_grantAndTakeAway(t *testing.T) {
	t.Parallel()
	h, p := newCorp(t)
	_, r := h.logIn(p, claim("groups", []string{"sales"}))
	h.refusedFor("no_group", r)
	_, r = h.logIn(p, without("groups"))
	h.refusedFor("no_group", r)

	token, _ := h.logIn(p, nil)
	was := h.me(token)
	token, _ = h.logIn(p, claim("groups", []string{"soc", "leads"}))
	if now := h.me(token); now.ID != was.ID || !slices.Equal(now.Roles, []string{"analyst", "responder", "admin"}) {
		t.Errorf("with more groups it is %+v", now)
	}
	_, r = h.logIn(p, claim("groups", []string{}))
	if r.status != http.StatusSeeOther {
		t.Errorf("the last administrator was refused: %d %s", r.status, r.text)
	}
	if now := h.me(token); !slices.Contains(now.Roles, "admin") {
		t.Errorf("the last administrator is %+v", now)
	}
	if boss, _ := h.logIn(p, func(f *forged) { f.claims["sub"], f.claims["groups"] = "boss", "leads" }); !slices.Contains(h.me(boss).Roles, "admin") {
		t.Error("a group that is a text grants nothing")
	}
	_, r = h.logIn(p, claim("groups", []string{}))
	h.refusedFor("no_group", r)
	h.want(http.StatusForbidden, call{method: http.MethodGet, path: "/v1/session", token: token})
}

// An account that is disabled stays so, whatever the provider says; one whose
// groups a provider keeps has no password and no roles of Harrier's own.
func TestDisabled_staysDisabledWhenTheProviderSaysYes(t *testing.T) {
	t.Parallel()
	h, p := newCorp(t)
	token, _ := h.logIn(p, nil)
	ann := h.me(token)
	h.want(http.StatusConflict, call{method: http.MethodPost, path: "/v1/accounts/" + ann.ID + "/invite", token: operator})
	h.want(http.StatusConflict, call{method: http.MethodPatch, path: "/v1/accounts/" + ann.ID, token: operator, body: map[string]any{"roles": []string{"admin"}}})
	h.want(http.StatusOK, call{method: http.MethodPatch, path: "/v1/accounts/" + ann.ID, token: operator, body: map[string]any{"disabled": true}})
	h.want(http.StatusUnauthorized, call{method: http.MethodGet, path: "/v1/session", token: token})
	_, r := h.logIn(p, claim("groups", []string{"soc", "leads"}))
	h.refusedFor("disabled", r)
	h.want(http.StatusOK, call{method: http.MethodPatch, path: "/v1/accounts/" + ann.ID, token: operator, body: map[string]any{"disabled": false}})
	if token, r = h.logIn(p, nil); token == "" {
		t.Errorf("enabled again, it is refused: %d %s", r.status, r.text)
	}
	h.want(http.StatusOK, call{method: http.MethodPost, path: "/v1/providers/corp/remove", token: operator})
	h.want(http.StatusUnauthorized, call{method: http.MethodGet, path: "/v1/session", token: token})
}

// AUT-13: a session by a provider is fresh where the provider says when the
// person logged in, and made fresh by asking the same person again.
func TestProof_byAProviderIsOfTheSamePersonAndOfNow(t *testing.T) {
	t.Parallel()
	h, p := newCorp(t)
	lead := claim("groups", []string{"leads"})
	token, _ := h.logIn(p, lead)
	if h.me(token).Fresh {
		t.Error("it is fresh, and nobody said when they logged in")
	}
	token, _ = h.logIn(p, func(f *forged) { lead(f); f.claims["auth_time"] = at().Add(-time.Hour).Unix() })
	if h.me(token).Fresh {
		t.Error("it is fresh an hour after")
	}
	prove := call{method: http.MethodPost, path: "/v1/session/prove/provider", token: token, body: map[string]any{"provider": "corp"}}
	again := func(change func(*forged)) reply {
		b := h.begin(prove)
		if b.asked.Get("prompt") != "login" || b.asked.Get("max_age") != "0" {
			t.Errorf("a proof asks for %v", b.asked)
		}
		f := p.good(h.clock.Now(), b.asked.Get("nonce"))
		lead(f)
		f.claims["auth_time"] = h.clock.Now().Unix()
		change(f)
		return h.comes(p, b, f.token())
	}
	h.refusedFor("auth_time", again(without("auth_time")))
	h.refusedFor("auth_time", again(claim("auth_time", at().Add(-time.Hour).Unix())))
	h.refusedFor("another_person", again(claim("sub", "subject-2")))
	h.want(http.StatusUnauthorized, call{method: http.MethodPost, path: "/v1/providers/corp/remove", token: token})
	got := again(func(*forged) {})
	proved := got.cookies[sessionCookie]
	if got.status != http.StatusSeeOther || !h.me(proved).Fresh {
		t.Fatalf("a proof is answered with %d %s", got.status, got.text)
	}
	h.want(http.StatusUnauthorized, call{method: http.MethodGet, path: "/v1/session", token: token})
	h.clock.Pass(6 * time.Minute)
	if h.me(proved).Fresh {
		t.Error("a proof is fresh for ever")
	}
}

// AUT-04: where a provider has to say how well people proved who they are, less
// is not enough.
func TestACR_isRequiredWhereItIsSet(t *testing.T) {
	t.Parallel()
	p, h := newIDP(t), newHouse(t, at())
	p.publish(newRing())
	in := p.settings()
	in["acr"] = []string{"phr"}
	h.provider(in)
	if b := h.begin(beginning()); b.asked.Get("acr_values") != "phr" {
		t.Errorf("it asks for %v", b.asked)
	}
	_, r := h.logIn(p, nil)
	h.refusedFor("acr", r)
	_, r = h.logIn(p, claim("acr", "pwd"))
	h.refusedFor("acr", r)
	if token, r := h.logIn(p, claim("acr", "phr")); token == "" {
		t.Errorf("with it: %d %s", r.status, r.text)
	}
}

// The command line gets its log-in on the machine of the browser, once, and only
// what began it can fetch it.
func TestLoopback_isFetchedOnceByWhoBegan(t *testing.T) {
	t.Parallel()
	h, p := newCorp(t)
	const verifier, state = "verifier-of-the-command-line-0123456789abcdef", "state-of-the-command-line"
	begin := call{method: http.MethodPost, path: "/v1/session/provider", body: map[string]any{
		"provider": "corp", "loopback": map[string]any{"port": 40000, "state": state, "challenge": s256(verifier)},
	}}
	arrived := func() string {
		b := h.begin(begin)
		got := h.comes(p, b, p.good(h.clock.Now(), b.asked.Get("nonce")).token())
		to, err := url.Parse(got.head.Get("Location"))
		if err != nil || to.Host != "127.0.0.1:40000" || to.Query().Get("state") != state || got.cookies[sessionCookie] != "" || b.browser != "" {
			t.Fatalf("the browser goes to %s with %v: %v", got.head.Get("Location"), got.cookies, err)
		}
		return to.Query().Get("grant")
	}
	fetch := func(grant, verifier string) reply {
		return h.ask(call{method: http.MethodPost, path: "/v1/session/fetch", body: map[string]any{"grant": grant, "verifier": verifier}})
	}
	grant := arrived()
	h.refusedFor("grant", fetch(grant, "another"))
	h.refusedFor("grant", fetch("another", verifier))
	var in struct{ Token string }
	got := fetch(grant, verifier)
	got.into(t, &in)
	if got.status != http.StatusCreated || h.me(in.Token).Name != "ann.lee@corp" {
		t.Fatalf("it is answered with %d %s", got.status, got.text)
	}
	h.refusedFor("state_used", fetch(grant, verifier))
	grant = arrived()
	h.clock.Pass(2 * time.Minute)
	h.refusedFor("grant", fetch(grant, verifier))
}

// Keys are asked for once while they are known, again where a token names one
// that is not, and not more often than once a minute.
func TestKeys_areAskedForOnceAMinuteAtMost(t *testing.T) {
	t.Parallel()
	h, p := newCorp(t)
	for range 3 {
		h.logIn(p, nil)
	}
	if n := p.times("keys"); n != 1 {
		t.Errorf("keys were asked for %d times", n)
	}
	h.clock.Pass(2 * time.Minute)
	for range 4 {
		h.logIn(p, header("kid", "k9"))
	}
	if n := p.times("keys"); n != 2 {
		t.Errorf("keys were asked for %d times, want once more", n)
	}
	p.set(func() { p.keys[0]["kid"] = "k9" })
	h.clock.Pass(2 * time.Minute)
	if token, r := h.logIn(p, header("kid", "k9")); token == "" {
		t.Errorf("a new key: %d %s", r.status, r.text)
	}
	h.clock.Pass(2 * time.Minute)
	_, r := h.logIn(p, nil) // by the key that was taken away
	h.refusedFor("key", r)
}

// A provider that is not what it is asked for, or is inside where nobody allowed
// it, is not believed and not asked; strangers are told nothing of why.
func TestProvider_isHeldToItsIssuerAndKeptOutside(t *testing.T) {
	t.Parallel()
	p, h := newIDP(t), newHouse(t, at())
	p.publish(newRing())
	inside := p.settings()
	delete(inside, "allow_private")
	r := h.want(http.StatusBadRequest, call{method: http.MethodPost, path: "/v1/providers", token: operator, body: inside})
	if !strings.Contains(r.text, "not on the public internet") {
		t.Errorf("an issuer inside is answered with %s", r.text)
	}
	for name, bad := range map[string]any{
		"issuer": "http://login.example", "redirect": "https://harrier.example/other", "subject_claim": "email", "groups": map[string]any{"soc": []string{"king"}}, "name": "A B", "ca": "none",
	} {
		in := p.settings()
		in[name] = bad
		h.want(http.StatusBadRequest, call{method: http.MethodPost, path: "/v1/providers", token: operator, body: in})
	}
	h.provider(p.settings())
	for name, bad := range map[string]any{"issuer": "https://evil.example", "jwks_uri": "https://evil.example/keys", "token_endpoint": "http://127.0.0.1/token"} {
		p.set(func() { p.discovery[name] = bad })
		h.clock.Pass(2 * time.Hour)
		test := h.ask(call{method: http.MethodPost, path: "/v1/providers/corp/test", token: operator})
		if test.status == http.StatusOK {
			t.Errorf("%s: the provider is believed: %s", name, test.text)
		}
		if got := h.ask(beginning()); name != "jwks_uri" && (got.status != http.StatusServiceUnavailable || strings.Contains(got.text, "evil")) {
			t.Errorf("%s: a stranger is answered with %d %s", name, got.status, got.text)
		}
		p.set(func() {
			p.discovery["issuer"], p.discovery["jwks_uri"], p.discovery["token_endpoint"] = p.URL, p.URL+"/keys", p.URL+"/token"
		})
	}
	h.clock.Pass(2 * time.Hour)
	h.want(http.StatusOK, call{method: http.MethodPost, path: "/v1/providers/corp/test", token: operator})
}

// Who is linked by hand keeps the roles that they have here, and needs no group.
func TestLink_letsAnAccountInWithItsOwnRoles(t *testing.T) {
	t.Parallel()
	h, p := newCorp(t)
	h.want(http.StatusCreated, call{method: http.MethodPost, path: "/v1/accounts", token: operator, body: map[string]any{"name": "bob", "roles": []string{"viewer"}}})
	h.want(http.StatusBadRequest, call{method: http.MethodPost, path: "/v1/providers/corp/link", token: operator, body: map[string]any{"account": "bob", "subject": "a b"}})
	h.want(http.StatusOK, call{method: http.MethodPost, path: "/v1/providers/corp/link", token: operator, body: map[string]any{"account": "bob", "subject": "subject-bob"}})
	token, _ := h.logIn(p, func(f *forged) { f.claims["sub"], f.claims["groups"] = "subject-bob", []string{"leads"} })
	if me := h.me(token); me.Name != "bob" || !slices.Equal(me.Roles, []string{"viewer"}) {
		t.Errorf("bob is %+v", me)
	}
}
