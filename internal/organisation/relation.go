package organisation

import (
	"net/netip"
	"slices"
	"strings"
)

// Own reports whether a name is one of the organisation's domains, or below one.
func (p Profile) Own(host string) bool { return within(p.OwnDomains, host) }

// Partner reports whether a name belongs to a partner.
func (p Profile) Partner(host string) bool { return within(p.PartnerDomains, host) }

// Protected reports whether a name must not be blocked whatever is found.
func (p Profile) Protected(host string) bool { return within(p.ProtectedDomains, host) }

// Freemail reports whether anybody gets an address in a domain.
func (p Profile) Freemail(host string) bool { return slices.Contains(p.FreemailDomains, ASCII(host)) }

// FreemailHost reports whether a name is one where anybody gets an address, or
// below one, such as the provider's own web page.
func (p Profile) FreemailHost(host string) bool { return within(p.FreemailDomains, host) }

// SharedHost reports whether many who do not know each other keep pages under a
// name, so that the name says nothing about one of them.
func (p Profile) SharedHost(host string) bool { return within(p.SharedHosts, host) }

// TrustedServer reports whether a result bears the name of a server of ours.
func (p Profile) TrustedServer(name string) bool { return within(p.TrustedServers, name) }

// Sent reports whether a mail that came from a domain, proven by its
// authentication, or from an address, belongs to the simulation.
func (s Simulation) Sent(domain string, proven bool, from netip.Addr) bool {
	if proven && domain != "" && within(s.Domains, domain) {
		return true
	}
	return from.IsValid() && slices.ContainsFunc(s.Addresses, func(network string) bool {
		n, err := netip.ParsePrefix(network)
		return err == nil && n.Contains(from.Unmap())
	})
}

// within reports whether a name is in a list or below a name in it.
func within(list []string, host string) bool {
	host = ASCII(host)
	return host != "" && slices.ContainsFunc(list, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}
