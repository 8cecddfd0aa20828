package email

import (
	"strings"

	"github.com/harrier-soar/harrier/internal/hostname"
	"github.com/harrier-soar/harrier/internal/organisation"
)

// trickSignals says in whose name the mail may be written by somebody else.
func (r Reading) trickSignals(s *signals) {
	m, list := r.mail, r.imitable()
	for _, from := range m.From {
		if p, ok := r.org.impersonated(from); ok {
			s.add(SignalPerson, "The sender's name is that of %s, but the address %s is not theirs.", p.Name, from.Address)
		}
		if brand, ok := brandName(from, list); ok {
			s.add(SignalBrandName, "The sender's name shows the brand of %s, but the address is %s.", brand, from.Address)
		}
	}
	seen := map[string]bool{}
	check := func(code, what, domain string) {
		const most = 300
		if domain == "" || seen[domain] || len(seen) >= most {
			return
		}
		seen[domain] = true
		if target, how, ok := lookalike(domain, list); ok {
			s.add(code, "The %s %s looks like %s: %s.", what, domain, target, how)
		}
	}
	for _, a := range m.From {
		check(SignalLookalikeSender, "sender's domain", a.Domain)
	}
	for _, a := range m.ReplyTo {
		check(SignalLookalikeSender, "domain for answers", a.Domain)
	}
	for _, l := range m.Links {
		if !l.host.ip.IsValid() {
			check(SignalLookalikeLink, "host of a link", l.Host)
		}
	}
	r.replySignals(s)
	r.wordSignals(s)
}

// replySignals says what is striking about where answers go, and what the mail
// pretends to answer.
func (r Reading) replySignals(s *signals) {
	m := r.mail
	for _, to := range m.ReplyTo {
		if organisation.FreemailProvider(to.Domain) && len(m.From) > 0 && m.From[0].Domain != "" && !organisation.FreemailProvider(m.From[0].Domain) {
			s.add(SignalReplyFreemail, "Answers go to %s, where anybody can have an address.", to.Address)
		}
	}
	if !m.HeadersLost && replyPrefix(m.Subject) && m.Header.First("In-Reply-To") == "" && m.Header.First("References") == "" && m.Header.First("Thread-Index") == "" {
		s.add(SignalForgedReply, "The subject says that this is an answer, but nothing in the header says to what.")
	}
}

// wordSignals says whether a mail without anything to look up asks for what
// fraud asks for. Words alone prove nothing.
func (r Reading) wordSignals(s *signals) {
	m := r.mail
	if len(m.From) > 0 && r.isOwn(m.From[0].Domain) && r.mayBeOurs(m) && r.Authentication().Aligned {
		return
	}
	for _, a := range m.Attachments {
		if !a.Inline {
			return
		}
	}
	for _, l := range m.Links {
		if l.URL != "" && (len(m.From) == 0 || hostname.Registered(l.Host) != hostname.Registered(m.From[0].Domain)) {
			return
		}
	}
	if found := fraudWords(m.Subject + "\n" + firstOf(m.Text, m.VisibleText)); found != nil {
		s.add(SignalFraudWords, "It carries nothing but words, and they are about %s.", strings.Join(found, " and "))
	}
}
