package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

var _ Handovers = (*world)(nil)

func (w *world) theHandover() Handover {
	return Handover{ID: fixed[harrier.HandoverID]("handover"), From: "kim", CreatedAt: epoch(), Rev: 1}
}

func (w *world) Handovers(_ context.Context, by harrier.Principal, _ harrier.Page) (List[Handover], error) {
	return page(w, by, w.theHandover())
}

func (w *world) Handover(_ context.Context, by harrier.Principal, id harrier.HandoverID) (HandoverDetail, error) {
	return HandoverDetail{Handover: w.theHandover()}, w.find(by, "hand-over", id.String(), id == w.theHandover().ID)
}

func (w *world) GiveHandover(context.Context, harrier.Principal, GiveHandover) (HandoverDetail, error) {
	w.change("GiveHandover")
	return HandoverDetail{Handover: w.theHandover()}, w.broken
}

func (w *world) AcceptHandover(ctx context.Context, by harrier.Principal, id harrier.HandoverID) (Handover, error) {
	w.change("AcceptHandover")
	d, err := w.Handover(ctx, by, id)
	return d.Handover, err
}
