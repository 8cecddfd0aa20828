package casework

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/schema"
)

// Actions returns the built-in actions about cases.
func (s *Service) Actions() []builtin.Action {
	return []builtin.Action{
		{Spec: openSpec(), Local: s.open},
		{Spec: updateSpec(), Local: s.update},
		{Spec: noticeSpec(), Local: s.notice},
		{Spec: getSpec(), Call: s.get},
		{Spec: commentSpec(), Local: s.commentAction},
		{Spec: closeSpec(), Local: s.closeAction},
	}
}

// openSpec describes case.open.
func openSpec() schema.ActionSpec {
	id := harrier.DeriveID[harrier.CaseID]("example").String()
	return schema.ActionSpec{
		Name: "case.open", Title: "Open a case, or bring the run's case up to date", Connector: "case",
		Effect: harrier.Record, Repeat: harrier.Natural, Local: true, Builtin: true,
		Input: []schema.Field{
			{Name: "template", Type: schema.TypeOf(schema.String), Help: "Sort of case, such as phishing. A run has one case for each; where its alert is in a case already, it takes that one."},
			{Name: "title", Type: schema.TypeOf(schema.String), Help: "One line; the alert's title where it is not said."},
			{Name: "severity", Type: severities(), Help: "How bad it is; the alert's severity where it is not said."},
			{Name: "summary", Type: schema.TypeOf(schema.String), Help: "What happened and what was done; replaces the summary that the case has."},
			{Name: "key", Type: schema.TypeOf(schema.String), Help: "What the case is about, such as a Message-ID. Runs that give the same key and template share one case; the first of them says what it is called."},
		},
		Output: schema.ObjectOf(
			always("id", schema.TypeOf(schema.String), "Id of the case."),
			always("number", schema.TypeOf(schema.Integer), "Number by which people call it."),
			always("opened", schema.TypeOf(schema.Boolean), "Whether this step opened it; otherwise it was there."),
			always("case", caseType(), "The case."),
		),
		Example: map[string]any{"id": id, "number": int64(7), "opened": true, "case": exampleCase()},
	}
}

// exampleCase is a case as the examples show it.
func exampleCase() map[string]any {
	return map[string]any{
		"id": harrier.DeriveID[harrier.CaseID]("example").String(), "number": int64(7), "title": "Reported mail: Your account is locked",
		"template": "phishing", "severity": "medium", "status": Open, "summary": "3 copies were quarantined.", "contained": false,
	}
}

// caseType is what playbooks see of a case.
func caseType() schema.Type {
	text := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		always("id", text, "Id of the case."),
		always("number", schema.TypeOf(schema.Integer), "Number by which people call it."),
		always("title", text, "One line."),
		always("template", text, "Sort of case."),
		always("severity", severities(), "How bad it is."),
		always("status", schema.Type{Kind: schema.String, Values: []string{Open, InProgress, Waiting, Closed}}, "Whether somebody works on it."),
		always("summary", text, "What happened and what was done."),
		always("contained", schema.TypeOf(schema.Boolean), "Whether what it is about can do no more harm."),
		schema.Field{Name: "verdict", Type: schema.OptionalOf(verdicts()), Help: "What it came to, once that is known."},
	)
}

// verdicts are what a case can come to.
func verdicts() schema.Type {
	return schema.Type{Kind: schema.String, Values: []string{"malicious", "benign", "inconclusive"}}
}

func severities() schema.Type {
	return schema.Type{Kind: schema.String, Values: []string{"critical", "high", "medium", "low", "info"}}
}

// always returns an output that always comes.
func always(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: true, Help: help}
}

// caseInput names the case that an action is about.
func caseInput() schema.Field {
	return schema.Field{Name: "case", Type: schema.TypeOf(schema.String), Required: true, Help: "Id of the case, as case.open gives it."}
}

// commentSpec describes case.comment.
func commentSpec() schema.ActionSpec {
	return schema.ActionSpec{
		Name: "case.comment", Title: "Write into a case's timeline", Connector: "case",
		Effect: harrier.Record, Repeat: harrier.Natural, Local: true, Builtin: true, Targets: []string{"case"},
		Input: []schema.Field{
			caseInput(),
			{Name: "text", Type: schema.TypeOf(schema.String), Required: true, Help: "What to write."},
		},
		Output:  schema.ObjectOf(always("number", schema.TypeOf(schema.Integer), "Number of the case.")),
		Example: map[string]any{"number": int64(7)},
	}
}

// closeSpec describes case.close.
func closeSpec() schema.ActionSpec {
	return schema.ActionSpec{
		Name: "case.close", Title: "Close a case", Connector: "case",
		Effect: harrier.Record, Repeat: harrier.Natural, Local: true, Builtin: true, Targets: []string{"case"},
		Input: []schema.Field{
			caseInput(),
			{Name: "reason", Type: schema.TypeOf(schema.String), Required: true, Help: "Why it needs no more work."},
		},
		Output: schema.ObjectOf(
			always("number", schema.TypeOf(schema.Integer), "Number of the case."),
			always("closed", schema.TypeOf(schema.Boolean), "Whether this step closed it; otherwise it was closed already."),
		),
		Example: map[string]any{"number": int64(7), "closed": true},
	}
}

// commentAction is case.comment.
func (s *Service) commentAction(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	c, err := s.named(ctx, tx, req)
	if err != nil {
		return nil, err
	}
	if err := s.comment(ctx, tx, c, said(req, text(req.Call.With, "text"))); err != nil {
		return nil, err
	}
	return map[string]any{"number": c.Number}, nil
}

// closeAction is case.close.
func (s *Service) closeAction(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	c, err := s.named(ctx, tx, req)
	if err != nil {
		return nil, err
	}
	was := c.Status
	if was != Closed {
		if c, err = s.end(ctx, tx, c, said(req, text(req.Call.With, "reason"))); err != nil {
			return nil, err
		}
	}
	return map[string]any{"number": c.Number, "closed": was != Closed}, nil
}

// named finds the case that a step names.
func (s *Service) named(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (harrier.Case, error) {
	id, err := harrier.ParseID[harrier.CaseID](text(req.Call.With, "case"))
	if err != nil {
		return harrier.Case{}, err
	}
	return s.store.CaseIn(ctx, tx, req.Run.Tenant, id)
}
