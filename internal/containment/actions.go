package containment

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/schema"
)

const (
	defaultMost = 500
	// most keeps an answer within what a step may hold.
	most = 1000
)

// Actions returns the built-in actions about what is contained.
func (s *Service) Actions() []builtin.Action {
	return []builtin.Action{
		{Spec: listSpec(), Call: s.list},
		{Spec: restoredSpec(), Call: s.restored},
	}
}

// listSpec describes containment.list.
func listSpec() schema.ActionSpec {
	highest := float64(most)
	lowest := 1.0
	spec := reading("containment.list", "List what was contained, the newest first",
		schema.Field{Name: "state", Type: states(), Default: string(harrier.ContainmentActive), Help: "Where it stands."},
		schema.Field{Name: "limit", Type: schema.TypeOf(schema.Integer), Default: int64(defaultMost), Min: &lowest, Max: &highest, Help: "How many at most."})
	spec.Output = schema.ObjectOf(
		always("items", schema.ListOf(itemType()), "What was contained, the newest first: undone in this order, the ledger is walked backwards."),
		always("truncated", schema.TypeOf(schema.Boolean), "Whether there are more."),
	)
	spec.Example = map[string]any{"truncated": false, "items": []any{map[string]any{
		"id": harrier.DeriveID[harrier.ContainmentID]("example").String(), "run": harrier.DeriveID[harrier.RunID]("example").String(),
		"path": `quarantine["alice@corp.example/AAMk1"]`, "action": "msgraph.quarantine", "verb": "mail.quarantine", "connection": "mail",
		"target": "alice@corp.example", "state": "active", "at": "2026-01-05T09:00:00Z", "args": map[string]any{"mailbox": "alice@corp.example", "message_id": "AAMk1"},
		"before": map[string]any{"quarantined_id": "AAMk2", "folder_before": "inbox", "read_before": false},
		"undo":   "msgraph.restore", "undo_verb": "mail.restore", "undo_args": map[string]any{"mailbox": "alice@corp.example", "message_id": "AAMk2", "folder": "inbox"},
		"mailbox": "alice@corp.example", "message_id": "AAMk2", "folder": "inbox", "read": false,
	}}}
	return spec
}

// restoredSpec describes containment.restored.
func restoredSpec() schema.ActionSpec {
	text := schema.TypeOf(schema.String)
	spec := reading("containment.restored", "List what was contained and taken back since, so that it is left alone")
	spec.Output = schema.ObjectOf(
		always("keys", schema.ListOf(text), "What is to be left alone: mailbox/id of each copy of a mail under every id that it had, and the target of anything else."),
		always("items", schema.ListOf(schema.ObjectOf(
			always("action", text, "What had contained it."),
			perhaps("verb", text, "The verb that the action provides."),
			always("target", text, "What was acted on."),
			always("keys", schema.ListOf(text), "Its part of keys."),
			always("at", schema.TypeOf(schema.Timestamp), "When it was taken back."),
			always("run", text, "Id of the run that took it back."),
		)), "What was taken back, the newest first."),
	)
	spec.Example = map[string]any{"keys": []any{}, "items": []any{}}
	return spec
}

// reading is what both actions have in common: what they are about.
func reading(name, title string, more ...schema.Field) schema.ActionSpec {
	text := schema.TypeOf(schema.String)
	return schema.ActionSpec{
		Name: name, Title: title, Connector: "containment", Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true,
		Input: append([]schema.Field{
			{Name: "alert", Type: text, Help: "Id of the alert that it was done for."},
			{Name: "case", Type: text, Help: "Id of the case that it was done for, or that the alert is in."},
			{Name: "run", Type: text, Help: "Id of the run that did it, itself or through one that it called."},
			{Name: "action", Type: text, Help: "Action or verb that contained it, such as mail.quarantine."},
		}, more...),
	}
}

func states() schema.Type {
	return schema.Type{Kind: schema.String, Values: []string{
		string(harrier.ContainmentActive), string(harrier.ContainmentUndone), string(harrier.ContainmentExpired), string(harrier.ContainmentSuperseded),
	}}
}

// always returns an output that always comes, perhaps one that may be absent.
func always(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: true, Help: help}
}

func perhaps(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: schema.OptionalOf(t), Help: help}
}

// filter reads what an action is about. Without any bound it would be about
// everything that was ever contained.
func filter(in map[string]any) (f harrier.ContainmentFilter, err error) {
	text := func(name string) string { s, _ := in[name].(string); return s }
	if text("alert") == "" && text("case") == "" && text("run") == "" {
		return f, harrier.Errorf(harrier.Invalid, "say which alert, case or run it is about; otherwise it would be about everything that was ever contained")
	}
	f.State, f.Action = harrier.ContainmentState(text("state")), text("action")
	for _, id := range []struct {
		name string
		into interface{ UnmarshalText([]byte) error }
	}{{"alert", &f.Alert}, {"case", &f.Case}, {"run", &f.Run}} {
		if err := id.into.UnmarshalText([]byte(text(id.name))); err != nil {
			return f, err
		}
	}
	return f, nil
}

// list is containment.list.
func (s *Service) list(ctx context.Context, req builtin.Request) (map[string]any, error) {
	f, err := filter(req.Input)
	if err != nil {
		return nil, err
	}
	limit, _ := req.Input["limit"].(int64)
	rows, cut, err := s.some(ctx, req.Tenant, f, int(min(max(limit, 1), most)))
	if err != nil {
		return nil, err
	}
	items := make([]any, len(rows))
	for i, c := range rows {
		if items[i], err = itemOf(c); err != nil {
			return nil, err
		}
	}
	return map[string]any{"items": items, "truncated": cut}, nil
}
