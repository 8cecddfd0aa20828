package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/passkey/passkeytest"
)

const publicURL = "https://harrier.example"

// listening lets an installation answer over the network, and returns where.
func (o *office) listening() string {
	o.t.Helper()
	l, err := o.Server(api.Version{Version: "test"}).Listen(o.t.Context(), api.Listening{Address: "127.0.0.1:0", Token: harrier.NewSecret("harrier_local_x"), Operator: harrier.Operator()})
	if err != nil {
		o.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(o.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx) }()
	o.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			o.t.Error(err)
		}
	})
	return l.URL
}

// surfer is a browser with its cookies.
type surfer struct {
	t       *testing.T
	at      string
	cookies map[string]string
}

// got is an answer.
type got struct {
	status int
	text   string
	header http.Header
}

func (s *surfer) ask(method, path string, body any) got {
	s.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			s.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.at+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range s.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value, Secure: true, HttpOnly: true})
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := io.ReadAll(res.Body)
	if err == nil {
		err = res.Body.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if !c.Secure || !c.HttpOnly || !strings.HasPrefix(c.Name, "__Host-") || c.Path != "/" {
			s.t.Errorf("the cookie %s can be had by others", c)
		}
		s.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(s.cookies, c.Name)
		}
	}
	return got{res.StatusCode, string(all), res.Header}
}

// text is a value in JSON.
func (s *surfer) text(v any) json.RawMessage {
	s.t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// begun asks for options of a ceremony.
func (s *surfer) begun(path string, body any) api.BegunPasskey {
	s.t.Helper()
	var out api.BegunPasskey
	s.want(http.StatusCreated, s.ask(http.MethodPost, path, body), &out)
	return out
}

// want checks a status and reads the answer.
func (s *surfer) want(status int, g got, out any) {
	s.t.Helper()
	if g.status != status {
		s.t.Fatalf("got %d: %s", g.status, g.text)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(g.text), out); err != nil {
			s.t.Fatalf("%s: %v", g.text, err)
		}
	}
}

// AUT-09: a passkey is added, logs in and proves again over the network, for a
// browser and for the command line.
func TestPasskeys_areWalkedFromTheFirstToTheLastOverTheNetwork(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{PublicURL: publicURL, SecondFactor: []string{access.Admin}})
	o.person(harrier.Operator(), "ann", access.Admin)
	s := &surfer{t, o.listening(), map[string]string{}}
	device := passkeytest.New(t, publicURL, passkeytest.ES256)

	var in api.LoggedIn
	s.want(http.StatusCreated, s.ask(http.MethodPost, "/v1/session", api.LogIn{Name: "ann", Password: api.Password{Secret: harrier.NewSecret(goodPassword)}}), &in)
	if in.FactorDue.IsZero() || in.Account.Passkeys {
		t.Errorf("who lacks a second factor is told %s", in.FactorDue)
	}
	b := s.begun("/v1/passkeys", nil)
	finish := api.AddPasskey{FinishPasskey: api.FinishPasskey{State: b.State, Credential: s.text(device.Create(b.Options))}, Name: "laptop"}
	var k api.Passkey
	s.want(http.StatusCreated, s.ask(http.MethodPost, "/v1/passkeys/finish", finish), &k)
	var me api.Me
	s.want(http.StatusOK, s.ask(http.MethodGet, "/v1/session", nil), &me)
	if k.Name != "laptop" || !me.FactorDue.IsZero() {
		t.Errorf("got %+v, due %s", k, me.FactorDue)
	}
	s.want(http.StatusNoContent, s.ask(http.MethodPost, "/v1/session/end", nil), nil)
	if g := s.ask(http.MethodPost, "/v1/session", api.LogIn{Name: "ann", Password: api.Password{Secret: harrier.NewSecret(goodPassword)}}); g.status != http.StatusUnauthorized || !strings.Contains(g.text, "#passkey") {
		t.Errorf("the password alone: %d %s", g.status, g.text)
	}

	b = s.begun("/v1/session/passkey", api.BeginPasskey{})
	answer := api.FinishPasskey{State: b.State, Credential: s.text(device.Get(b.Options))}
	var arrived api.ArrivedPasskey
	s.want(http.StatusCreated, s.ask(http.MethodPost, "/v1/session/passkey/finish", answer), &arrived)
	if arrived.LoggedIn == nil || arrived.LoggedIn.Account.Name != "ann" || arrived.To != "/passkeys" {
		t.Fatalf("got %+v", arrived)
	}
	if g := (&surfer{t, s.at, map[string]string{}}).ask(http.MethodPost, "/v1/session/passkey/finish", answer); g.status != http.StatusUnauthorized {
		t.Errorf("the same again elsewhere: %d %s", g.status, g.text)
	}

	o.clock.ahead.Add(int64(6 * time.Minute))
	if g := s.ask(http.MethodPost, "/v1/passkeys/"+k.ID.String()+"/remove", nil); g.status != http.StatusUnauthorized || !strings.Contains(g.text, "#step_up") {
		t.Errorf("a session that is not fresh: %d %s", g.status, g.text)
	}
	b = s.begun("/v1/session/prove/passkey", nil)
	old := s.cookies["__Host-harrier-session"]
	s.want(http.StatusOK, s.ask(http.MethodPost, "/v1/session/prove/passkey/finish", api.FinishPasskey{State: b.State, Credential: s.text(device.Get(b.Options))}), nil)
	if s.cookies["__Host-harrier-session"] == old {
		t.Error("a proof makes no new token")
	}
	s.commandLine(device)
	s.want(http.StatusNoContent, s.ask(http.MethodPost, "/v1/passkeys/"+k.ID.String()+"/remove", nil), nil)
	var list api.List[api.Passkey]
	s.want(http.StatusOK, s.ask(http.MethodGet, "/v1/passkeys", nil), &list)
	if len(list.Items) != 0 {
		t.Errorf("%d are left", len(list.Items))
	}
}

// commandLine logs the command line in by the browser.
func (s *surfer) commandLine(device *passkeytest.Authenticator) {
	s.t.Helper()
	const verifier = "verifier-of-43-characters-that-nobody-knows"
	state := strings.Repeat("s", 43)
	browser := &surfer{s.t, s.at, map[string]string{}}
	b := browser.begun("/v1/session/passkey", api.BeginPasskey{Loopback: &api.Loopback{Port: 40000, State: state, Challenge: "n0PiA34oNPpaZTSqeECrXY8-DWxHv2ALrw6kbSZpFhE"}})
	var arrived api.ArrivedPasskey
	browser.want(http.StatusCreated, browser.ask(http.MethodPost, "/v1/session/passkey/finish", api.FinishPasskey{State: b.State, Credential: s.text(device.Get(b.Options))}), &arrived)
	to, err := url.Parse(arrived.To)
	if err != nil || to.Host != "127.0.0.1:40000" || to.Query().Get("state") != state || arrived.LoggedIn != nil || browser.cookies["__Host-harrier-session"] != "" {
		s.t.Fatalf("the browser goes to %s with %+v", arrived.To, arrived.LoggedIn)
	}
	fetch := map[string]string{"grant": to.Query().Get("grant"), "verifier": verifier}
	cli := &surfer{s.t, s.at, map[string]string{}}
	if g := cli.ask(http.MethodPost, "/v1/session/fetch", map[string]string{"grant": fetch["grant"], "verifier": "another"}); g.status != http.StatusUnauthorized {
		s.t.Errorf("without the verifier: %d %s", g.status, g.text)
	}
	var in api.LoggedIn
	cli.want(http.StatusCreated, cli.ask(http.MethodPost, "/v1/session/fetch", fetch), &in)
	if in.Account.Name != "ann" {
		s.t.Errorf("the command line is %s", in.Account.Name)
	}
	if g := cli.ask(http.MethodPost, "/v1/session/fetch", fetch); g.status != http.StatusUnauthorized {
		s.t.Errorf("the same again: %d %s", g.status, g.text)
	}
}

// After two weeks an administrator without a second factor does nothing dangerous,
// and can set one up; the owner of the data directory is not asked.
func TestSecondFactor_isAskedOfAdministratorsInTheEnd(t *testing.T) { // AUT-09
	t.Parallel()
	o := newOffice(t, Options{PublicURL: publicURL, SecondFactor: []string{access.Admin}})
	o.person(harrier.Operator(), "ann", access.Admin)
	s := &surfer{t, o.listening(), map[string]string{}}
	logIn := func() {
		s.want(http.StatusCreated, s.ask(http.MethodPost, "/v1/session", api.LogIn{Name: "ann", Password: api.Password{Secret: harrier.NewSecret(goodPassword)}}), nil)
	}
	add := func(name string) got {
		return s.ask(http.MethodPost, "/v1/accounts", api.AddAccount{Name: name, Roles: []string{access.Viewer}})
	}
	logIn()
	s.want(http.StatusCreated, add("before"), nil)
	o.clock.ahead.Add(int64(15 * 24 * time.Hour))
	logIn()
	if g := add("after"); g.status != http.StatusForbidden || !strings.Contains(g.text, "/passkeys") {
		t.Errorf("after two weeks: %d %s", g.status, g.text)
	}
	s.begun("/v1/passkeys", nil)
	s.want(http.StatusOK, s.ask(http.MethodPost, "/v1/second-factor", nil), nil)
	if status, text := o.browser(harrier.Operator()).ask(http.MethodPost, "/v1/accounts", `{"name":"owner","roles":["viewer"]}`); status != http.StatusCreated {
		t.Errorf("the owner of the data directory: %d %s", status, text)
	}
}

// The page is there for who comes from outside, and not where senders come.
func TestPage_isAtTheServerAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{PublicURL: publicURL})
	s := &surfer{t, o.listening(), map[string]string{}}
	g := s.ask(http.MethodGet, "/passkeys", nil)
	if g.status != http.StatusOK || !strings.Contains(g.text, "<h1>Passkeys</h1>") || !strings.Contains(g.header.Get("Content-Security-Policy"), "script-src 'sha256-") {
		t.Errorf("got %d %v", g.status, g.header)
	}
	if g := s.ask(http.MethodPost, "/passkeys", nil); g.status != http.StatusUnauthorized {
		t.Errorf("a form of the page: %d", g.status)
	}
	w := httptest.NewRecorder()
	o.Server(api.Version{Version: "test"}).DoorHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/passkeys", nil))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("senders get %d", w.Code)
	}
}

// Who has to look at a copied passkey is told by an alert.
func TestPasskey_thatIsCopiedMakesAnAlert(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{PublicURL: publicURL})
	o.person(harrier.Operator(), "ann", access.Analyst)
	s := &surfer{t, o.listening(), map[string]string{}}
	s.want(http.StatusCreated, s.ask(http.MethodPost, "/v1/session", api.LogIn{Name: "ann", Password: api.Password{Secret: harrier.NewSecret(goodPassword)}}), nil)
	device := passkeytest.New(t, publicURL, passkeytest.EdDSA)
	b := s.begun("/v1/passkeys", nil)
	s.want(http.StatusCreated, s.ask(http.MethodPost, "/v1/passkeys/finish", api.AddPasskey{FinishPasskey: api.FinishPasskey{State: b.State, Credential: s.text(device.Create(b.Options))}}), nil)
	device.Count = 0
	b = s.begun("/v1/session/passkey", api.BeginPasskey{})
	s.want(http.StatusUnauthorized, s.ask(http.MethodPost, "/v1/session/passkey/finish", api.FinishPasskey{State: b.State, Credential: s.text(device.Get(b.Options))}), nil)
	if status, text := o.browser(harrier.Operator()).ask(http.MethodGet, "/v1/events?source="+watchSource, ""); status != http.StatusOK || !strings.Contains(text, `"id":"event_`) {
		t.Errorf("got %d %s", status, text)
	}
}
