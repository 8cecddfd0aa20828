package approval

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// Escalation asks others too.
type Escalation struct {
	// To is role:NAME, group:NAME or user:NAME.
	To string
	// Reason says why, for the record.
	Reason string
}

const (
	// maxAlso bounds how often a question is escalated.
	maxAlso = 10
	// look is how often questions are looked at; new ones are told to nobody.
	look  = 30 * time.Second
	batch = 50
)

// whom is how those are written who can be asked.
func whom() *regexp.Regexp {
	return regexp.MustCompile(`^(role|user|group):[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$`)
}

// Escalate asks others too, now. Whoever orders it must be one who may decide,
// so that nobody chooses who decides on what they started.
func (s *Service) Escalate(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, e Escalation) (harrier.Approval, error) {
	if !whom().MatchString(e.To) {
		return harrier.Approval{}, harrier.Errorf(harrier.Invalid, "%q names nobody; say role:NAME, group:NAME or user:NAME", e.To)
	}
	if len(e.Reason) > maxComment {
		return harrier.Approval{}, harrier.Errorf(harrier.Invalid, "the reason is longer than %d bytes; shorten it", maxComment)
	}
	return s.change(ctx, by, id, func(c change) error { return c.escalate(ctx, e) })
}

// escalate adds who is asked too.
func (c change) escalate(ctx context.Context, e Escalation) error {
	switch {
	case e.To == c.a.Assign || slices.Contains(c.a.Also, e.To):
		return harrier.Errorf(harrier.Conflict, "%s is asked already", e.To)
	case len(c.a.Also) >= maxAlso:
		return harrier.Errorf(harrier.Conflict, "question %s was escalated %d times already", c.a.ID, maxAlso)
	}
	c.a.Also = append(slices.Clone(c.a.Also), e.To)
	if len(c.a.Over) > 0 {
		c.a.PostAt = c.now
		if posted := c.s.cfg.Posted; posted != nil {
			c.tx.OnCommit(posted)
		}
	}
	if err := c.s.cfg.Store.Escalate(ctx, c.tx, *c.a); err != nil {
		return err
	}
	c.a.Rev++
	return c.audit(ctx, "approval.escalate", map[string]any{"hash": c.a.Hash, "kind": c.a.Kind, "to": e.To, "reason": e.Reason})
}

// Run asks others too where nobody decided in time, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	rounds.Until(ctx, nil, func(ctx context.Context) time.Duration {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("escalate questions", "err", err)
		}
		return s.wait(ctx)
	})
	return nil
}

// wait is how long nothing is due.
func (s *Service) wait(ctx context.Context) time.Duration {
	at, ok, err := s.cfg.Store.NextEscalation(ctx)
	if err != nil || !ok {
		return look
	}
	return min(look, max(at.Sub(s.now()), time.Second))
}

// Sweep asks others too about every question whose time for that has come.
func (s *Service) Sweep(ctx context.Context) error {
	due, err := s.cfg.Store.DueEscalations(ctx, s.now(), batch)
	if err != nil {
		return err
	}
	for _, a := range due {
		if err := s.overdue(ctx, a); err != nil && harrier.KindOf(err) != harrier.Conflict { // somebody decided meanwhile
			return err
		}
	}
	return nil
}

// overdue asks others too about one question.
func (s *Service) overdue(ctx context.Context, a harrier.Approval) error {
	system := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: a.Tenant, Name: "harrier"}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		now := s.now()
		row, err := s.cfg.Store.ApprovalIn(ctx, tx, a.Tenant, a.ID)
		if err != nil {
			return err
		}
		if row.EscalateAt.IsZero() || row.EscalateAt.After(now) {
			return nil
		}
		c := change{s, tx, system, now, &row}
		row.EscalateAt = time.Time{}
		if open := stillOpen(row, now); open != nil || row.EscalateTo == row.Assign || slices.Contains(row.Also, row.EscalateTo) {
			return s.cfg.Store.Escalate(ctx, tx, row) // nothing is due any more
		}
		return c.escalate(ctx, Escalation{To: row.EscalateTo, Reason: "nobody decided in time"})
	})
}
