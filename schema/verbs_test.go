package schema_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

func TestVerbs_areWellFormed(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z]+\.[a-z][a-z_]*$`)
	seen := map[string]bool{}
	for _, v := range schema.Verbs() {
		space, _, _ := strings.Cut(v.Name, ".")
		if !name.MatchString(v.Name) || seen[v.Name] || !slices.Contains(schema.ReservedNamespaces(), space) {
			t.Errorf("%q is not a unique name in a reserved namespace", v.Name)
		}
		seen[v.Name] = true
		if v.Title == "" || !v.Effect.Valid() {
			t.Errorf("%s: title %q, effect %q", v.Name, v.Title, v.Effect)
		}
		if v.All != strings.HasPrefix(v.Name, "intel.lookup_") {
			t.Errorf("%s: All is %v", v.Name, v.All)
		}
		fieldsAreSound(t, v.Name+" input", v.Input)
		fieldsAreSound(t, v.Name+" output", v.Output.Fields)
		for _, f := range v.Output.Fields {
			if f.Required == f.Type.Optional {
				t.Errorf("%s: output %s must be either required or optional", v.Name, f.Name)
			}
		}
	}
}

// fieldsAreSound checks that names are unique, help is there and defaults fit.
func fieldsAreSound(t *testing.T, where string, fields []schema.Field) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.Name] || !strings.HasSuffix(f.Help, ".") && !strings.HasSuffix(f.Help, "…") {
			t.Errorf("%s: field %q is there twice or its help %q is not a sentence", where, f.Name, f.Help)
		}
		seen[f.Name] = true
		if _, wrong := schema.Check(f.Default, f.Type); f.Default != nil && len(wrong) > 0 {
			t.Errorf("%s: default of %s: %v", where, f.Name, wrong)
		}
		fieldsAreSound(t, where+"."+f.Name, f.Type.Fields)
		if f.Type.Elem != nil {
			fieldsAreSound(t, where+"."+f.Name, f.Type.Elem.Fields)
		}
	}
}

func TestVerbs_containmentComesInPairs(t *testing.T) {
	t.Parallel()
	for _, v := range schema.Verbs() {
		if (v.Effect == harrier.Contain) != (v.Undo != "") {
			t.Errorf("%s: effect %s, undo %q", v.Name, v.Effect, v.Undo)
			continue
		}
		if v.Undo == "" {
			continue
		}
		undo, ok := schema.VerbNamed(v.Undo)
		if !ok || undo.Undo != v.Name {
			t.Errorf("%s is undone by %q, which is undone by %q", v.Name, v.Undo, undo.Undo)
		}
	}
}

func TestJSONSchema_isValidAndAgreesWithCheck(t *testing.T) {
	t.Parallel()
	for _, v := range schema.Verbs() {
		in := compile(t, v.Name+"-in", schema.JSONSchema(v.Title, v.Input))
		out := compile(t, v.Name+"-out", schema.JSONSchema(v.Title, v.Output.Fields))
		specimen := map[string]any{}
		for _, f := range v.Input {
			if s := schema.Specimen(f.Type); s != nil {
				specimen[f.Name] = s
			} else if f.Required && f.Type.Kind == schema.String {
				specimen[f.Name] = "x"
			}
		}
		if _, wrong := schema.CheckFields(specimen, v.Input); len(wrong) == 0 {
			if err := in.Validate(decode(t, specimen)); err != nil {
				t.Errorf("%s: Check takes %v, its schema does not: %v", v.Name, specimen, err)
			}
		}
		if in.Validate(map[string]any{"surprise": true}) == nil || out.Validate([]any{}) == nil {
			t.Errorf("%s: its schema takes anything", v.Name)
		}
	}
}

// compile returns a schema that an independent validator has accepted.
func compile(t *testing.T, name string, doc map[string]any) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, decode(t, doc)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// decode sends a value through JSON as the validator wants it.
func decode(t *testing.T, v any) any {
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
