package email

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseAddresses_isTolerant(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"a@example.com":                                     {"|a@example.com"},
		"<a@example.com>":                                   {"|a@example.com"},
		"Kim <a@Example.COM>":                               {"Kim|a@example.com"},
		`"Kim, K." <a@example.com>, b@example.com`:          {"Kim, K.|a@example.com", "|b@example.com"},
		"Kim, K. <a@example.com>":                           {"Kim, K.|a@example.com"}, // a comma without quotes
		"a@example.com; b@example.com;":                     {"|a@example.com", "|b@example.com"},
		"a@example.com (Kim)":                               {"Kim|a@example.com"},
		"Team: a@example.com, b@example.com;":               {"|a@example.com", "|b@example.com"},
		"undisclosed-recipients:;":                          nil,
		"<>":                                                nil,
		`"open <a@example.com>`:                             {"open|a@example.com"},
		"good@example.com <bad@evil.example>":               {"good@example.com|bad@evil.example"},
		"Kim <a@example.com":                                {"Kim|a@example.com"},
		"=?utf-8?Q?Caf=C3=A9?= <a@example.com>":             {"Café|a@example.com"},
		"=?utf-8?B?S2ltIDxhQGV4YW1wbGUuY29tPg==?=":          {"Kim|a@example.com"}, // all of it encoded
		"<@relay.example:a@example.com>":                    {"|a@example.com"},
		"a@bücher.example":                                  {"|a@xn--bcher-kva.example"},
		"Kim a@example.com":                                 {"Kim|a@example.com"},
		"root@localhost":                                    {"|root@localhost"},
		"no address here":                                   {"no address here|"},
		"'a@example.com'":                                   {"|a@example.com"},
		"mailto:a@example.com":                              {"|a@example.com"},
		"a@@example.com":                                    {"a@@example.com|"},
		"Kim (at work) <a@example.com> (Kim \\) K), (only)": {"Kim|a@example.com", "only|"},
	} {
		list, _ := parseAddresses(in, 100)
		var got []string
		for _, a := range list {
			got = append(got, a.Name+"|"+a.Address)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

func TestParseDate_isTolerant(t *testing.T) {
	t.Parallel()
	want := time.Date(2025, 3, 4, 8, 9, 10, 0, time.UTC)
	for _, in := range []string{
		"Tue, 4 Mar 2025 08:09:10 +0000", "Tue, 04 Mar 2025 09:09:10 +0100 (CET)", "4 Mar 2025 08:09:10 GMT", "Tue, 4 Mar 2025 08:09:10",
		"Tue,  4 Mar 2025\t08:09:10 +0000", "Tue Mar 4 08:09:10 2025", "Tuesday, 4 Mar 2025 08:09:10 +0000", "2025-03-04T08:09:10Z",
		"2025-03-04 09:09:10 +0100", "Tue, 4 Mar 2025 08:09:10 -080", "Tue 4 Mar 2025 08:09:10 +0000",
	} {
		if got, ok := parseDate(in); !ok || !got.Equal(want) {
			t.Errorf("parseDate(%q): got %v, %v, want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "tomorrow", "32 Foo 2025", "Tue, 4 Mar 0001 08:09:10 +0000", strings.Repeat("9", 1000)} {
		if got, ok := parseDate(in); ok {
			t.Errorf("parseDate(%q): got %v, want none", in, got)
		}
	}
}

func TestParseHop_readsTheWayServersWriteIt(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"from mail.example.com (mail.example.com. [192.0.2.1]) by mx.example.org with ESMTPS id 1 for <a@example.org> (TLS); Tue, 4 Mar 2025 08:00:00 +0000": "mail.example.com|192.0.2.1|mx.example.org|ESMTPS|a@example.org",
		"from [192.0.2.7] (helo=x) by mx.example.org with esmtp (Exim 4)":                                                                                    "192.0.2.7|192.0.2.7|mx.example.org|esmtp|",
		"from unknown (HELO x.example) (192.0.2.9) by 0 with SMTP; 4 Mar 2025":                                                                               "unknown|192.0.2.9|0|SMTP|",
		"from unknown (HELO [10.1.1.1]) (192.0.2.9) by x":                                                                                                    "unknown|192.0.2.9|x||",
		"from [10.0.0.1] (x [IPv6:2001:db8::1]) by mx.example.org":                                                                                           "10.0.0.1|2001:db8::1|mx.example.org||",
		"from A ([fe80::1%6]) by B ([fe80::2]) with mapi":                                                                                                    "A|fe80::1|B|mapi|",
		"by 2001:db8::25 with SMTP id x; Thu, 6 Mar 2025 01:30:07 -0800":                                                                                     "|invalid IP|2001:db8::25|SMTP|",
		"(qmail 1 invoked by uid 0); 4 Mar 2025 08:00:00 -0000":                                                                                              "|invalid IP|||",
		"from ::ffff:192.0.2.1 by x":                                                                                                                         "::ffff:192.0.2.1|192.0.2.1|x||",
		"":                                                                                                                                                   "|invalid IP|||",
	} {
		h := parseHop(in)
		if got := strings.Join([]string{h.From, h.IP.String(), h.By, h.With, h.For}, "|"); got != want {
			t.Errorf("parseHop(%q):\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func TestParseAuthResults_readsEveryDialect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want AuthResults
	}{
		{"mx.example.com 1; none", AuthResults{Server: "mx.example.com"}},
		{"mx.example.com; spf=pass smtp.mailfrom=a@example.com", AuthResults{Server: "mx.example.com", Results: []AuthResult{
			{Method: "spf", Result: "pass", Properties: map[string]string{"smtp.mailfrom": "a@example.com"}},
		}}},
		{"spf=none (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dkim=fail (no key) header.d=b.example;dmarc=none action=none header.from=;compauth=fail reason=001", AuthResults{Results: []AuthResult{
			{Method: "spf", Result: "none", Comment: "sender IP is 192.0.2.1", Properties: map[string]string{"smtp.mailfrom": "a.example"}},
			{Method: "dkim", Result: "fail", Comment: "no key", Properties: map[string]string{"header.d": "b.example"}},
			{Method: "dmarc", Result: "none", Properties: map[string]string{"action": "none"}},
			{Method: "compauth", Result: "fail", Reason: "001", Properties: map[string]string{}},
		}}},
		{"i=2; mx.example.com; arc=pass (i=1 spf=pass; dkim=pass); dkim/1 = pass reason = \"good; really\" header.i=@x.example", AuthResults{Server: "mx.example.com", Instance: 2, Results: []AuthResult{
			{Method: "arc", Result: "pass", Comment: "i=1 spf=pass; dkim=pass", Properties: map[string]string{}},
			{Method: "dkim", Result: "pass", Reason: "good; really", Properties: map[string]string{"header.i": "@x.example"}},
		}}},
		{"mx.example.com; dkim=hardfail spf=pass", AuthResults{Server: "mx.example.com", Results: []AuthResult{
			{Method: "dkim", Result: "fail", Properties: map[string]string{}}, {Method: "spf", Result: "pass", Properties: map[string]string{}},
		}}},
		{"", AuthResults{}},
		{"((((; =;=", AuthResults{}},
	} {
		if diff := cmp.Diff(c.want, parseAuthResults(c.in)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, diff)
		}
	}
}

// Results that stand below what our own server wrote may come from the sender.
func TestAuthSummary_believesOnlyTheTopmostServer(t *testing.T) {
	t.Parallel()
	m := parse(t, "Received: from a by b\nAuthentication-Results: mx.example.com; spf=fail\nAuthentication-Results: mx.example.com; dkim=none\n"+
		"Received: from c by d\nAuthentication-Results: mx.example.com; dmarc=pass; dkim=pass header.d=bank.example\nARC-Authentication-Results: i=1; x; spf=pass\n\nbody")
	want := AuthSummary{Server: "mx.example.com", SPF: "fail", DKIM: "none", DMARC: unknownResult, CompAuth: unknownResult, ARC: unknownResult}
	if diff := cmp.Diff(want, m.AuthSummary()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
