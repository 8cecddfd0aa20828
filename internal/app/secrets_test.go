package app

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// sink is a place where text ends up. It is safe for concurrent use.
type sink struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write implements [io.Writer].
func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// canaries are values that must never be found anywhere, by what they are.
type canaries map[string]string

// found returns what of the canaries is in a text, in any spelling.
func (c canaries) found(text string) []string {
	var names []string
	for name, v := range c {
		for _, spelling := range []string{
			v, base64.StdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)),
			hex.EncodeToString([]byte(v)), url.QueryEscape(v), strings.ToUpper(v),
		} {
			if strings.Contains(text, spelling) {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// echo is a vendor that says back all that it was told, first in a refusal and
// then in success.
func echo(t *testing.T) (address string, heard *sink) {
	t.Helper()
	heard = new(sink)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		user, password, _ := r.BasicAuth()
		all := fmt.Sprintf("%v %s %s %s %s", r.Header, r.URL, body, user, password)
		_, _ = io.WriteString(heard, all)
		w.Header().Set("X-Echo", strings.ReplaceAll(all, "\n", " "))
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.URL.Path, "refuse") {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = fmt.Fprintf(w, `{"ok":false,"error":%q,"message":%q,"status":%q,"token_type":%q}`, all, all, all, all)
	}))
	t.Cleanup(s.Close)
	return s.URL, heard
}

const postToEcho = `
harrier: 1
playbook: echo
title: Speak to a vendor that repeats everything
steps:
  - id: post
    uses: slack.post
    connection: echo-slack-refuse
    with:
      channel: C1
      text: hello
    on_error: continue
`

// gossip connects to vendors that repeat everything, with secrets of their
// own, and has each of them answer. It returns what the API says of that.
func (o *office) gossip(c canaries, b browser) (said string, heard *sink) {
	o.t.Helper()
	address, heard := echo(o.t)
	for _, seed := range o.lab.Connections() {
		for _, manner := range []string{"refuse", "answer"} {
			name := "echo-" + seed.Connector + "-" + manner
			secrets := map[string]harrier.Secret{}
			for field := range seed.Secrets {
				v := "canary-" + field + "-" + hex.EncodeToString([]byte(name))
				c[name+" "+field], secrets[field] = v, harrier.NewSecret(v)
			}
			settings := map[string]any{}
			maps.Copy(settings, seed.Settings)
			if _, ok := settings["login_url"]; ok {
				settings["login_url"] = address + "/" + manner
			}
			err := o.Connect(o.t.Context(), api.AddConnection{
				Name: name, Connector: seed.Connector, BaseURL: address + "/" + manner, Settings: settings, Secrets: secrets,
				AllowHosts: []string{strings.TrimPrefix(address, "http://")}, AllowPrivate: []string{"127.0.0.0/8"},
			})
			if err != nil {
				o.t.Fatal(err)
			}
			_, text := b.ask(http.MethodPost, "/v1/connections/"+name+"/test", "")
			said += text
		}
	}
	run, err := runs{o.App}.StartRun(o.t.Context(), harrier.Operator(), api.StartRun{Source: postToEcho, Name: "echo.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		o.t.Fatal(err)
	}
	o.until(run.ID, ended)
	for _, tail := range []string{"", "/events", "/watch"} {
		_, text := b.ask(http.MethodGet, "/v1/runs/"+run.ID.String()+tail, "")
		said += text
	}
	return said, heard
}

// tokens returns the access tokens that the lab gave out.
func (o *office) tokens() []string {
	o.t.Helper()
	text, err := os.ReadFile(filepath.Join(o.memory, "lab.jsonl"))
	if err != nil {
		o.t.Fatal(err)
	}
	var all []string
	for _, m := range regexp.MustCompile(`"entra/tokens"[^{]*?"([^"]{20,})"`).FindAllStringSubmatch(string(text), -1) {
		all = append(all, m[1])
	}
	return all
}

// I11: no secret is ever found where it does not belong: not in the database,
// the journal, the evidence, the recording, the log, an answer or an error.
func TestSecrets_areNowhereToBeFound(t *testing.T) { // SEC-08
	t.Parallel()
	dir, tape, log := t.TempDir(), filepath.Join(t.TempDir(), "tape.jsonl"), new(sink)
	o := newOffice(t, Options{Dir: dir, Tape: tape, Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	o.connect(nil)
	left := o.story()
	b := o.browser(harrier.Operator())
	c := canaries{}
	said, heard := o.gossip(c, b)
	if missing := len(c) - len(c.found(heard.String())); missing > 0 {
		t.Errorf("the vendor was told %v of %d secrets only, so this proves little", c.found(heard.String()), len(c))
	}
	for _, seed := range o.lab.Connections() {
		for field, secret := range seed.Secrets {
			c[seed.Name+" "+field] = secret.Reveal()
		}
		if user, ok := seed.Secrets["username"]; ok {
			c[seed.Name+" basic"] = base64.StdEncoding.EncodeToString([]byte(user.Reveal() + ":" + seed.Secrets["password"].Reveal()))
		}
	}
	for i, token := range o.tokens() {
		c[fmt.Sprintf("token %d", i)] = token
	}
	if c["token 0"] == "" {
		t.Fatal("no access token was given out")
	}
	if names := c.found(said); len(names) > 0 {
		t.Errorf("answers about a vendor that repeats everything have %v:\n%.2000s", names, said)
	}
	o.lookEverywhere(c, left, b)
	o.close()
	files := map[string]string{"the log": log.String(), "the recording": read(t, tape)}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files[path] = read(t, path)
		}
		return err
	})
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for name, text := range files {
		if len(text) == 0 && (strings.HasPrefix(name, "the ") || strings.HasSuffix(name, ".db")) {
			t.Errorf("%s is empty, so this proves nothing", name)
		}
		if names := c.found(text); len(names) > 0 {
			t.Errorf("%s has %v", name, names)
		}
	}
}

// lookEverywhere asks every route that can be read for canaries.
func (o *office) lookEverywhere(c canaries, left relics, b browser) {
	o.t.Helper()
	left["playbooks"] = []string{"phishing-response", "no-such"}
	for path := range b.routes() {
		paths := []string{path}
		if strings.Contains(path, "{") {
			paths = left.fill(o.t, path)
		}
		for _, one := range paths {
			if one == "/v1/stream" || strings.HasSuffix(one, "/watch") && one != "/v1/runs/"+left["runs"][0]+"/watch" {
				continue // a stream goes on, or while its run waits
			}
			if _, text := b.ask(http.MethodGet, one, ""); len(c.found(text)) > 0 {
				o.t.Errorf("GET %s answers with %v", one, c.found(text))
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
