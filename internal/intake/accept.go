package intake

import (
	"bytes"
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// Inbox keeps what sources delivered.
type Inbox interface {
	// AddRawEvents adds events of one source, pending.
	AddRawEvents(ctx context.Context, tx harrier.Tx, events []harrier.RawEvent) error
	// EndRawEvent writes what became of an event; ended is false where that is
	// written already.
	EndRawEvent(ctx context.Context, tx harrier.Tx, e harrier.RawEvent) (ended bool, err error)
	// ReplayRawEvent makes an event that was quarantined or suppressed pending again.
	ReplayRawEvent(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.EventID) error
	// PendingEvents returns events of a lane after an id, in the order of their commits.
	PendingEvents(ctx context.Context, lane int, after harrier.EventID, limit int) ([]harrier.RawEvent, error)
}

// The limits of a delivery.
const (
	// MaxEvent is how large one event may be, in bytes.
	MaxEvent = 5 << 20
	// MaxDelivery is how many events are taken at once.
	MaxDelivery = 1000
)

// Accept takes events of a source and returns when they are durable (G1): only
// then may the source be told that they were taken. It fills in their tenant,
// source, ids, and the time where they have none. A source that is disabled is
// Denied; an event that is empty or too large is Invalid, and then none of
// them is taken.
func (p *Pipeline) Accept(ctx context.Context, src harrier.Source, events []harrier.RawEvent) error {
	now := p.cfg.Now().UTC().Truncate(time.Microsecond)
	if err := acceptable(src, events); err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		e.Tenant, e.Source, e.State = src.Tenant, src.ID, harrier.EventPending
		if e.Received.IsZero() {
			e.Received = now
		}
	}
	defer p.Arriving()()
	return p.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		for i := range events {
			events[i].ID = harrier.NewID[harrier.EventID](events[i].Received)
		}
		return p.AcceptIn(ctx, tx, events)
	})
}

// urgent reports whether an event says somewhere near its beginning that it is
// critical. It is understood before those that do not, also where many wait;
// how bad it is, its mapping says.
func urgent(body []byte) bool {
	const near = 8 << 10
	head := body[:min(len(body), near)]
	for i := 0; i+len("critical") <= len(head); i++ {
		if head[i]|0x20 == 'c' && bytes.EqualFold(head[i:i+len("critical")], []byte("critical")) {
			return true
		}
	}
	return false
}

// AcceptIn adds events in a transaction of the caller's, such as one that moves
// a cursor too. They must be filled in as by [Pipeline.Accept], and their ids be
// made in this transaction, so that ids rise with the order of commits.
func (p *Pipeline) AcceptIn(ctx context.Context, tx harrier.Tx, events []harrier.RawEvent) error {
	for i := range events {
		if urgent(events[i].Body) {
			events[i].Lane = 0
		}
	}
	if err := p.cfg.Store.AddRawEvents(ctx, tx, events); err != nil {
		return err
	}
	tx.OnCommit(p.hint)
	return nil
}

// acceptable tells what is wrong with a delivery.
func acceptable(src harrier.Source, events []harrier.RawEvent) error {
	switch {
	case !src.Enabled:
		return harrier.Errorf(harrier.Denied, "source %s is disabled; harrier source enable %s", src.Name, src.Name)
	case len(events) == 0:
		return harrier.Errorf(harrier.Invalid, "there is no event; send at least one")
	case len(events) > MaxDelivery:
		return harrier.Errorf(harrier.Invalid, "%d events come at once, more than %d; send fewer at a time", len(events), MaxDelivery)
	}
	for i := range events {
		switch n := len(events[i].Body); {
		case n == 0:
			return harrier.Errorf(harrier.Invalid, "event %d is empty", i+1)
		case n > MaxEvent:
			return harrier.Errorf(harrier.Invalid, "event %d has %d bytes, more than %d; send large parts as evidence", i+1, n, MaxEvent)
		}
		events[i].Lane = min(3, max(0, events[i].Lane))
	}
	return nil
}

// ReplayIn makes an event pending again that was quarantined or suppressed, as
// after its mapping was mended; it is processed after the commit.
func (p *Pipeline) ReplayIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.EventID) error {
	tx.OnCommit(p.rewind)
	return p.cfg.Store.ReplayRawEvent(ctx, tx, tenant, id)
}
