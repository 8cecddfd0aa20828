package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/email"
)

// doubt is something that keeps a mail from being benign.
type doubt struct{ code, text, changes string }

// forBenign tells what speaks for the mail.
func (e *evidence) forBenign() []reason {
	if !e.proven() {
		return nil // whom we know is not who sent it
	}
	out := []reason{{
		kind: kindAuthentication, source: cmp.Or(e.mail.Authentication.Server, "the receiving server"), weight: -0.3,
		text: "Authentication proves that " + defang(e.mail.From.Domain) + " sent it.", observable: e.mail.From.Domain, role: email.RoleSender,
		changes: "The account that sent it proves to be stolen.",
	}}
	if how, ok := e.known(); ok {
		out = append(out, reason{
			kind: kindRelation, source: "organisation", weight: -0.3, text: how, observable: e.mail.From.Address, role: email.RoleSender,
			changes: "Somebody asks the sender, by a way that is not in the mail, and it was not them.",
		})
	}
	return out
}

// missingReasons tells what could not be looked up.
func missingReasons(missing []unanswered) []reason {
	var out []reason
	for _, m := range missing {
		out = append(out, reason{
			kind: kindMissing, source: "intel", text: fmt.Sprintf("Not known: %s %s, because %s.", m.Type, defang(m.Value), strings.TrimSuffix(m.Reason, ".")),
			observable: m.Value, changes: "It is looked up again and answered.",
		})
	}
	return out
}

// missing lists the required look-ups that nobody answered, or not everybody.
// It goes by the mail, not by what was asked: what was forgotten is missing too.
func (e *evidence) missing() []unanswered {
	var out []unanswered
	seen := map[string]bool{}
	for _, o := range e.mail.Observables {
		key := keyOf(o.Type, o.Value)
		if seen[key] || o.Role == roleHop {
			continue
		}
		seen[key] = true
		if why := e.gap(o); why != "" {
			out = append(out, unanswered{Type: o.Type, Value: o.Value, Reason: why})
		}
	}
	for _, d := range e.detonations {
		if d.Report.Finished != nil && !*d.Report.Finished {
			out = append(out, unanswered{Type: kindOf(d.Type), Value: d.Value, Reason: cmp.Or(d.Source, "the sandbox") + " has not finished"})
		}
	}
	slices.SortStableFunc(out, func(a, b unanswered) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.Value, b.Value))
	})
	return out
}

// required reports whether a mail cannot be benign before this was looked up.
// What belongs to the organisation, or to everybody, needs no look-up; for mail
// addresses there may be no source.
func (e *evidence) required(o observable) bool {
	switch o.Type {
	case "domain":
		return !e.profile.Own(o.Value) && !e.profile.Freemail(o.Value)
	case "url":
		return !e.profile.Own(hostOf(o.Value))
	case "hash", "ip":
		return true
	}
	return false
}

// gap tells why what was asked about an observable is not enough; "" where it is.
func (e *evidence) gap(o observable) string {
	if l := e.index[keyOf(o.Type, o.Value)]; l != nil {
		switch {
		case l.Failed > 0:
			return failures(*l)
		case l.Answered == 0 && e.required(o):
			return "no source is connected that could know it"
		}
		return ""
	}
	for _, u := range e.unanswered {
		if keyOf(u.Type, u.Value) == keyOf(o.Type, o.Value) {
			return u.Reason
		}
	}
	if e.required(o) {
		return "it was not looked up"
	}
	return ""
}

// failures tells which sources could not be asked.
func failures(l lookup) string {
	var list []string
	for _, s := range l.Sources {
		if s.Status == "failed" {
			list = append(list, s.Connection+": "+cmp.Or(clip(s.Error, 100), "no answer"))
		}
	}
	slices.Sort(list)
	return cmp.Or(strings.Join(list, "; "), fmt.Sprintf("%d sources could not be asked", l.Failed))
}

// against lists everything that keeps the mail from being benign. Benign needs
// proof of every part; an empty list is that proof.
func (e *evidence) against(found []reason, missing []unanswered) []doubt {
	var out []doubt
	add := func(code, changes, format string, args ...any) {
		out = append(out, doubt{code, fmt.Sprintf(format, args...), changes})
	}
	for _, r := range found {
		switch {
		case r.weight > 0 && r.kind == kindSignal && r.weight >= strongAt:
			add("signal", r.changes, "%s", r.text)
		case r.weight > 0 && r.kind != kindSignal:
			add("opinion", r.changes, "%s", r.text)
		}
	}
	for _, m := range missing {
		add("missing", "It is looked up again and answered.", "Not known: %s %s, because %s.", m.Type, defang(m.Value), strings.TrimSuffix(m.Reason, "."))
	}
	switch m := &e.mail; {
	case !m.aligned():
		add("authentication", "Somebody asks the sender by a way that is not in the mail.", "Authentication does not prove that %s sent it.", defang(m.From.Domain))
	case !m.trusted(&e.profile):
		add("authentication", "Your server is named in organisation.yaml under trusted_servers.",
			"%s is not known to be a server of yours, so its word that %s sent the mail may be forged.", cmp.Or(m.Authentication.Server, "A server without a name"), defang(m.From.Domain))
	}
	if _, ok := e.known(); !ok {
		add("relation", "Our people have written to the sender, or the sender's domain is named in organisation.yaml.", "Nobody of ours is known to have written to %s.", defang(e.mail.From.Address))
	}
	out = append(out, e.content()...)
	return out
}

// content lists what in the mail keeps it from being benign.
func (e *evidence) content() []doubt {
	var out []doubt
	for _, a := range e.mail.Attachments {
		if why := e.notHarmless(a); why != "" {
			out = append(out, doubt{"attachment", fmt.Sprintf("The attachment %q %s.", clip(a.Name, 100), why), "A source knows the file to be harmless, or it is detonated and does nothing."})
		}
	}
	for _, l := range e.mail.Links {
		if !e.harmlessLink(l) {
			out = append(out, doubt{"link", "No source calls " + defang(l) + " harmless.", "A source knows it to be harmless, or it is detonated and does nothing."})
		}
	}
	if len(e.mail.Links) == 0 && len(e.mail.Attachments) == 0 {
		out = append(out, doubt{"text_only", "It is text alone: what it asks for cannot be looked up.", "A person reads it, and asks the sender by a way that is not in the mail where it is about money or access."})
	}
	for _, w := range e.mail.Warnings {
		if incomplete(w.Code) {
			out = append(out, doubt{"incomplete", "It could not be read completely: " + clip(w.Text, 200) + ".", "A person reads the original."})
			break
		}
	}
	return out
}

// incomplete reports whether a warning means that something was not examined, or
// that other programs may read the mail otherwise. A code that is not known does.
func incomplete(code string) bool {
	switch code {
	case email.WarnDate, email.WarnCharset, email.WarnCharsetBytes, email.WarnMediaType, email.WarnHeader, email.WarnSpacedField, email.WarnTransfer:
		return false
	}
	return true
}

// notHarmless tells why an attachment is not known to be harmless; "" where it is.
func (e *evidence) notHarmless(a attachment) string {
	switch {
	case e.benign("hash", a.SHA256):
		return ""
	case a.Macros.set:
		return "holds macros"
	case a.Active.set:
		return "holds active content"
	case a.Encrypted.set:
		return "is encrypted and could not be examined"
	case passive(a.Type), a.Active.known && a.Macros.known:
		return ""
	}
	return "may hold active content"
}

// passive reports whether content of this type cannot act.
func passive(kind string) bool {
	switch kind {
	case "text/plain", "text/csv", "text/calendar", "text/vcard", "message/rfc822":
		return true
	}
	return strings.HasPrefix(kind, "image/") && kind != "image/svg+xml"
}

// harmlessLink reports whether a link is known to lead to something harmless.
func (e *evidence) harmlessLink(link string) bool {
	host := hostOf(link)
	switch {
	case e.profile.Own(host):
		return true
	case e.benign("url", link):
		return true
	case e.profile.SharedHost(host):
		return false
	case e.benign("domain", host):
		return true
	}
	_, known := e.known()
	return known && e.proven() && !e.profile.Freemail(e.mail.From.Domain) && sameOwner(host, e.mail.From.Domain)
}

// benign reports whether a source that is at least fairly reliable, or a detonation, calls a thing harmless.
func (e *evidence) benign(kind, value string) bool {
	if l := e.index[keyOf(kind, value)]; l != nil && slices.ContainsFunc(l.Sources, func(s source) bool {
		return s.Verdict == benign && reliabilityFactor(e.grade(s)) >= reliabilityFactor("C")
	}) {
		return true
	}
	return slices.ContainsFunc(e.detonations, func(d detonation) bool {
		if kindOf(d.Type) != kind || d.Report.Verdict != benign || d.Report.Finished != nil && !*d.Report.Finished {
			return false
		}
		return keyOf(kind, d.Value) == keyOf(kind, value) || kind == "url" && e.stripped[value] == d.Value
	})
}
