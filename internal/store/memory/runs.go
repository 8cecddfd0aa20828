package memory

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/store/ownership"
)

var (
	_ engine.Journal = (*Memory)(nil)
	_ engine.Queue   = (*Memory)(nil)
)

// run is a run's row with what only the store knows.
type run struct {
	harrier.Run
	crashSeq int64 // the journal's length at the last claim
}

// Create implements [engine.Journal].
func (m *Memory) Create(_ context.Context, tx harrier.Tx, r harrier.Run, events []harrier.Event) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if r.ID.IsZero() || r.Tenant.IsZero() {
		return harrier.Errorf(harrier.Invalid, "a run needs an id and a tenant")
	}
	if r.Priority < 0 || r.Priority > 3 {
		return harrier.Errorf(harrier.Invalid, "a value is missing or outside its range")
	}
	if _, ok := t.state.runs[r.ID]; ok {
		return harrier.Errorf(harrier.Conflict, "run %s exists already", r.ID)
	}
	if !r.Status.Ended() && t.state.busy(r) {
		return harrier.Errorf(harrier.Conflict, "playbook %s is running already for the same key; wait for it or cancel it", r.Playbook)
	}
	if err := ownership.Create(&r); err != nil {
		return err
	}
	row := run{Run: r}
	if r.Status == harrier.RunRunning {
		row.crashSeq = int64(len(events))
	}
	put(t, t.state.runs, r.ID, row)
	return appendEvents(t, r.ID, events)
}

// appendEvents adds events whose numbers are consecutive and new.
func appendEvents(t *transaction, id harrier.RunID, events []harrier.Event) error {
	journal := t.state.events[id]
	for i, e := range events {
		last := int64(len(journal) + i)
		if e.Seq <= last {
			return harrier.Errorf(harrier.Conflict, "run %s has event %d already", id, e.Seq)
		}
		if e.Seq != last+1 {
			return harrier.Errorf(harrier.Conflict, "run %s has no event before %d", id, e.Seq)
		}
	}
	// Whoever reads the journal now sees it up to its length, so that what is
	// added behind, and perhaps undone, disturbs nobody.
	for _, e := range events {
		e.Data = bytes.Clone(e.Data)
		journal = append(journal, e)
	}
	put(t, t.state.events, id, journal)
	return nil
}

// Claim implements [engine.Journal].
func (m *Memory) Claim(_ context.Context, tx harrier.Tx, id harrier.RunID, owner string) (harrier.Run, error) {
	t, err := begun(tx)
	if err != nil {
		return harrier.Run{}, err
	}
	r, ok := t.state.runs[id]
	if !ok {
		return harrier.Run{}, errNoRun(id)
	}
	now := m.now()
	if err := ownership.Check(r.Run, owner, now); err != nil {
		return harrier.Run{}, err
	}
	last := int64(len(t.state.events[id]))
	ownership.Claim(&r.Run, owner, last > r.crashSeq)
	r.crashSeq, r.UpdatedAt = last, now.UTC().Truncate(time.Microsecond)
	put(t, t.state.runs, id, r)
	return r.Run, nil
}

// held returns the run where it runs under the fence.
func (t *transaction) held(id harrier.RunID, fence int64) (run, error) {
	r, ok := t.state.runs[id]
	if !ok || r.Status != harrier.RunRunning || r.Fence != fence {
		return r, engine.ErrFence
	}
	return r, nil
}

// Append implements [engine.Journal].
func (m *Memory) Append(_ context.Context, tx harrier.Tx, r harrier.Run, events []harrier.Event) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		return nil
	}
	if _, err := t.held(r.ID, r.Fence); err != nil {
		return err
	}
	return appendEvents(t, r.ID, events)
}

// Release implements [engine.Journal].
func (m *Memory) Release(_ context.Context, tx harrier.Tx, r harrier.Run) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if err := ownership.GiveUp(&r); err != nil {
		return err
	}
	now, err := t.held(r.ID, r.Fence)
	if err != nil {
		return err
	}
	if !ownership.Final(r.Status) && now.WakeSeq != r.WakeSeq {
		return engine.ErrWoken
	}
	now.Status, now.WaitingFor, now.Priority, now.Case, now.ReadyAt = r.Status, r.WaitingFor, r.Priority, r.Case, r.ReadyAt
	now.Unresolved, now.Outputs, now.Reason, now.EndedAt = r.Unresolved, bytes.Clone(r.Outputs), r.Reason, r.EndedAt
	now.UpdatedAt, now.Owner, now.Crashes = cmp.Or(r.UpdatedAt, m.now().UTC()), "", 0
	put(t, t.state.runs, r.ID, now)
	return nil
}

// Unquarantine lets a quarantined run be claimed again at a time.
func (m *Memory) Unquarantine(_ context.Context, tx harrier.Tx, r harrier.Run, at time.Time) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	now, ok := t.state.runs[r.ID]
	if !ok || now.Tenant != r.Tenant {
		return errNoRun(r.ID)
	}
	if now.Status != harrier.RunQuarantined {
		return harrier.Errorf(harrier.Conflict, "run %s is not quarantined but %s", r.ID, now.Status)
	}
	now.Status, now.Reason, now.Crashes, now.ReadyAt, now.UpdatedAt = harrier.RunWaiting, "", 0, at, at
	put(t, t.state.runs, r.ID, now)
	return nil
}

// Events implements [engine.Journal].
func (m *Memory) Events(_ context.Context, id harrier.RunID, after int64) iter.Seq2[harrier.Event, error] {
	return func(yield func(harrier.Event, error) bool) {
		m.mu.RLock()
		journal := m.state.events[id]
		m.mu.RUnlock()
		for _, e := range journal[min(max(after, 0), int64(len(journal))):] {
			e.Data = bytes.Clone(e.Data)
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Ready implements [engine.Queue].
func (m *Memory) Ready(_ context.Context, now time.Time, limit int) ([]harrier.RunID, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var ready []run
	for _, r := range m.state.runs {
		if !r.ReadyAt.IsZero() && !r.ReadyAt.After(now) {
			ready = append(ready, r)
		}
	}
	slices.SortFunc(ready, func(a, b run) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), a.ReadyAt.Compare(b.ReadyAt), bytes.Compare(a.ID[:], b.ID[:]))
	})
	var ids []harrier.RunID
	for _, r := range ready[:min(max(limit, 0), len(ready))] {
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// NextReady implements [engine.Queue].
func (m *Memory) NextReady(_ context.Context, after time.Time) (at time.Time, ok bool, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, r := range m.state.runs {
		if r.ReadyAt.After(after) && (!ok || r.ReadyAt.Before(at)) {
			at, ok = r.ReadyAt, true
		}
	}
	return at, ok, nil
}

// Orphans implements [engine.Queue].
func (m *Memory) Orphans(_ context.Context, tx harrier.Tx, owner string, now time.Time) (int64, error) {
	t, err := begun(tx)
	if err != nil {
		return 0, err
	}
	var n int64
	for id, r := range t.state.runs {
		if r.Status == harrier.RunRunning && r.ReadyAt.IsZero() && (owner == "" || r.Owner == owner) {
			r.ReadyAt = now
			put(t, t.state.runs, id, r)
			n++
		}
	}
	return n, nil
}

// Load implements [engine.Queue].
func (m *Memory) Load(_ context.Context, tenant harrier.TenantID, id harrier.RunID) (harrier.Run, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, ok := m.state.runs[id]
	if !ok || r.Tenant != tenant {
		return harrier.Run{}, errNoRun(id)
	}
	r.Outputs = bytes.Clone(r.Outputs)
	return r.Run, nil
}

func errNoRun(id harrier.RunID) error {
	return harrier.Errorf(harrier.NotFound, "run %s does not exist", id)
}

// Reopen makes a run that failed or was cancelled ready now.
func (m *Memory) Reopen(_ context.Context, tx harrier.Tx, r harrier.Run) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	now, ok := t.state.runs[r.ID]
	if !ok || now.Tenant != r.Tenant || now.Status != harrier.RunFailed && now.Status != harrier.RunCancelled {
		return harrier.Errorf(harrier.Conflict, "run %s did not fail and was not cancelled", r.ID)
	}
	if t.state.busy(now.Run) {
		return harrier.Errorf(harrier.Conflict, "playbook %s is running for the same key already; wait for that run or cancel it", r.Playbook)
	}
	now.Status, now.Reason, now.Crashes, now.EndedAt = harrier.RunQueued, "", 0, time.Time{}
	now.ReadyAt = m.now().UTC().Truncate(time.Microsecond)
	now.UpdatedAt = now.ReadyAt
	put(t, t.state.runs, r.ID, now)
	return nil
}

// busy reports whether an active run has the same key of limits.one_per.
func (s *state) busy(r harrier.Run) bool {
	if r.OneKey == "" {
		return false
	}
	for _, other := range s.runs {
		if !other.Status.Ended() && other.Tenant == r.Tenant && other.Playbook == r.Playbook && other.OneKey == r.OneKey {
			return true
		}
	}
	return false
}
