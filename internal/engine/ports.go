package engine

import (
	"context"
	"iter"
	"time"

	"github.com/harrier-soar/harrier"
)

// Journal is the store of runs and their events. Methods that take a
// transaction are called inside Write only.
type Journal interface {
	// Write runs change in a transaction and returns when it is durable. Many
	// changes share one commit; change may be run again after a rollback that
	// another change caused, so it must not do anything but use tx.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Create adds a run and its first events. A run with the same id, or an
	// active one with the same OneKey, is Conflict. One whose status is running
	// is claimed by its Owner from the start, under fence 1.
	Create(ctx context.Context, tx harrier.Tx, run harrier.Run, events []harrier.Event) error
	// Claim makes owner the run's only writer: the fence rises, the status is
	// running, ReadyAt is zero. A run that another node owns and that is not
	// ready, or has ended, is Conflict.
	Claim(ctx context.Context, tx harrier.Tx, run harrier.RunID, owner string) (harrier.Run, error)
	// Append adds events under a fence; an older fence is Conflict.
	Append(ctx context.Context, tx harrier.Tx, run harrier.Run, events []harrier.Event) error
	// Release gives the run up as it stands in run: waiting until ReadyAt, or
	// ended. It is Conflict where the fence is older, or where the run waits
	// and WakeSeq has risen since it was read.
	Release(ctx context.Context, tx harrier.Tx, run harrier.Run) error
	// Events streams a run's events after a sequence number, in order.
	Events(ctx context.Context, run harrier.RunID, after int64) iter.Seq2[harrier.Event, error]
}

// Queue tells which runs want to be dispatched.
type Queue interface {
	// Ready returns up to limit runs whose ReadyAt is at or before now, by
	// priority and then age.
	Ready(ctx context.Context, now time.Time, limit int) ([]harrier.RunID, error)
	// NextReady returns the earliest ReadyAt after a moment; ok is false where
	// nothing waits.
	NextReady(ctx context.Context, after time.Time) (at time.Time, ok bool, err error)
	// Orphans makes every run that owner, or anybody where owner is empty, is
	// recorded to be running ready at now, and returns how many.
	Orphans(ctx context.Context, tx harrier.Tx, owner string, now time.Time) (int64, error)
	// Load returns a run's row.
	Load(ctx context.Context, tenant harrier.TenantID, run harrier.RunID) (harrier.Run, error)
}

// Signals carries what runs must hear of.
type Signals interface {
	// Raise adds a signal, raises the run's WakeSeq and makes a waiting run
	// ready at the signal's time. A run that has ended ignores it.
	Raise(ctx context.Context, tx harrier.Tx, s harrier.Signal) error
	// Pending returns the signals of a run that were not consumed, in order,
	// and the WakeSeq they belong to.
	Pending(ctx context.Context, run harrier.RunID) ([]harrier.Signal, int64, error)
	// Consume removes signals up to seq, under the run's fence.
	Consume(ctx context.Context, tx harrier.Tx, run harrier.Run, seq int64) error
}

// Ledger holds intents, guards and the audit trail.
type Ledger interface {
	// Intend adds an intent or a further attempt of one.
	Intend(ctx context.Context, tx harrier.Tx, in harrier.Intent) error
	// Settle records what came of an intent, under its fence.
	Settle(ctx context.Context, tx harrier.Tx, in harrier.Intent) error
	// Take counts one use of a guard in its window; it is Limited where the
	// cap is reached.
	Take(ctx context.Context, tx harrier.Tx, g GuardSlot) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
	// Intents returns all intents of a run.
	Intents(ctx context.Context, run harrier.RunID) ([]harrier.Intent, error)
	// AddContainment adds what was contained, once; what was active of the same
	// thing is superseded.
	AddContainment(ctx context.Context, tx harrier.Tx, c harrier.Containment) error
	// EndContainments ends the active containments of a thing and returns how
	// many there were.
	EndContainments(ctx context.Context, tx harrier.Tx, e harrier.ContainmentEnd) (int64, error)
}

// GuardSlot is one use of a bounded budget of effects.
type GuardSlot struct {
	Tenant harrier.TenantID
	// Guard names the budget, such as contain/hour.
	Guard string
	// Window is the start of the current window.
	Window time.Time
	Cap    int
}

// Questions puts questions to people.
type Questions interface {
	// Ask adds an approval; one with the same id is left as it is.
	Ask(ctx context.Context, tx harrier.Tx, a harrier.Approval) error
	// Withdraw makes the pending approvals of a run void or expired.
	Withdraw(ctx context.Context, tx harrier.Tx, w Withdrawal) error
}

// Withdrawal says which pending approvals of a run end without a decision.
type Withdrawal struct {
	Tenant harrier.TenantID
	Run    harrier.RunID
	// Path limits it to one step; empty means all.
	Path string
	// Question limits it to one question; zero means all.
	Question harrier.ApprovalID
	Status   harrier.ApprovalStatus
	At       time.Time
}

// Pins keeps the exact source that a run was started with.
type Pins interface {
	// Pin stores a bundle under its hash, once.
	Pin(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, hash string, bundle []byte) error
	// Pinned returns a bundle.
	Pinned(ctx context.Context, tenant harrier.TenantID, hash string) ([]byte, error)
}
