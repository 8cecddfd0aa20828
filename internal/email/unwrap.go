package email

import (
	"strings"

	"github.com/harrier-soar/harrier/internal/observable"
)

// unwrap replaces a link that a gateway rewrote, or a redirector leads on, by
// where it leads, and notes the layers. What is said about the recipient in a
// rewritten link is not kept.
func (l *Link) unwrap() {
	final, layers := observable.Unwrap(l.URL)
	if len(layers) == 0 {
		return
	}
	if u, ok := parseURL(final); ok {
		if l.Layers = layers; final != l.URL {
			l.Raw = final
		}
		l.Scheme, l.URL, l.Host, l.host, l.Userinfo = u.scheme, u.canonical, u.host.name, u.host, u.userinfo
		return
	}
	layers[len(layers)-1].Undone, layers[len(layers)-1].Target = false, ""
	l.Layers = layers
	l.URL = withoutRecipient(l.URL)
	l.Raw = l.URL
}

// withoutRecipient removes the parameters of SafeLinks that name the recipient.
func withoutRecipient(url string) string {
	address, query, ok := strings.Cut(url, "?")
	if !ok {
		return url
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name := strings.ToLower(strings.TrimPrefix(pair, "amp;"))
		if !strings.HasPrefix(name, "data=") && !strings.HasPrefix(name, "sdata=") {
			kept = append(kept, pair)
		}
	}
	return address + "?" + strings.Join(kept, "&")
}

// atService reports whether the host is that of a service that rewrites links,
// which nobody should block: where the link leads is not known here.
func (l Link) atService() bool {
	last := len(l.Layers) - 1
	return last >= 0 && !l.Layers[last].Undone && l.Layers[last].Service != observable.ServiceOpenRedirect
}

// redirectTarget returns the URL that the link names for a site to lead on to.
func (l Link) redirectTarget() (webURL, bool) {
	last := len(l.Layers) - 1
	if last < 0 || l.Layers[last].Service != observable.ServiceOpenRedirect {
		return webURL{}, false
	}
	return parseURL(l.Layers[last].Target)
}
