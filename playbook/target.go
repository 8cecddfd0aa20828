package playbook

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// target is what a step calls, resolved in the catalog.
type target struct {
	name string
	// verb is nil where one action is named.
	verb *schema.Verb
	// actions are all that may answer.
	actions []schema.ActionSpec
	input   []schema.Field
	output  schema.Type
	// effect is the strongest of what may answer.
	effect harrier.Effect
	// undo tells that every containment among them can be reversed.
	undo    bool
	builtin bool
}

// resolve finds what uses names.
func (c *checker) resolve(uses *document.Node) *target {
	if uses == nil {
		return nil
	}
	cat := c.session.catalog
	if verb, ok := cat.Verbs[uses.Text]; ok {
		return c.resolveVerb(uses, verb)
	}
	if spec, ok := cat.Actions[uses.Text]; ok {
		c.include(spec)
		return &target{
			name: spec.Name, actions: []schema.ActionSpec{spec}, input: spec.Input, output: spec.Output,
			effect: spec.Effect, undo: spec.Undo != nil, builtin: spec.Builtin,
		}
	}
	message, fix := c.unknownAction(uses.Text)
	c.at(uses, problem("unknown-action", fix, "%s", message))
	return nil
}

// resolveVerb finds what may answer a verb.
func (c *checker) resolveVerb(uses *document.Node, verb schema.Verb) *target {
	t := &target{name: verb.Name, verb: &verb, input: verb.Input, output: verb.Output, effect: verb.Effect, undo: true}
	for _, name := range c.session.catalog.Offers[verb.Name] {
		spec, ok := c.session.catalog.Actions[name]
		if !ok {
			continue
		}
		c.include(spec)
		t.actions = append(t.actions, spec)
		t.effect = stronger(t.effect, spec.Effect)
		t.undo = t.undo && (spec.Effect != harrier.Contain || spec.Undo != nil)
	}
	t.undo = t.undo && len(t.actions) > 0 || verb.Undo != ""
	if len(t.actions) == 0 {
		c.at(uses, warning("no-provider", "install a connector that offers "+verb.Name, "no connector that is installed offers %s", verb.Name))
	}
	return t
}

// include adds an action to the plan, with those that probe and undo it.
func (c *checker) include(spec schema.ActionSpec) {
	c.plan.Actions[spec.Name] = spec
	var links []schema.Link
	if spec.Probe != nil {
		links = append(links, spec.Probe.Link)
	}
	if spec.Undo != nil {
		links = append(links, *spec.Undo)
	}
	for _, link := range links {
		for _, name := range []string{link.Action, spec.Connector + "." + link.Action} {
			if linked, ok := c.session.catalog.Actions[name]; ok {
				c.plan.Actions[name] = linked
			}
		}
	}
}

// stronger returns the effect that does more to the world.
func stronger(a, b harrier.Effect) harrier.Effect {
	order := harrier.Effects()
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// unknownAction says what is wrong with the name of an action.
func (c *checker) unknownAction(name string) (message, fix string) {
	cat := c.session.catalog
	known := slices.Sorted(maps.Keys(cat.Actions))
	for verb := range cat.Verbs {
		known = append(known, verb)
	}
	slices.Sort(known)
	fix = "write connector.action or a verb, such as mail.search"
	if near := harrier.Suggest(name, known); near != "" {
		fix = fmt.Sprintf("did you mean %s?", near)
	}
	space, action, dotted := strings.Cut(name, ".")
	if !dotted {
		return fmt.Sprintf("%q names no action", name), fix
	}
	var siblings, spaces []string
	for _, k := range known {
		other, _, _ := strings.Cut(k, ".")
		if spaces = append(spaces, other); other == space {
			siblings = append(siblings, k)
		}
	}
	if len(siblings) > 0 {
		if !strings.HasPrefix(fix, "did you") {
			fix = "use one of " + orList(clipped(siblings, 8))
		}
		return fmt.Sprintf("%s has no action %s", space, action), fix
	}
	if near := harrier.Suggest(space, spaces); near != "" && !strings.HasPrefix(fix, "did you") {
		fix = fmt.Sprintf("did you mean %s.%s?", near, action)
	}
	return fmt.Sprintf("there is no connector %s", space), fix
}

// clipped returns the first words of a long list.
func clipped(words []string, most int) []string {
	if len(words) <= most {
		return words
	}
	return append(slices.Clone(words[:most]), "…")
}

// all returns the type of the answers of every connection.
func (t *target) all() schema.Type {
	text := schema.TypeOf(schema.String)
	return schema.ObjectOf(schema.Field{Name: "results", Type: schema.ListOf(schema.ObjectOf(
		schema.Field{Name: "connection", Type: text, Help: "Name of the connection."},
		schema.Field{Name: "status", Type: text, Help: "How the call ended."},
		schema.Field{Name: "output", Type: schema.OptionalOf(t.output), Help: "Its answer, if it gave one."},
	))})
}
