package email

import (
	"strings"
)

// SharedLink is what others may be told of a link.
type SharedLink struct {
	// URL is the link in the one spelling, without what says who was written to.
	URL string
	// Host is where it leads: a name in ASCII, or an address.
	Host string
	// Personal says why even that is one reader's: whoever knows the link can act
	// in their name, or nobody else ever sees it. Empty where it is not.
	Personal string
}

// Share returns what others may be told of a link in a mail to recipients, or
// of one from elsewhere; ok is false where it is no link of the web.
func Share(link string, recipients []string) (SharedLink, bool) {
	u, ok := parseURL(link)
	if !ok || u.canonical == "" {
		return SharedLink{}, false
	}
	s := &stripper{digests: map[string]bool{}, locals: map[string]bool{}}
	for _, address := range recipients {
		s.add(address)
	}
	out := SharedLink{URL: s.strip(u.canonical), Host: u.host.name}
	out.Personal = Link{URL: out.URL, Scheme: u.scheme}.OneTime()
	if cut := strings.IndexAny(out.URL, "?#"); out.Personal == "" && cut >= 0 && hasToken(out.URL[cut:]) {
		out.Personal = "It holds what was made for one reader."
	}
	return out, true
}
