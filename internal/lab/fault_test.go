package lab_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/lab"
)

// blocked asks the firewall to block an address, and returns what came back
// and how often it was carried out.
func blocked(t *testing.T, b *bench) (reply, int) {
	t.Helper()
	r := b.firewall("POST", "/firewall/alias_util/add/harrier_blocked", map[string]any{"address": "192.0.2.1"})
	return r, b.counts("opnsense")["alias.add harrier_blocked/192.0.2.1 "][0]
}

func TestFault_everyKindDoesWhatItSays(t *testing.T) {
	t.Parallel()
	tests := map[lab.Kind]struct {
		rule     lab.Rule
		status   int // 0: no whole answer came
		executed int
	}{
		lab.Unauthorized:      {lab.Rule{}, 401, 0},
		lab.Forbidden:         {lab.Rule{}, 403, 0},
		lab.Limited:           {lab.Rule{RetryAfter: 1500 * time.Millisecond}, 429, 0},
		lab.Failing:           {lab.Rule{}, 500, 0},
		lab.Unavailable:       {lab.Rule{}, 503, 0},
		lab.Slow:              {lab.Rule{Delay: 5 * time.Millisecond}, 200, 1},
		lab.Truncated:         {lab.Rule{}, 0, 1},
		lab.ExecutedThenError: {lab.Rule{}, 500, 1},
		lab.ExecutedThenReset: {lab.Rule{}, 0, 1},
		lab.ResetBefore:       {lab.Rule{}, 0, 0},
		lab.Duplicate:         {lab.Rule{}, 200, 2},
		lab.Stale:             {lab.Rule{}, 200, 1},
		lab.Drift:             {lab.Rule{From: "status", To: "state"}, 200, 1},
		lab.Empty:             {lab.Rule{}, 200, 0},
		lab.ClockSkew:         {lab.Rule{Skew: time.Hour}, 200, 1},
	}
	for _, kind := range lab.Kinds() {
		test, ok := tests[kind]
		if !ok {
			t.Errorf("no test covers the fault %s", kind)
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := seeded(t)
			test.rule.Kind = kind
			if err := b.Fault("opnsense", test.rule); err != nil {
				t.Fatal(err)
			}
			r, executed := blocked(t, b)
			if test.status == 0 && r.err == nil || test.status != 0 && (r.err != nil || r.status != test.status) {
				t.Errorf("got status %d, err %v; want %d", r.status, r.err, test.status)
			}
			if executed != test.executed {
				t.Errorf("the firewall carried it out %d times, want %d", executed, test.executed)
			}
			calls := b.Calls()
			last := calls[len(calls)-1]
			if last.Fault != kind || last.Executed != (test.executed > 0) {
				t.Errorf("the call is remembered as %+v", last)
			}
			if kind == lab.Limited && r.header.Get("Retry-After") != "2" {
				t.Errorf("Retry-After: got %q, want 2", r.header.Get("Retry-After"))
			}
			if again, _ := blocked(t, b); again.status != 200 {
				t.Errorf("the fault did not end: got %d", again.status)
			}
		})
	}
}

func TestFault_driftRenamesAFieldEverywhere(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	if err := b.Fault("virustotal", lab.Rule{Kind: lab.Drift, From: "category", To: "kind"}); err != nil {
		t.Fatal(err)
	}
	v := b.intel("/domains/good.example").json(t)
	one := at(t, v, "data", "attributes", "last_analysis_results", "Engine 01").(map[string]any)
	if one["category"] != nil || one["kind"] != "harmless" {
		t.Errorf("got %v", one)
	}
}

func TestFault_staleGivesTheAnswerOfTheRequestBefore(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	if err := b.Fault("virustotal", lab.Rule{Kind: lab.Stale, Nth: 2}); err != nil {
		t.Fatal(err)
	}
	b.intel("/domains/good.example")
	if got := at(t, b.intel("/domains/login.evil.example").json(t), "data", "id"); got != "good.example" {
		t.Errorf("got the report on %v, want the one before", got)
	}
}

func TestFault_clockSkewReachesWhatIsDone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	b := start(t, lab.Config{Now: func() time.Time { return now }})
	if err := b.Seed(phishing()); err != nil {
		t.Fatal(err)
	}
	if err := b.Fault("slack", lab.Rule{Kind: lab.ClockSkew, Skew: -time.Hour}); err != nil {
		t.Fatal(err)
	}
	r := b.chat("POST", "chat.postMessage", map[string]any{"channel": "soc", "text": "x"})
	if got, want := r.header.Get("Date"), now.Add(-time.Hour).Format(http.TimeFormat); got != want {
		t.Errorf("Date: got %s, want %s", got, want)
	}
	for _, e := range b.Effects() {
		if e.Vendor == "slack" && !e.First.Equal(now.Add(-time.Hour)) {
			t.Errorf("the effect happened at %v by the vendor's clock, want an hour before %v", e.First, now)
		}
	}
}

func TestFault_countsNthCountMethodAndPath(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	rule := lab.Rule{Kind: lab.Failing, Method: "GET", Path: `^/api/v3/domains/`, Nth: 2, Count: 2}
	if err := b.Fault("virustotal", rule); err != nil {
		t.Fatal(err)
	}
	var got []int
	for range 5 {
		if r := b.intel("/ip_addresses/192.0.2.1"); r.status != 200 {
			t.Errorf("a path that does not match met the fault: %d", r.status)
		}
		got = append(got, b.intel("/domains/good.example").status)
	}
	if diff := cmp.Diff([]int{200, 500, 500, 200, 200}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestFault_chanceIsRepeatable(t *testing.T) {
	t.Parallel()
	statuses := func() (out []int) {
		b := seeded(t)
		if err := b.Fault("virustotal", lab.Rule{Kind: lab.Failing, Probability: 0.5}); err != nil {
			t.Fatal(err)
		}
		for range 24 {
			out = append(out, b.intel("/domains/good.example").status)
		}
		return out
	}
	first, second := statuses(), statuses()
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the same seed gave other chances (-first +second):\n%s", diff)
	}
	seen := map[int]bool{}
	for _, s := range first {
		seen[s] = true
	}
	if !seen[200] || !seen[500] {
		t.Errorf("with probability 0.5: got %v, want both", first)
	}
}

func TestFault_refusesRulesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for name, rule := range map[string]lab.Rule{
		"unknown kind": {Kind: "x"}, "drift of nothing": {Kind: lab.Drift}, "bad path": {Kind: lab.Failing, Path: "("},
		"bad probability": {Kind: lab.Failing, Probability: 2}, "bad count": {Kind: lab.Failing, Count: -2},
	} {
		if err := b.Fault("slack", rule); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
	if err := b.Fault("none", lab.Rule{Kind: lab.Failing}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("unknown vendor: got %v, want invalid", err)
	}
}

func TestFault_errorsHaveTheVendorsShape(t *testing.T) {
	t.Parallel()
	for _, kind := range []lab.Kind{lab.Unauthorized, lab.Forbidden, lab.Limited, lab.Failing, lab.Unavailable} {
		b := seeded(t)
		for _, vendor := range b.Vendors() {
			if err := b.Fault(vendor, lab.Rule{Kind: kind}); err != nil {
				t.Fatal(err)
			}
		}
		token := b.grant(nil).json(t)
		if token["error"] == nil || token["error_description"] == nil {
			t.Errorf("%s: entra answered %v", kind, token)
		}
		if v := b.graph("GET", "/users", nil).json(t); at(t, v, "error", "code") == "" || at(t, v, "error", "innerError", "request-id") == "" {
			t.Errorf("%s: graph answered %v", kind, v)
		}
		if v := b.intel("/domains/good.example").json(t); at(t, v, "error", "code") == "" {
			t.Errorf("%s: virustotal answered %v", kind, v)
		}
		if v := b.firewall("POST", "/firewall/alias_util/list/x", nil).json(t); v["message"] == nil && v["errorMessage"] == nil {
			t.Errorf("%s: opnsense answered %v", kind, v)
		}
		if v := b.chat("POST", "auth.test", nil).json(t); v["ok"] != false || v["error"] == "" {
			t.Errorf("%s: slack answered %v", kind, v)
		}
	}
}
