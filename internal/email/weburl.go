package email

import (
	"net/url"
	"strconv"
	"strings"
)

// webURL is a URL as a browser would open it.
type webURL struct {
	scheme string // lower case; empty for a relative reference
	// canonical is absolute ASCII that every URL parser reads alike: scheme and
	// host in lower case, default port left out, everything else kept, with
	// escapes where characters must not stand. Empty without a host.
	canonical string
	host      host
	userinfo  bool
}

// lineEnds are what browsers leave out of URLs.
var lineEnds = strings.NewReplacer("\t", "", "\n", "", "\r", "")

// parseURL reads a URL as browsers do (URL Standard §4): white space inside is
// ignored, backslashes are slashes, any number of slashes follows the colon.
func parseURL(raw string) (webURL, bool) {
	raw = strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\u200b' || r == '\ufeff' })
	raw = lineEnds.Replace(raw)
	scheme, rest, ok := cutScheme(raw)
	if !ok {
		return webURL{}, false
	}
	u := webURL{scheme: scheme}
	port := ""
	switch scheme {
	case "http":
		port = "80"
	case "https":
		port = "443"
	case "ftp":
		port = "21"
	case "ws", "wss":
	default:
		return u, false
	}
	rest = strings.TrimLeft(rest, `/\`)
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		end = len(rest)
	}
	authority, rest := rest[:end], rest[end:]
	return u.build(authority, rest, port)
}

// cutScheme cuts the scheme off.
func cutScheme(s string) (scheme, rest string, ok bool) {
	const longest = 30
	i := strings.IndexByte(s[:min(len(s), longest)], ':')
	if i <= 0 || !isAlnum(s[0]) || isDigit(s[0]) {
		return "", "", false
	}
	for j := range i {
		if c := s[j]; !isAlnum(c) && c != '+' && c != '-' && c != '.' {
			return "", "", false
		}
	}
	return strings.ToLower(s[:i]), s[i+1:], true
}

// build puts the canonical form together.
func (u webURL) build(authority, rest, defaultPort string) (webURL, bool) {
	var b strings.Builder
	b.WriteString(u.scheme + "://")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		escape(&b, authority[:at], "-._~!$&'()*+,;=:")
		b.WriteByte('@')
		u.userinfo, authority = at > 0, authority[at+1:]
	}
	name, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && i > strings.LastIndexByte(authority, ']') {
		name, port = authority[:i], authority[i+1:]
	}
	var ok bool
	if u.host, ok = parseHost(name); !ok {
		return u, false
	}
	if u.host.ip.IsValid() && strings.Contains(u.host.name, ":") {
		b.WriteString("[" + u.host.name + "]")
	} else {
		b.WriteString(u.host.name)
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return u, false
		}
		if number := strconv.FormatUint(n, 10); number != defaultPort {
			b.WriteString(":" + number)
		}
	}
	path, fragment, hasFragment := strings.Cut(rest, "#")
	path, query, hasQuery := strings.Cut(path, "?")
	if path == "" {
		path = "/"
	}
	escape(&b, strings.ReplaceAll(path, `\`, "/"), "-._~!$&'()*+,;=:@/[]|")
	if hasQuery {
		b.WriteByte('?')
		escape(&b, query, "-._~!$&'()*+,;=:@/?[]|{}^`\\")
	}
	if hasFragment {
		b.WriteByte('#')
		escape(&b, fragment, "-._~!$&'()*+,;=:@/?[]|#")
	}
	u.canonical = b.String()
	return u, true
}

// escape writes s with percent escapes for all but letters, digits, escapes and
// the characters of keep.
func escape(b *strings.Builder, s, keep string) {
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		c := s[i]
		_, escaped := hexByte(s[i+1:])
		if isAlnum(c) || strings.IndexByte(keep, c) >= 0 || c == '%' && escaped {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
}

// resolve returns a reference as it stands in a page whose base is given. Mail
// programs take references that start like a host for one.
func resolve(raw, base string) string {
	raw = strings.TrimSpace(raw)
	if _, _, ok := cutScheme(raw); ok && !portFollows(raw) {
		return raw
	}
	if strings.HasPrefix(raw, "//") || strings.HasPrefix(raw, `\\`) {
		return "http:" + raw
	}
	first := raw
	if i := strings.IndexAny(raw, `/\?#:`); i >= 0 {
		first = raw[:i]
	}
	if base == "" {
		if strings.HasPrefix(strings.ToLower(first), "www.") || knownDomain(first) {
			return "http://" + raw
		}
		return raw
	}
	root, err := url.Parse(base)
	if err != nil {
		return raw
	}
	var b strings.Builder
	escape(&b, strings.ReplaceAll(raw, `\`, "/"), "-._~!$&'()*+,;=:@/?[]|#")
	ref, err := url.Parse(b.String())
	if err != nil {
		return raw
	}
	return root.ResolveReference(ref).String()
}

// portFollows reports whether what looks like a scheme is a host: example.com:8080.
func portFollows(raw string) bool {
	i := strings.IndexByte(raw, ':')
	return strings.Contains(raw[:i], ".") && i+1 < len(raw) && isDigit(raw[i+1])
}
