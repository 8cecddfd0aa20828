package mapping_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mapping"
)

// beacon is a finding that says something about everything.
func beacon() harrier.Finding {
	at := time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)
	return harrier.Finding{
		ExternalID: "f-1", Version: at.Add(time.Minute), Title: "Beacon", Description: "Regular connections.", Category: "c2", Severity: "high", Status: "in_progress",
		Disposition: "true_positive", Time: at, Rule: harrier.Rule{ID: "r1", Name: "Beacon"}, Tactics: []string{"TA0011"}, Techniques: []string{"T1071.001"},
		Entities:    []harrier.Entity{{Type: harrier.HostEntity, Key: "ws-1", Name: "WS-1", Role: "affected"}, {Type: harrier.UserEntity, Key: "j.doe@corp.example"}},
		Observables: []harrier.Observable{{Type: "ip", Value: "198.51.100.7", Role: "destination", Where: "destination.ip"}, {Type: "cve", Value: "CVE-2024-3094"}},
		Link:        "https://ndr.corp.example/1",
		Data: map[string]any{
			"observer": map[string]any{"product": "NDR", "vendor": "Example"}, "destination": map[string]any{"ip": "198.51.100.7"},
			"file": map[string]any{"name": "a.exe", "hash": map[string]any{"sha256": strings.Repeat("ab", 32)}},
		},
	}
}

func TestOCSF_isADetectionFinding(t *testing.T) {
	t.Parallel()
	got := mapping.OCSF(beacon(), time.Date(2026, 1, 15, 10, 2, 0, 0, time.UTC))
	for key, want := range map[string]any{
		"class_uid": int64(2004), "type_uid": int64(200402), "severity_id": int64(4), "status_id": int64(2), "verdict_id": int64(2), "time": int64(1768471200000), "is_alert": true,
	} {
		if diff := cmp.Diff(want, got[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"uid":"f-1"`, `{"sub_technique":{"uid":"T1071.001"},"technique":{"uid":"T1071"}}`, `{"tactic":{"uid":"TA0011"}}`, `"vendor_name":"Example"`,
		`{"name":"destination.ip","type":"IP Address","type_id":2,"value":"198.51.100.7"}`, `"dst_endpoint":{"ip":"198.51.100.7"}`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
}

// attributes are what the schema says about an object or a class.
type attributes struct {
	Attributes  map[string]struct{ Requirement string } `json:"-"`
	Raw         map[string]json.RawMessage              `json:"attributes"`
	Constraints struct {
		AtLeastOne []string `json:"at_least_one"`
	}
}

// schemaOf reads a file of the schema, or skips.
func schemaOf(tb testing.TB, names ...string) attributes {
	tb.Helper()
	all := attributes{Attributes: map[string]struct{ Requirement string }{}}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "corpus", "ocsf-schema", name+".json"))
		if err != nil {
			tb.Skip("the corpus is not at ../shared/corpus beside the repository")
		}
		var one attributes
		if err := json.Unmarshal(text, &one); err != nil {
			tb.Fatal(err)
		}
		for key, raw := range one.Raw {
			var a struct{ Requirement string }
			if key != "$include" && json.Unmarshal(raw, &a) == nil {
				all.Attributes[key] = a
			}
		}
		all.Constraints = one.Constraints
	}
	return all
}

// fits reports what an object has that the schema lacks, and the other way about.
func fits(t *testing.T, what string, got any, schema attributes) {
	t.Helper()
	object, ok := got.(map[string]any)
	if !ok {
		t.Fatalf("%s is %T", what, got)
	}
	for key := range object {
		if _, ok := schema.Attributes[key]; !ok {
			t.Errorf("%s has %s, which the schema does not know", what, key)
		}
	}
	for key, a := range schema.Attributes {
		if _, ok := object[key]; !ok && a.Requirement == "required" {
			t.Errorf("%s lacks %s, which the schema requires", what, key)
		}
	}
	one := len(schema.Constraints.AtLeastOne) == 0
	for _, key := range schema.Constraints.AtLeastOne {
		_, has := object[key]
		one = one || has
	}
	if !one {
		t.Errorf("%s has none of %v", what, schema.Constraints.AtLeastOne)
	}
}

func TestOCSF_fitsTheSchema(t *testing.T) {
	t.Parallel()
	got := mapping.OCSF(beacon(), time.Date(2026, 1, 15, 10, 2, 0, 0, time.UTC))
	class := schemaOf(t, "profiles__incident", "events__findings__finding", "events__findings__detection_finding")
	// What every event has stands in the base event.
	for _, key := range []string{"category_uid", "category_name", "class_uid", "class_name", "type_uid", "type_name", "severity_id", "severity", "message", "metadata", "observables", "unmapped"} {
		class.Attributes[key] = struct{ Requirement string }{}
	}
	fits(t, "the event", got, class)
	info := got["finding_info"].(map[string]any)
	fits(t, "finding_info", info, schemaOf(t, "objects__finding_info"))
	for _, attack := range info["attacks"].([]any) {
		fits(t, "attacks[]", attack, schemaOf(t, "objects__attack"))
	}
	for _, evidence := range got["evidences"].([]any) {
		fits(t, "evidences[]", evidence, schemaOf(t, "objects__evidences"))
	}
	for _, o := range got["observables"].([]any) {
		fits(t, "observables[]", o, schemaOf(t, "objects__observable"))
	}
}
