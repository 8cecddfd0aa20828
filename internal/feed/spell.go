package feed

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/internal/hostname"
	"github.com/harrier-soar/harrier/internal/observable"
	"github.com/harrier-soar/harrier/schema"
)

// Types lists the types of values that records have.
func Types() []string {
	return []string{"ip", "cidr", "domain", "url", "hash", "email", "file_name", "file_path", "registry_key", "user_agent", "cve"}
}

// Spell gives a value of a type its one spelling; defanged values are made
// whole. The type comes back too, because an address with a length is a
// network, and one in the place of a name is an address. ok is false where the
// value is not of the type.
func Spell(kind, value string) (as, spelled string, ok bool) {
	value = strings.TrimSpace(value)
	if value == "" || len(value) > maxValue || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return "", "", false
	}
	if strings.ContainsAny(value, "[({") || len(value) > 4 && strings.EqualFold(value[:4], "hxxp") {
		value = observable.Refang(value)
	}
	switch kind {
	case "ip", "cidr":
		return spellIP(value)
	case "domain":
		return spellDomain(value)
	case "url":
		spelled, ok = SpellURL(value)
		return kind, spelled, ok
	case "hash":
		return checked(kind, value, schema.Hash)
	case "email":
		return checked(kind, strings.ToLower(value), schema.Email)
	case "cve":
		spelled = strings.ToUpper(value)
		return kind, spelled, strings.HasPrefix(spelled, "CVE-") && len(spelled) < 30 && !strings.ContainsAny(spelled, " /")
	case "file_name", "file_path", "registry_key", "user_agent", "process":
		return kind, value, len(value) > 2
	}
	return "", "", false
}

// checked spells a value as everything in Harrier spells its kind.
func checked(as, value string, k schema.Kind) (kind, spelled string, ok bool) {
	v, wrong := schema.Check(value, schema.TypeOf(k))
	spelled, ok = v.(string)
	return as, spelled, ok && len(wrong) == 0
}

// spellIP spells an address, or a network, which is an address where it holds one only.
func spellIP(value string) (kind, spelled string, ok bool) {
	if p, err := netip.ParsePrefix(value); err == nil {
		if p.Addr().Is4In6() {
			return "", "", false
		}
		if p.IsSingleIP() {
			return "ip", p.Addr().String(), true
		}
		return "cidr", p.Masked().String(), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(value, "["), "]"))
	if err != nil || a.Zone() != "" {
		return "", "", false
	}
	return "ip", a.Unmap().String(), true
}

// spellDomain spells a name; wildcards stand for what is below it.
func spellDomain(value string) (kind, spelled string, ok bool) {
	value = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(value, "*"), "."), ".")
	if kind, spelled, ok = spellIP(value); ok {
		return kind, spelled, true
	}
	spelled, ok = hostname.ASCII(value)
	if !ok || !hostname.Valid(spelled) || !strings.Contains(spelled, ".") || hostname.Numeric(spelled) {
		return "", "", false
	}
	return "domain", spelled, true
}

// SpellURL spells a link so that what leads to the same place is the same:
// scheme and host in lower case and ASCII, without the scheme's own port, a
// user or a fragment, and with a path. What follows the host stays as it is.
func SpellURL(value string) (string, bool) {
	scheme, host, rest, ok := cutURL(value)
	if !ok {
		return "", false
	}
	return scheme + "://" + host + rest, true
}

// URLHost returns the host of a link, in the spelling of a name or an address.
func URLHost(value string) (string, bool) {
	_, host, _, ok := cutURL(value)
	if !ok {
		return "", false
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.Trim(host, "[]"), true
}

// cutURL takes a link apart: the host has its port where that is not the scheme's.
func cutURL(value string) (scheme, host, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(value, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme == "" || len(scheme) > 20 || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" {
		return "", "", "", false
	}
	host, rest = rest, ""
	if i := strings.IndexAny(host, "/?#\\"); i >= 0 {
		host, rest = host[:i], host[i:]
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	if host, ok = spellHost(host, scheme); !ok {
		return "", "", "", false
	}
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	if rest == "" || rest[0] != '/' {
		rest = "/" + strings.TrimPrefix(rest, "\\")
	}
	return scheme, host, rest, true
}

// spellHost spells the host of a link with its port, if that is not the scheme's.
func spellHost(text, scheme string) (string, bool) {
	host, port := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") && strings.Count(text, ":") == 1 || strings.Contains(text, "]:") {
		i = strings.LastIndexByte(text, ':')
		host, port = text[:i], text[i+1:]
	}
	if strings.Trim(port, "0123456789") != "" || len(port) > 5 {
		return "", false
	}
	if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		port = ""
	}
	name, ok := spellName(host)
	if !ok {
		return "", false
	}
	if port != "" {
		name += ":" + port
	}
	return name, true
}

// spellName spells the name or address in a link, as browsers read it.
func spellName(host string) (string, bool) {
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		if a.Is6() && !a.Is4In6() {
			return "[" + a.WithZone("").String() + "]", true
		}
		return a.Unmap().String(), true
	}
	name, ok := hostname.ASCII(strings.TrimSuffix(host, "."))
	if ok && hostname.Numeric(name) {
		a, whole := hostname.IPv4(name)
		return a.String(), whole
	}
	return name, ok && hostname.Valid(name)
}

// Guess finds out what a value is by its looks, and spells it.
func Guess(value string) (kind, spelled string, ok bool) {
	value = strings.TrimSpace(value)
	order := []string{"ip", "hash", "email", "domain"}
	switch {
	case strings.Contains(value, "://") || len(value) > 5 && strings.EqualFold(value[:4], "hxxp"):
		order = []string{"url"}
	case strings.HasPrefix(value, "HK") && strings.Contains(value, `\`):
		order = []string{"registry_key"}
	case len(value) > 4 && strings.EqualFold(value[:4], "CVE-"):
		order = []string{"cve"}
	}
	for _, one := range order {
		if kind, spelled, ok = Spell(one, value); ok && (one != "domain" || plausible(spelled)) {
			return kind, spelled, true
		}
	}
	if host, port, found := strings.Cut(value, ":"); found && port != "" && strings.Trim(port, "0123456789") == "" {
		if kind, spelled, ok = Spell("domain", host); ok && plausible(spelled) {
			return kind, spelled, true
		}
	}
	return "", "", false
}

// plausible reports whether a name is one of the public network, or of those
// that are never public, so that no name of a file is taken for a domain.
func plausible(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	suffix, known := hostname.Suffix(name)
	own := []string{"example", "test", "local", "internal", "lan", "corp", "home", "intranet", "localdomain", "onion"}
	return (known || slices.Contains(own, suffix)) && suffix != name
}

// cut bounds text at the border of a character, without control characters.
func cut(s string, most int) string {
	if len(s) > most {
		s = s[:most]
		for s != "" && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if s != "" && s[len(s)-1] >= utf8.RuneSelf {
			s = s[:len(s)-1]
		}
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		s = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, s)
	}
	return strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD")
}
