package storetest

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

func queueClaims() []claim[Stores] {
	return []claim[Stores]{
		{"Ready orders by priority, then by how long a run is ready (G11)", readyOrders},
		{"Ready shows nothing that is owned, ended or not due", readyOnlyDue},
		{"NextReady is the earliest of all priorities", nextReady},
		{"Orphans makes what a node held ready again, and nothing else", orphansOfNode},
		{"Load hides another tenant's run (I12)", loadHides},
	}
}

func readyOrders(t *testing.T, s Stores) {
	tenant := newTenant()
	var runs []harrier.Run
	for _, v := range []struct{ priority, minute int }{{2, 0}, {0, 9}, {2, -5}, {3, -9}, {0, 3}} {
		run := aRun(tenant)
		run.Priority, run.ReadyAt = v.priority, epoch().Add(time.Duration(v.minute)*time.Minute)
		runs = append(runs, create(t, s, run))
	}
	want := []harrier.RunID{runs[4].ID, runs[1].ID, runs[2].ID, runs[0].ID, runs[3].ID}
	for limit := range 7 {
		got, err := s.Ready(t.Context(), epoch().Add(9*time.Minute), limit)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, append([]harrier.RunID{}, got...), want[:min(limit, 5)])
	}
	got, err := s.Ready(t.Context(), epoch(), 10)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, want[2:])
}

func readyOnlyDue(t *testing.T, s Stores) {
	tenant := newTenant()
	started(t, s, tenant)
	later := aRun(tenant)
	later.ReadyAt = epoch().Add(time.Microsecond)
	create(t, s, later)
	never := aRun(tenant)
	never.ReadyAt = time.Time{}
	create(t, s, never)
	got, err := s.Ready(t.Context(), epoch(), 10)
	if err != nil || len(got) != 0 {
		t.Fatalf("got %v, %v; want nothing", got, err)
	}
	got, err = s.Ready(t.Context(), later.ReadyAt, 10)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []harrier.RunID{later.ID})
}

func nextReady(t *testing.T, s Stores) {
	if at, ok, err := s.NextReady(t.Context(), time.Time{}); ok || err != nil {
		t.Fatalf("got %v, %v, %v; want none", at, ok, err)
	}
	for priority := range 4 {
		run := aRun(newTenant())
		run.Priority, run.ReadyAt = priority, epoch().Add(-time.Duration(priority)*time.Hour)
		create(t, s, run)
	}
	at, ok, err := s.NextReady(t.Context(), time.Time{})
	if err != nil || !ok {
		t.Fatalf("got %v, %v", ok, err)
	}
	equal(t, at, epoch().Add(-3*time.Hour))
	at, _, err = s.NextReady(t.Context(), epoch().Add(-2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, at, epoch().Add(-time.Hour))
}

func orphansOfNode(t *testing.T, s Stores) {
	tenant := newTenant()
	mine := started(t, s, tenant)
	other := claimed(t, s, create(t, s, aRun(tenant)).ID, "node-2")
	waits := started(t, s, tenant)
	waits.Status, waits.ReadyAt = harrier.RunWaiting, time.Time{}
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, waits) })
	count := func(owner string) (n int64) {
		must(t, s, func(tx harrier.Tx) (err error) {
			n, err = s.Orphans(t.Context(), tx, owner, epoch())
			return err
		})
		return n
	}
	equal(t, count("node-1"), int64(1))
	equal(t, load(t, s, mine).ReadyAt, epoch())
	equal(t, load(t, s, other).ReadyAt.IsZero(), true)
	equal(t, count(""), int64(1))
	equal(t, load(t, s, other).ReadyAt, epoch())
	equal(t, load(t, s, waits).ReadyAt.IsZero(), true)
	equal(t, claimed(t, s, mine.ID, "node-3").Owner, "node-3")
}

func loadHides(t *testing.T, s Stores) {
	run := create(t, s, aRun(newTenant()))
	_, err := s.Load(t.Context(), newTenant(), run.ID)
	kind(t, err, harrier.NotFound)
	_, err = s.Load(t.Context(), run.Tenant, harrier.NewID[harrier.RunID](time.Now()))
	kind(t, err, harrier.NotFound)
}
