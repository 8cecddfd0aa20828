package storetest

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

func signalClaims() []claim[Stores] {
	return []claim[Stores]{
		{"Raise makes a waiting run ready and never later", raiseWakes},
		{"Raise numbers signals, and Pending returns them with their WakeSeq", raiseNumbers},
		{"Raise leaves an ended run alone and refuses another tenant's (I12)", raiseIgnores},
		{"Release refuses to wait when a signal came meanwhile, but not to end", releaseWoken},
		{"No signal is lost between Pending and Release (I3, I14)", noLostWake},
		{"Consume removes what was read, under the fence (G4, G7)", consumes},
	}
}

func aSignal(run harrier.Run, at time.Time) harrier.Signal {
	return harrier.Signal{Tenant: run.Tenant, Run: run.ID, Type: "approval.decided", Data: json.RawMessage(`{"x":1}`), At: at}
}

func raise(t *testing.T, s Stores, sig harrier.Signal) {
	t.Helper()
	must(t, s, func(tx harrier.Tx) error { return s.Raise(t.Context(), tx, sig) })
}

func raiseWakes(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	raise(t, s, aSignal(run, epoch()))
	equal(t, load(t, s, run).ReadyAt.IsZero(), true)

	run.Status, run.ReadyAt, run.WakeSeq = harrier.RunWaiting, time.Time{}, 1
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, run) })
	raise(t, s, aSignal(run, epoch().Add(time.Hour)))
	equal(t, load(t, s, run).ReadyAt, epoch().Add(time.Hour))
	raise(t, s, aSignal(run, epoch()))
	equal(t, load(t, s, run).ReadyAt, epoch())
	raise(t, s, aSignal(run, epoch().Add(time.Hour)))
	equal(t, load(t, s, run).ReadyAt, epoch())
}

func raiseNumbers(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	pending, wake, err := s.Pending(t.Context(), run.ID)
	if err != nil || len(pending) != 0 || wake != 0 {
		t.Fatalf("got %v, %d, %v; want none", pending, wake, err)
	}
	var want []harrier.Signal
	for i := range int64(3) {
		sig := aSignal(run, epoch().Add(-time.Duration(i)*time.Minute))
		raise(t, s, sig)
		sig.Seq = i + 1
		want = append(want, sig)
	}
	pending, wake, err = s.Pending(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, pending, want)
	equal(t, wake, int64(3))
	_, _, err = s.Pending(t.Context(), harrier.NewID[harrier.RunID](time.Now()))
	kind(t, err, harrier.NotFound)
}

func raiseIgnores(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	stranger := aSignal(run, epoch())
	stranger.Tenant = newTenant()
	refused(t, s, harrier.NotFound, func(tx harrier.Tx) error { return s.Raise(t.Context(), tx, stranger) })
	run.Status = harrier.RunCancelled
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, run) })
	raise(t, s, aSignal(run, epoch()))
	got := load(t, s, run)
	equal(t, got.WakeSeq, int64(0))
	equal(t, got.ReadyAt.IsZero(), true)
}

func releaseWoken(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	raise(t, s, aSignal(run, epoch()))
	waits := run
	waits.Status = harrier.RunWaiting
	is(t, s.Write(t.Context(), func(tx harrier.Tx) error { return s.Release(t.Context(), tx, waits) }), engine.ErrWoken)
	equal(t, load(t, s, run).Status, harrier.RunRunning)
	ends := run
	ends.Status = harrier.RunSucceeded
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, ends) })
}

// noLostWake races a signal against an owner that takes what is pending and
// waits again, many times: afterwards the owner has seen it, or was refused to
// wait, or the run is ready.
func noLostWake(t *testing.T, s Stores) {
	const rounds = 150
	run := started(t, s, newTenant())
	sig := aSignal(run, epoch())
	seen := 0
	for round := range rounds {
		var sending sync.WaitGroup
		sending.Go(func() {
			if err := s.Write(t.Context(), func(tx harrier.Tx) error { return s.Raise(t.Context(), tx, sig) }); err != nil {
				t.Error(err)
			}
		})
		var owned bool
		seen, owned = takeAndWait(t, s, &run, seen)
		sending.Wait()
		if !owned {
			ready, err := s.Ready(t.Context(), epoch(), 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(ready) == 0 && seen <= round {
				t.Fatalf("the run sleeps and has seen %d of %d signals", seen, round+1)
			}
			run = claimed(t, s, run.ID, "node-1")
		}
		if seen, owned = takeAndWait(t, s, &run, seen); owned {
			t.Fatal("the run was woken with nobody to wake it")
		}
		equal(t, seen, round+1)
		run = claimed(t, s, run.ID, "node-1")
	}
}

// takeAndWait consumes what is pending and gives the run up, unless it was woken.
func takeAndWait(t *testing.T, s Stores, run *harrier.Run, seen int) (total int, owned bool) {
	t.Helper()
	pending, wake, err := s.Pending(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(pending); n > 0 {
		must(t, s, func(tx harrier.Tx) error { return s.Consume(t.Context(), tx, *run, pending[n-1].Seq) })
		seen += n
	}
	waits := *run
	waits.Status, waits.WakeSeq, waits.ReadyAt = harrier.RunWaiting, wake, time.Time{}
	err = s.Write(t.Context(), func(tx harrier.Tx) error { return s.Release(t.Context(), tx, waits) })
	if err != nil && !errors.Is(err, engine.ErrWoken) {
		t.Fatal(err)
	}
	return seen, err != nil
}

func consumes(t *testing.T, s Stores) {
	old := started(t, s, newTenant())
	for range 3 {
		raise(t, s, aSignal(old, epoch()))
	}
	run := claimed(t, s, old.ID, "node-1")
	is(t, s.Write(t.Context(), func(tx harrier.Tx) error { return s.Consume(t.Context(), tx, old, 3) }), engine.ErrFence)
	must(t, s, func(tx harrier.Tx) error { return s.Consume(t.Context(), tx, run, 2) })
	must(t, s, func(tx harrier.Tx) error { return s.Consume(t.Context(), tx, run, 2) })
	pending, wake, err := s.Pending(t.Context(), run.ID)
	if err != nil || len(pending) != 1 || pending[0].Seq != 3 || wake != 3 {
		t.Fatalf("got %v, %d, %v; want signal 3 and 3", pending, wake, err)
	}
}
