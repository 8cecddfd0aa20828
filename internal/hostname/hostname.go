// Package hostname reads the names of hosts as browsers do (URL Standard §3.5):
// in lower case and ASCII, with addresses in any of the forms that lead to one.
package hostname

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// ASCII returns a name in lower case and ASCII; ok is false where it has none.
func ASCII(s string) (name string, ok bool) {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(s), true
	}
	if !utf8.ValidString(s) {
		return "", false
	}
	name, err := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false)).ToASCII(s)
	if err != nil || name == "" {
		if name, err = idna.Punycode.ToASCII(strings.ToLower(s)); err != nil {
			return "", false
		}
	}
	return strings.ToLower(name), true
}

// Unicode returns how a name may be shown to people; ok is false where that
// does not differ.
func Unicode(name string) (shown string, ok bool) {
	if !strings.Contains(name, "xn--") {
		return "", false
	}
	shown, err := idna.Punycode.ToUnicode(name)
	return shown, err == nil && shown != name
}

// Valid reports whether a name in ASCII may be a host's.
func Valid(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	return true
}

// Numeric reports whether a name must be an IPv4 address.
func Numeric(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" || last[0] < '0' || last[0] > '9' {
		return false
	}
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil || strings.Trim(last, "0123456789") == ""
}

// IPv4 reads one to four numbers, each decimal, octal or hexadecimal, as
// browsers and inet_aton do: 0x7f.1 is 127.0.0.1.
func IPv4(name string) (netip.Addr, bool) {
	parts := strings.Split(name, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var ip uint64
	for i, part := range parts {
		n, ok := number(part)
		last := i == len(parts)-1
		if !ok || last && n >= 1<<(8*(5-len(parts))) || !last && n > 255 {
			return netip.Addr{}, false
		}
		if last {
			ip |= n
		} else {
			ip |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}), true
}

// number reads a number in the base that its prefix says.
func number(s string) (uint64, bool) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"):
		s, base = s[2:], 16
		if s == "" {
			return 0, true
		}
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	n, err := strconv.ParseUint(s, base, 33)
	return n, err == nil
}

// Registered returns the part of a name that somebody registered, such as
// example.com for mail.example.com, or the name itself.
func Registered(name string) string {
	if registered, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return registered
	}
	return name
}

// Suffix returns the end of a name under which everybody registers, such as
// co.uk for www.example.co.uk; known is false where no list has it.
func Suffix(name string) (suffix string, known bool) {
	suffix, icann := publicsuffix.PublicSuffix(name)
	return suffix, icann || strings.Contains(suffix, ".")
}
