package storetest

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

func ledgerClaims() []claim[Stores] {
	return []claim[Stores]{
		{"Intend keeps every field of an intent (G5, I5)", intendKeeps},
		{"Intend needs the run's fence (G7)", intendFences},
		{"Intend takes a further attempt, unless the effect has succeeded (G4, G6)", intendAgain},
		{"Intend keeps epochs and connections apart (I4)", intendKeys},
		{"Settle needs the run's fence and lets a new owner settle (G5, G7)", settleFences},
		{"Settle happens once, after unknown too (G5, I5)", settleOnce},
		{"Take stops at the cap, in its window, for its tenant (I13)", takeCaps},
		{"Take counts under load exactly (I13)", takeRace},
		{"No audit row, no effect: what fails takes intent, guard and audit back (G10)", ledgerAtomic},
		{"Audit keeps rows once and shows them to their tenant, the newest first (I9, I12)", auditTrail},
		{"Pin keeps the first bundle of a hash for its tenant (G8, I12)", pins},
	}
}

func anIntent(run harrier.Run) harrier.Intent {
	return harrier.Intent{
		Tenant: run.Tenant, Run: run.ID, Path: "steps.block", Connection: harrier.ConnectionID{6: 0x70, 8: 0x80, 15: 9}, Epoch: 1,
		Attempt: 1, Fence: run.Fence, Key: "key-1", Action: "firewall.block_ip", Effect: harrier.Contain, Repeat: harrier.Natural,
		Target: "203.0.113.9", Args: json.RawMessage(`{"ip":"203.0.113.9"}`), ArgsHash: "a", ManifestHash: "m",
		Approval: harrier.NewID[harrier.ApprovalID](time.Now()), Leaf: "leaf", State: harrier.IntentOpen,
		IntendedAt: epoch(), LeaseUntil: epoch().Add(time.Hour),
	}
}

func intend(s Stores, t *testing.T, in harrier.Intent) func(harrier.Tx) error {
	return func(tx harrier.Tx) error { return s.Intend(t.Context(), tx, in) }
}

func settle(s Stores, t *testing.T, in harrier.Intent) func(harrier.Tx) error {
	return func(tx harrier.Tx) error { return s.Settle(t.Context(), tx, in) }
}

func intents(t *testing.T, s Stores, run harrier.Run) []harrier.Intent {
	t.Helper()
	list, err := s.Intents(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func intendKeeps(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	in := anIntent(run)
	must(t, s, intend(s, t, in))
	local := anIntent(run)
	local.Path, local.Connection, local.State, local.By = "steps.note", harrier.ConnectionID{}, harrier.IntentSucceeded, "local"
	local.IntendedAt, local.EndedAt, local.LeaseUntil, local.Approval = epoch().Add(time.Second), epoch().Add(time.Second), time.Time{}, harrier.ApprovalID{}
	must(t, s, intend(s, t, local))
	equal(t, intents(t, s, run), []harrier.Intent{in, local})
}

func intendFences(t *testing.T, s Stores) {
	old := started(t, s, newTenant())
	run := claimed(t, s, old.ID, "node-1")
	is(t, s.Write(t.Context(), intend(s, t, anIntent(old))), engine.ErrFence)
	stolen := anIntent(run)
	stolen.Tenant = newTenant()
	refused(t, s, harrier.NotFound, intend(s, t, stolen))
	equal(t, len(intents(t, s, run)), 0)
}

func intendAgain(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	in := anIntent(run)
	must(t, s, intend(s, t, in))
	refused(t, s, harrier.Conflict, intend(s, t, in))
	for _, state := range []harrier.IntentState{harrier.IntentUnknown, harrier.IntentFailed, harrier.IntentAborted} {
		done := in
		done.State, done.By, done.EndedAt = state, "call", epoch()
		must(t, s, settle(s, t, done))
		in.Attempt++
		must(t, s, intend(s, t, in))
		equal(t, intents(t, s, run), []harrier.Intent{in})
	}
	in.Attempt++
	must(t, s, intend(s, t, in)) // a natural action is repeated while its outcome is open
	in.State, in.EndedAt, in.By = harrier.IntentSucceeded, epoch(), "probe"
	must(t, s, settle(s, t, in))
	again := in
	again.Attempt++
	refused(t, s, harrier.Conflict, intend(s, t, again))
	equal(t, intents(t, s, run), []harrier.Intent{in})
}

func intendKeys(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	a := anIntent(run)
	b, c := a, a
	b.Epoch, b.IntendedAt = 2, epoch().Add(time.Second)
	c.Connection, c.IntendedAt = harrier.ConnectionID{1}, epoch().Add(2*time.Second)
	for _, in := range []harrier.Intent{c, a, b} {
		must(t, s, intend(s, t, in))
	}
	equal(t, intents(t, s, run), []harrier.Intent{a, b, c})
}

func settleFences(t *testing.T, s Stores) {
	old := started(t, s, newTenant())
	in := anIntent(old)
	must(t, s, intend(s, t, in))
	run := claimed(t, s, old.ID, "node-1")
	in.State, in.By, in.EndedAt = harrier.IntentSucceeded, "call", epoch().Add(time.Minute)
	is(t, s.Write(t.Context(), settle(s, t, in)), engine.ErrFence)
	equal(t, intents(t, s, run)[0].State, harrier.IntentOpen)
	taken := in
	taken.Fence, taken.Attempt, taken.LeaseUntil = run.Fence, 0, time.Time{}
	must(t, s, settle(s, t, taken))
	equal(t, intents(t, s, run), []harrier.Intent{in})
}

func settleOnce(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	in := anIntent(run)
	in.State, in.By, in.EndedAt = harrier.IntentUnknown, "call", epoch()
	refused(t, s, harrier.NotFound, settle(s, t, in))
	must(t, s, intend(s, t, anIntent(run)))
	other := in
	other.Attempt = 7
	refused(t, s, harrier.Conflict, settle(s, t, other))
	must(t, s, settle(s, t, in))
	in.State, in.By, in.LeaseUntil = harrier.IntentFailed, "person", epoch().Add(2*time.Hour)
	in.Approval = intents(t, s, run)[0].Approval
	must(t, s, settle(s, t, in))
	for _, state := range []harrier.IntentState{harrier.IntentSucceeded, harrier.IntentUnknown, harrier.IntentFailed} {
		again := in
		again.State = state
		refused(t, s, harrier.Conflict, settle(s, t, again))
	}
	equal(t, intents(t, s, run), []harrier.Intent{in})
}

func take(s Stores, t *testing.T, g engine.GuardSlot) func(harrier.Tx) error {
	return func(tx harrier.Tx) error { return s.Take(t.Context(), tx, g) }
}

func takeCaps(t *testing.T, s Stores) {
	g := engine.GuardSlot{Tenant: newTenant(), Guard: "contain/hour", Window: epoch(), Cap: 2}
	must(t, s, take(s, t, g))
	must(t, s, take(s, t, g))
	refused(t, s, harrier.Limited, take(s, t, g))
	next, other, foreign, none, more := g, g, g, g, g
	next.Window = epoch().Add(time.Hour)
	other.Guard = "notify/hour"
	foreign.Tenant = newTenant()
	none.Guard, none.Cap = "destroy/hour", 0
	more.Cap = 3
	for _, ok := range []engine.GuardSlot{next, other, foreign, more} {
		must(t, s, take(s, t, ok))
	}
	refused(t, s, harrier.Limited, take(s, t, none))
}

func takeRace(t *testing.T, s Stores) {
	g := engine.GuardSlot{Tenant: newTenant(), Guard: "contain/hour", Window: epoch(), Cap: 10}
	var taken, limited atomic.Int64
	var takers sync.WaitGroup
	for range 60 {
		takers.Go(func() {
			switch err := s.Write(t.Context(), take(s, t, g)); {
			case err == nil:
				taken.Add(1)
			case harrier.KindOf(err) == harrier.Limited:
				limited.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	takers.Wait()
	equal(t, [2]int64{taken.Load(), limited.Load()}, [2]int64{10, 50})
}

func anEntry(tenant harrier.TenantID, n int) harrier.AuditEntry {
	return harrier.AuditEntry{
		Tenant: tenant, ID: harrier.NewID[harrier.AuditID](time.Now()), At: epoch().Add(time.Duration(n) * time.Second),
		Actor: harrier.LocalOperator, ActorName: "local-operator", Action: "effect.intend", Target: fmt.Sprint("host-", n%2),
		Run: harrier.RunID{1, 15: byte(n % 3)}, Path: "steps.block", Data: json.RawMessage(`{"n":1}`),
	}
}

// ledgerAtomic breaks the change at its last part, after the others were made.
func ledgerAtomic(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	g := engine.GuardSlot{Tenant: run.Tenant, Guard: "contain/hour", Window: epoch(), Cap: 1}
	e := anEntry(run.Tenant, 1)
	must(t, s, func(tx harrier.Tx) error { return s.Audit(t.Context(), tx, e) })
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error {
		for _, part := range []func() error{
			func() error { return s.Append(t.Context(), tx, run, events(2, 2)) },
			func() error { return s.Intend(t.Context(), tx, anIntent(run)) },
			func() error { return s.Take(t.Context(), tx, g) },
			func() error { return s.Audit(t.Context(), tx, e) },
		} {
			if err := part(); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, len(journal(t, s, run.ID)), 1)
	equal(t, len(intents(t, s, run)), 0)
	must(t, s, take(s, t, g))
}

func auditTrail(t *testing.T, s Stores) {
	tenant := newTenant()
	var want []harrier.AuditEntry
	for n := range 25 {
		e := anEntry(tenant, n)
		want = append([]harrier.AuditEntry{e}, want...)
		must(t, s, func(tx harrier.Tx) error { return s.Audit(t.Context(), tx, e) })
	}
	must(t, s, func(tx harrier.Tx) error { return s.Audit(t.Context(), tx, anEntry(newTenant(), 30)) })
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.Audit(t.Context(), tx, want[3]) })
	equal(t, pages(t, func(p harrier.Page) ([]harrier.AuditEntry, string, error) {
		return s.AuditTrail(t.Context(), tenant, harrier.AuditFilter{}, p)
	}), want)
	for _, v := range []struct {
		filter harrier.AuditFilter
		want   int
	}{
		{harrier.AuditFilter{Target: "host-1"}, 12}, {harrier.AuditFilter{Run: harrier.RunID{1, 15: 2}}, 8},
		{harrier.AuditFilter{Action: "effect.intend"}, 25}, {harrier.AuditFilter{Action: "x"}, 0}, {harrier.AuditFilter{Actor: harrier.SystemPrincipal}, 0},
	} {
		got := pages(t, func(p harrier.Page) ([]harrier.AuditEntry, string, error) {
			return s.AuditTrail(t.Context(), tenant, v.filter, p)
		})
		if len(got) != v.want {
			t.Errorf("%+v selects %d; want %d", v.filter, len(got), v.want)
		}
	}
	_, _, err := s.AuditTrail(t.Context(), tenant, harrier.AuditFilter{}, harrier.Page{Cursor: "nonsense"})
	kind(t, err, harrier.Invalid)
}

// pages reads a list page by page.
func pages[T any](t *testing.T, read func(harrier.Page) ([]T, string, error)) []T {
	t.Helper()
	var all []T
	p := harrier.Page{Limit: 7}
	for {
		items, next, err := read(p)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, items...); next == "" {
			return all
		}
		if len(items) != p.Limit {
			t.Fatalf("a page that is not the last has %d items; want %d", len(items), p.Limit)
		}
		p.Cursor = next
	}
}

func pins(t *testing.T, s Stores) {
	tenant := newTenant()
	for _, bundle := range []string{"first", "second"} {
		must(t, s, func(tx harrier.Tx) error { return s.Pin(t.Context(), tx, tenant, "h", []byte(bundle)) })
	}
	got, err := s.Pinned(t.Context(), tenant, "h")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, string(got), "first")
	_, err = s.Pinned(t.Context(), newTenant(), "h")
	kind(t, err, harrier.NotFound)
}
