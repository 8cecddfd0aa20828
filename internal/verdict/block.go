package verdict

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/email"
)

// blocking is what to block where a mail is malicious, and what not.
type blocking struct {
	entries []entry
	spared  []entry
}

// entry is one thing, what it is, and why it is blocked or spared. verb is what
// blocks it.
type entry struct{ kind, value, verb, reason string }

// condemned is who calls an observable malicious.
type condemned struct {
	kind, value string
	by          []string
}

// condemned lists the observables that a source or a detonation calls
// malicious, by their keys.
func (e *evidence) condemned() map[string]*condemned {
	out := map[string]*condemned{}
	for _, r := range slices.Concat(e.sources(), e.ran()) {
		if !r.malicious || r.weight < condemnsAt*roleFactor(r.role) {
			continue
		}
		for _, value := range e.written(r.of, r.observable) {
			key := keyOf(r.of, value)
			if out[key] == nil {
				out[key] = &condemned{kind: r.of, value: value}
			}
			if !slices.Contains(out[key].by, r.provider) {
				out[key].by = append(out[key].by, r.provider)
			}
		}
	}
	return out
}

// written returns how an observable is written in the mail: what was detonated
// may have lost what named its recipient.
func (e *evidence) written(kind, value string) []string {
	var links []string
	if _, found := e.mail.role(kind, value); !found && kind == "url" {
		for _, l := range e.mail.Links {
			if e.stripped[l] == value {
				links = append(links, l)
			}
		}
	}
	if len(links) == 0 {
		return []string{value}
	}
	return links
}

// block plans what is blocked. It takes for granted that the mail is malicious.
func (e *evidence) block() blocking {
	b := &blocking{}
	bad := e.condemned()
	e.blockSenders(b, bad)
	for _, key := range slices.Sorted(maps.Keys(bad)) {
		c := bad[key]
		role, _ := e.mail.role(c.kind, c.value)
		switch c.kind {
		case "url":
			e.blockLink(b, c)
		case "domain":
			if role != email.RoleSender && role != email.RoleReplyTo {
				b.add(entry{"domain", c.value, "firewall.block_domain", c.why()}, e.spareDomain(c.value, true))
			}
		case "ip":
			b.add(entry{"ip", c.value, "firewall.block_ip", c.why()}, e.spareAddress(c, role))
		case "hash":
			b.add(entry{"hash", c.value, "endpoint.block_hash", c.why()}, "")
		}
	}
	return *b
}

// why tells who condemns it.
func (c *condemned) why() string { return strings.Join(c.by, " and ") + " calls it malicious." }

// add takes a thing into the plan, or spares it where there is a reason; once.
func (b *blocking) add(one entry, spare string) {
	list := &b.entries
	if spare != "" {
		one.verb, one.reason = "", spare
		list = &b.spared
	}
	if !slices.ContainsFunc(*list, func(have entry) bool { return have.kind == one.kind && have.value == one.value }) {
		*list = append(*list, one)
	}
}

// blockSenders plans which senders are blocked: the author, where it really was
// the author, and where answers would go.
func (e *evidence) blockSenders(b *blocking, bad map[string]*condemned) {
	m := &e.mail
	unproven := ""
	if !e.proven() {
		unproven = "Authentication does not prove that it sent the mail: it may be the one whose name is abused."
	}
	if m.From.Address != "" && !missingAddress(m.From.Address) {
		b.add(entry{"sender", m.From.Address, "mail.block_sender", "It sent the mail, as authentication proves."},
			cmp.Or(e.spareDomain(m.From.Domain, false), e.spareSender(m.From.Address), unproven))
	}
	for _, address := range m.ReplyTo {
		why := ""
		if sameOwner(domainOf(address), m.From.Domain) {
			why = unproven
		}
		b.add(entry{"sender", address, "mail.block_sender", "Answers to the mail go to it."}, cmp.Or(e.spareDomain(domainOf(address), false), e.spareSender(address), why))
	}
	for _, key := range slices.Sorted(maps.Keys(bad)) {
		c := bad[key]
		role, _ := m.role(c.kind, c.value)
		if role != email.RoleSender && role != email.RoleReplyTo || c.kind != "email" && c.kind != "domain" {
			continue
		}
		domain, why := c.value, ""
		if c.kind == "email" {
			domain, why = domainOf(c.value), e.spareSender(c.value)
		}
		if sameOwner(domain, m.From.Domain) {
			why = cmp.Or(why, unproven)
		}
		b.add(entry{"sender", c.value, "mail.block_sender", c.why()}, cmp.Or(e.spareDomain(domain, c.kind == "domain"), why))
	}
}

// missingAddress reports whether an address was made up where the mail has none.
func missingAddress(address string) bool { return strings.HasSuffix(address, ".invalid") }

// spareDomain tells why a domain is not blocked, or nobody in it where whole is
// false; "" where it may be.
func (e *evidence) spareDomain(domain string, whole bool) string {
	p := &e.profile
	switch {
	case p.Own(domain):
		return "It is the organisation's own."
	case p.Protected(domain):
		return "The organisation protects it."
	case p.Partner(domain):
		return "It is a partner's: tell them, somebody may be using their account."
	case slices.ContainsFunc(e.corresponded, func(d string) bool { return sameOwner(d, domain) }):
		return "There was correspondence with it lately: tell them, somebody may be using their account."
	case whole && p.FreemailHost(domain):
		return "Anybody gets an address in it."
	case whole && p.SharedHost(domain):
		return "Strangers keep pages side by side under it: only full links are blocked."
	}
	return ""
}

// spareSender tells why an address is not blocked though its domain may be.
func (e *evidence) spareSender(address string) string {
	if e.sent > 0 && (strings.EqualFold(e.with, address) || e.with == "" && strings.EqualFold(address, e.mail.From.Address) ||
		!strings.Contains(e.with, "@") && e.with != "" && sameOwner(e.with, domainOf(address)) && !e.profile.Freemail(domainOf(address))) {
		return "Our people wrote to it lately: ask them by another way, somebody may be using the account."
	}
	return ""
}

// blockLink plans a link. Where its host is spared as a whole the full link is
// blocked all the same, unless it is the organisation's own or protected.
func (e *evidence) blockLink(b *blocking, c *condemned) {
	host := hostOf(c.value)
	spare := ""
	if e.profile.Own(host) || e.profile.Protected(host) {
		spare = e.spareDomain(host, true)
	}
	b.add(entry{"url", c.value, "mail.block_url", c.why()}, spare)
	if why := e.spareDomain(host, true); why != "" && spare == "" {
		b.add(entry{"domain", host, "", ""}, why)
	}
}

// spareAddress tells why an address of a machine is not blocked. One on the way
// sends for many, and may be made up below the first that our own server saw.
func (e *evidence) spareAddress(c *condemned, role string) string {
	switch {
	case role != roleHop:
		return ""
	case c.value != e.mail.origin().String():
		return "It stands where anybody can write it."
	case len(c.by) < 2:
		return "It sends for others too, and one source alone calls it malicious."
	}
	return ""
}

// planOutput is what a playbook sees of both plans.
func (e *evidence) planOutput() map[string]any {
	b := e.block()
	tasks, withheld := e.detonate()
	lists := map[string][]any{"sender": {}, "domain": {}, "url": {}, "ip": {}, "hash": {}}
	entries := []any{}
	for _, one := range b.entries {
		lists[one.kind] = append(lists[one.kind], one.value)
		entries = append(entries, map[string]any{"type": one.kind, "value": one.value, "verb": one.verb, "reason": one.reason})
	}
	detonate := []any{}
	for _, t := range tasks {
		one := map[string]any{"kind": t.kind, "value": t.value, "where": t.where}
		if t.name != "" {
			one["name"] = t.name
		}
		detonate = append(detonate, one)
	}
	return map[string]any{
		"senders": lists["sender"], "domains": lists["domain"], "urls": lists["url"], "addresses": lists["ip"], "hashes": lists["hash"],
		"entries": entries, "spared": listed(b.spared, "type"), "detonate": detonate, "withheld": listed(withheld, "kind"),
	}
}

// listed gives entries as data; kind is what their kind is called.
func listed(list []entry, kind string) []any {
	out := []any{}
	for _, one := range list {
		out = append(out, map[string]any{kind: one.kind, "value": one.value, "reason": one.reason})
	}
	return out
}
