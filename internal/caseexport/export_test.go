package caseexport_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/caseexport"
)

func document() caseexport.Document {
	at := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	return caseexport.Document{
		Producer: "Example Ltd", WrittenAt: at.Add(time.Hour),
		Case: harrier.Case{
			Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.CaseID]("c"), Number: 7, Title: "[Click](https://evil.example) <script>alert(1)</script>",
			Severity: "high", Status: "closed", Disposition: "true_positive", Summary: "# not a heading\n![x](http://evil.example/a.png)", TLP: "amber+strict", CreatedAt: at, UpdatedAt: at,
		},
		Alerts: []caseexport.Alert{{Title: "a | b", At: at.Add(-time.Hour)}, {Title: "b", At: at}},
		Observables: []caseexport.Observable{
			{Type: "domain", Value: "evil.example", Bad: true}, {Type: "ip", Value: "203.0.113.7"}, {Type: "ip", Value: "2001:db8::1"}, {Type: "url", Value: "https://evil.example/'a'", Bad: true},
			{Type: "email", Value: "a@evil.example"}, {Type: "sha256", Value: strings.Repeat("AB", 32), Bad: true}, {Type: "user", Value: "alice"}, {Type: "ja3", Value: "x"}, {Type: "ip", Value: "nonsense"},
		},
		Evidence: []harrier.Evidence{{SHA256: strings.Repeat("ab", 32), Size: 5, Name: "a.exe"}},
		Timeline: []harrier.CaseEntry{{At: at, Kind: "comment", Author: "kim", Text: "see www.evil.example and mailto:a@b.example"}},
	}
}

func TestMarkdown_makesNothingOfWhatIsFromOutside(t *testing.T) {
	t.Parallel()
	text := string(caseexport.Markdown(document()))
	for _, bad := range []string{"](http", "<script", "\n# not", "https://evil", "![x", "evil.example", "a@b", "mailto:"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is live in:\n%s", bad, text)
		}
	}
	for _, good := range []string{"TLP:AMBER\\+STRICT", "203\\[\\.\\]0", "a \\| b", "## Timeline"} {
		if !strings.Contains(text, good) {
			t.Errorf("%q is missing in:\n%s", good, text)
		}
	}
}

// Every object has what STIX 2.1 requires of its type, ids are UUIDs of their
// type, and what is referred to is in the bundle.
func TestSTIX_isWhole(t *testing.T) {
	t.Parallel()
	text, err := caseexport.STIX(document())
	if err != nil {
		t.Fatal(err)
	}
	again, _ := caseexport.STIX(document())
	if string(text) != string(again) {
		t.Error("the same case gives another bundle")
	}
	var bundle struct {
		Type, ID string
		Objects  []map[string]any
	}
	if err := json.Unmarshal(text, &bundle); err != nil || bundle.Type != "bundle" {
		t.Fatal(err)
	}
	required := map[string][]string{
		"identity": {"name", "created", "modified"}, "incident": {"name", "created", "modified", "created_by_ref"}, "grouping": {"context", "object_refs"},
		"note": {"content", "object_refs"}, "indicator": {"pattern", "pattern_type", "valid_from"}, "observed-data": {"first_observed", "last_observed", "number_observed", "object_refs"},
		"marking-definition": {"created", "name", "extensions"}, "domain-name": {"value"}, "ipv4-addr": {"value"}, "ipv6-addr": {"value"}, "url": {"value"}, "email-addr": {"value"},
		"file": {"hashes"}, "user-account": {"account_login"},
	}
	id := regexp.MustCompile(`^([a-z0-9-]+)--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	ids, found := map[string]bool{}, map[string]int{}
	for _, o := range bundle.Objects {
		kind, _ := o["type"].(string)
		name, _ := o["id"].(string)
		if m := id.FindStringSubmatch(name); m == nil || m[1] != kind || ids[name] {
			t.Errorf("%s has the id %s", kind, name)
		}
		ids[name] = true
		found[kind]++
		for _, field := range append(required[kind], "spec_version") {
			if o[field] == nil {
				t.Errorf("a %s lacks %s", kind, field)
			}
		}
	}
	if found["indicator"] != 3 || found["file"] != 1 || found["ipv4-addr"] != 1 || found["ipv6-addr"] != 1 || len(found) != 14 {
		t.Errorf("found %v", found)
	}
	for _, o := range bundle.Objects {
		refs, _ := o["object_refs"].([]any)
		marks, _ := o["object_marking_refs"].([]any)
		for _, r := range append(append(refs, marks...), o["created_by_ref"]) {
			if name, ok := r.(string); ok && !ids[name] {
				t.Errorf("%v refers to %s, which is not there", o["id"], name)
			}
		}
	}
}

// The id is what others make of RFC 9562 and RFC 8785: the UUIDv5 of
// {"value":"198.51.100.3"} in the namespace of STIX, by Python's uuid.
func TestSTIX_namesWhatIsObservedAsOthersDo(t *testing.T) {
	t.Parallel()
	d := document()
	d.Observables = []caseexport.Observable{{Type: "ip", Value: "198.51.100.3"}}
	text, err := caseexport.STIX(d)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4") {
		t.Errorf("the address has another id:\n%s", text)
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add("x\n# y [a](b) <b>")
	f.Fuzz(func(t *testing.T, text string) {
		d := document()
		d.Case.Title, d.Case.Summary = text, text
		got := string(caseexport.Markdown(d))
		if strings.ContainsAny(got, "<") {
			t.Errorf("a tag in %q", got)
		}
	})
}
