package exposure

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/schema"
)

// Actions returns the built-in action email.exposure.
func Actions() []builtin.Action { return []builtin.Action{{Spec: spec(), Call: call}} }

// spec describes email.exposure.
func spec() schema.ActionSpec {
	text, objects := schema.TypeOf(schema.String), schema.ListOf(schema.TypeOf(schema.Object))
	list := func(name string, t schema.Type, help string) schema.Field {
		return schema.Field{Name: name, Type: t, Default: []any{}, Help: help}
	}
	people := func(name, help string) schema.Field { return must(name, schema.ListOf(personType()), help) }
	return schema.ActionSpec{
		Name: "email.exposure", Title: "Tell whom a mail has reached and what they did", Connector: "email",
		Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true,
		Input: []schema.Field{
			list("copies", objects, "The copies that were found, as mail.search gives them."),
			list("clicks", objects, "Who followed its links, as mail.clicks gives them."),
			list("reporters", schema.ListOf(text), "Mail addresses of those who reported it."),
			{Name: "organisation", Type: schema.TypeOf(schema.Object), Default: map[string]any{}, Help: "The output of organisation.get: it names scanners and analysts."},
		},
		Output: schema.ObjectOf(
			must("reached", schema.TypeOf(schema.Integer), "How many mailboxes have had a copy."),
			people("opened", "Who has opened it."),
			people("clicked", "Who has followed a link, those who sent something included."),
			people("submitted", "Who has sent something to a page behind a link, as from a form. Whoever reported it as well is among them."),
			must("excluded", schema.ListOf(schema.ObjectOf(
				must("user", text, "Whose mailbox or name it was."), must("url", text, "The link; empty for an opening."), must("why", text, "Why it does not count."),
			)), "What scanners, previews, reporters and the security team did."),
		),
		Example: Of(Question{
			Copies: []Copy{{Mailbox: "kim@corp.example", Read: true, Received: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}},
			Clicks: []Click{
				{User: "kim@corp.example", URL: "https://login.evil.example/session", At: time.Date(2026, 11, 2, 9, 5, 0, 0, time.UTC), Submitted: true},
				{User: "lee@corp.example", URL: "https://login.evil.example/session", At: time.Date(2026, 11, 2, 9, 0, 1, 0, time.UTC), UserAgent: "SkypeUriPreview Preview/0.5"},
			},
		}).output(),
	}
}

// personType is one person in the output.
func personType() schema.Type {
	optional := func(k schema.Kind) schema.Type { return schema.OptionalOf(schema.TypeOf(k)) }
	return schema.ObjectOf(
		must("user", schema.TypeOf(schema.String), "Mailbox or log-in name."),
		schema.Field{Name: "at", Type: optional(schema.Timestamp), Help: "When it first happened; of an opening, when the mail came."},
		schema.Field{Name: "url", Type: optional(schema.URL), Help: "The link."},
		schema.Field{Name: "host", Type: optional(schema.Host), Help: "The machine."},
		must("stopped", schema.TypeOf(schema.Boolean), "Whether something kept the page from being reached."),
		must("reported", schema.TypeOf(schema.Boolean), "Whether the person has reported the mail."),
	)
}

func must(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: true, Help: help}
}

// call is email.exposure.
func call(_ context.Context, req builtin.Request) (map[string]any, error) {
	var in struct {
		Question
		Who    []string `json:"reporters"`
		Around struct {
			Analysts Group `json:"analysts"`
			Scanners Group `json:"scanners"`
		} `json:"organisation"`
	}
	data, err := json.Marshal(req.Input)
	if err == nil {
		err = json.Unmarshal(data, &in)
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the input cannot be read; give the outputs of mail.search, mail.clicks and organisation.get: %w", err)
	}
	in.Reporters, in.Analysts, in.Scanners = in.Who, in.Around.Analysts, in.Around.Scanners
	return Of(in.Question).output(), nil
}

// output is what a playbook sees.
func (e Exposure) output() map[string]any {
	excluded := make([]any, len(e.Excluded))
	for i, one := range e.Excluded {
		excluded[i] = map[string]any{"user": one.User, "url": one.URL, "why": one.Why}
	}
	return map[string]any{
		"reached": int64(e.Reached), "opened": people(e.Opened), "clicked": people(e.Clicked), "submitted": people(e.Submitted), "excluded": excluded,
	}
}

// people are the persons of a list as a playbook sees them.
func people(list []Person) []any {
	out := make([]any, len(list))
	for i, p := range list {
		one := map[string]any{"user": p.User, "stopped": p.Stopped, "reported": p.Reported}
		if !p.At.IsZero() {
			one["at"] = p.At.UTC().Format(time.RFC3339)
		}
		if p.URL != "" {
			one["url"] = p.URL
		}
		if p.Host != "" {
			one["host"] = p.Host
		}
		out[i] = one
	}
	return out
}
