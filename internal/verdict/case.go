package verdict

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/organisation"
)

// evidence is all that is known about a mail.
type evidence struct {
	mail        mail
	intel       []lookup
	unanswered  []unanswered
	detonations []detonation
	// sent counts what our people wrote to the sender, to with.
	sent    int64
	with    string
	answers []answer
	// corresponded are domains with which there was correspondence lately.
	corresponded []string
	profile      organisation.Profile

	// index finds what was looked up by its key; stripped are the links of the
	// mail without what names its recipient.
	index    map[string]*lookup
	stripped map[string]string
}

// lookup is an output of intel.lookup.
type lookup struct {
	Type     string   `json:"type"`
	Value    string   `json:"value"`
	Sources  []source `json:"sources"`
	Answered int      `json:"answered"`
	Failed   int      `json:"failed"`
}

// statusFailed is the status of a source that did not answer.
const statusFailed = "failed"

// source is what one connection said.
type source struct {
	Connection  string `json:"connection"`
	Status      string `json:"status"`
	Verdict     string `json:"verdict"`
	Link        string `json:"link"`
	Error       string `json:"error"`
	Provider    string `json:"provider"`
	Reliability string `json:"reliability"`
}

// unanswered is a look-up that gave nothing. Key and Error are what a loop
// notes about an item that failed, with a key of the form type/value.
type unanswered struct {
	Type   string `json:"type"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
	Key    string `json:"key"`
	Error  struct {
		Text string `json:"text"`
	} `json:"error"`
}

// detonation is a file that was run, or a link that was opened, somewhere safe.
type detonation struct {
	Type   string `json:"type"`
	Value  string `json:"value"`
	Source string `json:"source"`
	Report report `json:"report"`
}

type report struct {
	Finished *bool  `json:"finished"`
	Verdict  string `json:"verdict"`
	Link     string `json:"link"`
	Family   string `json:"family"`
}

// answer is what a person says.
type answer struct {
	By      string `json:"by"`
	Role    string `json:"role"`
	Verdict string `json:"verdict"`
	Note    string `json:"note"`
}

// reporter is the role of somebody who only reported the mail: that it was
// reported is why it is looked at, and proves nothing.
const reporter = "reporter"

// readEvidence reads the inputs of an action.
func readEvidence(in map[string]any) (*evidence, error) {
	e := &evidence{}
	var correspondence struct {
		Sent int64 `json:"sent"`
	}
	var profile map[string]any
	for _, one := range []struct {
		name string
		into any
	}{
		{"mail", &e.mail}, {"intel", &e.intel}, {"unanswered", &e.unanswered}, {"detonations", &e.detonations},
		{"correspondence", &correspondence}, {"correspondence_with", &e.with}, {"answers", &e.answers}, {"known_domains", &e.corresponded}, {"organisation", &profile},
	} {
		if in[one.name] == nil {
			continue
		}
		if err := read(one.name, in[one.name], one.into); err != nil {
			return nil, err
		}
	}
	var err error
	e.sent = correspondence.Sent
	if e.profile, err = organisation.FromOutput(profile); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "%s; give the output of organisation.get", err)
	}
	for i := range e.unanswered {
		e.unanswered[i].complete()
	}
	e.intel = merged(e.intel)
	e.index = map[string]*lookup{}
	for i := range e.intel {
		e.index[keyOf(e.intel[i].Type, e.intel[i].Value)] = &e.intel[i]
	}
	e.mail.settleRoles()
	e.stripped = map[string]string{}
	for _, d := range e.mail.LinkDetails {
		if d.Stripped != "" {
			e.stripped[d.URL] = e.mail.strip(d.Stripped, &e.profile)
		}
	}
	for _, l := range e.mail.Links {
		if e.stripped[l] == "" {
			e.stripped[l] = e.mail.strip(l, &e.profile)
		}
	}
	return e, nil
}

// keyOf names an observable; only in links does case matter.
func keyOf(kind, value string) string {
	if kind = kindOf(kind); kind != "url" {
		value = strings.ToLower(value)
	}
	return kind + "/" + value
}

// merged returns one look-up for each observable, in order of their keys. Where
// a source was asked again, its newest answer counts, and a failure only where
// it never answered.
func merged(all []lookup) []lookup {
	by := map[string]*lookup{}
	for _, l := range all {
		l.Type = kindOf(l.Type)
		key := keyOf(l.Type, l.Value)
		if by[key] == nil {
			one := l
			one.Sources = nil
			one.Answered, one.Failed = 0, 0
			by[key] = &one
		}
		by[key].take(l)
	}
	out := make([]lookup, 0, len(by))
	for _, key := range slices.Sorted(maps.Keys(by)) {
		out = append(out, *by[key])
	}
	return out
}

// take adds what a later look-up of the same thing gave.
func (l *lookup) take(later lookup) {
	for _, s := range later.Sources {
		i := slices.IndexFunc(l.Sources, func(have source) bool { return have.Connection == s.Connection })
		switch {
		case i < 0:
			l.Sources = append(l.Sources, s)
		case s.Status != statusFailed:
			l.Sources[i] = s
		}
	}
	if len(later.Sources) == 0 {
		l.Answered, l.Failed = later.Answered, later.Failed
		return
	}
	l.Answered, l.Failed = 0, 0
	for _, s := range l.Sources {
		if s.Status == statusFailed {
			l.Failed++
		} else {
			l.Answered++
		}
	}
}

// complete takes what a loop noted apart.
func (u *unanswered) complete() {
	if u.Type == "" && u.Key != "" {
		u.Type, u.Value, _ = strings.Cut(u.Key, "/")
	}
	u.Type = kindOf(u.Type)
	u.Reason = cmp.Or(u.Reason, u.Error.Text, "it could not be looked up")
}

// kindOf gives the two names of one kind one name.
func kindOf(kind string) string {
	if kind == "file" {
		return "hash"
	}
	return kind
}

// known reports whether the organisation knows the sender, and how.
func (e *evidence) known() (how string, ok bool) {
	domain := e.mail.From.Domain
	switch {
	case e.profile.Own(domain):
		return domain + " is a domain of the organisation.", true
	case e.profile.Partner(domain):
		return domain + " is a domain of a partner.", true
	case e.sent == 0:
		return "", false
	case e.profile.Freemail(domain) && !strings.EqualFold(e.with, e.mail.From.Address):
		// Somebody's correspondence with everybody at such a domain is about others.
		return "", false
	}
	return "Our people wrote to " + cmp.Or(e.with, domain) + " before.", true
}

// proven reports whether the visible sender is the real one.
func (e *evidence) proven() bool { return e.mail.aligned() && e.mail.trusted(&e.profile) }
