package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/harrier-soar/harrier"
)

func writeClaims() []claim[Stores] {
	return []claim[Stores]{
		{"Write returns the change's own error and leaves nothing of it", writeOwnError},
		{"Write keeps changes apart that share a commit", writeIsolates},
		{"Write turns a panic into Internal and goes on", writePanics},
		{"Write does not begin for a context that has ended", writeEndedContext},
		{"OnCommit is called after the change is seen by others, and only then", onCommit},
		{"A transaction is of no use after its change has returned", staleTx},
	}
}

var errOwn = errors.New("the change's own error")

func writeOwnError(t *testing.T, s Stores) {
	run := aRun(newTenant())
	err := s.Write(t.Context(), func(tx harrier.Tx) error {
		if err := s.Create(t.Context(), tx, run, events(1, 3)); err != nil {
			return err
		}
		return errOwn
	})
	is(t, err, errOwn)
	_, err = s.Load(t.Context(), run.Tenant, run.ID)
	kind(t, err, harrier.NotFound)
	equal(t, len(journal(t, s, run.ID)), 0)
	create(t, s, run)
}

// writeIsolates mixes changes that succeed, fail cleanly, fail half-way and
// panic half-way, many at a time, so that they share commits.
func writeIsolates(t *testing.T, s Stores) {
	const many = 120
	tenant := newTenant()
	runs := make([]harrier.Run, many)
	var hooks [many]atomic.Int64
	var writers sync.WaitGroup
	for i := range runs {
		runs[i] = aRun(tenant)
		writers.Go(func() {
			err := s.Write(t.Context(), func(tx harrier.Tx) error {
				tx.OnCommit(func() { hooks[i].Add(1) })
				if i%4 == 1 {
					return errOwn
				}
				if err := s.Create(t.Context(), tx, runs[i], events(1, 2)); err != nil {
					return err
				}
				switch i % 4 {
				case 2:
					return errOwn
				case 3:
					panic("half-way")
				}
				return nil
			})
			if (err == nil) != (i%4 == 0) {
				t.Errorf("change %d: %v", i, err)
			}
		})
	}
	writers.Wait()
	for i, run := range runs {
		_, err := s.Load(t.Context(), tenant, run.ID)
		made := err == nil
		if want := i%4 == 0; made != want || len(journal(t, s, run.ID)) > 0 != want || hooks[i].Load() == 1 != want {
			t.Errorf("change %d: made %t, hooks %d; want %t", i, made, hooks[i].Load(), want)
		}
	}
}

func writePanics(t *testing.T, s Stores) {
	run := aRun(newTenant())
	refused(t, s, harrier.Internal, func(tx harrier.Tx) error {
		if err := s.Create(t.Context(), tx, run, events(1, 1)); err != nil {
			return err
		}
		panic(fmt.Sprint("for ", run.ID))
	})
	create(t, s, run)
}

func writeEndedContext(t *testing.T, s Stores) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Write(ctx, func(harrier.Tx) error {
		t.Error("the change was run")
		return nil
	})
	kind(t, err, harrier.Unavailable)
	is(t, err, context.Canceled)
}

func onCommit(t *testing.T, s Stores) {
	run := aRun(newTenant())
	var seen []string
	must(t, s, func(tx harrier.Tx) error {
		tx.OnCommit(func() {
			_, err := s.Load(t.Context(), run.Tenant, run.ID)
			seen = append(seen, fmt.Sprint("first: ", err))
		})
		tx.OnCommit(func() { seen = append(seen, "second") })
		return s.Create(t.Context(), tx, run, events(1, 1))
	})
	equal(t, seen, []string{"first: <nil>", "second"})
}

func staleTx(t *testing.T, s Stores) {
	var kept harrier.Tx
	must(t, s, func(tx harrier.Tx) error {
		kept = tx
		return nil
	})
	kind(t, s.Create(t.Context(), kept, aRun(newTenant()), events(1, 1)), harrier.Internal)
}
