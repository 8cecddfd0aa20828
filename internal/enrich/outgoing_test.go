package enrich_test

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/enrich"
)

// own says what is the organisation's in these tests.
func own(host string) bool {
	return host == "corp.example" || strings.HasSuffix(host, ".corp.example") || host == "198.51.100.9"
}

func TestOutgoing_keepsWhatIsInside(t *testing.T) {
	t.Parallel()
	for _, o := range []harrier.Observable{
		{Type: "ip", Value: "10.1.2.3"}, {Type: "ip", Value: "192.168.0.1"}, {Type: "ip", Value: "172.31.255.255"}, {Type: "ip", Value: "127.0.0.1"},
		{Type: "ip", Value: "169.254.169.254"}, {Type: "ip", Value: "100.64.1.1"}, {Type: "ip", Value: "0.0.0.0"}, {Type: "ip", Value: "255.255.255.255"},
		{Type: "ip", Value: "224.0.0.1"}, {Type: "ip", Value: "198.18.0.1"}, {Type: "ip", Value: "fe80::1"}, {Type: "ip", Value: "fd00::1"}, {Type: "ip", Value: "::1"},
		{Type: "ip", Value: "::ffff:10.0.0.1"}, {Type: "ip", Value: "198.51.100.9"},
		{Type: "domain", Value: "mail.corp.example"}, {Type: "domain", Value: "CORP.example."}, {Type: "domain", Value: "ws-17"}, {Type: "domain", Value: "dc01.local"},
		{Type: "domain", Value: "printer.lan"}, {Type: "domain", Value: "7.2.0.192.in-addr.arpa"}, {Type: "domain", Value: "10.0.0.1"}, {Type: "domain", Value: "0x7f.1"},
		{Type: "url", Value: "https://intranet.corp.example/x"}, {Type: "url", Value: "http://10.0.0.1/x"}, {Type: "url", Value: "http://ws-17:8080/"}, {Type: "url", Value: "http://[fd00::1]/"},
		{Type: "url", Value: "http://0x0a000001/"},
		{Type: "email", Value: "kim@corp.example"}, {Type: "email", Value: "root@ws-17"},
	} {
		if got := enrich.OutgoingOf(o, own, nil); got.Kind != "" || !got.Internal || got.Why == "" {
			t.Errorf("%s %s gives %+v", o.Type, o.Value, got)
		}
	}
}

func TestOutgoing_asksAboutWhatIsOutside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, value, role, asks, about string }{
		{"ip", "203.0.113.7", "", "ip", "203.0.113.7"}, {"ip", "2001:db8::7", "", "ip", "2001:db8::7"}, {"ip", "8.8.8.8", "", "ip", "8.8.8.8"},
		{"domain", "Evil.Example.", "", "domain", "evil.example"}, {"domain", "corp.example.evil.example", "", "domain", "corp.example.evil.example"},
		{"hash", strings.Repeat("ab", 32), "", "hash", strings.Repeat("ab", 32)},
		{"email", "Ceo@evil.example", "sender", "email", "ceo@evil.example"},
		{"url", "https://evil.example/a?u=kim@corp.example", "", "url", "https://evil.example/a"},
		{"url", "https://evil.example/v?d=8f3ba91cd7720eff4199", "", "domain", "evil.example"},
		{"url", "http://203.0.113.7/v?d=8f3ba91cd7720eff4199", "", "ip", "203.0.113.7"},
	} {
		got := enrich.OutgoingOf(harrier.Observable{Type: c.kind, Value: c.value, Role: c.role}, own, []string{"kim@corp.example"})
		if got.Kind != c.asks || got.Value != c.about || got.Internal {
			t.Errorf("%s %s gives %+v", c.kind, c.value, got)
		}
	}
	for _, o := range []harrier.Observable{
		{Type: "email", Value: "someone@freemail.example", Role: "recipient"}, {Type: "file_name", Value: "a.exe"}, {Type: "user_agent", Value: "curl"},
		{Type: "url", Value: "file:///etc/passwd"}, {Type: "ip", Value: "x"}, {Type: "domain", Value: "a b"}, {Type: "email", Value: "nobody"},
	} {
		if got := enrich.OutgoingOf(o, own, nil); got.Kind != "" || got.Internal {
			t.Errorf("%s %s gives %+v", o.Type, o.Value, got)
		}
	}
}

func FuzzOutgoing_neverNamesTheRecipient(f *testing.F) {
	f.Add("url", "https://evil.example/?u=kim.lee@corp.example")
	f.Add("url", "https://evil.example/#a2ltLmxlZUBjb3JwLmV4YW1wbGU=")
	f.Add("email", "kim.lee@corp.example")
	f.Add("domain", "kim.lee@corp.example")
	f.Add("ip", "::ffff:10.0.0.1")
	f.Fuzz(func(t *testing.T, kind, value string) {
		if kind == "hash" {
			return
		}
		got := enrich.OutgoingOf(harrier.Observable{Type: kind, Value: value}, own, []string{"kim.lee@corp.example"})
		if strings.Contains(strings.ToLower(got.Value), "kim.lee@corp.example") {
			t.Errorf("%s %q asks about %q", kind, value, got.Value)
		}
	})
}
