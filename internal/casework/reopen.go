package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Undo is what takes something back that was contained for a case. It is
// proposed, never done: a person runs it, or a playbook that does it.
type Undo struct {
	Containment harrier.Containment
	// Problem says why nobody knows how; empty where the undo is known.
	Problem string
}

// Containments finds what was contained.
type Containments interface {
	// Containments lists containments, the newest first.
	Containments(ctx context.Context, tenant harrier.TenantID, f harrier.ContainmentFilter, p harrier.Page) ([]harrier.Containment, string, error)
}

// Correction is why a case is opened again.
type Correction struct {
	Reason string
	// Disposition is what the case was after all; empty where that is to be found out.
	Disposition string
	Rev         int64
}

// Reopen opens a closed case again. Where it turns out to have been something
// else, what was counted by it is corrected: its history, its alerts, its
// times. Where it was harmless after all, Reopen proposes the exact undo of what
// was contained for it and still is.
func (s *Service) Reopen(ctx context.Context, by harrier.Principal, id harrier.CaseID, co Correction) (harrier.Case, []Undo, error) {
	c, _, err := s.Apply(ctx, by, id, co.Rev, Op{Reopen: &co})
	if err != nil || !harmless(co.Disposition) {
		return c, nil, err
	}
	undo, err := s.undo(ctx, by, c)
	return c, undo, err
}

// reopening is the change that opens a closed case again.
func (s *Service) reopening(by harrier.Principal, co Correction) (*change, error) {
	if strings.TrimSpace(co.Reason) == "" {
		return nil, harrier.Errorf(harrier.Invalid, "say what was wrong")
	}
	if co.Disposition != "" && !slices.Contains(Dispositions(), co.Disposition) {
		return nil, harrier.Errorf(harrier.Invalid, "%q is no disposition; use one of %s", co.Disposition, strings.Join(Dispositions(), ", "))
	}
	ch := &change{action: "case.reopen", kind: entryReopened, about: map[string]any{"disposition": co.Disposition}}
	ch.do = func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
		if c.Status != Closed || !c.MergedInto.IsZero() {
			return false, harrier.Errorf(harrier.Conflict, "case %d is not one that was closed", c.Number)
		}
		was := c.Disposition
		ch.about["was"], ch.text = was, co.Reason
		if co.Disposition != "" {
			ch.text = fmt.Sprintf("it was not %s but %s: %s", was, co.Disposition, co.Reason)
		}
		c.Status, c.Disposition, c.ClosedAt = InProgress, co.Disposition, time.Time{}
		if err := s.correctAlerts(ctx, tx, *c, by.Name, now); err != nil {
			return false, err
		}
		return true, s.stand(ctx, tx, *c, Standing{At: now, Reason: ch.text, By: by.ID, Name: by.Name})
	}
	return ch, nil
}

// correctAlerts corrects what the alerts say that were closed with a case, so
// that what is counted by them is right; where nobody knows yet what it was,
// they are open again.
func (s *Service) correctAlerts(ctx context.Context, tx harrier.Tx, c harrier.Case, who string, now time.Time) error {
	alerts, err := s.store.CaseAlerts(ctx, tx, c.Tenant, c.ID, maxAlerts)
	if err != nil {
		return err
	}
	for _, a := range alerts {
		if a.Status != "closed" || !strings.HasPrefix(a.Reason, closedWith(c.Number, "")) {
			continue
		}
		ch := harrier.AlertChange{At: now, Kind: "reopened", Text: fmt.Sprintf("case %d was opened again by %s", c.Number, who)}
		if c.Disposition == "" {
			a.Status, a.Disposition, a.Reason, a.ClosedAt = "in_progress", "", "", time.Time{}
		} else {
			a.Disposition = alertDisposition(c.Disposition)
			ch.Kind, ch.Text = "changed", fmt.Sprintf("case %d was corrected by %s: %s", c.Number, who, a.Disposition)
		}
		if err := s.keepAlert(ctx, tx, a, ch); err != nil {
			return err
		}
	}
	return nil
}

// maxUndo bounds what is proposed to be taken back.
const maxUndo = 500

// undo lists what is contained for a case, with how to take it back.
func (s *Service) undo(ctx context.Context, by harrier.Principal, c harrier.Case) ([]Undo, error) {
	f := harrier.ContainmentFilter{Viewer: by.ID, State: harrier.ContainmentActive, Case: c.ID}
	rows, _, err := s.store.Containments(ctx, by.Tenant, f, harrier.Page{Limit: maxUndo})
	if err != nil {
		return nil, err
	}
	list := make([]Undo, len(rows))
	for i, row := range rows {
		list[i] = Undo{Containment: row, Problem: row.UndoProblem}
	}
	return list, nil
}

// Undo lists what is contained for a case, with how to take it back.
func (s *Service) Undo(ctx context.Context, by harrier.Principal, id harrier.CaseID) ([]Undo, error) {
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, id); err != nil {
		return nil, err
	}
	return s.undo(ctx, by, harrier.Case{ID: id})
}
