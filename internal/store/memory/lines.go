package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Lines = (*Memory)(nil)

// Holder implements [engine.Lines].
func (m *Memory) Holder(_ context.Context, tx harrier.Tx, k engine.OneKey) (harrier.Run, bool, error) {
	t, err := begun(tx)
	if err != nil {
		return harrier.Run{}, false, err
	}
	r, ok := t.state.holder(k)
	return r, ok, nil
}

// holder is the active run that holds a key.
func (s *state) holder(k engine.OneKey) (harrier.Run, bool) {
	for _, r := range s.runs {
		if k.Key != "" && !r.Status.Ended() && k == (engine.OneKey{Tenant: r.Tenant, Playbook: r.Playbook, Key: r.OneKey}) {
			return r.Run, true
		}
	}
	return harrier.Run{}, false
}

// LineUp implements [engine.Lines].
func (m *Memory) LineUp(_ context.Context, tx harrier.Tx, id harrier.RunID, k engine.OneKey) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if _, twice := t.state.lines[id]; twice {
		return harrier.Errorf(harrier.Conflict, "run %s waits already", id)
	}
	put(t, t.state.lines, id, k)
	return nil
}

// Line implements [engine.Lines].
func (m *Memory) Line(_ context.Context, tx harrier.Tx, k engine.OneKey) ([]harrier.RunID, error) {
	t, err := begun(tx)
	if err != nil {
		return nil, err
	}
	var ids []harrier.RunID
	for id, key := range t.state.lines {
		if key == k {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b harrier.RunID) int {
		x, y := t.state.runs[a], t.state.runs[b]
		return cmp.Or(cmp.Compare(x.Priority, y.Priority), x.CreatedAt.Compare(y.CreatedAt), bytes.Compare(a[:], b[:]))
	})
	return ids, nil
}

// Quit implements [engine.Lines].
func (m *Memory) Quit(_ context.Context, tx harrier.Tx, id harrier.RunID) (bool, error) {
	t, err := begun(tx)
	if err != nil {
		return false, err
	}
	key, ok := t.state.lines[id]
	if ok {
		delete(t.state.lines, id)
		t.undo = append(t.undo, func() { t.state.lines[id] = key })
	}
	return ok, nil
}

// Promote implements [engine.Lines].
func (m *Memory) Promote(ctx context.Context, tx harrier.Tx, k engine.OneKey) (next harrier.RunID, ok bool, err error) {
	if _, held, err := m.Holder(ctx, tx, k); err != nil || held {
		return next, false, err
	}
	line, err := m.Line(ctx, tx, k)
	if err != nil || len(line) == 0 {
		return next, false, err
	}
	next = line[0]
	if _, err := m.Quit(ctx, tx, next); err != nil {
		return next, false, err
	}
	t, err := begun(tx)
	if err != nil {
		return next, false, err
	}
	r := t.state.runs[next]
	r.OneKey, r.WaitingFor, r.ReadyAt = k.Key, "", m.now().UTC().Truncate(time.Microsecond)
	r.UpdatedAt = r.ReadyAt
	put(t, t.state.runs, next, r)
	return next, true, nil
}
