package content_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/playbook"
)

// honest is the case of phishing-response in which everything proves a mail
// to be honest.
func honest(t *testing.T) (*playbook.TestFile, playbook.TestCase) {
	t.Helper()
	file := testsOf(t, "phishing-response")
	for _, c := range file.Cases {
		if c.Expect.Outputs["verdict"] == "benign" && len(c.Answers) == 0 && strings.Contains(c.Name, "everything proves") {
			return file, c
		}
	}
	t.Fatal("phishing-response has no case of a mail that is proven to be honest")
	return nil, playbook.TestCase{}
}

// proof is one thing that an honest mail loses, and what it is then.
type proof struct {
	name string
	// old in the mail becomes new; the mail stays as it is where both are empty.
	old, new string
	// stubs answer before those of the case.
	stubs []playbook.Stub
}

// says is a look-up of the link of the honest mail, or of another observable,
// at one source.
func says(kind, value, verdict, status string) playbook.Stub {
	answered, failed := int64(1), int64(0)
	if status == "failed" {
		answered, failed = 0, 1
	}
	return playbook.Stub{Match: `enrich/intel["` + kind + "/" + value + `"]`, Answers: []playbook.StubAnswer{{Output: map[string]any{
		"type": kind, "value": value, "verdict": verdict, "answered": answered, "failed": failed,
		"sources": []any{map[string]any{"connection": "virustotal", "status": status, "verdict": verdict, "provider": "virustotal", "reliability": "B"}},
	}}}}
}

// fails is a call that fails.
func fails(match string) playbook.Stub {
	return playbook.Stub{Match: match, Answers: []playbook.StubAnswer{{Class: "unavailable"}}}
}

func TestPhishing_isBenignOnlyWithEveryProof(t *testing.T) {
	t.Parallel()
	const link = "https://www.supplier.example/orders"
	file, base := honest(t)
	evidence, _ := base.Alert["evidence"].(map[string]any)
	mail, _ := evidence["email"].(string)
	for _, p := range []proof{
		{
			name: "a link to elsewhere that nobody knows", old: link, new: "https://www.elsewhere.example/orders",
			stubs: []playbook.Stub{says("url", "https://www.elsewhere.example/orders", "unknown", "ok"), says("domain", "www.elsewhere.example", "unknown", "ok")},
		},
		{name: "a look-up of the link that failed", stubs: []playbook.Stub{fails(`enrich/intel["url/` + link + `"]`)}},
		{name: "a source that failed", stubs: []playbook.Stub{says("url", link, "unknown", "failed")}},
		{name: "a look-up of the sender that failed", stubs: []playbook.Stub{fails(`enrich/intel["domain/supplier.example"]`)}},
		{name: "a suspicious address on the way", stubs: []playbook.Stub{says("ip", "203.0.113.77", "suspicious", "ok")}},
		{name: "only a malicious address on the way", stubs: []playbook.Stub{says("ip", "203.0.113.77", "malicious", "ok")}},
		{name: "no authentication", old: "spf=pass smtp.mailfrom=x@supplier.example; dkim=pass header.d=supplier.example; dmarc=pass", new: "spf=none; dkim=none; dmarc=none"},
		{name: "authentication of another domain", old: "dkim=pass header.d=supplier.example; dmarc=pass", new: "dkim=pass header.d=bulk.example; dmarc=fail"},
		{name: "authentication by a server that is not ours", old: "Authentication-Results: mx.corp.example", new: "Authentication-Results: mx.elsewhere.example"},
		{name: "answers that go elsewhere", old: "To: \"Nora", new: "Reply-To: x@elsewhere.example\nTo: \"Nora"},
		{name: "a link that shows something else", old: "text/plain; charset=utf-8\n\nThe new date is on our page: " + link, new: "text/html; charset=utf-8\n\n<a href=" + link + ">https://www.bank.example/</a>"},
		{name: "a sender whom nobody knows", old: "supplier.example", new: "stranger.example"},
		{name: "a sender where anybody gets an address", old: "supplier.example", new: "gmail.com"},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			c := base
			c.Expect = playbook.Expect{Status: "succeeded", Outputs: map[string]any{"verdict": "inconclusive", "contained": false}}
			c.Evidence = maps.Clone(base.Evidence)
			if p.old != "" && !strings.Contains(c.Evidence[mail], p.old) {
				t.Fatalf("the mail has no %q", p.old)
			}
			c.Evidence[mail] = strings.ReplaceAll(c.Evidence[mail], p.old, p.new)
			c.Stubs = append(append(p.stubs, fails("look")), base.Stubs...)
			one := *file
			one.Cases = []playbook.TestCase{c}
			for _, r := range rehearse(t, "phishing-response", &one).Cases {
				if !r.OK {
					t.Errorf("%s leaves it\n%s", p.name, strings.Join(r.Failures, "\n"))
				}
			}
		})
	}
}

func TestPhishing_triggersOnReportedMailsOnly(t *testing.T) {
	t.Parallel()
	plan := shipped(t, "phishing-response")
	for _, c := range []struct {
		name  string
		alert map[string]any
		want  bool
	}{
		{"a reported mail", map[string]any{"category": "phishing", "evidence": map[string]any{"email": "x"}}, true},
		{"without the mail", map[string]any{"category": "phishing", "evidence": map[string]any{}}, false},
		{"without evidence", map[string]any{"category": "phishing"}, false},
		{"something else", map[string]any{"category": "malware", "evidence": map[string]any{"email": "x"}}, false},
	} {
		got, err := plan.Triggers[0].Alert.Eval(t.Context(), vars{"alert": c.alert}, time.Time{})
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

// vars are variables of an expression.
type vars map[string]any

// Lookup implements the scope of expressions.
func (v vars) Lookup(name string) (any, bool) { value, ok := v[name]; return value, ok }
