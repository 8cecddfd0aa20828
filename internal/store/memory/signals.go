package memory

import (
	"bytes"
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Signals = (*Memory)(nil)

// Raise implements [engine.Signals].
func (m *Memory) Raise(_ context.Context, tx harrier.Tx, s harrier.Signal) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	r, ok := t.state.runs[s.Run]
	if !ok || r.Tenant != s.Tenant {
		return errNoRun(s.Run)
	}
	if r.Status.Ended() {
		return nil
	}
	r.WakeSeq++
	if idle := r.Status == harrier.RunWaiting || r.Status == harrier.RunQueued; idle && (r.ReadyAt.IsZero() || r.ReadyAt.After(s.At)) {
		r.ReadyAt = s.At
	}
	put(t, t.state.runs, s.Run, r)
	s.Seq, s.Data = r.WakeSeq, bytes.Clone(s.Data)
	put(t, t.state.signals, s.Run, append(slices.Clip(t.state.signals[s.Run]), s))
	return nil
}

// Pending implements [engine.Signals].
func (m *Memory) Pending(_ context.Context, id harrier.RunID) ([]harrier.Signal, int64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, ok := m.state.runs[id]
	if !ok {
		return nil, 0, errNoRun(id)
	}
	pending := slices.Clone(m.state.signals[id])
	for i := range pending {
		pending[i].Data = bytes.Clone(pending[i].Data)
	}
	return pending, r.WakeSeq, nil
}

// Consume implements [engine.Signals].
func (m *Memory) Consume(_ context.Context, tx harrier.Tx, r harrier.Run, seq int64) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if _, err := t.held(r.ID, r.Fence); err != nil {
		return err
	}
	var left []harrier.Signal
	for _, s := range t.state.signals[r.ID] {
		if s.Seq > seq {
			left = append(left, s)
		}
	}
	put(t, t.state.signals, r.ID, left)
	return nil
}
