package memory

import (
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
)

// transaction is one change with the way back.
type transaction struct {
	state *state
	undo  []func()
	hooks []func()
	ended bool
}

var _ harrier.Tx = (*transaction)(nil)

// Exec implements [harrier.Tx] by refusing: there is no SQL here.
func (t *transaction) Exec(context.Context, string, ...any) (int64, error) { return 0, errNoSQL() }

// Query implements [harrier.Tx] by refusing: there is no SQL here.
func (t *transaction) Query(context.Context, string, ...any) (harrier.Rows, error) {
	return nil, errNoSQL()
}

// OnCommit implements [harrier.Tx].
func (t *transaction) OnCommit(f func()) { t.hooks = append(t.hooks, f) }

func errNoSQL() error {
	return harrier.Errorf(harrier.Internal, "the store in memory knows no SQL; use the methods of the store")
}

// rollback undoes what was done, the last first.
func (t *transaction) rollback() {
	for _, f := range slices.Backward(t.undo) {
		f()
	}
	t.undo = nil
}

// begun returns the transaction behind tx, which must be one that is open.
func begun(tx harrier.Tx) (*transaction, error) {
	t, ok := tx.(*transaction)
	if !ok || t.ended {
		return nil, harrier.Errorf(harrier.Internal, "a transaction was used that is not open in this store")
	}
	return t, nil
}

// put sets a value in a map and notes the way back.
func put[K comparable, V any](t *transaction, m map[K]V, k K, v V) {
	old, had := m[k]
	t.undo = append(t.undo, func() {
		if had {
			m[k] = old
			return
		}
		delete(m, k)
	})
	m[k] = v
}

// drop removes a key from a map and notes the way back.
func drop[K comparable, V any](t *transaction, m map[K]V, k K) {
	if old, had := m[k]; had {
		t.undo = append(t.undo, func() { m[k] = old })
		delete(m, k)
	}
}
