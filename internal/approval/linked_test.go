package approval_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/step"
)

// team is who is there at this time.
type team map[harrier.PrincipalID]harrier.Principal

func (t team) Principal(_ context.Context, _ harrier.TenantID, id harrier.PrincipalID) (harrier.Principal, error) {
	if p, ok := t[id]; ok {
		return p, nil
	}
	return harrier.Principal{}, harrier.Errorf(harrier.Denied, "nobody is known under this link any more")
}

// used is how a link is used up in these tests.
func used(count *int, err error) links.Use {
	return func(context.Context, harrier.Tx) error { *count++; return err }
}

func undoable() step.Plan { return step.Plan{Path: "ok", Playbook: "p", Leaves: plan().Leaves[:2]} }

// APR-01, APR-02: a link shows exactly what would be done and lets the person
// decide whose it is, as they are at this time.
func TestLinked_showsAndTakesADecision(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{FourEyes: true})
	alice := person("alice", "responder")
	a := o.ask(harrier.PlanApproval, undoable(), func(a *harrier.Approval) { a.Assign, a.Message = "role:responder", "It is bad." })
	present := team{alice.ID: alice}
	purpose := o.Linked(present)
	l := approval.LinkTo(a, alice, "chat", o.clock.Now())
	p, err := purpose.Show(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	want := []links.Fact{
		{Label: "Why", Lines: []string{"It is bad."}},
		{Label: "What would be done, exactly", Lines: []string{
			"msgraph.quarantine on alice@corp.example, at mail (https://mail.example): contain, reversible by restore",
			"msgraph.quarantine on bob@corp.example, at mail (https://mail.example): contain, reversible by restore",
		}},
		{Label: "Until", Lines: []string{"2026-11-02 10:00 UTC, in 60 minutes; without a decision nothing is done"}},
	}
	if diff := cmp.Diff(want, p.Facts); diff != "" || len(p.Choices) != 2 {
		t.Errorf("page (-want +got):\n%s%v", diff, p.Choices)
	}
	if len(o.said()) != 0 {
		t.Fatalf("to look at it told the run %v", o.said())
	}
	count := 0
	if _, err := purpose.Take(t.Context(), l, links.Given{Choice: "approve"}, used(&count, errors.New("used up"))); err == nil || len(o.said()) != 0 || len(o.audits(a.ID)) != 0 {
		t.Errorf("a link that was used up decided: %v, %v", err, o.said())
	}
	told, err := purpose.Take(t.Context(), l, links.Given{Choice: "approve", Values: map[string]string{"comment": "go"}}, used(&count, nil))
	if err != nil || told != "It is approved." || count != 2 {
		t.Fatalf("%q, %v, used %d times", told, err, count)
	}
	votes, err := o.store.Votes(t.Context(), a.Tenant, a.ID)
	if err != nil || len(votes) != 1 || votes[0].Via != "link" || votes[0].Principal != alice.ID || votes[0].Comment != "go" {
		t.Errorf("votes %+v, %v", votes, err)
	}
}

// APR-02, APR-05: a link gives nobody more than they have.
func TestLinked_refuses(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{FourEyes: true})
	alice, mallory := person("alice", "responder"), person("mallory", "responder")
	demoted := person("dora")
	present := team{alice.ID: alice, mallory.ID: mallory, demoted.ID: demoted, harrier.LocalOperator: harrier.Operator()}
	purpose := o.Linked(present)
	asked := func(body any, kind harrier.ApprovalKind) harrier.Approval {
		return o.ask(kind, body, func(a *harrier.Approval) { a.Assign, a.RequestedBy = "role:responder", mallory.ID })
	}
	soft, hard := asked(undoable(), harrier.PlanApproval), asked(plan(), harrier.PlanApproval)
	changed := approval.LinkTo(soft, alice, "chat", o.clock.Now())
	changed.Seen = "sha256:other"
	for name, c := range map[string]struct {
		l      links.Link
		choice string
		want   harrier.Kind
	}{
		"whoever started it":       {approval.LinkTo(soft, mallory, "chat", o.clock.Now()), "approve", harrier.Denied},
		"who has lost the role":    {approval.LinkTo(soft, demoted, "chat", o.clock.Now()), "approve", harrier.Denied},
		"who has left":             {approval.LinkTo(soft, person("gone", "responder"), "chat", o.clock.Now()), "approve", harrier.Denied},
		"somebody outside":         {approval.LinkTo(soft, approval.Outside(soft.Tenant, "role:responder"), "chat", o.clock.Now()), "approve", harrier.Denied},
		"what cannot be undone":    {approval.LinkTo(hard, alice, "chat", o.clock.Now()), "approve", harrier.Denied},
		"the operator, the same":   {approval.LinkTo(hard, harrier.Operator(), "chat", o.clock.Now()), "approve", harrier.Denied},
		"another state":            {changed, "approve", harrier.Conflict},
		"an answer to a yes or no": {approval.LinkTo(soft, alice, "chat", o.clock.Now()), "answer", harrier.Invalid},
		"nothing that is a choice": {approval.LinkTo(soft, alice, "chat", o.clock.Now()), "maybe", harrier.Invalid},
	} {
		count := 0
		if _, err := purpose.Take(t.Context(), c.l, links.Given{Choice: c.choice}, used(&count, nil)); err == nil || harrier.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(o.said()) != 0 {
		t.Errorf("the run heard %v", o.said())
	}
	p, err := purpose.Show(t.Context(), approval.LinkTo(hard, alice, "chat", o.clock.Now()))
	if err != nil || len(p.Choices) != 1 || p.Choices[0].Value != "deny" || !strings.Contains(p.Note, "log in") {
		t.Errorf("what cannot be undone shows %+v, %v", p, err)
	}
	count := 0
	if _, err := purpose.Take(t.Context(), approval.LinkTo(hard, alice, "chat", o.clock.Now()), links.Given{Choice: "deny"}, used(&count, nil)); err != nil {
		t.Errorf("a no by link: %v", err)
	}
}

// A person outside the team answers the question that names them, and nothing else.
func TestLinked_asksAPersonOutside(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	purpose := o.Linked(team{})
	nora := approval.Outside(harrier.DefaultTenant, "nora@corp.example")
	a := o.ask(harrier.FormQuestion, form(), func(a *harrier.Approval) { a.Assign = "nora@corp.example" })
	other := o.ask(harrier.FormQuestion, form(), func(a *harrier.Approval) { a.Assign = "bob@corp.example" })
	anybody := o.ask(harrier.FormQuestion, form(), nil)
	count := 0
	for _, q := range []harrier.Approval{other, anybody} {
		if _, err := purpose.Take(t.Context(), approval.LinkTo(q, nora, "chat", o.clock.Now()), links.Given{Choice: "answer", Values: map[string]string{"verdict": "benign"}}, used(&count, nil)); harrier.KindOf(err) != harrier.Denied || err == nil {
			t.Errorf("nora answers for %q: %v", q.Assign, err)
		}
	}
	l := approval.LinkTo(a, nora, "chat", o.clock.Now())
	p, err := purpose.Show(t.Context(), l)
	if err != nil || len(p.Fields) != 3 || p.Fields[0].Kind != "choice" || p.Fields[1].Kind != "number" || p.Fields[1].Value != "3" {
		t.Fatalf("%+v, %v", p.Fields, err)
	}
	for _, values := range []map[string]string{{}, {"verdict": "perhaps"}, {"verdict": "benign", "copies": "many"}, {"verdict": "benign", "by": "me"}} {
		if _, err := purpose.Take(t.Context(), l, links.Given{Choice: "answer", Values: values}, used(&count, nil)); harrier.KindOf(err) != harrier.Invalid || err == nil {
			t.Errorf("%v: %v", values, err)
		}
	}
	if _, err := purpose.Take(t.Context(), l, links.Given{Choice: "answer", Values: map[string]string{"verdict": "benign", "copies": "2", "note": " me "}}, used(&count, nil)); err != nil {
		t.Fatal(err)
	}
	got := o.said()[0]
	if diff := cmp.Diff(map[string]any{"verdict": "benign", "copies": 2.0, "note": "me"}, got.Answer); diff != "" || got.By != "nora@corp.example" {
		t.Errorf("by %s (-want +got):\n%s", got.By, diff)
	}
	if end := approval.LinkTo(a, nora, "mail", o.clock.Now()).ExpiresAt; !end.Equal(a.ExpiresAt) {
		t.Errorf("the link ends at %s, the question at %s", end, a.ExpiresAt)
	}
	if end := approval.LinkTo(harrier.Approval{}, nora, "mail", o.clock.Now()).ExpiresAt; end.Sub(o.clock.Now()) > 7*24*time.Hour {
		t.Errorf("a link without end: %s", end)
	}
}
