package email

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseURL_readsWhatBrowsersRead(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://Example.COM":                              "https://example.com/",
		"HTTP://example.com:80/a?b#c":                      "http://example.com/a?b#c",
		"https://example.com:8443/":                        "https://example.com:8443/",
		"http:\\\\example.com\\a":                          "http://example.com/a",
		"http:example.com/x":                               "http://example.com/x",
		"http:////example.com/x":                           "http://example.com/x",
		" https://exa\nmple.com/a\tb ":                     "https://example.com/ab",
		"https://example.com./":                            "https://example.com/",
		"https://good.example@evil.example/":               "https://good.example@evil.example/",
		"https://a:b@c@evil.example/":                      "https://a:b%40c@evil.example/",
		"http://2130706433/":                               "http://127.0.0.1/",
		"http://0x7f.1/":                                   "http://127.0.0.1/",
		"http://0177.0.0.1/":                               "http://127.0.0.1/",
		"http://①②⑦.0.0.1/":                                "http://127.0.0.1/",
		"http://[2001:DB8::1]:80/":                         "http://[2001:db8::1]/",
		"https://bücher.example/ä?ö#ü":                     "https://xn--bcher-kva.example/%C3%A4?%C3%B6#%C3%BC",
		"https://ex%61mple.com/%zz%41":                     "https://example.com/%25zz%41",
		"https://example。com/":                             "https://example.com/",
		"https://exam\u00adple.com/":                       "https://example.com/",
		"https://example.com/a b\"c<d>":                    "https://example.com/a%20b%22c%3Cd%3E",
		"https://example.com/?u=http://x.example/#k@l.org": "https://example.com/?u=http://x.example/#k@l.org",
		"https://_dmarc.example.com/":                      "https://_dmarc.example.com/",
		"https://intranet/":                                "https://intranet/",
	} {
		if got, ok := parseURL(in); !ok || got.canonical != want {
			t.Errorf("parseURL(%q): got %q, %v, want %q", in, got.canonical, ok, want)
		}
	}
	for _, in := range []string{"", "x", "http://", "http:///", "https://exa mple.com/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://example.com:99999/",
		"http://[::1/", "http://a..b/", "javascript:alert(1)", "data:text/html,x", "http://%00/", "http://" + strings.Repeat("a", 300) + ".com/"} {
		if got, ok := parseURL(in); ok {
			t.Errorf("parseURL(%q): got %q, want none", in, got.canonical)
		}
	}
}

// links returns where and URL (or scheme) of each link of an HTML body.
func links(t *testing.T, body string) []string {
	t.Helper()
	var all []string
	for _, l := range parse(t, "Subject: s\nContent-Type: text/html\n\n"+body).Links {
		all = append(all, l.Where+" "+firstOf(l.URL, l.Scheme+":"))
	}
	return all
}

func TestLinks_areFoundWhereverHTMLHidesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, want string }{
		{`<A HREF=https://a.example/1>x</A>`, "html a href https://a.example/1"},
		{`<a href='https://a.example/?a=1&amp;b=&#50;'>x`, "html a href https://a.example/?a=1&b=2"},
		{`<base href="https://b.example/dir/"><a href="../up?x">x</a>`, "html base href https://b.example/dir/"},
		{`<base href="https://b.example/dir/"><a href="../up?x">x</a>`, "html a href https://b.example/up?x"},
		{`<a href="//c.example/">x</a>`, "html a href http://c.example/"},
		{`<a href="www.example.com/x">x</a>`, "html a href http://www.example.com/x"},
		{`<a href="example.com:8080/x">x</a>`, "html a href http://example.com:8080/x"},
		{`<meta http-equiv=Refresh content="0; URL='https://m.example/'">`, "html meta refresh https://m.example/"},
		{`<img src=https://i.example/p.gif>`, "html img src https://i.example/p.gif"},
		{`<form action="https://f.example/">`, "html form action https://f.example/"},
		{`<button formaction="https://f.example/b">`, "html button formaction https://f.example/b"},
		{`<td background="https://t.example/">`, "html td background https://t.example/"},
		{`<svg><a xlink:href="https://s.example/"><text>x</text></a></svg>`, "html a href https://s.example/"},
		{`<!--[if mso]><a href="https://o.example/">x</a><![endif]-->`, "html a href https://o.example/"},
		{`<a href="java&#10;script:alert(1)">x</a>`, "html a href javascript:"},
		{`<div><table><a href="https://u.example/"><b>open`, "html a href https://u.example/"},
		{`see https://x.example/y.`, "html text https://x.example/y"},
		{"<a href=\"https://n.example/a\nb\">x</a>", "html a href https://n.example/ab"},
	} {
		if got := links(t, c.body); !slices.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q among them", c.body, got, c.want)
		}
	}
	for _, body := range []string{`<a href="#top">x</a>`, `<script>var u="https://not.example/"</script>`, `<!-- https://not.example/ -->`} {
		if got := links(t, body); len(got) > 0 {
			t.Errorf("%s: got %q, want none", body, got)
		}
	}
}

func TestLinks_tellWhenTheirTextLies(t *testing.T) {
	t.Parallel()
	for text, lies := range map[string]bool{
		"https://www.bank.com/login": true, "www.bank.com": true, "bank.com": true, "<b>bank</b>.com": true, "Log in at <i>bank.com</i> now": true,
		"https://mail.evil.com/": false, "evil.com": false, "Click here": false, "invoice.zip": false, "kim@bank.com": false, "": false,
	} {
		m := parse(t, "Subject: s\nContent-Type: text/html\n\n<a href=https://login.evil.com/x>"+text+"</a>")
		if len(m.Links) != 1 || (m.Links[0].TextHost != "") != lies {
			t.Errorf("%q: %+v, want a lie: %v", text, m.Links, lies)
		}
		if got := slices.ContainsFunc(m.Signals(), func(s Signal) bool { return s.Code == SignalLinkText }); got != lies {
			t.Errorf("%q: signal %v, want %v", text, got, lies)
		}
	}
}

func TestScanText_findsAndRefangs(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"go to http://a.example/x, now":       {"url http://a.example/x"},
		"(see https://a.example/b_(c))":       {"url https://a.example/b_(c)"},
		"<https://a.example/>":                {"url https://a.example/"},
		"hxxps://a[.]example/x":               {"url https://a.example/x"},
		"hXXp[://]a(.)example[/]x":            {"url http://a.example/x"},
		"meow://a.example/":                   {"url http://a.example/"},
		"\"HTTPS://A.example\"":               {"url https://a.example"},
		"url=https://a.example/":              {"url https://a.example/"},
		"www.a.com.":                          {"url http://www.a.com"},
		"a.com/path":                          {"url http://a.com/path"},
		"evil[.]com":                          {"domain evil.com"},
		"kim@a.com, lee[at]b[.]org":           {"email kim@a.com", "email lee@b.org"},
		"mailto:kim@a.com":                    {"email kim@a.com"},
		"From:kim@a.com":                      {"email kim@a.com"},
		"https://a.example/…":                 {"url https://a.example/"},
		"node.js readme.md 1.2.3 a.zip e.g. ": nil,
		"done.The next, user@host":            nil,
		"com .com co.uk a..com -":             nil,
	} {
		var got []string
		scanText(in, func(kind textKind, value string) bool {
			got = append(got, []string{"url", "domain", "email"}[kind]+" "+value)
			return true
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

func TestSafeName_isSafe(t *testing.T) { // FIL-01
	t.Parallel()
	for in, want := range map[string]string{
		"invoice.pdf": "invoice.pdf", "../../etc/passwd": "passwd", `C:\x\y.exe`: "y.exe", "a\x00b\nc.txt": "abc.txt", "ann\u202efdp.exe": "annfdp.exe",
		"con.txt": "_con.txt", "..": "", "/": "", " . ": "", "a:b|c?.txt": "a_b_c_.txt", "Rechnung für März.pdf": "Rechnung für März.pdf",
		strings.Repeat("ä", 300) + ".pdf": strings.Repeat("ä", 98) + ".pdf", "": "",
	} {
		if got := safeName(in); got != want {
			t.Errorf("safeName(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestSignals_sayWhatIsStriking(t *testing.T) {
	t.Parallel()
	file := func(name, declared, content string) string {
		return fmt.Sprintf("From: a@b.com\nMessage-ID: <1@b.com>\nContent-Type: %s\nContent-Disposition: attachment; filename=\"%s\"\n\n%s", declared, name, content)
	}
	for _, c := range []struct{ name, mail, code string }{
		{"reply to elsewhere", "From: a@b.com\nReply-To: x@c.com\n\n", SignalReplyTo},
		{"a name that is an address", "From: \"boss@c.com\" <a@b.com>\n\n", SignalDisplayName},
		{"two authors", "From: a@b.com, c@d.com\n\n", SignalFromSeveral},
		{"no author", "From: <>\n\n", SignalFromMissing},
		{"no Message-ID", "From: a@b.com\n\n", SignalNoMessageID},
		{"look-alike sender", "From: a@аpple.com\n\n", SignalSenderIDN},
		{"failed DKIM", "Authentication-Results: x; dkim=fail\nFrom: a@b.com\n\n", SignalDKIM},
		{"a program", file("x.exe", "application/octet-stream", "MZ"), SignalExecutable},
		{"a page", file("x.html", "application/octet-stream", "<html>"), SignalHTMLFile},
		{"two extensions", file("x.pdf.js", "application/octet-stream", "1"), SignalDoubleExtension},
		{"a type that is another", file("x.pdf", "application/pdf", "<html><body>hi</body></html>"), SignalFileType},
		{"a reversed name", file("ann\u202efdp.exe", "application/octet-stream", "MZ"), SignalBidi},
		{"a script link", "From: a@b.com\nContent-Type: text/html\n\n<a href=javascript:x>y</a>", SignalLinkScheme},
		{"a password form", "From: a@b.com\nContent-Type: text/html\n\n<input type=PASSWORD>", SignalPasswordForm},
		{"a form that is broken", "From: a@b.com\nContent-Type: multipart/mixed\n\nx", SignalMalformed},
		{"a doubled header", "From: a@b.com\nFrom: c@d.com\n\n", SignalDuplicate},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list := parse(t, c.mail).Signals()
			if !slices.ContainsFunc(list, func(s Signal) bool { return s.Code == c.code && s.Text != "" }) {
				t.Errorf("%q: got %v, want %s", c.mail, list, c.code)
			}
		})
	}
	plain := "From: Kim <a@mail.b.com>\nReply-To: c@b.com\nMessage-ID: <1@b.com>\nAuthentication-Results: x; spf=pass; dkim=none\nContent-Type: text/html\n\n<a href=https://b.com>b.com</a>"
	if list := parse(t, plain).Signals(); len(list) > 0 {
		t.Errorf("a plain mail: got %v, want none", list)
	}
}
