package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/harrier-soar/harrier/connector/rest"
	"github.com/harrier-soar/harrier/document"
)

const wrong = `harrier: 1
conector: acme
connector: mail
title: Acme
category: firewal
settings:
  url: {type: url, default: https://acme.example}
check: lok
actions:
  look:
    title: Look
    effect: read
    input:
      who: {type: usr, required: true}
      Max: {type: integer, default: many, help: At most.}
    request:
      post: /users/{user}/../x
      query:
        name: "a ${{ input.who }}"
        glued: ${{ "x eq " + input.who }}
        gone: ${{ input.missing }}
        $filter: {lang: odata, text: "name eq '${{ input.who }}'"}
      headers: {Authorization: abc, X Y: abc}
      body: {}
      form: {}
    output:
      n: {type: integer, from: "'text'"}
      t: {type: string}
      m: {type: string, from: body.?m}
    example: {n: 1, surprise: true}
  stop:
    title: Stop
    verb: firewall.block_ip
    effect: contain
    repeat: key
    targets: [who]
    input: {address: {type: string, required: true, help: The address.}}
    request: {post: /stop, body: {a: "${{ input.address }}"}}
    undo: go
    timeout: 5 minutes
    output: {blocked: {type: string, from: body.b}}
    example: {blocked: a}
`

func TestLoad_reportsEverythingAtOnceWithItsPlace(t *testing.T) {
	t.Parallel()
	c, problems := rest.Load("connector.yaml", []byte(wrong))
	if c != nil {
		t.Fatal("a connector with problems was loaded")
	}
	var got []string
	for _, p := range problems {
		if p.Fix == "" || p.Line == "" {
			t.Errorf("no fix or line: %+v", p)
		}
		got = append(got, fmt.Sprintf("%d:%d %s", p.Pos.Line, p.Pos.Column, p.Code))
	}
	want := []string{
		"2:1 unknown-key", "3:12 reserved-name", "5:11 bad-value", "7:3 missing-key", "7:3 missing-key", "8:8 unknown-action",
		"14:7 missing-key", "14:19 bad-value", "15:7 bad-name", "15:37 bad-default", "17:7 unsafe-read", "17:13 bad-path",
		"19:15 joined-text", "20:16 joined-text", "21:25 bad-expression", "22:38 quoted-value", "23:17 bad-header", "23:37 bad-header",
		"25:13 conflicting-keys", "27:32 wrong-type", "28:7 missing-key", "29:31 wrong-type", "30:14 bad-example", "30:14 bad-example",
		"30:31 bad-example", "32:5 missing-key", "32:5 missing-key", "33:11 verb-mismatch", "33:11 verb-mismatch", "36:15 unknown-name",
		"37:22 verb-mismatch", "39:11 unknown-action", "40:14 bad-value", "41:23 verb-mismatch",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%v", diff, problems)
	}
}

func TestLoad_provesWhatAVerbPromises(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/abuseipdb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for change, code := range map[[2]string]string{
		{"effect: read", "effect: notify\n    repeat: never"}:                    "wrong-effect",
		{"verb: intel.lookup_ip", "verb: intel.lookup_ipp"}:                      "unknown-verb",
		{"verb: intel.lookup_ip", "verb: intel.lookup_domain"}:                   "verb-mismatch",
		{"ip: {type: ip, required", "ip: {type: domain, required"}:               "verb-mismatch",
		{"verdict: {type: verdict,", "verdict: {optional: true, type: verdict,"}: "verb-mismatch",
		{"shares: [ip]", "shares: [ipp]"}:                                        "unknown-name",
		{"shares: [ip]", "shares: [ip]\n    unsupported: [max_age_days]"}:        "verb-mismatch",
		{"check: check_ip", "check: {action: check_ip, with: {ip: nobody}}"}:     "bad-check",
	} {
		changed := strings.Replace(string(source), change[0], change[1], 1)
		_, problems := rest.Load("connector.yaml", []byte(changed))
		if !has(problems, code) {
			t.Errorf("%q for %q: want the problem %s, got %v", change[1], change[0], code, problems)
		}
	}
}

// has reports whether there is a problem of that code.
func has(problems document.Problems, code string) bool {
	for _, p := range problems {
		if p.Code == code {
			return true
		}
	}
	return false
}

func TestLoad_provesWhatAnEffectNeeds(t *testing.T) {
	t.Parallel()
	for lines, code := range map[string]string{
		"effect: contain\nrepeat: natural\nrequest: {put: /x}":                                      "missing-key",
		"effect: destroy\nrepeat: never\nrequest: {put: /x}":                                        "missing-key",
		"effect: notify\nrequest: {post: /x}":                                                       "missing-key",
		"effect: notify\nrepeat: probe\nrequest: {post: /x}":                                        "missing-key",
		"effect: notify\nrepeat: key\nkey_ttl: 1h\nrequest: {post: /x}":                             "missing-key",
		"effect: disclose\nrepeat: never\nrequest: {post: /x}":                                      "missing-key",
		"effect: read\nrequest: {post: /x}":                                                         "unsafe-read",
		"effect: read\nrequest: {get: /x, body: {}}":                                                "conflicting-keys",
		"effect: notify\nrepeat: never\nsafe: true\nrequest: {post: /x}":                            "conflicting-keys",
		"effect: notify\nrepeat: never\nrequest: {post: /x}\npaging: {items: body.a, link: header}": "conflicting-keys",
		"effect: notify\nrepeat: never\nprepare: {a: {post: /a}}\nrequest: {post: /x}":              "unsafe-read",
		"effect: notify\nrepeat: probe\nprobe: {action: act, done: output.ok}\nrequest: {post: /x}\noutput: {ok: {type: boolean, from: body.ok}}": "bad-probe",
		"effect: read\nrequest: {get: \"/a('{x}')\"}\ninput: {x: {type: string, required: true, help: X.}}":                                       "bad-path",
		"effect: read\nrequest: {get: \"/a/{x}\"}\ninput: {x: {type: string, help: X.}}":                                                          "wrong-type",
		"effect: read\nrequest: {get: /x}\nerrors: [{class: invalid}]":                                                                            "missing-key",
		"effect: read\nrequest: {get: /x}\nerrors: [{status: 404, skip: true}]":                                                                   "conflicting-keys",
		"effect: read\nrequest: {get: /x}\nabsent: {output: {no: 1}}":                                                                             "unknown-name",
	} {
		if _, problems := rest.Load("connector.yaml", []byte(manifest(lines))); !has(problems, code) {
			t.Errorf("want the problem %s, got %v for\n%s", code, problems, lines)
		}
	}
}

func TestLoad_hashCoversContentOnly(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/abuseipdb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	first := load(t, string(source)).Manifest().Hash
	if again := load(t, "# a comment\n"+strings.ReplaceAll(string(source), "    # what", "  # what")).Manifest().Hash; again != first {
		t.Error("a comment changed the hash")
	}
	if other := load(t, strings.Replace(string(source), ">= 75", ">= 76", 1)).Manifest().Hash; other == first {
		t.Error("another expression has the same hash")
	}
}

func TestLoadFS_returnsTheGoodBesideTheProblemsOfTheBad(t *testing.T) {
	t.Parallel()
	good := manifest("effect: read\nrequest: {get: /x}")
	found, problems := rest.LoadFS(fstest.MapFS{
		"a/connector.yaml": {Data: []byte(good)}, "b/connector.yaml": {Data: []byte(wrong)},
		"c/connector.yaml": {Data: []byte(good)}, "d/other.yaml": {Data: []byte("x")},
	})
	if len(found) != 1 || !has(problems, "duplicate-connector") || !has(problems, "reserved-name") {
		t.Errorf("found %d connectors, problems %v", len(found), problems)
	}
}

// validator returns the manifest's JSON Schema as an independent validator
// understands it.
func validator(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("manifest.json", viaJSON(t, rest.ManifestSchema())); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// viaJSON returns a value as the validator wants it.
func viaJSON(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestManifestSchema_agreesWithTheLoader(t *testing.T) {
	t.Parallel()
	s := validator(t)
	sources := []string{manifest(everything), manifest(jobs), manifest(spread), manifest(uploads)}
	shipped, err := filepath.Glob("../../connectors/*/connector.yaml")
	if err != nil || len(shipped) == 0 {
		t.Fatalf("no connector ships: %v", err)
	}
	for _, path := range shipped {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, string(b))
	}
	for _, source := range sources {
		file, problems := document.Parse("connector.yaml", []byte(source))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if err := s.Validate(viaJSON(t, file.Root.Value())); err != nil {
			t.Errorf("the loader takes this, the schema does not: %v\n%s", err, source)
		}
	}
	for _, bad := range []string{"effect: reed\nrequest: {get: /x}", "effect: read\nrequest: {get: /x, post: /y}", "effect: read\nrequest: {get: /x}\nsurprise: 1"} {
		file, _ := document.Parse("connector.yaml", []byte(manifest(bad)))
		if s.Validate(viaJSON(t, file.Root.Value())) == nil {
			t.Errorf("the schema takes\n%s", bad)
		}
	}
}

func FuzzLoad(f *testing.F) {
	source, err := os.ReadFile("testdata/abuseipdb.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{string(source), wrong, manifest(everything), manifest(jobs), manifest(spread), manifest(uploads), "a: [", "actions: {x: {}}", "harrier: 1\nauth: {}\nactions: []"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, problems := rest.Load("connector.yaml", []byte(s))
		if (c == nil) == (problems.Err() == nil) {
			t.Errorf("connector %v, problems %v", c != nil, problems)
		}
		if c != nil && (c.Manifest().Hash == "" || len(c.Manifest().Actions) == 0) {
			t.Errorf("an empty connector was loaded: %+v", c.Manifest())
		}
	})
}
