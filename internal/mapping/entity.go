package mapping

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// maxName bounds the name of an entity.
const maxName = 256

// EntityOf returns the entity with a name, under its one spelling: hosts as
// they are told, in lower case; users as name@domain, DOMAIN\name too;
// addresses as RFC 5952 has them. A domain may be empty. What is no name, such
// as a dash, or is nobody's, such as SYSTEM or a loopback address, is not ok.
func EntityOf(kind harrier.EntityType, name, domain string) (e harrier.Entity, ok bool) {
	name, domain = strings.TrimSpace(name), strings.TrimSpace(domain)
	if !isWord(name) {
		return harrier.Entity{}, false
	}
	if !isWord(domain) {
		domain = ""
	}
	e = harrier.Entity{Type: kind, Name: name}
	switch kind {
	case harrier.HostEntity:
		return hostEntity(e)
	case harrier.UserEntity:
		return userEntity(e, domain)
	case harrier.AddressEntity:
		addr, ok := address(name)
		e.Key = addr.String()
		return e, ok
	case harrier.MailboxEntity:
		mail, ok := mailAddress(name)
		e.Key = strings.ToLower(mail)
		return e, ok
	case harrier.ResourceEntity:
		e.Key = strings.ToLower(name)
		return e, true
	}
	return harrier.Entity{}, false
}

// isWord reports whether a text can be the name of something.
func isWord(text string) bool {
	if text == "" || len(text) > maxName || saysNothing(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return false
	}
	switch strings.ToLower(text) {
	case "unknown", "none", "undefined", "anonymous", "redacted":
		return false
	}
	return true
}

// hostEntity spells a host; one that is named by its address is that address.
func hostEntity(e harrier.Entity) (harrier.Entity, bool) {
	if addr, ok := address(e.Name); ok {
		e.Type, e.Key = harrier.AddressEntity, addr.String()
		return e, true
	}
	e.Key = strings.TrimSuffix(strings.ToLower(strings.TrimLeft(e.Name, `\`)), ".")
	return e, e.Key != "" && e.Key != "localhost" && e.Key != "localhost.localdomain" && !strings.ContainsAny(e.Key, " /\\@,;")
}

// userEntity spells a user. Accounts of machines are their machines.
func userEntity(e harrier.Entity, domain string) (harrier.Entity, bool) {
	name := e.Name
	if d, n, ok := strings.Cut(name, `\`); ok {
		name, domain = n, d
	}
	name = strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(name, "mailto:"), "smtp:"))
	domain = strings.TrimPrefix(strings.ToLower(domain), "azuread")
	if machine, ok := strings.CutSuffix(name, "$"); ok && machine != "" && !strings.Contains(machine, "@") {
		e.Type = harrier.HostEntity
		e.Key = machine
		return e, true
	}
	switch domain {
	case "nt authority", "font driver host", "window manager", "nt service", "autorite nt", "nt-autorität":
		return e, false
	case "workgroup", "builtin", ".", "local", "localhost":
		domain = ""
	}
	switch name {
	case "", "system", "local service", "network service", "localservice", "networkservice", "anonymous logon", "anonymous":
		return e, false
	}
	if strings.HasPrefix(name, "s-1-5-18") || strings.HasPrefix(name, "s-1-5-19") || strings.HasPrefix(name, "s-1-5-20") {
		return e, false
	}
	e.Key = name
	if domain != "" && !strings.Contains(name, "@") {
		e.Key = name + "@" + domain
	}
	return e, true
}

// address reads an address that may be somebody's.
func address(text string) (netip.Addr, bool) {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	text, _, _ = strings.Cut(text, "%")
	addr, err := netip.ParseAddr(text)
	if err != nil {
		if port, bad := netip.ParseAddrPort(text); bad == nil {
			addr, err = port.Addr(), nil
		}
	}
	addr = addr.Unmap()
	if err != nil || addr.IsUnspecified() || addr.IsLoopback() || addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return netip.Addr{}, false
	}
	return addr, true
}

// internal reports whether an address can only be one of the organisation's own.
func internal(addr netip.Addr) bool {
	return addr.IsPrivate() || addr.IsLinkLocalUnicast() || netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10).Contains(addr)
}

// maxEntities bounds the entities of a finding, and its observables.
const maxEntities = 500

// addEntity keeps an entity, once.
func addEntity(f *harrier.Finding, told harrier.Entity, domain string) {
	e, ok := EntityOf(told.Type, told.Name, domain)
	if !ok || len(f.Entities) >= maxEntities {
		return
	}
	e.Role = told.Role
	same := func(o harrier.Entity) bool { return o.Type == e.Type && o.Key == e.Key }
	if i := slices.IndexFunc(f.Entities, same); i >= 0 {
		if f.Entities[i].Role == "" {
			f.Entities[i].Role = e.Role
		}
		return
	}
	f.Entities = append(f.Entities, e)
}

// tidy leaves out entities that another one tells with more: j.doe beside
// j.doe@corp, that beside j.doe@corp.example, ws-1 beside ws-1.corp.example.
func tidy(entities []harrier.Entity) []harrier.Entity {
	if len(entities) < 2 {
		return entities
	}
	return slices.DeleteFunc(slices.Clone(entities), func(e harrier.Entity) bool {
		return slices.ContainsFunc(entities, func(o harrier.Entity) bool { return o.Type == e.Type && tellsMore(o, e) })
	})
}

// tellsMore reports whether the key of o begins with that of e and goes on where a domain does.
func tellsMore(o, e harrier.Entity) bool {
	rest, ok := strings.CutPrefix(o.Key, e.Key)
	if !ok || rest == "" {
		return false
	}
	switch e.Type {
	case harrier.HostEntity:
		return rest[0] == '.' && !strings.Contains(e.Key, ".")
	case harrier.UserEntity:
		return rest[0] == '@' || rest[0] == '.' && strings.Contains(e.Key, "@") && !strings.Contains(e.Key[strings.IndexByte(e.Key, '@'):], ".")
	case harrier.AddressEntity, harrier.MailboxEntity, harrier.ResourceEntity:
	}
	return false
}
