package lab_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/lab"
)

// run starts a lab in dir, lets f use it, and closes it.
func run(t *testing.T, dir string, f func(*bench)) {
	t.Helper()
	l, err := lab.Start(lab.Config{Dir: dir, Seed: 7})
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	b := start(t, lab.Config{Seed: 7}) // its client
	f(&bench{Lab: l, t: t, client: b.client})
	if err := l.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func TestJournal_aRestartedLabKnowsWhatItKnewWhereItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var state lab.State
	var effects []lab.Effect
	urls := map[string]string{}
	run(t, dir, func(b *bench) {
		if err := b.Seed(phishing()); err != nil {
			t.Fatal(err)
		}
		b.graph("POST", "/users/alice.archer@corp.example/messages/"+idOf(t, b, "alice.archer@corp.example")+"/move",
			map[string]any{"destinationId": "recoverableitemsdeletions"})
		blocked(t, b)
		b.chat("POST", "chat.postMessage", map[string]any{"channel": "soc", "text": "x"})
		state, effects = b.State(), b.Effects()
		for _, v := range b.Vendors() {
			urls[v] = b.URL(v)
		}
	})
	run(t, dir, func(b *bench) {
		if diff := cmp.Diff(state, b.State()); diff != "" {
			t.Errorf("state (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(effects, b.Effects()); diff != "" {
			t.Errorf("effects (-before +after):\n%s", diff)
		}
		for v, want := range urls {
			if got := b.URL(v); got != want {
				t.Errorf("%s listens at %s, before at %s", v, got, want)
			}
		}
		if _, n := blocked(t, b); n != 2 {
			t.Errorf("blocking again is number %d, want 2: counting goes on", n)
		}
	})
}

func TestJournal_resetForgetsForEver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, func(b *bench) {
		if err := b.Seed(phishing()); err != nil {
			t.Fatal(err)
		}
		blocked(t, b)
		if err := b.Reset(); err != nil {
			t.Fatal(err)
		}
	})
	run(t, dir, func(b *bench) {
		if len(b.Effects()) != 0 || len(b.Mailboxes()) != 0 {
			t.Errorf("got %v and %v, want nothing", b.Effects(), b.Mailboxes())
		}
	})
}

func TestJournal_survivesALineThatWasCutOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "lab.jsonl")
	run(t, dir, func(b *bench) { mustSeed(t, b) })
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(before, `{"at":"2026-11-0`...), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		run(t, dir, func(b *bench) {
			if got := len(b.Mail(reportedID)); got != 4 {
				t.Errorf("got %d copies, want 4", got)
			}
			blocked(t, b)
		})
	}
}

func TestJournal_refusesOneThatIsDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lab.jsonl"), []byte("nonsense\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Start(lab.Config{Dir: dir}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("got %v, want invalid", err)
	}
}

func mustSeed(t *testing.T, b *bench) {
	t.Helper()
	if err := b.Seed(phishing()); err != nil {
		t.Fatal(err)
	}
}

func TestStart_listensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost", "example.com:80"} {
		if l, err := lab.Start(lab.Config{Listen: address}); harrier.KindOf(err) != harrier.Invalid || l != nil {
			t.Errorf("%q: got %v, want invalid", address, err)
		}
	}
}

func TestStart_saysWhoseAddressIsTaken(t *testing.T) {
	t.Parallel()
	b := start(t, lab.Config{})
	address := b.URL("entra")[len("http://"):]
	if _, err := lab.Start(lab.Config{Listen: address}); harrier.KindOf(err) != harrier.Unavailable {
		t.Errorf("got %v, want unavailable", err)
	}
}
