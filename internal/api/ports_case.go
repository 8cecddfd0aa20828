package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// CaseMembers keeps who may see restricted cases.
type CaseMembers interface {
	// RestrictCase hides a case from all but its members, or shows it to all.
	RestrictCase(ctx context.Context, by harrier.Principal, id string, in RestrictCase) (Case, error)
	// CaseMembers lists who may see a case.
	CaseMembers(ctx context.Context, by harrier.Principal, id string) ([]CaseMember, error)
	// AddCaseMember lets somebody see a case.
	AddCaseMember(ctx context.Context, by harrier.Principal, id string, in AddCaseMember) error
	// RemoveCaseMember takes it back; the last member is Conflict.
	RemoveCaseMember(ctx context.Context, by harrier.Principal, id string, who harrier.PrincipalID) error

	// BreakGlass asks to see a restricted case. It does not tell whether there is one.
	BreakGlass(ctx context.Context, by harrier.Principal, in BreakGlass) (Glass, error)
	// Glasses lists what was asked for so, the newest first.
	Glasses(ctx context.Context, by harrier.Principal, p harrier.Page) (List[Glass], error)
	// DecideGlass grants or denies what another asked for.
	DecideGlass(ctx context.Context, by harrier.Principal, id harrier.GlassID, grant bool) (Glass, error)
}
