package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// actor is who does something: a person, or a machine that has no id.
type actor struct {
	id   harrier.PrincipalID
	name string
}

// Standing is a status that a case had from a time on.
type Standing struct {
	Tenant      harrier.TenantID
	Case        harrier.CaseID
	Seq         int64 // given by the store
	At          time.Time
	Status      string
	Disposition string
	Reason      string
	By          harrier.PrincipalID
	Name        string
}

// History keeps the statuses of cases.
type History interface {
	// AddStanding adds a status; what is there is never changed.
	AddStanding(ctx context.Context, tx harrier.Tx, st Standing) error
	// StandingsIn lists the statuses that a case had, the first first.
	StandingsIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) ([]Standing, error)
	// Standings is StandingsIn outside of a change.
	Standings(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) ([]Standing, error)
	// FirstEvent is when the first thing happened that an alert of the case
	// tells of; ok is false where it has no alerts.
	FirstEvent(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) (at time.Time, ok bool, err error)
}

// Working lists the statuses that people give a case that is not closed.
func Working() []string { return []string{Open, InProgress, Waiting} }

// Turn is where the work on a case stands from now on.
type Turn struct {
	To, Reason string
	// Rev is the revision that the person saw; 0 does not look.
	Rev int64
}

// SetStatus says where the work on a case stands. Closing and opening again are
// apart: [Service.Finish] and [Service.Reopen].
func (s *Service) SetStatus(ctx context.Context, by harrier.Principal, id harrier.CaseID, t Turn) (harrier.Case, error) {
	c, _, err := s.Apply(ctx, by, id, t.Rev, Op{Status: &t})
	return c, err
}

// turning is the change that says where the work on a case stands.
func (s *Service) turning(by harrier.Principal, t Turn) (*change, error) {
	if !slices.Contains(Working(), t.To) {
		return nil, harrier.Errorf(harrier.Invalid, "a case is given one of the statuses %s; close it to close it", strings.Join(Working(), ", "))
	}
	if t.To == Waiting && strings.TrimSpace(t.Reason) == "" {
		return nil, harrier.Errorf(harrier.Invalid, "say what the case waits for; its clocks stand still meanwhile")
	}
	return &change{
		action: "case.status", kind: entryStatus, text: strings.TrimSuffix(t.To+": "+t.Reason, ": "), about: map[string]any{"status": t.To},
		do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
			if c.Status == Closed {
				return false, harrier.Errorf(harrier.Conflict, "case %d is closed; reopen it", c.Number)
			}
			if c.Status == t.To {
				return false, nil
			}
			c.Status = t.To
			return true, s.stand(ctx, tx, *c, Standing{At: now, Reason: t.Reason, By: by.ID, Name: by.Name})
		},
	}, nil
}

// stand writes the status that a case has now into its history.
func (s *Service) stand(ctx context.Context, tx harrier.Tx, c harrier.Case, st Standing) error {
	st.Tenant, st.Case, st.Status, st.Disposition = c.Tenant, c.ID, c.Status, c.Disposition
	return s.store.AddStanding(ctx, tx, st)
}

// Standings lists the statuses that a case had, the first first.
func (s *Service) Standings(ctx context.Context, by harrier.Principal, id harrier.CaseID) ([]Standing, error) {
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, id); err != nil {
		return nil, err
	}
	return s.store.Standings(ctx, by.Tenant, id)
}

// begin is what every new case gets, once its alerts are in it: its first
// status, the tasks of its template and its clocks.
func (s *Service) begin(ctx context.Context, tx harrier.Tx, c *harrier.Case, who actor) error {
	if err := s.stand(ctx, tx, *c, Standing{At: c.CreatedAt, By: who.id, Name: who.name}); err != nil {
		return err
	}
	if err := s.planTasks(ctx, tx, *c); err != nil {
		return err
	}
	return s.windClocks(ctx, tx, c)
}

// Times are how long things took, in seconds of the clock on the wall, as
// TheHive defines them. A time that is not known yet is absent.
type Times struct {
	// Detect is from the event to the case (TTD).
	Detect *int64 `json:"detect,omitempty"`
	// Triage is from the case to the beginning of work (TTT).
	Triage *int64 `json:"triage,omitempty"`
	// Acknowledge is from the event to the beginning of work (TTA).
	Acknowledge *int64 `json:"acknowledge,omitempty"`
	// Qualify is from the case to its end, or to its merging (TTQ).
	Qualify *int64 `json:"qualify,omitempty"`
	// Resolve is from the beginning of work to the end (TTR).
	Resolve *int64 `json:"resolve,omitempty"`
	// Contain is from the case to its containment.
	Contain *int64 `json:"contain,omitempty"`
	// Dwell is from the event to the containment.
	Dwell *int64 `json:"dwell,omitempty"`
}

// timesOf reads how long things took out of what happened.
func timesOf(c harrier.Case, event time.Time, history []Standing) Times {
	begun := begunAt(history)
	var ended time.Time
	if c.Status == Closed {
		ended = c.ClosedAt
	}
	return Times{
		Detect: span(event, c.CreatedAt), Triage: span(c.CreatedAt, begun), Acknowledge: span(event, begun), Qualify: span(c.CreatedAt, ended),
		Resolve: span(begun, ended), Contain: span(c.CreatedAt, c.ContainedAt), Dwell: span(event, c.ContainedAt),
	}
}

// begunAt is when work on a case began: when it stopped being open.
func begunAt(history []Standing) time.Time {
	for _, st := range history {
		if st.Status != Open {
			return st.At
		}
	}
	return time.Time{}
}

// span is the seconds from one time to another; nil where one is not known.
// Clocks of sources may be ahead: nothing takes less than no time.
func span(from, to time.Time) *int64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	seconds := int64(max(0, to.Sub(from)) / time.Second)
	return &seconds
}
