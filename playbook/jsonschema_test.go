package playbook

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/document"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compiled compiles a schema of ours.
func compiled(t *testing.T, schema map[string]any) *jsonschema.Schema {
	t.Helper()
	data, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("playbook.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("playbook.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance returns a file as JSON data.
func instance(t *testing.T, text []byte) any {
	t.Helper()
	file, _ := document.Parse("x.yaml", text)
	data, err := json.Marshal(file.Root.Value())
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestJSONSchema_acceptsWhatParseAccepts(t *testing.T) {
	t.Parallel()
	plain, full := compiled(t, JSONSchema(Catalog{})), compiled(t, JSONSchema(testCatalog()))
	files, err := filepath.Glob("testdata/good/*.playbook.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	shipped, err := filepath.Glob("../content/playbooks/*.playbook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range shipped {
		if err := plain.Validate(instance(t, source(t, path))); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range files {
		text := source(t, path)
		if err := plain.Validate(instance(t, text)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := full.Validate(instance(t, text)); err != nil {
			t.Errorf("%s, with a catalog: %v", path, err)
		}
	}
	for _, text := range []string{childSource, grandchildSource, silentSource, loopASource} {
		if err := full.Validate(instance(t, []byte(text))); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
}

// structural are the rules that a schema without a catalog can hold.
func structural() []string {
	return []string{
		"unknown-key", "missing-key", "two-kinds", "no-kind", "wrong-kind", "unknown-value", "malformed", "name", "bare-expression",
		"too-many-keys", "empty",
	}
}

func TestJSONSchema_rejectsWhatParseRejects(t *testing.T) {
	t.Parallel()
	s := compiled(t, JSONSchema(Catalog{}))
	base := string(source(t, "testdata/good/every-kind.playbook.yaml"))
	mutations := map[string]string{
		"harrier: 1": "harrier: 2", "playbook: every-kind": "playbook: Every Kind", "title: Every kind": "titel: Every kind",
		"tags: [reference, test]": "tags: reference", "manual_minutes: 12.5": "manual_minutes: long",
		"- manual: {on: alert}": "- manual: {on: host}", "- call: true": "- call: false", "depth: {type": "Depth: {type",
		"then: join": "then: wait", "  timeout: 2h": "  timeout: fast", "  - id: mail\n": "  - id: Mail\n", "attempts: 3": "attempts: 0",
		"uses: email.parse": "usess: email.parse", "max_parallel: 4": "max_parallel: many", "via: all": "via: some",
		"on_error: continue": "on_error: ignore", "    set:\n      verdict": "    sets:\n      verdict", "channel: mail": "channel: pigeon",
		"          every: 30s\n": "", "          until: size(steps.look.output.messages) > 0\n": "", "join: all": "join: most",
		"need: 2": "need: 0", "on_deny: continue": "on_deny: cry", "      title: Wipe a host\n": "", "covers: [wipe]": "covers: []",
		"memory: 128MiB": "memory: lots", "status: failed": "status: broken", "  - wait: 15m": "  - wait: 15m\n    uses: email.parse",
		"  - if: steps.isolate.?output.ok.orValue(0) > 0\n": "  - if: ${{ steps.isolate.status }}\n", "    lease: {for: 7d}": "    lease: {for: 7d, until: x}",
		"    retry: {attempts: 2}": "    retry: {}", "      - when: steps.values.output.nested.count > 0\n": "      - wenn: x\n",
		"outputs:\n  isolated": "outputs:\n  Isolated", "    steps:\n      - id: helper": "    steps: []\n    xsteps:\n      - id: helper",
		"type: timestamp}": "typ: timestamp}", "required: true": "required: maybe", "as: ip": "as: steps", "connection: main": "connection: [main]",
	}
	for old, replaced := range mutations {
		t.Run(replaced, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(base, old) {
				t.Fatalf("nothing to mutate: %q", old)
			}
			text := strings.Replace(base, old, replaced, 1)
			if _, problems := Parse("x.playbook.yaml", []byte(text)); problems.Err() == nil {
				t.Errorf("Parse accepts %q", replaced)
			}
			if s.Validate(instance(t, []byte(text))) == nil {
				t.Errorf("the schema accepts %q", replaced)
			}
		})
	}
}

func TestJSONSchema_rejectsBadFilesWithStructuralMistakes(t *testing.T) {
	t.Parallel()
	s := compiled(t, JSONSchema(Catalog{}))
	files, err := filepath.Glob("testdata/bad/*.playbook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, path := range files {
		text := source(t, path)
		doc, problems := Parse(path, text)
		if doc == nil || strings.Contains(path, "trap-") || !slices.ContainsFunc(problems, func(p document.Problem) bool { return slices.Contains(structural(), p.Code) }) {
			continue
		}
		checked++
		if s.Validate(instance(t, text)) == nil {
			t.Errorf("the schema accepts %s", path)
		}
	}
	if checked < 5 {
		t.Errorf("only %d files were looked at", checked)
	}
}

func TestJSONSchema_knowsInputsOfActions(t *testing.T) {
	t.Parallel()
	s := compiled(t, JSONSchema(testCatalog()))
	step := func(text string) []byte { return []byte("harrier: 1\nplaybook: x\nsteps:\n  - " + text + "\n") }
	for text, valid := range map[string]bool{
		"uses: intel.lookup_ip\n    with: {ip: 192.0.2.7}":                                       true,
		"uses: intel.lookup_ip\n    with: {ip: \"${{ alert.ip }}\"}":                             true,
		"uses: intel.lookup_ip\n    with: {ip: nowhere}":                                         false,
		"uses: intel.lookup_ip\n    with: {ipp: 192.0.2.7}":                                      false,
		"uses: intel.lookup_ip":                                                                  false,
		"uses: intel.lookup_iq\n    with: {ip: 192.0.2.7}":                                       false,
		"for_each: \"[1]\"\n    uses: alert.close\n    with: {disposition: benign, reason: x}":   true,
		"for_each: \"[1]\"\n    uses: alert.close\n    with: {disposition: unclear, reason: x}":  false,
		"uses: mail.search\n    with:\n      links: [https://a.example/, \"${{ alert.link }}\"]": true,
		"uses: mail.search\n    with:\n      links: [17]":                                        false,
	} {
		if err := s.Validate(instance(t, step(text))); (err == nil) != valid {
			t.Errorf("valid is %v, want %v: %v\n%s", err == nil, valid, err, text)
		}
	}
}

func TestTestJSONSchema_fitsParseTest(t *testing.T) {
	t.Parallel()
	s := compiled(t, TestJSONSchema())
	if err := s.Validate(instance(t, source(t, "testdata/tests/phishing-response.test.yaml"))); err != nil {
		t.Error(err)
	}
	if s.Validate(instance(t, source(t, "testdata/tests/bad.test.yaml"))) == nil {
		t.Error("the schema accepts bad tests")
	}
}

func TestReference_describesEveryKeyOfTheLanguage(t *testing.T) {
	t.Parallel()
	rows := Reference()
	seen := map[string]bool{}
	for _, r := range rows {
		if r.Help == "" || r.Value == "" || r.Where == "" {
			t.Errorf("a row without help, value or place: %+v", r)
		}
		if at := r.Where + " " + r.Key; seen[at] {
			t.Errorf("%s is there twice", at)
		} else {
			seen[at] = true
		}
	}
	for _, want := range []string{"playbook trigger", "trigger.manual on", "limits.one_per then", "step on_error", "for_each step key", "switch step.switch when", "wait step.wait until", "stop step.stop reason", "approve covers", "lease then"} {
		if !seen[want] {
			t.Errorf("%s is not described", want)
		}
	}
}
