package email

import (
	"slices"
	"strings"
)

// Organisation is what those who read a mail say about themselves. Everything
// in it is optional; what is not said is not guessed from the mail where an
// attacker could write it.
type Organisation struct {
	// TrustedServers are the names that our own servers write into
	// Authentication-Results, and after "by" into Received.
	TrustedServers []string
	// OwnDomains are ours, PartnerDomains those of known others.
	OwnDomains, PartnerDomains []string
	// Brands are names or domains that mails pretend to be; nil means [DefaultBrands].
	Brands []string
	// People are those in whose name others write.
	People []Person
	// Simulations are the phishing exercises that we ordered.
	Simulations []Simulation
	// Original says that the mail itself is what is judged: nothing inside of it
	// is taken for a reported original.
	Original bool
}

// Person is somebody whose name is abused.
type Person struct {
	Name string
	// Address is theirs; empty means any address under OwnDomains.
	Address string
}

// owns reports whether a domain, or the one it is under, is ours.
func (o Organisation) owns(domain string) bool { return under(domain, o.OwnDomains) }

// under reports whether a domain is one of a list or under one of them.
func under(domain string, list []string) bool {
	return domain != "" && slices.ContainsFunc(list, func(one string) bool {
		one = strings.ToLower(strings.Trim(one, ". "))
		return one != "" && (domain == one || strings.HasSuffix(domain, "."+one))
	})
}
