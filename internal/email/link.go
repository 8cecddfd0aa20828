package email

import (
	"strings"

	"github.com/harrier-soar/harrier/internal/hostname"
	"github.com/harrier-soar/harrier/internal/observable"
)

// Link is something in a mail that leads, or loads, from elsewhere.
type Link struct {
	// Raw is what the mail says, URL what a browser makes of it: absolute, in
	// ASCII; empty where it has no host, as javascript: has none. Of a link that
	// a gateway rewrote, both are what it was before.
	Raw, URL string
	// Layers are what the link was wrapped in, the outermost first.
	Layers []observable.Layer
	// Scheme is in lower case. Host is a name in ASCII or an IP address.
	Scheme, Host string
	// Where says where it stands, as in "html a href" or "text body".
	Where string
	// Text is what is shown for it.
	Text string
	// TextHost is the host that Text shows, where that belongs to another
	// organisation than Host.
	TextHost string
	// Userinfo tells that there is a user name before the host, as in
	// https://bank.example@evil.example/, which misleads readers.
	Userinfo bool

	host host
}

// findLinks finds the links of a mail, in bodies first, then in attachments.
func (p *parser) findLinks(m *Message, where string) {
	if m.HTML != "" {
		f := &linkFinder{p: p, m: m, where: "html", number: where}
		f.visible.Grow(len(m.HTML) / 4) // growing piece by piece costs several times the text
		f.outside.Grow(len(m.HTML) / 4)
		f.html(m.HTML)
		m.VisibleText = tidy(f.visible.String())
		f.text(f.outside.String(), "html text")
	}
	if m.Text != "" {
		f := &linkFinder{p: p, m: m, number: where}
		f.text(m.Text, "text body")
	}
	for _, s := range m.spare {
		f := &linkFinder{p: p, m: m, where: s.where, number: where}
		if s.isHTML {
			f.html(s.text)
			f.text(f.outside.String(), s.where)
			continue
		}
		f.text(s.text, s.where)
	}
	p.insideLinks(m, where)
}

// addLink completes a link of which Raw, Where and Text are known, and keeps it,
// once for each place and text.
func (p *parser) addLink(m *Message, l Link, base, number string) {
	const longest = 16 << 10
	l.Raw = strings.TrimSpace(l.Raw)
	if l.Raw == "" || strings.HasPrefix(l.Raw, "#") {
		return
	}
	if len(l.Raw) > longest && !strings.EqualFold(l.Raw[:5], "data:") {
		p.warn(m, WarnLink, number, "a link is longer than the limit; its end was left out: "+clip(oneLine(l.Raw[:longest]), 200))
	}
	l.Raw = clip(l.Raw, longest)
	if m.sawBefore(l.Where + "\x00" + l.Raw + "\x00" + l.Text) {
		return
	}
	if p.links >= p.lim.Links {
		p.warn(m, WarnTooMany, number, "the mail has more links than the limit; the rest was left out")
		return
	}
	p.links++
	u, ok := parseURL(resolve(l.Raw, base))
	l.Scheme = u.scheme
	if ok {
		l.URL, l.Host, l.host, l.Userinfo = u.canonical, u.host.name, u.host, u.userinfo
		l.unwrap()
	} else if u.scheme == "http" || u.scheme == "https" {
		p.warn(m, WarnLink, number, "a link has no usable host: "+clip(oneLine(l.Raw), 200))
	}
	if shown := hostInText(l.Text); ok && shown != "" && hostname.Registered(shown) != hostname.Registered(l.Host) {
		l.TextHost = shown
	}
	m.Links = append(m.Links, l)
}

// sawBefore remembers keys of what was found while parsing. When it remembers
// as much as any mail may hold it says that everything is new.
func (m *Message) sawBefore(key string) bool {
	if m.seen[key] {
		return true
	}
	if m.seen == nil {
		m.seen = map[string]bool{}
	}
	if len(m.seen) < m.lim.Links+m.lim.Observables {
		m.seen[key] = true
	}
	return false
}

// hostInText returns the host that a link's text pretends to lead to, or "".
func hostInText(text string) string {
	shown := ""
	scanText(clip(text, 512), func(kind textKind, value string) bool {
		switch kind {
		case textURL:
			if u, ok := parseURL(value); ok {
				shown = u.host.name
			}
		case textDomain:
			if h, ok := parseHost(value); ok {
				shown = h.name
			}
		case textEmail:
		}
		return shown == ""
	})
	return shown
}
