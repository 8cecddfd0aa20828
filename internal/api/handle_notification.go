package api

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
)

func (n Notification) revision() int64 { return n.Rev }

type notificationsIn struct {
	Paged
	Status pager.Status    `query:"status" enum:"pending,collected,told,acknowledged,unheard"`
	Kind   string          `query:"kind" maxLength:"100"`
	Alert  harrier.AlertID `query:"alert"`
	Case   harrier.CaseID  `query:"case"`
}

func (s *Server) notifications(ctx context.Context, in *notificationsIn) (List[Notification], error) {
	f := pager.Filter{Status: in.Status, Kind: in.Kind, Alert: in.Alert, Case: in.Case}
	return full(s.cfg.Ports.Notifications.Notifications(ctx, principal(ctx), f, in.page()))
}

type notificationIn struct {
	ID harrier.NotificationID `path:"id"`
}

func (s *Server) notification(ctx context.Context, in *notificationIn) (NotificationDetail, error) {
	d, err := s.cfg.Ports.Notifications.Notification(ctx, principal(ctx), in.ID)
	d.Deliveries = some(d.Deliveries)
	return d, err
}

type ackNotificationIn struct {
	ID   harrier.NotificationID `path:"id"`
	Body AckNotification
}

func (s *Server) ackNotification(ctx context.Context, in *ackNotificationIn) (Notification, error) {
	return s.cfg.Ports.Notifications.AckNotification(ctx, principal(ctx), in.ID, in.Body.Note)
}

type notificationRoutesIn struct{}

func (s *Server) notificationRoutes(ctx context.Context, _ *notificationRoutesIn) (List[NotificationRoute], error) {
	list, err := s.cfg.Ports.Notifications.NotificationRoutes(ctx, principal(ctx))
	return full(List[NotificationRoute]{Items: list}, err)
}

type previewNotificationIn struct{ Body PreviewNotification }

func (s *Server) previewNotification(ctx context.Context, in *previewNotificationIn) (NotificationPreview, error) {
	f := pager.Facts{Severity: in.Body.Severity, Kind: in.Body.Kind, Owners: in.Body.Owners}
	p, err := s.cfg.Ports.Notifications.PreviewNotification(ctx, principal(ctx), f)
	p.First = some(p.First)
	return p, err
}
