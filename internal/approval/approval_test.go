package approval_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/testclock"
	"github.com/harrier-soar/harrier/schema"
)

var _ approval.Store = (*store.Store)(nil)

// office is a service over a real store, with a waiting run that asks.
type office struct {
	*approval.Service
	t     *testing.T
	store *store.Store
	run   harrier.Run
	clock *testclock.Clock
	woken atomic.Int64
}

func open(t *testing.T, policy approval.Policy) *office {
	t.Helper()
	o := &office{t: t, clock: testclock.At(begin())}
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t), Now: o.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	o.store = s
	o.Service = approval.New(approval.Config{
		Store: s, Now: o.clock.Now, Policy: policy,
		Wake: func(run harrier.RunID) {
			if run != o.run.ID {
				t.Errorf("woke %s", run)
			}
			o.woken.Add(1)
		},
	})
	o.run = harrier.Run{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.RunID](o.clock.Now()), Playbook: "p", Hash: "h", Mode: harrier.Live,
		Status: harrier.RunQueued, Priority: 2, StartedBy: harrier.LocalOperator, Semantics: 1, CreatedAt: o.clock.Now(), UpdatedAt: o.clock.Now(),
	}
	first := harrier.Event{Seq: 1, At: o.clock.Now(), Type: "run.started", Version: 1, Data: json.RawMessage(`{}`)}
	o.write(func(tx harrier.Tx) error { return s.Create(t.Context(), tx, o.run, []harrier.Event{first}) })
	return o
}

// begin is when the tests begin.
func begin() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }

func (o *office) write(change func(harrier.Tx) error) {
	o.t.Helper()
	if err := o.store.Write(o.t.Context(), change); err != nil {
		o.t.Fatal(err)
	}
}

// ask puts a question of the run to people.
func (o *office) ask(kind harrier.ApprovalKind, body any, alter func(*harrier.Approval)) harrier.Approval {
	o.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	a := harrier.Approval{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.ApprovalID](o.clock.Now()), Run: o.run.ID, Path: "ok", Kind: kind,
		Status: harrier.ApprovalPending, Title: "May I?", Body: text, Hash: step.HashOf(json.RawMessage(text)), Need: 1,
		RequestedBy: harrier.LocalOperator, CreatedAt: o.clock.Now(), ExpiresAt: o.clock.Now().Add(time.Hour), Rev: 1,
	}
	if alter != nil {
		alter(&a)
	}
	o.write(func(tx harrier.Tx) error { return o.store.Ask(o.t.Context(), tx, a) })
	return a
}

// said returns what the run was told.
func (o *office) said() []step.Decided {
	o.t.Helper()
	signals, _, err := o.store.Pending(o.t.Context(), o.run.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	var out []step.Decided
	for _, s := range signals {
		var d step.Decided
		if err := json.Unmarshal(s.Data, &d); err != nil || s.Type != step.SignalDecided {
			o.t.Fatalf("signal %s: %v", s.Type, err)
		}
		out = append(out, d)
	}
	return out
}

// audits returns the actions in the audit trail about a question, the newest first.
func (o *office) audits(id harrier.ApprovalID) []string {
	o.t.Helper()
	rows, _, err := o.store.AuditTrail(o.t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Target: id.String()}, harrier.Page{})
	if err != nil {
		o.t.Fatal(err)
	}
	var out []string
	for _, r := range rows {
		out = append(out, r.Action+" by "+r.ActorName)
	}
	return out
}

// person is somebody who may decide, and who proved who they are when the test began.
func person(name string, roles ...string) harrier.Principal {
	p := harrier.Operator()
	p.ID, p.Name, p.Roles, p.Fresh = harrier.DeriveID[harrier.PrincipalID](name), name, roles, begin()
	return p
}

func plan() step.Plan {
	return step.Plan{Path: "ok", Playbook: "p", Leaves: []step.Leaf{
		{Path: `q["a"]`, Name: "mail", Address: "https://mail.example", Action: "msgraph.quarantine", Effect: harrier.Contain, Target: "alice@corp.example", Undo: "restore"},
		{Path: `q["b"]`, Name: "mail", Address: "https://mail.example", Action: "msgraph.quarantine", Effect: harrier.Contain, Target: "bob@corp.example", Undo: "restore"},
		{Path: "wipe", Name: "mdm", Action: "mdm.wipe", Effect: harrier.Destroy, Target: "laptop-7"},
	}}
}

func kindOf(t *testing.T, err error, want harrier.Kind) {
	t.Helper()
	if err == nil || harrier.KindOf(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestDecide_tellsTheRunAndTheTrail(t *testing.T) { // G9, G10
	t.Parallel()
	o := open(t, approval.Policy{})
	a := o.ask(harrier.PlanApproval, plan(), nil)
	got, err := o.Decide(t.Context(), person("alice"), a.ID, approval.Decision{Approve: true, Hash: a.Hash, Comment: "go"})
	if err != nil || got.Status != harrier.ApprovalApproved || got.DecidedBy != "alice" {
		t.Fatalf("decision %+v, %v", got, err)
	}
	want := []step.Decided{{ID: a.ID, Status: harrier.ApprovalApproved, By: "alice", Comment: "go", Hash: a.Hash}}
	if diff := cmp.Diff(want, o.said()); diff != "" {
		t.Errorf("the run hears (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"approval.approve by alice"}, o.audits(a.ID)); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
	stored, err := o.store.Approval(t.Context(), a.Tenant, a.ID)
	if err != nil || stored.Status != got.Status || stored.Rev != got.Rev || o.woken.Load() != 1 {
		t.Errorf("stored %+v, %v; woken %d times", stored, err, o.woken.Load())
	}
}

func TestDecide_hundredAtOnceGiveOneResult(t *testing.T) { // G9, APR-04
	t.Parallel()
	o := open(t, approval.Policy{})
	a := o.ask(harrier.PlanApproval, plan(), nil)
	var wg sync.WaitGroup
	var won atomic.Int64
	errs := make([]error, 100)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = o.Decide(t.Context(), person(fmt.Sprintf("p%d", i)), a.ID, approval.Decision{Approve: i%2 == 0, Hash: a.Hash})
			if errs[i] == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	end, err := o.store.Approval(t.Context(), a.Tenant, a.ID)
	if err != nil || won.Load() != 1 || len(o.said()) != 1 || len(o.audits(a.ID)) != 1 || o.woken.Load() != 1 {
		t.Fatalf("%d won, the run heard %v, trail %v, %v", won.Load(), o.said(), o.audits(a.ID), err)
	}
	if o.said()[0].Status != end.Status || o.said()[0].By != end.DecidedBy {
		t.Errorf("the run heard %+v, stored is %+v", o.said()[0], end)
	}
	for _, err := range errs {
		if err == nil {
			continue
		}
		kindOf(t, err, harrier.Conflict)
		if !strings.Contains(err.Error(), "by "+end.DecidedBy+" at") {
			t.Errorf("the loser reads %q, which does not name %s", err, end.DecidedBy)
		}
	}
}

func TestDecide_needsAsManyAsItSays(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	two := func(a *harrier.Approval) { a.Need = 2 }
	yes := func(who string, a harrier.Approval) (harrier.Approval, error) {
		return o.Decide(t.Context(), person(who), a.ID, approval.Decision{Approve: true, Hash: a.Hash})
	}
	a := o.ask(harrier.PlanApproval, plan(), two)
	if got, err := yes("alice", a); err != nil || got.Status != harrier.ApprovalPending || len(o.said()) != 0 {
		t.Fatalf("after one of two: %+v, %v", got, err)
	}
	_, err := yes("alice", a)
	kindOf(t, err, harrier.Conflict) // nobody votes twice
	got, err := yes("bob", a)
	if err != nil || got.Status != harrier.ApprovalApproved || got.DecidedBy != "alice, bob" || len(o.said()) != 1 {
		t.Errorf("after two of two: %+v, %v", got, err)
	}
	b := o.ask(harrier.PlanApproval, plan(), two)
	if _, err := yes("alice", b); err != nil {
		t.Fatal(err)
	}
	no, err := o.Decide(t.Context(), person("bob"), b.ID, approval.Decision{Hash: b.Hash, Comment: "wrong host"})
	if err != nil || no.Status != harrier.ApprovalDenied {
		t.Errorf("one no of two: %+v, %v", no, err)
	}
}

func TestDecide_twoAtOnceReachTheNeedOfTwo(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	a := o.ask(harrier.PlanApproval, plan(), func(a *harrier.Approval) { a.Need = 2 })
	var wg sync.WaitGroup
	for _, who := range []string{"alice", "bob"} {
		wg.Go(func() {
			if _, err := o.Decide(t.Context(), person(who), a.ID, approval.Decision{Approve: true, Hash: a.Hash}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if end, err := o.store.Approval(t.Context(), a.Tenant, a.ID); err != nil || end.Status != harrier.ApprovalApproved || len(o.said()) != 1 {
		t.Errorf("%+v, %v", end, err)
	}
}

func TestDecide_refuses(t *testing.T) { // G9
	t.Parallel()
	stranger := person("mallory")
	stranger.Tenant = harrier.DeriveID[harrier.TenantID]("other")
	powerless := person("eve")
	powerless.Grants = map[harrier.Permission]bool{harrier.ApprovalsRead: true}
	for _, c := range []struct {
		name   string
		by     harrier.Principal
		hash   string
		policy approval.Policy
		alter  func(*harrier.Approval)
		later  time.Duration
		want   harrier.Kind
	}{
		{name: "another hash", by: person("alice"), hash: "other", want: harrier.Conflict},
		{name: "no hash", by: person("alice"), hash: "-", want: harrier.Invalid},
		{name: "another tenant", by: stranger, want: harrier.NotFound},
		{name: "somebody without the permission", by: powerless, want: harrier.Denied},
		{name: "another role", by: person("alice", "analyst"), alter: func(a *harrier.Approval) { a.Assign = "role:responder" }, want: harrier.Denied},
		{name: "another person", by: person("alice"), alter: func(a *harrier.Approval) { a.Assign = "user:bob" }, want: harrier.Denied},
		{name: "a name that is a role", by: person("responder"), alter: func(a *harrier.Approval) { a.Assign = "role:responder" }, want: harrier.Denied},
		{name: "whoever started it, under four eyes", by: harrier.Operator(), policy: approval.Policy{FourEyes: true}, want: harrier.Denied},
		{name: "the moment of expiry", by: person("alice"), later: time.Hour, want: harrier.Conflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := open(t, c.policy)
			a := o.ask(harrier.PlanApproval, plan(), c.alter)
			o.clock.Pass(c.later)
			hash := map[string]string{"": a.Hash, "-": ""}[c.hash]
			if c.hash == "other" {
				hash = c.hash
			}
			_, err := o.Decide(t.Context(), c.by, a.ID, approval.Decision{Approve: true, Hash: hash})
			kindOf(t, err, c.want)
			left, err := o.store.Approval(t.Context(), a.Tenant, a.ID)
			if err != nil || left.Status != harrier.ApprovalPending || len(o.said()) != 0 || len(o.audits(a.ID)) != 0 || o.woken.Load() != 0 {
				t.Errorf("a refused decision left %+v, %v, %v", left, o.said(), o.audits(a.ID))
			}
		})
	}
}

func TestDecide_takesThoseItIsFor(t *testing.T) {
	t.Parallel()
	for assign, by := range map[string]harrier.Principal{
		"": person("alice"), "role:responder": person("alice", "responder"), "user:alice": person("alice"), "alice@corp.example": person("alice@corp.example"),
	} {
		o := open(t, approval.Policy{FourEyes: true})
		a := o.ask(harrier.PlanApproval, plan(), func(a *harrier.Approval) { a.Assign = assign })
		if _, err := o.Decide(t.Context(), by, a.ID, approval.Decision{Approve: true, Hash: a.Hash}); err != nil {
			t.Errorf("assigned to %q: %v", assign, err)
		}
	}
}

func TestDecide_isForOnce(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	a := o.ask(harrier.PlanApproval, plan(), nil)
	d := approval.Decision{Approve: true, Hash: a.Hash}
	if _, err := o.Decide(t.Context(), person("alice"), a.ID, d); err != nil {
		t.Fatal(err)
	}
	_, err := o.Decide(t.Context(), person("alice"), a.ID, d)
	kindOf(t, err, harrier.Conflict)
	if len(o.said()) != 1 {
		t.Errorf("a replay was told to the run: %v", o.said())
	}
}

func TestDecide_failsWholeWhereTheRunIsGone(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	a := o.ask(harrier.PlanApproval, plan(), func(a *harrier.Approval) { a.Run = harrier.DeriveID[harrier.RunID]("gone") })
	_, err := o.Decide(t.Context(), person("alice"), a.ID, approval.Decision{Approve: true, Hash: a.Hash})
	kindOf(t, err, harrier.NotFound)
	votes, err := o.store.Votes(t.Context(), a.Tenant, a.ID)
	if err != nil || len(votes) != 0 || len(o.audits(a.ID)) != 0 {
		t.Errorf("half a decision is left: %v, %v, %v", votes, o.audits(a.ID), err)
	}
}

func form() step.Form {
	return step.Form{Fields: []schema.Field{
		{Name: "verdict", Type: schema.Type{Kind: schema.String, Values: []string{"malicious", "benign"}}, Required: true, Help: "What it is."},
		{Name: "copies", Type: schema.TypeOf(schema.Integer), Default: 3, Help: "How many.", Min: new(1.0)},
		{Name: "note", Type: schema.TypeOf(schema.String), Help: "Why."},
	}}
}

func TestAnswer_checksTheFormAndFillsItIn(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{FourEyes: true})
	a := o.ask(harrier.FormQuestion, form(), nil)
	answer := func(values map[string]any) (harrier.Approval, error) {
		return o.Answer(t.Context(), harrier.Operator(), a.ID, approval.Answer{Hash: a.Hash, Values: values})
	}
	for name, values := range map[string]map[string]any{
		"a field is missing": {"note": "x"}, "another value": {"verdict": "perhaps"}, "a field too many": {"verdict": "benign", "by": "somebody else"},
		"below the least": {"verdict": "benign", "copies": 0.0}, "another type": {"verdict": true},
	} {
		if _, err := answer(values); harrier.KindOf(err) != harrier.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := o.Decide(t.Context(), person("alice"), a.ID, approval.Decision{Approve: true, Hash: a.Hash})
	kindOf(t, err, harrier.Invalid)
	if _, err := answer(map[string]any{"verdict": "benign"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"verdict": "benign", "copies": 3.0}
	if diff := cmp.Diff(want, o.said()[0].Answer); diff != "" || o.said()[0].Status != harrier.ApprovalAnswered {
		t.Errorf("answer %+v (-want +got):\n%s", o.said()[0], diff)
	}
}

func TestAnswer_settlesAnOutcomeByAChoiceOnly(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{})
	a := o.ask(harrier.OutcomeQuestion, step.Facts{Leaf: plan().Leaves[0], Reason: "reset", Choices: step.OutcomeChoices()}, nil)
	for _, values := range []map[string]any{nil, {"choice": "perhaps"}, {"choice": "again", "note": "x"}} {
		_, err := o.Answer(t.Context(), person("alice"), a.ID, approval.Answer{Hash: a.Hash, Values: values})
		kindOf(t, err, harrier.Invalid)
	}
	_, err := o.Answer(t.Context(), person("alice"), a.ID, approval.Answer{Hash: "x", Values: map[string]any{"choice": "again"}})
	kindOf(t, err, harrier.Conflict)
	if _, err := o.Answer(t.Context(), person("alice"), a.ID, approval.Answer{Hash: a.Hash, Values: map[string]any{"choice": "again"}}); err != nil || o.said()[0].Answer["choice"] != "again" {
		t.Errorf("%v, %v", o.said(), err)
	}
	b := o.ask(harrier.PlanApproval, plan(), nil)
	_, err = o.Answer(t.Context(), person("alice"), b.ID, approval.Answer{Hash: b.Hash, Values: map[string]any{"choice": "again"}})
	kindOf(t, err, harrier.Invalid)
}

func TestShow_saysWhatWhereAndWhetherItCanBeUndone(t *testing.T) {
	t.Parallel()
	o := open(t, approval.Policy{FourEyes: true})
	a := o.ask(harrier.PlanApproval, plan(), nil)
	v, err := o.Show(t.Context(), harrier.Operator(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2 × msgraph.quarantine at mail (https://mail.example): contain, reversible by restore; on alice@corp.example, bob@corp.example",
		"1 × mdm.wipe at mdm: destroy, not reversible; on laptop-7",
	}
	if diff := cmp.Diff(want, v.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if len(v.Effects) != 3 || v.Effects[2].Reversible || !v.Effects[0].Reversible || !strings.Contains(v.Barred, "somebody else") {
		t.Errorf("view %+v", v)
	}
	if v, err := o.Show(t.Context(), person("alice"), a.ID); err != nil || v.Barred != "" {
		t.Errorf("alice is barred: %q, %v", v.Barred, err)
	}
	f := o.ask(harrier.FormQuestion, form(), nil)
	if v, err := o.Show(t.Context(), harrier.Operator(), f.ID); err != nil || len(v.Fields) != 3 || v.Barred != "" {
		t.Errorf("form %+v, %v", v, err)
	}
	other := harrier.Operator()
	other.Tenant = harrier.DeriveID[harrier.TenantID]("other")
	_, err = o.Show(t.Context(), other, a.ID)
	kindOf(t, err, harrier.NotFound)
	list, _, err := o.List(t.Context(), other, harrier.ApprovalFilter{}, harrier.Page{})
	if err != nil || len(list) != 0 {
		t.Errorf("another tenant sees %v, %v", list, err)
	}
}
