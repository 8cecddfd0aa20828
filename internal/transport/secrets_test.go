package transport_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
)

// encodings are the ways in which a leaked secret may be written.
func encodings() map[string]string {
	escaped, _ := json.Marshal(canary)
	nested, _ := json.Marshal(string(escaped))
	b64, raw := base64.StdEncoding, base64.RawURLEncoding
	return map[string]string{
		"raw": canary, "query": url.QueryEscape(canary), "path": url.PathEscape(canary), "twice": url.QueryEscape(url.QueryEscape(canary)),
		"lower escapes": strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3D", "%3d").Replace(url.QueryEscape(canary)),
		"hex":           hex.EncodeToString([]byte(canary)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(canary))),
		"base64": b64.EncodeToString([]byte(canary)), "base64url": raw.EncodeToString([]byte(canary)),
		"base64 after 1": b64.EncodeToString([]byte("u" + canary + "tail")), "base64 after 2": b64.EncodeToString([]byte("u:" + canary + "t")),
		"base64 after 3": raw.EncodeToString([]byte("us:" + canary)), "quoted": fmt.Sprintf("%q", canary),
		"JSON": string(escaped), "JSON in JSON": string(nested), "HTML": html.EscapeString(canary),
	}
}

// leaks reports in which encoding a text holds a recognisable part of the canary.
func leaks(text string) string {
	for name, part := range map[string]string{
		"raw": "cAnArY-s3cr3t", "hex": hex.EncodeToString([]byte("cAnArY-s3cr")), "HEX": strings.ToUpper(hex.EncodeToString([]byte("cAnArY-s3cr"))),
		"base64 at 0": base64.RawStdEncoding.EncodeToString([]byte("cAnArY-s3")), "base64 at 1": base64.RawStdEncoding.EncodeToString([]byte("nArY-s3cr")),
		"base64 at 2": base64.RawStdEncoding.EncodeToString([]byte("AnArY-s3c")),
	} {
		if strings.Contains(text, part) {
			return name
		}
	}
	return ""
}

func TestEncodings_areLeaksBeforeTheyAreRemoved(t *testing.T) { // SEC-07
	t.Parallel()
	for name, text := range encodings() {
		if leaks(text) == "" {
			t.Errorf("the test would not notice %s: %s", name, text)
		}
	}
}

// buffer is a place for logs.
type buffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// I11, SEC-07: a vendor that sends the credential back in any encoding puts it
// into no answer, error, log or recording.
func TestTransport_leaksNoSecret_I11(t *testing.T) { // SEC-06
	t.Parallel()
	forms := encodings()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		form := forms[r.Header.Get("X-Form")]
		clean := strings.Map(func(c rune) rune {
			if c < ' ' {
				return -1
			}
			return c
		}, form)
		w.Header().Set("X-Echo", clean)
		w.Header().Set("Set-Cookie", "sid="+url.QueryEscape(form))
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, `{"you_sent":%q,"form":`, r.Header.Get("Authorization")+r.Header.Get("X-Key")+r.URL.RawQuery)
		_, _ = io.WriteString(w, form+"}")
	})
	auths := map[string]connector.Auth{
		"header": {Kind: connector.HeaderAuth, Name: "X-Key"}, "query": {Kind: connector.QueryAuth, Name: "q"},
		"bearer": {Kind: connector.BearerAuth}, "basic": {Kind: connector.BasicAuth},
	}
	for kind, auth := range auths {
		logs, tape := &buffer{}, &tapeText{}
		tr := newTransport(t, transport.Config{
			Vault: secrets{"api_key": canary, "token": canary, "username": "soc", "password": canary}, Recorder: tape, RecordLive: true,
			Log: slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		env := tr.Env(withAuth(server.URL, auth), contain())
		for name, form := range forms {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/x?p="+url.QueryEscape(form), strings.NewReader(form))
			req.Header.Set("X-Form", name)
			got := exchange(t, env, req)
			if how := leaks(got.String() + fmt.Sprint(got.header)); how != "" || got.status != http.StatusForbidden {
				t.Errorf("%s, %s: the answer leaks as %s: %v %v", kind, name, how, got, got.header)
			}
			//nolint:sloglint // a careless connector is the point
			env.Log.Info("vendor said "+form, "body", form, "err", fmt.Errorf("bad %s", form), slog.Group("g", "x", form), "any", map[string]string{"k": form})
			env.Log.With("attr", form).Debug("again")
		}
		if how := leaks(logs.String()); how != "" {
			t.Errorf("%s: the log leaks as %s", kind, how)
		}
		if how := leaks(tape.String()); how != "" || !strings.Contains(tape.String(), "[secret]") {
			t.Errorf("%s: the recording leaks as %q", kind, how)
		}
	}
}

// Tokens are not in the vault, but must not leak either.
func TestTransport_leaksNoToken_I11(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			_, _ = io.WriteString(w, `{"access_token":`+fmt.Sprintf("%q", canary)+`}`)
			return
		}
		_, _ = io.WriteString(w, r.Header.Get("Authorization"))
	})
	tape := &tapeText{}
	tr := newTransport(t, transport.Config{Vault: secrets{"client_id": "client", "client_secret": "other-secret"}, Recorder: tape, RecordLive: true})
	conn := withAuth(server.URL, connector.Auth{Kind: connector.OAuth2Auth, TokenURL: server.URL + "/token"})
	wantBody(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, "/x", ""}), 200, "Bearer [secret]")
	if leaks(tape.String()) != "" || strings.Contains(tape.String(), "other-secret") {
		t.Errorf("the recording leaks: %s", tape)
	}
}

// tapeText keeps exchanges as the JSON that a file would hold.
type tapeText struct{ buffer }

func (r *tapeText) Record(_ context.Context, e transport.Exchange) error {
	return json.NewEncoder(&r.buffer).Encode(e)
}
