package mapping

import (
	"net/url"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/hostname"
	"github.com/harrier-soar/harrier/internal/observable"
)

// observableTypes lists the types that a mapping may give to an observable.
func observableTypes() []string {
	return []string{"ip", "domain", "url", "hash", "email", "file_name", "file_path", "process", "user_agent", "registry_key", "cve"}
}

// spelling returns the one spelling of a value, or false where it is not of
// the type: what products put into a field is often something else.
func spelling(kind, text string) (string, bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 8192 || saysNothing(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return "", false
	}
	switch kind {
	case "ip":
		addr, ok := address(observable.Refang(text))
		return addr.String(), ok
	case "domain":
		name, ok := hostname.ASCII(strings.TrimSuffix(observable.Refang(text), "."))
		return name, ok && strings.Contains(name, ".") && !hostname.Numeric(name) && hostname.Valid(name)
	case "url":
		text = observable.Refang(text)
		u, err := url.Parse(text)
		if err != nil {
			return text, strings.Contains(text, "://") && !strings.ContainsAny(text, " \"<>")
		}
		return text, u.Scheme != "" && u.Host != ""
	case "hash":
		return hash(text)
	case "email":
		return mailAddress(observable.Refang(text))
	case "cve":
		text = strings.ToUpper(text)
		return text, strings.HasPrefix(text, "CVE-") && len(text) < 24
	case "file_name", "process":
		return text, len(text) <= 260
	}
	return text, true
}

// hash lower-cases a digest of a usual length that is not of nothing but one digit.
func hash(text string) (string, bool) {
	if _, digest, ok := strings.Cut(text, ":"); ok {
		text = digest // sha256:…
	}
	switch len(text) {
	case 32, 40, 56, 64, 96, 128:
	default:
		return "", false
	}
	text = strings.ToLower(text)
	return text, strings.Trim(text, "0123456789abcdef") == "" && strings.Trim(text, text[:1]) != ""
}

// mailAddress takes the address of "Name <name@domain>" and lower-cases its domain.
func mailAddress(text string) (string, bool) {
	if open := strings.LastIndexByte(text, '<'); open >= 0 {
		text, _, _ = strings.Cut(text[open+1:], ">")
	}
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(text, "mailto:"), "smtp:"))
	name, domain, ok := strings.Cut(text, "@")
	if !ok || name == "" || len(text) > 254 || strings.ContainsAny(text, " \t,;<>\"") || strings.Contains(domain, "@") {
		return "", false
	}
	domain = strings.ToLower(domain)
	return name + "@" + domain, hostname.Valid(domain)
}

// addObservable keeps an observable, once. Addresses that are only the
// organisation's own are entities instead: nobody outside knows something of them.
func addObservable(f *harrier.Finding, o harrier.Observable) {
	value, ok := spelling(o.Type, o.Value)
	if !ok || len(f.Observables) >= maxEntities {
		return
	}
	if o.Type == "ip" {
		if addr, _ := address(value); internal(addr) {
			addEntity(f, harrier.Entity{Type: harrier.AddressEntity, Role: ownRole(o.Role), Name: value}, "")
			return
		}
	}
	o.Value = value
	if slices.ContainsFunc(f.Observables, func(p harrier.Observable) bool { return p.Type == o.Type && p.Value == value }) {
		return
	}
	f.Observables = append(f.Observables, o)
}

// ownRole is the role of an address as an entity.
func ownRole(role string) string {
	switch role {
	case "source", "destination":
		return role
	}
	return "affected"
}

// extract finds observables in text that people or machines wrote.
func extract(f *harrier.Finding, text string) {
	found, _ := observable.Extract(text, observable.Options{Bytes: 64 << 10, Limit: 200})
	for _, one := range found {
		if one.Part == observable.PartEmail || one.Part == observable.PartURL {
			continue
		}
		if kind := kindOf(one.Type); kind != "" {
			addObservable(f, harrier.Observable{Type: kind, Value: one.Value, Role: "related"})
		}
	}
}

// kindOf is the type of a finding's observable for one found in text.
func kindOf(t observable.Type) string {
	switch t {
	case observable.IPv4, observable.IPv6:
		return "ip"
	case observable.URL, observable.Domain, observable.Email, observable.CVE, observable.FileName, observable.FilePath, observable.RegistryKey:
		return string(t)
	case observable.MD5, observable.SHA1, observable.SHA224, observable.SHA256, observable.SHA384, observable.SHA512:
		return "hash"
	case observable.CIDR, observable.XMPP, observable.Imphash, observable.Authentihash, observable.SSDEEP, observable.Technique, observable.Tactic,
		observable.Mitigation, observable.Group, observable.Software, observable.ASN, observable.MAC, observable.Bitcoin, observable.Monero,
		observable.Ethereum, observable.UserAgent, observable.GoogleAnalytics, observable.GoogleAdSense, observable.TLP:
	}
	return ""
}
