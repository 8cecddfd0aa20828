package connectors_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

func TestConnectors_everyCheckSucceeds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, c := range s.connectors {
		if _, known := s.envs[name]; !known {
			continue // no product of the lab: tests of who calls it have servers of their own
		}
		m := c.Manifest()
		if _, err := s.do(name+"."+m.Check, m.CheckWith, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVirustotal_verdictsFollowTheScanners(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, c := range []struct {
		action string
		input  map[string]any
		want   string
	}{
		{"lookup_url", map[string]any{"url": evilLink}, "malicious"},
		{"lookup_url", map[string]any{"url": "https://unseen.example/?q=ü"}, "unknown"},
		{"lookup_domain", map[string]any{"domain": "login.evil.example"}, "malicious"},
		{"lookup_domain", map[string]any{"domain": "mailer.evil.example"}, "suspicious"},
		{"lookup_domain", map[string]any{"domain": "good.example"}, "benign"},
		{"lookup_domain", map[string]any{"domain": "unseen.example"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "203.0.113.9"}, "suspicious"},
		{"lookup_ip", map[string]any{"ip": "198.51.100.1"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "2001:db8::1"}, "unknown"},
		{"lookup_file", map[string]any{"hash": evilHash}, "malicious"},
		{"lookup_file", map[string]any{"hash": "d41d8cd98f00b204e9800998ecf8427e"}, "unknown"},
	} {
		got := s.must("virustotal."+c.action, c.input, "")
		if got["verdict"] != c.want {
			t.Errorf("%s %v: got %v, want %s", c.action, c.input, got, c.want)
		}
		if c.want == "malicious" && (got["reports"] != int64(14) || got["link"] == nil || got["last_seen"] == nil) {
			t.Errorf("%s %v: got %v, want what it rests on too", c.action, c.input, got)
		}
	}
}

func TestVirustotal_ignoresAnAnalysisThatIsTooOld(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.distrust("virustotal", lab.Rule{Kind: lab.Drift, From: "none", To: "none"})
	input := map[string]any{"domain": "login.evil.example", "max_age_days": int64(1)}
	if got := s.must("virustotal.lookup_domain", input, ""); got["verdict"] != "malicious" {
		t.Errorf("two hours old: got %v, want malicious", got["verdict"])
	}
	now := s.envs["virustotal"].Now()
	s.envs["virustotal"].Now = func() time.Time { return now.AddDate(0, 0, 3) }
	if got := s.must("virustotal.lookup_domain", input, ""); got["verdict"] != "unknown" {
		t.Errorf("three days old: got %v, want unknown", got["verdict"])
	}
}

func TestVirustotal_aQuotaThatIsUsedUpIsLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.distrust("virustotal", lab.Rule{Kind: lab.Limited, RetryAfter: 60e9})
	if _, err := s.do("virustotal.lookup_ip", map[string]any{"ip": "192.0.2.1"}, ""); err == nil || err.Class != connector.Limited || err.After != 60e9 {
		t.Errorf("got %+v, want limited for a minute", err)
	}
	s.distrust("virustotal", lab.Rule{Kind: lab.Drift, From: "last_analysis_stats", To: "stats"})
	if _, err := s.do("virustotal.lookup_ip", map[string]any{"ip": "192.0.2.1"}, ""); err == nil || err.Class != connector.Drift {
		t.Errorf("another shape: got %+v, want drift, never a verdict", err)
	}
}

func TestOPNsense_blocksAnAddressAndUndoesIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, ip := range []string{"192.0.2.1", "2001:db8::1"} {
		input := map[string]any{"ip": ip}
		out := s.must("opnsense.block_ip", input, "k")
		if out["blocked"] != true || out["already"] != false || !s.probe("opnsense.block_ip", input, "k") {
			t.Errorf("block %s: got %v", ip, out)
		}
		if again := s.must("opnsense.block_ip", input, "k"); again["already"] != true {
			t.Errorf("block %s again: got %v, want already", ip, again)
		}
	}
	if got := s.must("opnsense.list_blocked", nil, ""); !cmp.Equal(got["addresses"], []any{"192.0.2.1", "2001:db8::1"}) {
		t.Errorf("list: got %v", got)
	}
	for _, ip := range []string{"192.0.2.1", "2001:db8::1"} {
		if out := s.undo("opnsense.block_ip", map[string]any{"ip": ip}, nil); out["blocked"] != false {
			t.Errorf("undo: got %v", out)
		}
		if s.probe("opnsense.block_ip", map[string]any{"ip": ip}, "k") || !s.probe("opnsense.unblock_ip", map[string]any{"ip": ip}, "k") {
			t.Errorf("%s is still blocked: %v", ip, s.Blocked("harrier_blocked"))
		}
	}
}

func TestOPNsense_unblockingTwiceIsOneEffect(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.must("opnsense.block_ip", map[string]any{"ip": "192.0.2.1"}, "k")
	for range 2 {
		s.must("opnsense.unblock_ip", map[string]any{"ip": "192.0.2.1"}, "k")
	}
	for _, e := range s.Effects() {
		if e.Action == "alias.delete" && (e.Count != 2 || e.Changed != 1) {
			t.Errorf("got %+v", e)
		}
	}
}

func TestOPNsense_anUnknownBlockIsSettledByItsProbe(t *testing.T) {
	t.Parallel()
	for kind, happened := range map[lab.Kind]bool{lab.ExecutedThenReset: true, lab.ExecutedThenError: true, lab.Drift: true, lab.ResetBefore: false, lab.Empty: false} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.distrust("opnsense", lab.Rule{Kind: kind, Path: "alias_util/add", From: "status", To: "state"})
			input := map[string]any{"ip": "192.0.2.1"}
			if out, err := s.do("opnsense.block_ip", input, "k"); err == nil || err.Class != connector.Unknown {
				t.Fatalf("got %v, %v; want unknown", out, err)
			}
			if got := s.probe("opnsense.block_ip", input, "k"); got != happened {
				t.Errorf("the probe says %v, the world %v", got, happened)
			}
		})
	}
}

func TestOPNsense_sinkholesADomainAndUndoesIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	input := map[string]any{"domain": "login.evil.example", "comment": "case 7"}
	out := s.must("opnsense.block_domain", input, "k")
	if out["blocked"] != true || !slices.Contains(s.Sinkholed(), "*.login.evil.example") {
		t.Fatalf("got %v, sinkholed %v", out, s.Sinkholed())
	}
	found := s.must("opnsense.find_domain", map[string]any{"domain": "login.evil.example"}, "")
	if found["blocked"] != true || found["entry_id"] != out["entry_id"] {
		t.Errorf("find: got %v, want %v", found, out["entry_id"])
	}
	if other := s.must("opnsense.find_domain", map[string]any{"domain": "evil.example"}, ""); other["blocked"] != false || other["entry_id"] != nil {
		t.Errorf("another domain: got %v", other)
	}
	s.undo("opnsense.block_domain", input, out)
	if len(s.Sinkholed()) != 0 || s.probe("opnsense.block_domain", input, "k") {
		t.Errorf("still sinkholed: %v", s.Sinkholed())
	}
}

// Whoever takes something back by the ledger knows the domain, not the entry.
func TestOPNsense_findsTheEntryOfADomainItself(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, domain := range []string{"login.evil.example", "other.evil.example"} {
		s.must("opnsense.block_domain", map[string]any{"domain": domain, "comment": "case 7"}, domain)
	}
	only := map[string]any{"domain": "login.evil.example"}
	if out := s.must("opnsense.unblock_domain", only, "k"); out["blocked"] != false || !slices.Equal(s.Sinkholed(), []string{"*.other.evil.example"}) {
		t.Errorf("got %v, sinkholed %v", out, s.Sinkholed())
	}
	if _, err := s.do("opnsense.unblock_domain", only, "k2"); err == nil || err.Class != connector.Invalid {
		t.Errorf("where there is no entry: got %v, want invalid", err)
	}
}

func TestOPNsense_aBlockWhoseAnswerWasLostIsAddedOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []lab.Kind{lab.ExecutedThenReset, lab.ExecutedThenError, lab.Truncated, lab.Drift} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.distrust("opnsense", lab.Rule{Kind: kind, Path: "add_host_override", From: "uuid", To: "id"})
			input := map[string]any{"domain": "login.evil.example"}
			if out, err := s.do("opnsense.block_domain", input, "k"); err == nil || err.Class != connector.Unknown {
				t.Fatalf("got %v, %v; want unknown", out, err)
			}
			if s.probe("opnsense.block_domain", input, "k") {
				t.Error("the probe says that it is in force before it was loaded")
			}
			out := s.must("opnsense.block_domain", input, "k")
			if got := s.Sinkholed(); !cmp.Equal(got, []string{"*.login.evil.example"}) {
				t.Errorf("in force: %v", got)
			}
			for _, e := range s.Effects() {
				if e.Action == "host_override.add" && e.Count != 1 {
					t.Errorf("got %+v, want one", e)
				}
			}
			if found := s.must("opnsense.find_domain", input, ""); out["entry_id"] == nil || found["entry_id"] != out["entry_id"] {
				t.Errorf("the entry is %v, want %v", out["entry_id"], found["entry_id"])
			}
		})
	}
}

func TestOPNsense_leavesAnOverrideOfOthersAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	theirs := s.must("opnsense.block_domain", map[string]any{"domain": "login.evil.example", "comment": "ours for years"}, "k")
	ours := s.must("opnsense.block_domain", map[string]any{"domain": "login.evil.example", "comment": "case 7"}, "l")
	if ours["entry_id"] == theirs["entry_id"] {
		t.Fatalf("the entry of somebody else, %v, is taken for ours", theirs["entry_id"])
	}
	s.undo("opnsense.block_domain", map[string]any{"domain": "login.evil.example"}, ours)
	if got := s.Sinkholed(); !cmp.Equal(got, []string{"*.login.evil.example"}) {
		t.Errorf("after the undo %v is in force", got)
	}
}

func TestOPNsense_aFirewallThatRefusesIsInvalid(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.envs["opnsense"].Settings["alias"] = "none"
	_, err := s.do("opnsense.block_ip", map[string]any{"ip": "192.0.2.1"}, "k")
	if err == nil || err.Class != connector.Invalid || err.Text == "" {
		t.Fatalf("an alias that does not exist: got %v, want invalid", err)
	}
}

func TestSlack_postsOnceThoughTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	for kind, happened := range map[lab.Kind]bool{lab.ExecutedThenReset: true, lab.ExecutedThenError: true, lab.ResetBefore: false, lab.Empty: false, lab.Failing: false} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			input := map[string]any{"channel": "C0LAB0001", "text": "Case 7 <opened> & more"}
			parent := s.must("slack.post", input, "k0")
			input["thread"] = parent["message_id"]
			s.distrust("slack", lab.Rule{Kind: kind, Path: "postMessage"})
			if out, err := s.do("slack.post", input, "k1"); err == nil || err.Class != connector.Unknown {
				t.Fatalf("got %v, %v; want unknown", out, err)
			}
			if got := s.probe("slack.post", input, "k1"); got != happened {
				t.Errorf("the probe says %v, the world %v", got, happened)
			}
			if s.probe("slack.post", input, "k2") {
				t.Error("the probe takes the message of another effect for its own")
			}
		})
	}
}

func TestSlack_looksThroughMoreThanOnePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	input := map[string]any{"channel": "C0LAB0001", "text": "first"}
	s.must("slack.post", input, "k1")
	for range 205 {
		s.must("slack.post", map[string]any{"channel": "soc", "text": "later"}, "k2")
	}
	if !s.probe("slack.post", input, "k1") {
		t.Error("a message on the second page was not found")
	}
}

func TestSlack_refusalsWith200HaveTheirClass(t *testing.T) {
	t.Parallel()
	for kind, class := range map[lab.Kind]connector.Class{lab.Unauthorized: connector.Denied, lab.Forbidden: connector.Denied, lab.Limited: connector.Limited} {
		s := newSite(t)
		s.distrust("slack", lab.Rule{Kind: kind, RetryAfter: 3e9})
		_, err := s.do("slack.post", map[string]any{"channel": "soc", "text": "x"}, "k")
		if err == nil || err.Class != class {
			t.Errorf("%s: got %v, want %s", kind, err, class)
		}
		if class == connector.Limited && err.After != 3e9 {
			t.Errorf("Retry-After: got %v, want 3s", err.After)
		}
	}
	s := newSite(t)
	if _, err := s.do("slack.post", map[string]any{"channel": "none", "text": "x"}, "k"); err == nil || err.Class != connector.NotFound {
		t.Errorf("a channel that does not exist: got %v, want not_found", err)
	}
}
