package storetest

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

func questionClaims() []claim[Stores] {
	return []claim[Stores]{
		{"Ask keeps the first question of an id, pending", askKeeps},
		{"Approvals pages through a tenant's questions, the newest first (I12)", approvalsPage},
		{"Withdraw ends only what is pending, of its run and path", withdraws},
		{"Withdraw of one question leaves the others of its step", withdrawsOne},
		{"Decide happens once and binds rev and hash (G9, I10)", decideOnce},
		{"Decide is won by one of many (G9, I10)", decideRace},
		{"Vote counts a person once and only while the question is pending (I10)", votesOnce},
	}
}

func aQuestion(tenant harrier.TenantID) harrier.Approval {
	return harrier.Approval{
		Tenant: tenant, ID: harrier.NewID[harrier.ApprovalID](time.Now()), Run: harrier.NewID[harrier.RunID](time.Now()), Path: "steps.ask",
		Kind: harrier.PlanApproval, Status: harrier.ApprovalPending, Title: "Block?", Message: "m", Body: json.RawMessage(`{"plan":[]}`),
		Hash: "h1", Assign: "role:responder", Need: 2, RequestedBy: harrier.LocalOperator,
		CreatedAt: epoch(), ExpiresAt: epoch().Add(time.Hour), Rev: 1,
		Also: []string{"role:lead"}, EscalateTo: "user:ann", EscalateAt: epoch().Add(time.Minute), Over: []string{"chat", "mail"}, PostAt: epoch(),
	}
}

func ask(t *testing.T, s Stores, a harrier.Approval) harrier.Approval {
	t.Helper()
	must(t, s, func(tx harrier.Tx) error { return s.Ask(t.Context(), tx, a) })
	return a
}

func question(t *testing.T, s Stores, a harrier.Approval) harrier.Approval {
	t.Helper()
	got, err := s.Approval(t.Context(), a.Tenant, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func decide(s Stores, t *testing.T, a harrier.Approval) func(harrier.Tx) error {
	return func(tx harrier.Tx) error { return s.Decide(t.Context(), tx, a) }
}

func askKeeps(t *testing.T, s Stores) {
	a := ask(t, s, aQuestion(newTenant()))
	again := a
	again.Title = "Another?"
	ask(t, s, again)
	equal(t, question(t, s, a), a)
	_, err := s.Approval(t.Context(), newTenant(), a.ID)
	kind(t, err, harrier.NotFound)
}

func approvalsPage(t *testing.T, s Stores) {
	tenant := newTenant()
	var want []harrier.Approval
	for n := range 20 {
		a := aQuestion(tenant)
		a.CreatedAt = epoch().Add(time.Duration(n/5) * time.Minute) // several at one time
		want = append([]harrier.Approval{ask(t, s, a)}, want...)
	}
	ask(t, s, aQuestion(newTenant()))
	list := func(f harrier.ApprovalFilter) []harrier.Approval {
		return pages(t, func(p harrier.Page) ([]harrier.Approval, string, error) {
			return s.Approvals(t.Context(), tenant, f, p)
		})
	}
	equal(t, list(harrier.ApprovalFilter{}), want)
	yes := want[4]
	yes.Status = harrier.ApprovalApproved
	must(t, s, decide(s, t, yes))
	equal(t, list(harrier.ApprovalFilter{Status: harrier.ApprovalPending}), append(append([]harrier.Approval{}, want[:4]...), want[5:]...))
	equal(t, len(list(harrier.ApprovalFilter{Status: harrier.ApprovalApproved})), 1)
	equal(t, list(harrier.ApprovalFilter{Run: want[7].Run}), want[7:8])
}

func withdraws(t *testing.T, s Stores) {
	tenant := newTenant()
	here := aQuestion(tenant)
	there, decided, foreign := aQuestion(tenant), aQuestion(tenant), aQuestion(newTenant())
	there.Run, decided.Run, foreign.Run = here.Run, here.Run, here.Run
	there.Path = "steps.other"
	for _, a := range []harrier.Approval{here, there, decided, foreign} {
		ask(t, s, a)
	}
	decided.Status = harrier.ApprovalDenied
	must(t, s, decide(s, t, decided))
	withdraw := func(path string, status harrier.ApprovalStatus) func(harrier.Tx) error {
		return func(tx harrier.Tx) error {
			return s.Withdraw(t.Context(), tx, engine.Withdrawal{Tenant: tenant, Run: here.Run, Path: path, Status: status, At: epoch()})
		}
	}
	refused(t, s, harrier.Invalid, withdraw("", harrier.ApprovalApproved))
	must(t, s, withdraw(here.Path, harrier.ApprovalExpired))
	must(t, s, withdraw("", harrier.ApprovalVoid))
	got := []harrier.ApprovalStatus{}
	for _, a := range []harrier.Approval{here, there, decided, foreign} {
		got = append(got, question(t, s, a).Status)
	}
	equal(t, got, []harrier.ApprovalStatus{harrier.ApprovalExpired, harrier.ApprovalVoid, harrier.ApprovalDenied, harrier.ApprovalPending})
	equal(t, question(t, s, here).DecidedAt, epoch())
	equal(t, question(t, s, here).Rev, int64(2))
}

func withdrawsOne(t *testing.T, s Stores) {
	one := aQuestion(newTenant())
	other := aQuestion(one.Tenant)
	other.Run = one.Run
	ask(t, s, one)
	ask(t, s, other)
	must(t, s, func(tx harrier.Tx) error {
		return s.Withdraw(t.Context(), tx, engine.Withdrawal{
			Tenant: one.Tenant, Run: one.Run, Question: one.ID, Status: harrier.ApprovalExpired, At: epoch(),
		})
	})
	equal(t, question(t, s, one).Status, harrier.ApprovalExpired)
	equal(t, question(t, s, other).Status, harrier.ApprovalPending)
}

func decideOnce(t *testing.T, s Stores) {
	a := ask(t, s, aQuestion(newTenant()))
	yes := a
	yes.Status, yes.Answer, yes.DecidedBy, yes.Comment, yes.DecidedAt = harrier.ApprovalApproved, json.RawMessage(`{"ok":true}`), "ann", "fine", epoch()
	for name, wrong := range map[string]func(*harrier.Approval){
		"hash": func(a *harrier.Approval) { a.Hash = "h2" },
		"rev":  func(a *harrier.Approval) { a.Rev = 9 },
	} {
		other := yes
		wrong(&other)
		if err := s.Write(t.Context(), decide(s, t, other)); harrier.KindOf(err) != harrier.Conflict {
			t.Errorf("another %s: got %v; want a conflict", name, err)
		}
	}
	pending, foreign := yes, yes
	pending.Status, foreign.Tenant = harrier.ApprovalPending, newTenant()
	refused(t, s, harrier.Invalid, decide(s, t, pending))
	refused(t, s, harrier.NotFound, decide(s, t, foreign))
	equal(t, question(t, s, a), a)
	must(t, s, decide(s, t, yes))
	refused(t, s, harrier.Conflict, decide(s, t, yes))
	yes.Rev = 2
	equal(t, question(t, s, a), yes)
}

func decideRace(t *testing.T, s Stores) {
	a := ask(t, s, aQuestion(newTenant()))
	var won atomic.Int64
	var people sync.WaitGroup
	for i := range 20 {
		people.Go(func() {
			mine := a
			mine.Status = []harrier.ApprovalStatus{harrier.ApprovalApproved, harrier.ApprovalDenied}[i%2]
			if err := s.Write(t.Context(), decide(s, t, mine)); err == nil {
				won.Add(1)
			} else if harrier.KindOf(err) != harrier.Conflict {
				t.Error(err)
			}
		})
	}
	people.Wait()
	equal(t, won.Load(), int64(1))
}

func votesOnce(t *testing.T, s Stores) {
	a := ask(t, s, aQuestion(newTenant()))
	vote := func(tenant harrier.TenantID, v harrier.Vote) func(harrier.Tx) error {
		return func(tx harrier.Tx) error { return s.Vote(t.Context(), tx, tenant, v) }
	}
	ann := harrier.Vote{Approval: a.ID, Principal: harrier.LocalOperator, Name: "ann", Approve: true, Comment: "c", At: epoch()}
	bob := harrier.Vote{Approval: a.ID, Principal: harrier.SystemPrincipal, Name: "bob", At: epoch().Add(time.Second)}
	must(t, s, vote(a.Tenant, ann))
	refused(t, s, harrier.Conflict, vote(a.Tenant, ann))
	refused(t, s, harrier.NotFound, vote(newTenant(), bob))
	must(t, s, func(tx harrier.Tx) error {
		if err := s.Vote(t.Context(), tx, a.Tenant, bob); err != nil {
			return err
		}
		inside, err := s.VotesIn(t.Context(), tx, a.Tenant, a.ID)
		equal(t, inside, []harrier.Vote{ann, bob})
		return err
	})
	got, err := s.Votes(t.Context(), a.Tenant, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []harrier.Vote{ann, bob})
	hidden, err := s.Votes(t.Context(), newTenant(), a.ID)
	if err != nil || len(hidden) != 0 {
		t.Fatalf("another tenant sees %v, %v", hidden, err)
	}
	no := a
	no.Status = harrier.ApprovalDenied
	must(t, s, decide(s, t, no))
	carl := harrier.Vote{Approval: a.ID, Principal: harrier.PrincipalID{1}, Name: "carl", At: epoch()}
	refused(t, s, harrier.Conflict, vote(a.Tenant, carl))
}
