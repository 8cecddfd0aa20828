package email

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// hostile returns mails made to cost as much as possible.
func hostile() map[string]string {
	const mega = 1 << 20
	deep := func(levels int) string {
		var b strings.Builder
		for i := range levels {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		return b.String() + "\nthe bottom\n"
	}
	encoded := "Subject: innermost\n\nx\n"
	for range 12 {
		encoded = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(encoded))
	}
	htmlBody := func(s string) string { return "Content-Type: text/html\n\n" + s }
	return map[string]string{
		"50,000 parts":            "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: text/plain\n\nx\n", 50_000) + "--b--\n",
		"50,000 mails":            "Content-Type: multipart/digest; boundary=b\n\n" + strings.Repeat("--b\n\nSubject: x\n\nx\n", 50_000) + "--b--\n",
		"5,000 levels":            deep(5_000),
		"5,000 levels, one name":  strings.Repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 5_000),
		"5,000 attached mails":    strings.Repeat("Content-Type: message/rfc822\n\n", 5_000),
		"encoded mails inside":    encoded,
		"1 MB of headers":         strings.Repeat("X-A: b\n", mega/7) + "\nbody",
		"one header of 1 MB":      "Subject: " + strings.Repeat("x", mega) + "\n\nbody",
		"1 MB of folds":           "Subject: x\n" + strings.Repeat(" \n y\n", mega/5) + "\nbody",
		"a header without end":    strings.Repeat("x", mega),
		"no fields, only lines":   "A: b\n" + strings.Repeat("x\n", mega/2),
		"encoded words":           "Subject: " + strings.Repeat("=?utf-8?Q?=41?=", 20_000) + "\n\n",
		"open encoded words":      "Subject: " + strings.Repeat("=?a?q?", 40_000) + "\n\n",
		"brackets in addresses":   "From: " + strings.Repeat("(", 200_000) + "\n\n",
		"angles in addresses":     "From: " + strings.Repeat("<", 200_000) + "\n\n",
		"100,000 addresses":       "To: " + strings.Repeat("a@example.com,", 100_000) + "\n\n",
		"at signs":                "From: " + strings.Repeat("@ ", 100_000) + "\n\n",
		"parameters":              "Content-Type: text/plain" + strings.Repeat("; a*1*=x", 30_000) + "\n\n",
		"hyphens":                 "Content-Type: multipart/mixed; boundary=\"-\"\n\n" + strings.Repeat("-", mega),
		"delimiters inside lines": "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("x--b", mega/4),
		"a boundary of 100 KB":    "Content-Type: multipart/mixed; boundary=" + strings.Repeat("a", 100_000) + "\n\n--" + strings.Repeat("a", mega),
		"tags":                    htmlBody(strings.Repeat("<a>", mega/3)),
		"open tags":               htmlBody(strings.Repeat("<a href=", mega/8)),
		"links":                   htmlBody(strings.Repeat("<a href=//a.example/>", mega/21)),
		"attributes":              htmlBody("<a " + strings.Repeat("b=c ", mega/4) + ">"),
		"entities":                htmlBody(strings.Repeat("&amp;", mega/5)),
		"comments":                htmlBody(strings.Repeat("<!--[if mso]><!--", mega/17)),
		"less-than signs":         htmlBody(strings.Repeat("<", mega)),
		"open scripts":            htmlBody(strings.Repeat("<script>", mega/8)),
		"closing brackets":        "\n" + "http://a.example/" + strings.Repeat(")", mega),
		"defanged dots":           "\n" + strings.Repeat("a[.]b ", mega/6),
		"domains":                 "\n" + strings.Repeat("a.example.com ", mega/14),
		"names beyond ASCII":      "\n" + strings.Repeat("ä.ö.com ", mega/10),
		"one long link":           htmlBody("<a href=http://a.example/" + strings.Repeat("&", mega) + ">"),
		"long links":              htmlBody(strings.Repeat("<a href=http://a.example/"+strings.Repeat("&", 8000)+fmt.Sprint(1)+">", 100)),
		"UTF-7":                   "Content-Type: text/plain; charset=utf-7\n\n" + strings.Repeat("+", mega),
		"ISO-2022-JP":             "Content-Type: text/plain; charset=iso-2022-jp\n\n" + strings.Repeat("\x1b$B", mega/3),
		"Received":                strings.Repeat("Received: from (((( by (((( ;;;;\n", 5_000) + "\n",
		"Authentication-Results":  strings.Repeat("Authentication-Results: ((((;\"\"=;spf=(((;\n", 5_000) + "\n",
		"quoted headers":          "From: a@b.example\nTo: c@b.example\nSubject: Fwd: x\n\n" + strings.Repeat("From: x@c.example\nTo: d@e.example\nDate: 1 Mar 2025\nSubject: x\n\n", mega/70),
		"quoted headers in HTML":  htmlBody(strings.Repeat("From: x@c.example<br>To: d@e.example<br>Date: 1 Mar 2025<br>Subject: x<br>y<br>", mega/85)),
		"labels":                  "\n" + strings.Repeat("From: x@c.example\n", mega/18),
		"labels in HTML":          htmlBody(strings.Repeat("From: x@c.example<br>", mega/21)),
		"pasted headers":          "\n" + strings.Repeat("Received: from x\nFrom: a@b.example\nSubject: y\n\n", mega/50),
		"pasted headers, no end":  "\n-----BEGIN EMAIL HEADERS-----\n" + strings.Repeat("Received: x\n", mega/12),
		"look-alike hosts":        htmlBody(strings.Repeat("<a href=//", 1) + strings.Repeat("x", 10) + ".example>" + manyHosts(1000)),
		"addresses in links":      htmlBody("<a href='http://a.example/?" + strings.Repeat("a=a2ltQGNvcnAuZXhhbXBsZQ&", 600) + "'>" + strings.Repeat("<a href='http://a.example/"+strings.Repeat("YQ/", 3000)+"'>", 80)),
		"links in links":          htmlBody("<a href='http://a.example/?u=" + strings.Repeat("http%3A%2F%2Fa.example%2F%3Fu%3D", 300) + "'>"),
		"ARC":                     strings.Repeat("ARC-Seal: i=1; cv=none; d=a.example;;;;=\nARC-Authentication-Results: i=2; x; a=b\n", 5_000) + "\n",
		"NUL":                     strings.Repeat("\x00", mega),
		"line ends":               strings.Repeat("\n", mega),
		"carriage returns":        strings.Repeat("\r", mega),
	}
}

// manyHosts returns links to different hosts whose names are nearly that of a brand.
func manyHosts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<a href=//micros0ft-%d.example/>", i)
	}
	return b.String()
}

// FIL-05: what a mail costs is bounded by its size, however it is built: no more
// than 40 bytes of garbage for each of its own and 64 MiB for any.
func TestParse_isBoundedOnHostileMails(t *testing.T) { //nolint:paralleltest // it measures allocations
	for name, mail := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m := parse(t, mail)
		out := m.Output()
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if most := uint64(min(64<<20, 40*len(mail)+4<<20)); allocated > most {
			t.Errorf("%s: %d KiB allocated for %d KiB, more than %d KiB", name, allocated>>10, len(mail)>>10, most>>10)
		}
		checkOutput(t, name, out)
		t.Logf("%s: %d KiB: %d KiB allocated, %d warnings", name, len(mail)>>10, allocated>>10, len(m.Warnings))
	}
}

// FIL-05: parts and levels over the limits are left out, and the mail says so.
func TestParse_keepsItsLimits(t *testing.T) {
	t.Parallel()
	mails := hostile()
	parts := parse(t, mails["50,000 parts"])
	if n := strings.Count(parts.Text, "x"); n != DefaultLimits().Parts-1 || !warns(parts, WarnTooMany) {
		t.Errorf("of 50,000 parts %d were read, warnings %v", n, parts.Warnings)
	}
	levels := parse(t, mails["5,000 levels"])
	if len(levels.Attachments) != 1 || strings.Count(levels.Attachments[0].Where, ".") != DefaultLimits().Depth-1 || !warns(levels, WarnTooDeep) {
		t.Errorf("of 5,000 levels: %d attachments, warnings %v", len(levels.Attachments), levels.Warnings)
	}
	depth, inner := 0, parse(t, mails["5,000 attached mails"])
	for ; len(inner.Attached) > 0; inner = inner.Attached[0] {
		depth++
	}
	if depth != DefaultLimits().Depth || !warns(inner, WarnTooDeep) {
		t.Errorf("of 5,000 attached mails %d were read, warnings %v", depth, inner.Warnings)
	}
	small := Limits{Bytes: 1000, Headers: 3, HeaderBytes: 200, TextBytes: 10, Links: 2, Observables: 2, Addresses: 2, Warnings: 4}
	mail := "From: a@example.com, b@example.com, c@example.com\nA: 1\nB: 2\nC: 3\n\nhttp://a.example http://b.example http://c.example" + strings.Repeat("x", 1000)
	m, err := Parse(strings.NewReader(mail), small)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.From) != 2 || len(m.Header) > 3 || len(m.Text) > 10 || len(m.Links) > 2 || len(m.Observables()) > 2 || len(m.Warnings) > 4 {
		t.Errorf("small limits: %d authors, %d fields, text %q, links %v, warnings %v", len(m.From), len(m.Header), m.Text, m.Links, m.Warnings)
	}
	for _, code := range []string{WarnTooLarge, WarnTooMany, WarnTextCut} {
		if !warns(m, code) {
			t.Errorf("small limits: no warning %s in %v", code, m.Warnings)
		}
	}
}

// warns reports whether a mail has a warning.
func warns(m *Message, code string) bool {
	return slices.ContainsFunc(m.Warnings, func(w Warning) bool { return w.Code == code })
}

// FIL-05: no more than the limit is read of a source without end.
func TestParse_stopsReadingAtItsLimit(t *testing.T) {
	t.Parallel()
	endless := &endlessReader{}
	m, err := Parse(endless, Limits{Bytes: 1 << 20})
	if err != nil || !warns(m, WarnTooLarge) || endless.read > 4<<20 {
		t.Errorf("%d bytes were read, err %v", endless.read, err)
	}
}

// endlessReader gives the letter x without end.
type endlessReader struct{ read int }

// Read fills b.
func (r *endlessReader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	r.read += len(b)
	return len(b), nil
}

var _ io.Reader = (*endlessReader)(nil)

// FuzzParse checks that every sequence of bytes gives a message whose output
// has its type and size, twice the same.
func FuzzParse(f *testing.F) { // FIL-12
	for _, mail := range hostile() {
		if len(mail) < 20_000 {
			f.Add([]byte(mail))
		}
	}
	for _, seed := range []string{
		"From: a@b.c\nSubject: =?utf-8?B?w6k=?=\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html; charset=utf-7\n\n<base href=//b.example/><a href=c>d</a>\n--x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKeQ==\n--x--\n",
		"Received: from a ([192.0.2.1]) by b; 4 Mar 2025 08:00:00 +0000\nAuthentication-Results: spf=pass (x) smtp.mailfrom=a;dkim=fail\nDate: 4 Mar 2025 08:00 PST\n\nhxxp://a[.]b.com\n",
		"Content-Type: multipart/mixed\n\n--\nA: b\n\nhttp://[::1]:80/%zz#é\n----\n",
		"Content-Type: text/html\nContent-Disposition: attachment; filename*0*=utf-8''%2e%2e; filename*1=/a\n\n<!--[if x]><a href=http://0x7f.1\\@x>",
	} {
		f.Add([]byte(seed))
	}
	f.Add(outlookPhish().MSG())
	f.Add(outlookPhish().TNEF())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		m, err := Parse(bytes.NewReader(data), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		out := m.Output()
		checkOutput(t, "fuzz", out)
		for _, s := range m.Signals() {
			if !slices.Contains(signalCodes(), s.Code) {
				t.Errorf("signal %q is not declared", s.Code)
			}
		}
		again, err := Parse(bytes.NewReader(data), Limits{})
		if err != nil || !bytes.Equal(prettyJSON(t, out), prettyJSON(t, again.Output())) {
			t.Errorf("a second reading differs: %v", err)
		}
	})
}

// FuzzParseURL checks that a canonical URL is canonical.
func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{"http://a.example:80/%zz?x#y", "https://ü@b@[::1]:443\\c", "HTTP:0x7f.1", "ftp://①.example。/ "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, ok := parseURL(raw)
		if !ok {
			return
		}
		if !isOfKind(u.canonical, "url") {
			t.Fatalf("parseURL(%q): %q is no URL", raw, u.canonical)
		}
		again, ok := parseURL(u.canonical)
		if !ok || again.canonical != u.canonical || again.host != u.host {
			t.Fatalf("parseURL(%q): %q becomes %q", raw, u.canonical, again.canonical)
		}
	})
}
