package lab

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// Knowledge is what the world thinks of one observable.
type Knowledge struct {
	// Type is ip, domain, url or file.
	Type  string `json:"type"`
	Value string `json:"value"`
	// Verdict is malicious, suspicious, benign or unknown.
	Verdict string `json:"verdict"`
	// Family is the malware that it belongs to, for those who tell.
	Family string `json:"family,omitempty"`
	// Seen is when it was last seen; two hours ago where it is zero. A link that
	// was not seen for two days is offline.
	Seen time.Time `json:"seen,omitzero"`
	// Vendors are those who know this; all who have opinions where it is empty.
	// Two items for one value make vendors disagree.
	Vendors []string `json:"vendors,omitempty"`
}

// opinion is what a vendor knows about one thing.
type opinion struct {
	// Verdict is malicious, suspicious, benign or unknown.
	Verdict string    `json:"verdict"`
	Family  string    `json:"family,omitempty"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
}

// online reports whether a thing was seen lately.
func (o opinion) online(now time.Time) bool { return now.Sub(o.Last) < 48*time.Hour }

// bad reports whether the opinion is one that lists of bad things hold.
func (o opinion) bad() bool { return o.Verdict == "malicious" || o.Verdict == "suspicious" }

// opinionated lists the vendors that have opinions.
func opinionated() []string {
	return []string{virustotalName, urlhausName, threatfoxName, abuseipdbName, urlscanName, capeName}
}

// The types of knowledge.
const (
	ipKind     = "ip"
	domainKind = "domain"
	urlKind    = "url"
	fileKind   = "file"
)

// knowledgeTable holds what a vendor knows about things of a type. Links are
// kept in their canonical form.
func knowledgeTable(vendor, kind string) string { return vendor + "/" + kind + "s" }

// known returns what a vendor knows about one thing.
func (l *Lab) known(vendor, kind, value string) (o opinion, ok bool) {
	l.world.view(func(e *edit) { o, ok = load[opinion](e, knowledgeTable(vendor, kind), value) })
	return o, ok
}

// fact is knowledge where the vendors keep it.
type fact struct {
	kind, value string
	vendors     []string
	opinion     opinion
}

// knowledge returns everything that the world knows in the scenario. What is
// said explicitly comes last and so wins.
func (s Scenario) knowledge(now time.Time) ([]fact, error) {
	var all []Knowledge
	if r := s.Reported; r != nil {
		all = r.knowledge()
	}
	var out []fact
	for _, k := range append(all, s.Intel...) {
		f, err := k.fact(now)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// learn tells the vendors what they know.
func (e *edit) learn(facts []fact) {
	for _, f := range facts {
		for _, vendor := range f.vendors {
			e.put(knowledgeTable(vendor, f.kind), f.value, f.opinion)
		}
	}
}

// knowledge returns what the verdicts of the mail mean for what is in it.
func (r Reported) knowledge() []Knowledge {
	var out []Knowledge
	add := func(kind, value, verdict string) {
		if value != "" && verdict != "" {
			out = append(out, Knowledge{Type: kind, Value: value, Verdict: verdict, Family: r.Family})
		}
	}
	for _, link := range r.Links {
		add(urlKind, link, r.Verdict)
		u, err := url.Parse(link)
		if err != nil {
			continue
		}
		if _, err := netip.ParseAddr(u.Hostname()); err == nil {
			add(ipKind, u.Hostname(), r.Verdict)
			continue
		}
		add(domainKind, u.Hostname(), r.Verdict)
	}
	for _, f := range r.Attachments {
		add(fileKind, f.SHA256, r.Verdict)
	}
	_, domain, _ := strings.Cut(r.From, "@")
	if !slices.ContainsFunc(out, func(k Knowledge) bool { return k.Type == domainKind && k.Value == domain }) {
		add(domainKind, domain, r.SenderVerdict)
	}
	add(ipKind, r.IP, r.SenderVerdict)
	return out
}

// fact checks the knowledge and says where the vendors keep it.
func (k Knowledge) fact(now time.Time) (fact, error) {
	if !slices.Contains(schema.Verdicts(), k.Verdict) {
		return fact{}, harrier.Errorf(harrier.Invalid, "%q is not a verdict; there are %v", k.Verdict, schema.Verdicts())
	}
	for _, vendor := range k.Vendors {
		if !slices.Contains(opinionated(), vendor) {
			return fact{}, harrier.Errorf(harrier.Invalid, "%q is no vendor that has opinions; there are %v", vendor, opinionated())
		}
	}
	value, err := k.canonical()
	if err != nil {
		return fact{}, err
	}
	seen := k.Seen
	if seen.IsZero() {
		seen = now.Add(-2 * time.Hour)
	}
	f := fact{kind: k.Type, value: value, vendors: k.Vendors}
	f.opinion = opinion{Verdict: k.Verdict, Family: k.Family, First: seen.Add(-94 * time.Hour), Last: seen}
	if len(f.vendors) == 0 {
		f.vendors = opinionated()
	}
	return f, nil
}

// canonical returns the one spelling of the value.
func (k Knowledge) canonical() (string, error) {
	value := fold(k.Value)
	var ok bool
	switch k.Type {
	case ipKind:
		a, err := netip.ParseAddr(value)
		value, ok = a.String(), err == nil
	case domainKind:
		ok = value != ""
	case urlKind:
		value, ok = canonicalURL(k.Value)
	case fileKind:
		ok = hashForm.MatchString(value)
	default:
		return "", harrier.Errorf(harrier.Invalid, "%q is not a type of knowledge; there are ip, domain, url and file", k.Type)
	}
	if !ok {
		return "", harrier.Errorf(harrier.Invalid, "%q is not a value of type %s", k.Value, k.Type)
	}
	return value, nil
}
