package store

import (
	"context"
	"errors"
	"strings"

	"github.com/harrier-soar/harrier"
)

// transaction is what one change sees of the writer's transaction.
type transaction struct {
	writer *writer
	hooks  []func()
	open   []*rows
	dirty  bool
	ended  bool
	clash  bool // a deferred row of the batch was refused
}

var _ harrier.Tx = (*transaction)(nil)

// Exec implements [harrier.Tx]. The context is not watched; see conn.exec.
func (t *transaction) Exec(_ context.Context, query string, args ...any) (int64, error) {
	if err := t.ready(query); err != nil {
		return 0, err
	}
	n, err := t.writer.conn.exec(query, args)
	if err != nil {
		return 0, t.failed(err)
	}
	if n > 0 {
		t.dirty = true
	}
	return n, nil
}

// Query implements [harrier.Tx].
func (t *transaction) Query(ctx context.Context, query string, args ...any) (harrier.Rows, error) {
	r, err := t.rows(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (t *transaction) rows(ctx context.Context, query string, args []any) (*rows, error) {
	if err := t.ready(query); err != nil {
		return nil, err
	}
	if !reads(query) {
		t.dirty = true // it changes and returns rows
	}
	r, err := t.writer.conn.query(context.WithoutCancel(ctx), query, args)
	if err != nil {
		return nil, t.failed(err)
	}
	t.open = append(t.open, r)
	return r, nil
}

// OnCommit implements [harrier.Tx].
func (t *transaction) OnCommit(f func()) { t.hooks = append(t.hooks, f) }

func (t *transaction) usable() error {
	if t.ended {
		return harrier.Errorf(harrier.Internal, "a transaction was used after its change had returned")
	}
	return t.writer.broken
}

// ready makes the rows visible to a statement that the changes before it
// deferred.
func (t *transaction) ready(query string) error {
	if err := t.usable(); err != nil {
		return err
	}
	w := t.writer
	if len(w.events.args) == 0 && len(w.audit.args) == 0 || !strings.Contains(query, "events") && !strings.Contains(query, "audit") {
		return nil
	}
	err := w.flush()
	t.clash = t.clash || errors.Is(err, errHalfDone)
	return fault(err)
}

// later adds a row of a table that nothing changes, at the latest before the
// commit; false means that it is to be added at once.
func (t *transaction) later(d *deferred, values ...any) bool {
	if !t.writer.deferring || t.usable() != nil {
		return false
	}
	t.dirty = true
	d.args = append(d.args, values...)
	return true
}

// failed notes an error after which nothing more may be done: SQLite has
// perhaps ended the transaction, and a statement would commit by itself.
func (t *transaction) failed(err error) error {
	if fatal(codeOf(err)) {
		t.writer.broken = err
	}
	return fault(err)
}

// end closes what the change left open.
func (t *transaction) end() {
	t.ended = true
	for _, r := range t.open {
		_ = r.Close()
	}
}
