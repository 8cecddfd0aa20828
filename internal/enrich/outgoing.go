package enrich

import (
	"net/netip"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/hostname"
)

// Outgoing is what others may be asked about an observable.
type Outgoing struct {
	// Kind is ip, domain, url, hash or email, and Value what is asked about.
	// Both are empty where nobody is asked.
	Kind, Value string
	// Internal tells that the observable is the organisation's own.
	Internal bool
	// Why says why less than the whole is asked, or nothing; empty where there is
	// nothing to explain, such as for a type that nobody can be asked about.
	Why string
}

// OutgoingOf decides what others may be asked about an observable. own reports
// whether a host is the organisation's; recipients are addresses whose traces
// in links say who was written to.
//
// Addresses that documents use as examples are asked about: they are nobody's.
func OutgoingOf(o harrier.Observable, own func(host string) bool, recipients []string) Outgoing {
	switch o.Type {
	case "ip":
		return outgoingAddress(o.Value, own)
	case "domain":
		return outgoingDomain(o.Value, own)
	case "url":
		return outgoingLink(o.Value, own, recipients)
	case "hash":
		return Outgoing{Kind: "hash", Value: o.Value}
	case "email":
		return outgoingMail(o, own)
	}
	return Outgoing{}
}

const ownWhy = "it is the organisation's own, so nobody outside is asked"

func outgoingAddress(value string, own func(string) bool) Outgoing {
	addr, err := netip.ParseAddr(value)
	if err != nil {
		return Outgoing{Why: "it is no address"}
	}
	addr = addr.Unmap()
	switch {
	case own(addr.String()):
		return Outgoing{Internal: true, Why: ownWhy}
	case !public(addr):
		return Outgoing{Internal: true, Why: "it is an address within a network, so nobody outside can know it"}
	}
	return Outgoing{Kind: "ip", Value: addr.String()}
}

// public reports whether an address is one of the internet's.
func public(addr netip.Addr) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, reserved := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b:1::/48", "100::/64", "2001::/23", "fec0::/10"} {
		if netip.MustParsePrefix(reserved).Contains(addr) {
			return false
		}
	}
	return true
}

func outgoingDomain(value string, own func(string) bool) Outgoing {
	name, ok := hostname.ASCII(strings.Trim(value, ". "))
	switch {
	case !ok || !hostname.Valid(name):
		return Outgoing{Why: "it is no name of a host"}
	case hostname.Numeric(name):
		addr, _ := hostname.IPv4(name)
		return outgoingAddress(addr.String(), own)
	case own(name):
		return Outgoing{Internal: true, Why: ownWhy}
	case local(name):
		return Outgoing{Internal: true, Why: "it is a name within a network, so nobody outside can know it"}
	}
	return Outgoing{Kind: "domain", Value: name}
}

// local reports whether a name means something within a network only.
func local(name string) bool {
	top := name[strings.LastIndexByte(name, '.')+1:]
	if top == name {
		return true
	}
	switch top {
	case "local", "localhost", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "test", "invalid", "arpa":
		return true
	}
	return false
}

// outgoingLink asks about a link without what says who was written to; where
// it acts for one reader, or only one can know it, about its host alone.
func outgoingLink(value string, own func(string) bool, recipients []string) Outgoing {
	link, ok := email.Share(value, recipients)
	if !ok {
		return Outgoing{Why: "it is no link of the web"}
	}
	host := outgoingDomain(link.Host, own)
	if strings.Contains(link.Host, ":") {
		host = outgoingAddress(link.Host, own)
	}
	switch {
	case host.Kind == "":
		return host
	case link.Personal != "":
		host.Why = "only its host was looked up: " + link.Personal
		return host
	}
	return Outgoing{Kind: "url", Value: link.URL}
}

func outgoingMail(o harrier.Observable, own func(string) bool) Outgoing {
	at := strings.LastIndexByte(o.Value, '@')
	if at < 1 || at == len(o.Value)-1 {
		return Outgoing{Why: "it is no mail address"}
	}
	switch domain := outgoingDomain(o.Value[at+1:], own); {
	case domain.Kind == "":
		return domain
	case o.Role == "recipient" || o.Role == "target" || o.Role == "affected":
		return Outgoing{Why: "it is whom somebody wrote to, so nobody outside is told"}
	}
	return Outgoing{Kind: "email", Value: strings.ToLower(o.Value)}
}
