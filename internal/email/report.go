package email

import (
	"strings"
	"time"
)

// How the original is in a report.
const (
	OriginalAttached = "attached"
	OriginalInline   = "inline"
	OriginalHeaders  = "headers_text" // its header as text
)

// Report says how a mail was reported.
type Report struct {
	// Form is what the report was made with; see the Form constants.
	Form string
	// Reporter is who sent the report: an account can be taken over, a name typed.
	Reporter Address
	// Comment is what the reporter wrote.
	Comment string
	// Original is how the reported mail is in the report; see the Original constants.
	Original string
	// HeadersLost tells that only what a forward shows of the header is known.
	HeadersLost bool
	// Automatic tells that a machine sent the report, which must not be answered.
	Automatic bool
	// Search finds the original in the reporter's mailbox; nil where it is here.
	Search *Search
	// Chain are the mails from the report to the original.
	Chain []Layer
}

// Search is what a mail is found by where its Message-ID is not known.
type Search struct {
	Sender, Subject string // either may be empty
	Since, Until    time.Time
}

// Layer is a mail that others are inside of.
type Layer struct {
	Form, Sender, Subject string
}

// Report returns how the mail was reported; it reports false where the mail is
// not a report.
func (r Reading) Report() (Report, bool) {
	if r.mail == r.outer {
		return Report{}, false
	}
	rep := Report{Original: OriginalAttached, HeadersLost: r.mail.HeadersLost}
	switch {
	case r.mail.HeadersLost:
		rep.Original = OriginalInline
	case r.mail.quote.pasted:
		rep.Original = OriginalHeaders
	}
	if len(r.outer.From) > 0 {
		rep.Reporter = r.outer.From[0]
	}
	for m := r.outer; m != r.mail; m = r.inside(m) {
		inner := r.inside(m)
		layer := Layer{Form: formOf(m, inner), Subject: m.Subject}
		if len(m.From) > 0 {
			layer.Sender = m.From[0].Address
		}
		rep.Chain = append(rep.Chain, layer)
	}
	rep.Form = rep.Chain[0].Form
	rep.Comment = r.comment()
	_, rep.Automatic = r.outer.Automatic()
	if rep.HeadersLost {
		rep.Search = r.search()
	}
	return rep, true
}

// comment returns what the reporter wrote.
func (r Reading) comment() string {
	const longest = 4 << 10
	text := firstOf(r.outer.Text, r.outer.VisibleText)
	if inner := r.inside(r.outer); inner == r.outer.Quoted && inner != nil {
		text = inner.quote.before
	}
	return strings.ReplaceAll(clip(strings.TrimSpace(text), longest), "\r\n", "\n")
}

// search says how the original is found: where its date is not known, it came
// within a month before the report.
func (r Reading) search() *Search {
	s := &Search{Subject: r.mail.Subject}
	if len(r.mail.From) > 0 {
		s.Sender = r.mail.From[0].Address
	}
	reported := r.outer.Date
	switch date := r.mail.Date; {
	case !date.IsZero() && r.mail.quote.loose:
		s.Since, s.Until = date.Add(-36*time.Hour), date.Add(36*time.Hour)
		if other := r.mail.quote.other; !other.IsZero() && other.Before(date) {
			s.Since = other.Add(-36 * time.Hour)
		} else if !other.IsZero() {
			s.Until = other.Add(36 * time.Hour)
		}
	case !date.IsZero():
		s.Since, s.Until = date.Add(-24*time.Hour), date.Add(24*time.Hour)
	case !reported.IsZero():
		s.Since, s.Until = reported.Add(-30*24*time.Hour), reported.Add(24*time.Hour)
	}
	return s
}

// formOf says what handed a mail on.
func formOf(m, inner *Message) string {
	text := firstOf(m.Text, m.VisibleText)
	switch {
	case m.Header.First("X-PhishAlarm-Reporter") != "" || m.Header.First("X-PhishAlarm-Format") != "" || m.Header.First("X-PhishAlarm-Sender") != "":
		return FormProofpoint
	case strings.HasPrefix(strings.ToLower(inner.Name), "phish_alert_"):
		return FormKnowBe4
	case inner.quote.form == FormCofense || strings.Contains(text, "-----BEGIN REPORTER AGENT-----") || strings.Contains(text, cofenseBegin):
		return FormCofense
	case microsoftSubject(m.Subject):
		return FormMicrosoft
	case m.feedback:
		return FormARF
	case inner.quote.pasted:
		return FormHeaders
	case !inner.HeadersLost:
		return FormAttachment
	case inner.quote.form != "":
		return inner.quote.form
	case inner.quote.before != "" && strings.HasPrefix(strings.ToLower(m.Mailer), "microsoft outlook"), m.Header.First("X-MS-Has-Attach") != "", m.Header.First("Thread-Index") != "":
		return FormOutlook
	}
	return FormForward
}

// microsoftSubject reports whether a subject is what the report button of
// Microsoft writes: 1 (junk), 2 (not junk) or 3 (phishing), the id that
// Exchange gave the mail, the server and the sender it came from, its subject.
func microsoftSubject(s string) bool {
	parts := strings.SplitN(s, "|", 5)
	return len(parts) >= 4 && (parts[0] == "1" || parts[0] == "2" || parts[0] == "3") && len(strings.TrimSpace(parts[1])) == 36 && strings.Count(parts[1], "-") == 4
}
