package approval_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/step"
)

// yes approves as somebody.
func (o *office) yes(by harrier.Principal, a harrier.Approval) (harrier.Approval, error) {
	o.t.Helper()
	return o.Decide(o.t.Context(), by, a.ID, approval.Decision{Approve: true, Hash: a.Hash})
}

// APR-05: whoever asked for it does not decide on it, by whatever account,
// name, key, role or group they come, and however it is assigned or escalated.
func TestDecide_isNeverByWhoeverAsked(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{FourEyes: true})
	asker := person("mallory", "responder", "lead", "admin")
	asker.Groups = []string{"soc", "night"}
	guises := map[string]func(p *harrier.Principal){
		"as they are": func(*harrier.Principal) {},
		"renamed":     func(p *harrier.Principal) { p.Name = "alice" },
		"by a key":    func(p *harrier.Principal) { p.ID, p.Person = harrier.DeriveID[harrier.PrincipalID]("key"), p.ID },
		"by a second key": func(p *harrier.Principal) {
			p.ID, p.Person, p.Name = harrier.NewID[harrier.PrincipalID](o.clock.Now()), p.ID, "ci"
		},
		"in other groups": func(p *harrier.Principal) { p.Groups, p.Roles = []string{"soc"}, []string{"responder"} },
	}
	for _, assign := range []string{"", "role:responder", "group:soc", "user:mallory", "user:" + asker.ID.String(), "user:alice"} {
		for _, also := range [][]string{nil, {"group:night"}, {"role:lead", "user:alice"}} {
			for name, guise := range guises {
				for _, need := range []int{1, 3} {
					a := o.ask(harrier.PlanApproval, plan(), func(a *harrier.Approval) {
						a.Assign, a.Also, a.Need, a.RequestedBy = assign, also, need, asker.Self()
					})
					by := asker
					guise(&by)
					if _, err := o.yes(by, a); harrier.KindOf(err) != harrier.Denied || err == nil {
						t.Fatalf("for %q and %v, %s, %d needed: %v", assign, also, name, need, err)
					}
				}
			}
		}
	}
	if len(o.said()) != 0 {
		t.Errorf("the run heard %v", o.said())
	}
}

// APR-05: a person with two keys is one of the people who have to agree, not two.
func TestDecide_countsAPersonOnceWhateverTheyComeWith(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	a := o.ask(harrier.PlanApproval, plan(), func(a *harrier.Approval) { a.Need = 2 })
	alice, key := person("alice"), person("alice's key")
	key.Person = alice.ID
	if _, err := o.yes(alice, a); err != nil {
		t.Fatal(err)
	}
	_, err := o.yes(key, a)
	kindOf(t, err, harrier.Conflict)
	if got, err := o.yes(person("bob"), a); err != nil || got.Status != harrier.ApprovalApproved {
		t.Errorf("%+v, %v", got, err)
	}
}

// APR-04: a vote can be taken back while others have to agree still, and not after.
func TestWithdraw_takesAVoteBackWhileItIsPending(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	a := o.ask(harrier.PlanApproval, plan(), func(a *harrier.Approval) { a.Need = 2 })
	alice, bob := person("alice"), person("bob")
	_, err := o.Withdraw(t.Context(), alice, a.ID)
	kindOf(t, err, harrier.NotFound)
	for _, by := range []harrier.Principal{alice, bob} {
		if got, err := o.yes(by, a); err != nil || got.Status != harrier.ApprovalPending {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := o.Withdraw(t.Context(), by, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.yes(alice, a); err != nil {
		t.Fatal(err)
	}
	if got, err := o.yes(bob, a); err != nil || got.Status != harrier.ApprovalApproved || got.DecidedBy != "alice, bob" {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = o.Withdraw(t.Context(), alice, a.ID)
	kindOf(t, err, harrier.Conflict)
	if got := o.audits(a.ID); len(got) != 6 || got[len(got)-2] != "approval.withdraw by alice" {
		t.Errorf("trail %v", got)
	}
}

func TestLeave_endsUndecidedVotes(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	two := func(a *harrier.Approval) { a.Need = 2 }
	open, done := o.ask(harrier.PlanApproval, plan(), two), o.ask(harrier.PlanApproval, plan(), two)
	alice := person("alice")
	for _, a := range []harrier.Approval{open, done} {
		if _, err := o.yes(alice, a); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.yes(person("bob"), done); err != nil {
		t.Fatal(err)
	}
	o.write(func(tx harrier.Tx) error {
		n, err := o.Leave(t.Context(), tx, harrier.DefaultTenant, alice.Self())
		if n != 1 {
			t.Errorf("%d votes ended", n)
		}
		return err
	})
	for a, want := range map[harrier.ApprovalID]int{open.ID: 0, done.ID: 2} {
		if votes, err := o.store.Votes(t.Context(), harrier.DefaultTenant, a); err != nil || len(votes) != want {
			t.Errorf("%v, %v", votes, err)
		}
	}
}

// APR-02: what cannot be undone is approved by whoever proved a moment ago who
// they are, and by no link and no message. Denying needs neither.
func TestDecide_wantsProofForWhatCannotBeUndone(t *testing.T) {
	t.Parallel()
	lasting := step.Plan{Path: "ok", Playbook: "p", Leaves: plan().Leaves[2:]}
	undoable := step.Plan{Path: "ok", Playbook: "p", Leaves: plan().Leaves[:2]}
	stale := person("alice")
	stale.Fresh = begin().Add(-access.FreshFor)
	never := person("alice")
	never.Fresh = time.Time{}
	for name, c := range map[string]struct {
		by     harrier.Principal
		plan   step.Plan
		via    string
		denies bool
		want   harrier.Kind
	}{
		"fresh":                {by: person("alice"), plan: lasting},
		"stale":                {by: stale, plan: lasting, want: harrier.Unauthenticated},
		"never":                {by: never, plan: lasting, want: harrier.Unauthenticated},
		"a key":                {by: never, plan: plan(), want: harrier.Unauthenticated},
		"the operator":         {by: harrier.Operator(), plan: lasting},
		"the operator, linked": {by: harrier.Operator(), plan: lasting, via: "link", want: harrier.Denied},
		"fresh, by a message":  {by: person("alice"), plan: lasting, via: "slack", want: harrier.Denied},
		"stale, and a no":      {by: stale, plan: lasting, denies: true},
		"linked, and a no":     {by: never, plan: lasting, via: "link", denies: true},
		"stale, undoable":      {by: stale, plan: undoable},
		"linked, undoable":     {by: never, plan: undoable, via: "link"},
	} {
		o := open(t, approval.Policy{})
		a := o.ask(harrier.PlanApproval, c.plan, nil)
		_, err := o.Decide(t.Context(), c.by, a.ID, approval.Decision{Approve: !c.denies, Hash: a.Hash, Via: c.via})
		if (err == nil) != (c.want == 0) || err != nil && harrier.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// APR-06: where nobody decides, others are asked too at their time, once, and
// at the end the answer is no.
func TestSweep_asksOthersTooWhenNobodyDecides(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	late := func(a *harrier.Approval) {
		a.Assign, a.EscalateTo, a.EscalateAt = "role:responder", "role:lead", o.clock.Now().Add(30*time.Minute)
	}
	waits, done := o.ask(harrier.PlanApproval, plan(), late), o.ask(harrier.PlanApproval, plan(), late)
	lead := person("lena", "lead")
	if _, err := o.yes(person("rob", "responder"), done); err != nil {
		t.Fatal(err)
	}
	sweep := func() harrier.Approval {
		t.Helper()
		if err := o.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		a, err := o.store.Approval(t.Context(), waits.Tenant, waits.ID)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	o.clock.Pass(30*time.Minute - time.Microsecond)
	if a := sweep(); len(a.Also) != 0 {
		t.Fatalf("too early: %v", a.Also)
	}
	_, err := o.yes(lead, waits)
	kindOf(t, err, harrier.Denied)
	o.clock.Pass(time.Microsecond)
	for range 3 {
		if a := sweep(); !cmp.Equal(a.Also, []string{"role:lead"}) || !a.EscalateAt.IsZero() {
			t.Fatalf("after its time: %+v", a)
		}
	}
	if diff := cmp.Diff([]string{"approval.escalate by harrier"}, o.audits(waits.ID)); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
	if a, err := o.store.Approval(t.Context(), done.Tenant, done.ID); err != nil || len(a.Also) != 0 {
		t.Errorf("what was decided was escalated: %+v, %v", a, err)
	}
	lead.Fresh = o.clock.Now()
	if _, err := o.yes(lead, waits); err != nil {
		t.Errorf("who was asked too: %v", err)
	}
	o.clock.Pass(time.Hour)
	expired := o.ask(harrier.PlanApproval, plan(), func(a *harrier.Approval) { a.ExpiresAt = o.clock.Now() })
	_, err = o.yes(person("rob"), expired)
	kindOf(t, err, harrier.Conflict)
}

func TestEscalate_refuses(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{FourEyes: true})
	a := o.ask(harrier.PlanApproval, plan(), func(a *harrier.Approval) {
		a.Assign, a.RequestedBy = "role:responder", person("mallory").ID
	})
	rob := person("rob", "responder")
	for name, c := range map[string]struct {
		by   harrier.Principal
		to   string
		want harrier.Kind
	}{
		"nobody":                 {rob, "lead", harrier.Invalid},
		"another kind":           {rob, "team:lead", harrier.Invalid},
		"several at once":        {rob, "role:lead role:admin", harrier.Invalid},
		"who is asked":           {rob, "role:responder", harrier.Conflict},
		"by whom it is not for":  {person("lena", "lead"), "user:lena", harrier.Denied},
		"by whoever started it":  {person("mallory", "responder"), "user:crony", harrier.Denied},
		"in another tenant":      {harrier.Principal{Tenant: harrier.DeriveID[harrier.TenantID]("other"), Grants: rob.Grants}, "role:lead", harrier.NotFound},
		"without the permission": {harrier.Principal{Tenant: rob.Tenant, Roles: rob.Roles}, "role:lead", harrier.Denied},
	} {
		if _, err := o.Escalate(t.Context(), c.by, a.ID, approval.Escalation{To: c.to}); err == nil || harrier.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n := range 11 {
		_, err := o.Escalate(t.Context(), rob, a.ID, approval.Escalation{To: fmt.Sprintf("role:r%d", n)})
		if (n < 10) != (err == nil) {
			t.Errorf("time %d: %v", n, err)
		}
	}
	got, err := o.Show(t.Context(), rob, a.ID)
	if err != nil || len(got.Approval.Also) != 10 || got.Approval.Hash != a.Hash || !got.Destructive {
		t.Errorf("%+v, %v", got.Approval, err)
	}
}
