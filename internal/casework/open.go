package casework

import (
	"bytes"
	"cmp"
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// open opens the case of a run and a template, or brings the one that it has
// up to date. Runs that give the same key share one case: the first opens it,
// the others join it and leave what it says to the first. Without a key a run
// takes the case that its alert is in already, see adopt.
func (s *Service) open(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	in := req.Call.With
	template, title, severity, summary := text(in, "template"), text(in, "title"), text(in, "severity"), text(in, "summary")
	if err := fits("summary", summary); err != nil {
		return nil, err
	}
	id := caseID(req, template)
	c, err := s.store.CaseIn(ctx, tx, req.Run.Tenant, id)
	switch {
	case err == nil:
		return s.again(ctx, tx, req, refreshed{c: c, title: title, severity: severity, summary: summary})
	case harrier.KindOf(err) != harrier.NotFound:
		return nil, err
	}
	if c, ok, err := s.adopt(ctx, tx, req); err != nil {
		return nil, err
	} else if ok {
		return s.again(ctx, tx, req, refreshed{c: c, title: title, severity: severity, summary: summary})
	}
	data, err := memory{Run: req.Run.ID}.encode()
	if err != nil {
		return nil, err
	}
	c, err = s.store.OpenCase(ctx, tx, harrier.Case{
		Tenant: req.Run.Tenant, ID: id, Title: cmp.Or(title, text(req.Alert, "title"), "Opened by "+req.Run.Playbook),
		Template: template, Severity: cmp.Or(severity, text(req.Alert, "severity"), "medium"), Status: Open, Summary: summary,
		Data: data, CreatedAt: req.Now, UpdatedAt: req.Now,
	})
	if err != nil {
		return nil, err
	}
	if err := s.beginTimeline(ctx, tx, c, req); err != nil {
		return nil, err
	}
	if err := s.begin(ctx, tx, &c, actor{name: "playbook " + req.Run.Playbook}); err != nil {
		return nil, err
	}
	return opened(c, true)
}

// caseID is the id of the case that a run opens under a template.
func caseID(req engine.LocalRequest, template string) harrier.CaseID {
	if key := text(req.Call.With, "key"); key != "" {
		return harrier.DeriveID[harrier.CaseID]("case of key", req.Run.Tenant.String(), template, key)
	}
	return harrier.DeriveID[harrier.CaseID]("case of run", req.Run.ID.String(), template)
}

// again is case.open of a case that is there: the run that opened it brings it
// up to date, every other one joins it with its alert.
func (s *Service) again(ctx context.Context, tx harrier.Tx, req engine.LocalRequest, r refreshed) (map[string]any, error) {
	m, err := memoryOf(r.c)
	if err != nil {
		return nil, err
	}
	if m.Run == req.Run.ID || m.Run.IsZero() {
		c, err := s.refresh(ctx, tx, req, r)
		if err != nil {
			return nil, err
		}
		return opened(c, false)
	}
	if err := s.store.PutRunIntoCase(ctx, tx, req.Run.ID, r.c); err != nil {
		return nil, err
	}
	if err := s.putAlert(ctx, tx, r.c, req); err != nil {
		return nil, err
	}
	return opened(r.c, false)
}

// beginTimeline writes where a case comes from.
func (s *Service) beginTimeline(ctx context.Context, tx harrier.Tx, c harrier.Case, req engine.LocalRequest) error {
	opened := said(req, cmp.Or(c.Summary, c.Title))
	if err := s.add(ctx, tx, c, entryOpened, opened); err != nil {
		return err
	}
	if err := s.store.PutRunIntoCase(ctx, tx, req.Run.ID, c); err != nil {
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
	link := Link{Tenant: c.Tenant, Case: c.ID, Alert: req.Run.Alert, At: req.Now}
	added, err := s.store.PutIntoCase(ctx, tx, link)
	if err != nil || !added {
		return err
	}
	if err := s.joined(ctx, tx, link); err != nil {
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
	// changed tells that the case differs from the stored one already.
	changed bool
	// remember changes what the case remembers; nil changes nothing.
	remember func(*memory)
}

// refresh gives a case the title, severity and summary that are said now. A
// case that somebody closed meanwhile stays closed.
func (s *Service) refresh(ctx context.Context, tx harrier.Tx, req engine.LocalRequest, r refreshed) (harrier.Case, error) {
	c := r.c
	c.Title, c.Severity, c.Summary = cmp.Or(r.title, c.Title), cmp.Or(r.severity, c.Severity), cmp.Or(r.summary, c.Summary)
	if r.remember != nil {
		if err := remember(&c, r.remember); err != nil {
			return c, err
		}
	}
	if !r.changed && c.Title == r.c.Title && c.Severity == r.c.Severity && c.Summary == r.c.Summary && bytes.Equal(c.Data, r.c.Data) {
		return c, nil
	}
	c.UpdatedAt = req.Now
	if err := s.windClocks(ctx, tx, &c); err != nil {
		return c, err
	}
	if err := s.store.UpdateCase(ctx, tx, c); err != nil {
		return c, err
	}
	c.Rev++
	if c.Summary != r.c.Summary {
		return c, s.add(ctx, tx, c, entryComment, said(req, c.Summary))
	}
	return c, nil
}

// said is a line of a timeline that a step of a run writes.
func said(req engine.LocalRequest, what string) line {
	return line{
		at: req.Now, author: "playbook " + req.Run.Playbook, text: what,
		data: map[string]any{"run": req.Run.ID.String(), "step": req.Path},
	}
}

// opened is what case.open answers.
func opened(c harrier.Case, opened bool) (map[string]any, error) {
	about, err := documentOf(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": c.ID.String(), "number": c.Number, "opened": opened, "case": about}, nil
}

// documentOf is what a playbook sees of a case.
func documentOf(c harrier.Case) (map[string]any, error) {
	m, err := memoryOf(c)
	if err != nil {
		return nil, err
	}
	about := map[string]any{
		"id": c.ID.String(), "number": c.Number, "title": c.Title, "template": c.Template,
		"severity": c.Severity, "status": c.Status, "summary": c.Summary, "contained": m.Contained,
	}
	if m.Verdict != "" {
		about["verdict"] = m.Verdict
	}
	return about, nil
}

// text returns a text of a map, or nothing.
func text(in map[string]any, name string) string {
	s, _ := in[name].(string)
	return s
}
