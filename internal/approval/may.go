package approval

import (
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// This file says who may decide. Whoever acts by a key, by several, or under
// another name than before is one person: [harrier.Principal.Self].

// may says why a principal cannot decide a question.
func may(by harrier.Principal, a harrier.Approval, p Policy) error {
	need := harrier.ApprovalsDecide
	if a.Kind == harrier.FormQuestion {
		need = harrier.ApprovalsAnswer
	}
	if !by.May(need) {
		return harrier.Errorf(harrier.Denied, "%s may not decide this; ask somebody with the permission %s", by.Name, need)
	}
	if !assigned(by, a) {
		return harrier.Errorf(harrier.Denied, "question %s is for %s, which %s is not", a.ID, audience(a), by.Name)
	}
	if p.own(by.Self(), a) {
		return harrier.Errorf(harrier.Denied, "%s started this run, and somebody else has to decide on its effects", by.Name)
	}
	return nil
}

// own reports whether a question is about the effects of somebody's own run, on
// which somebody else has to decide.
func (p Policy) own(who harrier.PrincipalID, a harrier.Approval) bool {
	return p.FourEyes && who == a.RequestedBy && (a.Kind == harrier.PlanApproval || a.Kind == harrier.GuardApproval)
}

// barred is what may says, as text.
func barred(by harrier.Principal, a harrier.Approval, p Policy) string {
	if err := may(by, a, p); err != nil {
		return err.Error()
	}
	return ""
}

// audience says whom a question is for.
func audience(a harrier.Approval) string {
	return strings.Join(append([]string{a.Assign}, a.Also...), " or ")
}

// assigned reports whether a question is for a principal, from the beginning
// or since it was escalated.
func assigned(by harrier.Principal, a harrier.Approval) bool {
	return named(by, a.Assign) || slices.ContainsFunc(a.Also, func(to string) bool { return named(by, to) })
}

// named reports whether to names a principal: everybody, a role, a group, or
// one person by name or by id.
func named(by harrier.Principal, to string) bool {
	if to == "" {
		return true
	}
	kind, name, ok := strings.Cut(to, ":")
	switch {
	case ok && kind == "role":
		return slices.Contains(by.Roles, name)
	case ok && kind == "group":
		return slices.Contains(by.Groups, name)
	case ok && kind == "user":
		return name == by.Name || name == by.Self().String()
	}
	return to == by.Name
}

// fresh says why a decision needs more than a session: to approve what cannot
// be undone, whoever does must have proved a moment ago who they are. The
// operator at the data directory proves it with every request.
func (c change) fresh(d Decision) error {
	if !d.Approve {
		return nil
	}
	v, err := viewOf(*c.a)
	if err != nil || !destructive(v.Effects) {
		return err
	}
	if d.Via != "" {
		return harrier.Errorf(harrier.Denied, "this cannot be undone, so that a link or a message does not decide it; open Harrier, log in and decide question %s there", c.a.ID)
	}
	return access.Proven(c.by, c.now, "this cannot be undone: prove once more that you are "+c.by.Name+", and approve within "+access.FreshFor.String()+" of that")
}

// destructive reports whether any of the effects cannot be taken back.
func destructive(effects []Effect) bool {
	return slices.ContainsFunc(effects, func(e Effect) bool {
		return e.Effect == harrier.Destroy || e.Effect == harrier.Contain && !e.Reversible
	})
}
