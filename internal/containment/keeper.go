package containment

import (
	"context"
	"log/slog"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// Leases knows whose time is over.
type Leases interface {
	// Write runs change in a transaction; it may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// DueLeases returns active containments whose time is over and to whose end
	// nobody sees, the longest over first.
	DueLeases(ctx context.Context, now time.Time, limit int) ([]harrier.Containment, error)
	// NextLease returns when the next lease ends; ok is false where none does.
	NextLease(ctx context.Context) (at time.Time, ok bool, err error)
	// EndLease notes which run sees to the end of a lease. Where another one
	// does, or the containment is not active any more, it is Conflict.
	EndLease(ctx context.Context, tx harrier.Tx, c harrier.Containment) error
	// Connection returns a connection as it is now; one that is gone is NotFound.
	Connection(ctx context.Context, tenant harrier.TenantID, id harrier.ConnectionID) (harrier.Connection, error)
}

// Starter starts runs.
type Starter interface {
	// Prepare compiles what sees to an end, and returns how the run is added in
	// the transaction of its cause. What does not compile is Invalid.
	Prepare(ctx context.Context, e Ending) (add func(context.Context, harrier.Tx) error, err error)
}

// Keeper ends containments whose time is over: for each it starts a run, in
// the transaction that notes that it did, so that no crash loses one or starts
// two. The run undoes, or asks a person first.
type Keeper struct {
	leases Leases
	starts Starter
	log    *slog.Logger
	clock  func() time.Time
}

// NewKeeper returns a keeper that does nothing until [Keeper.Run].
func NewKeeper(leases Leases, starts Starter, log *slog.Logger, now func() time.Time) *Keeper {
	return &Keeper{leases, starts, log, now}
}

const (
	// sweep is how often leases are looked at; new ones are told to nobody.
	sweep = 30 * time.Second
	batch = 50
)

// Run ends leases until ctx does.
func (k *Keeper) Run(ctx context.Context) error {
	rounds.Until(ctx, nil, func(ctx context.Context) time.Duration {
		if err := k.Sweep(ctx); err != nil && ctx.Err() == nil {
			k.log.Error("end leases", "err", err)
		}
		return k.wait(ctx)
	})
	return nil
}

// wait is how long nothing ends.
func (k *Keeper) wait(ctx context.Context) time.Duration {
	at, ok, err := k.leases.NextLease(ctx)
	if err != nil || !ok {
		return sweep
	}
	return min(sweep, max(at.Sub(k.clock()), time.Second))
}

// Sweep starts what sees to the end of every lease whose time is over.
func (k *Keeper) Sweep(ctx context.Context) error {
	due, err := k.leases.DueLeases(ctx, k.clock(), batch)
	if err != nil {
		return err
	}
	for _, c := range due {
		switch err := k.end(ctx, c); {
		case err == nil:
			k.log.Info("lease ended", "containment_id", c.ID, "action", c.Action, "target", c.Target, "asks", c.LeaseAsk)
		case harrier.KindOf(err) == harrier.Conflict: // somebody else was faster, or undid it
		case ctx.Err() != nil:
			return err
		default: // the others do not wait for it
			k.log.Error("end lease", "containment_id", c.ID, "action", c.Action, "target", c.Target, "err", err)
		}
	}
	return nil
}

// end starts the run that sees to the end of a lease.
func (k *Keeper) end(ctx context.Context, c harrier.Containment) error {
	conn, err := k.leases.Connection(ctx, c.Tenant, c.Connection)
	switch {
	case err == nil:
		c.ConnectionName = conn.Name
	case harrier.KindOf(err) == harrier.NotFound:
		c.Undo, c.UndoProblem = "", "the connection "+c.ConnectionName+" is gone"
	default:
		return err
	}
	e, err := endingOf(c)
	if err != nil {
		return err
	}
	add, err := k.starts.Prepare(ctx, e)
	if err != nil {
		return err
	}
	c.LeaseRun = e.Run
	return k.leases.Write(ctx, func(tx harrier.Tx) error {
		if err := k.leases.EndLease(ctx, tx, c); err != nil {
			return err
		}
		return add(ctx, tx)
	})
}
