package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// accepted is how many alerts the office has taken when its server dies.
const accepted = 200

// pager hears of alerts, and kills the server in the middle of hearing.
type pager struct {
	*httptest.Server
	mu    sync.Mutex // guards what follows
	keys  map[string]map[string]bool
	heard int
	// begin is closed when the pager begins to answer.
	begin chan struct{}
	// kill is called with the notification of that number still unanswered.
	kill   func()
	killAt int
}

func newPager(t *testing.T) *pager {
	p := &pager{keys: map[string]map[string]bool{}, begin: make(chan struct{})}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var told struct{ ID string }
		if err := json.NewDecoder(r.Body).Decode(&told); err != nil || told.ID == "" {
			http.Error(w, "no id", http.StatusBadRequest)
			return
		}
		select {
		case <-p.begin:
		case <-r.Context().Done(): // the test has failed
			return
		}
		if p.hear(told.ID, r.Header.Get("Idempotency-Key")) {
			<-r.Context().Done() // the server is dead; nobody reads an answer
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	t.Cleanup(p.Close)
	return p
}

// hear notes a notification; last tells that the server was killed by it.
func (p *pager) hear(id, key string) (last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys[id] == nil {
		p.keys[id] = map[string]bool{}
	}
	if key == "" {
		key = fmt.Sprint("request ", len(p.keys[id]))
	}
	p.keys[id][key] = true
	p.heard++
	if p.kill != nil && p.heard == p.killAt {
		p.kill()
		p.kill = nil
		return true
	}
	return false
}

// office lets a server tell a pager of every alert.
func office(t *testing.T, repeat string) (*siem, *pager) {
	t.Helper()
	s, p := newSIEM(t), newPager(t)
	keyed := map[string]string{"key": "    key_ttl: 24h\n", "never": ""}[repeat]
	header := map[string]string{"key": `      headers: {Idempotency-Key: "${{ key }}"}` + "\n", "never": ""}[repeat]
	connector := "harrier: 1\nconnector: pager\ntitle: Pager\ncategory: other\ndocs: https://pager.example/\nsettings:\n  base_url: {type: url}\nauth: none\n" +
		"limits: {rate: 10000/s, burst: 10000, concurrent: 64}\ncheck: {action: peek}\nactions:\n  peek:\n    title: Peek\n    effect: read\n    request:\n      get: /\n    output:\n      ok: {type: boolean, from: body.ok}\n    example: {ok: true}\n" +
		"  tell:\n    title: Tell\n    effect: notify\n    repeat: " + repeat + "\n" + keyed +
		"    input:\n      id: {type: string, required: true, help: Id of the alert.}\n    targets: [id]\n    request:\n      post: /tell\n" + header +
		"      body: {id: \"${{ input.id }}\"}\n    output:\n      ok: {type: boolean, from: body.ok}\n    example: {ok: true}\n"
	playbook := "harrier: 1\nplaybook: tell\ntitle: Tell somebody\nowner: tests\ntrigger:\n  - alert: alert.source == \"siem\"\nsteps:\n" +
		"  - uses: case.open\n    with: {template: told}\n  - id: tell\n    uses: pager.tell\n    with: {id: '${{ alert.external_id }}'}\n"
	for name, text := range map[string]string{"connectors/pager/connector.yaml": connector, "playbooks/tell.playbook.yaml": playbook} {
		path := filepath.Join(s.data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.tell("source", "live", "siem")
	s.tell("connection", "add", "pager", "--connector", "pager", "--base-url", p.URL, "--allow-private", "127.0.0.0/8")
	return s, p
}

// tell runs a command.
func (s *siem) tell(args ...string) {
	s.t.Helper()
	out, err := exec.CommandContext(s.t.Context(), s.bin, append(args, "--data", s.data)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("harrier %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// open counts runs that have not ended, and what people are asked.
func (s *siem) open() (runs, asked int) {
	s.t.Helper()
	var list struct{ Items []struct{ ID string } }
	for _, status := range []string{"queued", "running", "waiting"} {
		s.get("/v1/runs?limit=500&status="+status, &list)
		runs += len(list.Items)
	}
	s.get("/v1/approvals?status=pending&limit=500", &list)
	return runs, len(list.Items)
}

// rest waits until all runs have ended but those that people are asked about.
func (s *siem) rest() (asked int) {
	s.t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline, stop := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer stop()
	for {
		runs, asked := s.open()
		if runs == asked {
			return asked
		}
		select {
		case <-deadline.Done():
			s.t.Fatalf("%d runs have not ended, and people are asked about %d", runs, asked)
		case <-ticker.C:
		}
	}
}

// TestKill_neverNotifiesTwice kills a server that has taken 200 alerts while a
// notification is in flight. None is lost and none is told twice: what was in
// flight is repeated under its key, or put to a person where there is no key,
// and the rest goes on by itself (G1, G4, G5, G6).
func TestKill_neverNotifiesTwice(t *testing.T) { // DUR-05
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, repeat := range []string{"key", "never"} {
		t.Run(repeat, func(t *testing.T) {
			t.Parallel()
			s, p := office(t, repeat)
			defer s.die()
			if !s.start("") {
				t.Fatal("the server does not start")
			}
			dead := make(chan struct{})
			process := s.cmd.Process
			p.killAt, p.kill = accepted/2, func() { _ = process.Kill(); close(dead) }
			for i := range accepted {
				if !s.send(fmt.Sprintf(`{"id":"alert-%d","title":"Odd process on ws-%d","severity":"high","host":{"name":"ws-%d"},"rule":{"id":"r"}}`, i, i, i)) {
					t.Fatalf("alert %d was not taken", i)
				}
			}
			close(p.begin)
			select {
			case <-dead:
			case <-time.After(2 * time.Minute):
				t.Fatal("the pager was told too little")
			}
			s.die()
			if !s.start("") {
				t.Fatal("the server does not start again")
			}
			s.toldOnce(p, repeat == "key")
		})
	}
}

// toldOnce checks that everything that was taken was told once, but for what
// only a person can know.
func (s *siem) toldOnce(p *pager, all bool) {
	s.t.Helper()
	s.settled()
	asked := s.rest()
	p.mu.Lock()
	defer p.mu.Unlock()
	silent := 0
	for i := range accepted {
		switch n := len(p.keys[fmt.Sprint("alert-", i)]); {
		case n == 0:
			silent++
		case n > 1:
			s.t.Errorf("people were told of alert %d %d times", i, n)
		}
	}
	if all && asked > 0 || !all && asked == 0 || silent > asked {
		s.t.Errorf("of %d alerts %d were not told, and people are asked about %d", accepted, silent, asked)
	}
}
