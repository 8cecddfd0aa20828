package email

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func TestStripped_tellsNobodyWhoClicked(t *testing.T) {
	t.Parallel()
	const kim = "kim.lee@corp.example"
	r := parse(t, "To: Kim <kim.lee@corp.example>\nSubject: s\n\nx").Read(Organisation{})
	s := r.stripper()
	b64, raw64 := base64.StdEncoding.EncodeToString([]byte(kim)), base64.RawURLEncoding.EncodeToString([]byte("x="+kim))
	for in, want := range map[string]string{
		"https://evil.example/a?email=kim.lee@corp.example&x=1":                     "https://evil.example/a?x=1",
		"https://evil.example/a?e=Kim.Lee%40Corp.example":                           "https://evil.example/a",
		"https://evil.example/a?x=1&d=" + b64:                                       "https://evil.example/a?x=1",
		"https://evil.example/a?d=" + strings.TrimRight(b64, "="):                   "https://evil.example/a",
		"https://evil.example/a#" + b64:                                             "https://evil.example/a",
		"https://evil.example/a/" + raw64 + "/b":                                    "https://evil.example/a/b",
		"https://evil.example/a/" + hex.EncodeToString([]byte(kim)):                 "https://evil.example/a",
		"https://evil.example/a?h=4bb7a4b5e3a8b6f4a7c2d1e0f9b8a7c6":                 "https://evil.example/a?h=4bb7a4b5e3a8b6f4a7c2d1e0f9b8a7c6",
		"https://evil.example/a?to=other@else.example":                              "https://evil.example/a",
		"https://evil.example/a?utm_source=x&id=7&mc_eid=abc":                       "https://evil.example/a?id=7",
		"https://evil.example/#/login?user=kim.lee@corp.example&z=1":                "https://evil.example/#/login?z=1",
		"https://evil.example/#kim.lee@corp.example":                                "https://evil.example/",
		"https://kim.lee%40corp.example@evil.example/a":                             "https://evil.example/a",
		"https://r.example/?url=https%3A%2F%2Fe.example%2Fp%3Fu%3D" + b64:           "https://r.example/?url=https%3A%2F%2Fe.example%2Fp",
		"https://r.example/?url=https%3A%2F%2Fe.example%2Fp%3Fq%3D1&email=a@b.com":  "https://r.example/?url=https%3A%2F%2Fe.example%2Fp%3Fq%3D1",
		"https://evil.example/a?x=1&y=%zz#top":                                      "https://evil.example/a?x=1&y=%zz#top",
		"https://evil.example/a?u=kim.lee&x=1":                                      "https://evil.example/a?x=1",
		"https://evil.example/kim.lee/a?q=" + hex.EncodeToString([]byte("Kim.Lee")): "https://evil.example/a",
		"https://evil.example/a?q=kim&u=sales":                                      "https://evil.example/a?q=kim&u=sales",
		"https://evil.example/":                                                     "https://evil.example/",
		"https://evil.example/@team/page?token=abcdef":                              "https://evil.example/@team/page?token=abcdef",
	} {
		u, ok := parseURL(in)
		if !ok {
			t.Fatalf("%s is no URL", in)
		}
		wantURL, _ := parseURL(want)
		if got := s.strip(u.canonical); got != wantURL.canonical {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, wantURL.canonical)
		}
	}
	for _, digest := range []string{"md5", "sha1", "sha256"} {
		for sum := range s.digests {
			if got := s.strip("https://evil.example/x?h=" + strings.ToUpper(sum)); got != "https://evil.example/x" {
				t.Errorf("%s: %s is left in %s", digest, sum, got)
			}
		}
	}
}

func TestOneTime_knowsLinksThatAct(t *testing.T) {
	t.Parallel()
	const token = "k7Gd92LmQx81TzVb4NpR"
	for in, want := range map[string]bool{
		"https://a.example/unsubscribe?u=1": true, "https://a.example/u/abmelden": true, "https://a.example/opt-out/7": true,
		"https://a.example/reset-password?token=" + token: true, "https://a.example/resetPassword/" + token: true, "https://a.example/reset-password": false,
		"https://a.example/verify?code=" + token: true, "https://a.example/verify": false, "https://a.example/confirm/" + token: true,
		"https://a.example/requests/9/approve?sig=" + token: true, "https://a.example/approve": false,
		"https://a.example/login?ticket=" + token: true, "https://a.example/magic-link/" + token: true, "https://a.example/login?next=/home": false,
		"https://calendar.example/event?action=respond&id=1": true, "https://a.example/rsvp/5": true, "https://a.example/news/reset-of-the-economy": false,
		"https://a.example/articles/how-to-confirm-a-booking-in-three-steps": false, "https://a.example/": false,
	} {
		u, _ := parseURL(in)
		l := Link{Raw: in, URL: u.canonical, Scheme: u.scheme, Host: u.host.name}
		if why := l.OneTime(); (why != "") != want {
			t.Errorf("%s: %q, want %v", in, why, want)
		}
	}
	for shown, want := range map[string]bool{"Passwort zurücksetzen": true, "Genehmigen": true, "Se désinscrire": true, "パスワードを再設定": true, "Read more": false} {
		l := Link{URL: "https://t.example/c/" + token, Scheme: "https", Text: shown}
		if why := l.OneTime(); (why != "") != want {
			t.Errorf("%s: %q, want %v", shown, why, want)
		}
	}
}

// FuzzStripped checks that what is left is a URL that leads to the same host and
// holds no address.
func FuzzStripped(f *testing.F) {
	for _, seed := range []string{"https://e.example/a?x=a2ltQGNvcnAuZXhhbXBsZQ#k@c.example", "http://a.example/%40/b@c.example?u=http%3A%2F%2Fb.example%2F%3Fe%3Dk%40c.example&=&&#?=a@b.cd", "ftp://u@h.example/?#?#"} {
		f.Add(seed)
	}
	s := parse(f, "To: kim@corp.example\nSubject: s\n\nx").Read(Organisation{}).stripper()
	f.Fuzz(func(t *testing.T, raw string) {
		u, ok := parseURL(raw)
		if !ok {
			return
		}
		got := s.strip(u.canonical)
		again, ok := parseURL(got)
		if !ok || again.host != u.host || !isOfKind(got, "url") {
			t.Fatalf("%q: %q leads to %v, want %v", u.canonical, got, again.host, u.host)
		}
		if strings.Contains(strings.ToLower(got), "kim@corp.example") && !strings.Contains(again.host.name, "@") {
			t.Errorf("%q: %q still says who clicked", u.canonical, got)
		}
		_ = Link{URL: u.canonical, Scheme: u.scheme, Text: raw}.OneTime()
	})
}
