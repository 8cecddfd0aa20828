package email

import (
	"slices"
	"strings"
)

// Simulation is how a phishing exercise is known. Attackers add the headers of
// exercises too: proof is only where it came from.
type Simulation struct {
	Vendor string
	// Header is set in its mails, to something that holds Value; either may be empty.
	Header, Value string
	// Domains and Addresses are what its mails are sent from: those of the
	// envelope and From, and IP addresses that a trusted server took them from.
	Domains, Addresses []string
}

// Exercise is a simulation that a mail shows the signs of.
type Exercise struct {
	Vendor string
	// Proven tells that the mail came from where the organisation said it would.
	Proven bool
	// Evidence says what was seen.
	Evidence string
}

// knownSimulations returns the headers that vendors set.
func knownSimulations() []Simulation {
	return []Simulation{
		{Vendor: "KnowBe4", Header: "X-PHISHTEST"}, {Vendor: "KnowBe4", Header: "X-PHISH-CRID"},
		{Vendor: "Proofpoint", Header: "X-ThreatSim-ID"}, {Vendor: "Proofpoint", Header: "X-ThreatSim-Header"},
		{Vendor: "Cofense", Header: "X-PhishMe"}, {Vendor: "Cofense", Header: "X-PhishMeTracking"},
		{Vendor: "Gophish", Header: "X-Gophish-Contact"}, {Vendor: "Gophish", Header: "X-Gophish-Signature"}, {Vendor: "Gophish", Header: "X-Mailer", Value: "gophish"},
		{Vendor: "FortiPhish", Header: "X-FORTIPHISH-RECIPIENT-UUID"}, {Vendor: "Phishing Tackle", Header: "X-PhishingTackle"},
		{Vendor: "Ephishiency", Header: "X-EPHISHIENCY"}, {Vendor: "Microsoft", Header: "X-MS-Exchange-Organization-AttackSimulator"},
	}
}

// Simulation returns the exercise that the mail claims to be, or is; it reports
// false where there is no sign of one.
func (r Reading) Simulation() (Exercise, bool) {
	var claimed *Exercise
	for _, s := range r.org.Simulations {
		switch from, header := r.sentFrom(s), s.shown(r.mail); {
		case from != "" && (header || s.Header == ""):
			return Exercise{Vendor: s.Vendor, Proven: true, Evidence: from}, true
		case header && s.Header != "" && claimed == nil:
			claimed = &Exercise{Vendor: s.Vendor, Evidence: "The header " + s.Header + " is there, but the mail did not come from where its exercises do."}
		}
	}
	if claimed != nil {
		return *claimed, true
	}
	for _, s := range knownSimulations() {
		if s.shown(r.mail) {
			return Exercise{Vendor: s.Vendor, Evidence: "The header " + s.Header + " is there, which anybody can write."}, true
		}
	}
	return Exercise{}, false
}

// shown reports whether a mail has the header of an exercise.
func (s Simulation) shown(m *Message) bool {
	return s.Header != "" && slices.ContainsFunc(m.Header, func(f Field) bool {
		return strings.EqualFold(f.Name, s.Header) && strings.Contains(strings.ToLower(f.Value), strings.ToLower(s.Value))
	})
}

// sentFrom says what proves that an exercise was sent from where it should be:
// an address that one of our servers took the mail from, or a domain that
// authentication vouches for.
func (r Reading) sentFrom(s Simulation) string {
	if ip := r.border(r.mail); ip.IsValid() && slices.ContainsFunc(s.Addresses, func(a string) bool { return covers(a, ip) }) {
		return "Our server took it from " + ip.String() + "."
	}
	a := r.Authentication()
	if len(r.org.TrustedServers) > 0 && !a.Trusted {
		return ""
	}
	from := ""
	if len(r.mail.From) == 1 {
		from = strings.ToLower(r.mail.From[0].Address)
	}
	if a.Aligned && from != "" && (under(domainOf(from), s.Domains) || slices.ContainsFunc(s.Addresses, func(a string) bool { return strings.EqualFold(a, from) })) {
		return "It is from " + from + ", and authentication passed."
	}
	if a.SPF == "pass" && under(a.SPFDomain, s.Domains) {
		return "SPF passed for " + a.SPFDomain + "."
	}
	for _, domain := range a.DKIMDomains {
		if under(domain, s.Domains) {
			return "It is signed by " + domain + "."
		}
	}
	return ""
}
