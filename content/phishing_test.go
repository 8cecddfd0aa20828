package content_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// world answers what the playbook asks, from a real mail and what is known.
type world struct {
	mail string
	// verdicts are by value; what is not there is unknown. down fails to be looked up.
	verdicts map[string]string
	down     []string
	// half is answered by one source of two.
	half string
	// copies are in the mailboxes; search fails where broken, and finds
	// quarantined copies where lingering.
	copies             int
	broken, lingering  bool
	quarantineFails    int
	quarantined, asked int
}

const (
	phish = `Received: from mx.evil.example (mx.evil.example [203.0.113.66]) by mx.corp.example; Mon, 2 Nov 2026 08:59:00 +0000
Authentication-Results: mx.corp.example; spf=fail smtp.mailfrom=evil.example; dkim=none; dmarc=fail header.from=bank.example
From: "Your bank" <service@bank.example>
To: alice@corp.example
Subject: Your account is locked
Message-ID: <20261102.1@evil.example>
Date: Mon, 2 Nov 2026 08:58:00 +0000
Content-Type: text/html; charset=utf-8

<p>Please <a href="https://login.evil.example/session">unlock your account</a>.</p>
`
	honest = `Received: from mail.partner.example (mail.partner.example [203.0.113.10]) by mx.corp.example; Mon, 2 Nov 2026 08:59:00 +0000
Authentication-Results: mx.corp.example; spf=pass smtp.mailfrom=partner.example; dkim=pass header.d=partner.example; dmarc=pass header.from=partner.example
From: Paula <paula@partner.example>
To: alice@corp.example
Subject: Agenda for Thursday
Message-ID: <20261102.2@partner.example>
Date: Mon, 2 Nov 2026 08:58:00 +0000
Content-Type: text/html; charset=utf-8

<p>The agenda is on <a href="https://www.partner.example/agenda">our page</a>.</p>
`
)

// allGood is what is known about everything in the honest mail.
func allGood() map[string]string {
	return map[string]string{
		"partner.example": "benign", "www.partner.example": "benign", "https://www.partner.example/agenda": "benign", "203.0.113.10": "unknown",
	}
}

// answers says what calls are answered.
func (w *world) answers(t *testing.T) answerer {
	t.Helper()
	return func(c step.Call) (map[string]any, *step.Failure, bool) {
		switch c.Spec.Name {
		case "email.parse":
			m, err := email.Parse(strings.NewReader(w.mail), email.Limits{})
			if err != nil {
				return nil, &step.Failure{Class: "invalid", Text: err.Error()}, true
			}
			return m.Output(), nil, true
		case "intel.lookup":
			return w.lookup(c.With)
		case "msgraph.search":
			return w.search()
		case "msgraph.quarantine":
			if w.quarantineFails > 0 {
				w.quarantineFails--
				return nil, &step.Failure{Class: "denied", Text: "no right to this mailbox"}, true
			}
			w.quarantined++
			return map[string]any{"quarantined_id": c.With["message_id"], "folder": "quarantine"}, nil, true
		}
		return nil, nil, false
	}
}

// lookup says what is known.
func (w *world) lookup(in map[string]any) (map[string]any, *step.Failure, bool) {
	kind, _ := in["type"].(string)
	value, _ := in["value"].(string)
	if slices.Contains(w.down, value) {
		return nil, &step.Failure{Class: "unavailable", Text: "the source is down"}, true
	}
	if kind == "email" {
		return map[string]any{"type": kind, "value": value, "verdict": "unknown", "sources": []any{}, "answered": int64(0), "failed": int64(0)}, nil, true
	}
	verdict := w.verdicts[value]
	if verdict == "" {
		verdict = "unknown"
	}
	said := map[string]any{"connection": "virustotal", "status": "ok", "verdict": verdict}
	out := map[string]any{"type": kind, "value": value, "verdict": verdict, "sources": []any{said}, "answered": int64(1), "failed": int64(0)}
	if value == w.half {
		out["failed"] = int64(1)
	}
	return out, nil, true
}

// search finds the copies, before or after they were moved.
func (w *world) search() (map[string]any, *step.Failure, bool) {
	if w.broken {
		return nil, &step.Failure{Class: "denied", Text: "no right to search"}, true
	}
	list := []any{}
	for i := w.quarantined; i < w.copies; i++ {
		list = append(list, map[string]any{"mailbox": fmt.Sprintf("u%d@corp.example", i), "id": fmt.Sprintf("m%d", i), "folder": "inbox"})
	}
	if w.lingering && w.quarantined > 0 {
		for i := range w.quarantined {
			list = append(list, map[string]any{"mailbox": fmt.Sprintf("u%d@corp.example", i), "id": fmt.Sprintf("m%d", i), "folder": "quarantine"})
		}
	}
	w.asked++
	return map[string]any{"messages": list}, nil, true
}

// phishing runs the playbook in a world.
func phishing(t *testing.T, w *world, r run) *trial {
	t.Helper()
	r.plan, r.answers = shipped(t, "phishing-response"), w.answers(t)
	r.alert = map[string]any{
		"id": "alert", "category": "phishing", "title": "Reported mail", "severity": "medium", "dedup_key": "mail/1",
		"evidence": map[string]any{"email": harrier.DeriveID[harrier.EvidenceID]("mail").String()},
	}
	return drive(t, r)
}

// knowsEvil is a world in which the phish's links are known.
func knowsEvil(copies int) *world {
	return &world{mail: phish, copies: copies, verdicts: map[string]string{
		"login.evil.example": "malicious", "https://login.evil.example/session": "malicious", "203.0.113.66": "malicious",
	}}
}

func TestPhishing_quarantinesEveryCopyAndBlocksAfterApproval(t *testing.T) {
	t.Parallel()
	b := phishing(t, knowsEvil(7), run{decide: map[string]playbook.Decision{"ok": playbook.DecideApprove}})
	want := map[string]any{
		"verdict": "malicious", "contained": true, "copies_found": int64(7), "copies_quarantined": int64(7), "case": int64(7), "reasons": b.outputs()["reasons"],
	}
	if diff := cmp.Diff(want, b.outputs()); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	for action, n := range map[string]int{
		"msgraph.quarantine": 7, "opnsense.block_domain": 1, "opnsense.block_ip": 1, "case.open": 2, "alert.close": 1, "slack.post": 1,
	} {
		if got := b.count(action); got != n {
			t.Errorf("%s was done %d times, want %d: %v", action, got, n, b.effects)
		}
	}
	if len(b.plans) != 1 || len(b.plans[0].Leaves) != 9 {
		t.Errorf("the approval covers %+v, want the 9 effects", b.plans)
	}
	if end := b.m.Ended(); end.Status != harrier.RunSucceeded {
		t.Errorf("the run %s: %s", end.Status, end.Reason)
	}
	reasons := fmt.Sprint(b.outputs()["reasons"])
	if !strings.Contains(reasons, "login[.]evil[.]example is malicious according to virustotal") {
		t.Errorf("the reasons do not name the source and its word: %s", reasons)
	}
}

func TestPhishing_removesNothingWithoutApproval(t *testing.T) {
	t.Parallel()
	for _, d := range []playbook.Decision{playbook.DecideDeny, playbook.DecideExpire} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			b := phishing(t, knowsEvil(3), run{decide: map[string]playbook.Decision{"ok": d}})
			if b.count("msgraph.quarantine")+b.count("opnsense.block_domain")+b.count("opnsense.block_ip") > 0 {
				t.Errorf("after %s it did %v", d, b.effects)
			}
			out := b.outputs()
			if out["verdict"] != "malicious" || out["contained"] != false || out["copies_quarantined"] != int64(0) || out["copies_found"] != int64(3) {
				t.Errorf("after %s the outputs are %v", d, out)
			}
			if b.count("alert.close") != 0 || b.count("alert.update") != 1 || b.count("slack.post") != 1 || b.count("case.open") != 2 {
				t.Errorf("after %s the records are %v", d, b.effects)
			}
		})
	}
}

func TestPhishing_asksNobodyWhereContainIsGiven(t *testing.T) {
	t.Parallel()
	b := phishing(t, knowsEvil(2), run{inputs: map[string]any{"contain": true}})
	if len(b.plans) != 0 || b.count("msgraph.quarantine") != 2 || b.outputs()["contained"] != true {
		t.Errorf("plans %v, effects %v, outputs %v", b.plans, b.effects, b.outputs())
	}
}

func TestPhishing_actsInNoShadowRun(t *testing.T) {
	t.Parallel()
	b := phishing(t, knowsEvil(2), run{mode: harrier.Shadow, inputs: map[string]any{"contain": true}})
	for _, e := range b.effects {
		if !e.withheld {
			t.Errorf("%s was done in a shadow run", e.path)
		}
	}
	if b.count("msgraph.quarantine") != 2 {
		t.Errorf("what it would do: %v", b.effects)
	}
}

func TestPhishing_isBenignOnlyWithProofOfEverything(t *testing.T) {
	t.Parallel()
	b := phishing(t, &world{mail: honest, verdicts: allGood()}, run{})
	if b.outputs()["verdict"] != "benign" || b.count("alert.close") != 1 || b.count("case.close") != 1 || b.count("msgraph.quarantine") != 0 {
		t.Fatalf("the honest mail: %v, %v", b.outputs(), b.effects)
	}
	without := func(value string) map[string]string { v := allGood(); delete(v, value); return v }
	for name, w := range map[string]*world{
		"a link that nobody knows":                      {mail: honest, verdicts: without("https://www.partner.example/agenda")},
		"a sender that nobody knows":                    {mail: honest, verdicts: without("partner.example")},
		"a look-up that failed":                         {mail: honest, verdicts: allGood(), down: []string{"203.0.113.10"}},
		"a look-up of the link that failed":             {mail: honest, verdicts: allGood(), down: []string{"https://www.partner.example/agenda"}},
		"a source that failed beside one that answered": {mail: honest, verdicts: allGood(), half: "www.partner.example"},
		"no authentication":                             {mail: strings.NewReplacer("dmarc=pass", "dmarc=none", "dkim=pass", "dkim=none").Replace(honest), verdicts: allGood()},
		"authentication of another domain":              {mail: strings.NewReplacer("dmarc=pass", "dmarc=none", "header.d=partner.example", "header.d=bulk.example").Replace(honest), verdicts: allGood()},
		"answers that go elsewhere":                     {mail: strings.Replace(honest, "To: alice", "Reply-To: x@elsewhere.example\nTo: alice", 1), verdicts: allGood()},
		"a link that shows something else":              {mail: strings.Replace(honest, ">our page<", ">https://www.bank.example/<", 1), verdicts: allGood()},
		"a suspicious address on the way":               {mail: honest, verdicts: with(allGood(), "203.0.113.10", "suspicious")},
		"only a malicious address on the way":           {mail: honest, verdicts: with(allGood(), "203.0.113.10", "malicious")},
		"a sender where anybody gets in":                {mail: strings.ReplaceAll(honest, "partner.example", "gmail.com"), verdicts: map[string]string{"gmail.com": "benign", "www.gmail.com": "benign", "https://www.gmail.com/agenda": "benign"}},
		"a mail with no word of where it went":          {mail: "Subject: hello\n\nbye\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := phishing(t, w, run{})
			if b.outputs()["verdict"] != "inconclusive" {
				t.Errorf("%s gives %v, want inconclusive", name, b.outputs())
			}
		})
	}
}

// with returns verdicts with one more.
func with(v map[string]string, value, verdict string) map[string]string {
	v[value] = verdict
	return v
}

func TestPhishing_removesNothingWhileNobodyAnswers(t *testing.T) {
	t.Parallel()
	b := phishing(t, &world{mail: phish, copies: 4}, run{})
	out := b.outputs()
	if out["verdict"] != "inconclusive" || out["contained"] != false || b.count("msgraph.quarantine")+b.count("alert.close") != 0 {
		t.Errorf("unanswered: %v, %v", out, b.effects)
	}
	if b.count("case.open") != 2 || b.count("slack.post") != 1 || b.count("alert.update") != 1 {
		t.Errorf("records of an unanswered question: %v", b.effects)
	}
}

func TestPhishing_followsThePersonWhoAnswers(t *testing.T) {
	t.Parallel()
	says := func(verdict string) map[string]map[string]any {
		return map[string]map[string]any{"person": {"verdict": verdict}}
	}
	bad := phishing(t, &world{mail: phish, copies: 4}, run{answer: says("malicious"), decide: map[string]playbook.Decision{"ok": playbook.DecideApprove}})
	if bad.outputs()["verdict"] != "malicious" || bad.count("msgraph.quarantine") != 4 || bad.count("opnsense.block_domain") != 0 {
		t.Errorf("a person says malicious: %v, %v", bad.outputs(), bad.effects)
	}
	good := phishing(t, &world{mail: phish, copies: 4}, run{answer: says("benign")})
	if good.outputs()["verdict"] != "benign" || good.count("msgraph.quarantine") != 0 || good.count("alert.close") != 1 {
		t.Errorf("a person says benign: %v, %v", good.outputs(), good.effects)
	}
}

func TestPhishing_saysWhatIsLeft(t *testing.T) {
	t.Parallel()
	w := knowsEvil(3)
	w.quarantineFails = 1
	b := phishing(t, w, run{inputs: map[string]any{"contain": true}})
	out := b.outputs()
	if out["contained"] != false || out["copies_quarantined"] != int64(2) || b.count("alert.close") != 0 || b.count("alert.update") != 1 {
		t.Errorf("with one copy left: %v, %v", out, b.effects)
	}
}

func TestPhishing_countsACopyInQuarantineAsGone(t *testing.T) {
	t.Parallel()
	w := knowsEvil(3)
	w.lingering = true
	b := phishing(t, w, run{inputs: map[string]any{"contain": true}})
	if out := b.outputs(); out["contained"] != true || w.asked != 2 {
		t.Errorf("a mail system that lists its quarantine: %v after %d searches", out, w.asked)
	}
}

func TestPhishing_searchesBySenderAndSubjectWhereThereIsNoMessageID(t *testing.T) {
	t.Parallel()
	w := knowsEvil(1)
	w.mail = strings.Replace(w.mail, "Message-ID: <20261102.1@evil.example>\n", "", 1)
	b := phishing(t, w, run{inputs: map[string]any{"contain": true}})
	found := false
	for _, c := range b.reads {
		if c.Spec.Name != "msgraph.search" {
			continue
		}
		found = true
		want := map[string]any{"sender": "service@bank.example", "subject": "Your account is locked"}
		given, _ := schema.CheckFields(c.With, c.Spec.Input) // leaves out what is null
		if diff := cmp.Diff(want, given); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.Path, diff)
		}
	}
	if !found {
		t.Error("it did not search")
	}
}

func TestPhishing_endsInACaseEvenWhereAStepFails(t *testing.T) {
	t.Parallel()
	unreadable, broken := &world{}, knowsEvil(1)
	broken.broken = true
	for name, w := range map[string]*world{"a mail that cannot be read": unreadable, "a mail system that refuses": broken} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := phishing(t, w, run{inputs: map[string]any{"contain": true}})
			if b.m.Ended().Status != harrier.RunFailed || b.count("case.open") == 0 || b.count("slack.post") != 1 || b.count("alert.close") != 0 {
				t.Errorf("%s: the run %s, effects %v", name, b.m.Ended().Status, b.effects)
			}
		})
	}
}

func TestPhishing_neverBlocksOurOwnDomainOrAnOpenOne(t *testing.T) {
	t.Parallel()
	w := knowsEvil(1)
	w.mail = strings.Replace(w.mail, "</p>", ` <a href="https://corp.example/x">a</a> <a href="https://gmail.com/x">b</a></p>`, 1)
	w.verdicts["corp.example"], w.verdicts["gmail.com"] = "malicious", "malicious"
	b := phishing(t, w, run{inputs: map[string]any{"contain": true}})
	for _, e := range b.effects {
		if e.action == "opnsense.block_domain" && e.with["domain"] != "login.evil.example" {
			t.Errorf("it blocks %v", e.with)
		}
	}
	if b.count("opnsense.block_domain") != 1 {
		t.Errorf("effects %v", b.effects)
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
		{"something else", map[string]any{"category": "malware", "evidence": map[string]any{"email": "x"}}, false},
	} {
		got, err := plan.Triggers[0].Alert.Eval(t.Context(), vars{"alert": c.alert}, (&trial{}).now)
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

// vars are variables of an expression.
type vars map[string]any

// Lookup implements the scope of expressions.
func (v vars) Lookup(name string) (any, bool) { value, ok := v[name]; return value, ok }
