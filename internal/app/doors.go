package app

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/door"
	"github.com/harrier-soar/harrier/internal/intake"
)

// arrivals commits what comes through the doors.
type arrivals struct{ *App }

var _ door.Intake = arrivals{}

// Take implements [door.Intake].
func (a arrivals) Take(ctx context.Context, b door.Batch) (got door.Receipt, err error) {
	defer a.pipeline.Arriving()()
	err = a.store.Write(ctx, func(tx harrier.Tx) error {
		got, err = a.take(ctx, tx, b)
		return err
	})
	return got, err
}

// take commits a batch inside a change, unless its delivery was taken before.
func (a arrivals) take(ctx context.Context, tx harrier.Tx, b door.Batch) (got door.Receipt, err error) {
	if len(b.Events) == 0 {
		return got, harrier.Errorf(harrier.Invalid, "there is no event; send at least one")
	}
	for i := range b.Events { // here, so that ids rise with the order of commits
		b.Events[i].ID = harrier.NewID[harrier.EventID](b.Events[i].Received)
		got.Events = append(got.Events, b.Events[i].ID)
	}
	if b.Delivery != "" {
		was, claimed, err := a.store.ClaimDelivery(ctx, tx, b.Events[0], b.Delivery)
		if err != nil || !claimed {
			return door.Receipt{Events: []harrier.EventID{was}, Again: true}, err
		}
	}
	return got, a.pipeline.AcceptIn(ctx, tx, b.Events)
}

// KeepRequest implements [door.Intake].
func (a arrivals) KeepRequest(ctx context.Context, r door.Request) error {
	return a.store.Write(ctx, func(tx harrier.Tx) error { return a.store.PutRequest(ctx, tx, r) })
}

// chosen understands events by the mapping that whoever submitted them chose,
// or else by that of their source. What a sender says chooses nothing: what is
// known beside the bytes is written by the way in.
type chosen struct{ app *App }

var _ intake.Mapper = chosen{}

// Map implements [intake.Mapper].
func (c chosen) Map(ctx context.Context, src harrier.Source, ev harrier.RawEvent) ([]harrier.Finding, error) {
	var meta struct {
		Mapping   string `json:"mapping"`
		Submitted string `json:"submitted_by"`
	}
	if len(ev.Meta) > 0 && json.Unmarshal(ev.Meta, &meta) == nil && meta.Submitted != "" && meta.Mapping != "" {
		src.Mapping = meta.Mapping
	}
	set, err := c.app.mappings.now()
	if err != nil {
		return nil, err
	}
	return set.Map(ctx, src, ev)
}
