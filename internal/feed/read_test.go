package feed_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
)

// read reads a feed that can be read.
func read(t *testing.T, text string, opt feed.Options) ([]feed.Record, feed.Report) {
	t.Helper()
	var all []feed.Record
	report, err := feed.Read(strings.NewReader(text), opt, func(r feed.Record) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return all, report
}

// values are the records in short: type, value and ~ where it is partial.
func values(all []feed.Record) []string {
	out := []string{}
	for _, r := range all {
		one := r.Type + " " + r.Value
		if r.Partial {
			one += " ~"
		}
		out = append(out, one)
	}
	return out
}

func TestRead_knowsListsByTheirLooks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in     string
		format feed.Format
		want   []string
	}{
		"a list with comments": {
			"# bad\n203.0.113.7 ; seen today\n198.51.100.0/24\nevil[.]example.com\nhxxps://Bad.Example.NET:443/A?b#c\n",
			feed.List, []string{"ip 203.0.113.7", "cidr 198.51.100.0/24", "domain evil.example.com", "url https://bad.example.net/A?b"},
		},
		"hashes with names behind":      {"44d88612fea8a8f36de82e1278abb02f  eicar.com\n", feed.List, []string{"hash 44d88612fea8a8f36de82e1278abb02f"}},
		"an address with a port":        {"203.0.113.7/32\n[2001:db8::1]\n", feed.List, []string{"ip 203.0.113.7", "ip 2001:db8::1"}},
		"a file of hosts":               {"127.0.0.1 localhost\n0.0.0.0 ads.example.com # ad\n0.0.0.0 a.example.com b.example.com\n", feed.Hosts, []string{"domain ads.example.com", "domain a.example.com", "domain b.example.com"}},
		"filters of browsers":           {"! list\n||evil.example.com^\n||bad.example.net^$third-party\n", feed.List, []string{"domain evil.example.com", "domain bad.example.net"}},
		"a table without a header":      {"1,203.0.113.7,x\n2,203.0.113.8,y\n", feed.CSV, []string{"ip 203.0.113.7", "ip 203.0.113.8"}},
		"a table with a header":         {"indicator,type\nevil.example.com,domain\n203.0.113.9:8080,ip:port\n", feed.CSV, []string{"domain evil.example.com", "ip 203.0.113.9"}},
		"a byte order mark and Windows": {"\xef\xbb\xbf203.0.113.7\r\n203.0.113.8\r\n", feed.List, []string{"ip 203.0.113.7", "ip 203.0.113.8"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, report := read(t, c.in, feed.Options{})
			if diff := cmp.Diff(c.want, values(all)); diff != "" || report.Format != c.format {
				t.Errorf("format %s, want %s; records (-want +got):\n%s\n%v", report.Format, c.format, diff, report.Reasons())
			}
		})
	}
}

func TestRead_takesTheTablesOfAbuseCH(t *testing.T) {
	t.Parallel()
	seen := time.Date(2026, 5, 28, 16, 41, 22, 0, time.UTC)
	all, _ := read(t, "################\n# ThreatFox IOCs\n#\n# \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\",\"threat_type\",\"fk_malware\",\"malware_alias\",\"malware_printable\",\"last_seen_utc\",\"confidence_level\",\"reference\",\"tags\",\"anonymous\",\"reporter\"\n"+
		"\"2026-05-28 16:41:22\", \"7\", \"203.0.113.7:443\", \"ip:port\", \"botnet_cc\", \"win.x\", \"None\", \"Example RAT\", \"\", \"75\", \"https://threatfox.example/7\", \"c2,rat\", \"0\", \"me\"\n", feed.Options{})
	want := []feed.Record{{
		Type: "ip", Value: "203.0.113.7", ID: "7", Name: "Example RAT", Verdict: feed.Malicious, Confidence: 75, First: seen,
		Tags: []string{"c2", "rat", "threat_type:botnet_cc"}, Link: "https://threatfox.example/7",
	}}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("ThreatFox as CSV (-want +got):\n%s", diff)
	}
	all, _ = read(t, `{"7":[{"ioc_value":"evil.example.com","ioc_type":"domain","malware_printable":"Example RAT","confidence_level":100,"first_seen_utc":"2026-05-28 16:41:22","tags":"a,b"}]}`, feed.Options{})
	if len(all) != 1 || all[0].Value != "evil.example.com" || all[0].Confidence != 100 || !all[0].First.Equal(seen) || len(all[0].Tags) != 2 {
		t.Errorf("ThreatFox as JSON: %+v", all)
	}
	all, _ = read(t, `[{"ip_address":"203.0.113.7","port":443,"status":"online","malware":"Example","last_online":"2026-05-28","first_seen":"2026-05-20 00:00:01"}]`, feed.Options{})
	if len(all) != 1 || all[0].Name != "Example" || all[0].Last.Day() != 28 {
		t.Errorf("Feodo as JSON: %+v", all)
	}
	all, _ = read(t, "# Listingdate,SHA1,Listingreason\n2026-05-28 16:41:22,da39a3ee5e6b4b0d3255bfef95601890afd80709,Example C&C\n", feed.Options{})
	if len(all) != 1 || all[0].Type != "hash" || all[0].Name != "Example C&C" {
		t.Errorf("SSLBL as CSV: %+v", all)
	}
}

func TestRead_saysWhatAPatternOfSTIXMeansForOneValue(t *testing.T) {
	t.Parallel()
	const sha = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for pattern, want := range map[string][]string{
		"[ipv4-addr:value = '203.0.113.7']":                                                                                                 {"ip 203.0.113.7"},
		"[ipv4-addr:value = '203.0.113.0/24']":                                                                                              {"cidr 203.0.113.0/24"},
		"[ipv4-addr:value ISSUBSET '203.0.113.0/24']":                                                                                       {"cidr 203.0.113.0/24"},
		"[domain-name:value IN ('a.example.com', 'b.example.com')]":                                                                         {"domain a.example.com", "domain b.example.com"},
		"[url:value = 'http://x.example.com/it\\'s' OR domain-name:value = 'x.example.com']":                                                {"url http://x.example.com/it's", "domain x.example.com"},
		"[file:hashes.'SHA-256' = '" + sha + "' AND file:name = 'a.exe' AND file:size > 1.5]":                                               {"hash " + sha, "file_name a.exe ~"},
		"[network-traffic:dst_ref.value = '203.0.113.7' AND network-traffic:dst_port = 443]":                                                {"ip 203.0.113.7"},
		"[domain-name:value = 'a.example.com' AND domain-name:resolves_to_refs[*].value='203.0.113.7']":                                     {"domain a.example.com ~", "ip 203.0.113.7 ~"},
		"[ipv4-addr:value = '203.0.113.7'] AND [domain-name:value = 'a.example.com']":                                                       {"ip 203.0.113.7 ~", "domain a.example.com ~"},
		"([ipv4-addr:value='203.0.113.7'] FOLLOWEDBY [url:value='http://a.example.com/']) WITHIN 5 SECONDS":                                 {"ip 203.0.113.7 ~", "url http://a.example.com/ ~"},
		"[ipv4-addr:value = '203.0.113.7'] OR [domain-name:value = 'a.example.com']":                                                        {"ip 203.0.113.7", "domain a.example.com"},
		"[domain-name:value = 'a.example.com' AND NOT_A:b]":                                                                                 {},
		"[domain-name:value != 'a.example.com']":                                                                                            {},
		"[url:value LIKE 'http://%.example.com/%']":                                                                                         {},
		"[file:name MATCHES '^a+$' AND domain-name:value = 'a.example.com']":                                                                {"domain a.example.com ~"},
		"[(ipv4-addr:value = '203.0.113.7' OR ipv4-addr:value = '203.0.113.8')] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'": {"ip 203.0.113.7", "ip 203.0.113.8"},
		"[ipv4-addr:value = '203.0.113.7'":                                                                                                  {},
		"ipv4-addr:value = '203.0.113.7'":                                                                                                   {},
		"[mutex:name = 'x'] rubbish":                                                                                                        {},
		"[ipv4-addr:value = '203.0.113.7']]":                                                                                                {},
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			text := `{"type":"bundle","id":"b","objects":[{"type":"indicator","id":"indicator--1","pattern_type":"stix","pattern":` + quoted(pattern) + `}]}`
			all, report := read(t, text, feed.Options{})
			if diff := cmp.Diff(want, values(all)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(all) == 0 && len(report.Skipped) == 0 {
				t.Error("nothing was read and no reason given")
			}
		})
	}
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func TestRead_takesWhatABundleSaysBesideThePattern(t *testing.T) {
	t.Parallel()
	all, _ := read(t, `{"type":"bundle","objects":[
{"type":"indicator","id":"indicator--1","pattern":"[domain-name:value='evil.example.com']","valid_from":"2026-01-01T00:00:00Z","valid_until":"2026-06-01T00:00:00Z","confidence":80,
 "indicator_types":["malicious-activity"],"labels":["PAP:AMBER"],"kill_chain_phases":[{"kill_chain_name":"mitre-attack","phase_name":"command-and-control"}],
 "object_marking_refs":["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"],"external_references":[{"source_name":"x","url":"https://r.example/1"}]},
{"type":"indicator","id":"indicator--2","pattern":"[ipv4-addr:value='203.0.113.7']","revoked":true,"object_marking_refs":["marking-definition--own"]},
{"type":"indicator","id":"indicator--3","pattern":"rule x {}","pattern_type":"yara"},
{"type":"indicator","id":"indicator--4","pattern":"[ipv4-addr:value='203.0.113.9']","indicator_types":["anonymization"]},
{"type":"malware","id":"malware--1","name":"Example RAT","sample_refs":["file--1"]},
{"type":"relationship","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"malware--1"},
{"type":"relationship","relationship_type":"communicates-with","source_ref":"malware--1","target_ref":"ipv4-addr--1"},
{"type":"ipv4-addr","id":"ipv4-addr--1","value":"198.51.100.4"},{"type":"ipv4-addr","id":"ipv4-addr--2","value":"198.51.100.5"},
{"type":"file","id":"file--1","hashes":{"MD5":"44d88612fea8a8f36de82e1278abb02f"}},
{"type":"marking-definition","id":"marking-definition--own","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"red"}}}]}`, feed.Options{})
	got := map[string]feed.Record{}
	for _, r := range all {
		got[r.Value] = r
	}
	one := got["evil.example.com"]
	if one.Name != "Example RAT" || one.TLP != "AMBER+STRICT" || one.PAP != "AMBER" || one.Confidence != 80 || one.Until.Month() != 6 || one.Link == "" ||
		!cmp.Equal(one.Phases, []string{"mitre-attack:command-and-control"}) {
		t.Errorf("the indicator lost something: %+v", one)
	}
	if r := got["203.0.113.7"]; !r.Revoked || r.TLP != "RED" {
		t.Errorf("what is taken back, and marked by a marking that comes later: %+v", r)
	}
	if r := got["203.0.113.9"]; r.Verdict != feed.Suspicious {
		t.Errorf("an exit of an anonymiser is %s", r.Verdict)
	}
	if r := got["198.51.100.4"]; !r.Partial || r.Name != "Example RAT" {
		t.Errorf("an address that malware calls: %+v", r)
	}
	if r := got["44d88612fea8a8f36de82e1278abb02f"]; r.Partial || r.Name != "Example RAT" {
		t.Errorf("a sample of malware: %+v", r)
	}
	if _, ok := got["198.51.100.5"]; ok {
		t.Error("an address that nothing calls bad is an indicator")
	}
}

func TestRead_takesWhatAnEventOfMISPSays(t *testing.T) {
	t.Parallel()
	const text = `{"response":[{"Event":{"Attribute":[
{"uuid":"a","type":"domain|ip","value":"evil.example.com|203.0.113.7","to_ids":true,"timestamp":"1750000000"},
{"uuid":"b","type":"filename|md5","value":"a.exe|44d88612fea8a8f36de82e1278abb02f","to_ids":"1","Tag":[{"name":"tlp:red"}]},
{"uuid":"c","type":"ip-dst","value":"203.0.113.9","to_ids":false},
{"uuid":"d","type":"url","value":"http://evil.example.com/x","to_ids":1,"deleted":true},
{"uuid":"e","type":"comment","value":"hi","to_ids":true}],
"Object":[{"name":"x","Attribute":[{"type":"ip-dst|port","value":"198.51.100.1|443","to_ids":true}]},{"deleted":true,"Attribute":[{"type":"sha1","value":"da39a3ee5e6b4b0d3255bfef95601890afd80709","to_ids":true}]}],
"info":"An event","Tag":[{"name":"tlp:green"},{"name":"PAP:AMBER"},{"name":"misp-galaxy:malpedia=\"Example RAT\""},{"name":"admiralty-scale:source-reliability=\"b\""}]}}]}`
	all, report := read(t, text, feed.Options{})
	want := []string{
		"domain evil.example.com", "ip 203.0.113.7 ~", "hash 44d88612fea8a8f36de82e1278abb02f", "url http://evil.example.com/x ~",
		"ip 198.51.100.1", "hash da39a3ee5e6b4b0d3255bfef95601890afd80709",
	}
	want[3] = "url http://evil.example.com/x"
	if diff := cmp.Diff(want, values(all)); diff != "" {
		t.Fatalf("(-want +got):\n%s\n%v", diff, report.Reasons())
	}
	if r := all[0]; r.TLP != "GREEN" || r.PAP != "AMBER" || r.Name != "Example RAT" || r.Reliability != "B" || r.Last.Year() != 2025 {
		t.Errorf("what holds for the event is lost: %+v", r)
	}
	if all[2].TLP != "RED" {
		t.Errorf("the stricter marking does not win: %+v", all[2])
	}
	if !all[3].Revoked || !all[5].Revoked || all[4].Revoked {
		t.Error("what was deleted is not taken back")
	}
	all, _ = read(t, text, feed.Options{All: true})
	if got := values(all); !strings.Contains(strings.Join(got, ","), "ip 203.0.113.9 ~") {
		t.Errorf("what is not for detection does not come where all is asked for: %v", got)
	}
}

func TestRead_explainsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":             "empty",
		"<html><body>": "HTML",
		"\x00\x01":     "not text",
		`{"a":1}`:      "no known format",
		"These are the notes\nof a meeting\nabout nothing\n":                              "prose",
		`{"type":"bundle","objects":[{"type":"indicator"`:                                 "cannot be read",
		`{"name":"x","list":["a"],"type":"string","matching_attributes":[]}`:              "harrier list import",
		`{"57c4445b-c548-4654-af0b-4be3950d210f":{"Orgc":{},"info":"x","timestamp":"1"}}`: "manifest",
	} {
		_, err := feed.Read(strings.NewReader(in), feed.Options{}, func(feed.Record) error { return nil })
		if err == nil || harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want a reason with %q", in, err, want)
		}
	}
}

// endless gives the same for ever.
type endless struct{ text string }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.text), nil }

func TestRead_endsWhereAFeedDoesNot(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]io.Reader{
		"one line":    io.MultiReader(strings.NewReader("203.0.113.7\n"), endless{"a"}),
		"many values": io.MultiReader(strings.NewReader("203.0.113.7\n"), endless{"203.0.113.7\n"}),
		"one object":  io.MultiReader(strings.NewReader(`{"type":"bundle","objects":[{"type":"indicator","name":"`), endless{"a"}),
		"nesting":     io.MultiReader(strings.NewReader(`{"Event":`), endless{"["}),
		"a quote":     io.MultiReader(strings.NewReader("a,b\n1,\""), endless{"a"}),
	} {
		_, err := feed.Read(r, feed.Options{Bytes: 4 << 20, Item: 1 << 20, Records: 1000}, func(feed.Record) error { return nil })
		if err == nil || harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: %v; want an end that is explained", name, err)
		}
	}
	stop := errors.New("stop")
	if _, err := feed.Read(strings.NewReader("203.0.113.7\n"), feed.Options{}, func(feed.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the receiver is lost: %v", err)
	}
}

func TestReadWarnings_knowsTheWaysOfMatching(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]feed.Pattern{
		`"cidr","list":["203.0.113.9/24"]`:                     {How: feed.HowCIDR, Text: "203.0.113.0/24"},
		`"cidr","list":["203.0.113.9"]`:                        {How: feed.HowValue, Type: "ip", Text: "203.0.113.9"},
		`"hostname","list":[".Example.com"]`:                   {How: feed.HowBelow, Text: "example.com"},
		`"string","list":["D41D8CD98F00B204E9800998ECF8427E"]`: {How: feed.HowValue, Type: "hash", Text: "d41d8cd98f00b204e9800998ecf8427e"},
		`"substring","list":["Example"]`:                       {How: feed.HowPart, Text: "example"},
		`"regex","list":["/^a.*z$/i","(("]`:                    {How: feed.HowRegex, Text: "(?i)^a.*z$"},
	} {
		w, err := feed.ReadWarnings(strings.NewReader(`{"name":"n","type":` + kind + `}`))
		if err != nil || len(w.Entries) != 1 || w.Entries[0] != want {
			t.Errorf("%s: %+v, %v", kind, w, err)
		}
	}
	for _, file := range corpus(t, "misp-warninglists") {
		f := open(t, file)
		w, err := feed.ReadWarnings(f)
		if err != nil || len(w.Entries) == 0 || w.Name == "" {
			t.Errorf("%s: %+v %v", file, w, err)
		}
	}
}

func TestReadManifest_takesUUIDsOnly(t *testing.T) {
	t.Parallel()
	events, err := feed.ReadManifest(strings.NewReader(`{"57c4445b-c548-4654-af0b-4be3950d210f":{"info":"x","timestamp":"1750000000"},"../../etc/passwd":{"timestamp":1}}`))
	if err != nil || len(events) != 1 || events[0].Timestamp != 1750000000 {
		t.Errorf("%+v, %v", events, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"# c\n203.0.113.7 x\n", "a,b\n\"1\",2\n", `{"type":"bundle","objects":[{"type":"indicator","pattern":"[a:b='c' AND (d:e IN ('f'))]"}]}`,
		`{"Event":{"Attribute":[{"type":"ip-dst|port","value":"1.1.1.1|2","to_ids":1}],"Tag":[{"name":"tlp:red"}]}}`,
		`{"query_status":"ok","data":[{"sha256_hash":"x","tags":["a"]}]}`, "0.0.0.0 a.example.com\n", "||a.example.com^\n",
	} {
		f.Add(seed, "auto")
		f.Add(seed, "misp")
		f.Add(seed, "json")
	}
	f.Fuzz(func(t *testing.T, text, format string) {
		_, err := feed.Read(strings.NewReader(text), feed.Options{Format: feed.Format(format)}, func(r feed.Record) error {
			if kind, value, ok := feed.Spell(r.Type, r.Value); !ok || kind != r.Type || value != r.Value {
				t.Errorf("%s %q is spelled %s %q the second time", r.Type, r.Value, kind, value)
			}
			if len(r.Tags) > 20 || len(r.Name) > 200+3 || r.Verdict == "" {
				t.Errorf("a record without bounds: %+v", r)
			}
			return nil
		})
		if err != nil && harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%v is not explained", err)
		}
		_, _ = feed.ReadWarnings(strings.NewReader(text))
		_, _ = feed.ReadManifest(strings.NewReader(text))
	})
}
