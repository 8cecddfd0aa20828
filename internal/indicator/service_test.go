package indicator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
	"github.com/harrier-soar/harrier/internal/indicator"
)

func TestKnow_matchesAsValuesAreUsed(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.imports(indicator.Feed{Name: "f"}, "203.0.113.7\n198.51.100.0/24\n2001:db8::/32\nevil.example.com\nhttp://bad.example.net/A/b.exe\n"+
		"44d88612fea8a8f36de82e1278abb02f\nmallory@evil.example.org\n")
	for _, c := range []struct{ name, kind, value, want string }{
		{"an address", "ip", "203.0.113.7", "malicious f"},
		{"the address as IPv6 writes it", "ip", "::ffff:203.0.113.7", "malicious f"},
		{"another address", "ip", "203.0.113.8", ""},
		{"an address in a network", "ip", "198.51.100.200", "malicious f"},
		{"an address in a network of IPv6", "ip", "2001:db8:1::2", "malicious f"},
		{"a name", "domain", "Evil.Example.com.", "malicious f"},
		{"a name below", "domain", "a.b.evil.example.com", "malicious f"},
		{"a name above", "domain", "example.com", ""},
		{"a name that ends alike", "domain", "notevil.example.com", ""},
		{"a link to a name", "url", "https://x.evil.example.com:8443/y", "malicious f"},
		{"a link to an address", "url", "http://198.51.100.9/y", "malicious f"},
		{"a link", "url", "http://bad.example.net/A/b.exe", "malicious f"},
		{"a link by the other scheme, with a fragment", "url", "HTTPS://BAD.example.net:443/A/b.exe#x", "malicious f"},
		{"a link with another path", "url", "http://bad.example.net/a/b.exe", ""},
		{"the host of a link that is listed", "domain", "bad.example.net", ""},
		{"a hash in capitals", "hash", "44D88612FEA8A8F36DE82E1278ABB02F", "malicious f"},
		{"a mail address", "email", "Mallory@evil.example.org", "malicious f"},
		{"a mail address at a listed name", "email", "bob@mail.evil.example.com", "malicious f"},
		{"a type that nothing lists", "asn", "AS64500", ""},
	} {
		if got := b.says(c.kind, c.value); got != c.want {
			t.Errorf("%s: %s %s is %q, want %q", c.name, c.kind, c.value, got, c.want)
		}
	}
}

func TestKnow_takesNoSharedSuffixForAName(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.imports(indicator.Feed{Name: "f", Type: "domain"}, "github.io\nevil.github.io\n")
	if got := b.says("domain", "innocent.github.io"); got != "" {
		t.Errorf("a neighbour on a shared host is %q", got)
	}
	if got := b.says("domain", "x.evil.github.io"); got != "malicious f" {
		t.Errorf("what is below a listed tenant is %q", got)
	}
}

func TestKnow_letsIndicatorsAge(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.imports(indicator.Feed{Name: "f", Confidence: 80}, "203.0.113.7\n44d88612fea8a8f36de82e1278abb02f\n")
	for _, c := range []struct {
		days     int
		ip, hash string
	}{{0, "malicious f", "malicious f"}, {15, "malicious f", "malicious f"}, {30, "suspicious f", "malicious f"}, {89, "suspicious f", "malicious f"}, {91, "", "malicious f"}, {365 * 6, "", ""}} {
		b.at = epoch().AddDate(0, 0, c.days)
		if got := b.says("ip", "203.0.113.7"); got != c.ip {
			t.Errorf("after %d days an address is %q, want %q", c.days, got, c.ip)
		}
		if got := b.says("hash", "44d88612fea8a8f36de82e1278abb02f"); got != c.hash {
			t.Errorf("after %d days a hash is %q, want %q", c.days, got, c.hash)
		}
	}
	b.at = epoch().AddDate(0, 0, 91)
	b.imports(indicator.Feed{Name: "f"}, "203.0.113.7\n")
	if got := b.says("ip", "203.0.113.7"); got != "malicious f" {
		t.Errorf("what is listed again is %q", got)
	}
}

func TestKnow_heedsTheEndThatAFeedGives(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.imports(indicator.Feed{Name: "f"}, `{"type":"bundle","objects":[{"type":"indicator","id":"indicator--1","pattern":"[domain-name:value='evil.example.com']","valid_from":"2026-11-01T00:00:00Z","valid_until":"2026-11-24T00:00:00Z"}]}`)
	if got := b.says("domain", "evil.example.com"); got != "malicious f" {
		t.Errorf("before its end it is %q", got)
	}
	b.at = epoch().AddDate(0, 0, 2)
	if got := b.says("domain", "evil.example.com"); got != "" {
		t.Errorf("after its end it is %q", got)
	}
	known, err := b.Know(t.Context(), harrier.DefaultTenant, []harrier.Observable{{Type: "domain", Value: "evil.example.com"}}, epoch())
	if err != nil || len(known[0].Opinions) != 1 {
		t.Errorf("for an event before the end nothing is known: %v %v", known, err)
	}
}

func TestAllowed_neverHidesAnIndicator(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.imports(indicator.Feed{Name: "f"}, "cdn.example.com\n")
	if _, err := b.SetList(t.Context(), harrier.Operator(), indicator.List{Name: "vendors", Kind: indicator.Allow}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.AddToList(t.Context(), harrier.Operator(), "vendors", []indicator.NewEntry{{Value: "example.com"}, {Value: "203.0.113.0/24"}}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as it was put, and as it is loaded
		k := b.knows("domain", "cdn.example.com")
		if !cmp.Equal(k.Allowed, []string{"vendors"}) || len(k.Opinions) != 1 || k.Opinions[0].Verdict != feed.Malicious {
			t.Errorf("a listed name on an allow list: %+v", k)
		}
		if k := b.knows("ip", "203.0.113.200"); !cmp.Equal(k.Allowed, []string{"vendors"}) || len(k.Opinions) > 0 {
			t.Errorf("an allowed address: %+v", k)
		}
		b.restart()
	}
	list, err := b.Allowed(t.Context(), harrier.DefaultTenant, []harrier.Observable{{Type: "domain", Value: "www.example.com"}, {Type: "domain", Value: "example.net"}})
	if err != nil || !cmp.Equal(list, []string{"vendors", ""}) {
		t.Errorf("Allowed gives %q, %v", list, err)
	}
	if n, err := b.RemoveFromList(t.Context(), harrier.Operator(), "vendors", []indicator.NewEntry{{Value: "203.0.113.0/24"}}); n != 1 || err != nil {
		t.Errorf("%d were taken off, %v", n, err)
	}
	if k := b.knows("ip", "203.0.113.200"); len(k.Allowed) > 0 {
		t.Errorf("what was taken off is allowed still: %+v", k)
	}
}

func TestImportList_takesWarningListsOfEveryType(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for kind, entry := range map[string]string{"regex": `/^ads[0-9]+\\.example\\.com$/i`, "substring": "tracking", "hostname": "example.org", "cidr": "203.0.113.0/24", "string": "d41d8cd98f00b204e9800998ecf8427e"} {
		if _, err := b.SetList(t.Context(), harrier.Operator(), indicator.List{Name: kind, Kind: indicator.Allow}); err != nil {
			t.Fatal(err)
		}
		got, err := b.ImportList(t.Context(), harrier.Operator(), kind, strings.NewReader(`{"name":"A list","type":"`+kind+`","list":["`+entry+`"],"matching_attributes":[]}`))
		if err != nil || got.Added != 1 || got.Title != "A list" {
			t.Fatalf("%s: %+v %v", kind, got, err)
		}
	}
	for range 2 {
		for kind, o := range map[string][2]string{"regex": {"domain", "ADS7.example.com"}, "substring": {"url", "https://a.example.net/Tracking/x"}, "hostname": {"domain", "a.example.org"}, "cidr": {"ip", "203.0.113.9"}, "string": {"hash", "D41D8CD98F00B204E9800998ECF8427E"}} {
			if k := b.knows(o[0], o[1]); !cmp.Equal(k.Allowed, []string{kind}) {
				t.Errorf("%s is allowed by %v, want %s", o, k.Allowed, kind)
			}
		}
		b.restart()
	}
	if err := b.RemoveList(t.Context(), harrier.Operator(), "regex"); err != nil {
		t.Fatal(err)
	}
	if k := b.knows("domain", "ads7.example.com"); len(k.Allowed) > 0 {
		t.Errorf("a list that was removed allows still: %v", k.Allowed)
	}
}

func TestImport_ofTheSameChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	const text = "203.0.113.7\nevil.example.com\n"
	if got := b.imports(indicator.Feed{Name: "f"}, text); got.New != 2 || got.Changed != 0 {
		t.Errorf("first: %+v", got)
	}
	b.at = b.at.Add(time.Hour)
	if got := b.imports(indicator.Feed{Name: "f"}, text); got.New != 0 || got.Changed != 0 || got.Report.Records != 2 {
		t.Errorf("again: %+v", got)
	}
}

func TestWholeFeed_endsWhatIsAbsentButNotWhenItShrinks(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	f := indicator.Feed{Name: "f", Whole: true}
	b.imports(f, "203.0.113.1\n203.0.113.2\n203.0.113.3\n203.0.113.4\n")
	if got := b.imports(f, "203.0.113.1\n203.0.113.2\n203.0.113.3\n"); got.Ended != 1 || got.Warning != "" {
		t.Errorf("one less: %+v", got)
	}
	if b.says("ip", "203.0.113.4") != "" || b.says("ip", "203.0.113.1") != "malicious f" {
		t.Error("what is listed no more is known still, or the other way round")
	}
	for name, text := range map[string]string{"it shrank": "203.0.113.1\n", "it came empty": "# nothing\n"} {
		got, err := b.Import(t.Context(), harrier.Operator(), indicator.Imported{Feed: indicator.Feed{Name: "f", Format: feed.List}}, strings.NewReader(text))
		if err != nil || got.Ended != 0 || !strings.Contains(got.Warning, name) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		if b.says("ip", "203.0.113.3") != "malicious f" {
			t.Errorf("%s, and what it listed is gone", name)
		}
	}
	feeds, err := b.Feeds(t.Context(), harrier.DefaultTenant)
	if err != nil || len(feeds) != 1 || feeds[0].Count != 3 || feeds[0].Problem == "" {
		t.Errorf("the feed does not say so: %+v %v", feeds, err)
	}
	got, err := b.Import(t.Context(), harrier.Operator(), indicator.Imported{Feed: f, Accept: true}, strings.NewReader("203.0.113.1\n"))
	if err != nil || got.Ended != 2 || got.Warning != "" {
		t.Errorf("accepted: %+v %v", got, err)
	}
	b.restart()
	if b.says("ip", "203.0.113.3") != "" || b.says("ip", "203.0.113.1") != "malicious f" {
		t.Error("a restart remembers it otherwise")
	}
	b.at = b.at.AddDate(0, 0, 60)
	b.imports(f, "203.0.113.1\n")
	if b.says("ip", "203.0.113.1") != "malicious f" {
		t.Error("what a whole feed lists today has aged all the same")
	}
}

func TestRevoked_endsAnIndicator(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	bundle := func(revoked string) string {
		return `{"type":"bundle","objects":[{"type":"indicator","id":"indicator--1","revoked":` + revoked + `,"pattern":"[ipv4-addr:value='203.0.113.7']"}]}`
	}
	b.imports(indicator.Feed{Name: "f"}, bundle("false"))
	if got := b.imports(indicator.Feed{Name: "f"}, bundle("true")); got.Ended != 1 || b.says("ip", "203.0.113.7") != "" {
		t.Errorf("what was taken back stays: %+v", got)
	}
	rows, _, err := b.Indicators(t.Context(), harrier.DefaultTenant, indicator.Query{Value: "203.0.113.7"}, harrier.Page{})
	if err != nil || len(rows) != 1 || rows[0].EndedAt.IsZero() || rows[0].Ended == "" || rows[0].FeedName != "f" {
		t.Errorf("its history is lost: %+v %v", rows, err)
	}
	if got := b.imports(indicator.Feed{Name: "f"}, bundle("false")); got.New != 1 || b.says("ip", "203.0.113.7") != "malicious f" {
		t.Errorf("what comes back is no news: %+v", got)
	}
}

func TestOpinions_areOfEachSourceAndTellTheWorstFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.imports(indicator.Feed{Name: "weak", Confidence: 30, Reliability: "D"}, "evil.example.com\n")
	b.imports(indicator.Feed{Name: "strong", Confidence: 90, Reliability: "A", Provider: "isac", TLP: "AMBER"}, "evil.example.com  Example RAT\nhttp://evil.example.com/x\n")
	k := b.knows("url", "http://evil.example.com/x")
	if len(k.Opinions) != 2 || k.Opinions[0].Source != "strong" || k.Opinions[0].Provider != "isac" || k.Opinions[0].Reliability != "A" || !k.Opinions[0].Indicator ||
		k.Opinions[1].Verdict != feed.Suspicious || k.Marking.TLP != "AMBER" {
		t.Errorf("%+v", k)
	}
	if k := b.knows("domain", "evil.example.com"); k.Opinions[0].Name != "Example RAT" {
		t.Errorf("the name is lost: %+v", k.Opinions)
	}
}

func TestTenants_doNotSeeEachOthersIndicators(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.imports(indicator.Feed{Name: "f"}, "203.0.113.7\n")
	other := harrier.DeriveID[harrier.TenantID]("other")
	for range 2 {
		known, err := b.Know(t.Context(), other, []harrier.Observable{{Type: "ip", Value: "203.0.113.7"}}, b.at)
		if err != nil || len(known[0].Opinions) > 0 {
			t.Errorf("another tenant is told %+v, %v", known, err)
		}
		b.restart()
	}
	rows, _, err := b.Indicators(t.Context(), other, indicator.Query{}, harrier.Page{})
	if err != nil || len(rows) > 0 {
		t.Errorf("another tenant lists %v, %v", rows, err)
	}
}

func TestBlockList_isPulledSortedAndWithoutWhatHasEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *indicator.Config) {
		c.Own = func() indicator.Own { return indicator.Own{Domains: []string{"corp.example"}} }
	})
	by := harrier.Operator()
	if _, err := b.SetList(t.Context(), by, indicator.List{Name: "blocked", Kind: indicator.Block}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Service.Pull(t.Context(), "blocked", ""); harrier.KindOf(err) != harrier.Unauthenticated {
		t.Errorf("a list without a token is given to anybody: %v", err)
	}
	token, err := b.NewToken(t.Context(), by, "blocked")
	if err != nil {
		t.Fatal(err)
	}
	soon := b.at.Add(time.Hour)
	if _, err := b.AddToList(t.Context(), by, "blocked", []indicator.NewEntry{{Value: "evil.example.com", ExpiresAt: soon, Reason: "case 7"}, {Value: "203.0.113.7"}, {Value: "198.51.100.0/24"}}); err != nil {
		t.Fatal(err)
	}
	first, err := b.Service.Pull(t.Context(), "blocked", token)
	if err != nil || string(first.Text) != "198.51.100.0/24\n203.0.113.7\nevil.example.com\n" {
		t.Errorf("got %q, %v", first.Text, err)
	}
	if got := b.says("domain", "x.evil.example.com"); got != "malicious list blocked" {
		t.Errorf("what is blocked is %q", got)
	}
	b.at = soon
	later, err := b.Service.Pull(t.Context(), "blocked", token)
	if err != nil || string(later.Text) != "198.51.100.0/24\n203.0.113.7\n" || later.Rev == first.Rev {
		t.Errorf("after its end got %q, %v", later.Text, err)
	}
	if b.says("domain", "evil.example.com") != "" {
		t.Error("an entry that has ended still says something")
	}
	if _, err := b.NewToken(t.Context(), by, "blocked"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Service.Pull(t.Context(), "blocked", token); harrier.KindOf(err) != harrier.Unauthenticated {
		t.Errorf("the old token opens still: %v", err)
	}
	for _, own := range []string{"mail.corp.example", "10.1.2.3", "192.168.0.0/16"} {
		if _, err := b.AddToList(t.Context(), by, "blocked", []indicator.NewEntry{{Value: own}}); harrier.KindOf(err) != harrier.Denied {
			t.Errorf("%s, which is our own, may be blocked: %v", own, err)
		}
	}
}

func TestInternal_isOwnNamesNetworksAndPrivateAddresses(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *indicator.Config) {
		c.Own = func() indicator.Own { return indicator.Own{Domains: []string{"corp.example"}} }
	})
	for value, want := range map[string]bool{"10.0.0.1": true, "203.0.113.7": false, "fd00::1": true, "127.0.0.1": true} {
		if got := b.Internal(harrier.Observable{Type: "ip", Value: value}); got != want {
			t.Errorf("%s: %t", value, got)
		}
	}
	for value, want := range map[string]bool{"https://wiki.corp.example/x": true, "https://corp.example.evil.example/": false, "http://10.1.1.1/": true} {
		if got := b.Internal(harrier.Observable{Type: "url", Value: value}); got != want {
			t.Errorf("%s: %t", value, got)
		}
	}
}

func TestDisclosable_holdsMarkingsAgainstWhoAsks(t *testing.T) {
	t.Parallel()
	ours, vendor, public := indicator.Recipient{Name: "misp"}, indicator.Recipient{Name: "virustotal", External: true}, indicator.Recipient{Name: "urlscan", External: true, Public: true}
	scan := indicator.Recipient{Name: "scanner", Active: true}
	for _, c := range []struct {
		tlp, pap string
		to       indicator.Recipient
		want     bool
	}{
		{"", "", public, true}, {"CLEAR", "CLEAR", public, true}, {"GREEN", "", vendor, true}, {"GREEN", "", public, false},
		{"AMBER", "", vendor, false}, {"AMBER+STRICT", "", vendor, false}, {"RED", "", vendor, false}, {"RED", "RED", ours, true},
		{"", "RED", vendor, false}, {"", "AMBER", vendor, true}, {"", "AMBER", scan, false}, {"", "RED", scan, false}, {"", "GREEN", scan, true},
		{"PURPLE", "", ours, false}, {"", "PURPLE", ours, false},
	} {
		ok, why := indicator.Marking{TLP: c.tlp, PAP: c.pap}.Disclosable(c.to)
		if ok != c.want || ok != (why == "") {
			t.Errorf("TLP:%s PAP:%s to %s: %t %q", c.tlp, c.pap, c.to.Name, ok, why)
		}
	}
}

func TestKnow_isSafeWhileFeedsChange(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	f := indicator.Feed{Name: "f", Whole: true}
	b.imports(f, "203.0.113.1\n203.0.113.2\n203.0.113.3\n")
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 20 && err == nil; i++ {
			text := "203.0.113.1\n203.0.113.2\n203.0.113.3\n"
			if i%2 == 1 {
				text = "203.0.113.1\n203.0.113.2\n198.51.100.0/24\n"
			}
			_, err = b.Import(t.Context(), harrier.Operator(), indicator.Imported{Feed: f}, strings.NewReader(text))
		}
		done <- err
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
			if got := b.says("ip", "203.0.113.1"); got != "malicious f" {
				t.Fatalf("what is always listed is %q", got)
			}
		}
	}
}

func TestRemoveFeed_leavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	if _, err := b.Import(t.Context(), harrier.Operator(), indicator.Imported{Feed: indicator.Feed{Name: "big"}}, many(5000)); err != nil {
		t.Fatal(err)
	}
	b.imports(indicator.Feed{Name: "f"}, "host-1.evil-1.example.com\n")
	if err := b.RemoveFeed(t.Context(), harrier.Operator(), "big"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := b.says("domain", "host-1.evil-1.example.com"); got != "malicious f" {
			t.Errorf("another feed's indicator is %q", got)
		}
		if got := b.says("domain", "host-5.evil-5.example.com"); got != "" {
			t.Errorf("an indicator of the feed is %q", got)
		}
		b.restart()
	}
	rows, _, err := b.Indicators(t.Context(), harrier.DefaultTenant, indicator.Query{}, harrier.Page{})
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows are left, %v", len(rows), err)
	}
}
