package verdict

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/harrier-soar/harrier/schema"
)

// object and array keep the tests readable.
type (
	object = map[string]any
	array  = []any
)

// profile is the organisation of the tests.
func profile(t *testing.T, more string) object {
	t.Helper()
	p, problems := organisation.Read("organisation.yaml", []byte("harrier: 1\nown_domains: [corp.example]\npartner_domains: [supplier.example]\ntrusted_servers: [mx.corp.example]\n"+more))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return p.Output()
}

// partnerMail is a mail of a partner with a link to the partner's own site, all
// of which can be proven.
func partnerMail() object {
	return object{
		"message_id": "1@supplier.example", "subject": "Minutes", "text": "As discussed.", "body_sha256": strings.Repeat("a", 64),
		"from":           object{"address": "ann@supplier.example", "domain": "supplier.example", "name": "Ann"},
		"return_path":    "ann@supplier.example",
		"authentication": object{"server": "mx.corp.example", "spf": "pass", "dkim": "pass", "dmarc": "pass", "dkim_domain": "supplier.example"},
		"hops":           array{object{"ip": "10.0.0.1"}, object{"ip": "203.0.113.7"}, object{"ip": "198.51.100.1"}},
		"to":             array{"kim@corp.example"}, "reply_to": array{}, "cc": array{},
		"links": array{"https://www.supplier.example/minutes"}, "link_domains": array{"www.supplier.example"},
		"attachments": array{}, "signals": array{}, "warnings": array{},
		"observables": array{
			seen("email", "ann@supplier.example", "sender"), seen("domain", "supplier.example", "sender"),
			seen("url", "https://www.supplier.example/minutes", "link"), seen("domain", "www.supplier.example", "link"), seen("ip", "203.0.113.7", "hop"),
		},
	}
}

func seen(kind, value, role string) object {
	return object{"type": kind, "value": value, "role": role, "where": "header"}
}

// said is an output of intel.lookup; sources are connection=verdict, with the
// provider in front of a slash and a grade behind a colon where they matter.
func said(kind, value string, sources ...string) object {
	list, failed := array{}, 0
	for _, s := range sources {
		name, verdict, _ := strings.Cut(s, "=")
		provider, connection, ok := strings.Cut(name, "/")
		if !ok {
			connection = provider
		}
		verdict, grade, ok := strings.Cut(verdict, ":")
		if !ok {
			grade = "B"
		}
		one := object{"connection": connection, "provider": provider, "reliability": grade, "status": "ok", "verdict": verdict}
		if verdict == "failed" {
			one = object{"connection": connection, "provider": provider, "reliability": grade, "status": "failed", "error": "no answer in time"}
			failed++
		}
		list = append(list, one)
	}
	return object{"type": kind, "value": value, "sources": list, "answered": len(list) - failed, "failed": failed}
}

// answered is an answer of unknown to everything in a mail, but for what is given.
func answered(mail object, but ...object) array {
	out := array{}
	have := map[string]bool{}
	for _, one := range but {
		out = append(out, one)
		have[fmt.Sprint(one["type"], "/", one["value"])] = true
	}
	for _, o := range mail["observables"].(array) {
		o := o.(object)
		if !have[fmt.Sprint(o["type"], "/", o["value"])] {
			out = append(out, said(o["type"].(string), o["value"].(string), "virustotal=unknown"))
		}
	}
	return out
}

// with returns a copy of an object with other fields.
func with(base, changes object) object {
	out := maps.Clone(base)
	maps.Copy(out, changes)
	return out
}

// judged judges, holds the output against the specification, and proves that
// the order of the inputs and a second time change nothing.
func judged(t *testing.T, in object) object {
	t.Helper()
	spec := judgeSpec()
	checked, wrong := schema.CheckFields(schema.Defaults(spec.Input, in), spec.Input)
	if len(wrong) > 0 {
		t.Fatalf("inputs: %v", wrong)
	}
	think := func(in object) object {
		e, err := readEvidence(in)
		if err != nil {
			t.Fatal(err)
		}
		out := e.judge().output()
		fit, wrong := schema.Check(out, spec.Output)
		if len(wrong) > 0 {
			t.Fatalf("output: %v", wrong)
		}
		return fit.(object)
	}
	out := think(checked)
	turned := maps.Clone(checked)
	if list, ok := turned["intel"].(array); ok {
		turned["intel"] = slices.Collect(func(yield func(any) bool) {
			for _, v := range slices.Backward(list) {
				if !yield(v) {
					return
				}
			}
		})
	}
	if diff := cmp.Diff(out, think(turned)); diff != "" {
		t.Errorf("the order of the answers changes the outcome:\n%s", diff)
	}
	return out
}

// codes are the rules that keep a mail from being benign.
func codes(out object) []string {
	list := []string{}
	for _, d := range out["against_benign"].(array) {
		list = append(list, d.(object)["code"].(string))
	}
	return slices.Compact(list)
}

// show tells an output for a failed test.
func show(out object) string {
	text, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

const evilLink = "https://login.evil.example/session"

// phish is a mail with one link to a page of a stranger.
func phish() object {
	return with(partnerMail(), object{
		"from":           object{"address": "service@bank.example", "domain": "bank.example", "name": "Bank"},
		"authentication": object{"server": "mx.corp.example", "spf": "fail", "dkim": "none", "dmarc": "fail"},
		"links":          array{evilLink}, "link_domains": array{"login.evil.example"},
		"signals": array{object{"code": "dmarc_fail", "text": "The receiving server says DMARC: fail."}},
		"observables": array{
			seen("email", "service@bank.example", "sender"), seen("domain", "bank.example", "sender"),
			seen("url", evilLink, "link"), seen("domain", "login.evil.example", "link"), seen("ip", "203.0.113.7", "hop"),
		},
	})
}

// outcome is what a case of a table expects.
type outcome struct {
	verdict string
	contain bool
}

func TestJudge_weighsBySourceReliabilityAndRole(t *testing.T) {
	t.Parallel()
	plain := with(phish(), object{"signals": array{}}) // nothing striking: the sources stand alone
	for _, tc := range []struct {
		name  string
		mail  object
		intel array
		want  outcome
	}{
		{"two providers condemn a link", phish(), array{said("url", evilLink, "virustotal=malicious", "urlhaus=malicious")}, outcome{malicious, true}},
		{"one reliable provider condemns it, and a person decides on containment", plain, array{said("url", evilLink, "virustotal=malicious")}, outcome{malicious, false}},
		{"two connections of one provider are one source", plain, array{said("url", evilLink, "abuse.ch/urlhaus=malicious", "abuse.ch/threatfox=malicious")}, outcome{malicious, false}},
		{"a source that is not usually reliable does not condemn alone", plain, array{said("url", evilLink, "feed=malicious:D")}, outcome{inconclusive, false}},
		{"nor one that cannot be judged", plain, array{said("url", evilLink, "feed=malicious:F")}, outcome{inconclusive, false}},
		{"but together with what is striking", phish(), array{said("url", evilLink, "feed=malicious:F")}, outcome{inconclusive, false}},
		{"an unreliable source is no second one", plain, array{said("url", evilLink, "virustotal=malicious", "feed=malicious:E")}, outcome{malicious, false}},
		{"an address on the way never condemns", phish(), array{said("ip", "203.0.113.7", "a=malicious:A", "b=malicious:A", "c=malicious:A")}, outcome{inconclusive, false}},
		{"suspicion alone does not condemn, however many suspect", phish(), array{said("url", evilLink, "a=suspicious", "b=suspicious", "c=suspicious", "d=suspicious", "e=suspicious")}, outcome{inconclusive, false}},
		{"a dispute about the only evidence goes to a person", plain, array{said("url", evilLink, "a=malicious", "b=benign")}, outcome{inconclusive, false}},
		{"the domain of a link counts as the link", plain, array{said("domain", "login.evil.example", "virustotal=malicious", "urlhaus=malicious")}, outcome{malicious, true}},
		{"looks alone do not condemn", with(phish(), object{"signals": array{
			object{"code": "attachment_double_extension", "text": "a"}, object{"code": "password_form", "text": "b"}, object{"code": "bidi_text", "text": "c"},
		}}), nil, outcome{inconclusive, false}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			rest := make([]object, len(tc.intel))
			for i, one := range tc.intel {
				rest[i] = one.(object)
			}
			out := judged(t, object{"mail": tc.mail, "intel": answered(tc.mail, rest...), "organisation": profile(t, "")})
			if got := (outcome{out["verdict"].(string), out["contain"].(bool)}); got != tc.want {
				t.Errorf("got %+v, want %+v\n%s", got, tc.want, show(out))
			}
		})
	}
}

func TestJudge_neverCondemnsByWhatManyShare(t *testing.T) {
	t.Parallel()
	freemail := with(phish(), object{
		"from": object{"address": "kim.chef@gmail.com", "domain": "gmail.com", "name": "Chef"}, "links": array{"https://corp.sharepoint.com/x"}, "link_domains": array{"corp.sharepoint.com"},
		"observables": array{seen("domain", "gmail.com", "sender"), seen("email", "kim.chef@gmail.com", "sender"), seen("domain", "corp.sharepoint.com", "link"), seen("url", "https://corp.sharepoint.com/x", "link"), seen("domain", "corp.example", "link")},
	})
	for _, domain := range []string{"gmail.com", "corp.sharepoint.com", "corp.example"} {
		out := judged(t, object{"mail": freemail, "intel": answered(freemail, said("domain", domain, "a=malicious:A", "b=malicious:A")), "organisation": profile(t, "")})
		if out["verdict"] != inconclusive {
			t.Errorf("%s condemns the mail:\n%s", domain, show(out))
		}
	}
	out := judged(t, object{"mail": freemail, "intel": answered(freemail, said("email", "kim.chef@gmail.com", "a=malicious:A", "b=malicious:A")), "organisation": profile(t, "")})
	if out["verdict"] != malicious {
		t.Errorf("the address itself does not condemn:\n%s", show(out))
	}
}

func TestJudge_callsBenignOnlyWhatIsProven(t *testing.T) {
	t.Parallel()
	base := partnerMail()
	out := judged(t, object{"mail": base, "intel": answered(base), "organisation": profile(t, "")})
	if out["verdict"] != benign || len(codes(out)) != 0 {
		t.Fatalf("a proven mail is %v:\n%s", out["verdict"], show(out))
	}
	stranger := with(base, object{
		"from": object{"address": "ann@stranger.example", "domain": "stranger.example"}, "links": array{}, "link_domains": array{},
		"observables": array{seen("domain", "stranger.example", "sender")},
	})
	for _, tc := range []struct {
		name string
		in   object
		want []string
	}{
		{"text alone is for a person, with all authentication passing", object{"mail": with(base, object{"links": array{}, "link_domains": array{}, "observables": array{seen("domain", "supplier.example", "sender")}})}, []string{"text_only"}},
		{"a stranger is no relation", object{"mail": stranger}, []string{"relation", "text_only"}},
		{"a link that nobody knows", object{"mail": with(base, object{"links": array{"https://files.example/x"}, "link_domains": array{"files.example"}})}, []string{"link"}},
		{"a page on a shared host is not proven by its host", object{
			"mail":  with(base, object{"links": array{"https://x.sharepoint.com/y"}, "link_domains": array{"x.sharepoint.com"}}),
			"intel": append(answered(base), said("domain", "x.sharepoint.com", "a=benign:A")),
		}, []string{"link"}},
		{"authentication that fails", object{"mail": with(base, object{"authentication": object{"server": "mx.corp.example", "spf": "pass", "dkim": "none", "dmarc": "fail"}})}, []string{"authentication", "link"}},
		{"authentication that anybody may have written", object{"mail": with(base, object{"authentication": object{"server": "mx.evil.example", "spf": "pass", "dkim": "pass", "dmarc": "pass"}})}, []string{"authentication", "link"}},
		{"a sound signature of somebody else", object{"mail": with(base, object{"authentication": object{"server": "mx.corp.example", "dmarc": "none", "dkim": "pass", "dkim_domain": "evil.example", "spf": "none"}})}, []string{"authentication", "link"}},
		{"email.parse knows better that no server of ours wrote it", object{"mail": with(base, object{"authentication": object{"server": "mx.corp.example", "dmarc": "pass", "aligned": true, "trusted": false}})}, []string{"authentication", "link"}},
		{"email.parse knows better that it is not aligned", object{"mail": with(base, object{"authentication": object{"server": "mx.corp.example", "dmarc": "pass", "aligned": false}})}, []string{"authentication", "link"}},
		{"macros", object{"mail": with(base, object{"attachments": array{object{"name": "a.docm", "type": "application/msword", "sha256": strings.Repeat("b", 64), "macros": true}}})}, []string{"attachment"}},
		{"an encrypted archive", object{"mail": with(base, object{"attachments": array{object{"name": "a.zip", "type": "application/zip", "sha256": strings.Repeat("b", 64), "encrypted": true, "active": false, "macros": false}}})}, []string{"attachment"}},
		{"a document of which nobody said that it is passive", object{"mail": with(base, object{"attachments": array{object{"name": "a.pdf", "type": "application/pdf", "sha256": strings.Repeat("b", 64)}}})}, []string{"attachment"}},
		{"something striking", object{"mail": with(base, object{"signals": array{object{"code": "reply_to_mismatch", "text": "Answers go elsewhere."}}})}, []string{"signal"}},
		{"a signal that this version does not know", object{"mail": with(base, object{"signals": array{object{"code": "from_the_future", "text": "New."}}})}, []string{"signal"}},
		{"a part that was not read", object{"mail": with(base, object{"warnings": array{object{"code": "too_many", "where": "0", "text": "links were left out"}}})}, []string{"incomplete"}},
		{"one of two sources did not answer", object{"intel": answered(base, said("domain", "supplier.example", "a=benign", "b=failed"))}, []string{"missing"}},
		{"a link that was forgotten", object{"intel": array{said("domain", "supplier.example", "a=unknown"), said("domain", "www.supplier.example", "a=unknown")}}, []string{"missing"}},
		{"nobody is connected", object{"intel": answered(base, object{"type": "url", "value": "https://www.supplier.example/minutes", "sources": array{}, "answered": 0, "failed": 0})}, []string{"missing"}},
		{"a suspicion", object{"intel": answered(base, said("url", "https://www.supplier.example/minutes", "a=suspicious:E"))}, []string{"opinion"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			in := with(object{"mail": base, "organisation": profile(t, "")}, tc.in)
			if in["intel"] == nil {
				in["intel"] = answered(in["mail"].(object))
			}
			out := judged(t, in)
			if out["verdict"] != inconclusive || out["contain"] != false {
				t.Errorf("got %v, contain %v, want inconclusive", out["verdict"], out["contain"])
			}
			if diff := cmp.Diff(tc.want, codes(out)); diff != "" {
				t.Errorf("what keeps it from being benign (-want +got):\n%s\n%s", diff, show(out))
			}
		})
	}
}

func TestJudge_isInconclusiveWhileEveryLookupFails(t *testing.T) {
	t.Parallel()
	base := partnerMail()
	errors := array{}
	for _, o := range base["observables"].(array) {
		o := o.(object)
		errors = append(errors, object{"key": fmt.Sprint(o["type"], "/", o["value"]), "error": object{"class": "unavailable", "text": "none of the sources answered"}})
	}
	out := judged(t, object{"mail": base, "unanswered": errors, "organisation": profile(t, "")})
	if out["verdict"] != inconclusive || len(out["missing"].(array)) != 4 {
		t.Fatalf("got %v with %d missing, want inconclusive with 4:\n%s", out["verdict"], len(out["missing"].(array)), show(out))
	}
	for _, m := range out["missing"].(array) {
		if m.(object)["reason"] != "none of the sources answered" {
			t.Errorf("the reason is lost: %v", m)
		}
	}
	late := judged(t, object{"mail": base, "unanswered": errors, "intel": answered(base), "organisation": profile(t, "")})
	if late["verdict"] != benign {
		t.Errorf("answers that came late do not count:\n%s", show(late))
	}
}

func TestJudge_takesTheNewestAnswerOfASource(t *testing.T) {
	t.Parallel()
	base := partnerMail()
	for _, one := range []struct {
		lookups array
		failed  int
		verdict string
	}{
		{array{said("domain", "x.example", "a=failed", "b=unknown"), said("domain", "X.example", "a=malicious")}, 0, "malicious"},
		{array{said("domain", "x.example", "a=malicious"), said("domain", "x.example", "a=failed")}, 0, "malicious"},
		{array{said("domain", "x.example", "a=unknown"), said("domain", "x.example", "a=benign")}, 0, "benign"},
		{array{said("domain", "x.example", "a=failed")}, 1, ""},
	} {
		e, err := readEvidence(object{"mail": base, "intel": one.lookups})
		if err != nil {
			t.Fatal(err)
		}
		l := e.index["domain/x.example"]
		if len(e.intel) != 1 || l.Failed != one.failed || l.Sources[0].Verdict != one.verdict {
			t.Errorf("%v: got %+v", one.lookups, *l)
		}
	}
}

func TestJudge_knowsARelationOnlyOfTheSenderThemself(t *testing.T) {
	t.Parallel()
	mail := with(partnerMail(), object{"from": object{"address": "ann@gmail.com", "domain": "gmail.com"}})
	for _, tc := range []struct {
		with string
		want []string
	}{
		{"gmail.com", []string{"relation", "link"}},
		{"bob@gmail.com", []string{"relation", "link"}},
		{"ann@gmail.com", []string{"link"}},
	} {
		out := judged(t, object{"mail": mail, "intel": answered(mail), "organisation": profile(t, ""), "correspondence": object{"sent": 3, "received": 9}, "correspondence_with": tc.with})
		if diff := cmp.Diff(tc.want, codes(out)); diff != "" {
			t.Errorf("correspondence with %s (-want +got):\n%s", tc.with, diff)
		}
	}
}

func TestJudge_hearsPeople(t *testing.T) {
	t.Parallel()
	person := func(by, role, verdict string) object { return object{"by": by, "role": role, "verdict": verdict} }
	condemning := said("url", evilLink, "virustotal=malicious")
	for _, tc := range []struct {
		name    string
		answers array
		intel   []object
		want    outcome
	}{
		{"one person condemns, and somebody decides on containment", array{person("ann", "analyst", malicious)}, nil, outcome{malicious, false}},
		{"a person and a source are two", array{person("ann", "analyst", malicious)}, []object{condemning}, outcome{malicious, true}},
		{"two people are two", array{person("ann", "analyst", malicious), person("bob", "sender", malicious)}, nil, outcome{malicious, true}},
		{"one person twice is one", array{person("ann", "analyst", malicious), person("ann", "analyst", malicious)}, nil, outcome{malicious, false}},
		{"a person calls it benign", array{person("ann", "analyst", benign)}, nil, outcome{benign, false}},
		{"a person changes their mind", array{person("ann", "analyst", benign), person("ann", "analyst", malicious)}, nil, outcome{malicious, false}},
		{"a person contradicts the sources", array{person("ann", "analyst", benign)}, []object{condemning}, outcome{inconclusive, false}},
		{"people contradict each other", array{person("ann", "analyst", benign), person("bob", "analyst", malicious)}, nil, outcome{inconclusive, false}},
		{"who reported it proves nothing", array{person("kim", "reporter", malicious)}, nil, outcome{inconclusive, false}},
		{"a person who does not know", array{person("ann", "analyst", inconclusive)}, nil, outcome{inconclusive, false}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out := judged(t, object{"mail": phish(), "intel": answered(phish(), tc.intel...), "answers": tc.answers, "organisation": profile(t, "")})
			if got := (outcome{out["verdict"].(string), out["contain"].(bool)}); got != tc.want {
				t.Errorf("got %+v, want %+v\n%s", got, tc.want, show(out))
			}
		})
	}
}

func TestJudge_hearsDetonations(t *testing.T) {
	t.Parallel()
	withToken := with(phish(), object{"links": array{evilLink + "?u=kim@corp.example"}})
	for _, tc := range []struct {
		name       string
		mail       object
		detonation object
		want       outcome
	}{
		{"a detonation is enough to contain", phish(), object{"type": "url", "value": evilLink, "source": "cape", "report": object{"finished": true, "verdict": "malicious"}}, outcome{malicious, true}},
		{"a link may have lost its recipient", withToken, object{"type": "url", "value": evilLink + "?u=", "report": object{"verdict": "malicious"}}, outcome{malicious, true}},
		{"something else was detonated", phish(), object{"type": "url", "value": "https://other.example/", "report": object{"verdict": "malicious"}}, outcome{inconclusive, false}},
		{"it has not finished", phish(), object{"type": "url", "value": evilLink, "report": object{"finished": false, "verdict": "unknown"}}, outcome{inconclusive, false}},
		{"it is suspicious", phish(), object{"type": "url", "value": evilLink, "report": object{"finished": true, "verdict": "suspicious"}}, outcome{inconclusive, false}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out := judged(t, object{"mail": tc.mail, "intel": answered(tc.mail), "detonations": array{tc.detonation}, "organisation": profile(t, "")})
			if got := (outcome{out["verdict"].(string), out["contain"].(bool)}); got != tc.want {
				t.Errorf("got %+v, want %+v\n%s", got, tc.want, show(out))
			}
		})
	}
	running := judged(t, object{"mail": phish(), "intel": answered(phish()), "organisation": profile(t, ""),
		"detonations": array{object{"type": "url", "value": evilLink, "source": "cape", "report": object{"finished": false}}}})
	if m := running["missing"].(array); len(m) != 1 || m[0].(object)["reason"] != "cape has not finished" {
		t.Errorf("a detonation that is under way is not missing: %v", m)
	}
}

func TestJudge_believesASimulationOnlyWhereItIsProven(t *testing.T) {
	t.Parallel()
	const ordered = "simulations:\n  - vendor: Trainer\n    header: X-Trainer\n    domains: [trainer.example]\n    addresses: [203.0.113.7]\n"
	for _, tc := range []struct {
		name string
		mail object
		want bool
	}{
		{"it came from the address that our server saw", with(phish(), object{"simulation": object{"vendor": "Trainer", "header": "X-Trainer"}}), true},
		{"the address is one that anybody can write", with(phish(), object{"simulation": object{"vendor": "Trainer"}, "hops": array{object{"ip": "198.51.100.9"}, object{"ip": "203.0.113.7"}}}), false},
		{"the header alone", with(phish(), object{"simulation": object{"vendor": "Trainer"}, "hops": array{}}), false},
		{"the domain without authentication", with(phish(), object{"simulation": "Trainer", "hops": array{}, "from": object{"address": "a@trainer.example", "domain": "trainer.example"}}), false},
		{"the domain with it", with(partnerMail(), object{"simulation": "Trainer", "hops": array{}, "from": object{"address": "a@trainer.example", "domain": "trainer.example"}}), true},
		{"a version that does not tell what a mail says of itself", phish(), true},
		{"email.parse has proven it", with(phish(), object{"hops": array{}, "simulation": object{"vendor": "Trainer", "proven": true}}), true},
		{"email.parse has not", with(phish(), object{"hops": array{}, "simulation": object{"vendor": "Trainer", "proven": false}}), false},
		{"a mail that says that it is none", with(phish(), object{"simulation": false}), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out := judged(t, object{"mail": tc.mail, "intel": answered(tc.mail, said("url", evilLink, "a=malicious", "b=malicious")), "organisation": profile(t, ordered)})
			if out["simulation"] != tc.want || tc.want && (out["verdict"] != benign || out["contain"] != false) {
				t.Errorf("simulation %v, verdict %v, contain %v\n%s", out["simulation"], out["verdict"], out["contain"], show(out))
			}
		})
	}
}

func TestJudge_tellsEveryReasonWithItsEvidence(t *testing.T) {
	t.Parallel()
	out := judged(t, object{
		"mail": phish(), "organisation": profile(t, ""), "answers": array{object{"by": "ann", "verdict": malicious, "note": "I called the bank."}},
		"intel": answered(phish(), said("url", evilLink, "virustotal=malicious", "b=failed"), said("ip", "203.0.113.7", "c=malicious"), said("domain", "bank.example", "virustotal=benign")),
	})
	last := int64(101)
	for _, r := range out["reasons"].(array) {
		r := r.(object)
		if r["text"] == "" || r["changes"] == "" || r["evidence"].(object)["source"] == "" {
			t.Errorf("a reason without text, source or what would change it: %v", r)
		}
		if strings.Contains(r["text"].(string), evilLink) {
			t.Errorf("a link that can be followed: %v", r["text"])
		}
		if w := r["weight"].(int64); w > last {
			t.Errorf("reasons are not in order: %d behind %d", w, last)
		} else {
			last = w
		}
	}
	first := out["reasons"].(array)[0].(object)
	want := object{"source": "ann"}
	if diff := cmp.Diff(want, with(object{"source": ""}, first["evidence"].(object))); diff != "" {
		t.Errorf("the weightiest reason (-want +got):\n%s\n%s", diff, show(out))
	}
}

func TestActions_examplesFitTheirSpecifications(t *testing.T) {
	t.Parallel()
	for _, a := range Actions() {
		if _, wrong := schema.Check(a.Spec.Example, a.Spec.Output); len(wrong) > 0 {
			t.Errorf("%s: the example does not fit: %v", a.Spec.Name, wrong)
		}
		for _, f := range a.Spec.Input {
			if f.Help == "" {
				t.Errorf("%s: input %s has no help", a.Spec.Name, f.Name)
			}
		}
	}
}
