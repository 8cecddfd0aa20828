package observable_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/observable"
)

// list returns type and value of what is found.
func list(found []observable.Found) []string {
	out := []string{}
	for _, f := range found {
		out = append(out, string(f.Type)+" "+f.Value)
	}
	return out
}

func TestExtract_findsEachTypeInProse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"see https://evil.example.com/a(b)c), and":            {"url https://evil.example.com/a(b)c", "domain evil.example.com"},
		"http://a.example.com/x,http://b.example.com/y":       {"url http://a.example.com/x", "domain a.example.com", "url http://b.example.com/y", "domain b.example.com"},
		"a=http://0x7f.1/ b=http://2130706433/":               {"url http://127.0.0.1/", "ipv4 127.0.0.1", "url http://127.0.0.1/", "ipv4 127.0.0.1"},
		"0177.0.0.1 1.300 10.0.0.256 v1.2.3.4.5":              {},
		"10.0.0.0/8 and 10.1.2.3/8, 1.2.3.4-1.2.3.9":          {"cidr 10.0.0.0/8", "cidr 10.1.2.3/8", "ipv4 10.1.2.3", "ipv4 1.2.3.4", "ipv4 1.2.3.9"},
		"2001:db8::/32 ::ffff:192.0.2.1 12:34:56 a::b std::x": {"cidr 2001:db8::/32", "ipv6 ::ffff:192.0.2.1", "ipv4 192.0.2.1"},
		"fe80::1%eth0.":                                                                         {"ipv6 fe80::1"},
		"mail john.doe+x@Mail.Example.COM now":                                                  {"email john.doe+x@mail.example.com", "domain mail.example.com"},
		"root@[IPv6:2001:db8::1]":                                                               {"email root@[ipv6:2001:db8::1]", "ipv6 2001:db8::1"},
		"https://bank.example.com@evil.example.net/":                                            {"url https://bank.example.com@evil.example.net/", "domain evil.example.net"},
		"report.pdf.exe, archive.zip, evil[.]zip":                                               {"file_name report.pdf.exe", "file_name archive.zip", "domain evil.zip"},
		"www.blic.rs main.rs mfa.gov.rs":                                                        {"domain www.blic.rs", "file_name main.rs", "domain mfa.gov.rs"},
		"d41d8cd98f00b204e9800998ecf8427e":                                                      {"md5 d41d8cd98f00b204e9800998ecf8427e"},
		"xd41d8cd98f00b204e9800998ecf8427e":                                                     {},
		"12345678901234567890123456789012":                                                      {},
		"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709":                                              {"sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		"CVE\u20112024\u20113400 CVE-24-1":                                                      {"cve CVE-2024-3400"},
		"T1059.001 and T1566, not T2000 or XT1566":                                              {"attack_technique T1059.001", "attack_technique T1566"},
		"as 2014 AS 64500 asn64501":                                                             {"asn AS64500", "asn AS64501"},
		"AA-BB-CC-DD-EE-FF aa:bb:cc:dd:ee:ff aabb.ccdd.eeff f0:fb:13:90:f5:34:0c":               {"mac aa:bb:cc:dd:ee:ff", "mac aa:bb:cc:dd:ee:ff", "mac aa:bb:cc:dd:ee:ff"},
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb":                 {"bitcoin 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4":                                            {"bitcoin bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0":                        {"bitcoin bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed": {"ethereum 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"},
		"tlp:amber+strict TLP CLEAR tlp blue":                                                   {"tlp TLP:AMBER+STRICT", "tlp TLP:CLEAR"},
		`run "C:\Program Files\My App\my tool.exe" then`:                                        {`file_path C:\Program Files\My App\my tool.exe`, "file_name tool.exe"},
		`\\fs01\share\x.docx was opened`:                                                        {`file_path \\fs01\share\x.docx`, "file_name x.docx"},
		`/etc/passwd, and/or ~/.ssh/id_rsa`:                                                     {"file_path /etc/passwd", "file_path ~/.ssh/id_rsa"},
		`HKLM\Software\Microsoft\Windows NT\CurrentVersion\Run in C:\x.exe`:                     {`registry_key HKLM\Software\Microsoft\Windows NT\CurrentVersion\Run`, `file_path C:\x.exe`, "file_name x.exe"},
		"curl/8.5.0 and Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/1.2.3.4":         {"user_agent curl/8.5.0", "user_agent Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/1.2.3.4"},
		"He said so.In the end we met at noon (at) the dot com bar. e.g. this, i.e. that.":      {},
		"Win32/Agent.SYS Win32/Spy.AHK.AD System.Net":                                           {},
	} {
		found, more := observable.Extract(text, observable.Options{})
		if diff := cmp.Diff(want, list(found)); diff != "" || more {
			t.Errorf("Extract(%q), more %v (-want +got)\n%s", text, more, diff)
		}
	}
}

func TestExtract_saysWhereItStood(t *testing.T) {
	t.Parallel()
	const text = "→ hxxps[:]//evil[.]example[.]com/x. Or evil [dot] example [dot] org!"
	found, _ := observable.Extract(text, observable.Options{})
	var raws []string
	for _, f := range found {
		if text[f.Offset:f.End] != f.Raw || !f.Defanged {
			t.Errorf("%s stands at %d to %d, %q, defanged %v", f.Value, f.Offset, f.End, f.Raw, f.Defanged)
		}
		raws = append(raws, f.Raw)
	}
	if diff := cmp.Diff([]string{"hxxps[:]//evil[.]example[.]com/x", "evil[.]example[.]com", "evil [dot] example [dot] org"}, raws); diff != "" {
		t.Errorf("raw (-want +got)\n%s", diff)
	}
}

func TestExtract_givesBothFormsOfNamesAndFlagsMixedScripts(t *testing.T) {
	t.Parallel()
	found, _ := observable.Extract("http://аpple.com/ and bücher.example.com", observable.Options{})
	want := []observable.Found{
		{Type: observable.Domain, Value: "xn--pple-43d.com", Unicode: "аpple.com", Note: "letters of several scripts in one label", Part: observable.PartHost},
		{Type: observable.Domain, Value: "xn--bcher-kva.example.com", Unicode: "bücher.example.com"},
	}
	got := ofTypes(found, observable.Domain)
	for i := range got {
		got[i].Raw, got[i].Offset, got[i].End = "", 0, 0
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("domains (-want +got)\n%s", diff)
	}
}

func TestExtract_keepsItsLimits(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("http://a.example.com/ ", 100)
	found, more := observable.Extract(text, observable.Options{Limit: 7})
	if len(found) != 7 || !more || found[6].Offset > 66 {
		t.Errorf("got %d found, more %v, want the first 7 and more", len(found), more)
	}
	found, more = observable.Extract(text, observable.Options{Bytes: 44})
	if len(found) != 4 || !more {
		t.Errorf("got %d found, more %v, want what stands in the first 44 bytes and more", len(found), more)
	}
}

func TestDefang_isUndoneByRefang(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://evil.example/a.b?c=d@e": "hxxps[://]evil[.]example/a.b?c=d@e",
		"ftp://evil.example":             "fxp[://]evil[.]example",
		"a@evil.example":                 "a[@]evil[.]example",
		"192.0.2.1":                      "192[.]0[.]2[.]1",
		"2001:db8::1":                    "2001[:]db8::1",
	} {
		if got := observable.Defang(in); got != want {
			t.Errorf("Defang(%q): got %q, want %q", in, got, want)
		}
		if got := observable.Refang(want); got != in {
			t.Errorf("Refang(%q): got %q, want %q", want, got, in)
		}
	}
}

// hostile returns texts that make careless finders slow.
func hostile() []string {
	var all []string
	for _, piece := range []string{
		"http://", "[.", "a@", "@a", "a.", "..", "::", "a:", "://", "[", "((", "a dot com ", " at a", "C:\\", "\\", "/a", "~/", "%25", "Mozilla/5.0 (", "HKLM\\a b c ", "3:a", "(a)@", "\"@", "xn--", "ab-cd-", "1.1.1.1-", "hxxp", "0x", "a_b.", "AS ", "http://a?http://b&", ",http://a/", "\xff", "ｅ。",
	} {
		all = append(all, strings.Repeat(piece, 200_000/len(piece)))
	}
	return all
}

func TestExtract_readsHostileTextInLinearTime(t *testing.T) {
	t.Parallel()
	for _, text := range hostile() {
		start := time.Now()
		found, _ := observable.Extract(text, observable.Options{})
		checkFound(t, text, found)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%.10q… takes %v for 200 kB", text, took)
		} else if took > 200*time.Millisecond {
			t.Logf("%.10q… takes %v for 200 kB", text, took)
		}
	}
}

// checkFound checks what holds for every text.
func checkFound(tb testing.TB, text string, found []observable.Found) {
	tb.Helper()
	for _, f := range found {
		if f.Offset < 0 || f.End > len(text) || f.Offset >= f.End || text[f.Offset:f.End] != f.Raw || f.Value == "" || f.Type == "" {
			tb.Fatalf("bad: %+v in %q", f, text)
		}
		if utf8.ValidString(text) && !utf8.ValidString(f.Value) && f.Type != observable.URL {
			tb.Fatalf("not UTF-8: %+v in %q", f, text)
		}
	}
}

func FuzzExtract(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text[:min(len(text), 40)])
	}
	f.Add("→ hxxps[:]//evil[.]example[.]com/x?u=a%2540b.com C:\\a b\\c HKLM\\a::1%x 1536:aaaa:bbbbbbbbbbbbbbbb Mozilla/5.0 (a) b/1")
	f.Fuzz(func(t *testing.T, text string) {
		found, _ := observable.Extract(text, observable.Options{Limit: 50, Bytes: 1000})
		checkFound(t, text, found)
	})
}

func FuzzUnwrap(f *testing.F) {
	f.Add("https://urldefense.com/v3/__https://evil.example/**B*A__;4pyTw6Q!!x!y$")
	f.Add("https://urldefense.com/v2/url?u=https-3A__e.example_-2&u=")
	f.Add("https://x.protection.sophos.com?u=aHR0cHM6Ly9l")
	f.Fuzz(func(t *testing.T, url string) {
		final, layers := observable.Unwrap(url)
		if len(layers) == 0 && final != url || len(layers) > 5 {
			t.Fatalf("Unwrap(%q): %q, %d layers", url, final, len(layers))
		}
	})
}

func FuzzRefang(f *testing.F) {
	f.Add("hxxps[:]//evil[.]example [dot] com meow://a [at] b (dot) c a at b dot com")
	f.Fuzz(func(t *testing.T, text string) {
		if got := observable.Refang(text); len(got) > 2*len(text)+8 {
			t.Fatalf("Refang(%q): %q", text, got)
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	var all strings.Builder
	for _, text := range reports(b, ".adoc") {
		all.WriteString(text)
	}
	text := all.String()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		observable.Extract(text, observable.Options{})
	}
}

func BenchmarkExtract_prose(b *testing.B) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog, and then, at noon, it rests. See https://example.com/a for more.\n", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		observable.Extract(text, observable.Options{})
	}
}
