package email

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAuthentication_believesOurOwnServersOnly(t *testing.T) {
	t.Parallel()
	by := Organisation{TrustedServers: []string{"mx.corp.example", "protection.example"}}
	const (
		ours    = "Received: from x ([192.0.2.1]) by mx.corp.example; Tue, 4 Mar 2025 08:00:00 +0000\n"
		box     = "Received: from mx.corp.example by box.corp.example; Tue, 4 Mar 2025 08:00:01 +0000\n"
		theirs  = "Received: from y ([192.0.2.2]) by relay.evil.example; Tue, 4 Mar 2025 07:00:00 +0000\n"
		pass    = "Authentication-Results: mx.corp.example; dmarc=pass header.from=bank.example\n"
		forged  = "Authentication-Results: mx.evil.example; dmarc=pass header.from=bank.example\n"
		unnamed = "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=bank.example; dkim=pass (signature was verified)\n header.d=bank.example;dmarc=pass action=none\n header.from=bank.example;compauth=pass reason=100\n"
		rest    = "From: a@bank.example\nSubject: s\n\nx"
	)
	for name, c := range map[string]struct {
		mail             string
		by               Organisation
		trusted, aligned bool
	}{
		"ours":                               {ours + pass + rest, by, true, true},
		"another server":                     {ours + forged + rest, by, false, false},
		"another server, nothing known":      {ours + forged + rest, Organisation{}, false, true},
		"our name, below another's hop":      {ours + theirs + pass + rest, by, false, false},
		"our name, above our server's hop":   {pass + ours + rest, by, true, true},
		"our name, behind a hop not named":   {box + ours + pass + rest, by, false, false},
		"without a name, above our hop":      {unnamed + ours + rest, by, true, true},
		"without a name, below our hop":      {ours + unnamed + rest, by, false, false},
		"without a name, no hop of ours":     {unnamed + theirs + rest, by, false, false},
		"a forged hop and result below ours": {ours + "Received: from z ([192.0.2.3]) by mx.corp.example\n" + pass + rest, by, false, false},
		"behind a hop inside of ours":        {"Received: from mx.corp.example ([10.0.0.1]) by mx.corp.example\n" + ours + pass + rest, by, true, true},
		"behind a hop without a sender":      {"Received: by 2002:a05:6402::1 with SMTP id 1; Tue, 4 Mar 2025 08:00:02 +0000\n" + ours + pass + rest, by, true, true},
		"exchange, on top":                   {"Received: from a.prod.example (2001:db8::1) by b.prod.example\n" + unnamed + theirs + rest, Organisation{TrustedServers: []string{"exchange"}}, true, true},
		"exchange, below another's":          {forged + unnamed + theirs + rest, Organisation{TrustedServers: []string{"exchange"}}, false, false},
		"a name under ours":                  {"Received: from x by am1.protection.example; Tue, 4 Mar 2025 08:00:00 +0000\nAuthentication-Results: am1.protection.example 1; dmarc=pass header.from=bank.example\n" + rest, by, true, true},
		"a name that ends like ours":         {ours + "Authentication-Results: evilmx.corp.example.evil; dmarc=pass\n" + rest, by, false, false},
		"ours says fail, another pass":       {ours + "Authentication-Results: mx.corp.example; dmarc=fail\n" + forged + rest, by, true, false},
		"Received-SPF of ours":               {ours + "Received-SPF: pass (mx.corp.example: domain of a@bank.example designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1; envelope-from=\"a@bank.example\"\n" + rest, by, true, true},
		"Received-SPF of others":             {theirs + "Received-SPF: pass (mx.evil.example: x) envelope-from=a@bank.example\n" + rest, by, false, false},
	} {
		a := parse(t, c.mail).Read(c.by).Authentication()
		if a.Trusted != c.trusted || a.Aligned != c.aligned || a.Why == "" {
			t.Errorf("%s: trusted %v aligned %v (%s), want %v %v", name, a.Trusted, a.Aligned, a.Why, c.trusted, c.aligned)
		}
	}
}

func TestAuthentication_alignsWithWhatReadersSee(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header string
		want   bool
	}{
		"DMARC":                            {"Authentication-Results: x; dmarc=pass header.from=bank.example\nFrom: a@bank.example\n", true},
		"DMARC as it would be":             {"Authentication-Results: x; dmarc=bestguesspass header.from=bank.example\nFrom: a@bank.example\n", true},
		"DMARC, but Microsoft doubts it":   {"Authentication-Results: dmarc=pass header.from=bank.example;compauth=fail reason=001\nFrom: a@bank.example\n", false},
		"DMARC for another":                {"Authentication-Results: x; dmarc=pass header.from=evil.example\nFrom: a@bank.example\n", false},
		"DMARC fails though DKIM passes":   {"Authentication-Results: x; dkim=pass header.d=bank.example; dmarc=fail\nFrom: a@bank.example\n", false},
		"DKIM of the organisation":         {"Authentication-Results: x; dkim=pass header.d=mail.bank.example\nFrom: a@news.bank.example\n", true},
		"DKIM by the address":              {"Authentication-Results: x; dkim=pass header.i=@bank.example\nFrom: a@bank.example\n", true},
		"the second signature is theirs":   {"Authentication-Results: x; dkim=pass header.d=esp.example; dkim=pass header.d=bank.example\nFrom: a@bank.example\n", true},
		"DKIM of another":                  {"Authentication-Results: x; dkim=pass header.d=esp.example\nFrom: a@bank.example\n", false},
		"DKIM fails":                       {"Authentication-Results: x; dkim=fail header.d=bank.example\nFrom: a@bank.example\n", false},
		"SPF of the organisation":          {"Authentication-Results: x; spf=pass smtp.mailfrom=b@bounce.bank.example\nFrom: a@bank.example\n", true},
		"SPF of another":                   {"Authentication-Results: x; spf=pass smtp.mailfrom=evil.example\nFrom: a@bank.example\n", false},
		"customers of one registry differ": {"Authentication-Results: x; spf=pass smtp.mailfrom=evil.co.uk\nFrom: a@bank.co.uk\n", false},
		"two addresses in From":            {"Authentication-Results: x; dmarc=pass\nFrom: a@bank.example, b@bank.example\n", false},
		"two From fields":                  {"Authentication-Results: x; dmarc=pass\nFrom: a@bank.example\nFrom: b@bank.example\n", false},
		"no address":                       {"Authentication-Results: x; dmarc=pass\nFrom: bank\n", false},
		"nothing":                          {"From: a@bank.example\n", false},
		"folds and comments":               {"Authentication-Results: x;\n\tdkim=pass (2048-bit key; unprotected)\n\t header.d=bank.example header.i=@bank.example\n\t header.b=abc;\n\tspf = pass (x: domain of a@bank.example) smtp.mailfrom=a@bank.example\nFrom: a@bank.example\n", true},
	} {
		if a := parse(t, c.header+"Subject: s\n\nx").Read(Organisation{}).Authentication(); a.Aligned != c.want || a.Trusted {
			t.Errorf("%s: aligned %v (%s), trusted %v; want %v, untrusted", name, a.Aligned, a.Why, a.Trusted, c.want)
		}
	}
}

func TestParseReceivedSPF_readsItsDialects(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]spfResult{
		"Pass (protection.outlook.com: domain of a.example designates 192.0.2.1 as permitted sender) receiver=protection.outlook.com; client-ip=192.0.2.1; helo=x.a.example; pr=C": {"pass", "a.example", "protection.outlook.com", 0},
		"pass (google.com: domain of kim@a.example designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1;":                                                                 {"pass", "a.example", "google.com", 0},
		"SoftFail (mx.b.example: domain of transitioning kim@a.example does not designate 192.0.2.1)":                                                                              {"softfail", "a.example", "mx.b.example", 0},
		"fail (a) envelope-from=\"kim@a.example\"; receiver=mx.b.example":                                                                                                          {"fail", "a.example", "mx.b.example", 0},
		"None (no SPF record) identity=mailfrom; helo=x.a.example":                                                                                                                 {"none", "x.a.example", "", 0},
		"hello": {}, "": {}, "(pass)": {},
	} {
		if got := parseReceivedSPF(in); got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", in, got, want)
		}
	}
}

func TestExchange_readsWhatFiltersWrote(t *testing.T) {
	t.Parallel()
	m := parse(t, "X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:US;LANG:en;SCL:9;SRV:;IPV:NLI;SFV:SPM;H:x;PTR:x;CAT:PHSH;SFS:(13230040)(1);DIR:INB;\nX-Microsoft-Antispam: BCL:3;ARA:13230040;\nX-MS-Exchange-Organization-PCL: 2\nX-MS-Exchange-Organization-AuthAs: Anonymous\nX-MS-Exchange-Organization-Network-Message-Id:\n e93a5114-a027-4360-e243-08de6ce9d489\nFrom: a@b.com\n\nx")
	e, ok := m.Exchange()
	if !ok || e.SFV != "SPM" || e.Category != "PHSH" || *e.SCL != 9 || *e.BCL != 3 || *e.PCL != 2 || e.IP.String() != "192.0.2.1" || e.Country != "US" || e.Direction != "INB" || e.AuthAs != "Anonymous" || !strings.HasPrefix(e.NetworkMessageID, "e93a5114") {
		t.Errorf("got %v, %+v", ok, e)
	}
	checkOutput(t, "exchange", m.Output())
	if e, ok := parse(t, "From: a@b.com\nX-Forefront-Antispam-Report: ;;:;SCL:999;CIP:x\n\nx").Exchange(); ok {
		t.Errorf("of nothing: %+v", e)
	}
}

// Chains that the test suite of ARC lets pass are whole; those without one have
// none. Of those that fail some are whole but for their signatures.
func TestARC_agreesWithItsTestSuite(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "corpus", "arc", "arc-validation-part1.yml"))
	if err != nil {
		t.Skip("the ARC test suite is not at ../shared/corpus beside the repository")
	}
	count := map[string]int{}
	for _, block := range strings.Split(string(data), "    message:     |\n")[1:] {
		var mail bytes.Buffer
		cv := ""
		for line := range strings.SplitSeq(block, "\n") {
			text, inside := strings.CutPrefix(line, "      ")
			if !inside && strings.TrimSpace(line) != "" {
				if value, ok := strings.CutPrefix(line, "    cv:"); ok {
					cv = strings.ToLower(strings.TrimSpace(value))
				}
				break
			}
			mail.WriteString(text + "\r\n")
		}
		m, err := Parse(&mail, Limits{})
		if err != nil {
			continue
		}
		chain := m.ARC()
		whole := len(chain.Sets) > 0 && chain.Broken == ""
		count[cv]++
		switch {
		case cv == "pass" && !whole, cv == "none" && (len(chain.Sets) > 0 || chain.Broken != ""):
			t.Errorf("cv=%s, but %d sets, broken: %q, in\n%.600s", cv, len(chain.Sets), chain.Broken, m.Header)
		case cv == "fail" && !whole:
			count["fail, seen from the fields"]++
		}
	}
	if count["pass"] < 10 || count["fail"] < 10 || count["none"] == 0 || count["fail, seen from the fields"] < 10 {
		t.Errorf("read %v", count)
	}
	t.Logf("%v", count)
}
