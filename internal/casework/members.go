package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Member is somebody who may see a restricted case.
type Member struct {
	Tenant    harrier.TenantID
	Case      harrier.CaseID
	Principal harrier.PrincipalID
	Name      string
	// Until is when the access ends; zero is never.
	Until   time.Time
	AddedAt time.Time
	AddedBy harrier.PrincipalID
}

// lasting reports whether the member stays by itself.
func (m Member) lasting() bool { return m.Until.IsZero() }

// Membership keeps who may see restricted cases.
type Membership interface {
	// CaseFor is CaseIn for somebody: a case that is hidden from the viewer is NotFound.
	CaseFor(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Viewer, id harrier.CaseID) (harrier.Case, error)
	// SeeCase is NotFound where a case does not exist or is hidden from the viewer.
	SeeCase(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.CaseID) error
	// PutMember adds a member; access that lasts longer stays as it is.
	PutMember(ctx context.Context, tx harrier.Tx, m Member) error
	// DropMember removes a member; dropped is false where there was none.
	DropMember(ctx context.Context, tx harrier.Tx, m Member) (dropped bool, err error)
	// Members lists the members of a case, the first added first.
	Members(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) ([]Member, error)
	// MembersIn is Members inside a change.
	MembersIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) ([]Member, error)
	// PutRunIntoCase notes that a run works on a case, so that it is as hidden.
	PutRunIntoCase(ctx context.Context, tx harrier.Tx, run harrier.RunID, c harrier.Case) error
}

// Members lists who may see a case; of one that is not restricted, who would.
func (s *Service) Members(ctx context.Context, by harrier.Principal, id harrier.CaseID) ([]Member, error) {
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, id); err != nil {
		return nil, err
	}
	return s.store.Members(ctx, by.Tenant, id)
}

// Restrict hides a case from everybody but its members, of whom whoever
// restricts it becomes one, or shows it to all again.
func (s *Service) Restrict(ctx context.Context, by harrier.Principal, id harrier.CaseID, restricted bool, reason string) (harrier.Case, error) {
	if strings.TrimSpace(reason) == "" {
		return harrier.Case{}, harrier.Errorf(harrier.Invalid, "say why; it stays in the timeline")
	}
	kind := entryOpenToAll
	if restricted {
		kind = entryRestricted
	}
	return s.change(ctx, by, &change{id: id, action: "case." + kind, kind: kind, text: reason, do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
		if c.Restricted == restricted {
			return false, nil
		}
		c.Restricted = restricted
		if !restricted {
			return true, nil
		}
		return true, s.store.PutMember(ctx, tx, Member{Tenant: c.Tenant, Case: c.ID, Principal: by.ID, Name: by.Name, AddedAt: now, AddedBy: by.ID})
	}})
}

// AddMember lets somebody see a case.
func (s *Service) AddMember(ctx context.Context, by harrier.Principal, id harrier.CaseID, m Member) error {
	if m.Principal.IsZero() || m.Principal == harrier.SystemPrincipal {
		return harrier.Errorf(harrier.Invalid, "name the principal who becomes a member, by id")
	}
	_, err := s.change(ctx, by, &change{id: id, action: "case.member.add", kind: entryMember, text: m.called() + " became a member", about: map[string]any{"principal": m.Principal.String()},
		do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
			m.Tenant, m.Case, m.AddedAt, m.AddedBy, m.Name = c.Tenant, c.ID, now, by.ID, m.called()
			return true, s.store.PutMember(ctx, tx, m)
		}})
	return err
}

// called is the member's name, or the id where none is known.
func (m Member) called() string {
	if m.Name == "" {
		return m.Principal.String()
	}
	return m.Name
}

// RemoveMember takes the sight of a case from somebody. The last member that
// stays by itself cannot be removed: nobody could see the case any more.
func (s *Service) RemoveMember(ctx context.Context, by harrier.Principal, id harrier.CaseID, who harrier.PrincipalID) error {
	_, err := s.change(ctx, by, &change{id: id, action: "case.member.remove", kind: entryMember, text: who.String() + " is no member any more", about: map[string]any{"principal": who.String()},
		do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, _ time.Time) (bool, error) {
			members, err := s.store.MembersIn(ctx, tx, c.Tenant, c.ID)
			if err != nil {
				return false, err
			}
			if !slices.ContainsFunc(members, func(m Member) bool { return m.Principal == who }) {
				return false, harrier.Errorf(harrier.NotFound, "%s is no member of case %d", who, c.Number)
			}
			if c.Restricted && !slices.ContainsFunc(members, func(m Member) bool { return m.lasting() && m.Principal != who }) {
				return false, harrier.Errorf(harrier.Conflict, "%s is the last member of case %d; add another first", who, c.Number)
			}
			return s.store.DropMember(ctx, tx, Member{Tenant: c.Tenant, Case: c.ID, Principal: who})
		}})
	return err
}
