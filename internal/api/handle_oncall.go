package api

import (
	"context"
	"net/http"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rota"
)

func (c OnCallChange) revision() int64 { return c.Rev }

// dutyRoutes is the part of the table about who is on call and who is told.
func (s *Server) dutyRoutes() []route {
	return append(s.handoverRoutes(), []route{
		{"GET /v1/oncall", harrier.OnCallRead, "getOnCall", "Say who is on call of every rota", call(s.onCall)},
		{"GET /v1/oncall/turns", harrier.OnCallRead, "listOnCallTurns", "List the turns of a rota", call(s.onCallTurns)},
		{"GET /v1/oncall/changes", harrier.OnCallRead, "listOnCallChanges", "List overrides and absences, those made last first", call(s.onCallChanges)},
		{"POST /v1/oncall/changes", harrier.OnCallAct, "addOnCallChange", "Put somebody else on call, or say that somebody is absent", answering(http.StatusCreated, s.addOnCallChange)},
		{"POST /v1/oncall/changes/{id}/remove", harrier.OnCallAct, "removeOnCallChange", "Take an override or an absence back", call(s.removeOnCallChange)},

		{"GET /v1/notifications", harrier.OnCallRead, "listNotifications", "List what people are told, the newest first", call(s.notifications)},
		{"GET /v1/notifications/{id}", harrier.OnCallRead, "getNotification", "Show whom a notification reached", call(s.notification)},
		{"POST /v1/notifications/{id}/acknowledge", harrier.OnCallAct, "acknowledgeNotification", "Take a notification on, so that nobody else is told", call(s.ackNotification)},
		{"GET /v1/notification-routes", harrier.OnCallRead, "listNotificationRoutes", "List the routes, in the order in which they are asked", call(s.notificationRoutes)},
		{"POST /v1/notification-routes/preview", harrier.OnCallRead, "previewNotification", "Say who would be told of something now", call(s.previewNotification)},
	}...)
}

type onCallIn struct {
	At time.Time `query:"at" doc:"Now where it is absent."`
}

func (s *Server) onCall(ctx context.Context, in *onCallIn) (List[OnCallRota], error) {
	list, err := s.cfg.Ports.OnCall.OnCall(ctx, principal(ctx), in.At)
	return full(List[OnCallRota]{Items: list}, err)
}

type onCallTurnsIn struct {
	Rota  string    `query:"rota" required:"true" maxLength:"200"`
	From  time.Time `query:"from" doc:"Now where it is absent."`
	Until time.Time `query:"until" doc:"Four weeks after from where it is absent."`
}

func (s *Server) onCallTurns(ctx context.Context, in *onCallTurnsIn) (List[OnCallTurn], error) {
	list, err := s.cfg.Ports.OnCall.OnCallTurns(ctx, principal(ctx), in.Rota, Span{in.From, in.Until})
	return full(List[OnCallTurn]{Items: list}, err)
}

type onCallChangesIn struct {
	Paged
	Kind   string    `query:"kind" enum:"override,absence"`
	Rota   string    `query:"rota" maxLength:"200"`
	Person string    `query:"person" maxLength:"200"`
	After  time.Time `query:"after" doc:"Leaves out what ended before, and what was taken back."`
}

func (s *Server) onCallChanges(ctx context.Context, in *onCallChangesIn) (List[OnCallChange], error) {
	f := rota.Filter{Kind: in.Kind, Rota: in.Rota, Person: in.Person, After: in.After}
	return full(s.cfg.Ports.OnCall.OnCallChanges(ctx, principal(ctx), f, in.page()))
}

type addOnCallChangeIn struct{ Body AddOnCallChange }

func (s *Server) addOnCallChange(ctx context.Context, in *addOnCallChangeIn) (*reply[OnCallChange], error) {
	c, err := s.cfg.Ports.OnCall.AddOnCallChange(ctx, principal(ctx), in.Body)
	return &reply[OnCallChange]{Body: c, Status: http.StatusCreated}, err
}

type removeOnCallChangeIn struct {
	ID harrier.OnCallID `path:"id"`
}

func (s *Server) removeOnCallChange(ctx context.Context, in *removeOnCallChangeIn) (OnCallChange, error) {
	return s.cfg.Ports.OnCall.RemoveOnCallChange(ctx, principal(ctx), in.ID)
}
