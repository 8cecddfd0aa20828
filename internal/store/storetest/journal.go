package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

func journalClaims() []claim[Stores] {
	return []claim[Stores]{
		{"Create keeps the run and its events", createKeeps},
		{"Create refuses an id that exists", createRefusesTwice},
		{"Create refuses a second active run of one key", createOneActive},
		{"Create of a running run is a claim of its owner (G7)", createClaims},
		{"Claim raises the fence and owns the run (G7)", claimOwns},
		{"Claim refuses what another owns, what has ended and what is not there", claimRefuses},
		{"Claim is won by one of many (G7)", claimOneWinner},
		{"Claim quarantines a run that crashes its worker three times without progress", claimQuarantines},
		{"Claim forgives crashes after progress or a clean release", claimForgives},
		{"Append refuses an older fence, a stranger and a run that is not running (G7)", appendFences},
		{"Append refuses a number that exists (G4)", appendOnce},
		{"Append adds all events or none (G4)", appendAtomic},
		{"Append of a late node never mixes with the owner's under load (G7)", appendRace},
		{"Events come in order after a number, many pages of them (G8)", eventsInOrder},
		{"Release stores where the run stands", releaseStores},
		{"Release refuses an older fence (G7)", releaseFences},
		{"Reopen makes an ended run ready and keeps one active run of a key", reopens},
	}
}

func createKeeps(t *testing.T, s Stores) {
	run := aRun(newTenant())
	run.Alert, run.Case = harrier.NewID[harrier.AlertID](time.Now()), harrier.NewID[harrier.CaseID](time.Now())
	run.Parent, run.ParentPath = harrier.NewID[harrier.RunID](time.Now()), "steps.call"
	run.OneKey, run.WaitingFor, run.Outputs, run.Reason, run.Unresolved = "k", "nobody", json.RawMessage(`{"a":[1]}`), "why", 2
	must(t, s, func(tx harrier.Tx) error { return s.Create(t.Context(), tx, run, events(1, 20)) })
	equal(t, load(t, s, run), run)
	equal(t, journal(t, s, run.ID), events(1, 20))
}

func createRefusesTwice(t *testing.T, s Stores) {
	run := create(t, s, aRun(newTenant()))
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.Create(t.Context(), tx, run, events(1, 1)) })
	refused(t, s, harrier.Invalid, func(tx harrier.Tx) error { return s.Create(t.Context(), tx, harrier.Run{}, nil) })
	equal(t, len(journal(t, s, run.ID)), 1)
}

func createOneActive(t *testing.T, s Stores) {
	tenant := newTenant()
	keyed := func(tenant harrier.TenantID) harrier.Run {
		run := aRun(tenant)
		run.OneKey = "10.0.0.1"
		return run
	}
	held := create(t, s, keyed(tenant))
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.Create(t.Context(), tx, keyed(tenant), events(1, 1)) })
	create(t, s, keyed(newTenant()))
	other := keyed(tenant)
	other.Playbook = "another"
	create(t, s, other)

	run := claimed(t, s, held.ID, "node-1")
	run.Status, run.EndedAt = harrier.RunSucceeded, epoch()
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, run) })
	create(t, s, keyed(tenant))
}

func createClaims(t *testing.T, s Stores) {
	run := aRun(newTenant())
	run.Status = harrier.RunRunning
	refused(t, s, harrier.Invalid, func(tx harrier.Tx) error { return s.Create(t.Context(), tx, run, events(1, 1)) })
	run.Owner, run.Fence, run.Crashes = "node-1", 7, 2
	create(t, s, run)
	want := run
	want.Fence, want.Crashes, want.ReadyAt = 1, 1, time.Time{}
	equal(t, load(t, s, run), want)
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error {
		_, err := s.Claim(t.Context(), tx, run.ID, "node-2")
		return err
	})
	must(t, s, func(tx harrier.Tx) error { return s.Append(t.Context(), tx, want, events(2, 2)) })
	equal(t, claimed(t, s, run.ID, "node-1").Crashes, 1) // its journal grew
	equal(t, claimed(t, s, run.ID, "node-1").Crashes, 2)
}

func claimOwns(t *testing.T, s Stores) {
	run := create(t, s, aRun(newTenant()))
	got := claimed(t, s, run.ID, "node-1")
	want := run
	want.Fence, want.Owner, want.Status, want.ReadyAt, want.Crashes = 1, "node-1", harrier.RunRunning, time.Time{}, 1
	want.UpdatedAt = got.UpdatedAt
	equal(t, got, want)
	equal(t, load(t, s, run), want)
	equal(t, claimed(t, s, run.ID, "node-1").Fence, int64(2))
}

func claimRefuses(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	claim := func(id harrier.RunID, owner string) func(harrier.Tx) error {
		return func(tx harrier.Tx) error {
			_, err := s.Claim(t.Context(), tx, id, owner)
			return err
		}
	}
	refused(t, s, harrier.Conflict, claim(run.ID, "node-2"))
	refused(t, s, harrier.NotFound, claim(harrier.NewID[harrier.RunID](time.Now()), "node-2"))
	run.Status = harrier.RunFailed
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, run) })
	refused(t, s, harrier.Conflict, claim(run.ID, "node-1"))
}

func claimOneWinner(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	must(t, s, func(tx harrier.Tx) error { _, err := s.Orphans(t.Context(), tx, "node-1", epoch()); return err })
	var won atomic.Int64
	var nodes sync.WaitGroup
	for i := range 16 {
		nodes.Go(func() {
			err := s.Write(t.Context(), func(tx harrier.Tx) error {
				_, err := s.Claim(t.Context(), tx, run.ID, fmt.Sprintf("rescuer-%d", i))
				return err
			})
			if err == nil {
				won.Add(1)
			} else if harrier.KindOf(err) != harrier.Conflict {
				t.Errorf("claim: %v", err)
			}
		})
	}
	nodes.Wait()
	equal(t, won.Load(), int64(1))
	equal(t, load(t, s, run).Fence, run.Fence+1)
}

func claimQuarantines(t *testing.T, s Stores) {
	run := create(t, s, aRun(newTenant()))
	for i := range 3 {
		equal(t, claimed(t, s, run.ID, "node-1").Crashes, i+1)
	}
	last := claimed(t, s, run.ID, "node-1")
	equal(t, last.Status, harrier.RunQuarantined)
	equal(t, last.ReadyAt.IsZero(), true)
	equal(t, load(t, s, run).Status, harrier.RunQuarantined)
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { _, err := s.Claim(t.Context(), tx, run.ID, "node-1"); return err })
	is(t, s.Write(t.Context(), func(tx harrier.Tx) error { return s.Append(t.Context(), tx, last, events(2, 2)) }), engine.ErrFence)

	refused(t, s, harrier.NotFound, func(tx harrier.Tx) error {
		return s.Unquarantine(t.Context(), tx, harrier.Run{Tenant: newTenant(), ID: run.ID}, epoch())
	})
	must(t, s, func(tx harrier.Tx) error { return s.Unquarantine(t.Context(), tx, run, epoch()) })
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.Unquarantine(t.Context(), tx, run, epoch()) })
	equal(t, claimed(t, s, run.ID, "node-1").Crashes, 1)
}

func claimForgives(t *testing.T, s Stores) {
	run := create(t, s, aRun(newTenant()))
	claimed(t, s, run.ID, "node-1")
	run = claimed(t, s, run.ID, "node-1")
	equal(t, run.Crashes, 2)
	must(t, s, func(tx harrier.Tx) error { return s.Append(t.Context(), tx, run, events(2, 2)) })
	run = claimed(t, s, run.ID, "node-1")
	equal(t, run.Crashes, 1)
	for range 5 {
		run.Status, run.ReadyAt = harrier.RunWaiting, epoch()
		must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, run) })
		run = claimed(t, s, run.ID, "node-1")
		equal(t, run.Crashes, 1)
	}
}

func appendFences(t *testing.T, s Stores) {
	old := started(t, s, newTenant())
	add := func(run harrier.Run) error {
		return s.Write(t.Context(), func(tx harrier.Tx) error { return s.Append(t.Context(), tx, run, events(2, 3)) })
	}
	run := claimed(t, s, old.ID, "node-1")
	is(t, add(old), engine.ErrFence)
	ahead := run
	ahead.Fence++
	is(t, add(ahead), engine.ErrFence)
	stranger := run
	stranger.ID = harrier.NewID[harrier.RunID](time.Now())
	is(t, add(stranger), engine.ErrFence)
	if err := add(run); err != nil {
		t.Fatal(err)
	}
	run.Status = harrier.RunWaiting
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, run) })
	is(t, s.Write(t.Context(), func(tx harrier.Tx) error { return s.Append(t.Context(), tx, run, events(4, 4)) }), engine.ErrFence)
	equal(t, journal(t, s, run.ID), events(1, 3))
}

func appendOnce(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	must(t, s, func(tx harrier.Tx) error { return s.Append(t.Context(), tx, run, events(2, 2)) })
	other := anEvent(2)
	other.Type = "step.other"
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.Append(t.Context(), tx, run, []harrier.Event{other}) })
	equal(t, journal(t, s, run.ID), events(1, 2))
}

func appendAtomic(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	must(t, s, func(tx harrier.Tx) error { return s.Append(t.Context(), tx, run, events(2, 30)) })
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error {
		return s.Append(t.Context(), tx, run, append(events(31, 45), anEvent(45)))
	})
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error {
		return s.Append(t.Context(), tx, run, []harrier.Event{anEvent(31), anEvent(33)})
	})
	must(t, s, func(tx harrier.Tx) error { return s.Append(t.Context(), tx, run, nil) })
	equal(t, journal(t, s, run.ID), events(1, 30))
}

// appendRace lets a late node go on appending while another takes the run over.
func appendRace(t *testing.T, s Stores) {
	ctx := context.WithoutCancel(t.Context())
	run := started(t, s, newTenant())
	var late sync.WaitGroup
	late.Go(func() {
		for seq := int64(2); ; seq++ {
			e := anEvent(seq)
			e.Type = "late"
			err := s.Write(ctx, func(tx harrier.Tx) error { return s.Append(ctx, tx, run, []harrier.Event{e}) })
			if err != nil {
				if !errors.Is(err, engine.ErrFence) {
					t.Errorf("the late node got %v; want %v", err, engine.ErrFence)
				}
				return
			}
		}
	})
	owner := claimed(t, s, run.ID, "node-1")
	from := int64(len(journal(t, s, run.ID))) + 1
	for seq := from; seq < from+20; seq++ {
		must(t, s, func(tx harrier.Tx) error { return s.Append(ctx, tx, owner, []harrier.Event{anEvent(seq)}) })
	}
	late.Wait()
	all := journal(t, s, run.ID)
	lastLate := -1
	for i, e := range all {
		if e.Type == "late" {
			lastLate = i
		}
	}
	if lastLate >= int(from)-1 {
		t.Fatalf("event %d of the late node came after the claim at %d", lastLate+1, from)
	}
	equal(t, int64(len(all)), from+19)
}

func eventsInOrder(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	for from := int64(2); from <= 1200; from += 100 {
		must(t, s, func(tx harrier.Tx) error { return s.Append(t.Context(), tx, run, events(from, from+99)) })
	}
	equal(t, len(journal(t, s, run.ID)), 1201)
	next := int64(700)
	for e, err := range s.Events(t.Context(), run.ID, 700) {
		if err != nil {
			t.Fatal(err)
		}
		if next++; e.Seq != next {
			t.Fatalf("got event %d; want %d", e.Seq, next)
		}
		if next == 1100 {
			break // whoever stops early is not called again
		}
	}
	equal(t, next, int64(1100))
	equal(t, len(journal(t, s, harrier.NewID[harrier.RunID](time.Now()))), 0)
}

func releaseStores(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	run.Status, run.WaitingFor, run.ReadyAt, run.Unresolved = harrier.RunWaiting, "approval", epoch().Add(time.Hour), 1
	run.Case, run.UpdatedAt = harrier.NewID[harrier.CaseID](time.Now()), epoch().Add(time.Second)
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, run) })
	want := run
	want.Owner, want.Crashes = "", 0
	equal(t, load(t, s, run), want)

	run = claimed(t, s, run.ID, "node-2")
	run.Status, run.ReadyAt, run.EndedAt = harrier.RunSucceeded, epoch(), epoch().Add(time.Minute)
	run.Outputs, run.Reason = json.RawMessage(`{"ok":true}`), "done"
	refused(t, s, harrier.Invalid, func(tx harrier.Tx) error {
		still := run
		still.Status = harrier.RunRunning
		return s.Release(t.Context(), tx, still)
	})
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, run) })
	want = run
	want.Owner, want.Crashes, want.ReadyAt = "", 0, time.Time{}
	equal(t, load(t, s, run), want)
}

func releaseFences(t *testing.T, s Stores) {
	old := started(t, s, newTenant())
	run := claimed(t, s, old.ID, "node-1")
	for _, status := range []harrier.RunStatus{harrier.RunWaiting, harrier.RunSucceeded} {
		old.Status = status
		is(t, s.Write(t.Context(), func(tx harrier.Tx) error { return s.Release(t.Context(), tx, old) }), engine.ErrFence)
	}
	equal(t, load(t, s, run), run)
}

func reopens(t *testing.T, s Stores) {
	run := aRun(newTenant())
	run.OneKey = "k"
	create(t, s, run)
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.Reopen(t.Context(), tx, run) })
	end := func() {
		held := claimed(t, s, run.ID, "node-1")
		held.Status, held.EndedAt, held.Reason = harrier.RunFailed, epoch(), "broken"
		must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, held) })
	}
	end()
	must(t, s, func(tx harrier.Tx) error { return s.Reopen(t.Context(), tx, run) })
	got := load(t, s, run)
	equal(t, got.Status, harrier.RunQueued)
	equal(t, got.ReadyAt.IsZero() || !got.EndedAt.IsZero(), false)
	end()
	second := aRun(run.Tenant)
	second.OneKey = "k"
	create(t, s, second)
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.Reopen(t.Context(), tx, run) })
}
