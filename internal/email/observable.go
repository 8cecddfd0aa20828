package email

import (
	"net/netip"
	"strings"
)

// Observable is something in a mail that can be looked up elsewhere.
type Observable struct {
	// Type is url, domain, ip, email or hash (the SHA-256 of a file).
	Type string
	// Value is canonical: refanged, in ASCII, in lower case where that is the same.
	Value string
	// Role says what it is to the mail.
	Role string
	// Where says where it stood first.
	Where string
	// Layer counts how many mails it is inside of, 0 for the outermost.
	Layer int
}

// The types of observables.
const (
	TypeURL    = "url"
	TypeDomain = "domain"
	TypeIP     = "ip"
	TypeEmail  = "email"
	TypeHash   = "hash"
)

// The roles of observables.
const (
	RoleSender     = "sender"
	RoleReplyTo    = "reply_to"
	RoleLink       = "link"
	RoleBody       = "body"
	RoleAttachment = "attachment"
	RoleHop        = "hop"
	// RoleRedirect is what a link names for another site to lead on to.
	RoleRedirect = "redirect"
)

// finding is something found in text.
type finding struct{ kind, value, where string }

// find keeps a finding.
func (m *Message) find(f finding) {
	if len(m.findings) < m.lim.Observables && !m.sawBefore(f.kind+"\x00"+f.value) {
		m.findings = append(m.findings, f)
	}
}

// collector collects observables, each once, up to a limit.
type collector struct {
	list  []Observable
	seen  map[string]bool
	limit int
	layer int
	more  bool
	// otherTypes asks for what look-ups do not know, and nothing else.
	otherTypes bool
}

// add keeps an observable that is new.
func (c *collector) add(kind, value, role, where string) {
	key := kind + " " + value
	if value == "" || c.seen[key] {
		return
	}
	if len(c.list) >= c.limit {
		c.more = true
		return
	}
	c.seen[key] = true
	c.list = append(c.list, Observable{Type: kind, Value: value, Role: role, Where: clip(where, 200), Layer: c.layer})
}

// Observables returns what can be looked up: of the reported mail first, then of
// the mails around and beside it, so that attaching a harmless mail hides
// nothing. Of the mail that only carries a report, its sender and its way are
// left out. Each value is listed once, where it stood first.
func (m *Message) Observables() []Observable { return m.Read(Organisation{}).Observables() }

// Observables is [Message.Observables] as an organisation reads the mail.
func (r Reading) Observables() []Observable {
	list, _ := r.observables()
	return list
}

// observables also tells whether there were more than the limit.
func (r Reading) observables() (list []Observable, more bool) {
	c := &collector{seen: map[string]bool{}, limit: r.outer.lim.Observables}
	c.layer = r.mail.layer(r.outer)
	c.message(r.mail, true)
	c.others(r.outer, r.mail, 0)
	return c.list, c.more
}

// layer counts the mails between m and the outermost.
func (m *Message) layer(outermost *Message) int {
	n := 0
	for m != outermost && m.Parent != nil {
		n++
		m = m.Parent
	}
	return n
}

// others collects from all mails but the reported one, outer ones first.
func (c *collector) others(m, reported *Message, layer int) {
	if m != reported {
		c.layer = layer
		c.message(m, layer > 0)
	}
	for _, a := range m.Attached {
		c.others(a, reported, layer+1)
	}
}

// message collects from one mail.
func (c *collector) message(m *Message, origin bool) {
	if c.otherTypes {
		for _, f := range m.others {
			c.add(f.kind, f.value, RoleBody, f.where)
		}
		return
	}
	if origin {
		c.senders(m)
	}
	for _, l := range m.Links {
		c.link(l)
	}
	for _, f := range m.findings {
		c.add(f.kind, f.value, RoleBody, f.where)
	}
	for _, a := range m.Attachments {
		if len(a.Content) > 0 && !(a.Inline && strings.HasPrefix(a.SniffedType, "image/")) {
			c.add(TypeHash, a.SHA256, RoleAttachment, "attachment "+a.Name)
		}
		c.insideHashes(a)
	}
	if !origin {
		return
	}
	for _, h := range m.Hops {
		c.address(h.IP, "header Received")
	}
	for _, name := range []string{"X-Originating-IP", "X-Sender-IP", "X-Client-IP"} {
		if ip, err := netip.ParseAddr(strings.Trim(clip(m.Header.First(name), 100), "[] ")); err == nil {
			c.address(ip, "header "+name)
		}
	}
}

// senders collects who the mail says it is from.
func (c *collector) senders(m *Message) {
	lists := []struct {
		list        []Address
		role, where string
	}{
		{m.From, RoleSender, "header From"}, {m.Sender, RoleSender, "header Sender"},
		{[]Address{m.ReturnPath}, RoleSender, "header Return-Path"}, {m.ReplyTo, RoleReplyTo, "header Reply-To"},
	}
	for _, l := range lists {
		for _, a := range l.list {
			if strings.Contains(a.Domain, ".") {
				c.add(TypeEmail, a.Address, l.role, l.where)
				c.add(TypeDomain, a.Domain, l.role, l.where)
			}
		}
	}
}

// link collects what a link leads to.
func (c *collector) link(l Link) {
	if l.Scheme == "mailto" {
		to, _, _ := strings.Cut(unescapePercent(l.Raw), "?")
		address, domain := publicAddress(to)
		c.add(TypeEmail, address, RoleLink, l.Where)
		c.add(TypeDomain, domain, RoleLink, l.Where)
		return
	}
	if l.URL == "" {
		return
	}
	c.url(webURL{canonical: l.URL, host: l.host}, RoleLink, l.Where, !l.atService())
	if target, ok := l.redirectTarget(); ok {
		c.url(target, RoleRedirect, l.Where, true)
	}
}

// url collects a URL, and its host where that says something about it.
func (c *collector) url(u webURL, role, where string, withHost bool) {
	c.add(TypeURL, u.canonical, role, where)
	switch {
	case !withHost:
	case u.host.ip.IsValid():
		c.add(TypeIP, u.host.ip.String(), role, where)
	case strings.Contains(u.host.name, "."):
		c.add(TypeDomain, u.host.name, role, where)
	}
}

// address collects an address that the mail came from, if the world can know it.
func (c *collector) address(ip netip.Addr, where string) {
	ip = ip.Unmap().WithZone("")
	if public(ip) {
		c.add(TypeIP, ip.String(), RoleHop, where)
	}
}

// public reports whether the world can know an address.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsValid() && ip.IsGlobalUnicast() && !ip.IsPrivate() && !sharedSpace().Contains(ip)
}

// sharedSpace is what carriers use inside their networks (RFC 6598).
func sharedSpace() netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)
}
