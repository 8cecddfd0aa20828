package memory

import (
	"bytes"
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Pins = (*Memory)(nil)

type pinKey struct {
	tenant harrier.TenantID
	hash   string
}

// Pin implements [engine.Pins].
func (m *Memory) Pin(_ context.Context, tx harrier.Tx, tenant harrier.TenantID, hash string, bundle []byte) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	key := pinKey{tenant, hash}
	if _, ok := t.state.pins[key]; !ok {
		put(t, t.state.pins, key, bytes.Clone(bundle))
	}
	return nil
}

// Pinned implements [engine.Pins].
func (m *Memory) Pinned(_ context.Context, tenant harrier.TenantID, hash string) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	bundle, ok := m.state.pins[pinKey{tenant, hash}]
	if !ok {
		return nil, harrier.Errorf(harrier.NotFound, "no playbook with the hash %s is kept", hash)
	}
	return bytes.Clone(bundle), nil
}
