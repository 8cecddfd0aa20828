package observable

import (
	"net/netip"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/harrier-soar/harrier/internal/hostname"
)

// host is the authority's name in lower case and ASCII, or its address.
type host struct {
	name    string // without brackets for IPv6
	shown   string // what people see, where that differs
	ip      netip.Addr
	strange bool // the address is not written as people write it
	commas  bool // dots were written as commas
}

// parseHost reads a host as browsers do (URL Standard §3.5).
func parseHost(s string) (host, bool) {
	const longest = 1 << 10
	if s == "" || len(s) > longest {
		return host{}, false
	}
	if ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil && ip.Is6() {
		ip = ip.WithZone("")
		return host{name: ip.String(), ip: ip}, true
	}
	name, ok := hostname.ASCII(unescape(s))
	if !ok {
		return host{}, false
	}
	name = strings.TrimSuffix(name, ".")
	if hostname.Numeric(name) {
		ip, ok := hostname.IPv4(name)
		return host{name: ip.String(), ip: ip, strange: ip.String() != s}, ok
	}
	return host{name: name, shown: unicodeName(name)}, hostname.Valid(name)
}

// unicodeName returns how a name is shown to people, where that differs.
func unicodeName(name string) string {
	if !strings.Contains(name, "xn--") {
		return ""
	}
	shown, err := idna.Punycode.ToUnicode(name)
	if err != nil || shown == name {
		return ""
	}
	return shown
}

// mixedScripts reports whether a label has letters of scripts that no language
// writes together, as apple with a Cyrillic а.
func mixedScripts(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		latin, eastAsian, other := false, false, map[string]bool{}
		for _, r := range label {
			switch {
			case !unicode.IsLetter(r):
			case unicode.Is(unicode.Latin, r):
				latin = true
			case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo):
				eastAsian = true
			default:
				other[scriptOf(r)] = true
			}
		}
		if len(other) > 1 || len(other) == 1 && (latin || eastAsian) {
			return true
		}
	}
	return false
}

// scriptOf names the script of a letter.
func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// unescape undoes percent escapes; broken ones stay.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteByte(nibble(s[i+1])<<4 | nibble(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// nibble returns the value of a hexadecimal digit.
func nibble(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// knownSuffix reports whether a name in ASCII ends in a public suffix and has a
// label before it, or is one that somebody registered.
func knownSuffix(name string) bool {
	suffix, icann := publicsuffix.PublicSuffix(name)
	private := !icann && strings.Contains(suffix, ".")
	return icann && suffix != name || private
}
