package casework

import (
	"cmp"
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/schema"
)

// This file holds what runs that share a case say to each other through it:
// what it came to, and who was told.

// updateSpec describes case.update.
func updateSpec() schema.ActionSpec {
	return schema.ActionSpec{
		Name: "case.update", Title: "Say what a case came to", Connector: "case",
		Effect: harrier.Record, Repeat: harrier.Natural, Local: true, Builtin: true, Targets: []string{"case"},
		Input: []schema.Field{
			caseInput(),
			{Name: "title", Type: schema.TypeOf(schema.String), Help: "One line; stays where it is not said."},
			{Name: "severity", Type: severities(), Help: "How bad it is; stays where it is not said."},
			{Name: "summary", Type: schema.TypeOf(schema.String), Help: "What happened and what was done; replaces the summary that the case has."},
			{Name: "verdict", Type: verdicts(), Help: "What it came to; stays where it is not said."},
			{Name: "contained", Type: schema.TypeOf(schema.Boolean), Help: "Whether what it is about can do no more harm; stays where it is not said."},
		},
		Output:  schema.ObjectOf(always("case", caseType(), "The case as it is now.")),
		Example: map[string]any{"case": exampleCase()},
	}
}

// update is case.update.
func (s *Service) update(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	c, err := s.named(ctx, tx, req)
	if err != nil {
		return nil, err
	}
	in := req.Call.With
	summary := text(in, "summary")
	if err := fits("summary", summary); err != nil {
		return nil, err
	}
	was := c.ContainedAt
	if contained, said := in["contained"].(bool); said {
		if _, err := contain(&c, contained, req.Now); err != nil {
			return nil, err
		}
	}
	c, err = s.refresh(ctx, tx, req, refreshed{
		c: c, changed: !was.Equal(c.ContainedAt), title: text(in, "title"), severity: text(in, "severity"), summary: summary,
		remember: func(m *memory) {
			m.Verdict = cmp.Or(text(in, "verdict"), m.Verdict)
		},
	})
	if err != nil {
		return nil, err
	}
	return about(c)
}

// noticeSpec describes case.notice.
func noticeSpec() schema.ActionSpec {
	return schema.ActionSpec{
		Name: "case.notice", Title: "Note that a person is told something, and whether it is the first time", Connector: "case",
		Effect: harrier.Record, Repeat: harrier.Natural, Local: true, Builtin: true, Targets: []string{"case"},
		Input: []schema.Field{
			caseInput(),
			{Name: "person", Type: schema.TypeOf(schema.String), Required: true, Help: "Who is told; a mail address."},
			{Name: "notice", Type: schema.TypeOf(schema.String), Required: true, Help: "What is told, in a word such as received or malicious."},
		},
		Output: schema.ObjectOf(always("first", schema.TypeOf(schema.Boolean),
			"Whether the person had not been told it in this case. Of all steps that ask, one gets true: tell them only then.")),
		Example: map[string]any{"first": true},
	}
}

// notice is case.notice.
func (s *Service) notice(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	c, err := s.named(ctx, tx, req)
	if err != nil {
		return nil, err
	}
	person, notice := text(req.Call.With, "person"), text(req.Call.With, "notice")
	if person == "" || notice == "" || len(person) > 320 || len(notice) > 100 {
		return nil, harrier.Errorf(harrier.Invalid, "give a person of 1 to 320 bytes and a notice of 1 to 100 bytes")
	}
	first := false
	if err := remember(&c, func(m *memory) { first = m.tell(person, notice) }); err != nil || !first {
		return map[string]any{"first": false}, err
	}
	c.UpdatedAt = req.Now
	if err := s.store.UpdateCase(ctx, tx, c); err != nil {
		return nil, err
	}
	return map[string]any{"first": true}, nil
}

// getSpec describes case.get.
func getSpec() schema.ActionSpec {
	return schema.ActionSpec{
		Name: "case.get", Title: "Read a case", Connector: "case", Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true,
		Input:   []schema.Field{caseInput()},
		Output:  schema.ObjectOf(always("case", caseType(), "The case.")),
		Example: map[string]any{"case": exampleCase()},
	}
}

// get is case.get.
func (s *Service) get(ctx context.Context, req builtin.Request) (map[string]any, error) {
	id, err := harrier.ParseID[harrier.CaseID](text(req.Input, "case"))
	if err != nil {
		return nil, err
	}
	c, err := s.store.Case(ctx, req.Tenant, id)
	if err != nil {
		return nil, err
	}
	return about(c)
}

// about is an output that holds a case.
func about(c harrier.Case) (map[string]any, error) {
	d, err := documentOf(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"case": d}, nil
}
