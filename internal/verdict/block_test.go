package verdict

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/schema"
)

// planned plans, and holds the output against the specification.
func planned(t *testing.T, in object) object {
	t.Helper()
	spec := planSpec()
	checked, wrong := schema.CheckFields(schema.Defaults(spec.Input, in), spec.Input)
	if len(wrong) > 0 {
		t.Fatalf("inputs: %v", wrong)
	}
	e, err := readEvidence(checked)
	if err != nil {
		t.Fatal(err)
	}
	out, wrong := schema.Check(e.planOutput(), spec.Output)
	if len(wrong) > 0 {
		t.Fatalf("output: %v", wrong)
	}
	return out.(object)
}

// told are values with the beginning of the reason why they are spared or withheld.
func told(list any) map[string]string {
	out := map[string]string{}
	for _, v := range list.(array) {
		v := v.(object)
		words := strings.Fields(v["reason"].(string))
		out[v["value"].(string)] = strings.Join(words[:min(4, len(words))], " ")
	}
	return out
}

// both condemns a thing by two providers.
func both(kind, value string) object {
	return said(kind, value, "virustotal=malicious", "abuse.ch/urlhaus=malicious")
}

func TestBlockPlan_blocksWhatIsCondemned(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("b", 64)
	mail := with(phish(), object{
		"reply_to":    array{"refunds@evil.example"},
		"attachments": array{object{"name": "a.exe", "type": "application/x-msdownload", "sha256": hash, "where": "2"}},
		"observables": append(phish()["observables"].(array), seen("ip", "192.0.2.50", "link"), seen("hash", hash, "attachment")),
	})
	out := planned(t, object{"mail": mail, "organisation": profile(t, ""), "intel": array{
		both("url", evilLink), both("domain", "login.evil.example"), both("ip", "192.0.2.50"), both("hash", hash), said("domain", "quiet.example", "feed=malicious:E"),
	}})
	want := object{
		"senders": array{"refunds@evil.example"}, "domains": array{"login.evil.example"}, "urls": array{evilLink}, "addresses": array{"192.0.2.50"}, "hashes": array{hash},
	}
	for name, list := range want {
		if diff := cmp.Diff(list, out[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(map[string]string{"service@bank.example": "Authentication does not prove"}, told(out["spared"])); diff != "" {
		t.Errorf("spared (-want +got):\n%s", diff)
	}
	for _, e := range out["entries"].(array) {
		if e.(object)["reason"] == "" || e.(object)["verb"] == "" {
			t.Errorf("an entry without reason or verb: %v", e)
		}
	}
}

func TestBlockPlan_sparesWhoMustNotBeBlocked(t *testing.T) {
	t.Parallel()
	authentic := object{"server": "mx.corp.example", "spf": "pass", "dkim": "pass", "dmarc": "pass"}
	from := func(address, domain string, more object) object {
		return with(with(phish(), object{
			"from": object{"address": address, "domain": domain}, "authentication": authentic, "links": array{}, "link_domains": array{},
			"observables": array{seen("email", address, "sender"), seen("domain", domain, "sender")},
		}), more)
	}
	linking := func(link, host string) object {
		return with(phish(), object{"links": array{link}, "link_domains": array{host}, "observables": array{seen("url", link, "link"), seen("domain", host, "link")}})
	}
	for _, tc := range []struct {
		name    string
		in      object
		blocked array
		spared  map[string]string
	}{
		{"a stranger who really sent it is blocked, and the domain where it is condemned",
			object{"mail": from("x@evil.example", "evil.example", nil), "intel": array{both("domain", "evil.example")}},
			array{"x@evil.example", "evil.example"}, map[string]string{}},
		{"whose name is abused is not", object{"mail": from("x@bank.example", "bank.example", object{"authentication": object{"server": "mx.corp.example", "dmarc": "fail"}}), "intel": array{both("domain", "bank.example")}},
			array{}, map[string]string{"x@bank.example": "Authentication does not prove", "bank.example": "Authentication does not prove"}},
		{"authentication that no server of ours wrote proves nobody", object{"mail": from("x@bank.example", "bank.example", object{"authentication": object{"server": "mx.evil.example", "dmarc": "pass"}})},
			array{}, map[string]string{"x@bank.example": "Authentication does not prove"}},
		{"our own", object{"mail": from("kim@corp.example", "corp.example", nil)}, array{}, map[string]string{"kim@corp.example": "It is the organisation's"}},
		{"a partner", object{"mail": from("ann@supplier.example", "supplier.example", nil)}, array{}, map[string]string{"ann@supplier.example": "It is a partner's:"}},
		{"an address at a freemail provider is blocked, the provider is not",
			object{"mail": from("x@gmail.com", "gmail.com", nil), "intel": array{both("email", "x@gmail.com")}}, array{"x@gmail.com"}, map[string]string{}},
		{"whom our people wrote to", object{"mail": from("x@known.example", "known.example", nil), "correspondence": object{"sent": 2}, "correspondence_with": "known.example"},
			array{}, map[string]string{"x@known.example": "Our people wrote to"}},
		{"whose domain is known", object{"mail": from("x@mail.known.example", "mail.known.example", nil), "known_domains": array{"known.example"}},
			array{}, map[string]string{"x@mail.known.example": "There was correspondence with"}},
		{"a page on a shared host, by its full link only", object{"mail": linking("https://x.github.io/login", "x.github.io"), "intel": array{both("url", "https://x.github.io/login"), both("domain", "x.github.io")}},
			array{"https://x.github.io/login"}, map[string]string{"x.github.io": "Strangers keep pages side"}},
		{"a page of a partner, by its full link only", object{"mail": linking("https://www.supplier.example/x", "www.supplier.example"), "intel": array{both("url", "https://www.supplier.example/x"), both("domain", "www.supplier.example")}},
			array{"https://www.supplier.example/x"}, map[string]string{"www.supplier.example": "It is a partner's:"}},
		{"a page of our own", object{"mail": linking("https://www.corp.example/x", "www.corp.example"), "intel": array{both("url", "https://www.corp.example/x")}},
			array{}, map[string]string{}},
		{"a protected page", object{"mail": linking("https://www.bank.example/x", "www.bank.example"), "intel": array{both("url", "https://www.bank.example/x")}, "organisation": nil},
			array{}, map[string]string{"https://www.bank.example/x": "The organisation protects it."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			in := with(object{"organisation": profile(t, "")}, tc.in)
			if in["organisation"] == nil {
				in["organisation"] = profile(t, "protected_domains: [bank.example]\n")
			}
			out := planned(t, in)
			blocked := array{}
			for _, name := range []string{"senders", "domains", "urls", "addresses"} {
				blocked = append(blocked, out[name].(array)...)
			}
			if diff := cmp.Diff(tc.blocked, blocked); diff != "" {
				t.Errorf("blocked (-want +got):\n%s", diff)
			}
			spared := told(out["spared"])
			delete(spared, "service@bank.example") // whose name the mails with links bear
			if diff := cmp.Diff(tc.spared, spared); diff != "" {
				t.Errorf("spared (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBlockPlan_blocksAnAddressOnTheWayOnlyWhereItIsSure(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		lookup object
		want   array
	}{
		{"our server saw it, and two call it malicious", both("ip", "203.0.113.7"), array{"203.0.113.7"}},
		{"one alone calls it malicious", said("ip", "203.0.113.7", "a=malicious:A"), array{}},
		{"it stands below, where anybody writes", both("ip", "198.51.100.1"), array{}},
	} {
		mail := with(phish(), object{"observables": append(phish()["observables"].(array), seen("ip", "198.51.100.1", "hop"))})
		out := planned(t, object{"mail": mail, "organisation": profile(t, ""), "intel": array{tc.lookup}})
		if diff := cmp.Diff(tc.want, out["addresses"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestBlockPlan_detonatesWithoutNamingAnybody(t *testing.T) {
	t.Parallel()
	link := func(l string, once any) object { return object{"url": l, "one_time": once} }
	links := array{
		"https://a.example/x?e=kim%40corp.example&v=1", "https://a.example/x?e=&v=1", "https://b.example/r/a2ltQGNvcnAuZXhhbXBsZQ==/go", "https://c.example/#kim@corp.example",
		"https://d.example/unsubscribe/77", "https://e.example/approve", "https://f.example/reset/9f8e7d6c5b4a39281716", "https://f.example/reset", "https://g.example/confirm",
		"https://www.corp.example/x", "ftp://h.example/x", "https://i.example/news?mc_eid=77aa&utm_source=x", "https://kim:pw@j.example/y",
	}
	mail := with(phish(), object{
		"links": links, "link_domains": array{}, "observables": array{}, "to": array{"kim@corp.example"},
		"link_details": array{link("https://e.example/approve", false), link("https://g.example/confirm", true)},
	})
	out := planned(t, object{"mail": mail, "organisation": profile(t, "")})
	got := array{}
	for _, d := range out["detonate"].(array) {
		got = append(got, d.(object)["value"])
	}
	want := array{
		"https://a.example/x?e=&v=1", "https://b.example/r//go", "https://c.example/", "https://e.example/approve", "https://f.example/reset",
		"https://i.example/news?mc_eid=&utm_source=x", "https://j.example/y",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("detonated (-want +got):\n%s", diff)
	}
	kept := map[string]string{
		"https://d.example/unsubscribe/77": "Opening it may act", "https://f.example/reset/9f8e7d6c5b4a39281716": "Opening it may act", "https://g.example/confirm": "Opening it may act",
		"https://www.corp.example/x": "It leads to the", "ftp://h.example/x": "It is not a",
	}
	if diff := cmp.Diff(kept, told(out["withheld"])); diff != "" {
		t.Errorf("withheld (-want +got):\n%s", diff)
	}
}

func TestBlockPlan_letsNoFileLeaveBeforeItsHash(t *testing.T) {
	t.Parallel()
	file := func(digit, kind string) object {
		return object{"name": digit + ".bin", "type": kind, "sha256": strings.Repeat(digit, 64), "where": "2"}
	}
	id := func(digit string) string { return strings.Repeat(digit, 64) }
	files := object{"attachments": array{file("1", "application/pdf"), file("2", "application/pdf"), file("3", "application/pdf"), file("4", "application/pdf"), file("5", "text/plain"), file("6", "application/pdf")}}
	intel := array{
		said("hash", id("1"), "a=unknown"), said("hash", id("2"), "a=failed"), both("hash", id("4")), said("hash", id("6"), "a=benign"),
	}
	stranger := planned(t, object{"mail": with(phish(), files), "organisation": profile(t, ""), "intel": intel})
	want := array{object{"kind": "file", "value": id("1"), "where": "2", "name": "1.bin"}}
	var got array
	for _, d := range stranger["detonate"].(array) {
		if d.(object)["kind"] == "file" {
			got = append(got, d)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("detonated (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{id("2"): "No source has told", id("3"): "No source has told"}, told(stranger["withheld"])); diff != "" {
		t.Errorf("withheld (-want +got):\n%s", diff)
	}
	for name, authentication := range map[string]object{
		"proven":                       {"server": "mx.corp.example", "dmarc": "pass"},
		"not examined on its way":      {"server": "", "spf": "none", "dkim": "none", "dmarc": "none"},
		"passed by a server of others": {"server": "mx.other.example", "dmarc": "pass"},
	} {
		own := with(with(phish(), files), object{"from": object{"address": "cfo@corp.example", "domain": "corp.example"}, "authentication": authentication})
		out := planned(t, object{"mail": own, "organisation": profile(t, ""), "intel": intel})
		if len(out["detonate"].(array)) != 0 || told(out["withheld"])[id("1")] != "It comes from the" {
			t.Errorf("%s: an internal document leaves: %v", name, out["detonate"])
		}
	}
	forged := with(with(phish(), files), object{"from": object{"address": "cfo@corp.example", "domain": "corp.example"}})
	if out := planned(t, object{"mail": forged, "organisation": profile(t, ""), "intel": intel}); len(out["detonate"].(array)) != 2 {
		t.Errorf("what only pretends to be internal is kept back: %v", out)
	}
}

func TestBlockPlan_blocksTheLinkAsItStandsInTheMail(t *testing.T) {
	t.Parallel()
	link := evilLink + "?u=kim@corp.example"
	mail := with(phish(), object{"links": array{link}, "observables": array{seen("url", link, "link")}})
	out := planned(t, object{"mail": mail, "organisation": profile(t, ""), "detonations": array{object{"type": "url", "value": evilLink + "?u=", "source": "cape", "report": object{"verdict": "malicious"}}}})
	if diff := cmp.Diff(array{link}, out["urls"]); diff != "" {
		t.Errorf("urls (-want +got):\n%s", diff)
	}
	if len(out["detonate"].(array)) != 0 {
		t.Errorf("what was detonated is detonated again: %v", out["detonate"])
	}
}

func FuzzStrip_neverNamesTheRecipient(f *testing.F) {
	for _, l := range []string{"https://a.example/x?e=kim@corp.example", "https://a.example/a2ltQGNvcnAuZXhhbXBsZQ", "x", "https://kim@corp.example:pw@a.example/#?&=", "https://a.example/6b696d40636f72702e6578616d706c65"} {
		f.Add(l)
	}
	m := &mail{To: []string{"kim@corp.example"}}
	e, err := readEvidence(object{"mail": object{"to": array{"kim@corp.example"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, link string) {
		if !strings.Contains(link, "://") || strings.ContainsAny(hostOf(link), "@") {
			return
		}
		out := m.strip(link, &e.profile)
		_, path, ok := strings.Cut(strings.TrimPrefix(out, link[:strings.Index(link, "://")+3]), "/")
		if ok && strings.Contains(strings.ToLower(path), "kim@corp.example") {
			t.Errorf("strip(%q) = %q", link, out)
		}
		if again := m.strip(out, &e.profile); again != out {
			t.Errorf("strip is not stable: %q, then %q", out, again)
		}
	})
}

func TestBlockPlan_sparesTheNameOfAFreemailProviderAndNamesBelowIt(t *testing.T) {
	t.Parallel()
	const link = "https://www.gmail.com/x"
	mail := with(phish(), object{"links": array{link}, "observables": array{seen("url", link, "link"), seen("domain", "www.gmail.com", "link")}})
	out := planned(t, object{"mail": mail, "organisation": profile(t, ""), "intel": array{both("url", link), both("domain", "www.gmail.com")}})
	if diff := cmp.Diff([]any{array{}, array{link}}, []any{out["domains"], out["urls"]}); diff != "" {
		t.Errorf("domains and links (-want +got):\n%s", diff)
	}
	if got := told(out["spared"])["www.gmail.com"]; got != "Anybody gets an address" {
		t.Errorf("the provider's page is spared because %q", got)
	}
}
