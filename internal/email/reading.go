package email

import (
	"strings"

	"github.com/harrier-soar/harrier/internal/hostname"
	"github.com/harrier-soar/harrier/internal/organisation"
)

// Reading is a mail as an [Organisation] reads it: which of the mails in it is
// the reported one, and how much of what it says can be believed.
type Reading struct {
	outer *Message
	// mail is the reported one.
	mail *Message
	org  Organisation
	own  string // the organisation of both reporter and recipient, where OwnDomains are not known
}

// Read looks at a mail with what is known about those who got it.
func (m *Message) Read(by Organisation) Reading {
	r := Reading{outer: m, mail: m, org: by}
	if by.Original {
		return r
	}
	if len(by.OwnDomains) == 0 {
		r.own = m.insiders()
	}
	for {
		next := r.inside(r.mail)
		if next == nil {
			return r
		}
		r.mail = next
	}
}

// Mail returns the mail that is judged.
func (r Reading) Mail() *Message { return r.mail }

// inside returns the original that a mail reports or hands on, or nil.
func (r Reading) inside(m *Message) *Message {
	if len(m.Attached) > 0 {
		return m.Attached[0]
	}
	if r.handsOn(m) {
		return m.Quoted
	}
	return nil
}

// handsOn reports whether the quoted mail is a forward by one of our own. Of
// anybody else the quote is part of the trick: fraud loves forged threads.
func (r Reading) handsOn(m *Message) bool {
	if m.Quoted == nil || len(m.From) != 1 || !r.isOwn(m.From[0].Domain) {
		return false
	}
	q := m.Quoted.quote
	switch {
	case !q.explicit && replyPrefix(m.Subject):
		return false
	case m != r.outer && !q.explicit && !forwardPrefix(m.Subject):
		return false
	case m.HeadersLost: // nobody vouches for this layer; it was handed on by one who is ours
		return true
	}
	return r.mayBeOurs(m)
}

// isOwn reports whether a sender's domain is ours.
func (r Reading) isOwn(domain string) bool {
	if len(r.org.OwnDomains) > 0 {
		return r.org.owns(domain)
	}
	return domain != "" && hostname.Registered(domain) == r.own
}

// mayBeOurs reports whether nothing says that the sender is forged. The mail
// of a stranger inside of a report needs proof.
func (r Reading) mayBeOurs(m *Message) bool {
	a := r.authentication(m)
	if m != r.outer {
		return a.Aligned
	}
	return a.Aligned || a.DMARC != "fail" && a.SPF != "fail" && a.CompAuth != "fail"
}

// insiders returns the organisation that both wrote a mail and got it, or "".
func (m *Message) insiders() string {
	if len(m.From) != 1 || !strings.Contains(m.From[0].Domain, ".") || organisation.FreemailProvider(m.From[0].Domain) {
		return ""
	}
	ours := hostname.Registered(m.From[0].Domain)
	for _, list := range [][]Address{m.To, m.Cc} {
		for _, to := range list {
			if to.Domain != "" && hostname.Registered(to.Domain) == ours {
				return ours
			}
		}
	}
	return ""
}
