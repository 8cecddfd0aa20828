package indicator

import (
	"net/netip"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
	"github.com/harrier-soar/harrier/internal/hostname"
)

// question is a value to look up.
type question struct {
	kind  kind
	value string
}

// questions are the values of an observable under which indicators, and entries
// of lists, may know it: itself, the names above a name, and the host of a link
// or a mail address. Addresses are asked about in networks beside that.
func questions(o harrier.Observable) (list []question, address netip.Addr) {
	k := kindOf(o.Type)
	value := o.Value
	switch k {
	case kindIP:
		if a, err := netip.ParseAddr(value); err == nil {
			address = a.Unmap().WithZone("")
			value = address.String()
		}
		return []question{{kindIP, value}}, address
	case kindDomain:
		return hostQuestions(value)
	case kindURL:
		spelled, ok := feed.SpellURL(value)
		if !ok {
			return nil, address
		}
		host, _ := feed.URLHost(spelled)
		list, address = hostQuestions(host)
		return append(list, question{kindURL, schemeless(spelled)}), address
	case kindEmail:
		value = strings.ToLower(value)
		list, address = hostQuestions(value[strings.LastIndexByte(value, '@')+1:])
		return append(list, question{kindEmail, value}), address
	case kindCIDR, kindHash, kindFileName, kindFilePath, kindRegistryKey, kindUserAgent, kindCVE, kindOther, kindBelow:
	}
	return []question{{k, keyText(k, value)}}, address
}

// mostLabels bounds how many names above a name are asked about.
const mostLabels = 12

// hostQuestions are those about a name, with the names above it that somebody
// can register, or about an address.
func hostQuestions(host string) (list []question, address netip.Addr) {
	if a, err := netip.ParseAddr(host); err == nil {
		address = a.Unmap().WithZone("")
		return []question{{kindIP, address.String()}}, address
	}
	name, ok := hostname.ASCII(strings.TrimSuffix(host, "."))
	if !ok || name == "" {
		return nil, address
	}
	suffix, _ := hostname.Suffix(name)
	list = append(list, question{kindDomain, name}, question{kindBelow, name})
	for range mostLabels {
		i := strings.IndexByte(name, '.')
		if i < 0 || len(name)-i-1 <= len(suffix) {
			break
		}
		name = name[i+1:]
		list = append(list, question{kindDomain, name}, question{kindBelow, name})
	}
	return list, address
}

// schemeless is a link without its scheme where that is of the web: what serves
// malware by http serves it by https.
func schemeless(url string) string {
	if rest, ok := strings.CutPrefix(url, "https"); ok {
		return rest
	}
	return strings.TrimPrefix(url, "http")
}

// keyText is the text under which a value of a kind is kept.
func keyText(k kind, value string) string {
	switch k {
	case kindURL:
		if spelled, ok := feed.SpellURL(value); ok {
			return schemeless(spelled)
		}
	case kindDomain, kindBelow, kindEmail, kindHash, kindFileName, kindFilePath, kindRegistryKey:
		return strings.ToLower(value)
	case kindIP, kindCIDR, kindUserAgent, kindCVE, kindOther:
	}
	return value
}

// lookUp calls f with every entry that knows an observable of a tenant.
func (t *table) lookUp(tenant harrier.TenantID, o harrier.Observable, f func(entry)) {
	list, address := questions(o)
	for _, q := range list {
		t.find(t.hash(tenant, q.kind, q.value), f)
	}
	if address.IsValid() {
		t.networks(address, func(p netip.Prefix) { t.find(t.hash(tenant, kindCIDR, p.String()), f) })
	}
}
