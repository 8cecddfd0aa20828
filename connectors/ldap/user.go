package ldap

import (
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/harrier-soar/harrier/connector"
)

// maxEntries bounds a list.
const maxEntries = 300_000

func userAttributes() []string {
	return []string{
		"objectGUID", "entryUUID", "objectSid", "sAMAccountName", "uid", "userPrincipalName", "displayName", "cn", "mail", "proxyAddresses",
		"employeeID", "employeeNumber", "department", "departmentNumber", "title", "manager", "telephoneNumber", "preferredLanguage",
		"userAccountControl", "nsAccountLock", "lockoutTime", "adminCount", "primaryGroupID", "memberOf", "whenCreated", "createTimestamp", "lastLogonTimestamp", "pwdLastSet",
	}
}

// wanted is what a list was asked for: the setting's filter, and the caller's.
func (s *session) wanted(setting string, in map[string]any) (filter string, limit int, err error) {
	filter = text(s.env.Settings, setting)
	if more := text(in, "filter"); more != "" {
		filter = "(&" + filter + more + ")"
	}
	n, ok := in["limit"].(int64)
	if !ok || n < 1 || n > maxEntries {
		return "", 0, connector.Errorf(connector.Invalid, "limit is %v; say from 1 to %d", in["limit"], maxEntries)
	}
	return filter, int(n), nil
}

// listed walks the entries of a list; more tells that there are more than the limit.
func (s *session) listed(setting string, in map[string]any, attributes []string, take func(entry)) (more bool, err error) {
	filter, limit, err := s.wanted(setting, in)
	if err != nil {
		return false, err
	}
	n := 0
	_, err = s.search(query{base: s.base, scope: below, filter: filter, attributes: attributes, each: func(e *ldap.Entry) bool {
		if n == limit {
			more = true
			return false
		}
		n++
		take(entry{e})
		return true
	}})
	return more, err
}

// listUsers lists accounts, with who of them is privileged.
func listUsers(s *session, in map[string]any) (map[string]any, error) {
	powers, err := s.powers()
	if err != nil {
		return nil, err
	}
	users := []any{}
	more, err := s.listed("user_filter", in, userAttributes(), func(e entry) {
		if strings.HasSuffix(e.first("sAMAccountName"), "$") && e.first("mail", "userPrincipalName") == "" {
			return // a machine or a service that the directory manages
		}
		users = append(users, s.user(e, powers))
	})
	return map[string]any{"users": users, "truncated": more}, err
}

// user is an account as lists show it.
func (s *session) user(e entry, p *powers) map[string]any {
	by := p.of(e)
	tags := by
	if !e.enabled() {
		tags = append(tags, "disabled")
	}
	mails := []string{e.first("mail")}
	for _, m := range e.GetEqualFoldAttributeValues("proxyAddresses") {
		if kind, mail, ok := strings.Cut(m, ":"); ok && strings.EqualFold(kind, "smtp") {
			mails = append(mails, mail)
		}
	}
	out := map[string]any{
		"id": e.id(), "account": list(s.account(e)), "privileged": len(by) > 0, "enabled": e.enabled(), "tags": list(tags...),
	}
	if m := list(mails...); len(m) > 0 {
		out["mail"] = m
	}
	manager := e.first("manager")
	if manager != "" {
		manager = rdn(manager)
	}
	put(out, map[string]string{
		"upn": e.first("userPrincipalName"), "name": e.first("displayName", "cn"), "sid": e.sid(), "employee_id": e.first("employeeID", "employeeNumber"),
		"department": e.first("department", "departmentNumber"), "title": e.first("title"), "manager": manager,
	})
	return out
}

// account is the name of an account, with the domain of Windows where it is set.
func (s *session) account(e entry) string {
	name := e.first("sAMAccountName", "uid", "cn")
	if domain := text(s.env.Settings, "domain"); domain != "" && e.first("sAMAccountName") != "" {
		return domain + `\` + name
	}
	return name
}

// getUser looks up one account.
func getUser(s *session, in map[string]any) (map[string]any, error) {
	name := strings.TrimSpace(text(in, "user"))
	if _, account, ok := strings.Cut(name, `\`); ok {
		name = account
	}
	who := ldap.EscapeFilter(name)
	var filter strings.Builder
	filter.WriteString("(&" + text(s.env.Settings, "user_filter") + "(|")
	for _, a := range []string{"sAMAccountName", "uid", "userPrincipalName", "mail", "entryUUID"} {
		filter.WriteString("(" + a + "=" + who + ")")
	}
	if sid := sidFilter(name); strings.HasPrefix(name, "S-1-") && sid != "" {
		filter.WriteString("(objectSid=" + sid + ")")
	}
	found, err := s.search(query{base: s.base, scope: below, filter: filter.String() + "))", attributes: userAttributes(), limit: 2})
	if err != nil {
		return nil, err
	}
	switch {
	case name == "" || len(found) == 0:
		return nil, connector.Errorf(connector.NotFound, "the directory has no account %.200q", name)
	case len(found) > 1:
		return nil, connector.Errorf(connector.Invalid, "%.200q is the name of %d accounts: say which, by log-in name or id", name, len(found))
	}
	powers, err := s.powers()
	if err != nil {
		return nil, err
	}
	return s.person(entry{found[0]}, powers), nil
}

// person is an account as the verb shows it.
func (s *session) person(e entry, p *powers) map[string]any {
	out := map[string]any{
		"user_id": e.id(), "user": e.first("userPrincipalName", "mail", "sAMAccountName", "uid", "cn"), "enabled": e.enabled(), "privileged": len(p.of(e)) > 0,
	}
	if at := e.first("lockoutTime"); at != "" {
		out["locked"] = at != "0"
	}
	groups := []string{}
	for _, dn := range e.GetEqualFoldAttributeValues("memberOf") {
		groups = append(groups, rdn(dn))
	}
	if len(groups) > 0 {
		out["groups"] = list(groups...)
	}
	manager := e.first("manager")
	if manager != "" {
		manager = rdn(manager)
	}
	created := fmt.Sprint(generalTime(e.first("whenCreated", "createTimestamp")))
	put(out, map[string]string{
		"name": e.first("displayName", "cn"), "email": e.first("mail"), "title": e.first("title"), "department": e.first("department", "departmentNumber"),
		"manager": manager, "created": created, "last_sign_in": fileTime(e.first("lastLogonTimestamp")), "password_changed": fileTime(e.first("pwdLastSet")),
		"phone": e.first("telephoneNumber"),
	})
	return out
}

// listComputers lists computers.
func listComputers(s *session, in map[string]any) (map[string]any, error) {
	computers := []any{}
	attributes := []string{
		"objectGUID", "entryUUID", "objectSid", "sAMAccountName", "cn", "dNSHostName", "operatingSystem", "operatingSystemVersion", "managedBy", "owner",
		"userAccountControl", "nsAccountLock", "ipHostNumber", "macAddress",
	}
	more, err := s.listed("computer_filter", in, attributes, func(e entry) { computers = append(computers, machine(e)) })
	return map[string]any{"computers": computers, "truncated": more}, err
}

// machine is a computer as lists show it.
func machine(e entry) map[string]any {
	var tags []string
	if !e.enabled() {
		tags = append(tags, "disabled")
	}
	if e.control()&(domainController|readOnlyDC) != 0 {
		tags = append(tags, "domain-controller")
	}
	names := append([]string{strings.TrimSuffix(e.first("sAMAccountName"), "$"), e.first("dNSHostName")}, e.GetEqualFoldAttributeValues("cn")...)
	out := map[string]any{"id": e.id(), "hostname": list(names...), "enabled": e.enabled(), "tags": list(tags...)}
	var addresses []string
	for _, a := range e.GetEqualFoldAttributeValues("ipHostNumber") {
		addresses = append(addresses, address(a))
	}
	if a := list(addresses...); len(a) > 0 {
		out["address"] = a
	}
	if m := list(e.GetEqualFoldAttributeValues("macAddress")...); len(m) > 0 {
		out["mac"] = m
	}
	owner := e.first("managedBy", "owner")
	if owner != "" {
		owner = rdn(owner)
	}
	put(out, map[string]string{"sid": e.sid(), "owner": owner, "os": strings.TrimSpace(e.first("operatingSystem") + " " + e.first("operatingSystemVersion"))})
	return out
}
