package casework

import (
	"cmp"
	"context"
	"maps"
	"time"

	"github.com/harrier-soar/harrier"
)

// This file holds what other services do with cases: no run stands behind it.

// Opening is a case that a service opens.
type Opening struct {
	Tenant harrier.TenantID
	// ID is derived from what the case is about, so that it is opened once.
	ID                       harrier.CaseID
	Title, Severity, Summary string
	Template                 string
	// Author is the service.
	Author string
	At     time.Time
	// Alerts belong to it from the start.
	Alerts []harrier.AlertID
	// After is an earlier case that it follows, and Why says why it is another.
	After harrier.CaseID
	Why   string
}

// OpenFor opens a case for a service, once: one that is there is returned as it is.
func (s *Service) OpenFor(ctx context.Context, tx harrier.Tx, o Opening) (harrier.Case, error) {
	c, err := s.store.CaseIn(ctx, tx, o.Tenant, o.ID)
	if err == nil || harrier.KindOf(err) != harrier.NotFound {
		return c, err
	}
	if err := fits("summary", o.Summary); err != nil {
		return c, err
	}
	data, err := memory{}.encode()
	if err != nil {
		return c, err
	}
	c, err = s.store.OpenCase(ctx, tx, harrier.Case{
		Tenant: o.Tenant, ID: o.ID, Title: o.Title, Template: o.Template, Severity: cmp.Or(o.Severity, "medium"), Status: Open,
		Summary: o.Summary, Data: data, CreatedAt: o.At, UpdatedAt: o.At,
	})
	if err != nil {
		return c, err
	}
	if err := s.add(ctx, tx, c, entryOpened, line{at: o.At, author: o.Author, text: cmp.Or(o.Summary, o.Title)}); err != nil {
		return c, err
	}
	if err := s.follow(ctx, tx, c, o); err != nil {
		return c, err
	}
	for _, id := range o.Alerts {
		if _, err := s.Join(ctx, tx, Joining{Tenant: o.Tenant, Case: c.ID, Alert: id, At: o.At, Author: o.Author}); err != nil {
			return c, err
		}
	}
	return c, s.begin(ctx, tx, &c, actor{name: o.Author})
}

// follow writes into both cases that one comes after the other.
func (s *Service) follow(ctx context.Context, tx harrier.Tx, c harrier.Case, o Opening) error {
	if o.After.IsZero() {
		return nil
	}
	before, err := s.store.CaseIn(ctx, tx, o.Tenant, o.After)
	if err != nil {
		return err
	}
	l := line{at: o.At, author: o.Author, text: cmp.Or(o.Why, "it follows another case"), data: map[string]any{"case": before.ID.String(), "number": before.Number}}
	if err := s.add(ctx, tx, c, entryLinked, l); err != nil {
		return err
	}
	l.data = map[string]any{"case": c.ID.String(), "number": c.Number}
	return s.add(ctx, tx, before, entryLinked, l)
}

// Joining is an alert that a service puts into a case.
type Joining struct {
	Tenant harrier.TenantID
	Case   harrier.CaseID
	Alert  harrier.AlertID
	// Text says why it belongs there; the alert's title where it is empty.
	Text   string
	Author string
	At     time.Time
	Data   map[string]any
	// Learned tells that whoever hears of joined alerts knows already.
	Learned bool
}

// Join puts an alert into a case, once; added is false where it was there.
func (s *Service) Join(ctx context.Context, tx harrier.Tx, j Joining) (added bool, err error) {
	c, err := s.store.CaseIn(ctx, tx, j.Tenant, j.Case)
	if err != nil {
		return false, err
	}
	link := Link{Tenant: j.Tenant, Case: j.Case, Alert: j.Alert, At: j.At}
	added, err = s.store.PutIntoCase(ctx, tx, link)
	if err != nil || !added {
		return false, err
	}
	if !j.Learned {
		if err := s.joined(ctx, tx, link); err != nil {
			return false, err
		}
	}
	data := map[string]any{"alert": j.Alert.String()}
	maps.Copy(data, j.Data)
	return true, s.add(ctx, tx, c, entryAlert, line{at: j.At, author: j.Author, text: cmp.Or(j.Text, "Alert "+j.Alert.String()), data: data})
}

// In returns a case inside a change.
func (s *Service) In(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) (harrier.Case, error) {
	return s.store.CaseIn(ctx, tx, tenant, id)
}
