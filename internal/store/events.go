package store

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

const eventColumns = `run_id, seq, tenant_id, at, type, v, data`

const (
	// eventsAtOnce is how many events one statement adds.
	eventsAtOnce = 8
	// eventPage is how many events are read in one short read.
	eventPage = 256
)

// appendTexts holds the statement that adds n events, for n up to
// eventsAtOnce: it adds nothing unless the fence is the run's and the run is
// running.
func appendTexts() [eventsAtOnce + 1]string {
	var texts [eventsAtOnce + 1]string
	for n := 1; n <= eventsAtOnce; n++ {
		texts[n] = appendText(n)
	}
	return texts
}

func appendText(n int) string {
	const guard = ` FROM runs WHERE id = $1 AND fence = $2 AND status = 'running'`
	var b strings.Builder
	b.WriteString("INSERT INTO events (" + eventColumns + ")\n")
	if n == 1 {
		return b.String() + "SELECT id, $3, tenant_id, $4, $5, $6, $7" + guard
	}
	b.WriteString("SELECT id, e.column1, tenant_id, e.column2, e.column3, e.column4, e.column5 FROM runs, (VALUES ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for j := range 5 {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString("$" + strconv.Itoa(3+5*i+j))
		}
		b.WriteByte(')')
	}
	return b.String() + ") AS e" + strings.TrimPrefix(guard, " FROM runs")
}

// Append implements [engine.Journal]. That the first event follows the last
// one is not asked here, where it costs half as much as the append itself:
// [Store.Events] refuses a journal with a gap.
func (s *Store) Append(ctx context.Context, tx harrier.Tx, run harrier.Run, events []harrier.Event) error {
	for i := 1; i < len(events); i++ {
		if events[i].Seq != events[i-1].Seq+1 {
			return errGap(run.ID, events[i].Seq)
		}
	}
	if t, ok := tx.(*transaction); ok && t.writer.deferring {
		return s.appendLater(ctx, t, owner{run.ID, run.Fence}, events)
	}
	return s.appendNow(ctx, tx, run, events)
}

// appendNow adds events at once, under the fence.
func (s *Store) appendNow(ctx context.Context, tx harrier.Tx, run harrier.Run, events []harrier.Event) error {
	for chunk := range slices.Chunk(events, eventsAtOnce) {
		args := make([]any, 0, 2+5*len(chunk))
		args = append(args, run.ID[:], run.Fence)
		for i := range chunk {
			args = eventArgs(args, &chunk[i])
		}
		n, err := tx.Exec(ctx, s.appends[len(chunk)], args...)
		if duplicate(err) {
			return harrier.Errorf(harrier.Conflict, "run %s has event %d already", run.ID, chunk[0].Seq)
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return engine.ErrFence
		}
	}
	return nil
}

// appendLater adds events at the end of the transaction; the fence is looked at now.
func (s *Store) appendLater(ctx context.Context, t *transaction, o owner, events []harrier.Event) error {
	if len(events) == 0 {
		return nil
	}
	tenant, err := s.owned(ctx, t, o)
	if err != nil {
		return err
	}
	for i := range events {
		if !t.eventLater(o.run, tenant, &events[i]) {
			return t.usable()
		}
	}
	return nil
}

func (t *transaction) eventLater(run harrier.RunID, tenant harrier.TenantID, e *harrier.Event) bool {
	return t.later(t.writer.events, run[:], e.Seq, tenant[:], e.At.UnixMicro(), e.Type, int64(e.Version), string(e.Data))
}

func eventArgs(args []any, e *harrier.Event) []any {
	return append(args, e.Seq, e.At.UnixMicro(), e.Type, int64(e.Version), string(e.Data))
}

func errGap(run harrier.RunID, seq int64) error {
	return harrier.Errorf(harrier.Conflict, "run %s has no event before %d", run, seq)
}

// createEvents adds the first events of a run that was added just now.
func createEvents(ctx context.Context, tx harrier.Tx, run harrier.Run, events []harrier.Event) error {
	const text = `INSERT INTO events (` + eventColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	for i := range events {
		e := &events[i]
		if e.Seq != int64(i+1) {
			return errGap(run.ID, e.Seq)
		}
		if t, ok := tx.(*transaction); ok && t.eventLater(run.ID, run.Tenant, e) {
			continue
		}
		if _, err := tx.Exec(ctx, text, run.ID[:], e.Seq, run.Tenant[:], e.At.UnixMicro(), e.Type, int64(e.Version), string(e.Data)); err != nil {
			return err
		}
	}
	return nil
}

// Events implements [engine.Journal]. It reads in pages, each a read of its
// own, so that a slow caller holds nothing.
func (s *Store) Events(ctx context.Context, run harrier.RunID, after int64) iter.Seq2[harrier.Event, error] {
	const text = `SELECT seq, at, type, v, data FROM events WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`
	return func(yield func(harrier.Event, error) bool) {
		for {
			page, err := list(ctx, s.readers, sqlf(text, run[:], after, eventPage), scanEvent)
			if err != nil {
				yield(harrier.Event{}, err)
				return
			}
			for _, e := range page {
				if e.Seq != after+1 {
					yield(harrier.Event{}, harrier.Errorf(harrier.Internal, "the journal of run %s has a gap before event %d", run, e.Seq))
					return
				}
				if !yield(e, nil) {
					return
				}
				after = e.Seq
			}
			if len(page) < eventPage {
				return
			}
		}
	}
}

func scanEvent(r harrier.Rows) (e harrier.Event, err error) {
	err = r.Scan(&e.Seq, &e.At, &e.Type, &e.Version, &e.Data)
	return e, err
}

// holdsFence returns [engine.ErrFence] unless the run is running under the fence.
func (s *Store) holdsFence(ctx context.Context, tx harrier.Tx, run harrier.RunID, fence int64) error {
	var now int64
	ok, err := oneIn(ctx, tx, sqlf(`SELECT fence FROM runs WHERE id = $1 AND status = 'running'`, run[:]), &now)
	if err != nil {
		return err
	}
	if !ok || now != fence {
		return engine.ErrFence
	}
	return nil
}
