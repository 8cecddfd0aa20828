package observable_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/internal/observable"
)

// decided lists the cases of the tables that fail, each with the rule of the
// package that is against it. A listed case that passes fails the test, so that the list only
// shrinks. The tables contradict each other, so it cannot be empty.
func decided() map[string]string {
	const fileName = "a name that ends as files do is a file's, not a domain"
	const noScheme = "a name or an address with a path behind it is a URL, defanged or not; the list has the defanged ones only"
	return map[string]string{
		"iocextract/http://example[.]com/[.]":                                             "punctuation at the end of a URL is not part of it",
		"iocextract/not 192.168.0.1/some/url":                                             noScheme,
		"xioc/hXXp://playback.savefrom.biz/video/video1.cab":                              fileName,
		"ioc-finder/file_path_3":                                                          fileName,
		"ioc-finder/file_path_5":                                                          fileName,
		"ioc-finder/domain-issue_104__domains_read_from_percent_encoded_url_query_params": fileName,
		"ioc-finder/domain-issue_104__domains_read_from_percent_encoded_url_query_params__with_options_false_2": fileName,
	}
}

// corpus reads a file of the corpus; it skips the test where that is absent.
func corpus(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "corpus", name))
	if err != nil {
		tb.Skipf("the corpus is not at ../shared/corpus beside the repository: %v", err)
	}
	return data
}

// table counts cases and compares them with the decided ones.
type table struct {
	t                    *testing.T
	name                 string
	passed, kept, failed int
}

// verdict takes the problems of one case.
func (tb *table) verdict(id, input string, problems []string) {
	tb.t.Helper()
	key := tb.name + "/" + id
	reason, listed := decided()[key]
	switch {
	case len(problems) == 0 && listed:
		tb.t.Errorf("%s passes now: take it off the list of decided cases (%s)", key, reason)
	case len(problems) == 0:
		tb.passed++
	case listed:
		tb.kept++
	default:
		tb.failed++
		tb.t.Errorf("%s: %s\n  in %.300q", key, strings.Join(problems, "\n  "), input)
	}
}

// report tells how many cases passed.
func (tb *table) report() {
	tb.t.Logf("%s: %d of %d cases pass, %d are decided otherwise", tb.name, tb.passed, tb.passed+tb.kept+tb.failed, tb.kept)
}

// differences compares what was found with one of several wanted lists.
func differences(kind string, found []observable.Found, accepted ...[]string) []string {
	var problems []string
	all := slices.Concat(accepted...)
	for _, f := range found {
		if !slices.ContainsFunc(all, func(want string) bool { return same(f, want) }) {
			problems = append(problems, kind+": found "+f.Value+" ("+string(f.Part)+"), which the table does not have")
		}
	}
	for i, want := range accepted[0] {
		forms := []string{want}
		for _, other := range accepted[1:] {
			if len(other) == len(accepted[0]) {
				forms = append(forms, other[i])
			}
		}
		if !slices.ContainsFunc(found, func(f observable.Found) bool {
			return slices.ContainsFunc(forms, func(form string) bool { return same(f, form) })
		}) {
			problems = append(problems, kind+": missing "+want)
		}
	}
	return problems
}

// same reports whether a table's spelling is what was found.
func same(f observable.Found, want string) bool {
	if want == f.Value || want == f.Unicode {
		return true
	}
	switch f.Type {
	case observable.IPv6:
		ip, err := netip.ParseAddr(want)
		return err == nil && ip.String() == f.Value
	case observable.MAC:
		return strings.EqualFold(strings.NewReplacer("-", "", ".", "", ":", "").Replace(want), strings.ReplaceAll(f.Value, ":", ""))
	case observable.ASN:
		return strings.TrimPrefix(want, "ASN") == strings.TrimPrefix(f.Value, "AS")
	case observable.URL:
		return "http://"+want == f.Value
	case observable.Email:
		return strings.EqualFold(want, f.Value)
	}
	return false
}

// ofTypes selects what was found.
func ofTypes(found []observable.Found, types ...observable.Type) []observable.Found {
	var out []observable.Found
	for _, f := range found {
		if slices.Contains(types, f.Type) {
			out = append(out, f)
		}
	}
	return out
}

func TestExtract_passesTheTableOfXioc(t *testing.T) {
	t.Parallel()
	var cases map[string]map[string][]string
	if err := json.Unmarshal(corpus(t, "xioc/tests.json"), &cases); err != nil {
		t.Fatal(err)
	}
	tab := &table{t: t, name: "xioc"}
	kinds := map[string]observable.Type{"domains": observable.Domain, "urls": observable.URL, "emails": observable.Email, "ip4s": observable.IPv4, "ip6s": observable.IPv6}
	for text, want := range cases {
		found, _ := observable.Extract(text, observable.Options{NeedScheme: true})
		var problems []string
		for name, kind := range kinds {
			problems = append(problems, differences(name, ofTypes(found, kind), want[name])...)
		}
		tab.verdict(text, text, problems)
	}
	tab.report()
}

// iocFinderKinds maps the table's names to types.
func iocFinderKinds() map[string][]observable.Type {
	return map[string][]observable.Type{
		"asns": {observable.ASN}, "attack_mitigations": {observable.Mitigation}, "attack_tactics": {observable.Tactic}, "attack_techniques": {observable.Technique},
		"bitcoin_addresses": {observable.Bitcoin}, "monero_addresses": {observable.Monero}, "cves": {observable.CVE}, "domains": {observable.Domain},
		"email_addresses": {observable.Email}, "xmpp_addresses": {observable.XMPP}, "file_paths": {observable.FilePath}, "md5s": {observable.MD5}, "sha1s": {observable.SHA1},
		"sha256s": {observable.SHA256}, "sha512s": {observable.SHA512}, "ssdeeps": {observable.SSDEEP}, "imphashes": {observable.Imphash}, "authentihashes": {observable.Authentihash},
		"google_adsense_publisher_ids": {observable.GoogleAdSense}, "google_analytics_tracker_ids": {observable.GoogleAnalytics}, "ipv4s": {observable.IPv4}, "ipv6s": {observable.IPv6},
		"ipv4_cidrs": {observable.CIDR}, "mac_addresses": {observable.MAC}, "registry_key_paths": {observable.RegistryKey}, "tlp_labels": {observable.TLP}, "urls": {observable.URL},
		"user_agents": {observable.UserAgent},
	}
}

// iocFinderCase is a row of the table.
type iocFinderCase struct {
	ID, Text string
	Expected map[string]json.RawMessage
	Options  map[string]any
}

// want returns what is expected of a kind, of all matrices of ATT&CK together.
func (c iocFinderCase) want(tb testing.TB, kind string) []string {
	tb.Helper()
	raw := c.Expected[kind]
	if raw == nil {
		return nil
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var matrices map[string][]string
	if err := json.Unmarshal(raw, &matrices); err != nil {
		tb.Fatalf("%s: %s: %v", c.ID, kind, err)
	}
	for _, one := range matrices {
		list = append(list, one...)
	}
	return list
}

// wanted reports whether a case's options ask for something found.
func (c iocFinderCase) wanted(f observable.Found) bool {
	off := func(name string) bool { return c.Options[name] == false }
	switch {
	case f.Type == observable.Domain && (f.Part == observable.PartHost || f.Part == observable.PartURL) && off("parse_domain_from_url"),
		f.Type == observable.Domain && f.Part == observable.PartEmail && (off("parse_domain_from_email_address") || off("parse_domain_name_from_xmpp_address")),
		f.Part == observable.PartNetwork && off("parse_address_from_cidr"),
		f.Type == observable.URL && strings.HasPrefix(f.Note, "no scheme") && off("parse_urls_without_scheme"),
		f.Type == observable.Imphash && off("parse_imphashes"), f.Type == observable.Authentihash && off("parse_authentihashes"):
		return false
	}
	return true
}

func TestExtract_passesTheTableOfIOCFinder(t *testing.T) {
	t.Parallel()
	var cases []iocFinderCase
	if err := json.Unmarshal(corpus(t, "ioc-finder/cases.json"), &cases); err != nil {
		t.Fatal(err)
	}
	tab := &table{t: t, name: "ioc-finder"}
	for _, c := range cases {
		found, _ := observable.Extract(c.Text, observable.Options{})
		found = slices.DeleteFunc(found, func(f observable.Found) bool { return !c.wanted(f) })
		var problems []string
		only, _ := c.Options["included_ioc_types"].([]any)
		for kind, types := range iocFinderKinds() {
			if only != nil && !slices.Contains(only, any(kind)) {
				continue
			}
			problems = append(problems, differences(kind, ofTypes(found, types...), c.want(t, kind), c.want(t, kind+"_complete"))...)
		}
		tab.verdict(c.ID, c.Text, problems)
	}
	tab.report()
}
