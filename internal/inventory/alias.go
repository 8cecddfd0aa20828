package inventory

import (
	"encoding/hex"
	"net/netip"
	"strings"
)

// nameSpelling is the spelling in which names are compared: lower case, without
// the dot at the end of a name of the network, the dollar of a machine's
// account, and the strokes of a share.
func nameSpelling(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.TrimPrefix(name, `\\`)
	return strings.TrimRight(name, ".$")
}

// ParseMAC reads a hardware address in any of its common spellings and returns
// the one with colons. Identifiers of clients that have another length are none.
func ParseMAC(text string) (mac string, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	digits := strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(text)
	if len(digits) == 14 && strings.HasPrefix(digits, "01") { // the type of hardware before it: Ethernet
		digits = digits[2:]
	}
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != 6 || raw[0]|raw[1]|raw[2]|raw[3]|raw[4]|raw[5] == 0 {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	return b.String(), true
}

// ParseAddress reads an address of a network in its one spelling, without zone.
func ParseAddress(text string) (netip.Addr, bool) {
	text = strings.Trim(strings.TrimSpace(text), "[]")
	a, err := netip.ParseAddr(text)
	if err != nil || a.IsUnspecified() {
		return netip.Addr{}, false
	}
	return a.WithZone("").Unmap(), true
}

// account parts the name of an account: CORP\alice, alice@corp.example or
// alice. name is the spelling that is looked for.
type account struct{ name, user, domain string }

func parseAccount(text string) account {
	text = strings.ToLower(strings.TrimSpace(text))
	if domain, user, ok := strings.Cut(text, `\`); ok {
		user = strings.TrimLeft(user, `\`)
		if domain == "." || domain == "" {
			return account{name: user, user: user}
		}
		return account{domain + `\` + user, user, domain}
	}
	if at := strings.LastIndexByte(text, '@'); at > 0 && at < len(text)-1 {
		return account{text, text[:at], text[at+1:]}
	}
	return account{name: text, user: text}
}

// firstLabel is a name without its domain.
func firstLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	return label
}

// qualified tells whether a name of a host has its domain.
func qualified(name string) bool { return strings.Contains(name, ".") }

// parent is the domain of a name of a host.
func parent(name string) string {
	_, domain, _ := strings.Cut(name, ".")
	return domain
}

// isSID tells whether a text is the security identifier of Windows.
func isSID(text string) bool {
	return len(text) > 4 && (strings.HasPrefix(text, "s-1-") || strings.HasPrefix(text, "S-1-"))
}
