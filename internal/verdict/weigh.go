package verdict

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sources weighs what the sources of intelligence said.
func (e *evidence) sources() []reason {
	var out []reason
	for _, l := range e.intel {
		role, inMail := e.mail.role(l.Type, l.Value)
		for _, s := range l.Sources {
			if s.Verdict == "" || s.Verdict == "unknown" || s.Status == statusFailed {
				continue
			}
			r := reason{
				kind: kindSource, source: s.Connection, provider: cmp.Or(s.Provider, s.Connection), link: s.Link,
				observable: l.Value, of: l.Type, role: cmp.Or(role, "related"),
			}
			grade := e.grade(s)
			r.text = fmt.Sprintf("%s calls %s %s (%s, reliability %s).", s.Connection, defang(l.Value), s.Verdict, place(role, inMail), grade)
			r.changes = s.Connection + " takes it back, or a person says that it is wrong."
			if s.Verdict == "benign" {
				// What is harmless about a mail is counted where it is needed: see against.
				r.weight, r.changes = -0.1*reliabilityFactor(grade), s.Connection+" comes to think otherwise."
				out = append(out, r)
				continue
			}
			if why := e.saysNothing(l); why != "" {
				r.kind, r.text = kindIgnored, strings.TrimSuffix(r.text, ".")+", which is not counted: "+why
				out = append(out, r)
				continue
			}
			r.weight = verdictFactor(s.Verdict) * reliabilityFactor(grade) * roleFactor(role) * (1 - disputed*e.harmless(l, r.provider))
			r.malicious = s.Verdict == "malicious"
			out = append(out, r)
		}
	}
	return out
}

// grade is how reliable a source is: as the organisation says, else as it came.
func (e *evidence) grade(s source) string {
	return cmp.Or(e.profile.Reliability[s.Connection], s.Reliability, "F")
}

// place says where an observable stands.
func place(role string, inMail bool) string {
	switch {
	case !inMail:
		return "found behind the mail"
	case role == roleHop:
		return "an address on the way"
	case role == roleLink:
		return "a link"
	case role == roleAttachment:
		return "an attachment"
	}
	return "in the " + strings.ReplaceAll(role, "_", " ")
}

// saysNothing tells why an opinion about an observable is none about the mail.
func (e *evidence) saysNothing(l lookup) string {
	domain := l.Value
	switch l.Type {
	case "email":
		if e.profile.Own(domainOf(l.Value)) {
			return "it is an address of the organisation itself."
		}
		return ""
	case "url":
		if e.profile.Own(hostOf(l.Value)) {
			return "it leads to the organisation itself; look at that page apart from this mail."
		}
		return ""
	case "domain":
	default:
		return ""
	}
	switch {
	case e.profile.Own(domain):
		return "it is a domain of the organisation itself; look at it apart from this mail."
	case e.profile.Freemail(domain):
		return "anybody gets an address in it."
	case e.profile.SharedHost(domain):
		return "strangers keep pages side by side under it."
	}
	return ""
}

// harmless is how reliable the best of the others is that calls the same thing benign.
func (e *evidence) harmless(l lookup, provider string) float64 {
	best := 0.0
	for _, s := range l.Sources {
		if s.Verdict == "benign" && cmp.Or(s.Provider, s.Connection) != provider {
			best = max(best, reliabilityFactor(e.grade(s)))
		}
	}
	return best
}

// signals weighs what is striking in the mail itself.
func (e *evidence) signals() []reason {
	var out []reason
	seen := map[string]bool{}
	for _, s := range e.mail.Signals {
		if !seen[s.Code+s.Text] {
			seen[s.Code+s.Text] = true
			out = append(out, reason{
				kind: kindSignal, source: "mail", text: s.Text, weight: signalWeight(s.Code), observable: s.Code,
				changes: "The sender proves to write like this.",
			})
		}
	}
	return out
}

// ran weighs what was seen when files ran and pages were opened.
func (e *evidence) ran() []reason {
	var out []reason
	for _, d := range e.detonations {
		r := reason{
			kind: kindDetonation, source: cmp.Or(d.Source, "sandbox"), provider: cmp.Or(d.Source, "sandbox"), link: d.Report.Link,
			observable: d.Value, of: kindOf(d.Type), role: map[bool]string{true: roleLink, false: roleAttachment}[d.Type == "url"],
			changes: "The sandbox is fooled, or a person reads the report otherwise.",
		}
		switch {
		case d.Report.Finished != nil && !*d.Report.Finished:
			continue
		case !e.carries(d):
			r.kind, r.text = kindIgnored, fmt.Sprintf("%s saw %s, which is not in this mail; it is not counted.", r.source, defang(d.Value))
		case d.Report.Verdict == "malicious" || d.Report.Verdict == "suspicious":
			r.weight, r.malicious = verdictFactor(d.Report.Verdict)*detonationWeighs, d.Report.Verdict == "malicious"
			r.text = fmt.Sprintf("Detonated at %s, %s is %s.", r.source, defang(d.Value), d.Report.Verdict)
			if d.Report.Family != "" {
				r.text = strings.TrimSuffix(r.text, ".") + ": " + clip(d.Report.Family, 100) + "."
			}
		case d.Report.Verdict == "benign":
			r.weight, r.text = -0.1, fmt.Sprintf("Detonated at %s, %s did nothing bad.", r.source, defang(d.Value))
		default:
			continue
		}
		out = append(out, r)
	}
	return out
}

// carries reports whether what was detonated is in the mail. A link may have
// lost what named its recipient.
func (e *evidence) carries(d detonation) bool {
	if kindOf(d.Type) != "url" {
		_, found := e.mail.role("hash", d.Value)
		return found
	}
	if _, found := e.mail.role("url", d.Value); found {
		return true
	}
	_, found := e.mail.role("domain", hostOf(d.Value))
	return found || slices.Contains(slices.Collect(maps.Values(e.stripped)), d.Value)
}

// people weighs what people say. The last word of each counts.
func (e *evidence) people() []reason {
	last := map[string]answer{}
	for _, a := range e.answers {
		last[a.By] = a
	}
	var out []reason
	for _, by := range slices.Sorted(maps.Keys(last)) {
		a := last[by]
		r := reason{kind: kindPerson, source: by, provider: "person " + by, role: a.Role, changes: by + " changes their mind."}
		r.text = fmt.Sprintf("%s says that it is %s.", by, a.Verdict)
		if a.Note != "" {
			r.text += " " + clip(a.Note, 300)
		}
		switch {
		case a.Role == reporter:
			r.kind, r.changes = kindIgnored, "Somebody who examined it says so."
		case a.Verdict == "malicious":
			r.weight, r.malicious = personWeighs, true
		case a.Verdict == "benign":
			r.weight = -personWeighs
		default:
			continue
		}
		out = append(out, r)
	}
	return out
}
