package casework

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// This file is how two people together get one of them into a restricted case
// whose members cannot be asked.

// Glass is a request to see a case.
type Glass struct {
	Tenant harrier.TenantID
	ID     harrier.GlassID
	// Asked is the case as it was asked for: an id, or #7. It may not exist;
	// whoever asks does not learn that.
	Asked string
	// Case is the case that was meant; zero where there is none.
	Case   harrier.CaseID
	By     harrier.PrincipalID
	Name   string
	Reason string
	// For is how long the access lasts once it is granted.
	For       time.Duration
	Status    string // pending, granted, denied
	CreatedAt time.Time
	ExpiresAt time.Time
	DecidedAt time.Time
	DecidedBy harrier.PrincipalID
	Decider   string
}

// The states of a request.
const (
	GlassPending = "pending"
	GlassGranted = "granted"
	GlassDenied  = "denied"
)

// Bounds of a request.
const (
	maxGlass     = 72 * time.Hour
	glassPending = 24 * time.Hour
)

// Glasses keeps requests to see restricted cases.
type Glasses interface {
	// AddGlass adds a request.
	AddGlass(ctx context.Context, tx harrier.Tx, g Glass) error
	// GlassIn returns a request; one of another tenant is NotFound.
	GlassIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.GlassID) (Glass, error)
	// DecideGlass stores the decision on a request; one that is decided is Conflict.
	DecideGlass(ctx context.Context, tx harrier.Tx, g Glass) error
	// Glasses lists requests, the newest first.
	Glasses(ctx context.Context, tenant harrier.TenantID, p harrier.Page) ([]Glass, string, error)
	// CaseNumbered returns the id of the case of a number; ok is false where there is none.
	CaseNumbered(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, number int64) (id harrier.CaseID, ok bool, err error)
}

// AskGlass asks for sight of a case. Whether the case exists is not told; a
// second person decides, and the members read of it in the timeline.
func (s *Service) AskGlass(ctx context.Context, by harrier.Principal, g Glass) (Glass, error) {
	if g.For == 0 {
		g.For = 8 * time.Hour
	}
	switch {
	case strings.TrimSpace(g.Reason) == "":
		return g, harrier.Errorf(harrier.Invalid, "say why the members cannot be asked")
	case g.For < time.Hour || g.For > maxGlass:
		return g, harrier.Errorf(harrier.Invalid, "access is for 1 to %d hours", int(maxGlass.Hours()))
	}
	err := s.store.Write(ctx, func(tx harrier.Tx) error {
		now := s.now()
		g.Tenant, g.ID, g.By, g.Name, g.Status = by.Tenant, harrier.NewID[harrier.GlassID](now), by.ID, by.Name, GlassPending
		g.CreatedAt, g.ExpiresAt = now, now.Add(glassPending)
		c, known, err := s.meant(ctx, tx, g)
		if err != nil {
			return err
		}
		if known {
			g.Case = c.ID
		}
		if err := s.store.AddGlass(ctx, tx, g); err != nil {
			return err
		}
		if known {
			text := fmt.Sprintf("%s, who is no member, asks to see the case for %s: %s", by.Name, g.For, g.Reason)
			if err := s.add(ctx, tx, c, entryGlass, line{at: now, author: by.Name, text: text, data: map[string]any{"request": g.ID.String()}}); err != nil {
				return err
			}
		}
		return s.auditGlass(ctx, tx, by, "case.glass.ask", g)
	})
	return g, err
}

// meant finds the case that a request is about, whoever may see it.
func (s *Service) meant(ctx context.Context, tx harrier.Tx, g Glass) (c harrier.Case, known bool, err error) {
	id, err := harrier.ParseID[harrier.CaseID](g.Asked)
	if number, isNumber := strconv.ParseInt(strings.TrimPrefix(g.Asked, "#"), 10, 64); isNumber == nil {
		if id, known, err = s.store.CaseNumbered(ctx, tx, g.Tenant, number); err != nil || !known {
			return c, false, err
		}
	} else if err != nil {
		return c, false, err
	}
	c, err = s.store.CaseIn(ctx, tx, g.Tenant, id)
	if err != nil && harrier.KindOf(err) == harrier.NotFound {
		err = nil // whoever asks does not learn it
		return c, false, err
	}
	return c, err == nil, err
}

// DecideGlass grants or denies what another asked. The access begins at once
// and ends by itself.
func (s *Service) DecideGlass(ctx context.Context, by harrier.Principal, id harrier.GlassID, grant bool) (Glass, error) {
	var g Glass
	err := s.store.Write(ctx, func(tx harrier.Tx) (err error) {
		now := s.now()
		if g, err = s.store.GlassIn(ctx, tx, by.Tenant, id); err != nil {
			return err
		}
		switch {
		case g.By == by.ID:
			return harrier.Errorf(harrier.Denied, "a second person decides about this; you asked for it")
		case g.Status == GlassPending && !now.Before(g.ExpiresAt):
			return harrier.Errorf(harrier.Conflict, "request %s is older than %s; let it be made again", g.ID, glassPending)
		case grant && g.Case.IsZero():
			return harrier.Errorf(harrier.NotFound, "there is no case %s", g.Asked)
		}
		g.Status, g.DecidedAt, g.DecidedBy, g.Decider = GlassDenied, now, by.ID, by.Name
		if grant {
			g.Status = GlassGranted
		}
		if err := s.store.DecideGlass(ctx, tx, g); err != nil {
			return err
		}
		if !g.Case.IsZero() {
			if err := s.glassDecided(ctx, tx, g); err != nil {
				return err
			}
		}
		return s.auditGlass(ctx, tx, by, "case.glass."+g.Status, g)
	})
	return g, err
}

// glassDecided tells the members, and lets the one who asked in.
func (s *Service) glassDecided(ctx context.Context, tx harrier.Tx, g Glass) error {
	c, err := s.store.CaseIn(ctx, tx, g.Tenant, g.Case)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s did not let %s see the case", g.Decider, g.Name)
	if g.Status == GlassGranted {
		until := g.DecidedAt.Add(g.For)
		text = fmt.Sprintf("%s let %s see the case until %s", g.Decider, g.Name, until.Format(time.RFC3339))
		m := Member{Tenant: g.Tenant, Case: g.Case, Principal: g.By, Name: g.Name, Until: until, AddedAt: g.DecidedAt, AddedBy: g.DecidedBy}
		if err := s.store.PutMember(ctx, tx, m); err != nil {
			return err
		}
	}
	return s.add(ctx, tx, c, entryGlass, line{at: g.DecidedAt, author: g.Decider, text: text, data: map[string]any{"request": g.ID.String()}})
}

// Glasses lists requests to see restricted cases, the newest first.
func (s *Service) Glasses(ctx context.Context, by harrier.Principal, p harrier.Page) ([]Glass, string, error) {
	return s.store.Glasses(ctx, by.Tenant, p)
}

// auditGlass writes what came of a request.
func (s *Service) auditGlass(ctx context.Context, tx harrier.Tx, by harrier.Principal, action string, g Glass) error {
	about := map[string]any{"request": g.ID.String(), "hours": int(g.For.Hours()), "asked_by": g.By.String()}
	return s.audit(ctx, tx, by, act{action, harrier.Case{Tenant: g.Tenant, ID: g.Case}, s.now(), about})
}
