package email

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/harrier-soar/harrier"
)

func TestParse_failsOnlyWithoutAMail(t *testing.T) {
	t.Parallel()
	if _, err := Parse(strings.NewReader(""), Limits{}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("no bytes: %v, want invalid", err)
	}
	broken := io.MultiReader(strings.NewReader("From: a@example.com\n"), iotest.ErrReader(errors.New("gone")))
	if _, err := Parse(broken, Limits{}); harrier.KindOf(err) != harrier.Unavailable {
		t.Errorf("a reader that fails: %v, want unavailable", err)
	}
}

// FIL-05: what is broken is read, and the mail says what was broken.
func TestParse_readsBrokenMails(t *testing.T) {
	t.Parallel()
	const head = "From: a@example.com\nSubject: s\n"
	for _, c := range []struct{ name, mail, text, warning string }{
		{"nothing that looks like a header", "just words\nand more", "just words\nand more", WarnNoHeader},
		{"only line ends", "\r\n\r\n", "\r\n", WarnNoHeader},
		{"no blank line", head + "The body: starts here, at once.\nmore", "The body: starts here, at once.\nmore", WarnNoBlankLine},
		{"a badly folded header", "From: a@example.com\nSubject: one\ntwo\nTo: b@example.com\n\nbody", "body", WarnHeader},
		{"CR alone", strings.ReplaceAll(head+"\nbody", "\n", "\r"), "body", WarnBareCR},
		{"a space before the colon", "From : a@example.com\nSubject: s\n\nbody", "body", WarnSpacedField},
		{"unknown encoding", head + "Content-Transfer-Encoding: 8bit+\n\nbody", "body", WarnEncoding},
		{"unknown charset", head + "Content-Type: text/plain; charset=x-martian\n\nna\xefve", "naïve", WarnCharset},
		{"UTF-8 that is Latin-1", head + "Content-Type: text/plain; charset=utf-8\n\nna\xefve caf\xe9", "naïve café", WarnCharsetBytes},
		{"text that says it is base64", head + "Content-Transfer-Encoding: base64\n\nGood day to you, dear friend ä\n", "Good day to you, dear friend ä\n", WarnTransfer},
		{"base64 with junk", head + "Content-Transfer-Encoding: base64\n\naGVs*bG8g\n!d29ybGQ", "hello world", WarnTransfer},
		{"base64 with a footer", head + "Content-Transfer-Encoding: base64\n\naGVsbG8=\n-- \nYou are on a list\n", "hello", WarnTransfer},
		{"broken escapes", head + "Content-Transfer-Encoding: quoted-printable\n\n1=32 =ZZ =\n=3d=", "12 =ZZ =", WarnTransfer},
		{"no boundary", head + "Content-Type: multipart/mixed\n\npre\n--x\nContent-Type: text/plain\n\nbody\n--x--\n", "body", WarnBoundary},
		{"an empty boundary", head + "Content-Type: multipart/mixed; boundary=\"\"\n\n--\nContent-Type: text/plain\n\nbody\n----\n", "body", WarnBoundary},
		{"a boundary that never comes", head + "Content-Type: multipart/mixed; boundary=no\n\nbody without parts", "body without parts", WarnBoundary},
		{"no end", head + "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nbody", "body", WarnUnterminated},
		{"parts after the end", head + "Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x--\n--x\n\ntwo\n--x--\n", "one\ntwo", WarnAfterEnd},
		{"an open quote", head + "Content-Type: text/plain; charset=\"utf-8\n\nbody", "body", WarnMediaType},
		{"a type that is none", head + "Content-Type: Hexa\n\nbody", "body", WarnMediaType},
		{"two senders", head + "From: b@example.com\n\nbody", "body", WarnDuplicate},
		{"a date that is none", head + "Date: yesterday\n\nbody", "body", WarnDate},
		{"NUL in a header", "From: a@example.com\nSubject: a\x00b\n\nbody", "body", WarnNulBytes},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := parse(t, c.mail)
			if m.Text != c.text {
				t.Errorf("text of %q:\ngot  %q\nwant %q", c.mail, m.Text, c.text)
			}
			if !slices.ContainsFunc(m.Warnings, func(w Warning) bool { return w.Code == c.warning && w.Text != "" && w.Where != "" }) {
				t.Errorf("warnings of %q: got %v, want %s", c.mail, m.Warnings, c.warning)
			}
			checkOutput(t, c.name, m.Output())
		})
	}
}

func TestParse_skipsWhatMailboxesPutBefore(t *testing.T) {
	t.Parallel()
	for _, before := range []string{"", "\xef\xbb\xbf", "From kim@example.com Mon Jan  1 00:00:00 2025\n", ">From x\n", "\r\n\n", "\nFrom x\n"} {
		m := parse(t, before+"Subject: s\n\nbody\n")
		if m.Subject != "s" || m.Text != "body\n" || len(m.Warnings) > 0 {
			t.Errorf("after %q: subject %q, text %q, warnings %v", before, m.Subject, m.Text, m.Warnings)
		}
	}
}

func TestParse_readsCharsets(t *testing.T) {
	t.Parallel()
	for charset, body := range map[string]string{
		"utf-8": "Grüße", "UTF-8*de": "Grüße", "iso-8859-1": "Gr\xfc\xdfe", "ISO8859_1": "Gr\xfc\xdfe", "cp1252": "Gr\xfc\xdfe", "\"windows-1252\"": "Gr\xfc\xdfe",
		"utf-7": "Gr+APwA3w-e", "cp850": "Gr\x81\xe1e", "us-ascii": "Gr\xfc\xdfe", "utf-16le": "G\x00r\x00\xfc\x00\xdf\x00e\x00", "macintosh": "Gr\x9f\xa7e", "charset=latin1": "Gr\xfc\xdfe",
	} {
		m := parse(t, "Subject: s\nContent-Type: text/plain; charset="+charset+"\n\n"+body)
		if m.Text != "Grüße" || len(m.Warnings) > 0 {
			t.Errorf("%s: got %q, %v", charset, m.Text, m.Warnings)
		}
	}
	for charset, body := range map[string]string{"iso-2022-jp": "\x1b$B$3$s\x1b(B", "shift_jis": "\x82\xb1\x82\xf1", "euc-jp": "\xa4\xb3\xa4\xf3", "gb18030": "\xa4\xb3\xa4\xf3"} {
		if m := parse(t, "Subject: s\nContent-Type: text/plain; charset="+charset+"\n\n"+body); m.Text != "こん" {
			t.Errorf("%s: got %q", charset, m.Text)
		}
	}
}

func TestDecodeWords_isTolerant(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                                  "plain",
		"=?utf-8?Q?caf=C3=A9?=":                  "café",
		"=?ISO-8859-1?q?caf=E9?= au lait":        "café au lait",
		"=?utf-8?B?Y2Fmw6k?=":                    "café", // no padding
		"=?utf-8?Q?a?= =?utf-8?Q?b?=":            "ab",
		"=?utf-8?Q?a?=\t=?iso-8859-1?Q?=E9?=":    "aé",
		"=?utf-8?Q?a?= x =?utf-8?Q?b?=":          "a x b",
		"=?utf-8?B?w6?= =?utf-8?B?k=?=":          "\ufffd", // cut inside of a group
		"=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=":        "é",      // cut inside of a character
		"=?utf-8?Q?raw spaces inside?=":          "raw spaces inside",
		"=?utf-8*en?Q?lang?=":                    "lang",
		`"=?utf-8?Q?quoted?="`:                   `"quoted"`,
		"=?utf-8?Q?open":                         "open",
		"=?utf-8?X?odd?=":                        "=?utf-8?X?odd?=",
		"=?":                                     "=?",
		"=?=?=?utf-8?Q?x?=":                      "=?=?x",
		"=?utf-8?Q?=3D=3Futf-8=3FQ=3Fin=3F=3D?=": "in", // encoded twice
		"a\r\n\tb\x07c":                          "a   b c",
	} {
		if got := decodeWords(in); got != want {
			t.Errorf("decodeWords(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestParseMedia_isTolerant(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]map[string]string{
		`text/plain; charset=utf-8`:                              {"charset": "utf-8"},
		`text/plain charset="utf-8" format=flowed`:               {"charset": "utf-8", "format": "flowed"},
		`application/pdf; name=my file.pdf`:                      {"name": "my file.pdf"},
		`application/pdf; name="a\"b.pdf"`:                       {"name": `a"b.pdf`},
		`application/pdf; name="C:\tmp\a.pdf"`:                   {"name": `C:\tmp\a.pdf`},
		`application/pdf; name="open.pdf; x=1`:                   {"name": "open.pdf", "x": "1"},
		`attachment; filename*=UTF-8'en'%e2%82%ac.txt`:           {"filename": "€.txt"},
		`attachment; filename*1=b.txt; filename*0="a"`:           {"filename": "ab.txt"},
		`attachment; filename*0*=iso-8859-1''%e9; filename*1=.t`: {"filename": "é.t"},
		`attachment; filename=x.txt; filename*=utf-8''y.txt`:     {"filename": "y.txt"},
		`attachment; filename="=?utf-8?B?w6kudHh0?="`:            {"filename": "é.txt"},
		`multipart/mixed; boundary="=?b?="`:                      {"boundary": "=?b?="},
		`a/b; c=1; c=2`:                                          {"c": "1"},
		`a/b;;; ; =x; c=1`:                                       {"c": "1"},
		``:                                                       {},
	} {
		got := parseMedia(in).params
		for key, value := range want {
			if got[key] != value {
				t.Errorf("parseMedia(%q)[%s]: got %q, want %q", in, key, got[key], value)
			}
		}
	}
}

func TestReported_isTheInnermostOriginal(t *testing.T) {
	t.Parallel()
	m := parseFile(t, "testdata/reported.eml")
	r := m.Reported()
	if r == m || r.Subject != "Payslip" || r.Parent != m || r.Reported() != r {
		t.Errorf("reported: %q, its parent is the report: %v", r.Subject, r.Parent == m)
	}
	if alone := parse(t, "Subject: s\n\nbody"); alone.Reported() != alone {
		t.Error("a mail without attached mails does not report itself")
	}
	digest := parse(t, "Subject: d\nContent-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: in\n\nbody\n--x--\n")
	if digest.Reported().Subject != "in" {
		t.Errorf("a digest holds %d mails", len(digest.Attached))
	}
}

// Attaching a harmless mail to a bad one must not hide the bad one.
func TestObservables_coverEveryLayer(t *testing.T) {
	t.Parallel()
	m := parseFile(t, "testdata/layers.eml")
	if m.Reported().Subject != "Nothing" {
		t.Fatalf("reported: %q", m.Reported().Subject)
	}
	list := m.Observables()
	has := func(o Observable) bool { return slices.Contains(list, o) }
	if !has(Observable{TypeURL, "https://evil.example/outer", RoleLink, "text body", 0}) || !has(Observable{TypeURL, "https://good.example/", RoleLink, "text body", 1}) {
		t.Errorf("observables: %v", list)
	}
	if slices.ContainsFunc(list, func(o Observable) bool { return o.Layer == 0 && o.Role == RoleSender }) {
		t.Errorf("who reports is listed as a sender: %v", list)
	}
}

// A playbook that searches or blocks by what a mail lacks must match nothing.
func TestOutput_neverHoldsEmptyKeys(t *testing.T) {
	t.Parallel()
	out := parse(t, "\n").Output()
	from, _ := out["from"].(map[string]any)
	for name, value := range map[string]any{"message_id": out["message_id"], "from.address": from["address"], "from.domain": from["domain"]} {
		if text, _ := value.(string); !strings.HasSuffix(text, ".invalid") {
			t.Errorf("%s: got %q, want something under .invalid", name, value)
		}
	}
	other := parse(t, "x").Output()
	if out["message_id"] == other["message_id"] {
		t.Error("two mails without Message-ID have the same")
	}
}

func TestBodyHash_survivesReencoding(t *testing.T) {
	t.Parallel()
	plain := parse(t, "Subject: a\n\nhello\n")
	encoded := parse(t, "Subject: b\nTo: x@example.com\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Transfer-Encoding: base64\n\naGVsbG8K\n--q--\n")
	if plain.BodyHash != encoded.BodyHash {
		t.Errorf("got %s and %s for %q and %q", plain.BodyHash, encoded.BodyHash, plain.Text, encoded.Text)
	}
}
