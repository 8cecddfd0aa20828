package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// ownedRun makes a run that node-1 owns, with one event.
func ownedRun(t *testing.T, s *Store) harrier.Run {
	t.Helper()
	run := benchRun()
	run.Status, run.Owner, run.Fence = harrier.RunRunning, "node-1", 1
	if err := s.Write(t.Context(), func(tx harrier.Tx) error {
		return s.Create(t.Context(), tx, run, []harrier.Event{benchEvent(1)})
	}); err != nil {
		t.Fatal(err)
	}
	return run
}

// adds appends events from one number to another.
func adds(s *Store, run harrier.Run, from, to int64) func(harrier.Tx) error {
	return func(tx harrier.Tx) error {
		var events []harrier.Event
		for seq := from; seq <= to; seq++ {
			events = append(events, benchEvent(seq))
		}
		return s.Append(context.Background(), tx, run, events)
	}
}

// count reads how many events a run has.
func count(t *testing.T, s *Store, run harrier.Run) (n int) {
	t.Helper()
	for _, err := range s.Events(t.Context(), run.ID, 0) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestAppend_eventThatExistsFailsItsOwnChangeOnlyInABatch(t *testing.T) {
	t.Parallel()
	s := openTest(t, Config{})
	a, b, c := ownedRun(t, s), ownedRun(t, s), ownedRun(t, s)
	errs := together(t, s, adds(s, a, 2, 200), adds(s, b, 1, 3), adds(s, c, 2, 2))
	got := []harrier.Kind{harrier.KindOf(errs[0]), harrier.KindOf(errs[1]), harrier.KindOf(errs[2])}
	if errs[0] != nil || got[1] != harrier.Conflict || errs[2] != nil {
		t.Errorf("got %v, want only a Conflict of the second change (G4)", errs)
	}
	if diff := cmp.Diff([]int{200, 1, 2}, []int{count(t, s, a), count(t, s, b), count(t, s, c)}); diff != "" {
		t.Errorf("events -want +got:\n%s", diff)
	}
}

func TestAppend_rowsOfABatchAreSeenByItsLaterStatements(t *testing.T) {
	t.Parallel()
	s := openTest(t, Config{})
	run := ownedRun(t, s)
	var seen int64
	errs := together(t, s, adds(s, run, 2, 5), func(tx harrier.Tx) error {
		found, err := tx.Query(t.Context(), "SELECT count(*) FROM events WHERE run_id = $1", run.ID[:])
		if err != nil {
			return err
		}
		found.Next()
		return errors.Join(found.Scan(&seen), found.Close())
	})
	if err := errors.Join(errs...); err != nil || seen != 5 {
		t.Errorf("saw %d events and %v, want 5", seen, err)
	}
}

func TestAppend_fenceIsTheOneThatWasCommitted(t *testing.T) { // DUR-09
	t.Parallel()
	s := openTest(t, Config{})
	run := ownedRun(t, s)
	// A claim that is taken back leaves the owner before it in its place.
	errs := together(t, s, adds(s, run, 2, 2), func(tx harrier.Tx) error {
		if _, err := s.Claim(t.Context(), tx, run.ID, "node-1"); err != nil {
			return err
		}
		return errHalfWay
	})
	if errs[0] != nil || !errors.Is(errs[1], errHalfWay) {
		t.Fatalf("got %v, want only the claim to fail", errs)
	}
	if err := s.Write(t.Context(), adds(s, run, 3, 3)); err != nil {
		t.Fatalf("the owner is refused after a claim that was taken back: %v", err)
	}
	// One that is kept makes its fence the only one (G7), in the very batch.
	late := run
	errs = together(t, s, func(tx harrier.Tx) (err error) {
		run, err = s.Claim(t.Context(), tx, run.ID, "node-1")
		return err
	}, adds(s, late, 4, 4), func(tx harrier.Tx) error { return adds(s, run, 4, 4)(tx) })
	if errs[0] != nil || !errors.Is(errs[1], engine.ErrFence) || errs[2] != nil {
		t.Fatalf("got %v, want only the late owner refused", errs)
	}
	run.Status = harrier.RunFailed
	errs = together(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, run) }, adds(s, run, 5, 5))
	if errs[0] != nil || !errors.Is(errs[1], engine.ErrFence) {
		t.Fatalf("got %v, want nothing after the end", errs)
	}
	if n := count(t, s, run); n != 4 {
		t.Errorf("%d events, want 4", n)
	}
}

func TestDeferred_flushesRowsOfAnyNumber(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 3, 4, 16, 21, 64, 65, 85, 300} {
		t.Run(fmt.Sprint(n, " events"), func(t *testing.T) {
			t.Parallel()
			s := openTest(t, Config{})
			run := ownedRun(t, s)
			if err := s.Write(t.Context(), adds(s, run, 2, n+1)); err != nil {
				t.Fatal(err)
			}
			if got := count(t, s, run); got != int(n)+1 {
				t.Errorf("%d events, want %d", got, n+1)
			}
		})
	}
}
