package provider_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
)

// terminal runs the command line against an installation; what it says on its
// standard error goes to a browser.
func (h *house) terminal(home string, browser func(address string), args ...string) (int, string) {
	h.t.Helper()
	var out strings.Builder
	errs, said := io.Pipe()
	var reading sync.WaitGroup
	var rest strings.Builder
	reading.Go(func() {
		for lines := bufio.NewScanner(errs); lines.Scan(); {
			if text := lines.Text(); strings.HasPrefix(text, "https://") {
				browser(text)
			} else {
				rest.WriteString(text + "\n")
			}
		}
	})
	code := cli.Main(h.t.Context(), cli.Config{
		Streams: cli.Streams{In: strings.NewReader(clientSecret + "\n"), Out: &out, Err: said}, Version: api.Version{Version: "test"}, Now: h.clock.Now,
		Env: func(name string) (string, bool) {
			v := map[string]string{"HOME": home, "HARRIER_URL": h.url, "HARRIER_DATA": home}[name]
			return v, v != ""
		},
	}, args)
	_ = said.Close()
	reading.Wait()
	return code, out.String() + rest.String()
}

// person goes to the provider and where it sends them, as a browser does.
func (h *house) person(p *idp, claims func(f *forged)) func(string) {
	return func(address string) {
		u, err := url.Parse(address)
		if err != nil {
			h.t.Error(err)
			return
		}
		b := begun{asked: u.Query()}
		f := p.good(h.clock.Now(), b.asked.Get("nonce"))
		claims(f)
		back := h.comes(p, b, f.token())
		req, err := http.NewRequestWithContext(context.WithoutCancel(h.t.Context()), http.MethodGet, back.head.Get("Location"), nil)
		if err != nil {
			h.t.Error(err)
			return
		}
		res, err := h.web.Do(req)
		if err != nil {
			h.t.Error(err)
			return
		}
		_ = res.Body.Close()
	}
}

// People log in from a terminal by the browser of their machine, and prove again
// who they are the same way; the commands about providers do as they say.
func TestTerminal_logsInByTheBrowserOfItsMachine(t *testing.T) {
	t.Parallel()
	p, h, home := newIDP(t), newHouse(t, at()), t.TempDir()
	p.publish(newRing())
	pem := filepath.Join(home, "ca.pem")
	token := filepath.Join(home, "operator")
	for name, text := range map[string]string{pem: ca(p.Server), token: operator} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nobody := func(address string) { t.Errorf("somebody is sent to %s", address) }
	run := func(args ...string) string {
		code, text := h.terminal(home, nobody, append([]string{"--token-file", token}, args...)...)
		if code != 0 {
			t.Fatalf("%v: %d %s", args, code, text)
		}
		return text
	}
	run("provider", "add", "corp", "--issuer", p.URL, "--client-id", clientID, "--redirect", "https://harrier.example/v1/session/callback",
		"--group", "soc=analyst", "--group", "leads=admin", "--allow-private", "127.0.0.0/8", "--ca", pem)
	if text := run("provider", "list"); !strings.Contains(text, "leads=admin soc=analyst") || strings.Contains(text, clientSecret) {
		t.Errorf("the list is %s", text)
	}
	if text := run("provider", "test", "corp"); !strings.Contains(text, "3 keys") {
		t.Errorf("the test says %s", text)
	}
	lead := claim("groups", []string{"leads"})
	code, text := h.terminal(home, h.person(p, lead), "login", "--provider", "corp")
	if code != 0 || !strings.Contains(text, "as ann.lee@corp until") {
		t.Fatalf("the log-in ends with %d: %s", code, text)
	}
	if code, text = h.terminal(home, nobody, "provider", "remove", "corp"); code == 0 || !strings.Contains(text, "dangerous") {
		t.Errorf("what is dangerous needs no proof: %d %s", code, text)
	}
	now := func(f *forged) { lead(f); f.claims["auth_time"] = h.clock.Now().Unix() }
	if code, text = h.terminal(home, h.person(p, now), "login", "--again"); code != 0 {
		t.Fatalf("a proof ends with %d: %s", code, text)
	}
	if code, text = h.terminal(home, nobody, "provider", "remove", "corp"); code != 0 {
		t.Errorf("after a proof it ends with %d: %s", code, text)
	}
}
