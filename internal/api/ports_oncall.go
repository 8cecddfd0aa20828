package api

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
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

// Notifications shows what people are told.
type Notifications interface {
	// Notifications lists notifications, the newest first.
	Notifications(ctx context.Context, by harrier.Principal, f pager.Filter, p harrier.Page) (List[Notification], error)
	// Notification returns a notification with whom it reached.
	Notification(ctx context.Context, by harrier.Principal, id harrier.NotificationID) (NotificationDetail, error)
	// AckNotification takes a notification on; the first who does counts.
	AckNotification(ctx context.Context, by harrier.Principal, id harrier.NotificationID, note string) (Notification, error)
	// NotificationRoutes lists the routes, in the order in which they are asked.
	NotificationRoutes(ctx context.Context, by harrier.Principal) ([]NotificationRoute, error)
	// PreviewNotification says how something would go now; where no route
	// matches it is NotFound.
	PreviewNotification(ctx context.Context, by harrier.Principal, f pager.Facts) (NotificationPreview, error)
}

// Span is a time from a moment to another.
type Span struct{ From, Until time.Time }
