package observable

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
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
	name, ok := asciiName(unescape(s))
	if !ok {
		return host{}, false
	}
	name = strings.TrimSuffix(name, ".")
	if endsInNumber(name) {
		ip, ok := parseIPv4(name)
		return host{name: ip.String(), ip: ip, strange: ip.String() != s}, ok
	}
	return host{name: name, shown: unicodeName(name)}, validName(name)
}

// asciiName returns a domain name in lower case and ASCII.
func asciiName(s string) (string, bool) {
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

// validName reports whether a name may be a host.
func validName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isAlnum(c) && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

// endsInNumber reports whether a name must be an IPv4 address.
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" || !isDigit(last[0]) {
		return false
	}
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil || last != "" && strings.Trim(last, "0123456789") == ""
}

// parseIPv4 reads one to four numbers, each decimal, octal or hexadecimal, as
// browsers do: 0x7f.1 is 127.0.0.1.
func parseIPv4(name string) (netip.Addr, bool) {
	parts := strings.Split(name, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var ip uint64
	for i, part := range parts {
		n, ok := ipv4Number(part)
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

// ipv4Number reads a number in the base that its prefix says.
func ipv4Number(s string) (uint64, bool) {
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
