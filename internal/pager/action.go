package pager

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/schema"
)

// Actions returns the built-in actions of the package.
func (s *Service) Actions() []builtin.Action {
	return []builtin.Action{{Spec: sendSpec(), Local: s.send}}
}

// sendSpec describes notification.send.
func sendSpec() schema.ActionSpec {
	text, boolean := schema.TypeOf(schema.String), schema.TypeOf(schema.Boolean)
	return schema.ActionSpec{
		Name: "notification.send", Title: "Tell whoever the routes of oncall.yaml say", Connector: "notification",
		Effect: harrier.Notify, Repeat: harrier.Natural, Local: true, Builtin: true,
		Input: []schema.Field{
			{Name: "title", Type: text, Required: true, Help: "One line. Links in it cannot be clicked."},
			{Name: "text", Type: text, Default: "", Help: "What happened, and what to do."},
			{Name: "severity", Type: schema.Type{Kind: schema.String, Values: []string{"critical", "high", "medium", "low", "info"}}, Default: "medium", Help: "How bad it is; routes look at it."},
			{Name: "kind", Type: text, Default: "alert", Help: "What sort of thing it is, such as alert or case; routes look at it."},
			{Name: "owners", Type: schema.ListOf(text), Default: []any{}, Help: "Who answers for what it is about; routes look at it."},
			{Name: "topic", Type: text, Default: "", Help: "While one of a topic waits to be acknowledged, others are counted and not told. Empty tells each."},
		},
		Output: schema.ObjectOf(
			schema.Field{Name: "routed", Type: boolean, Required: true, Help: "Whether a route matches; otherwise nobody is told."},
			schema.Field{Name: "id", Type: schema.OptionalOf(text), Help: "Id of the notification."},
			schema.Field{Name: "route", Type: schema.OptionalOf(text), Help: "The route that it goes by."},
		),
		Example: map[string]any{"routed": true, "id": harrier.DeriveID[harrier.NotificationID]("example").String(), "route": "urgent"},
	}
}

// send is notification.send. Who is told is committed with the step's result;
// the sending itself is runs of their own.
func (s *Service) send(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	text := func(name string) string { v, _ := req.Call.With[name].(string); return v }
	in := Notice{
		Tenant: req.Run.Tenant, Key: req.Run.ID.String() + " " + req.Path, Topic: text("topic"), Title: text("title"), Text: text("text"),
		Facts: Facts{Kind: text("kind"), Severity: text("severity")}, Alert: req.Run.Alert, Case: req.Run.Case,
	}
	owners, _ := req.Call.With["owners"].([]any)
	for _, o := range owners {
		if name, ok := o.(string); ok {
			in.Owners = append(in.Owners, name)
		}
	}
	n, ok, err := s.Tell(ctx, tx, in)
	if err != nil {
		return nil, err
	}
	if !ok {
		return map[string]any{"routed": false}, nil
	}
	return map[string]any{"routed": true, "id": n.ID.String(), "route": n.Route.Name}, nil
}
