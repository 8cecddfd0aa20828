package links_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/testclock"
)

var _ links.Store = (*store.Store)(nil)

// bell is a purpose that counts how often it rings.
type bell struct {
	store *store.Store
	rung  atomic.Int64
	title string
}

func (b *bell) Show(_ context.Context, l links.Link) (links.Page, error) {
	return links.Page{
		Title: b.title, Lead: "Harrier asks " + l.Person + ".", Facts: []links.Fact{{Label: "Why", Lines: []string{"Somebody has to know."}}},
		Fields:  []links.Field{{Name: "seen", Label: "Seen", Kind: "yesno"}, {Name: "kind", Label: "Kind", Kind: "choice", Values: []string{"a", "b"}}, {Name: "note", Label: "Note", Kind: "long"}},
		Choices: []links.Choice{{Value: "ack", Label: "I see to it"}, {Value: "no", Label: "Not me", Grave: true}},
	}, nil
}

func (b *bell) Take(ctx context.Context, _ links.Link, in links.Given, use links.Use) (string, error) {
	if in.Choice != "ack" {
		return "", harrier.Errorf(harrier.Invalid, "press a button")
	}
	if err := b.store.Write(ctx, func(tx harrier.Tx) error { return use(ctx, tx) }); err != nil {
		return "", err
	}
	b.rung.Add(1)
	return "Noted: " + in.Values["note"], nil
}

// house has a door with a bell.
type house struct {
	*bell
	t     *testing.T
	url   string
	clock *testclock.Clock
}

func build(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, clock: testclock.At(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)), bell: &bell{title: "Look at it"}}
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t), Now: h.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	h.store = s
	door := links.New(links.Config{Store: s, Now: h.clock.Now, Purposes: map[string]links.Purpose{"bell": h.bell}})
	mux := http.NewServeMux()
	mux.HandleFunc("/l/{token}", func(w http.ResponseWriter, r *http.Request) {
		if err := door.Open(w, r); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// link makes a link of alice and returns its address.
func (h *house) link() string {
	h.t.Helper()
	var token string
	err := h.store.Write(h.t.Context(), func(tx harrier.Tx) (err error) {
		token, err = links.Issue(h.t.Context(), h.store, tx, links.Link{
			Tenant: harrier.DefaultTenant, Purpose: "bell", Subject: "thing", Person: "alice", CreatedAt: h.clock.Now(), ExpiresAt: h.clock.Now().Add(time.Hour),
		})
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.url + links.Path + token
}

// browser is one that keeps cookies.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// ask is a request.
type ask struct {
	method, address, form string
	head                  map[string]string
}

// do makes a request and returns what came.
func do(t *testing.T, c *http.Client, a ask) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), a.method, a.address, strings.NewReader(a.form))
	if err != nil {
		t.Fatal(err)
	}
	if a.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range a.head {
		req.Header.Set(k, v)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// filled opens a link and returns its form with a choice, ready to be sent.
func filled(t *testing.T, c *http.Client, address string) string {
	t.Helper()
	_, body := do(t, c, ask{http.MethodGet, address, "", nil})
	m := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no form in %s", body)
	}
	return url.Values{"csrf": {m[1]}, "choice": {"ack"}, "f.note": {"on it"}}.Encode()
}

// scanners are programs that open links which nobody clicked.
func scanners() []string {
	return []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0", "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0)",
		"Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "BingPreview/1.0b", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slack-ImgProxy (+https://api.slack.com/robots)",
		"SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com", "Mozilla/5.0 (compatible; Proofpoint URL Defense)", "Barracuda Sentinel (EE)", "Mimecast-URL-Protect", "Cisco-Talos-Scanner", "Mozilla/5.0 (compatible; TrendMicro; WTP)",
		"FireEye/1.0", "Google-Safety", "GoogleImageProxy", "facebookexternalhit/1.1", "Twitterbot/1.0", "WhatsApp/2.23", "TelegramBot (like TwitterBot)", "curl/8.5.0",
	}
}

// APR-01: to fetch a link decides nothing, whoever fetches it and however.
func TestOpen_neverDoesAnythingWithoutAPOST(t *testing.T) {
	t.Parallel()
	h := build(t)
	address := h.link()
	for _, agent := range scanners() {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, "PROPFIND"} {
			resp, _ := do(t, browser(t), ask{method, address, "", map[string]string{"User-Agent": agent, "Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}})
			if resp.StatusCode >= http.StatusMultipleChoices {
				t.Errorf("%s by %s: %d", method, agent, resp.StatusCode)
			}
		}
		// Some scanners send the address again as a form, or with what they found in it.
		do(t, browser(t), ask{http.MethodGet, address + "?choice=ack&csrf=x", "", map[string]string{"User-Agent": agent}})
	}
	if h.rung.Load() != 0 {
		t.Fatalf("it rang %d times", h.rung.Load())
	}
	c := browser(t)
	if resp, body := do(t, c, ask{http.MethodPost, address, filled(t, c, address), nil}); resp.StatusCode != http.StatusOK || !strings.Contains(body, "Noted: on it") || h.rung.Load() != 1 {
		t.Errorf("who means it gets %d %s", resp.StatusCode, body)
	}
}

// APR-02: a POST counts with the form's token, in the browser that the form was
// shown in, from the page itself.
func TestOpen_takesOnlyItsOwnForm(t *testing.T) {
	t.Parallel()
	h := build(t)
	address := h.link()
	c := browser(t)
	good := filled(t, c, address)
	other := filled(t, browser(t), h.link())
	for name, bad := range map[string]struct {
		c    *http.Client
		url  string
		form string
		head map[string]string
	}{
		"no token":            {c, address, "choice=ack", nil},
		"no cookie":           {browser(t), address, good, nil},
		"another link's form": {c, address, other, nil},
		"two tokens":          {c, address, good + "&csrf=x", nil},
		"another site":        {c, address, good, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"another origin":      {c, address, good, map[string]string{"Origin": "https://evil.example"}},
		"JSON":                {c, address, `{"choice":"ack"}`, map[string]string{"Content-Type": "application/json"}},
		"text":                {c, address, good, map[string]string{"Content-Type": "text/plain"}},
		"a query":             {c, address + "?choice=ack", good, nil},
		"too much":            {c, address, good + "&f.note2=" + strings.Repeat("x", 70_000), nil},
		"no choice":           {c, address, strings.Replace(good, "choice=ack", "choice=", 1), nil},
		"a guess":             {c, h.url + "/l/" + strings.Repeat("A", 43), good, nil},
	} {
		if resp, body := do(t, bad.c, ask{http.MethodPost, bad.url, bad.form, bad.head}); resp.StatusCode < 400 || resp.StatusCode >= 500 {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
	}
	if h.rung.Load() != 0 {
		t.Fatalf("it rang %d times", h.rung.Load())
	}
	if resp, _ := do(t, c, ask{http.MethodPost, address, good, map[string]string{"Sec-Fetch-Site": "same-origin"}}); resp.StatusCode != http.StatusOK {
		t.Errorf("the form itself: %d", resp.StatusCode)
	}
}

// APR-04: a link works once, of a hundred at once too, and not after its end.
func TestOpen_worksOnceAndInTime(t *testing.T) {
	t.Parallel()
	h := build(t)
	address := h.link()
	c := browser(t)
	form := filled(t, c, address)
	var wg sync.WaitGroup
	var taken, gone atomic.Int64
	for range 100 {
		wg.Go(func() {
			switch resp, _ := do(t, c, ask{http.MethodPost, address, form, nil}); resp.StatusCode {
			case http.StatusOK:
				taken.Add(1)
			case http.StatusGone:
				gone.Add(1)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 1 || gone.Load() != 99 || h.rung.Load() != 1 {
		t.Errorf("%d took it, %d came too late, it rang %d times", taken.Load(), gone.Load(), h.rung.Load())
	}
	late := h.link()
	form = filled(t, c, late)
	h.clock.Pass(time.Hour)
	if resp, body := do(t, c, ask{http.MethodPost, late, form, nil}); resp.StatusCode != http.StatusGone || !strings.Contains(body, "ended") {
		t.Errorf("after its end: %d %s", resp.StatusCode, body)
	}
	if resp, body := do(t, c, ask{http.MethodGet, late, "", nil}); resp.StatusCode != http.StatusGone || strings.Contains(body, "<form") {
		t.Errorf("after its end it shows a form: %d", resp.StatusCode)
	}
}

func TestPage_hasNoScriptAndLetsNoneIn(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.title = `</title><script>alert(1)</script><img src=x onerror=alert(1)>`
	resp, body := do(t, browser(t), ask{http.MethodGet, h.link(), "", nil})
	for _, bad := range []string{"<script", "<img", "onclick", "javascript:", "http://", "https://"} {
		if strings.Contains(strings.ToLower(body), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	policy := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "style-src 'sha256-", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy lets scripts in: %s", policy)
	}
	for _, want := range []string{"prefers-color-scheme:dark", `name="viewport"`, "max-width:46rem", `type="radio"`, "<select", "<textarea"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	cookie := resp.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || !strings.HasPrefix(cookie.Path, "/l/") {
		t.Errorf("the cookie %+v", cookie)
	}
}

// What a link carries is in no file of the database.
func TestIssue_keepsOnlyTheHash(t *testing.T) {
	t.Parallel()
	dir := blanktest.Dir(t)
	s, err := store.Open(t.Context(), store.Config{Dir: dir, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	var token string
	now := time.Now().UTC()
	err = s.Write(t.Context(), func(tx harrier.Tx) (err error) {
		token, err = links.Issue(t.Context(), s, tx, links.Link{Purpose: "p", Subject: "s", Person: "alice", CreatedAt: now, ExpiresAt: now.Add(time.Hour)})
		return err
	})
	if err != nil || len(token) < 43 { // 256 bits
		t.Fatal(token, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		data, err := os.ReadFile(fmt.Sprintf("%s/%s", dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		seen += len(data)
		if strings.Contains(string(data), token) {
			t.Errorf("%s holds the link", f.Name())
		}
	}
	if seen < 4096 {
		t.Errorf("only %d bytes were looked at", seen)
	}
	for name, l := range map[string]links.Link{"no end": {Purpose: "p", Subject: "s", Person: "a"}, "nobody": {Purpose: "p", Subject: "s", ExpiresAt: now}} {
		if _, err := links.Issue(t.Context(), s, nil, l); err == nil {
			t.Errorf("%s: a link was made", name)
		}
	}
}
