package harrier

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Rows is the result of a query inside a transaction. It is closed by whoever
// asked for it.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Tx is one atomic change that is being made. It hides which database is
// behind it; statements use $1 placeholders. It must not outlive the closure
// that received it, and is not safe for concurrent use.
type Tx interface {
	// Exec runs a statement and returns how many rows it changed.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	// Query runs a query.
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	// OnCommit calls f after the change is durable, and never if it is not.
	// f must not block.
	OnCommit(f func())
}

// errRehearsed takes a change back that was only rehearsed.
var errRehearsed = errors.New("it was a rehearsal")

// Rehearse makes a change and takes it back: an error is the one that the change
// would end in. write is what makes changes durable.
func Rehearse(ctx context.Context, write func(context.Context, func(Tx) error) error, change func(Tx) error) error {
	err := write(ctx, func(tx Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// Event is the envelope of everything that is journaled. Type and Version
// choose the shape of Data for ever: fixtures of each are kept, and old
// versions are upcast when they are read.
type Event struct {
	// Seq numbers the events of one run from 1 without gaps.
	Seq int64 `json:"seq"`
	// At is when the event was decided, in UTC with microseconds.
	At time.Time `json:"at"`
	// Type names what happened, such as action.succeeded.
	Type string `json:"type"`
	// Version is the version of Data's shape, from 1.
	Version int `json:"v"`
	// Data is a JSON object.
	Data json.RawMessage `json:"data"`
}
