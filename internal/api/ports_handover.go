package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Handovers gives and takes shifts.
type Handovers interface {
	// Handovers lists hand-overs, the newest first.
	Handovers(ctx context.Context, by harrier.Principal, p harrier.Page) (List[Handover], error)
	// Handover returns a hand-over with how things were.
	Handover(ctx context.Context, by harrier.Principal, id harrier.HandoverID) (HandoverDetail, error)
	// GiveHandover makes a hand-over of how things are now.
	GiveHandover(ctx context.Context, by harrier.Principal, in GiveHandover) (HandoverDetail, error)
	// AcceptHandover takes a hand-over over, once: another time is Conflict. One
	// that is for somebody else is Denied.
	AcceptHandover(ctx context.Context, by harrier.Principal, id harrier.HandoverID) (Handover, error)
}
