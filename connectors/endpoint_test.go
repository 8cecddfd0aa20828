package connectors_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

const (
	aliceHost = "alice-archer.corp.example"
	bobsHost  = "bob-archer.corp.example"
	oldHash   = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

// endpointInputs are arguments for what is about hosts; bob's is isolated and
// one file is blocked.
func (p *prepared) endpointInputs() map[string]map[string]any {
	host, hash := map[string]any{"host": "alice-archer"}, map[string]any{"hash": evilHash}
	return map[string]map[string]any{
		"check": {}, "get_host": host, "isolate": host, "release": {"host": bobsHost}, "scan": host,
		"find_file": hash, "find_indicator": hash, "block_hash": hash, "unblock_hash": {"hash": oldHash},
	}
}

func TestDefender_findsAHostByWhateverItIsCalled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.must("defender.get_host", map[string]any{"host": "ALICE-archer"}, "")
	if first["host"] != aliceHost || first["isolated"] != false || first["online"] != true || !cmp.Equal(first["users"], []any{"alice.archer"}) {
		t.Errorf("got %v", first)
	}
	for _, name := range []any{aliceHost, first["host_id"], first["addresses"].([]any)[0]} {
		if got := s.must("defender.get_host", map[string]any{"host": name}, ""); got["host_id"] != first["host_id"] {
			t.Errorf("by %v: got %v", name, got)
		}
	}
	for name, class := range map[string]connector.Class{"nobody": connector.NotFound, "alice": connector.NotFound, "x' or id ne 'y": connector.NotFound, "192.0.2.1": connector.NotFound} {
		if _, err := s.do("defender.get_host", map[string]any{"host": name}, ""); err == nil || err.Class != class {
			t.Errorf("%s: got %v, want %s", name, err, class)
		}
	}
}

func TestDefender_isolationIsPendingUntilTheAgentAnswers(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	l, err := lab.Start(lab.Config{Seed: 7, Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := newSiteAt(t, l)
	input := map[string]any{"host": aliceHost, "comment": "case 7"}
	if out := s.must("defender.isolate", input, "k"); out["isolated"] != true || out["pending"] != true || !s.probe("defender.isolate", input, "k") {
		t.Errorf("isolate: got %v", out)
	}
	if again := s.must("defender.isolate", input, "k"); again["isolated"] != true || s.counted("machine.isolate", aliceHost) != 1 {
		t.Errorf("isolate while it is pending: got %v", again)
	}
	clock = clock.Add(time.Minute)
	if host := s.must("defender.get_host", map[string]any{"host": aliceHost}, ""); host["isolated"] != true || host["pending"] != false {
		t.Errorf("a minute later: got %v", host)
	}
	if out := s.undo("defender.isolate", input, nil); out["isolated"] != false || s.probe("defender.isolate", input, "k") {
		t.Errorf("release: got %v", out)
	}
}

func TestDefender_blocksAFileAndLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	input := map[string]any{"hash": evilHash}
	first := s.must("defender.block_hash", input, "k1")
	second := s.must("defender.block_hash", input, "k2")
	if first["already"] != false || second["already"] != true || !s.probe("defender.block_hash", input, "k1") {
		t.Errorf("got %v, then %v", first, second)
	}
	if undone := s.undo("defender.block_hash", input, second); undone["blocked"] != true || !s.probe("defender.block_hash", input, "k1") {
		t.Errorf("undo of what was there: got %v", undone)
	}
	if undone := s.undo("defender.block_hash", input, first); undone["blocked"] != false || s.probe("defender.block_hash", input, "k1") {
		t.Errorf("undo: got %v", undone)
	}
}

func TestDefender_findsTheMachinesOfAFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	world := scenario()
	world.Reported.Attachments[0].On = []string{alice, carol}
	if err := s.Seed(world); err != nil {
		t.Fatal(err)
	}
	if got := s.listed("defender.find_file", "hosts", map[string]any{"hash": evilHash}); len(got) != 2 || got[0]["host"] != aliceHost {
		t.Errorf("got %v", got)
	}
	if got := s.listed("defender.find_file", "hosts", map[string]any{"hash": oldHash}); len(got) != 0 {
		t.Errorf("a file that nobody has: got %v", got)
	}
	if got := s.must("defender.scan", map[string]any{"host": aliceHost, "full": true}, "k"); got["started"] != true || got["task_id"] == nil {
		t.Errorf("scan: got %v", got)
	}
}
