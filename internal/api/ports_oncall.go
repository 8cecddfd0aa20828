package api

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rota"
)

// OnCall knows who is on call.
type OnCall interface {
	// OnCall says who is on call of every rota at a time; zero is now.
	OnCall(ctx context.Context, by harrier.Principal, at time.Time) ([]OnCallRota, error)
	// OnCallTurns lists the turns of a rota within a span; a rota that is not
	// there is NotFound.
	OnCallTurns(ctx context.Context, by harrier.Principal, rota string, s Span) ([]OnCallTurn, error)
	// OnCallChanges lists overrides and absences, those made last first.
	OnCallChanges(ctx context.Context, by harrier.Principal, f rota.Filter, p harrier.Page) (List[OnCallChange], error)
	// AddOnCallChange makes an override or an absence. Who may not manage rotas
	// is Denied all but their own absence.
	AddOnCallChange(ctx context.Context, by harrier.Principal, in AddOnCallChange) (OnCallChange, error)
	// RemoveOnCallChange takes one back; one that was taken back stays as it is.
	RemoveOnCallChange(ctx context.Context, by harrier.Principal, id harrier.OnCallID) (OnCallChange, error)
}

// Span is a time from a moment to another.
type Span struct{ From, Until time.Time }
