package store

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
)

// blank is a database in which nothing has happened, made once. Tests outside of
// this package have it from blanktest.
var blank = sync.OnceValues(func() (text []byte, err error) {
	dir, err := os.MkdirTemp("", "blank")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := Open(context.Background(), Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(DatabaseFile(dir))
})

// blankDir returns a directory with a blank database.
func blankDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	text, err := blank()
	if err == nil {
		err = os.WriteFile(DatabaseFile(dir), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func openTest(t *testing.T, c Config) *Store {
	t.Helper()
	if c.Dir == "" {
		c.Dir = blankDir(t)
	}
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// pin is a small change that can be found again.
func pin(s *Store, tx harrier.Tx, hash string) error {
	return s.Pin(context.Background(), tx, harrier.DefaultTenant, hash, []byte(hash))
}

func pinned(t *testing.T, s *Store, hash string) bool {
	t.Helper()
	_, err := s.Pinned(t.Context(), harrier.DefaultTenant, hash)
	if err != nil && harrier.KindOf(err) != harrier.NotFound {
		t.Fatal(err)
	}
	return err == nil
}

// together runs changes in one batch: the first one holds the writer until the
// others are queued, in their order. It returns what each Write said.
func together(t *testing.T, s *Store, changes ...func(harrier.Tx) error) []error {
	t.Helper()
	errs := make([]error, len(changes))
	release := make(chan struct{})
	var writers sync.WaitGroup
	for i, change := range changes {
		entered := make(chan struct{})
		once := sync.OnceFunc(func() { close(entered) })
		writers.Go(func() {
			errs[i] = s.Write(t.Context(), func(tx harrier.Tx) error {
				once()
				<-release
				return change(tx)
			})
		})
		if i == 0 {
			<-entered
			continue
		}
		waitFor(t, func() bool { return len(s.writer.queue) == i })
	}
	close(release)
	writers.Wait()
	return errs
}

// waitFor polls a condition that another goroutine brings about.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatal("the condition did not come about in 20 s")
		case <-tick.C:
		}
	}
}

var errHalfWay = errors.New("half-way")

func TestWrite_failedChangeTakesBackOnlyItsOwnPart(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	commits := 0
	s := openTest(t, Config{Hit: func(name string) {
		mu.Lock()
		defer mu.Unlock()
		if name == hitAfterCommit {
			commits++
		}
	}})
	runs := make([]int, 5)
	var hooks []string
	change := func(i int, name string, then error) func(harrier.Tx) error {
		return func(tx harrier.Tx) error {
			runs[i]++
			tx.OnCommit(func() { hooks = append(hooks, name) })
			if err := pin(s, tx, name); err != nil {
				return err
			}
			if then != nil && then.Error() == "panic" {
				panic(then)
			}
			return then
		}
	}
	errs := together(t, s,
		change(0, "a", nil), change(1, "b", errHalfWay), change(2, "c", nil), change(3, "d", errors.New("panic")), change(4, "e", nil))
	for i, name := range []string{"a", "b", "c", "d", "e"} {
		if want := i%2 == 0; (errs[i] == nil) != want || pinned(t, s, name) != want {
			t.Errorf("change %s: %v, there %t; want %t", name, errs[i], pinned(t, s, name), want)
		}
	}
	if !errors.Is(errs[1], errHalfWay) || harrier.KindOf(errs[3]) != harrier.Internal {
		t.Errorf("got %v and %v", errs[1], errs[3])
	}
	if diff := cmp.Diff([]string{"a", "c", "e"}, hooks); diff != "" {
		t.Errorf("hooks -want +got:\n%s", diff)
	}
	if !slices.Equal(runs, []int{2, 2, 1, 1, 1}) {
		t.Errorf("changes were run %v times; want those up to the failed one run again", runs)
	}
	if commits != 1 {
		t.Errorf("%d commits; want one for all", commits)
	}
}

func TestWrite_cleanRefusalDoesNotRunOthersAgain(t *testing.T) {
	t.Parallel()
	s := openTest(t, Config{})
	runs := 0
	errs := together(t, s,
		func(tx harrier.Tx) error { runs++; return pin(s, tx, "a") },
		func(harrier.Tx) error { return errHalfWay },
		func(tx harrier.Tx) error { runs++; return pin(s, tx, "c") })
	if errs[0] != nil || !errors.Is(errs[1], errHalfWay) || errs[2] != nil || runs != 2 {
		t.Fatalf("got %v after %d runs; want only the second refused, and two runs", errs, runs)
	}
}

func TestWrite_changesOfABatchSeeThoseBeforeThem(t *testing.T) {
	t.Parallel()
	s := openTest(t, Config{})
	var number [3]int64
	open := func(i int) func(harrier.Tx) error {
		return func(tx harrier.Tx) error {
			c, err := s.OpenCase(t.Context(), tx, harrier.Case{Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.CaseID](time.Now()), CreatedAt: time.Now(), UpdatedAt: time.Now()})
			number[i] = c.Number
			return err
		}
	}
	for _, err := range together(t, s, open(0), open(1), open(2)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if number != [3]int64{1, 2, 3} {
		t.Fatalf("numbers %v; want 1, 2, 3", number)
	}
}

func TestWrite_brokenTransactionIsEverybodysAndTheStoreGoesOn(t *testing.T) {
	t.Parallel()
	s := openTest(t, Config{})
	hook := false
	errs := together(t, s,
		func(tx harrier.Tx) error { tx.OnCommit(func() { hook = true }); return pin(s, tx, "a") },
		func(tx harrier.Tx) error {
			s.writer.broken = errors.New("the disk is gone") // as failed does after an I/O error
			if _, err := tx.Exec(t.Context(), "SELECT 1"); err == nil {
				t.Error("a statement was run after the transaction had broken")
			}
			return nil
		})
	for i, err := range errs {
		if harrier.KindOf(err) != harrier.Unavailable {
			t.Errorf("change %d: got %v; want unavailable", i, err)
		}
	}
	if hook || pinned(t, s, "a") {
		t.Errorf("hook %t, there %t; want neither", hook, pinned(t, s, "a"))
	}
	if err := s.Write(t.Context(), func(tx harrier.Tx) error { return pin(s, tx, "b") }); err != nil || !pinned(t, s, "b") {
		t.Errorf("the next change: %v", err)
	}
}

func TestWrite_failedCommitIsEverybodys(t *testing.T) { // DUR-03
	t.Parallel()
	s := openTest(t, Config{})
	// A deferred constraint is checked by COMMIT.
	err := s.Write(t.Context(), func(tx harrier.Tx) error {
		if _, err := tx.Exec(t.Context(), "PRAGMA defer_foreign_keys = 1"); err != nil {
			return err
		}
		_, err := s.LinkAlert(t.Context(), tx, CaseLink{Tenant: harrier.DefaultTenant, Case: harrier.CaseID{1}, Alert: harrier.AlertID{2}, At: time.Now()})
		return err
	})
	if harrier.KindOf(err) != harrier.Unavailable {
		t.Fatalf("got %v; want unavailable", err)
	}
	if err := s.Write(t.Context(), func(tx harrier.Tx) error { return pin(s, tx, "b") }); err != nil || !pinned(t, s, "b") {
		t.Errorf("the next change: %v", err)
	}
}

func TestWrite_queuedChangeIsTakenBackWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	s := openTest(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	var queued error
	var wait sync.WaitGroup
	err := s.Write(t.Context(), func(harrier.Tx) error {
		wait.Go(func() {
			queued = s.Write(ctx, func(harrier.Tx) error {
				t.Error("a change that was taken back was run")
				return nil
			})
		})
		waitFor(t, func() bool { return len(s.writer.queue) == 1 })
		cancel()
		wait.Wait()
		return nil
	})
	if err != nil || !errors.Is(queued, context.Canceled) {
		t.Fatalf("got %v and %v; want nil and canceled", err, queued)
	}
}

func TestClose_finishesWhatWasAcceptedAndRefusesTheRest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, Config{Dir: dir})
	var early error
	var writers sync.WaitGroup
	entered, release := make(chan struct{}), make(chan struct{})
	writers.Go(func() {
		early = s.Write(t.Context(), func(tx harrier.Tx) error {
			close(entered)
			<-release
			return pin(s, tx, "early")
		})
	})
	<-entered
	writers.Go(func() { _ = s.Close() })
	<-s.writer.closing
	if err := s.Write(t.Context(), func(tx harrier.Tx) error { return pin(s, tx, "late") }); harrier.KindOf(err) != harrier.Unavailable {
		t.Errorf("a change after Close: %v; want unavailable", err)
	}
	close(release)
	writers.Wait()
	if early != nil {
		t.Fatal(early)
	}
	if _, err := s.Pinned(t.Context(), harrier.DefaultTenant, "early"); harrier.KindOf(err) != harrier.Unavailable {
		t.Errorf("a read after Close: %v; want unavailable", err)
	}
	again := openTest(t, Config{Dir: dir})
	if !pinned(t, again, "early") || pinned(t, again, "late") {
		t.Error("want early and not late")
	}
}

func TestTx_nestedQueriesOfOneTextDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	s := openTest(t, Config{})
	const text = "SELECT column1 FROM (VALUES (1), (2), (3))"
	var got []int
	err := s.Write(t.Context(), func(tx harrier.Tx) error {
		outer, err := tx.Query(t.Context(), text)
		if err != nil {
			return err
		}
		for outer.Next() {
			var n, sum int
			if err := outer.Scan(&n); err != nil {
				return err
			}
			inner, err := tx.Query(t.Context(), text)
			if err != nil {
				return err
			}
			for inner.Next() {
				var m int
				if err := inner.Scan(&m); err != nil {
					return err
				}
				sum += m
			}
			got = append(got, n*100+sum)
		}
		return outer.Err()
	})
	if diff := cmp.Diff([]int{106, 206, 306}, got); err != nil || diff != "" {
		t.Fatalf("%v, -want +got:\n%s", err, diff)
	}
}
