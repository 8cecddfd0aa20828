package connectortest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// manifestIsWhole checks what is declared about the connector as a whole.
func (s suite) manifestIsWhole(t *testing.T) {
	m := s.manifest
	if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(m.Name) || slices.Contains(schema.ReservedNamespaces(), m.Name) {
		t.Errorf("%q cannot be the name of a connector", m.Name)
	}
	if m.Title == "" || m.Category == "" || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(m.Hash) {
		t.Errorf("title %q, category %q, hash %q: one is missing", m.Title, m.Category, m.Hash)
	}
	for _, f := range m.Settings {
		if f.Help == "" && f.Name != "base_url" {
			t.Errorf("setting %s has no help", f.Name)
		}
		if f.Secret {
			t.Errorf("setting %s is secret: secrets belong to auth", f.Name)
		}
	}
	if len(m.Actions) == 0 {
		t.Error("there are no actions")
	}
	seen := make(map[string]bool)
	for _, a := range m.Actions {
		if seen[a.Name] {
			t.Errorf("%s is there twice", a.Name)
		}
		seen[a.Name] = true
		s.actionIsWhole(t, a)
	}
	s.checkIsRead(t)
}

// checkIsRead checks the action that tests a connection.
func (s suite) checkIsRead(t *testing.T) {
	if s.manifest.Check == "" {
		t.Error("there is no check: nobody can test a connection")
		return
	}
	a, ok := s.spec(s.manifest.Check)
	if !ok || a.Effect.Writes() {
		t.Errorf("check is %q, which is no read of the connector", s.manifest.Check)
		return
	}
	in := schema.Defaults(a.Input, s.manifest.CheckWith)
	if _, wrong := schema.CheckFields(in, a.Input); len(wrong) > 0 {
		t.Errorf("check cannot be called with %v: %v", in, wrong)
	}
}

// spec returns the action of a name, with or without the connector's.
func (s suite) spec(name string) (schema.ActionSpec, bool) {
	name = strings.TrimPrefix(name, s.manifest.Name+".")
	for _, a := range s.manifest.Actions {
		if a.Name == s.manifest.Name+"."+name {
			return a, true
		}
	}
	return schema.ActionSpec{}, false
}

// actionIsWhole checks what is declared about one action.
func (s suite) actionIsWhole(t *testing.T, a schema.ActionSpec) {
	if !strings.HasPrefix(a.Name, s.manifest.Name+".") || a.Title == "" || !a.Effect.Valid() || !a.Repeat.Valid() {
		t.Errorf("%s: title %q, effect %q, repeat %q: one is missing", a.Name, a.Title, a.Effect, a.Repeat)
	}
	if a.ManifestHash != s.manifest.Hash {
		t.Errorf("%s: has the hash of another manifest", a.Name)
	}
	for _, f := range a.Input {
		if f.Help == "" {
			t.Errorf("%s: input %s has no help", a.Name, f.Name)
		}
	}
	for _, name := range slices.Concat(a.Shares, a.Targets) {
		if _, ok := schema.ObjectOf(a.Input...).Field(name); !ok {
			t.Errorf("%s: shares or targets name %q, which is no input", a.Name, name)
		}
	}
	if (a.Effect == harrier.Contain || a.Effect == harrier.Destroy) && len(a.Targets) == 0 {
		t.Errorf("%s: has no targets, so no guard can protect anything", a.Name)
	}
	if a.Effect == harrier.Contain && a.Undo == nil {
		t.Errorf("%s: is contain without undo", a.Name)
	}
	if a.Repeat == harrier.Probed && a.Probe == nil {
		t.Errorf("%s: is repeat: probe without probe", a.Name)
	}
	if a.Repeat == harrier.Keyed && a.KeyTTL <= 0 {
		t.Errorf("%s: is repeat: key without key_ttl", a.Name)
	}
	s.linksLead(t, a)
	s.verbIsProvided(t, a)
}

// linksLead checks that undo and probe name actions and give what these need.
func (s suite) linksLead(t *testing.T, a schema.ActionSpec) {
	links := make(map[string]schema.Link)
	if a.Undo != nil {
		links["undo"] = *a.Undo
	}
	if a.Probe != nil {
		links["probe"] = a.Probe.Link
	}
	for kind, link := range links {
		to, ok := s.spec(link.Action)
		if !ok {
			t.Errorf("%s: %s is %q, which does not exist", a.Name, kind, link.Action)
			continue
		}
		if kind == "probe" && to.Effect.Writes() {
			t.Errorf("%s: probe %s is no read", a.Name, link.Action)
		}
		for _, f := range to.Input {
			if f.Required && link.With[f.Name] == "" {
				t.Errorf("%s: %s %s lacks the input %s", a.Name, kind, link.Action, f.Name)
			}
		}
	}
}

// verbIsProvided checks an action against its verb.
func (s suite) verbIsProvided(t *testing.T, a schema.ActionSpec) {
	if a.Verb == "" {
		return
	}
	verb, ok := schema.VerbNamed(a.Verb)
	if !ok || verb.Effect != a.Effect {
		t.Errorf("%s: verb %q does not exist or has another effect", a.Name, a.Verb)
		return
	}
	for _, f := range verb.Input {
		if _, ok := schema.ObjectOf(a.Input...).Field(f.Name); !ok && !slices.Contains(a.Unsupported, f.Name) {
			t.Errorf("%s: lacks the input %s of %s", a.Name, f.Name, a.Verb)
		}
	}
	for _, f := range verb.Output.Fields {
		if _, ok := a.Output.Field(f.Name); !ok && f.Required {
			t.Errorf("%s: lacks the output %s of %s", a.Name, f.Name, a.Verb)
		}
	}
}

// examplesFit checks that examples are what the actions would answer.
func (s suite) examplesFit(t *testing.T) {
	for _, a := range s.manifest.Actions {
		if a.Example == nil {
			t.Errorf("%s: has no example, so a shadow run has no answer", a.Name)
			continue
		}
		if _, wrong := schema.CheckFields(a.Example, a.Output.Fields); len(wrong) > 0 {
			t.Errorf("%s: the example does not fit the output: %v", a.Name, wrong)
		}
	}
}
