package verdict

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/organisation"
	"golang.org/x/net/publicsuffix"
)

// mail is what is read of the output of email.parse. Fields that an older
// version did not give are absent.
type mail struct {
	MessageID      string         `json:"message_id"`
	Subject        string         `json:"subject"`
	From           sender         `json:"from"`
	ReturnPath     string         `json:"return_path"`
	ReplyTo        []string       `json:"reply_to"`
	To             []string       `json:"to"`
	Cc             []string       `json:"cc"`
	ReportedBy     string         `json:"reported_by"`
	Authentication authentication `json:"authentication"`
	Hops           []hop          `json:"hops"`
	Links          []string       `json:"links"`
	LinkDomains    []string       `json:"link_domains"`
	LinkDetails    []linkDetail   `json:"link_details"`
	Attachments    []attachment   `json:"attachments"`
	Observables    []observable   `json:"observables"`
	Signals        []remark       `json:"signals"`
	Warnings       []remark       `json:"warnings"`
	Text           string         `json:"text"`
	BodySHA256     string         `json:"body_sha256"`
	Simulation     claim          `json:"simulation"`

	// roles are those of the observables, by key; see settleRoles.
	roles map[string]string
}

type sender struct {
	Address string `json:"address"`
	Domain  string `json:"domain"`
}

type authentication struct {
	Server     string `json:"server"`
	SPF        string `json:"spf"`
	DKIM       string `json:"dkim"`
	DMARC      string `json:"dmarc"`
	CompAuth   string `json:"compauth"`
	DKIMDomain string `json:"dkim_domain"`
	// Aligned and Trusted are nil where email.parse does not tell.
	Aligned *bool `json:"aligned"`
	Trusted *bool `json:"trusted"`
}

type hop struct {
	IP string `json:"ip"`
}

type linkDetail struct {
	URL      string `json:"url"`
	Stripped string `json:"stripped"`
	OneTime  flag   `json:"one_time"`
}

type attachment struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	SHA256    string `json:"sha256"`
	Inline    bool   `json:"inline"`
	Where     string `json:"where"`
	Macros    flag   `json:"macros"`
	Active    flag   `json:"active"`
	Encrypted flag   `json:"encrypted"`
}

type observable struct {
	Type  string `json:"type"`
	Value string `json:"value"`
	Role  string `json:"role"`
	Where string `json:"where"`
}

// remark is a signal or a warning.
type remark struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// flag is a fact that may not be known. Known ones are given as a boolean, or as
// a name or a list of what was found.
type flag struct{ known, set bool }

// UnmarshalJSON implements [json.Unmarshaler].
func (f *flag) UnmarshalJSON(text []byte) error {
	switch text = bytes.TrimSpace(text); string(text) {
	case "null", `"unknown"`, `""`:
		return nil
	case "false", "0", "[]", "{}", `"none"`, `"no"`:
		f.known = true
		return nil
	}
	f.known, f.set = true, true
	return nil
}

// claim is what a mail says of being a simulation: who sends it, where it says so.
type claim struct {
	known, made, proven bool
	vendor              string
}

// UnmarshalJSON implements [json.Unmarshaler].
func (c *claim) UnmarshalJSON(text []byte) error {
	var f flag
	if err := f.UnmarshalJSON(text); err != nil {
		return err
	}
	c.known, c.made = f.known, f.set
	var object struct {
		Vendor string `json:"vendor"`
		Proven bool   `json:"proven"`
	}
	if json.Unmarshal(text, &c.vendor) != nil && json.Unmarshal(text, &object) == nil {
		c.vendor, c.proven = object.Vendor, object.Proven
	}
	return nil
}

// read turns data into what is used of it. What does not fit is the playbook's
// mistake; name is that of the input.
func read(name string, data, into any) error {
	text, err := json.Marshal(data)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "%s is not what it should be: %s; give the output of the action that the help of %s names", name, err, name)
	}
	return nil
}

// aligned reports whether the authentication that was written proves the domain
// that people see, whoever wrote it.
func (m *mail) aligned() bool {
	a := m.Authentication
	if a.Aligned != nil {
		return *a.Aligned
	}
	switch {
	case a.CompAuth == "fail" || m.From.Domain == "":
		return false
	case a.DMARC == "pass" || a.DMARC == "bestguesspass": // the second is of a domain that publishes no policy
		return true
	case a.DMARC != "none" && a.DMARC != "unknown" && a.DMARC != "":
		return false
	case a.DKIM == "pass" && sameOwner(a.DKIMDomain, m.From.Domain):
		return true
	}
	return a.SPF == "pass" && sameOwner(domainOf(m.ReturnPath), m.From.Domain)
}

// trusted reports whether a server of ours wrote it. Where nobody said which are
// ours, it is not: what stands in a mail can be written by its sender.
func (m *mail) trusted(p *organisation.Profile) bool {
	if t := m.Authentication.Trusted; t != nil {
		return *t
	}
	return p.TrustedServer(m.Authentication.Server)
}

// failing reports whether a receiving server found that the visible sender is
// not the real one.
func (m *mail) failing() bool {
	bad := func(result string) bool { return slices.Contains([]string{"fail", "softfail", "permerror"}, result) }
	a := m.Authentication
	return !m.aligned() && (bad(a.DMARC) || bad(a.CompAuth) || bad(a.SPF) || bad(a.DKIM))
}

// origin is the address that our own server took the mail from: the topmost
// public one. Those below it may be made up.
func (m *mail) origin() netip.Addr {
	for _, h := range m.Hops {
		ip, err := netip.ParseAddr(h.IP)
		if ip = ip.Unmap(); err == nil && ip.IsGlobalUnicast() && !ip.IsPrivate() {
			return ip
		}
	}
	return netip.Addr{}
}

// settleRoles gives every observable the weightiest of its roles: what links
// lead to, or what is attached, may stand in other places first.
func (m *mail) settleRoles() {
	m.roles = map[string]string{}
	note := func(kind, value, role string) {
		key := keyOf(kind, value)
		if have, ok := m.roles[key]; !ok || roleFactor(role) > roleFactor(have) {
			m.roles[key] = role
		}
	}
	for _, o := range m.Observables {
		note(o.Type, o.Value, o.Role)
	}
	for _, l := range m.Links {
		note("url", l, roleLink)
	}
	for _, d := range m.LinkDomains {
		note("domain", d, roleLink)
	}
	for _, a := range m.Attachments {
		note("hash", a.SHA256, roleAttachment)
	}
	for i, o := range m.Observables {
		m.Observables[i].Role = m.roles[keyOf(o.Type, o.Value)]
	}
}

// role returns what an observable is to the mail.
func (m *mail) role(kind, value string) (role string, found bool) {
	role, found = m.roles[keyOf(kind, value)]
	return role, found
}

// domainOf returns the domain of an address.
func domainOf(address string) string {
	return organisation.ASCII(address[strings.LastIndexByte(address, '@')+1:])
}

// hostOf returns the host of a link; it takes what no browser would.
func hostOf(link string) string {
	_, rest, ok := strings.Cut(link, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if after, ok0 := strings.CutPrefix(rest, "["); ok0 {
		host, _, _ := strings.Cut(after, "]")
		return host
	}
	host, _, _ := strings.Cut(rest, ":")
	return organisation.ASCII(host)
}

// ownerOf returns the name that somebody registered.
func ownerOf(host string) string {
	if owner, err := publicsuffix.EffectiveTLDPlusOne(organisation.ASCII(host)); err == nil {
		return owner
	}
	return organisation.ASCII(host)
}

// sameOwner reports whether two names were registered as one.
func sameOwner(a, b string) bool { return a != "" && b != "" && ownerOf(a) == ownerOf(b) }
