package retention

import (
	"context"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// What a hold is about.
const (
	HoldAll     = "all"     // everything of the tenant
	HoldCase    = "case"    // a case with its alerts, runs and evidence
	HoldAlert   = "alert"   // an alert with its cases, runs and evidence
	HoldSubject = "subject" // everything about a host, a user or a value
)

// Hold keeps things from being removed or erased.
type Hold struct {
	Tenant harrier.TenantID
	ID     [16]byte
	Kind   string
	// Target is the id of the case or the alert; Subject is as in user:jane.
	Target     [16]byte
	Subject    string
	Reason     string
	PlacedBy   harrier.PrincipalID
	PlacedName string
	PlacedAt   time.Time
	// LiftBy has asked for its end, and LiftedBy, who is somebody else, has agreed.
	LiftBy     harrier.PrincipalID
	LiftName   string
	LiftReason string
	LiftAt     time.Time
	LiftedBy   harrier.PrincipalID
	LiftedName string
	LiftedAt   time.Time
}

// Active reports whether the hold still holds.
func (h Hold) Active() bool { return h.LiftedAt.IsZero() }

// HoldRows keeps holds.
type HoldRows interface {
	// Holds lists those of a tenant, the newest first.
	Holds(ctx context.Context, tenant harrier.TenantID) ([]Hold, error)
	// HoldIn returns one inside a change; NotFound where there is none.
	HoldIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id [16]byte) (Hold, error)
	// AddHold stores a new one.
	AddHold(ctx context.Context, tx harrier.Tx, h Hold) error
	// UpdateHold stores how its end stands.
	UpdateHold(ctx context.Context, tx harrier.Tx, h Hold) error
}

// Holds lists the holds of a tenant.
func (s *Service) Holds(ctx context.Context, tenant harrier.TenantID) ([]Hold, error) {
	return s.cfg.Holds.Holds(ctx, tenant)
}

// Place places a hold.
func (s *Service) Place(ctx context.Context, by harrier.Principal, h Hold) (Hold, error) {
	if err := h.check(); err != nil {
		return Hold{}, err
	}
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	h.Tenant, h.ID, h.PlacedBy, h.PlacedName, h.PlacedAt = by.Tenant, [16]byte(harrier.NewID[harrier.AuditID](now)), by.ID, by.Name, now
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Holds.AddHold(ctx, tx, h); err != nil {
			return err
		}
		return s.record(ctx, tx, by, deed{"hold.place", HoldID(h.ID), map[string]any{"kind": h.Kind}})
	})
	return h, err
}

func (h Hold) check() error {
	h.Reason = strings.TrimSpace(h.Reason)
	kind, key, _ := strings.Cut(h.Subject, ":")
	switch {
	case h.Reason == "" || len(h.Reason) > 1000:
		return harrier.Errorf(harrier.Invalid, "reason: say why it is held, in up to 1000 bytes")
	case h.Kind == HoldAll:
		return nil
	case h.Kind == HoldCase || h.Kind == HoldAlert:
		if h.Target == [16]byte{} {
			return harrier.Errorf(harrier.Invalid, "target: say which %s is held", h.Kind)
		}
		return nil
	case h.Kind == HoldSubject:
		if kind == "" || key == "" || len(h.Subject) > 500 {
			return harrier.Errorf(harrier.Invalid, "target: %q is no subject; write user:jane or host:ws-17", h.Subject)
		}
		return nil
	}
	return harrier.Errorf(harrier.Invalid, "kind: %q is none of all, case, alert and subject", h.Kind)
}

// Lift asks for the end of a hold, or, where somebody else has asked, ends it.
func (s *Service) Lift(ctx context.Context, by harrier.Principal, id [16]byte, reason string) (h Hold, err error) {
	if strings.TrimSpace(reason) == "" || len(reason) > 1000 {
		return h, harrier.Errorf(harrier.Invalid, "reason: say why it is lifted, in up to 1000 bytes")
	}
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		if h, err = s.cfg.Holds.HoldIn(ctx, tx, by.Tenant, id); err != nil {
			return err
		}
		action := "hold.lift"
		switch {
		case !h.Active():
			return harrier.Errorf(harrier.Conflict, "hold %s was lifted already", HoldID(id))
		case h.LiftBy.IsZero():
			action = "hold.lift_asked"
			h.LiftBy, h.LiftName, h.LiftReason, h.LiftAt = by.ID, by.Name, reason, now
		case h.LiftBy == by.ID:
			return harrier.Errorf(harrier.Denied, "you have asked for the end of this hold; a second person lifts it")
		default:
			h.LiftedBy, h.LiftedName, h.LiftedAt = by.ID, by.Name, now
		}
		if err := s.cfg.Holds.UpdateHold(ctx, tx, h); err != nil {
			return err
		}
		return s.record(ctx, tx, by, deed{action, HoldID(id), map[string]any{"kind": h.Kind}})
	})
	return h, err
}

const holdPrefix = "hold_"

// HoldID is the id of a hold as text.
func HoldID(id [16]byte) string {
	return holdPrefix + strings.TrimPrefix(harrier.AuditID(id).String(), "audit_")
}

// ParseHoldID reads it.
func ParseHoldID(text string) ([16]byte, error) {
	rest, ok := strings.CutPrefix(text, holdPrefix)
	id, err := harrier.ParseID[harrier.AuditID]("audit_" + rest)
	if !ok || err != nil {
		return id, harrier.Errorf(harrier.Invalid, "%q is no id of a hold", text)
	}
	return id, nil
}
