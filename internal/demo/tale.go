package demo

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/lab"
)

//go:embed mails/phishing.eml
var phishing []byte

//go:embed mails/benign.eml
var benign []byte

//go:embed mails/bec.eml
var fraud []byte

//go:embed organisation.yaml
var organisation []byte

// tale is one of the stories that can be told.
type tale struct {
	name string
	// mail is what somebody reports.
	mail []byte
	// world changes the company in which the mail has arrived.
	world func(*lab.Scenario)
}

// tales lists the stories, the first being the one that is told where none is named.
func tales() []tale {
	return []tale{
		{"phishing", phishing, readers},
		{"benign", benign, harmless},
		{"bec", fraud, unknown},
		{"campaign", phishing, func(s *lab.Scenario) { readers(s); variants(s) }},
	}
}

// taleNamed returns a story by its name.
func taleNamed(name string) (tale, error) {
	all := tales()
	if name == "" {
		return all[0], nil
	}
	i := slices.IndexFunc(all, func(t tale) bool { return t.name == name })
	if i < 0 {
		names := make([]string, len(all))
		for i, t := range all {
			names[i] = t.name
		}
		return tale{}, harrier.Errorf(harrier.Invalid, "there is no scenario %q; use one of %s", name, strings.Join(names, ", "))
	}
	return all[i], nil
}

// reporter is who reports the mails of the stories.
const reporter = "alice.archer@corp.example"

// reportOf is the mail by which the report button of a mail program hands a mail
// on. It is the same mail each time: a story that is told again after a kill
// reports nothing new.
func reportOf(mail []byte, m *email.Message) []byte {
	const boundary = "=_report"
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: \"Alice Archer\" <%s>\r\nTo: <phishing@corp.example>\r\nSubject: Report: %s\r\nDate: %s\r\n", reporter, m.Subject, m.Date.UTC().Add(10*time.Minute).Format(time.RFC1123Z))
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n", boundary)
	fmt.Fprintf(&b, "--%s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThis looks odd to me.\r\n\r\n", boundary)
	fmt.Fprintf(&b, "--%s\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"reported.eml\"\r\n\r\n", boundary)
	b.Write(bytes.ReplaceAll(bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")))
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	return b.Bytes()
}

// readers lets three people follow the link, one of whom types a password; a
// scanner and a preview follow it too and do not count. A thief is in already.
func readers(s *lab.Scenario) {
	if len(s.Reported.Links) == 0 {
		return
	}
	victim := "bob.archer@" + s.Domain
	s.Clicks = []lab.Click{
		{User: victim, Submitted: true}, {User: "carol.archer@" + s.Domain}, {User: "carol.archer@" + s.Domain, UserAgent: "SkypeUriPreview Preview/0.5"},
	}
	if s.Mailboxes == 0 { // a small company has not all of these people
		s.Clicks = append(s.Clicks, lab.Click{User: "alice.baker@" + s.Domain}, lab.Click{User: "bob.baker@" + s.Domain, UserAgent: "SafeLinksScanner/1.0"})
	}
	s.Stolen = []lab.Stolen{{User: victim}}
}

// harmless makes the mail one of a partner with whom mail is exchanged, which
// everybody knows to be good.
func harmless(s *lab.Scenario) {
	s.Reported.Verdict, s.Reported.SenderVerdict, s.Reported.Copies = "benign", "benign", 1
	s.Partners = []lab.Partner{{Address: s.Reported.From, Name: s.Reported.FromName, Sent: 12, Received: 15}}
}

// unknown makes the mail one of which nobody knows anything.
func unknown(s *lab.Scenario) {
	s.Reported.Verdict, s.Reported.SenderVerdict, s.Reported.Copies = "", "", 1
}

// variants adds mails of the same attack with other words.
func variants(s *lab.Scenario) {
	for i, who := range []string{"bob.archer", "carol.archer", "alice.baker"} {
		other := *s.Reported
		other.MIME, other.MessageID = nil, fmt.Sprintf("<variant.%d@smtp7.parcel-notify.example>", i+1)
		other.Text = "Dear colleague, last reminder: confirm your bank details today.\n"
		other.Recipients, other.Copies = []string{who + "@" + s.Domain}, 1
		s.Also = append(s.Also, other)
	}
}
