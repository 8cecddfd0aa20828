package api

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// RestrictCase hides a case, or shows it.
type RestrictCase struct {
	Restricted bool   `json:"restricted" doc:"Whether the case is there for its members alone."`
	Reason     string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why; it stays in the timeline."`
}

// CaseMember is somebody who may see a restricted case.
type CaseMember struct {
	Principal harrier.PrincipalID `json:"principal"`
	Name      string              `json:"name"`
	Until     time.Time           `json:"until,omitzero" doc:"When the access ends; absent where it does not."`
	AddedAt   time.Time           `json:"added_at"`
	AddedBy   harrier.PrincipalID `json:"added_by"`
}

// CaseMemberOf is a row as the API shows it.
func CaseMemberOf(m casework.Member) CaseMember {
	return CaseMember{Principal: m.Principal, Name: m.Name, Until: m.Until, AddedAt: m.AddedAt, AddedBy: m.AddedBy}
}

// AddCaseMember lets somebody see a case.
type AddCaseMember struct {
	Principal harrier.PrincipalID `json:"principal"`
	Name      string              `json:"name,omitempty" maxLength:"200" doc:"What people call them."`
}

// BreakGlass asks to see a restricted case whose members cannot be asked.
type BreakGlass struct {
	Case   string `json:"case" minLength:"1" maxLength:"64" doc:"The id of the case, or its number."`
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why the members cannot be asked; they will read it."`
	Hours  int    `json:"hours,omitempty" minimum:"1" maximum:"72" doc:"How long the access lasts once it is granted; 8 where it is absent."`
}

// Glass is a request to see a restricted case.
type Glass struct {
	ID        harrier.GlassID     `json:"id"`
	Case      string              `json:"case" doc:"The case as it was asked for. It may not exist."`
	By        harrier.PrincipalID `json:"by"`
	Name      string              `json:"name"`
	Reason    string              `json:"reason"`
	Hours     int                 `json:"hours"`
	Status    string              `json:"status" enum:"pending,granted,denied"`
	CreatedAt time.Time           `json:"created_at"`
	ExpiresAt time.Time           `json:"expires_at" doc:"When nobody may grant it any more."`
	DecidedAt time.Time           `json:"decided_at,omitzero"`
	DecidedBy string              `json:"decided_by,omitempty"`
}

// GlassOf is a row as the API shows it.
func GlassOf(g casework.Glass) Glass {
	return Glass{
		ID: g.ID, Case: g.Asked, By: g.By, Name: g.Name, Reason: g.Reason, Hours: int(g.For.Hours()), Status: g.Status,
		CreatedAt: g.CreatedAt, ExpiresAt: g.ExpiresAt, DecidedAt: g.DecidedAt, DecidedBy: g.Decider,
	}
}
