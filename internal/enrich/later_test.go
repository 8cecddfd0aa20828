package enrich_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/enrich"
)

// shelf is a store in memory.
type shelf struct {
	mu   sync.Mutex // guards rows
	rows map[harrier.AlertID]enrich.Pending
}

func newShelf() *shelf { return &shelf{rows: map[harrier.AlertID]enrich.Pending{}} }

// commits collects what is to be called on commit.
type commits struct {
	harrier.Tx
	hooks []func()
}

// OnCommit implements harrier.Tx.
func (c *commits) OnCommit(f func()) { c.hooks = append(c.hooks, f) }

// Write implements enrich.Store.
func (s *shelf) Write(_ context.Context, change func(harrier.Tx) error) error {
	tx := &commits{}
	if err := change(tx); err != nil {
		return err
	}
	for _, f := range tx.hooks {
		f()
	}
	return nil
}

// AddEnrichment implements enrich.Store.
func (s *shelf) AddEnrichment(_ context.Context, _ harrier.Tx, p enrich.Pending) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.rows[p.Alert]; !ok || string(old.Request) != string(p.Request) {
		s.rows[p.Alert] = p
	}
	return nil
}

// Enrichment implements enrich.Store.
func (s *shelf) Enrichment(_ context.Context, _ harrier.TenantID, alert harrier.AlertID) (enrich.Pending, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.rows[alert]
	return p, ok, nil
}

// DueEnrichments implements enrich.Store.
func (s *shelf) DueEnrichments(_ context.Context, now time.Time, limit int) ([]enrich.Pending, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []enrich.Pending
	for _, p := range s.rows {
		if !p.Due.After(now) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b enrich.Pending) int { return a.Lane - b.Lane })
	return list[:min(len(list), limit)], nil
}

// NextEnrichment implements enrich.Store.
func (s *shelf) NextEnrichment(context.Context) (at time.Time, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.rows {
		if !ok || p.Due.Before(at) {
			at, ok = p.Due, true
		}
	}
	return at, ok, nil
}

// MoveEnrichment implements enrich.Store.
func (s *shelf) MoveEnrichment(_ context.Context, _ harrier.Tx, p enrich.Pending) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.rows[p.Alert]; ok && old.Created.Equal(p.Created) {
		s.rows[p.Alert] = p
	}
	return nil
}

// EndEnrichment implements enrich.Store.
func (s *shelf) EndEnrichment(_ context.Context, _ harrier.Tx, p enrich.Pending) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.rows[p.Alert]; ok && old.Created.Equal(p.Created) {
		delete(s.rows, p.Alert)
	}
	return nil
}

// judge judges again as the pipeline does: picture, then the row in the
// transaction of the alert.
type judge struct {
	s     *enrich.Service
	store *shelf
	req   enrich.Request
	fail  int

	mu      sync.Mutex // guards what follows
	verdict []string
	pending []bool
}

// first judges for the first time.
func (j *judge) first(t *testing.T) bool {
	t.Helper()
	_, pending, err := j.s.Picture(t.Context(), j.req)
	if err != nil {
		t.Fatal(err)
	}
	if pending {
		if err := j.store.Write(t.Context(), func(tx harrier.Tx) error { return j.s.Later(t.Context(), tx, j.req) }); err != nil {
			t.Fatal(err)
		}
	}
	return pending
}

// Arrived implements enrich.Hook.
func (j *judge) Arrived(ctx context.Context, _ harrier.TenantID, _ harrier.AlertID) error {
	if j.fail > 0 {
		j.fail--
		return errors.New("the disk is full")
	}
	req := j.req
	req.Deadline = time.Millisecond
	p, pending, err := j.s.Picture(ctx, req)
	if err != nil {
		return err
	}
	j.mu.Lock()
	j.verdict, j.pending = append(j.verdict, p.Observables[0].Verdict), append(j.pending, pending)
	j.mu.Unlock()
	if !pending {
		return nil
	}
	return j.store.Write(ctx, func(tx harrier.Tx) error { return j.s.Later(ctx, tx, req) })
}

// run drives a service until the test ends.
func (j *judge) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := j.s.Run(ctx, j); err != nil {
			t.Error(err)
		}
	})
	return func() { cancel(); wg.Wait(); _ = j.s.Close() }
}

// after answers after a while.
func after(d time.Duration) func(context.Context, string, map[string]any) (map[string]any, error) {
	return func(ctx context.Context, _ string, _ map[string]any) (map[string]any, error) {
		select {
		case <-time.After(d):
			return map[string]any{"verdict": "malicious"}, nil
		case <-ctx.Done():
			return nil, connector.Errorf(connector.Unavailable, "given up")
		}
	}
}

func newJudge(t *testing.T, v *vendors, store *shelf) *judge {
	t.Helper()
	j := &judge{store: store, req: request("high", "ip 203.0.113.7")}
	j.s = service(t, v, func(c *enrich.Config) { c.Store = store })
	return j
}

func TestRun_hasAnAlertJudgedAgainWhenAnswersArrive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := threats(after(8 * time.Second))
		j := newJudge(t, v, newShelf())
		j.fail = 1 // the judge is told again
		stop := j.run(t)
		defer stop()
		start := time.Now()
		if !j.first(t) || time.Since(start) != 2*time.Second {
			t.Errorf("the first picture waits for nothing, or took %s", time.Since(start))
		}
		<-time.After(time.Minute)
		if len(j.verdict) != 1 || j.verdict[0] != "malicious" || j.pending[0] || len(j.store.rows) != 0 || len(v.calls()) != 2 {
			t.Errorf("judged again %q, pending %v, %d rows left, asked %q", j.verdict, j.pending, len(j.store.rows), v.calls())
		}
	})
}

func TestRun_asksAgainAfterACrash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		dead := newJudge(t, threats(after(time.Hour)), store)
		if !dead.first(t) || len(store.rows) != 1 {
			t.Fatalf("%d rows", len(store.rows))
		}
		_ = dead.s.Close()
		v := threats(always("malicious"))
		j := newJudge(t, v, store)
		stop := j.run(t)
		defer stop()
		<-time.After(time.Minute)
		if len(j.verdict) != 1 || j.verdict[0] != "malicious" || len(store.rows) != 0 || len(v.calls()) != 2 {
			t.Errorf("judged again %q, %d rows left, asked %q", j.verdict, len(store.rows), v.calls())
		}
	})
}

func TestRun_givesUpAfterAWhileAndJudgesForTheLastTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := threats(func(context.Context, string, map[string]any) (map[string]any, error) {
			return nil, connector.Errorf(connector.Unavailable, "the vendor is down")
		})
		j := newJudge(t, v, newShelf())
		stop := j.run(t)
		defer stop()
		if !j.first(t) {
			t.Error("nothing is waited for")
		}
		<-time.After(24 * time.Hour)
		n := len(j.pending)
		if n == 0 || n > 2 || j.pending[n-1] || len(j.store.rows) != 0 || len(v.calls()) > 14 {
			t.Errorf("judged again with pending %v, %d rows left, %d calls", j.pending, len(j.store.rows), len(v.calls()))
		}
	})
}

func TestRun_tellsOfEachAnswerThatArrives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		up := time.Now().Add(10 * time.Minute)
		v := threats(func(_ context.Context, source string, _ map[string]any) (map[string]any, error) {
			if source == "beta" && time.Now().Before(up) {
				return nil, connector.Errorf(connector.Unavailable, "the vendor is down")
			}
			return map[string]any{"verdict": map[string]string{"alpha": "benign", "beta": "malicious"}[source]}, nil
		})
		j := newJudge(t, v, newShelf())
		stop := j.run(t)
		defer stop()
		j.first(t)
		<-time.After(3 * time.Hour)
		if n := len(j.verdict); n == 0 || n > 2 || j.verdict[n-1] != "malicious" || j.pending[n-1] || len(j.store.rows) != 0 {
			t.Errorf("judged again %q, pending %v, %d rows left", j.verdict, j.pending, len(j.store.rows))
		}
	})
}
