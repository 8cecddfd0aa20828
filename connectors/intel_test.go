package connectors_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

// asked is a look-up and what is thought of its object.
type asked struct {
	action string
	input  map[string]any
	want   string
}

// thinks holds the verdicts of a source against what the world knows.
func (s *site) thinks(product string, cases []asked) {
	s.t.Helper()
	for _, c := range cases {
		if got := s.must(product+"."+c.action, c.input, ""); got["verdict"] != c.want {
			s.t.Errorf("%s.%s %v: got %v, want %s", product, c.action, c.input, got, c.want)
		}
	}
}

// know seeds the scenario with more knowledge.
func (s *site) know(items ...lab.Knowledge) {
	s.t.Helper()
	scene := scenario()
	scene.Intel = append(scene.Intel, items...)
	if err := s.Seed(scene); err != nil {
		s.t.Fatal(err)
	}
}

// opinions returns how to get arguments for those who have opinions, by their
// whole names.
func (p *prepared) opinions() map[string]func() map[string]any {
	given := func(in map[string]any) func() map[string]any { return func() map[string]any { return in } }
	return map[string]func() map[string]any{
		"abuseipdb.report":   given(map[string]any{"type": "ip", "value": "203.0.113.9", "categories": []any{"phishing"}, "comment": "Sent a mail."}),
		"urlscan.search":     given(map[string]any{"domain": "login.evil.example"}),
		"urlscan.submit_url": given(map[string]any{"url": evilLink}),
		"cape.status":        given(map[string]any{}),
		"cape.find_task":     given(map[string]any{"custom": "before"}),
		"cape.submit_url":    given(map[string]any{"url": evilLink}),
		"cape.submit_file":   given(map[string]any{"evidence": base64.StdEncoding.EncodeToString([]byte(attachment)), "name": "invoice.html"}),
		"cape.report":        given(map[string]any{"report_id": p.entry}),
		"urlscan.report":     func() map[string]any { return map[string]any{"report_id": p.scanned()} },
	}
}

// scanned returns the id of a scan that has ended.
func (s *site) scanned() string {
	s.t.Helper()
	found := s.must("urlscan.search", map[string]any{"domain": "login.evil.example"}, "")["scans"].([]any)
	if len(found) == 0 {
		s.t.Fatal("nobody has scanned the link of the scenario")
	}
	return found[0].(map[string]any)["report_id"].(string)
}

const sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"

func TestURLhaus_knowsBadThingsAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.know(
		lab.Knowledge{Type: "ip", Value: "198.51.100.7", Verdict: "malicious"},
		lab.Knowledge{Type: "url", Value: "http://files.example/a.doc", Verdict: "malicious", Family: "Heodo"},
		lab.Knowledge{Type: "url", Value: "http://files.example/b.doc", Verdict: "malicious", Seen: time.Now().AddDate(0, 0, -40)},
	)
	s.thinks("urlhaus", []asked{
		{"lookup_url", map[string]any{"url": evilLink}, "malicious"},
		{"lookup_url", map[string]any{"url": "https://login.evil.example/other"}, "unknown"},
		{"lookup_url", map[string]any{"url": "https://good.example/"}, "unknown"},
		{"lookup_domain", map[string]any{"domain": "login.evil.example"}, "malicious"},
		{"lookup_domain", map[string]any{"domain": "files.example"}, "malicious"},
		{"lookup_domain", map[string]any{"domain": "mailer.evil.example"}, "suspicious"},
		{"lookup_domain", map[string]any{"domain": "good.example"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "198.51.100.7"}, "malicious"},
		{"lookup_ip", map[string]any{"ip": "192.0.2.1"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "2001:db8::1"}, "unknown"},
		{"lookup_file", map[string]any{"hash": evilHash}, "malicious"},
		{"lookup_file", map[string]any{"hash": sha1}, "unknown"},
		{"lookup_file", map[string]any{"hash": "d41d8cd98f00b204e9800998ecf8427e"}, "unknown"},
	})
	got := s.must("urlhaus.lookup_url", map[string]any{"url": "http://files.example/a.doc"}, "")
	if diff := cmp.Diff([]any{"malware_download", "heodo"}, got["categories"]); diff != "" || got["online"] != true || got["link"] == nil {
		t.Errorf("what it rests on: got %v", got)
	}
}

func TestURLhaus_aLinkThatWentOfflineStaysMaliciousUntilItIsTooOld(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := "http://files.example/b.doc"
	s.know(lab.Knowledge{Type: "url", Value: old, Verdict: "malicious", Seen: time.Now().AddDate(0, 0, -40)})
	if got := s.must("urlhaus.lookup_url", map[string]any{"url": old}, ""); got["verdict"] != "malicious" || got["online"] != false || got["last_seen"] == nil {
		t.Errorf("offline: got %v, want malicious", got)
	}
	s.thinks("urlhaus", []asked{
		{"lookup_url", map[string]any{"url": old, "max_age_days": int64(30)}, "unknown"},
		{"lookup_url", map[string]any{"url": old, "max_age_days": int64(60)}, "malicious"},
		{"lookup_url", map[string]any{"url": evilLink, "max_age_days": int64(1)}, "malicious"},
		{"lookup_domain", map[string]any{"domain": "files.example"}, "suspicious"},
		{"lookup_domain", map[string]any{"domain": "files.example", "max_age_days": int64(30)}, "unknown"},
	})
}

func TestThreatFox_weighsByConfidence(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.know(
		lab.Knowledge{Type: "ip", Value: "198.51.100.7", Verdict: "malicious", Family: "Dridex"},
		lab.Knowledge{Type: "ip", Value: "2001:db8::7", Verdict: "malicious"},
		lab.Knowledge{Type: "file", Value: sha1, Verdict: "malicious", Seen: time.Now().AddDate(0, 0, -40)},
	)
	s.thinks("threatfox", []asked{
		{"lookup_url", map[string]any{"url": evilLink}, "malicious"},
		{"lookup_url", map[string]any{"url": "https://good.example/"}, "unknown"},
		{"lookup_domain", map[string]any{"domain": "login.evil.example"}, "malicious"},
		{"lookup_domain", map[string]any{"domain": "evil.example"}, "unknown"},
		{"lookup_domain", map[string]any{"domain": "mailer.evil.example"}, "suspicious"},
		{"lookup_domain", map[string]any{"domain": "good.example"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "198.51.100.7"}, "malicious"},
		{"lookup_ip", map[string]any{"ip": "198.51.100.77"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "98.51.100.7"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "2001:db8::7"}, "malicious"},
		{"lookup_ip", map[string]any{"ip": "203.0.113.9"}, "suspicious"},
		{"lookup_file", map[string]any{"hash": evilHash}, "malicious"},
		{"lookup_file", map[string]any{"hash": sha1}, "malicious"},
		{"lookup_file", map[string]any{"hash": sha1, "max_age_days": int64(30)}, "unknown"},
		{"lookup_file", map[string]any{"hash": "d41d8cd98f00b204e9800998ecf8427e"}, "unknown"},
	})
	got := s.must("threatfox.lookup_ip", map[string]any{"ip": "198.51.100.7"}, "")
	if got["family"] != "Dridex" || got["confidence"] != 100.0 || got["reports"] != int64(1) || got["last_seen"] == nil || got["link"] == nil {
		t.Errorf("what it rests on: got %v", got)
	}
	s.envs["threatfox"].Settings["malicious_at"] = int64(101)
	s.thinks("threatfox", []asked{{"lookup_ip", map[string]any{"ip": "198.51.100.7"}, "suspicious"}})
}

func TestAbuseIPDB_whatNobodyReportedIsUnknown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.know(
		lab.Knowledge{Type: "ip", Value: "198.51.100.7", Verdict: "malicious", Seen: time.Now().AddDate(0, 0, -40)},
		lab.Knowledge{Type: "ip", Value: "198.51.100.8", Verdict: "benign"},
	)
	s.thinks("abuseipdb", []asked{
		{"lookup_ip", map[string]any{"ip": "203.0.113.9"}, "suspicious"},
		{"lookup_ip", map[string]any{"ip": "198.51.100.8"}, "benign"},
		{"lookup_ip", map[string]any{"ip": "198.51.100.9"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "2001:db8::1"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "198.51.100.7"}, "unknown"},
		{"lookup_ip", map[string]any{"ip": "198.51.100.7", "max_age_days": int64(3000)}, "malicious"},
	})
}

func TestAbuseIPDB_reportsAnAddressOnceInAWhile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	input := map[string]any{"type": "ip", "value": "203.0.113.9", "categories": []any{"phishing", "email_spam"}, "seen_at": "2026-11-02T09:00:00Z"}
	if out := s.must("abuseipdb.report", input, "k"); out["accepted"] != true {
		t.Errorf("got %v", out)
	}
	if _, err := s.do("abuseipdb.report", input, "k"); err == nil || err.Class != connector.Limited || err.After == 0 {
		t.Errorf("again: got %v, want limited", err)
	}
	if n := s.counted("address.report", "203.0.113.9"); n != 1 {
		t.Errorf("reported %d times", n)
	}
	calls := len(s.Calls())
	for name, wrong := range map[string]map[string]any{
		"a domain":            {"type": "domain", "value": "evil.example", "categories": []any{"phishing"}},
		"an unknown category": {"type": "ip", "value": "203.0.113.9", "categories": []any{"rudeness"}},
	} {
		if _, err := s.do("abuseipdb.report", wrong, "k"); err == nil || err.Class != connector.Invalid || len(s.Calls()) != calls {
			t.Errorf("%s: got %v, want invalid before anything is sent", name, err)
		}
	}
}

func TestURLScan_tellsWhatTheNewestScanShowed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.know(
		lab.Knowledge{Type: "url", Value: "https://shop.example/", Verdict: "benign"},
		lab.Knowledge{Type: "url", Value: "https://odd.example/", Verdict: "suspicious", Seen: time.Now().AddDate(0, 0, -40)},
		lab.Knowledge{Type: "url", Value: "https://plain.example/", Verdict: "unknown"},
	)
	s.thinks("urlscan", []asked{
		{"lookup_url", map[string]any{"url": evilLink}, "malicious"},
		{"lookup_url", map[string]any{"url": "https://login.evil.example/other"}, "unknown"},
		{"lookup_url", map[string]any{"url": "https://unseen.example/"}, "unknown"},
		{"lookup_url", map[string]any{"url": "https://shop.example/"}, "benign"},
		{"lookup_url", map[string]any{"url": "https://plain.example/"}, "unknown"},
		{"lookup_url", map[string]any{"url": "https://odd.example/"}, "suspicious"},
		{"lookup_url", map[string]any{"url": "https://odd.example/", "max_age_days": int64(30)}, "unknown"},
	})
	got := s.must("urlscan.lookup_url", map[string]any{"url": evilLink}, "")
	if got["score"] != 100.0 || got["final_url"] == nil || got["screenshot"] == nil || got["link"] == nil {
		t.Errorf("what it rests on: got %v", got)
	}
}

func TestURLScan_scansInPrivateUnlessPublicIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		input   map[string]any
		setting string
		want    string
	}{
		"nothing said":    {map[string]any{"url": "https://new.example/"}, "private", "scan.private"},
		"unlisted is set": {map[string]any{"url": "https://new.example/"}, "unlisted", "scan.unlisted"},
		"public":          {map[string]any{"url": "https://new.example/", "public": true}, "private", "scan.public"},
	} {
		s := newSite(t)
		s.envs["urlscan"].Settings["visibility"] = c.setting
		out := s.must("urlscan.submit_url", c.input, "k")
		if n := s.counted(c.want, "https://new.example/"); n != 1 || out["report_id"] == nil || out["verdict"] != "unknown" {
			t.Errorf("%s: %d effects %s, output %v", name, n, c.want, out)
		}
	}
}

func TestURLScan_waitsForTheResultAndReadsItLater(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	scene := scenario()
	scene.Looks = 3
	if err := s.Seed(scene); err != nil {
		t.Fatal(err)
	}
	input := map[string]any{"url": "https://login.evil.example/new", "public": false}
	first, err := s.connectors["urlscan"].Do(t.Context(), s.envs["urlscan"], connector.Request{Action: "submit_url", Input: input, Key: "k"})
	if err != nil || first.Pending == nil || first.Output != nil {
		t.Fatalf("got %+v, %v; want word that it is under way", first, err)
	}
	if s.probe("urlscan.submit_url", input, "k") {
		t.Error("the probe says that a scan was found which has not ended")
	}
	out := s.must("urlscan.submit_url", input, "l")
	if out["verdict"] != "malicious" || len(out["observables"].([]any)) == 0 {
		t.Errorf("got %v, want malicious with what was seen", out)
	}
	again := s.must("urlscan.report", map[string]any{"report_id": out["report_id"]}, "")
	if again["finished"] != true || again["verdict"] != "malicious" {
		t.Errorf("report: got %v", again)
	}
	if none := s.must("urlscan.report", map[string]any{"report_id": "0196d976-07f6-7aae-8a57-aa019145f31c"}, ""); none["finished"] != false || none["verdict"] != "unknown" {
		t.Errorf("another report: got %v, want not finished", none)
	}
}

func TestURLScan_aScanWhoseAnswerWasLostIsFoundByItsTag(t *testing.T) {
	t.Parallel()
	for kind, happened := range map[lab.Kind]bool{lab.ExecutedThenReset: true, lab.Drift: true, lab.ResetBefore: false, lab.Failing: false} {
		s := newSite(t)
		s.distrust("urlscan", lab.Rule{Kind: kind, Path: "scan/$", From: "uuid", To: "id"})
		input := map[string]any{"url": "https://new.example/"}
		if out, err := s.do("urlscan.submit_url", input, "k"); err == nil || err.Class != connector.Unknown {
			t.Fatalf("%s: got %v, %v; want unknown", kind, out, err)
		}
		if got := s.probe("urlscan.submit_url", input, "k"); got != happened {
			t.Errorf("%s: the probe says %v, the world %v", kind, got, happened)
		}
	}
}

func TestURLScan_aLimitSaysWhenItEnds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.distrust("urlscan", lab.Rule{Kind: lab.Limited, RetryAfter: 17 * time.Second})
	if _, err := s.do("urlscan.submit_url", map[string]any{"url": evilLink}, "k"); err == nil || err.Class != connector.Limited || err.After != 17*time.Second {
		t.Errorf("got %+v, want limited for 17s", err)
	}
}

func TestIntel_sourcesMayDisagree(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.know(
		lab.Knowledge{Type: "domain", Value: "login.evil.example", Verdict: "benign", Vendors: []string{"virustotal"}},
		lab.Knowledge{Type: "domain", Value: "only.example", Verdict: "malicious", Vendors: []string{"urlhaus"}},
	)
	s.thinks("virustotal", []asked{
		{"lookup_domain", map[string]any{"domain": "login.evil.example"}, "benign"},
		{"lookup_domain", map[string]any{"domain": "only.example"}, "unknown"},
	})
	s.thinks("urlhaus", []asked{
		{"lookup_domain", map[string]any{"domain": "login.evil.example"}, "malicious"},
		{"lookup_domain", map[string]any{"domain": "only.example"}, "malicious"},
	})
}

// A source that fails, refuses or answers oddly has no opinion at all.
func TestIntel_aFailureIsNoVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		product, action string
		input           map[string]any
		rule            lab.Rule
		want            connector.Class
	}{
		{"urlhaus", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Unauthorized}, connector.Denied},
		{"urlhaus", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Forbidden}, connector.Denied},
		{"urlhaus", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Limited, RetryAfter: 5 * time.Second}, connector.Limited},
		{"urlhaus", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Failing}, connector.Unavailable},
		{"urlhaus", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Empty}, connector.Drift},
		{"urlhaus", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Drift, From: "url_status", To: "state"}, connector.Drift},
		{"urlhaus", "lookup_domain", map[string]any{"domain": "login.evil.example"}, lab.Rule{Kind: lab.Drift, From: "urls", To: "links"}, connector.Drift},
		{"urlhaus", "lookup_file", map[string]any{"hash": evilHash}, lab.Rule{Kind: lab.Drift, From: "query_status", To: "status"}, connector.Drift},
		{"threatfox", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Forbidden}, connector.Denied},
		{"threatfox", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Drift, From: "confidence_level", To: "sure"}, connector.Drift},
		{"threatfox", "lookup_ip", map[string]any{"ip": "203.0.113.9"}, lab.Rule{Kind: lab.Empty}, connector.Drift},
		{"threatfox", "lookup_file", map[string]any{"hash": evilHash}, lab.Rule{Kind: lab.Failing}, connector.Unavailable},
		{"threatfox", "lookup_file", map[string]any{"hash": evilHash}, lab.Rule{Kind: lab.Drift, From: "query_status", To: "status"}, connector.Drift},
		{"abuseipdb", "lookup_ip", map[string]any{"ip": "203.0.113.9"}, lab.Rule{Kind: lab.Unauthorized}, connector.Denied},
		{"abuseipdb", "lookup_ip", map[string]any{"ip": "203.0.113.9"}, lab.Rule{Kind: lab.Limited, RetryAfter: time.Minute}, connector.Limited},
		{"abuseipdb", "lookup_ip", map[string]any{"ip": "203.0.113.9"}, lab.Rule{Kind: lab.Drift, From: "abuseConfidenceScore", To: "score"}, connector.Drift},
		{"abuseipdb", "lookup_ip", map[string]any{"ip": "203.0.113.9"}, lab.Rule{Kind: lab.Empty}, connector.Drift},
		{"urlscan", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Unauthorized}, connector.Denied},
		{"urlscan", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Failing, Nth: 2}, connector.Unavailable},
		{"urlscan", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Drift, Nth: 2, From: "malicious", To: "bad"}, connector.Drift},
		{"urlscan", "lookup_url", map[string]any{"url": evilLink}, lab.Rule{Kind: lab.Empty, Nth: 2}, connector.Drift},
	} {
		s := newSite(t)
		s.distrust(c.product, c.rule)
		if out, err := s.do(c.product+"."+c.action, c.input, ""); err == nil || err.Class != c.want {
			t.Errorf("%s.%s, %s: got %v, %v; want %s", c.product, c.action, c.rule.Kind, out, err, c.want)
		}
	}
}
