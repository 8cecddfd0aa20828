package observable

import (
	"encoding/base64"
	"html"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Layer is what stands around a URL: a service that rewrote it, or a redirector.
type Layer struct {
	// Service says whose it is, as "SafeLinks"; see the constants.
	Service string
	// Host is the service's; nothing about it is malicious.
	Host string
	// Target is what the layer leads to; empty where only the service knows, or
	// another layer follows.
	Target string
	// Undone tells that Target stands for the URL now.
	Undone bool
}

// The services that are known.
const (
	ServiceSafeLinks    = "SafeLinks"
	ServiceProofpoint   = "Proofpoint"
	ServiceBarracuda    = "Barracuda"
	ServiceCisco        = "Cisco"
	ServiceSophos       = "Sophos"
	ServiceMimecast     = "Mimecast"
	ServiceSymantec     = "Symantec"
	ServiceFireEye      = "FireEye"
	ServiceTrendMicro   = "Trend Micro"
	ServiceGoogle       = "Google"
	ServiceOpenRedirect = "open redirect"
)

// mostLayers bounds how often a URL is unwrapped.
const mostLayers = 5

// Unwrap undoes what gateways did to a URL, as often as they did, up to five
// times, and tells what they were, the outermost first. Where the last layer
// cannot be undone without asking the service, or is a redirect of a site that
// anybody can use, the URL stays as it is there and the layer says so. What the layers know about
// the recipient is not kept.
func Unwrap(url string) (final string, layers []Layer) {
	for len(layers) < mostLayers && len(url) <= longestURL {
		l, ok := unwrapOnce(url)
		if !ok {
			break
		}
		if n := len(layers); n > 0 {
			layers[n-1].Target = "" // it may tell who the recipient is
		}
		layers = append(layers, l)
		if !l.Undone {
			break
		}
		url = l.Target
	}
	return url, layers
}

// link is a URL cut into pieces, however broken they are.
type link struct{ host, path, query string }

// cutLink cuts a URL that may lack its scheme.
func cutLink(url string) (link, bool) {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || strings.ContainsAny(scheme, "/?#.") {
		scheme, rest = "https", url
	}
	if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return link{}, false
	}
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		return link{}, false
	}
	authority := rest[:end]
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	name, _, _ := strings.Cut(authority, ":")
	path, query, _ := strings.Cut(strings.ReplaceAll(rest[end:], "&amp;", "&"), "?")
	return link{host: strings.TrimSuffix(strings.ToLower(name), "."), path: path, query: query}, true
}

// param returns a parameter of the query, decoded once. Semicolons separate none.
func (l link) param(name string) string {
	for pair := range strings.SplitSeq(l.query, "&") {
		if key, value, _ := strings.Cut(pair, "="); strings.EqualFold(key, name) {
			return unescape(strings.ReplaceAll(value, "+", "%20"))
		}
	}
	return ""
}

// unwrapOnce undoes one layer.
func unwrapOnce(url string) (Layer, bool) {
	l, ok := cutLink(url)
	if !ok {
		return Layer{}, false
	}
	layer := Layer{Host: l.host}
	var target string
	if layer.Service, target = l.rewritten(); layer.Service == "" {
		target = l.redirect()
		if target == "" {
			return Layer{}, false
		}
		layer.Service, layer.Target = ServiceOpenRedirect, target
		return layer, true
	}
	if target, ok = absolute(target); ok && target != url {
		layer.Target, layer.Undone = target, true
	}
	return layer, true
}

// absolute completes a URL whose scheme is left out, and refuses what is none of the web.
func absolute(url string) (string, bool) {
	url = strings.TrimSpace(url)
	if url == "" || len(url) > longestURL {
		return "", false
	}
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		name, _, _ := strings.Cut(url, "/")
		h, ok := parseHost(strings.TrimRight(name, "?#"))
		return "http://" + url, ok && !strings.Contains(name, ":") && strings.Contains(h.name, ".")
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ftp":
		return url, strings.Trim(rest, "/") != ""
	}
	return "", false
}

// under reports whether a host is a name or below it.
func (l link) under(names ...string) bool {
	for _, name := range names {
		if l.host == name || strings.HasSuffix(l.host, "."+name) {
			return true
		}
	}
	return false
}

// rewritten returns which service wrote the link, and the target as it is in there.
func (l link) rewritten() (service, target string) {
	switch {
	case l.under("safelinks.protection.outlook.com", "safelinks.protection.office.net", "safelinks.office.net", "safelinks.protection.office365.us",
		"safelinks.protection.outlook.us", "safelinks.protection.office.us", "safelinks.protection.partner.outlook.cn"),
		l.under("statics.teams.cdn.office.net", "teams.cdn.office.net") && strings.Contains(l.path, "safelinks"):
		return ServiceSafeLinks, l.param("url")
	case l.under("urldefense.proofpoint.com", "urldefense.com", "urldefense.us"):
		return ServiceProofpoint, l.proofpoint()
	case l.under("linkprotect.cudasvc.com"):
		return ServiceBarracuda, l.param("a")
	case l.under("secure-web.cisco.com"):
		return ServiceCisco, unescape(l.path[strings.LastIndexByte(l.path, '/')+1:])
	case l.under("protection.sophos.com"):
		return ServiceSophos, fromBase64(l.param("u"))
	case l.under("mimecast.com", "mimecastprotect.com") && (strings.HasPrefix(l.path, "/s/") || strings.HasPrefix(l.path, "/r/")):
		return ServiceMimecast, ""
	case l.under("clicktime.symantec.com"):
		return ServiceSymantec, l.param("u")
	case l.under("protect.fireeye.com", "protect2.fireeye.com"):
		return ServiceFireEye, l.param("u")
	case l.under("trendmicro.com") && strings.HasPrefix(l.path, "/wis/clicktime/"):
		return ServiceTrendMicro, l.param("url")
	case l.path == "/url" && l.google():
		if target = l.param("q"); target == "" {
			target = l.param("url")
		}
		return ServiceGoogle, target
	}
	return "", ""
}

// google reports whether a host is Google's search in some country.
func (l link) google() bool {
	name, err := publicsuffix.EffectiveTLDPlusOne(l.host)
	return err == nil && strings.HasPrefix(name, "google.") && (l.host == name || l.host == "www."+name)
}

// fromBase64 reads Base64 of either alphabet, padded or not.
func fromBase64(s string) string {
	s = strings.NewReplacer("+", "-", "/", "_", " ", "-").Replace(strings.TrimRight(s, "="))
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(data)
}

// proofpoint returns the target of a link in one of the three forms.
func (l link) proofpoint() string {
	switch {
	case strings.HasPrefix(l.path, "/v1/"):
		return html.UnescapeString(l.param("u"))
	case strings.HasPrefix(l.path, "/v2/"):
		for pair := range strings.SplitSeq(l.query, "&") {
			if value, ok := strings.CutPrefix(pair, "u="); ok {
				return html.UnescapeString(unescape(strings.NewReplacer("-", "%", "_", "/").Replace(value)))
			}
		}
	case strings.HasPrefix(l.path, "/v3/__"):
		whole := l.path
		if l.query != "" {
			whole += "?" + l.query
		}
		return proofpoint3(whole[len("/v3/__"):])
	}
	return ""
}

// proofpoint3 undoes the third form: url__;replacements!…, where an asterisk
// stands for the next replacement, and two and a letter for as many bytes of
// them as the letter says.
func proofpoint3(s string) string {
	url, rest, ok := strings.Cut(s, "__;")
	if !ok {
		return ""
	}
	encoded, _, ok := strings.Cut(rest, "!")
	if !ok {
		return ""
	}
	replacements := []rune(fromBase64(encoded))
	var b strings.Builder
	spare := 0
	take := func(size int) {
		for len(replacements) > 0 {
			n := len(string(replacements[0]))
			if n > size {
				break
			}
			size -= n
			b.WriteRune(replacements[0])
			replacements = replacements[1:]
		}
		spare = size
	}
	for i := 0; i < len(url); i++ {
		switch {
		case url[i] != '*' || len(replacements) == 0:
			b.WriteByte(url[i])
		case i+2 < len(url) && url[i+1] == '*' && runLength(url[i+2]) > 0:
			take(runLength(url[i+2]) + spare)
			i += 2
		default:
			b.WriteRune(replacements[0])
			replacements = replacements[1:]
		}
	}
	return twoSlashes(b.String())
}

// runLength returns how many bytes a letter stands for, 0 for none.
func runLength(c byte) int {
	i := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", c)
	if i < 0 {
		return 0
	}
	return i + 2
}

// twoSlashes repairs https:/example.com.
func twoSlashes(url string) string {
	scheme, rest, ok := strings.Cut(url, ":/")
	if ok && rest != "" && rest[0] != '/' && !strings.ContainsAny(scheme, "/?.") {
		return scheme + "://" + rest
	}
	return url
}

// redirect returns the URL that a query names whole, as redirectors take it.
func (l link) redirect() string {
	for pair := range strings.SplitSeq(l.query, "&") {
		_, value, _ := strings.Cut(pair, "=")
		value = unescape(value)
		for _, scheme := range [...]string{"http://", "https://"} {
			if len(value) > len(scheme) && strings.EqualFold(value[:len(scheme)], scheme) {
				return value
			}
		}
	}
	return ""
}
