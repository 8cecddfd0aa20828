package connectors_test

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

// pageInputs are arguments for what wakes people: one page is open.
func (p *prepared) pageInputs() map[string]map[string]any {
	return map[string]map[string]any{
		"check": {}, "page": {"title": "Beacon to evil.example", "dedup_key": "ntf-1", "details": "One.\nTwo."},
		"resolve": {"dedup_key": "before"}, "status": {"dedup_key": "before"},
	}
}

// pagers are the connectors that page, and those that tell what became of it.
func pagers() map[string]string {
	return map[string]string{"pagerduty": "pagerduty_incidents", "opsgenie": "opsgenie", "pagehook": "pagehook"}
}

func TestPagers_wakeOnceForAKeyUntilItIsResolved(t *testing.T) {
	t.Parallel()
	for product, teller := range pagers() {
		s := newSite(t)
		page := map[string]any{"title": strings.Repeat("x", 2000) + "\nsecond line", "dedup_key": "ntf-1", "severity": "error", "details": "What happened."}
		status := func() map[string]any {
			return s.must(teller+".status", map[string]any{"dedup_key": "ntf-1"}, "")
		}
		if got := status(); got["status"] != "unknown" {
			t.Errorf("%s: before it was sent it is %v", product, got)
		}
		for range 2 { // the second time is what a crash leaves to repeat
			if out := s.must(product+".page", page, "k"); out["dedup_key"] != "ntf-1" {
				t.Errorf("%s: %v", product, out)
			}
		}
		if all := s.Pages(product); len(all) != 1 || all[0].Count != 2 || all[0].Details != "What happened." || status()["status"] != "open" {
			t.Errorf("%s: the pager has %+v", product, all)
		}
		if err := s.TakePage(product, "ntf-1", "Kim"); err != nil {
			t.Fatal(err)
		}
		if got := status(); got["status"] != "acknowledged" || got["by"] != "Kim" {
			t.Errorf("%s: once taken it is %v", product, got)
		}
		for range 2 {
			if out := s.must(product+".resolve", map[string]any{"dedup_key": "ntf-1"}, "r"); out["resolved"] != true {
				t.Errorf("%s: %v", product, out)
			}
		}
		if got := status(); got["status"] != "resolved" {
			t.Errorf("%s: once resolved it is %v", product, got)
		}
		s.must(product+".page", page, "k2")
		if all := s.Pages(product); all[0].Status != "open" || status()["status"] != "open" {
			t.Errorf("%s: what comes after it was resolved wakes nobody: %+v", product, all)
		}
	}
}

func TestPagers_sayWhatTheyRefuse(t *testing.T) {
	t.Parallel()
	for product := range pagers() {
		s := newSite(t)
		s.distrust(product, lab.Rule{Kind: lab.Limited, RetryAfter: 60e9})
		page := map[string]any{"title": "x", "dedup_key": "k"}
		if _, err := s.do(product+".page", page, "k"); err == nil || err.Class != connector.Limited || err.After != 60e9 {
			t.Errorf("%s: got %+v, want limited for a minute", product, err)
		}
		s.distrust(product, lab.Rule{Kind: lab.ExecutedThenReset})
		if _, err := s.do(product+".page", page, "k"); err == nil || err.Class != connector.Unknown {
			t.Errorf("%s: got %+v, want unknown", product, err)
		}
		if all := s.Pages(product); len(all) != 1 {
			t.Errorf("%s: the pager has %+v", product, all)
		}
	}
}

func TestPagehook_whoCannotTellIsUnknown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.envs["pagehook"].Settings["hook"] = "elsewhere"
	s.envs["pagehook"].HTTP.(*door).lying.Store("pagehook", true)
	if got := s.must("pagehook.status", map[string]any{"dedup_key": "k"}, ""); got["status"] != "unknown" {
		t.Errorf("got %v", got)
	}
}
