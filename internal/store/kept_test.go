package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/harrier-soar/harrier"
)

// committed is a change whose hooks are called when it commits.
type committed struct {
	harrier.Tx
	hooks []func()
}

func (c *committed) OnCommit(f func()) { c.hooks = append(c.hooks, f) }

func (c *committed) commit() {
	for _, f := range c.hooks {
		f()
	}
}

func TestKept_neverGivesWhatWasBeforeAChangeThatWasTold(t *testing.T) {
	t.Parallel()
	var rows kept[int, int64]
	var stored, told atomic.Int64
	read := func() (int64, error) { return stored.Load(), nil }
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				least := told.Load()
				if got, _ := rows.get(1, read); got < least {
					t.Errorf("got %d after %d was told", got, least)
					return
				}
			}
		})
	}
	for n := range int64(500) {
		tx := &committed{}
		rows.changes(tx)
		stored.Store(n)
		tx.commit()
		told.Store(n)
	}
	stop()
	readers.Wait()
}

func TestKept_readsOnceWhatDoesNotChange(t *testing.T) {
	t.Parallel()
	var rows kept[string, int]
	reads := 0
	read := func() (int, error) { reads++; return 7, nil }
	for range 3 {
		if got, err := rows.get("a", read); got != 7 || err != nil {
			t.Fatal(got, err)
		}
	}
	failed := errors.New("no")
	for range 2 {
		if _, err := rows.get("b", func() (int, error) { reads++; return 0, failed }); !errors.Is(err, failed) {
			t.Fatal(err)
		}
	}
	if reads != 3 {
		t.Errorf("read %d times; what failed must be asked again, what was read must not", reads)
	}
}
