package imap_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connectors/imap"
	"github.com/harrier-soar/harrier/connectors/imap/imaptest"
	"github.com/harrier-soar/harrier/internal/transport"
	"github.com/harrier-soar/harrier/schema"
)

const reports = "reports@" + imaptest.Domain

// memory is a server without a disk, and the connector that works on it.
type memory struct {
	*site
	*imaptest.Memory
}

// newMemory connects to one; the connection allows one call at a time.
func newMemory(t *testing.T, mute bool) *memory {
	t.Helper()
	m := &memory{Memory: imaptest.StartMemory(t, reports, mute), site: &site{t: t, transport: transport.New(transport.Config{Vault: vault{}})}}
	t.Cleanup(func() { _ = m.transport.Close() })
	manifest := imap.New().Manifest()
	m.conn = transport.Connection{
		Name: "mail", Connector: "imap", BaseURL: m.URL, Auth: manifest.Auth, Limits: connector.Limits{Concurrent: 1},
		Settings:     schema.Defaults(manifest.Settings, map[string]any{"base_url": m.URL, "tls": "none", "mailboxes": []any{reports}}),
		AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	return m
}

func (m *memory) arrive(id string) {
	m.t.Helper()
	m.Arrive(m.t, mail(evil, id, "Please look at this", "hello"))
}

// waiting waits for news and tells what came of it.
func (s *site) waiting(state, most string) <-chan map[string]any {
	out := make(chan map[string]any, 1)
	in := map[string]any{"mailbox": reports, "for": most}
	if state != "" {
		in["state"] = state
	}
	go func() { out <- s.must("wait", in) }()
	return out
}

func TestWait_returnsWhenAMailArrives(t *testing.T) {
	t.Parallel()
	m := newMemory(t, false)
	first := <-m.waiting("", "1m")
	if first["offered"] != true || first["changed"] != true || first["state"] == "" {
		t.Fatalf("the first call says %v, want the state at once", first)
	}
	next := m.waiting(first["state"].(string), "1m")
	<-m.Idles
	// Whoever waits takes no place: the connection allows one call at a time.
	if found := m.messages(map[string]any{"mailboxes": []any{reports}, "since": "2026-01-01T00:00:00Z"}); len(found) != 0 {
		t.Errorf("an empty mailbox has %v", found)
	}
	m.arrive("<1@evil.example>")
	second := <-next
	if second["changed"] != true || second["state"] == first["state"] {
		t.Errorf("after a mail arrived it is %v, and was %v", second, first)
	}
	if found := m.messages(map[string]any{"mailboxes": []any{reports}, "since": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}); len(found) != 1 {
		t.Errorf("found %v, want what arrived", found)
	}
	// What comes between two calls is not slept through.
	m.arrive("<2@evil.example>")
	third := <-m.waiting(second["state"].(string), "1m")
	if third["changed"] != true || third["state"] == second["state"] {
		t.Errorf("what came between two calls: %v", third)
	}
}

func TestWait_endsInTimeAndSaysThatNothingCame(t *testing.T) {
	t.Parallel()
	m := newMemory(t, false)
	state := (<-m.waiting("", "1m"))["state"].(string)
	if out := <-m.waiting(state, "1s"); out["changed"] != false || out["state"] != state || out["offered"] != true {
		t.Errorf("nothing came, and it says %v", out)
	}
	for _, most := range []string{"29m", "1h", "0s"} {
		if _, err := m.try("wait", map[string]any{"mailbox": reports, "for": most}); err == nil || err.Class != connector.Invalid {
			t.Errorf("waiting for %s: %v, want that it is refused (RFC 2177 asks to begin anew within 29 minutes)", most, err)
		}
	}
}

func TestWait_doesNotWaitWhereTheServerCannotTell(t *testing.T) {
	t.Parallel()
	m := newMemory(t, true)
	state := (<-m.waiting("", "1m"))["state"].(string)
	if out := <-m.waiting(state, "20m"); out["offered"] != false || out["changed"] != false {
		t.Errorf("a server without IDLE: %v", out)
	}
}

func TestWait_failsWhenTheServerGoesAway(t *testing.T) {
	t.Parallel()
	m := newMemory(t, false)
	state := (<-m.waiting("", "1m"))["state"].(string)
	failed := make(chan *connector.Error, 1)
	go func() {
		_, err := m.try("wait", map[string]any{"mailbox": reports, "state": state, "for": "20m"})
		failed <- err
	}()
	<-m.Idles
	m.Stop()
	if err := <-failed; err == nil || err.Class != connector.Unavailable {
		t.Errorf("the server went away: %v, want unavailable", err)
	}
}

func TestWait_endsWithItsCall(t *testing.T) {
	t.Parallel()
	m := newMemory(t, false)
	state := (<-m.waiting("", "1m"))["state"].(string)
	ctx, stop := context.WithCancel(t.Context())
	spec := imap.New().Manifest()
	env := m.transport.Env(m.conn, transport.Call{Mode: "live", Action: "imap.wait", Effect: "read", Waits: true, Timeout: time.Hour})
	done := make(chan error, 1)
	go func() {
		_, err := imap.New().Do(ctx, env, connector.Request{Action: "wait", Input: map[string]any{"mailbox": reports, "state": state, "for": "20m"}})
		done <- err
	}()
	<-m.Idles
	stop()
	if err := <-done; err == nil {
		t.Errorf("the call of %s ended, and all was well", spec.Name)
	}
}

// The real server tells of a mail that Postfix delivers.
func TestWait_isToldByDovecot(t *testing.T) {
	t.Parallel()
	s := newSite(t, reports)
	state := (<-s.waiting("", "1m"))["state"].(string)
	next := s.waiting(state, "1m")
	s.Deliver(t, evil, []string{reports}, mail(evil, phishID, "Please look at this", "hello"))
	out := <-next
	if out["offered"] != true || out["changed"] != true || out["state"] == state {
		t.Errorf("Dovecot tells %v", out)
	}
	found := s.messages(map[string]any{"mailboxes": []any{reports}, "since": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)})
	if len(found) != 1 {
		t.Errorf("found %v, want what arrived", found)
	}
}
