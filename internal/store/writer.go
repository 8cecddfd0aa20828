package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/harrier-soar/harrier"
)

const (
	// maxBatch bounds how many changes share a commit, and so how long the
	// first of them waits.
	maxBatch = 512
	// maxQueued bounds how many changes wait; more callers wait in Write.
	maxQueued = 1024
)

// The places named to [Config.Hit].
const (
	hitBeforeCommit = "store.before_commit"
	hitAfterCommit  = "store.after_commit"
)

// writer owns the one connection that changes the database. Its goroutine runs
// the queued changes in one transaction and commits; what arrives meanwhile is
// the next transaction. There is no lingering: an idle writer commits at once.
type writer struct {
	conn    *conn
	log     *slog.Logger
	hit     func(string)
	queue   chan *request
	closing chan struct{}
	closed  chan struct{}
	// commits tells the checkpointer that the log has grown.
	commits chan struct{}
	// gate is held during a transaction. The checkpointer holds it for the
	// last few pages, so that a quiet moment exists in which the log can restart.
	gate  sync.Mutex
	batch []*request
	// deferring tells that rows may wait for the end of the transaction.
	deferring     bool
	events, audit *deferred
	fences        fences
	// broken is the error after which SQLite may have ended the transaction by itself.
	broken error
	free   sync.Pool
}

// The states of a request. Only the one who moves it from waiting may use it.
const (
	waiting int32 = iota
	taken
	abandoned
)

// request is a change and who waits for it.
type request struct {
	change func(harrier.Tx) error
	state  atomic.Int32
	hooks  []func()
	err    error
	done   chan struct{}
}

func openWriter(ctx context.Context, path string, c Config) (*writer, error) {
	conn, err := openConn(ctx, path, forWriting)
	if err != nil {
		return nil, err
	}
	return &writer{
		conn: conn, log: c.Log, hit: c.Hit,
		queue:   make(chan *request, maxQueued),
		closing: make(chan struct{}), closed: make(chan struct{}),
		commits: make(chan struct{}, 1),
		batch:   make([]*request, 0, maxBatch),
		events:  newDeferred("events", eventColumns), audit: newDeferred("audit", auditColumns),
		fences: fences{},
	}, nil
}

// write queues a change and waits for its commit. A context that ends before
// the change has begun takes it back; later it is too late, and the caller
// learns the outcome.
func (w *writer) write(ctx context.Context, change func(harrier.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return tookBack(ctx)
	}
	r := w.request()
	r.change, r.err = change, nil
	r.state.Store(waiting)
	select {
	case <-w.closing:
		return errClosed()
	default:
	}
	select {
	case w.queue <- r:
	case <-ctx.Done():
		return tookBack(ctx)
	case <-w.closing:
		return errClosed()
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, abandoned) {
			return tookBack(ctx)
		}
		<-r.done
	case <-w.closed:
		if r.state.CompareAndSwap(waiting, abandoned) {
			return errClosed()
		}
		<-r.done
	}
	err := r.err
	r.change = nil
	w.free.Put(r)
	return err
}

// request returns one that nobody uses.
func (w *writer) request() *request {
	if r, ok := w.free.Get().(*request); ok {
		return r
	}
	return &request{done: make(chan struct{}, 1)}
}

func tookBack(ctx context.Context) error {
	return harrier.Errorf(harrier.Unavailable, "the change was not made: %w", context.Cause(ctx))
}

func errClosed() error {
	return harrier.Errorf(harrier.Unavailable, "the store is closed; start Harrier again")
}

// stop makes the writer finish what is queued and end.
func (w *writer) stop() { close(w.closing) }

// run is the writer's goroutine.
func (w *writer) run() {
	defer close(w.closed)
	for {
		select {
		case r := <-w.queue:
			runtime.Gosched() // who is about to queue a change does, which makes few, large commits
			w.commitFrom(r)
		case <-w.closing:
			for r := w.poll(); r != nil; r = w.poll() {
				w.commitFrom(r)
			}
			return
		}
	}
}

// poll returns a change that waits, or nil.
func (w *writer) poll() *request {
	select {
	case r := <-w.queue:
		return r
	default:
		return nil
	}
}

// commitFrom makes one transaction of first and of what waits behind it.
func (w *writer) commitFrom(first *request) {
	w.gate.Lock()
	err := w.transact(first)
	w.gate.Unlock()
	for _, r := range w.batch {
		if err != nil {
			r.err = err
		}
		r.done <- struct{}{}
	}
	clear(w.batch)
	w.batch = w.batch[:0]
	select {
	case w.commits <- struct{}{}:
	default:
	}
}

// transact fills the batch, runs it and commits. It runs changes without
// savepoints, which cost as much as a small change, until one fails half-way.
// An error is everybody's.
func (w *writer) transact(first *request) error {
	err := w.begin()
	run := w.attempt
	for r := first; r != nil; r = w.next() {
		if !r.state.CompareAndSwap(waiting, taken) {
			continue // its caller has left
		}
		w.batch = append(w.batch, r)
		if err == nil {
			err = run(r)
		}
		if errors.Is(err, errHalfDone) {
			err, run = w.again(), w.isolated
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = w.flush()
	}
	if errors.Is(err, errHalfDone) {
		err = w.again()
	}
	if err != nil {
		return w.refuse(err)
	}
	return w.commit()
}

// next returns a change that waits while there is room in the batch, or nil.
func (w *writer) next() *request {
	if len(w.batch) == maxBatch {
		return nil
	}
	return w.poll()
}

// begin starts a transaction. If the last one could not be ended, it ends it first.
func (w *writer) begin() error {
	w.broken, w.deferring = nil, true
	_, err := w.conn.exec("BEGIN IMMEDIATE", nil)
	if err != nil {
		w.rollback()
		_, err = w.conn.exec("BEGIN IMMEDIATE", nil)
	}
	return err
}

func (w *writer) rollback() {
	// An error means that SQLite has rolled back by itself.
	_, _ = w.conn.exec("ROLLBACK", nil)
	w.events.forget()
	w.audit.forget()
	clear(w.fences)
}

// flush adds the rows that wait. A row that a constraint refuses is half a
// change; any other error is everybody's.
func (w *writer) flush() error {
	for _, d := range [...]*deferred{w.events, w.audit} {
		err := d.flush(w.conn)
		switch {
		case err == nil:
		case codeOf(err)&codePrimary == codeConstraint:
			return errHalfDone
		default:
			w.broken = err
			return err
		}
	}
	return nil
}

// errHalfDone means that the transaction holds a part of a change that failed.
var errHalfDone = errors.New("a change failed half-way")

// attempt runs a change without a way back of its own.
func (w *writer) attempt(r *request) error {
	dirty, clash := w.call(r)
	if w.broken == nil && (clash || r.err != nil && dirty) {
		return errHalfDone
	}
	return w.broken
}

// again runs the batch after a rollback with a savepoint for each change, so
// that one which fails half-way takes back only its own part.
func (w *writer) again() error {
	w.rollback()
	if err := w.begin(); err != nil {
		return err
	}
	w.deferring = false
	for _, r := range w.batch {
		if err := w.isolated(r); err != nil {
			return err
		}
	}
	return nil
}

// isolated runs a change in a savepoint.
func (w *writer) isolated(r *request) error {
	if _, err := w.conn.exec("SAVEPOINT change", nil); err != nil {
		return err
	}
	if _, _ = w.call(r); w.broken != nil {
		return w.broken
	}
	if r.err != nil {
		clear(w.fences)
		if _, err := w.conn.exec("ROLLBACK TO change", nil); err != nil {
			return err
		}
	}
	_, err := w.conn.exec("RELEASE change", nil)
	return err
}

// call runs a change and reports whether it changed anything, and whether it met
// a row of the batch that cannot be added. What it asked to be called on commit
// counts only if it succeeded.
func (w *writer) call(r *request) (dirty, clash bool) {
	tx := &transaction{writer: w}
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("a change panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			r.err = harrier.Errorf(harrier.Internal, "a change panicked: %v", p)
		}
		tx.end()
		if r.hooks = nil; r.err == nil {
			r.hooks = tx.hooks
		}
		dirty, clash = tx.dirty, tx.clash
	}()
	r.err = r.change(tx)
	return tx.dirty, tx.clash
}

// commit makes the batch durable, and only then calls what waits for that.
func (w *writer) commit() error {
	w.hit(hitBeforeCommit)
	if _, err := w.conn.exec("COMMIT", nil); err != nil {
		return w.refuse(err)
	}
	w.hit(hitAfterCommit)
	for _, r := range w.batch {
		for _, f := range r.hooks {
			w.told(f)
		}
		r.hooks = nil
	}
	return nil
}

// told calls a commit hook. Its panic must not end the writer: the change is made.
func (w *writer) told(f func()) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("a commit hook panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	f()
}

// refuse ends a transaction that failed. Nothing is assumed about it.
func (w *writer) refuse(err error) error {
	w.rollback()
	for _, r := range w.batch {
		r.hooks = nil
	}
	w.log.Error("a commit failed", "changes", len(w.batch), "err", err)
	return harrier.Errorf(harrier.Unavailable, "the change was not confirmed; look whether it is there, then try again: %w", err)
}
