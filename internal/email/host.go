package email

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// host is the host of a URL or an address: a name in lower case and ASCII, or
// an IP address in any of the forms that browsers take for one.
type host struct {
	name string // without brackets for IPv6
	ip   netip.Addr
}

// parseHost reads a host as browsers do (URL Standard §3.5).
func parseHost(s string) (host, bool) {
	const longest = 2 << 10 // before decoding
	if s == "" || len(s) > longest {
		return host{}, false
	}
	if strings.HasPrefix(s, "[") {
		ip, err := netip.ParseAddr(strings.TrimSuffix(s[1:], "]"))
		if err != nil || !strings.HasSuffix(s, "]") || !ip.Is6() || ip.Zone() != "" {
			return host{}, false
		}
		return host{name: ip.String(), ip: ip.Unmap()}, true
	}
	name, ok := asciiName(unescapePercent(s))
	if !ok {
		return host{}, false
	}
	name = strings.TrimSuffix(name, ".")
	if endsInNumber(name) {
		ip, ok := parseIPv4(name)
		return host{name: ip.String(), ip: ip}, ok
	}
	return host{name: name}, validName(name)
}

// asciiName returns a domain name in lower case and ASCII.
func asciiName(s string) (string, bool) {
	ascii := true
	for i := 0; i < len(s); i++ {
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

// unicodeName returns how a name may be shown to people, where that differs.
func unicodeName(name string) (string, bool) {
	if !strings.Contains(name, "xn--") {
		return "", false
	}
	shown, err := idna.Punycode.ToUnicode(name)
	return shown, err == nil && shown != name
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
		for i := 0; i < len(label); i++ {
			if c := label[i]; !isAlnum(c) && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

// isDomain reports whether a name can be looked up as a domain.
func isDomain(name string) bool {
	return strings.Contains(name, ".") && validName(name) && wellFormed(name)
}

// wellFormed reports whether no label of a valid name starts or ends with a
// hyphen, which browsers allow and nobody else does.
func wellFormed(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// endsInNumber reports whether a name must be an IPv4 address.
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil || last != "" && strings.Trim(last, "0123456789") == ""
}

// parseIPv4 reads one to four numbers, each decimal, octal or hexadecimal, as
// browsers and inet_aton do: 0x7f.1 is 127.0.0.1.
func parseIPv4(name string) (netip.Addr, bool) {
	parts := strings.Split(name, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var ip uint64
	for i, part := range parts {
		n, ok := ipv4Number(part)
		if !ok {
			return netip.Addr{}, false
		}
		if i == len(parts)-1 {
			if n >= 1<<(8*(5-len(parts))) {
				return netip.Addr{}, false
			}
			ip |= n
			continue
		}
		if n > 255 {
			return netip.Addr{}, false
		}
		ip |= n << (8 * (3 - i))
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

// organisation returns the part of a name that somebody registered, such as
// example.com for mail.example.com, or the name itself.
func organisation(name string) string {
	if registered, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return registered
	}
	return name
}

// knownDomain reports whether text without a scheme is a domain rather than
// a file name or the border of two sentences.
func knownDomain(s string) bool {
	if !strings.Contains(s, ".") || strings.HasPrefix(s, ".") {
		return false
	}
	top := s[strings.LastIndexByte(s, '.')+1:]
	switch strings.ToLower(top) {
	case "zip", "mov", "sh", "py", "rs", "md", "ps", "so":
		return false
	}
	if top == "" || top[0] >= 'A' && top[0] <= 'Z' && strings.ToUpper(s) != s {
		return false
	}
	h, ok := parseHost(s)
	if !ok || h.ip.IsValid() {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(h.name)
	return (icann || strings.Contains(suffix, ".")) && suffix != h.name
}
