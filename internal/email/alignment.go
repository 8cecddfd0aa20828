package email

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/hostname"
)

// Authentication is what is known about whether the sender is who it says.
type Authentication struct {
	AuthSummary
	// Trusted tells that one of our own servers said so. Of anything else nobody
	// knows who wrote it.
	Trusted bool
	// Aligned tells that what passed belongs to the domain that readers see.
	Aligned bool
	// Why says in words why it is aligned or not.
	Why string
}

// Authentication returns what the receiving server found out about the mail
// that is judged.
func (r Reading) Authentication() Authentication { return r.authentication(r.mail) }

// authentication returns it for one of the mails.
func (r Reading) authentication(m *Message) Authentication {
	a := Authentication{AuthSummary: AuthSummary{
		SPF: unknownResult, DKIM: unknownResult, DMARC: unknownResult, CompAuth: unknownResult, ARC: unknownResult,
	}}
	fields, spf := m.Authentication, m.spfField()
	if len(r.org.TrustedServers) > 0 {
		fields, spf = r.trustedFields(m)
		a.Trusted = (len(fields) > 0 || spf.result != "") && !m.quote.pasted
	}
	a.AuthSummary = summarise(fields, spf)
	a.Aligned, a.Why = aligned(m, a.AuthSummary)
	return a
}

// exchangeServers stands in TrustedServers for Exchange Online, whose servers
// give no name to what they found.
const exchangeServers = "exchange"

// usesExchange reports whether our mail comes through Exchange Online.
func (r Reading) usesExchange() bool { return slices.Contains(r.org.TrustedServers, exchangeServers) }

// trustedFields returns the results that our own servers wrote: they carry the
// name of one of them, and no other server took the mail before it reached us.
func (r Reading) trustedFields(m *Message) ([]AuthResults, spfResult) {
	ours := r.ourHops(m)
	var fields []AuthResults
	for _, a := range m.Authentication {
		named := a.Server != "" && r.isTrusted(a.Server) && a.HopsAbove <= ours
		// Exchange gives no name: where it stands tells, and Exchange writes above
		// all that came with the mail.
		first := a.Instance == 0 && len(fields) == 0 && r.usesExchange()
		unnamed := a.Server == "" && a.Instance == 0 && (a.HopsAbove < ours || first)
		if named || unnamed {
			fields = append(fields, a)
		} else if a.Instance == 0 && len(fields) == 0 && r.usesExchange() && a.Server != "" {
			break // somebody else's stands on top
		}
	}
	spf := m.spfField()
	if spf.hopsAbove > ours || ours == 0 && !r.isTrusted(spf.receiver) {
		spf = spfResult{}
	}
	return fields, spf
}

// ourHops counts the topmost Received fields that our servers wrote, down to the
// one that took the mail from outside. Below it stands what the sender wrote,
// which may carry our names too.
func (r Reading) ourHops(m *Message) int {
	trusted := false
	for n, h := range m.Hops {
		within := h.From == "" && !h.IP.IsValid() // handed on inside of one system
		switch {
		case r.isTrusted(h.By):
			trusted = true
		case !within && trusted:
			return n
		case !within:
			return 0
		}
		if h.IP.IsValid() && public(h.IP) && !slices.ContainsFunc(r.org.TrustedServers, func(s string) bool { return covers(s, h.IP) }) {
			return n + 1
		}
	}
	if !trusted {
		return 0
	}
	return len(m.Hops)
}

// border returns the address that our servers took the mail from.
func (r Reading) border(m *Message) netip.Addr {
	if n := r.ourHops(m); n > 0 {
		return m.Hops[n-1].IP
	}
	if e, ok := m.Exchange(); ok && r.usesExchange() {
		return e.IP
	}
	return netip.Addr{}
}

// isTrusted reports whether a server is one of ours.
func (r Reading) isTrusted(server string) bool {
	server = strings.ToLower(strings.Trim(server, ". "))
	name, _, _ := strings.Cut(server, "/") // an authserv-id may have a version
	name, _, _ = strings.Cut(name, " ")
	return under(name, r.org.TrustedServers)
}

// aligned reports whether what passed belongs to the domain of From.
func aligned(m *Message, s AuthSummary) (ok bool, why string) {
	switch {
	case m.HeadersLost:
		return false, "The header is lost: nothing is known about who sent it."
	case len(m.From) != 1 || len(m.Header.All("From")) != 1:
		return false, "The mail does not have exactly one author."
	case !strings.Contains(m.From[0].Domain, "."):
		return false, "The author has no usable address."
	}
	from := m.From[0].Domain
	same := func(domain string) bool {
		return domain != "" && hostname.Registered(domain) == hostname.Registered(from)
	}
	switch {
	case s.DMARC == "fail":
		return false, "DMARC failed for " + from + "."
	case s.CompAuth == "fail":
		return false, "Microsoft's composite authentication failed."
	case (s.DMARC == "pass" || s.DMARC == "bestguesspass") && (s.DMARCDomain == "" || same(s.DMARCDomain)):
		return true, "DMARC passed for " + from + "."
	case slices.ContainsFunc(s.DKIMDomains, same):
		return true, "A valid signature belongs to " + hostname.Registered(from) + "."
	case s.SPF == "pass" && same(s.SPFDomain):
		return true, "SPF passed for " + s.SPFDomain + "."
	case s.SPF == "pass" && s.SPFDomain != "":
		return false, "SPF passed for " + s.SPFDomain + ", which is not " + from + "."
	case len(s.DKIMDomains) > 0:
		return false, "The valid signature is of " + s.DKIMDomains[0] + ", which is not " + from + "."
	}
	return false, "Nothing that passed names " + hostname.Registered(from) + "."
}
