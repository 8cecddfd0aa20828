package casework

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Op is one thing that a person does to a case. One of its fields is set.
type Op struct {
	Close  *Closing
	Reopen *Correction
	Edit   *Edit
	Status *Turn
}

// Apply does one thing to a case, as a person saw it at a revision; 0 does not
// look. It tells whether there was something to do. What has a method of its own
// goes this way too.
func (s *Service) Apply(ctx context.Context, by harrier.Principal, id harrier.CaseID, rev int64, op Op) (c harrier.Case, changed bool, err error) {
	ch, err := s.changeOf(by, op)
	if err != nil {
		return c, false, err
	}
	ch.id, ch.rev = id, rev
	c, err = s.change(ctx, by, ch)
	return c, ch.changed && err == nil, err
}

func (s *Service) changeOf(by harrier.Principal, op Op) (*change, error) {
	switch {
	case op.Close != nil:
		return s.finishing(by, *op.Close)
	case op.Reopen != nil:
		return s.reopening(by, *op.Reopen)
	case op.Status != nil:
		return s.turning(by, *op.Status)
	case op.Edit != nil:
		return editing(*op.Edit), nil
	}
	return nil, harrier.Errorf(harrier.Invalid, "say what is to be done")
}

// AddAlertIn puts an alert that a person sees into a case that they see, in a
// change that does more; added is false where it was there.
func (s *Service) AddAlertIn(ctx context.Context, tx harrier.Tx, by harrier.Principal, l Link) (added bool, err error) {
	c, err := s.store.CaseFor(ctx, tx, by.Tenant, by.ID, l.Case)
	if err != nil {
		return false, err
	}
	ch := s.adding(by, []harrier.AlertID{l.Alert}, new(int))
	ch.about = map[string]any{"alert": l.Alert.String()}
	err = s.changeIn(ctx, tx, by, &c, ch)
	return ch.changed, err
}

// Rehearsal is the service over the same store, whose changes are made and taken
// back: what it answers is what would be.
func (s *Service) Rehearsal() *Service {
	r := *s
	r.store = rehearsed{s.store}
	return &r
}

// rehearsed is a store that keeps nothing.
type rehearsed struct{ Store }

// Write implements [Journal].
func (r rehearsed) Write(ctx context.Context, change func(harrier.Tx) error) error {
	return harrier.Rehearse(ctx, r.Store.Write, change)
}
