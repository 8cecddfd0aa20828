package rest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connector/rest"
)

// vendor is a product on loopback that remembers what it was asked.
type vendor struct {
	*httptest.Server
	mu   sync.Mutex // guards seen
	seen []exchange
}

// exchange is one request that a vendor saw.
type exchange struct {
	Method, URI, Body string
	Header            http.Header
}

// newVendor starts a vendor that answers with handler.
func newVendor(t testing.TB, handler http.HandlerFunc) *vendor {
	t.Helper()
	v := &vendor{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read request: %v", err)
		}
		v.mu.Lock()
		v.seen = append(v.seen, exchange{Method: r.Method, URI: r.RequestURI, Body: string(b), Header: r.Header})
		v.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(b))
		handler(w, r)
	}))
	t.Cleanup(v.Close)
	return v
}

// requests returns what the vendor saw.
func (v *vendor) requests() []exchange {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seen
}

// uris returns the methods and addresses that the vendor saw.
func (v *vendor) uris() []string {
	var out []string
	for _, e := range v.requests() {
		out = append(out, e.Method+" "+e.URI)
	}
	return out
}

// env returns an environment whose base_url is the vendor.
func (v *vendor) env(settings map[string]any) *connector.Env {
	all := map[string]any{"base_url": v.URL}
	maps.Copy(all, settings)
	return &connector.Env{
		HTTP: v.Client(), Log: slog.New(slog.DiscardHandler), Settings: all, Connection: "test",
		Now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
	}
}

// answering returns a handler that gives one answer.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// load returns the connector of a manifest that must be whole.
func load(t testing.TB, source string) *rest.Connector {
	t.Helper()
	c, problems := rest.Load("connector.yaml", []byte(source))
	if len(problems) > 0 {
		t.Fatalf("the manifest has problems:\n%v", problems)
	}
	return c
}

// manifest returns a manifest with one action, whose lines are given.
func manifest(action string) string {
	return `harrier: 1
connector: acme
title: Acme
category: other
settings:
  base_url: {type: url, required: true}
actions:
  act:
    title: Act
` + indent(action, "    ")
}

// indent moves lines to the right.
func indent(s, by string) string {
	lines := strings.Split(strings.Trim(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = by + l
	}
	return strings.Join(lines, "\n") + "\n"
}

// do calls the action act.
func do(t testing.TB, c *rest.Connector, env *connector.Env, input map[string]any) (map[string]any, *connector.Error) {
	t.Helper()
	answer, err := c.Do(t.Context(), env, connector.Request{Action: "act", Input: input, Key: "key-1"})
	return answer.Output, connector.AsError(err)
}

func TestLoad_readsTheDesignsExampleAsItStands(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/abuseipdb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := load(t, string(source))
	m := c.Manifest()
	if m.Name != "abuseipdb" || m.Check != "check_ip" || m.CheckWith["ip"] != "192.0.2.1" || m.Limits.Rate != 1 || m.Limits.Daily != 1000 {
		t.Errorf("manifest: %+v", m)
	}
	if diff := cmp.Diff(connector.Auth{Kind: connector.HeaderAuth, Name: "Key", Secrets: []string{"api_key"}}, m.Auth); diff != "" {
		t.Errorf("auth (-want +got):\n%s", diff)
	}
	v := newVendor(t, answering(200, `{"data":{"abuseConfidenceScore":80,"totalReports":12,"extra":{"a":[]}}}`))
	answer, err := c.Do(t.Context(), v.env(nil), connector.Request{Action: "abuseipdb.check_ip", Input: map[string]any{"ip": "2001:db8::1", "max_age_days": int64(30)}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"verdict": "malicious", "score": int64(80), "reports": int64(12), "link": "https://www.abuseipdb.com/check/2001:db8::1"}
	if diff := cmp.Diff(want, answer.Output); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GET /check?ipAddress=2001%3Adb8%3A%3A1&maxAgeInDays=30"}, v.uris()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

const everything = `
effect: record
repeat: key
key_ttl: 24h
targets: [id]
input:
  id: {type: string, required: true, help: The thing.}
  note: {type: string, help: A note.}
  tags: {type: list<string>, default: [], help: Tags.}
request:
  post: /things/{id}/notes
  query:
    $tag: ${{ input.tags }}
    note: ${{ input.?note }}
    $filter: {lang: odata, text: "name eq ${{ input.id }}"}
  headers:
    Idempotency-Key: ${{ key }}
    X-Note: ${{ input.?note }}
  body:
    id: ${{ input.id }}
    nested: {list: [1, true, {lang: text, text: "for ${{ input.id }}"}]}
    note: ${{ input.?note }}
output:
  done: {type: boolean, from: body.ok}
example: {done: true}
`

func TestDo_keepsHostileTextInItsPlace(t *testing.T) {
	t.Parallel()
	c := load(t, manifest(everything))
	for _, hostile := range []string{
		`a/b?c#d&e=f`, `' or 1 eq 1 or name eq '`, `"}, "admin": true, "x": {"`, `${{ settings }}`, `%2e%2e%2fadmin`, `a%0d%0aX: y`, "a b+c", "ü💥", `\`,
	} {
		v := newVendor(t, answering(200, `{"ok":true}`))
		_, err := do(t, c, v.env(nil), map[string]any{"id": hostile, "tags": []any{hostile, "b"}})
		if hostile == `%2e%2e%2fadmin` {
			if err == nil || err.Class != connector.Invalid || len(v.requests()) != 0 {
				t.Errorf("%q: error %v, requests %v; want a refusal before anything is sent", hostile, err, v.uris())
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", hostile, err)
			continue
		}
		req, parseErr := http.NewRequest(http.MethodPost, v.URL+v.requests()[0].URI, nil)
		if parseErr != nil {
			t.Fatal(parseErr)
		}
		want := [][]string{{hostile, "b"}, nil, {"name eq '" + strings.ReplaceAll(hostile, "'", "''") + "'"}}
		got := [][]string{req.URL.Query()["$tag"], req.URL.Query()["note"], req.URL.Query()["$filter"]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: query (-want +got):\n%s", hostile, diff)
		}
		if parts := strings.Split(req.URL.EscapedPath(), "/"); len(parts) != 4 || req.URL.Path != "/things/"+hostile+"/notes" {
			t.Errorf("%q: path %q", hostile, req.URL.EscapedPath())
		}
		wantBody := fmt.Sprintf(`{"id":%s,"nested":{"list":[1,true,%s]}}`, jsonText(hostile), jsonText("for "+hostile))
		if diff := cmp.Diff(wantBody, v.requests()[0].Body); diff != "" {
			t.Errorf("%q: body (-want +got):\n%s", hostile, diff)
		}
		if got := v.requests()[0].Header.Get("Idempotency-Key"); got != "key-1" {
			t.Errorf("idempotency key is %q", got)
		}
	}
}

func TestDo_refusesWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	c := load(t, manifest(everything))
	v := newVendor(t, answering(200, `{"ok":true}`))
	for _, in := range []map[string]any{
		{"id": "..", "tags": []any{}}, {"id": "", "tags": []any{}}, {"id": "a\x00b", "tags": []any{}},
		{"id": "a", "note": "x\r\nSet-Cookie: a=b", "tags": []any{}}, {"id": "a", "tags": []any{map[string]any{"a": 1}}},
	} {
		if _, err := do(t, c, v.env(nil), in); err == nil || err.Class != connector.Invalid {
			t.Errorf("%v: error %v, want invalid", in, err)
		}
	}
	for _, base := range []string{"", "ftp://x/", "https://u:p@x/", "https://x/?a=b", "/relative", "https:///x"} {
		if _, err := do(t, c, v.env(map[string]any{"base_url": base}), map[string]any{"id": "a", "tags": []any{}}); err == nil || err.Class != connector.Invalid {
			t.Errorf("base_url %q: error %v, want invalid", base, err)
		}
	}
	if n := len(v.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// G5: what an answer means for an effect is never guessed.
func TestDo_classifiesAnswers(t *testing.T) {
	t.Parallel()
	read := manifest("effect: read\nrequest: {get: /x}\noutput: {ok: {type: boolean, from: body.ok}}\nexample: {ok: true}")
	effect := manifest("effect: notify\nrepeat: never\nrequest: {post: /x, body: {}}\noutput: {ok: {type: boolean, from: body.ok}}\nexample: {ok: true}")
	for _, tc := range []struct {
		name         string
		handler      http.HandlerFunc
		read, effect connector.Class
	}{
		{"a refusal", answering(400, `{}`), connector.Invalid, connector.Invalid},
		{"no rights", answering(403, `no`), connector.Denied, connector.Denied},
		{"an unknown thing", answering(404, ``), connector.NotFound, connector.NotFound},
		{"a conflict", answering(409, `{}`), connector.Unavailable, connector.Unknown},
		{"too many", answering(429, `{}`), connector.Limited, connector.Limited},
		{"a crash", answering(500, `<html>`), connector.Unavailable, connector.Unknown},
		{"a redirect", answering(304, ``), connector.Invalid, connector.Unknown},
		{"another shape", answering(200, `{"okay":true}`), connector.Drift, connector.Unknown},
		{"another type", answering(200, `{"ok":"yes"}`), connector.Drift, connector.Unknown},
		{"nothing", answering(200, ``), connector.Drift, connector.Unknown},
		{"half a body", answering(200, `{"ok":tr`), connector.Drift, connector.Unknown},
		{"a page", answering(200, `<html>log in</html>`), connector.Drift, connector.Unknown},
		{"a cut body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"ok":true`)
		}, connector.Unavailable, connector.Unknown},
		{"a reset", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}, connector.Unavailable, connector.Unknown},
		{"a flood", answering(200, `{"ok":"`+strings.Repeat("x", 9<<20)+`"}`), connector.Drift, connector.Unknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, tc.handler)
			for source, want := range map[string]connector.Class{read: tc.read, effect: tc.effect} {
				if _, err := do(t, load(t, source), v.env(nil), nil); err == nil || err.Class != want {
					t.Errorf("error is %v, want %s", err, want)
				}
			}
		})
	}
}

func TestDo_honoursCancellation(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	v := newVendor(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	defer close(release)
	c := load(t, manifest("effect: read\ntimeout: 50ms\nrequest: {get: /x}\noutput: {ok: {type: boolean, from: body.ok}}\nexample: {ok: true}"))
	_, err := do(t, c, v.env(nil), nil)
	if err == nil || err.Class != connector.Unavailable || !strings.Contains(err.Text, "50ms") {
		t.Errorf("error is %v, want unavailable that names the limit", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ctx, v.env(nil), connector.Request{Action: "act"}); connector.AsError(err).Class != connector.Unavailable {
		t.Errorf("error is %v, want unavailable", err)
	}
}

// jsonText returns a text as JSON writes it, without escapes for HTML.
func jsonText(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
	return `"` + s + `"`
}
