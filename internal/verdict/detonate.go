package verdict

import (
	"fmt"
	"slices"
	"strings"
)

// most is how many links, and files, are detonated of one mail.
const most = 20

// task is something to detonate.
type task struct{ kind, value, where, name string }

// detonate plans what is run or opened elsewhere, and tells what is not and why.
// What is known already is in neither.
func (e *evidence) detonate() (tasks []task, withheld []entry) {
	bad := e.condemned()
	internal := ""
	if e.profile.Own(e.mail.From.Domain) && !e.mail.failing() {
		internal = "It comes from the organisation itself: what may be internal never leaves."
	}
	oneTime := map[string]bool{}
	for _, d := range e.mail.LinkDetails {
		if d.OneTime.known {
			oneTime[d.URL] = d.OneTime.set
		}
	}
	links := map[string]bool{}
	for _, l := range e.mail.Links {
		stripped := e.stripped[l]
		once, told := oneTime[l]
		if bad[keyOf("url", l)] != nil || bad[keyOf("url", stripped)] != nil || e.benign("url", l) || links[stripped] {
			continue
		}
		links[stripped] = true
		why := internal
		switch {
		case e.profile.Own(hostOf(l)):
			why = "It leads to the organisation itself."
		case told && once || !told && actsOnce(l):
			why = "Opening it may act in the reader's name: it looks like a link that works once."
		case !strings.HasPrefix(l, "http://") && !strings.HasPrefix(l, "https://"):
			why = "It is not a page."
		case why == "" && len(tasks) >= most:
			why = fmt.Sprintf("More than %d links are not opened.", most)
		}
		if why != "" {
			withheld = append(withheld, entry{kind: "url", value: l, reason: why})
			continue
		}
		tasks = append(tasks, task{kind: "url", value: stripped, where: e.where("url", l)})
	}
	files, kept := e.detonateFiles(bad, internal)
	return append(tasks, files...), append(withheld, kept...)
}

// detonateFiles plans the files.
func (e *evidence) detonateFiles(bad map[string]*condemned, internal string) (tasks []task, withheld []entry) {
	seen := map[string]bool{}
	for _, a := range e.mail.Attachments {
		key := keyOf("hash", a.SHA256)
		if a.SHA256 == "" || seen[key] || passive(a.Type) && !a.Active.set || bad[key] != nil || e.benign("hash", a.SHA256) {
			continue
		}
		seen[key] = true
		why := internal
		switch l := e.index[key]; {
		case why != "":
		case l == nil || l.Answered == 0:
			why = "No source has told what it knows of the hash: that comes first, because a hash gives nothing away."
		case len(tasks) >= most:
			why = fmt.Sprintf("More than %d files are not run.", most)
		}
		if why != "" {
			withheld = append(withheld, entry{kind: "file", value: a.SHA256, reason: why})
			continue
		}
		tasks = append(tasks, task{kind: "file", value: a.SHA256, where: a.Where, name: a.Name})
	}
	return tasks, withheld
}

// where tells where an observable stands in the mail.
func (e *evidence) where(kind, value string) string {
	for _, o := range e.mail.Observables {
		if keyOf(o.Type, o.Value) == keyOf(kind, value) {
			return o.Where
		}
	}
	return "body"
}

// actsOnce reports whether a link looks as if following it did something for
// its reader. It is asked only about links of which email.parse does not tell.
func actsOnce(link string) bool {
	_, rest, _ := strings.Cut(link, "://")
	_, rest, _ = strings.Cut(rest, "/")
	words := strings.FieldsFunc(strings.ToLower(rest), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	token := slices.ContainsFunc(words, func(w string) bool { return len(w) >= 16 && strings.ContainsAny(w, "0123456789") })
	for _, w := range words {
		switch w {
		case "unsubscribe", "optout", "unsub", "approve", "decline", "reject", "magiclink":
			return true
		case "reset", "resetpassword", "activate", "activation", "invite", "invitation", "accept", "confirm", "confirmation", "verify", "otp":
			if token {
				return true
			}
		}
	}
	return slices.Contains(words, "opt") && slices.Contains(words, "out")
}
