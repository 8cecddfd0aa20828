package email

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/harrier-soar/harrier/internal/hostname"
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
	name, ok := hostname.ASCII(unescapePercent(s))
	if !ok {
		return host{}, false
	}
	name = strings.TrimSuffix(name, ".")
	if hostname.Numeric(name) {
		ip, ok := hostname.IPv4(name)
		return host{name: ip.String(), ip: ip}, ok
	}
	return host{name: name}, hostname.Valid(name)
}

// isDomain reports whether a name can be looked up as a domain.
func isDomain(name string) bool {
	return strings.Contains(name, ".") && hostname.Valid(name) && wellFormed(name)
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
