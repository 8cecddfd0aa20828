package email

import (
	"net/netip"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/hostname"
	"github.com/harrier-soar/harrier/schema"
)

// inputFields are the inputs of email.parse.
func inputFields() []schema.Field {
	text := schema.TypeOf(schema.String)
	optional := func(name string, t schema.Type, help string) schema.Field {
		return schema.Field{Name: name, Type: schema.OptionalOf(t), Help: help}
	}
	texts := schema.ListOf(text)
	return []schema.Field{
		{Name: "evidence", Type: schema.TypeOf(schema.EvidenceID), Required: true, Help: "The stored mail, as a file in RFC 5322 form (.eml) or of Outlook (.msg)."},
		optional("original", schema.TypeOf(schema.Boolean), "The file is the mail itself, not a report: nothing inside of it is taken for what was reported."),
		optional("trusted_servers", texts, "Names that our own mail servers write into Authentication-Results, and after by into Received; only what they wrote counts."),
		optional("own_domains", schema.ListOf(schema.TypeOf(schema.Domain)), "Domains of ours."),
		optional("partner_domains", schema.ListOf(schema.TypeOf(schema.Domain)), "Domains of those we know; mails that look as if they came from them are told."),
		optional("people", schema.ListOf(schema.ObjectOf(
			schema.Field{Name: "name", Type: text, Required: true, Help: "As mails show it."},
			schema.Field{Name: "address", Type: schema.OptionalOf(schema.TypeOf(schema.Email)), Help: "Theirs; any of ours where it is left out."},
		)), "Those in whose name others write."),
		optional("archive_passwords", texts, "Passwords that are tried on archives, beside those that the mail tells."),
		optional("brands", texts, "Domains that mails pretend to be from; a short list of well-known ones where it is left out."),
		optional("simulations", schema.ListOf(schema.ObjectOf(
			schema.Field{Name: "vendor", Type: text, Required: true, Help: "Whose exercise."},
			schema.Field{Name: "header", Type: schema.OptionalOf(text), Help: "A header that it sets."},
			schema.Field{Name: "value", Type: schema.OptionalOf(text), Help: "What that header holds."},
			schema.Field{Name: "domains", Type: schema.OptionalOf(texts), Help: "Domains that it sends from."},
			schema.Field{Name: "addresses", Type: schema.OptionalOf(texts), Help: "IP addresses, networks or senders that it sends from."},
		)), "Phishing exercises that we ordered; proven only by where they come from."),
	}
}

// organisationOf reads the inputs of a step.
func organisationOf(in map[string]any) (Organisation, error) {
	o := Organisation{
		TrustedServers: texts(in["trusted_servers"]), OwnDomains: domains(in["own_domains"]), PartnerDomains: domains(in["partner_domains"]),
		Brands: domains(in["brands"]),
	}
	if _, given := in["brands"].([]any); given && o.Brands == nil {
		o.Brands = []string{} // none are told, rather than those that are well known
	}
	o.Original, _ = in["original"].(bool)
	people, _ := in["people"].([]any)
	for _, one := range people {
		m, _ := one.(map[string]any)
		p := Person{Name: text(m["name"]), Address: strings.ToLower(text(m["address"]))}
		if p.Name != "" {
			o.People = append(o.People, p)
		}
	}
	simulations, _ := in["simulations"].([]any)
	for _, one := range simulations {
		m, _ := one.(map[string]any)
		s := Simulation{Vendor: text(m["vendor"]), Header: text(m["header"]), Value: text(m["value"]), Domains: domains(m["domains"]), Addresses: texts(m["addresses"])}
		if err := s.check(); err != nil {
			return Organisation{}, err
		}
		o.Simulations = append(o.Simulations, s)
	}
	return o, nil
}

// check refuses a simulation that nothing can prove.
func (s Simulation) check() error {
	if len(s.Domains)+len(s.Addresses) == 0 {
		return harrier.Errorf(harrier.Invalid, "the simulation of %q says neither domains nor addresses; without one of them anybody can pretend to be it", clip(s.Vendor, 100))
	}
	for _, a := range s.Addresses {
		_, err1 := netip.ParseAddr(strings.TrimSpace(a))
		_, err2 := netip.ParsePrefix(strings.TrimSpace(a))
		if address, _ := canonicalAddress(a); err1 != nil && err2 != nil && address == "" {
			return harrier.Errorf(harrier.Invalid, "the simulation of %q has the address %q, which is no IP address, network or mail address", clip(s.Vendor, 100), clip(a, 100))
		}
	}
	return nil
}

// text returns a text of an input.
func text(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

// texts returns the texts of a list.
func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, one := range list {
		if s := text(one); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// domains returns the texts of a list in lower case and ASCII.
func domains(v any) []string {
	list := texts(v)
	for i, one := range list {
		if name, ok := hostname.ASCII(one); ok {
			list[i] = name
		}
	}
	return list
}
