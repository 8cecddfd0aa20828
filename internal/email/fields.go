package email

import (
	"maps"
	"slices"
	"strings"
)

// fields reads the fields of a mail's header.
func (p *parser) fields(m *Message, where string) {
	h := m.Header
	if len(h) == 0 {
		p.warn(m, WarnNoHeader, where, "the mail has no header")
	}
	m.From = p.addresses(m, "From", where)
	m.Sender = p.addresses(m, "Sender", where)
	m.ReplyTo = p.addresses(m, "Reply-To", where)
	m.To = p.addresses(m, "To", where)
	m.Cc = p.addresses(m, "Cc", where)
	if list := p.addresses(m, "Return-Path", where); len(list) > 0 {
		m.ReturnPath = list[0]
	}
	m.Subject = clip(decodeWords(h.First("Subject")), 8<<10)
	m.MessageID = messageID(h.First("Message-ID"))
	m.Mailer = clip(decodeWords(firstOf(h.First("X-Mailer"), h.First("User-Agent"))), 1<<10)
	m.AutoSubmitted = strings.ToLower(oneLine(clip(h.First("Auto-Submitted"), 200)))
	if date := h.First("Date"); date != "" {
		var ok bool
		if m.Date, ok = parseDate(date); !ok {
			p.warn(m, WarnDate, where, "the date cannot be read: "+clip(oneLine(date), 100))
		}
	}
	for _, name := range []string{"From", "Subject", "Date", "Message-ID", "Reply-To", "Sender", "To", "Content-Type"} {
		if len(h.All(name)) > 1 {
			p.warn(m, WarnDuplicate, where, "the header has more than one "+name+"; mail programs may show another than the first")
		}
	}
	p.trace(m)
}

// trace reads the fields that servers on the way wrote.
func (p *parser) trace(m *Message) {
	const most = 100
	for _, f := range m.Header {
		name := strings.ToLower(f.Name)
		switch {
		case name == "received" && len(m.Hops) < most:
			m.Hops = append(m.Hops, parseHop(f.Value))
		case (name == "authentication-results" || name == "arc-authentication-results") && len(m.Authentication) < most:
			a := parseAuthResults(f.Value)
			a.HopsAbove = len(m.Hops)
			m.Authentication = append(m.Authentication, a)
		case name == "received-spf" && len(m.spf) < most:
			if r := parseReceivedSPF(f.Value); r.result != "" {
				r.hopsAbove = len(m.Hops)
				m.spf = append(m.spf, r)
				m.ReceivedSPF = firstOf(m.ReceivedSPF, r.result)
			}
		case strings.HasPrefix(name, "list-") && len(m.List) < most:
			if m.List == nil {
				m.List = map[string]string{}
			}
			if _, seen := m.List[name]; !seen {
				m.List[name] = clip(decodeWords(f.Value), 2<<10)
			}
		}
	}
}

// addresses reads all fields of that name as one list of addresses.
func (p *parser) addresses(m *Message, name, where string) []Address {
	var all []Address
	for _, value := range m.Header.All(name) {
		list, more := parseAddresses(value, p.lim.Addresses-len(all))
		all = append(all, list...)
		if more {
			p.warn(m, WarnTooMany, where, "a header field holds more addresses than the limit; the rest was left out")
			break
		}
	}
	if slices.ContainsFunc(all, func(a Address) bool { return a.Address == "" }) {
		p.warn(m, WarnAddress, where, "an address cannot be read: "+clip(oneLine(m.Header.First(name)), 200))
	}
	return all
}

// messageID returns an identifier without its angle brackets.
func messageID(s string) string {
	if i := strings.IndexByte(s, '<'); i >= 0 {
		s = s[i+1:]
		if j := strings.IndexByte(s, '>'); j >= 0 {
			s = s[:j]
		}
	}
	return clip(oneLine(s), 998)
}

// sortedKeys returns the keys of a map in order.
func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
