package casework

import (
	"context"
	"maps"
	"time"

	"github.com/harrier-soar/harrier"
)

// change is something that a person does to a case: one transaction with the
// row, a line of the timeline and an audit row.
type change struct {
	id harrier.CaseID
	// rev is the one that the person saw; 0 does not look.
	rev int64
	// action is for the audit, kind and text for the timeline; an empty kind
	// writes no line.
	action, kind, text string
	// about is what the timeline and the audit hold beside: ids and names of
	// fields, nothing personal.
	about map[string]any
	// do changes the case, or says that there is nothing to do.
	do func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (changed bool, err error)
	// changed tells afterwards whether there was something to do.
	changed bool
}

// change does something to a case for a person, who must see it.
func (s *Service) change(ctx context.Context, by harrier.Principal, ch *change) (harrier.Case, error) {
	var c harrier.Case
	err := s.store.Write(ctx, func(tx harrier.Tx) (err error) {
		if c, err = s.store.CaseFor(ctx, tx, by.Tenant, by.ID, ch.id); err != nil {
			return err
		}
		if ch.rev != 0 && ch.rev != c.Rev {
			return ErrStale
		}
		return s.changeIn(ctx, tx, by, &c, ch)
	})
	if err != nil {
		return harrier.Case{}, err
	}
	return c, nil
}

// ErrStale says that a case is at another revision than the person saw.
var ErrStale error = &harrier.Error{Kind: harrier.Conflict, Text: "the case was changed meanwhile; look at it again and repeat the change"}

// changeIn is change inside a transaction.
func (s *Service) changeIn(ctx context.Context, tx harrier.Tx, by harrier.Principal, c *harrier.Case, ch *change) error {
	now := s.now()
	var err error
	if ch.changed, err = ch.do(ctx, tx, c, now); err != nil || !ch.changed {
		return err
	}
	c.UpdatedAt = now
	if err := s.windClocks(ctx, tx, c); err != nil {
		return err
	}
	if err := s.store.UpdateCase(ctx, tx, *c); err != nil {
		return err
	}
	c.Rev++
	about := map[string]any{"by": by.ID.String()}
	maps.Copy(about, ch.about)
	if ch.kind != "" {
		if err := s.add(ctx, tx, *c, ch.kind, line{at: now, author: by.Name, text: ch.text, data: about}); err != nil {
			return err
		}
	}
	return s.audit(ctx, tx, by, act{ch.action, *c, now, ch.about})
}
