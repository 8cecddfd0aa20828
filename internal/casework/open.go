package casework

import (
	"cmp"
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// open opens the case of a run and a template, or brings the one that it has
// up to date.
func (s *Service) open(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	in := req.Call.With
	template, title, severity, summary := text(in, "template"), text(in, "title"), text(in, "severity"), text(in, "summary")
	if err := fits("summary", summary); err != nil {
		return nil, err
	}
	id := harrier.DeriveID[harrier.CaseID]("case of run", req.Run.ID.String(), template)
	c, err := s.store.CaseIn(ctx, tx, req.Run.Tenant, id)
	switch {
	case err == nil:
		return s.refresh(ctx, tx, req, refreshed{c, title, severity, summary})
	case harrier.KindOf(err) != harrier.NotFound:
		return nil, err
	}
	c, err = s.store.OpenCase(ctx, tx, harrier.Case{
		Tenant: req.Run.Tenant, ID: id, Title: cmp.Or(title, text(req.Alert, "title"), "Opened by "+req.Run.Playbook),
		Template: template, Severity: cmp.Or(severity, text(req.Alert, "severity"), "medium"), Status: Open, Summary: summary,
		CreatedAt: req.Now, UpdatedAt: req.Now,
	})
	if err != nil {
		return nil, err
	}
	if err := s.beginTimeline(ctx, tx, c, req); err != nil {
		return nil, err
	}
	return output(c, true), nil
}

// beginTimeline writes where a case comes from.
func (s *Service) beginTimeline(ctx context.Context, tx harrier.Tx, c harrier.Case, req engine.LocalRequest) error {
	opened := said(req, cmp.Or(c.Summary, c.Title))
	if err := s.add(ctx, tx, c, entryOpened, opened); err != nil {
		return err
	}
	run := said(req, "Run of playbook "+req.Run.Playbook)
	if err := s.add(ctx, tx, c, entryRun, run); err != nil {
		return err
	}
	return s.putAlert(ctx, tx, c, req)
}

// putAlert puts the alert of the run into the case, once.
func (s *Service) putAlert(ctx context.Context, tx harrier.Tx, c harrier.Case, req engine.LocalRequest) error {
	if req.Run.Alert.IsZero() {
		return nil
	}
	added, err := s.store.PutIntoCase(ctx, tx, Link{Tenant: c.Tenant, Case: c.ID, Alert: req.Run.Alert, At: req.Now})
	if err != nil || !added {
		return err
	}
	l := said(req, cmp.Or(text(req.Alert, "title"), "Alert"))
	l.data["alert"] = req.Run.Alert.String()
	return s.add(ctx, tx, c, entryAlert, l)
}

// refreshed is a case and what a further case.open says about it.
type refreshed struct {
	c                        harrier.Case
	title, severity, summary string
}

// refresh gives a case the title, severity and summary that are said now. A
// case that somebody closed meanwhile stays closed.
func (s *Service) refresh(ctx context.Context, tx harrier.Tx, req engine.LocalRequest, r refreshed) (map[string]any, error) {
	c := r.c
	c.Title, c.Severity, c.Summary = cmp.Or(r.title, c.Title), cmp.Or(r.severity, c.Severity), cmp.Or(r.summary, c.Summary)
	if c.Title == r.c.Title && c.Severity == r.c.Severity && c.Summary == r.c.Summary {
		return output(c, false), nil
	}
	c.UpdatedAt = req.Now
	if err := s.store.UpdateCase(ctx, tx, c); err != nil {
		return nil, err
	}
	c.Rev++
	if c.Summary != r.c.Summary {
		if err := s.add(ctx, tx, c, entryComment, said(req, c.Summary)); err != nil {
			return nil, err
		}
	}
	return output(c, false), nil
}

// said is a line of a timeline that a step of a run writes.
func said(req engine.LocalRequest, what string) line {
	return line{
		at: req.Now, author: "playbook " + req.Run.Playbook, text: what,
		data: map[string]any{"run": req.Run.ID.String(), "step": req.Path},
	}
}

// output is what a playbook sees of a case.
func output(c harrier.Case, opened bool) map[string]any {
	return map[string]any{
		"id": c.ID.String(), "number": c.Number, "opened": opened,
		"case": map[string]any{
			"id": c.ID.String(), "number": c.Number, "title": c.Title, "template": c.Template,
			"severity": c.Severity, "status": c.Status, "summary": c.Summary,
		},
	}
}

// text returns a text of a map, or nothing.
func text(in map[string]any, name string) string {
	s, _ := in[name].(string)
	return s
}
