package bench

import (
	"context"
	"database/sql/driver"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"modernc.org/sqlite"

	"github.com/harrier-soar/harrier"
)

// raw is the limit: a bare loop that appends the same events to the same table,
// in one database connection that commits whatever queued during the commit
// before. It has no runs, no fences, no audit trail and no engine.
type raw struct {
	conn       driver.Conn
	statements []driver.Stmt
	insert     driver.StmtExecContext
	queue      chan *commit
	closed     sync.WaitGroup
}

// commit is one commit of a run: its events and who waits for them.
type commit struct {
	run    harrier.RunID
	events []harrier.Event
	done   chan error
}

func openRaw(tb testing.TB) *raw {
	tb.Helper()
	dsn := "file:" + filepath.Join(dataDir(tb), "raw.db") +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-4096)&_pragma=wal_autocheckpoint(8192)"
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	r := &raw{queue: make(chan *commit, 1024)}
	if r.conn, err = connector.Connect(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	r.exec(tb, `CREATE TABLE events (run_id BLOB NOT NULL, seq INTEGER NOT NULL, tenant_id BLOB NOT NULL, at INTEGER NOT NULL,
type TEXT NOT NULL, v INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (run_id, seq)) STRICT`)
	r.insert = r.prepare(tb, `INSERT INTO events (run_id, seq, tenant_id, at, type, v, data) VALUES (?, ?, ?, ?, ?, ?, ?)`)
	begin, end := r.prepare(tb, "BEGIN IMMEDIATE"), r.prepare(tb, "COMMIT")
	r.closed.Go(func() { r.loop(begin, end) })
	tb.Cleanup(func() {
		close(r.queue)
		r.closed.Wait()
		for _, s := range r.statements {
			_ = s.Close()
		}
		if err := r.conn.Close(); err != nil {
			tb.Error(err)
		}
	})
	return r
}

func (r *raw) prepare(tb testing.TB, text string) driver.StmtExecContext {
	tb.Helper()
	stmt, err := r.conn.Prepare(text)
	if err != nil {
		tb.Fatal(err)
	}
	r.statements = append(r.statements, stmt)
	s, ok := stmt.(driver.StmtExecContext)
	if !ok {
		tb.Fatal("the driver lost its statement interface")
	}
	return s
}

func (r *raw) exec(tb testing.TB, text string) {
	tb.Helper()
	if _, err := r.prepare(tb, text).ExecContext(tb.Context(), nil); err != nil {
		tb.Fatal(err)
	}
}

// loop commits what queued.
func (r *raw) loop(begin, end driver.StmtExecContext) {
	ctx := context.Background()
	args := make([]driver.NamedValue, 7)
	for i := range args {
		args[i].Ordinal = i + 1
	}
	batch := make([]*commit, 0, 2*inFlight)
	for first := range r.queue {
		_, err := begin.ExecContext(ctx, nil)
		for a := first; a != nil; a = r.poll() {
			batch = append(batch, a)
			for i := range a.events {
				e := &a.events[i]
				for j, v := range [...]any{a.run[:], e.Seq, harrier.DefaultTenant[:], e.At.UnixMicro(), e.Type, int64(e.Version), string(e.Data)} {
					args[j].Value = v
				}
				if err == nil {
					_, err = r.insert.ExecContext(ctx, args)
				}
			}
		}
		if err == nil {
			_, err = end.ExecContext(ctx, nil)
		}
		for _, a := range batch {
			a.done <- err
		}
		batch = batch[:0]
	}
}

func (r *raw) poll() *commit {
	select {
	case a := <-r.queue:
		return a
	default:
		return nil
	}
}

// drive appends the commits of n runs, inFlight at a time.
func (r *raw) drive(tb testing.TB, n int, commits [][]harrier.Event) {
	tb.Helper()
	var left atomic.Int64
	left.Store(int64(n))
	var workers sync.WaitGroup
	for range min(n, inFlight) {
		workers.Go(func() {
			a := &commit{done: make(chan error, 1)}
			for left.Add(-1) >= 0 {
				a.run = harrier.NewID[harrier.RunID](time.Now())
				for _, a.events = range commits {
					r.queue <- a
					if err := <-a.done; err != nil {
						tb.Error(err)
						return
					}
				}
			}
		})
	}
	workers.Wait()
}
