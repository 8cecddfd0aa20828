package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// The kinds of links between cases.
const (
	LinkedTo   = "linked"
	MergedInto = "merged"
	SplitOff   = "split"
)

// Tie is a link between two cases, as one of them sees it.
type Tie struct {
	Tenant harrier.TenantID
	Case   harrier.CaseID
	Other  harrier.CaseID
	// Number and Title are those of the other.
	Number int64
	Title  string
	Kind   string
	// Back tells that the other points here.
	Back   bool
	Reason string
	At     time.Time
	By     string
}

// Ties keeps links between cases, and moves what belongs to one to another.
type Ties interface {
	// PutTie links two cases, once.
	PutTie(ctx context.Context, tx harrier.Tx, t Tie) error
	// Ties lists the links of a case to others that the viewer sees.
	Ties(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.CaseID) ([]Tie, error)
	// Pour gives all that belongs to a case to another: alerts, runs, tasks,
	// evidence, observables and what attracts alerts.
	Pour(ctx context.Context, tx harrier.Tx, from, into harrier.Case) error
	// TakeOut takes an alert out of a case, with the evidence of it; taken is
	// false where it was not there.
	TakeOut(ctx context.Context, tx harrier.Tx, l Link) (taken bool, err error)
	// SeeAlertIn is NotFound where an alert does not exist or is hidden from the viewer.
	SeeAlertIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Viewer, id harrier.AlertID) error
}

// AddAlerts puts alerts into a case; added is how many were not there.
func (s *Service) AddAlerts(ctx context.Context, by harrier.Principal, id harrier.CaseID, alerts []harrier.AlertID) (added int, err error) {
	ch := s.adding(by, alerts, &added)
	ch.id = id
	_, err = s.change(ctx, by, ch)
	return added, err
}

// adding is the change that puts alerts into a case.
func (s *Service) adding(by harrier.Principal, alerts []harrier.AlertID, added *int) *change {
	return &change{action: "case.alerts.add", do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, _ time.Time) (_ bool, err error) {
		if c.Status == Closed {
			return false, harrier.Errorf(harrier.Conflict, "case %d is closed; reopen it", c.Number)
		}
		*added, err = s.takeAlerts(ctx, tx, by, c, alerts)
		return *added > 0, err
	}}
}

// takeAlerts puts alerts that a person sees into a case.
func (s *Service) takeAlerts(ctx context.Context, tx harrier.Tx, by harrier.Principal, c *harrier.Case, alerts []harrier.AlertID) (added int, err error) {
	for _, id := range alerts {
		if err := s.store.SeeAlertIn(ctx, tx, by.Tenant, by.ID, id); err != nil {
			return added, err
		}
		ok, err := s.Join(ctx, tx, Joining{Tenant: c.Tenant, Case: c.ID, Alert: id, Author: by.Name, At: s.now()})
		if err != nil {
			return added, err
		}
		if ok {
			added++
		}
	}
	return added, nil
}

// Link says that two cases have to do with each other.
func (s *Service) Link(ctx context.Context, by harrier.Principal, id, other harrier.CaseID, reason string) error {
	if id == other {
		return harrier.Errorf(harrier.Invalid, "a case is not linked to itself")
	}
	_, err := s.change(ctx, by, &change{id: id, action: "case.link", about: map[string]any{"other": other.String()}, do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
		o, err := s.store.CaseFor(ctx, tx, by.Tenant, by.ID, other)
		if err != nil {
			return false, err
		}
		return true, s.tie(ctx, tx, *c, o, Tie{Kind: LinkedTo, Reason: reason, At: now, By: by.Name})
	}})
	return err
}

// tie links a case to another; both timelines say so.
func (s *Service) tie(ctx context.Context, tx harrier.Tx, c, other harrier.Case, t Tie) error {
	t.Tenant, t.Case, t.Other = c.Tenant, c.ID, other.ID
	if err := s.store.PutTie(ctx, tx, t); err != nil {
		return err
	}
	says := map[string][2]string{
		LinkedTo:   {"linked to case %d", "linked to case %d"},
		MergedInto: {"merged into case %d", "case %d was merged into this one"},
		SplitOff:   {"split off from case %d", "case %d was split off"},
	}[t.Kind]
	for i, side := range [2][2]harrier.Case{{c, other}, {other, c}} {
		at, to := side[0], side[1]
		if to.Restricted && !at.Restricted {
			continue // who reads this timeline may not know of the other
		}
		text := strings.TrimSuffix(fmt.Sprintf(says[i]+": %s", to.Number, t.Reason), ": ")
		l := line{at: t.At, author: t.By, text: text, data: map[string]any{"case": to.ID.String(), "number": to.Number}}
		if err := s.add(ctx, tx, at, entryLinked, l); err != nil {
			return err
		}
	}
	return nil
}

// Links lists the links of a case to others that somebody sees.
func (s *Service) Links(ctx context.Context, by harrier.Principal, id harrier.CaseID) ([]Tie, error) {
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, id); err != nil {
		return nil, err
	}
	return s.store.Ties(ctx, by.Tenant, by.ID, id)
}

// Merging is what is merged into a case.
type Merging struct {
	From   harrier.CaseID
	Reason string
	// Rev is the revision of the case that the person saw; 0 does not look.
	Rev int64
}

// Merge merges a case into another. Nothing is lost: what belonged to the first
// belongs to the second now; the first is closed, keeps its timeline and points
// to the second.
func (s *Service) Merge(ctx context.Context, by harrier.Principal, into harrier.CaseID, m Merging) (harrier.Case, error) {
	if into == m.From {
		return harrier.Case{}, harrier.Errorf(harrier.Invalid, "a case is not merged into itself")
	}
	return s.change(ctx, by, &change{id: into, rev: m.Rev, action: "case.merge", about: map[string]any{"from": m.From.String()}, do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
		f, err := s.store.CaseFor(ctx, tx, by.Tenant, by.ID, m.From)
		switch {
		case err != nil:
			return false, err
		case !f.MergedInto.IsZero() || !c.MergedInto.IsZero():
			return false, harrier.Errorf(harrier.Conflict, "one of the cases was merged into another already")
		case c.Status == Closed:
			return false, harrier.Errorf(harrier.Conflict, "case %d is closed; reopen it", c.Number)
		case f.Restricted && !c.Restricted:
			return false, harrier.Errorf(harrier.Conflict, "case %d is restricted and case %d is not; restrict it first, or all would see what it holds", f.Number, c.Number)
		}
		if err := s.store.Pour(ctx, tx, f, *c); err != nil {
			return false, err
		}
		if err := s.mergedAway(ctx, tx, by, f, *c); err != nil {
			return false, err
		}
		return true, s.tie(ctx, tx, f, *c, Tie{Kind: MergedInto, Reason: m.Reason, At: now, By: by.Name})
	}})
}

// mergedAway closes a case that was merged into another.
func (s *Service) mergedAway(ctx context.Context, tx harrier.Tx, by harrier.Principal, f, into harrier.Case) error {
	now := s.now()
	f.Status, f.MergedInto, f.UpdatedAt = Closed, into.ID, now
	if f.ClosedAt.IsZero() {
		f.ClosedAt = now
	}
	if err := s.store.UpdateCase(ctx, tx, f); err != nil {
		return err
	}
	if err := s.stand(ctx, tx, f, Standing{At: now, Reason: fmt.Sprintf("merged into case %d", into.Number), By: by.ID, Name: by.Name}); err != nil {
		return err
	}
	return s.windClocks(ctx, tx, &f)
}

// Splitting is what becomes a case of its own.
type Splitting struct {
	Title  string
	Alerts []harrier.AlertID
	Reason string
	// Rev is the revision of the case that the person saw; 0 does not look.
	Rev int64
}

// Split moves some alerts of a case, with their evidence, into a new one.
func (s *Service) Split(ctx context.Context, by harrier.Principal, id harrier.CaseID, sp Splitting) (harrier.Case, error) {
	if len(sp.Alerts) == 0 {
		return harrier.Case{}, harrier.Errorf(harrier.Invalid, "name the alerts that become a case of their own")
	}
	var out harrier.Case
	_, err := s.change(ctx, by, &change{id: id, rev: sp.Rev, action: "case.split", do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
		var err error
		out = harrier.Case{
			Tenant: c.Tenant, ID: harrier.NewID[harrier.CaseID](now), Title: sp.Title, Template: c.Template, Severity: c.Severity, Status: Open, TLP: c.TLP, PAP: c.PAP,
			Tags: slices.Clone(c.Tags), Owner: c.Owner, Restricted: c.Restricted, CreatedAt: now, UpdatedAt: now,
		}
		if err := sound(out); err != nil {
			return false, err
		}
		if out.Data, err = (memory{}).encode(); err != nil {
			return false, err
		}
		if out, err = s.store.OpenCase(ctx, tx, out); err != nil {
			return false, err
		}
		if err := s.sameMembers(ctx, tx, *c, out); err != nil {
			return false, err
		}
		return true, s.moveAlerts(ctx, tx, by, moving{from: *c, to: out, Splitting: sp})
	}})
	return out, err
}

// sameMembers lets the members of a case see another.
func (s *Service) sameMembers(ctx context.Context, tx harrier.Tx, c, other harrier.Case) error {
	members, err := s.store.MembersIn(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		m.Case = other.ID
		if err := s.store.PutMember(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// moving is a case that alerts leave, and the new one that begins with them.
type moving struct {
	from, to harrier.Case
	Splitting
}

// moveAlerts moves alerts from one case to another, which begins with them.
func (s *Service) moveAlerts(ctx context.Context, tx harrier.Tx, by harrier.Principal, m moving) error {
	from, to, alerts := m.from, m.to, m.Alerts
	t := Tie{Kind: SplitOff, Reason: m.Reason, At: s.now(), By: by.Name}
	for _, a := range alerts {
		taken, err := s.store.TakeOut(ctx, tx, Link{Tenant: from.Tenant, Case: from.ID, Alert: a, At: t.At})
		if err != nil {
			return err
		}
		if !taken {
			return harrier.Errorf(harrier.NotFound, "alert %s is not in case %d", a, from.Number)
		}
	}
	if err := s.add(ctx, tx, to, entryOpened, line{at: t.At, author: by.Name, text: to.Title}); err != nil {
		return err
	}
	for _, a := range alerts {
		if _, err := s.Join(ctx, tx, Joining{Tenant: to.Tenant, Case: to.ID, Alert: a, Author: by.Name, At: t.At}); err != nil {
			return err
		}
	}
	if err := s.begin(ctx, tx, &to, actor{by.ID, by.Name}); err != nil {
		return err
	}
	return s.tie(ctx, tx, to, from, t)
}
