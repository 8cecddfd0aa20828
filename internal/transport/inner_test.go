package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"net"
	"net/url"
	"strings"
	"testing"
)

const sample = "s3cr3t-Value/with+signs=&\"q\"=="

// FuzzRedactor proves that up to three escapes, one over the other, hide no
// secret, and that what holds no secret stays as it is.
func FuzzRedactor(f *testing.F) {
	encoders := []func(string) string{
		func(s string) string { return s },
		url.QueryEscape, url.PathEscape, html.EscapeString, percentAll,
		func(s string) string { b, _ := json.Marshal(s); return string(b) },
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	}
	f.Add("before ", " after", uint8(1), uint8(5), uint8(3))
	f.Add("", "", uint8(6), uint8(1), uint8(5))
	f.Add("u:", "tail", uint8(7), uint8(0), uint8(5))
	f.Fuzz(func(t *testing.T, before, after string, a, b, c uint8) {
		r := &redactor{}
		r.add(sample)
		for _, part := range []string{"s3cr3t", "Value", "with", "signs"} {
			if strings.Contains(before+after, part) {
				return
			}
		}
		plain := before + "|" + after
		if got := r.text(plain); got != plain && !strings.Contains(plain, "[secret]") {
			t.Fatalf("%q became %q", plain, got)
		}
		// Base64 first, so that what is escaped later is text.
		first := int(a) % len(encoders)
		second, third := int(b)%6, int(c)%6
		if second == 4 || third == 4 || (first == 4 && (second != 0 && second != 5 || third != 0 && third != 5)) {
			return // escaping every byte, or every byte's escape, of something else: nobody does that
		}
		s := encoders[third](encoders[second](encoders[first](before + sample + after)))
		got := r.text(s)
		for _, leak := range []string{"s3cr3t-Value", base64.RawStdEncoding.EncodeToString([]byte("s3cr3t-Va")), "%73%33%63%72%33%74"} {
			if strings.Contains(got, leak) {
				t.Fatalf("%q keeps %q (encoders %d %d %d)", got, leak, first, second, third)
			}
		}
		if !bytes.Equal(r.bytes([]byte(s)), []byte(got)) {
			t.Fatal("bytes and text differ")
		}
	})
}

func TestRedactor_leavesShortValuesAndOrdinaryWords(t *testing.T) {
	t.Parallel()
	r := &redactor{}
	r.add("admin", "", "a/b+c=d", "x")
	for _, text := range []string{"the admin of a vendor", "a b c d", "a/b/c/d", `{"a":1,"b":2,"c":3,"d":4}`} {
		if got := r.text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := r.text("x=a/b+c=d"); got != "x=[secret]" {
		t.Errorf("got %q", got)
	}
}

func TestRedactor_findsTheLinesOfAKey(t *testing.T) {
	t.Parallel()
	r := &redactor{}
	r.add("-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\nAwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n")
	if got := r.text("line 2: AwEHBG0wawIBAQQg, -----BEGIN PRIVATE KEY-----"); got != "line 2: [secret], -----BEGIN PRIVATE KEY-----" {
		t.Errorf("got %q", got)
	}
}

func TestRedactor_remembersABoundedNumber(t *testing.T) {
	t.Parallel()
	r := &redactor{}
	for i := range 3 * maxRemembered {
		r.add("token-number-" + strings.Repeat("x", i))
	}
	if len(r.values) != maxRemembered {
		t.Errorf("%d values are remembered", len(r.values))
	}
}

// FuzzProxyAnswer proves that no answer to CONNECT makes the reader panic or
// read past the head.
func FuzzProxyAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\nSSH-2.0"))
	f.Add([]byte("HTTP/1.1 407 X\r\nContent-Length: 5\r\n\r\nabcde"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		conn := &canned{r: bytes.NewReader(raw)}
		err := answered(conn)
		if end := bytes.Index(raw, []byte("\r\n\r\n")); err == nil && len(raw)-conn.r.Len() != end+4 {
			t.Fatalf("%d bytes were read of a head of %d", len(raw)-conn.r.Len(), end+4)
		}
	})
}

type canned struct {
	net.Conn
	r *bytes.Reader
}

func (c *canned) Read(p []byte) (int, error) { return c.r.Read(p) }

func TestRenderTokenURL_keepsSettingsInTheirPlace(t *testing.T) {
	t.Parallel()
	settings := map[string]any{"login": "https://login.example/", "tenant": "a/../b?c#d", "n": 7}
	for template, want := range map[string]string{
		"https://login.example/token":                         "https://login.example/token",
		"${{ settings.login }}/x/${{settings.n}}":             "https://login.example/x/7",
		"https://login.example/${{ settings.tenant }}/token":  "https://login.example/a%2F..%2Fb%3Fc%23d/token",
		"https://login.example/${{ settings.missing }}/token": "",
		"https://login.example/${{ input.x }}":                "",
		"https://login.example/${{ settings.n":                "",
	} {
		u, err := renderTokenURL(template, settings)
		if (err != nil) != (want == "") || (err == nil && u.String() != want) {
			t.Errorf("%s: got %v, %v; want %q", template, u, err, want)
		}
	}
}

// FuzzTokenURL proves that a setting which is not the beginning cannot change the host.
func FuzzTokenURL(f *testing.F) {
	f.Add("tenant")
	f.Add("@evil.example/")
	f.Add("..")
	f.Fuzz(func(t *testing.T, tenant string) {
		u, err := renderTokenURL("https://login.example/${{ settings.tenant }}/token", map[string]any{"tenant": tenant})
		if err == nil && (u.Host != "login.example" || u.User != nil || u.RawQuery != "") {
			t.Fatalf("%q leads to %s", tenant, u)
		}
	})
}

func BenchmarkRedactor(b *testing.B) {
	r := &redactor{}
	r.add(sample, "another-token-0123456789abcdef")
	body := bytes.Repeat([]byte(`{"id":"4f2a","subject":"an ordinary mail","score":17},`), 20_000)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		_ = r.bytes(body)
	}
}

func BenchmarkRedactorAdd(b *testing.B) {
	for b.Loop() {
		r := &redactor{}
		r.add(sample)
	}
}
