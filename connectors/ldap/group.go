package ldap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/harrier-soar/harrier/connector"
)

const (
	// maxGroups bounds how many groups are followed, and maxMembers how many members
	// they may have together.
	maxGroups, maxMembers = 2000, 200_000
)

// powers is who has rights beyond the ordinary, and by which group.
type powers struct {
	// members are the names of entries, folded, and accounts are names of accounts
	// of groups that name these.
	members, accounts map[string]string
	// primary are the numbers of groups that accounts may be in without being members.
	primary map[string]string
}

// of returns the group, as a tag, that gives an account rights, if one does. What
// Active Directory protects as an administrator is one.
func (p *powers) of(e entry) []string {
	if group, ok := p.members[folded(e.DN)]; ok {
		return []string{group}
	}
	if group, ok := p.accounts[strings.ToLower(e.first("uid", "sAMAccountName"))]; ok {
		return []string{group}
	}
	if group, ok := p.primary[e.first("primaryGroupID")]; ok {
		return []string{group}
	}
	if e.first("adminCount") == "1" {
		return []string{"adminCount"}
	}
	return nil
}

// wellKnown are the groups of Active Directory with rights beyond the ordinary,
// whatever they are called in the language of the domain: by their number in it.
func wellKnown() map[string]string {
	return map[string]string{"512": "Domain Admins", "518": "Schema Admins", "519": "Enterprise Admins", "520": "Group Policy Creator Owners", "526": "Key Admins", "527": "Enterprise Key Admins"}
}

// builtin are those that every domain has under the same identifier.
func builtin() []string {
	return []string{"S-1-5-32-544", "S-1-5-32-548", "S-1-5-32-549", "S-1-5-32-550", "S-1-5-32-551"}
}

// byName are groups that are known by their names only.
func byName() []string {
	return []string{"Domain Admins", "Enterprise Admins", "Schema Admins", "Administrators", "DnsAdmins", "Exchange Organization Administrators", "Organization Management"}
}

// powers finds the privileged groups and follows them down to accounts.
func (s *session) powers() (*powers, error) {
	p := &powers{members: map[string]string{}, accounts: map[string]string{}, primary: map[string]string{}}
	groups, err := s.roots(p)
	if err != nil {
		return nil, err
	}
	type step struct{ dn, by string }
	var queue []step
	seen := map[string]bool{}
	enter := func(e *ldap.Entry, by string) error {
		if seen[folded(e.DN)] {
			return nil
		}
		seen[folded(e.DN)] = true
		members, err := s.members(e, p, by)
		for _, dn := range members {
			queue = append(queue, step{dn, by})
		}
		return err
	}
	for _, g := range groups {
		if err := enter(g, strings.ToLower(rdn(g.DN))); err != nil {
			return nil, err
		}
	}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if _, known := p.members[folded(next.dn)]; known {
			continue
		}
		if p.members[folded(next.dn)] = next.by; len(p.members) > maxMembers {
			return nil, connector.Errorf(connector.Limited, "the privileged groups have more than %d members: name fewer of them", maxMembers)
		}
		nested, err := s.search(query{base: next.dn, scope: itself, filter: groupFilter(), attributes: groupAttributes()})
		if connector.AsError(err) != nil && connector.AsError(err).Class == connector.NotFound {
			continue // a member that is not there any more
		}
		if err != nil {
			return nil, err
		}
		for _, g := range nested {
			if len(seen) >= maxGroups {
				return nil, connector.Errorf(connector.Limited, "the privileged groups hold more than %d groups: name fewer of them", maxGroups)
			}
			if err := enter(g, next.by); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func groupFilter() string {
	return "(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
}

func groupAttributes() []string { return []string{"cn", "member", "uniqueMember", "memberUid"} }

// roots finds the groups that are privileged by themselves.
func (s *session) roots(p *powers) ([]*ldap.Entry, error) {
	var which strings.Builder
	for _, name := range append(byName(), texts(s.env.Settings, "privileged_groups")...) {
		which.WriteString("(cn=" + ldap.EscapeFilter(name) + ")")
	}
	top, err := s.search(query{base: s.base, scope: itself, attributes: []string{"objectSid"}})
	if err != nil {
		return nil, err
	}
	if len(top) == 1 {
		if domain := (entry{top[0]}).sid(); domain != "" {
			for number, name := range wellKnown() {
				p.primary[number] = strings.ToLower(name)
				which.WriteString("(objectSid=" + sidFilter(domain+"-"+number) + ")")
			}
			for _, sid := range builtin() {
				which.WriteString("(objectSid=" + sidFilter(sid) + ")")
			}
		}
	}
	var out []*ldap.Entry
	_, err = s.search(query{
		base: s.base, scope: below, filter: "(&" + groupFilter() + "(|" + which.String() + "))", attributes: groupAttributes(),
		each: func(e *ldap.Entry) bool { out = append(out, e); return len(out) <= maxGroups },
	})
	return out, err
}

// members are the members of a group. Active Directory gives large groups in
// parts ([MS-ADTS] §3.1.1.3.1.3.3): member;range=0-1499.
func (s *session) members(g *ldap.Entry, p *powers, by string) ([]string, error) {
	for _, uid := range g.GetEqualFoldAttributeValues("memberUid") {
		p.accounts[strings.ToLower(uid)] = by
	}
	out := slices.Concat(g.GetEqualFoldAttributeValues("member"), g.GetEqualFoldAttributeValues("uniqueMember"))
	for {
		part, last, more := ranged(g)
		out = append(out, part...)
		if len(out) > maxMembers {
			return nil, connector.Errorf(connector.Limited, "group %.200q has more than %d members: it is no group of the privileged", g.DN, maxMembers)
		}
		if !more {
			return out, nil
		}
		next, err := s.search(query{base: g.DN, scope: itself, attributes: []string{fmt.Sprintf("member;range=%d-*", last+1)}})
		if err != nil || len(next) != 1 {
			return nil, err
		}
		if _, at, again := ranged(next[0]); again && at <= last {
			return nil, connector.Errorf(connector.Unavailable, "the directory does not come to an end of group %.200q", g.DN)
		}
		g = next[0]
	}
}

// ranged reads a part of the members of a large group.
func ranged(g *ldap.Entry) (part []string, last int, more bool) {
	for _, a := range g.Attributes {
		bounds, ok := strings.CutPrefix(strings.ToLower(a.Name), "member;range=")
		if !ok {
			continue
		}
		part = a.Values
		var from int
		if n, _ := fmt.Sscanf(bounds, "%d-%d", &from, &last); n == 2 {
			return part, last, true
		}
	}
	return part, 0, false
}
