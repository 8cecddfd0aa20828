package demo

import (
	"bytes"
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/email"
)

// whole fails the test unless the reported mail is contained, wholly and once.
func (sc scene) whole(copies int) {
	sc.t.Helper()
	r := sc.report
	if !sc.handled() || !r.Contained || r.CopiesFound != copies || r.CopiesQuarantined != copies || r.DuplicateEffects != 0 || r.Case == 0 {
		sc.t.Errorf("%s %s: contained %t, %d of %d copies of %d, %d duplicates, case %d", r.Verdict, sc.run.Status,
			r.Contained, r.CopiesQuarantined, r.CopiesFound, copies, r.DuplicateEffects, r.Case)
	}
	sc.honest()
	if sc.t.Failed() {
		sc.t.Log(sc)
	}
}

// handled reports whether all was done that people wait for: the run may go on,
// and hunt again.
func (sc scene) handled() bool {
	return sc.run.Status == harrier.RunSucceeded || sc.run.Status == harrier.RunWaiting && found(sc.run.Steps, milestone) != nil
}

// tellMail plays the story of a mail that somebody brought.
func tellMail(t *testing.T, name string, mail []byte) {
	t.Helper()
	sc := act{mail: mail, name: name, mailboxes: 5, copies: 3}.play(t)
	if m, err := email.Parse(bytes.NewReader(mail), email.DefaultLimits()); err != nil || nameless(m.Reported()) {
		sc.open()
		return
	}
	sc.whole(3)
}

// nameless reports whether a mail bears nothing that a mail system could be
// searched by: no Message-ID, and not both a sender and a subject.
func nameless(m *email.Message) bool {
	from, _ := m.Output()["from"].(map[string]any)
	address, _ := from["address"].(string)
	return m.MessageID == "" && (m.Subject == "" || address == "" || strings.HasSuffix(address, "@missing.invalid"))
}

// open fails the test unless the mail is not contained, nothing else is claimed,
// and a person is asked to go on.
func (sc scene) open() {
	sc.t.Helper()
	if sc.report.Contained || !asks(sc.run.Steps, "by_hand") {
		sc.t.Errorf("contained %t; nobody is asked to finish it by hand", sc.report.Contained)
	}
	sc.honest()
	if sc.t.Failed() {
		sc.t.Log(sc)
	}
}

// asks reports whether a step waits for a person.
func asks(steps []api.Step, id string) bool {
	return slices.ContainsFunc(steps, func(s api.Step) bool {
		return s.ID == id && s.Status == "active" || asks(s.Steps, id)
	})
}

// some makes the short tests do with the first n of what is tried.
func some(t *testing.T, i, n int) {
	t.Helper()
	if testing.Short() && i >= n {
		t.Skip("a story takes more than a second of a processor; the long tests tell this one too")
	}
}

// Whatever mail people bring, its story ends with every copy quarantined.
func TestMail_ofPeopleIsContained(t *testing.T) {
	t.Parallel()
	corpus := filepath.Join("..", "..", "..", "shared", "corpus", "phishing_pot")
	paths, err := filepath.Glob(filepath.Join(corpus, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("the corpus of phishing mails is not there; put it beside the repository as ../shared/corpus to try five of them")
	}
	most, step := 5, max(1, len(paths)/5)
	switch {
	case os.Getenv("HARRIER_FULL") == "1":
		most, step = len(paths), 1
	case testing.Short():
		most = 1
	}
	for i := range min(most, len(paths)) {
		path := paths[i*step]
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			mail, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			tellMail(t, filepath.Base(path), mail)
		})
	}
}

func TestMail_ofTheParsersTestsIsContained(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("..", "email", "testdata", "*.eml"))
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d mails, %v", len(paths), err)
	}
	for i, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			some(t, i, 2)
			mail, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			tellMail(t, filepath.Base(path), mail)
		})
	}
}

// lines makes a mail of lines.
func lines(all ...string) []byte { return []byte(strings.Join(all, "\r\n")) }

// odd are mails that are unlike others.
func odd() map[string][]byte {
	const (
		from, to = "From: Eve <eve@evil.example>", "To: alice.archer@corp.example"
		id, link = "Message-ID: <odd.1@evil.example>", "https://login.evil.example/x"
		subject  = "Subject: Your account"
	)
	attached := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("%PDF-1.4 not really a document\n"), 5<<20/31))
	return map[string][]byte{
		"no message id":                  lines(from, to, subject, "", "Go to "+link),
		"no from":                        lines(to, subject, id, "", "Go to "+link),
		"no subject":                     lines(from, to, id, "", "Go to "+link),
		"neither message id nor subject": lines(from, to, "", "Go to "+link),
		"no header at all":               lines("", "Go to "+link),
		"an empty body":                  lines(from, to, subject, id, "", ""),
		"HTML only":                      lines(from, to, subject, id, "Content-Type: text/html; charset=utf-8", "", `<p>Hello <a href="`+link+`">https://bank.example</a></p>`),
		"bare line feeds":                []byte(strings.ReplaceAll(string(lines(from, to, subject, id, "", "Go to "+link)), "\r\n", "\n")),
		"a forward with the original attached": lines("From: Nora <nora@corp.example>", "To: soc@corp.example", "Subject: Fwd: odd mail", "Message-ID: <fwd.1@corp.example>",
			"MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="b"`, "", "--b", "Content-Type: text/plain", "", "Is this real?", "--b",
			"Content-Type: message/rfc822", "", from, to, subject, id, "", "Go to "+link, "--b--", ""),
		"an international sender":                  lines("From: =?utf-8?B?w4l2ZQ==?= <eve@xn--vil-bla.example>", to, "Subject: =?utf-8?Q?Ihr_Konto_=E2=9C=93?=", id, "", "Go to "+link),
		"a Message-ID with quotes and apostrophes": lines(from, to, subject, "Message-ID: <o'dd.\"1\"@evil.example>", "", "Go to "+link),
		"many links": lines(from, to, subject, id, "", strings.Repeat("https://a.evil.example/1 https://b.evil.example/2?q=%27 http://203.0.113.9/x \r\n", 30)),
		"five MiB": lines(from, to, subject, id, "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="b"`, "", "--b", "Content-Type: text/plain", "", "Go to "+link,
			"--b", `Content-Type: application/pdf; name="a.pdf"`, "Content-Transfer-Encoding: base64", "", attached, "--b--", ""),
	}
}

// However odd a mail is, its story ends with every copy quarantined, or with a
// person who is asked to find them where nothing could be searched by.
func TestMail_thatIsOddIsContained(t *testing.T) {
	t.Parallel()
	mails := odd()
	for i, name := range slices.Sorted(maps.Keys(mails)) {
		mail := mails[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			some(t, (i+2)%len(mails), 3)
			tellMail(t, name+".eml", mail)
		})
	}
}

// What cannot be taken is refused in words, before anything is done.
func TestMail_thatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for says, mail := range map[string][]byte{
		"x.eml is not a mail": {}, "the mail is larger than": bytes.Repeat([]byte("a: b\r\n"), 40<<20/6),
	} {
		_, err := Demo{}.Play(t.Context(), cli.DemoOptions{Dir: t.TempDir(), Mail: mail, MailName: "x.eml", Once: true}, &audience{})
		if err == nil || harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%d bytes: got %v, want %q", len(mail), err, says)
		}
	}
}
