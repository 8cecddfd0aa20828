package notify_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/notify"
)

func load(t *testing.T) *notify.Templates {
	t.Helper()
	all, err := notify.Load(content.FS)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// of returns a tree with one template.
func of(text string) fstest.MapFS {
	return fstest.MapFS{"templates/one.template.yaml": {Data: []byte(text)}}
}

const whole = `harrier: 1
template: one
values:
  subject: What it is about.
languages:
  en: {subject: "About {subject}", body: "It is {subject}."}
  de: {subject: "Zu {subject}", body: "Es ist {subject}."}
`

func TestText_speaksTheLanguageOfThePerson(t *testing.T) {
	t.Parallel()
	all, err := notify.Load(of(whole))
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{"de": "de", "de-CH": "de", "DE_at": "de", "en-GB": "en", "sv-SE": "en", "": "en", "-": "en"} {
		m, err := all.Text("one", tag, map[string]string{"subject": "x"})
		if err != nil || m.Language != want {
			t.Errorf("%q gives %+v, %v; want %s", tag, m, err, want)
		}
	}
}

func TestText_keepsValuesInTheirPlace(t *testing.T) {
	t.Parallel()
	all, err := notify.Load(of(whole))
	if err != nil {
		t.Fatal(err)
	}
	m, err := all.Text("one", "en", map[string]string{"subject": "pay\r\nBcc: x@evil.example\x00 \u202etfel {subject} https://login.evil.example/a"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "About pay Bcc: x@evil[.]example tfel {subject} hxxps://login[.]evil[.]example/a"; m.Subject != want {
		t.Errorf("got %q, want %q", m.Subject, want)
	}
}

func TestText_refusesWhatIsMissingOrUnknown(t *testing.T) {
	t.Parallel()
	all, err := notify.Load(of(whole))
	if err != nil {
		t.Fatal(err)
	}
	_, err = all.Text("one", "en", map[string]string{"sujet": "x"})
	if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "its value subject is missing; sujet is no value of it") {
		t.Errorf("got %v", err)
	}
	if _, err := all.Text("two", "en", nil); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("got %v; want NotFound", err)
	}
}

func TestLoad_tellsEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := notify.Load(of("harrier: 1\ntemplate: one\ntittle: x\nlanguages:\n  de: {subject: \"Zu {subject}\"}\n"))
	for _, want := range []string{`there is no key "tittle"`, "did you mean title?", "a template has English", "there is no body", "{subject} is no value of this template"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestTemplates_thatShipSayTheSameInEveryLanguage(t *testing.T) {
	t.Parallel()
	all := load(t)
	values := map[string]string{"subject": "SUBJECT", "case": "4711"}
	for _, id := range []string{"report-received", "verdict-malicious", "verdict-benign", "verdict-inconclusive", "verdict-simulation", "mail-restored"} {
		for _, tag := range []string{"en", "de", "fr", "es", "it"} {
			m, err := all.Text(id, tag, values)
			if err != nil || m.Language != tag {
				t.Errorf("%s in %s: %+v, %v", id, tag, m, err)
				continue
			}
			if !strings.Contains(m.Subject, "SUBJECT") || !strings.Contains(m.Body, "SUBJECT") || !strings.Contains(m.Body, "4711") {
				t.Errorf("%s in %s leaves out what it is about: %q %q", id, tag, m.Subject, m.Body)
			}
		}
	}
}

func FuzzHarmless(f *testing.F) {
	f.Add("Your account https://evil.example")
	f.Add("\u202e\r\n\x00\xff.a.b")
	f.Fuzz(func(t *testing.T, value string) {
		got := notify.Harmless(value)
		if strings.ContainsAny(got, "\r\n\x00\u202e") || !utf8.ValidString(got) || strings.Contains(strings.ToLower(got), "http://") {
			t.Errorf("%q gives %q", value, got)
		}
	})
}
