package email

import (
	"net/netip"
	"strings"

	"github.com/harrier-soar/harrier/internal/observable"
)

// textKind is the kind of a thing found in text.
type textKind int

// What is found in text.
const (
	textURL textKind = iota
	textDomain
	textEmail
)

// text keeps what mail programs make links of in text, and what else can be
// looked up. What people wrote so that it is no link ("hxxp://evil[.]example")
// leads nowhere: it is found, but no link of the mail. Only in an original that
// was handed on as text it was one, before the reporter's program wrote it so.
func (f *linkFinder) text(text, where string) {
	found, _ := observable.Extract(text, observable.Options{Bytes: len(text), Limit: f.m.lim.Observables + f.m.lim.Links})
	handedOn := f.m.HeadersLost || f.m.quote.pasted
	linked := false // the URL before was a link, which keeps its host
	for _, one := range found {
		switch {
		case one.Type == observable.URL:
			if linked = linkable(one, handedOn); linked {
				f.p.addLink(f.m, Link{Raw: one.Value, Where: where}, "", f.number)
			} else if u, ok := parseURL(one.Value); ok {
				f.m.find(finding{kind: TypeURL, value: u.canonical, where: where})
			}
		case one.Type == observable.Domain:
			switch {
			case one.Part == observable.PartNone && !one.Defanged && strings.HasPrefix(one.Value, "www."):
				f.p.addLink(f.m, Link{Raw: "http://" + one.Value, Where: where}, "", f.number)
			case one.Part == observable.PartNone || one.Part == observable.PartHost && !linked:
				f.m.find(finding{kind: TypeDomain, value: one.Value, where: where})
			}
		default:
			if one.Part != observable.PartURL && (one.Part != observable.PartHost || !linked) {
				f.m.findOther(one, where)
			}
		}
	}
}

// linkable reports whether mail programs make a link of a URL in text.
func linkable(one observable.Found, defanged bool) bool {
	scheme, rest, _ := strings.Cut(one.Value, "://")
	switch scheme {
	case "http", "https", "ftp":
		written := strings.Contains(one.Raw, "//") || rest == "" || !isDigit(rest[0])
		return (defanged || !one.Defanged) && written
	}
	return false
}

// findOther keeps what is neither a URL nor a domain.
func (m *Message) findOther(one observable.Found, where string) {
	switch {
	case one.Type == observable.Email:
		if address, _ := publicAddress(one.Value); address != "" {
			m.find(finding{kind: TypeEmail, value: address, where: where})
		}
	case one.Type == observable.IPv4 || one.Type == observable.IPv6:
		if ip, err := netip.ParseAddr(one.Value); err == nil && public(ip) {
			m.find(finding{kind: TypeIP, value: ip.Unmap().String(), where: where})
		}
	case one.Type == observable.MD5 || one.Type == observable.SHA1 || one.Type == observable.SHA256:
		m.find(finding{kind: TypeHash, value: one.Value, where: where})
	default:
		const longest = 1000
		kind := string(one.Type)
		if len(m.others) < m.lim.Observables && len(one.Value) <= longest && !m.sawBefore(kind+"\x00"+one.Value) {
			m.others = append(m.others, finding{kind: kind, value: one.Value, where: where})
		}
	}
}

// scanText calls found for each URL, domain and address in text, refanged,
// until it returns false.
func scanText(text string, found func(kind textKind, value string) bool) {
	list, _ := observable.Extract(text, observable.Options{Limit: 1000})
	more := true
	for _, one := range list {
		switch {
		case one.Type == observable.URL:
			more = found(textURL, one.Value)
		case one.Type == observable.Domain && one.Part == observable.PartNone && strings.HasPrefix(one.Value, "www."):
			more = found(textURL, "http://"+one.Value)
		case one.Type == observable.Domain && one.Part == observable.PartNone:
			more = found(textDomain, one.Value)
		case one.Type == observable.Email && one.Part == observable.PartNone:
			more = found(textEmail, one.Value)
		}
		if !more {
			return
		}
	}
}
