package playbook

import (
	"maps"
	"slices"

	"github.com/harrier-soar/harrier/schema"
)

// JSONSchema returns the JSON Schema (2020-12) of playbooks for editors, made
// from the grammar that [Parse] uses. With a catalog it knows the names that
// uses and call may have, and the inputs of each action.
func JSONSchema(cat Catalog) map[string]any {
	d := drawer{grammar: language(), catalog: cat}
	return d.document("Harrier playbook", "playbook")
}

// TestJSONSchema returns the JSON Schema (2020-12) of the tests beside playbooks.
func TestJSONSchema() map[string]any {
	d := drawer{grammar: testLanguage()}
	return d.document("Harrier playbook test", "test")
}

// drawer draws JSON Schema from a grammar.
type drawer struct {
	grammar *grammar
	catalog Catalog
}

// object is a JSON object.
type object = map[string]any

// document draws the schema of a file.
func (d drawer) document(title, root string) object {
	defs := object{}
	for name, s := range d.grammar.shapes {
		defs[name] = d.shape(s)
	}
	if len(d.grammar.kinds) > 0 {
		defs["step"] = d.step()
	}
	if args := d.arguments(); len(args) > 0 {
		defs["arguments"] = object{"allOf": args}
	}
	return object{"$schema": schema.Dialect, "title": title, "$ref": "#/$defs/" + root, "$defs": defs}
}

// shape draws a shape, with its alternative.
func (d drawer) shape(s shape) object {
	if s.or == nil {
		return d.alone(s)
	}
	alone := s
	alone.or = nil
	return object{"anyOf": []any{d.alone(alone), d.shape(*s.or)}}
}

// alone draws a shape without its alternative.
func (d drawer) alone(s shape) object {
	if s.ref != "" {
		return object{"$ref": "#/$defs/" + s.ref}
	}
	switch s.form {
	case anyForm, treeForm:
		return object{}
	case textForm, templateForm:
		return d.text(s)
	case nameForm:
		return namePattern()
	case exprForm:
		return object{"type": []any{"string", "boolean", "number"}, "pattern": `\S`, "not": object{"type": "string", "pattern": `^\s*\$\{\{`}}
	case boolForm:
		if len(s.values) > 0 {
			return object{"const": true}
		}
		return object{"type": "boolean"}
	case intForm, numberForm:
		return d.number(s)
	case durationForm:
		return object{"type": "string", "pattern": `^([0-9.]+(ms|s|m|h|d|w))+$`}
	case listForm:
		out := object{"type": "array", "items": d.shape(*s.elem)}
		if s.filled {
			out["minItems"] = 1
		}
		return out
	case dictForm:
		return d.dict(s)
	case mapForm:
		return d.keys(s.keys, s.one)
	case stepForm:
		return object{"$ref": "#/$defs/step"}
	}
	return object{}
}

// text draws text.
func (d drawer) text(s shape) object {
	switch {
	case len(s.values) > 0:
		return object{"enum": each(s.values)}
	case s.pattern != nil:
		return object{"type": "string", "pattern": s.pattern.String()}
	case s.form == templateForm:
		return object{"type": []any{"string", "boolean", "number"}}
	}
	out := object{"type": []any{"string", "boolean", "number"}, "pattern": `\S`}
	if !s.raw {
		out["not"] = object{"type": "string", "pattern": `\$\{\{`}
	}
	return out
}

// number draws a number.
func (d drawer) number(s shape) object {
	out := object{"type": "number"}
	if s.form == intForm {
		out["type"] = "integer"
	}
	if s.bounded() {
		out["minimum"] = s.min
	}
	if s.max != 0 {
		out["maximum"] = s.max
	}
	return out
}

// dict draws a map with names of the author's choice.
func (d drawer) dict(s shape) object {
	out := object{"type": "object", "additionalProperties": d.shape(*s.elem)}
	if !s.free {
		out["propertyNames"] = object{"pattern": `^[a-z][a-z0-9_]{0,63}$`, "not": object{"enum": []any{"true", "false", "null", "in", "not"}}}
	}
	if s.filled {
		out["minProperties"] = 1
	}
	return out
}

// namePattern draws a name that expressions use.
func namePattern() object {
	return object{"type": "string", "pattern": `^[a-z][a-z0-9_]{0,63}$`, "not": object{"enum": each(reservedNames())}}
}

// keys draws a map with fixed keys.
func (d drawer) keys(keys []key, one []string) object {
	props, required := object{}, []any{}
	for _, k := range keys {
		props[k.name] = d.key(k)
		if k.required {
			required = append(required, k.name)
		}
	}
	out := object{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	if len(one) > 0 {
		out["oneOf"] = eachRequired(one)
	}
	return out
}

// key draws a key with its help.
func (d drawer) key(k key) object {
	out := object{}
	switch {
	case k.name == "id":
		out = namePattern()
		out["not"] = object{"anyOf": []any{out["not"], object{"pattern": `^try[0-9]+$`}}}
	case k.name == "uses" && len(d.uses()) > 0:
		out["enum"] = each(d.uses())
	default:
		out = d.shape(k.shape)
	}
	out["description"] = k.help
	return out
}

// step draws a step: each kind by the key that makes it.
func (d drawer) step() object {
	var kinds []any
	var makers []string
	for _, sk := range d.grammar.kinds {
		makers = append(makers, sk.key)
		body := d.keys(d.grammar.allowed(sk), sk.one)
		if owns(sk, "uses") && len(d.uses()) > 0 {
			body["$ref"] = "#/$defs/arguments"
		}
		when := object{"required": []any{sk.key}}
		if sk.key == "uses" {
			when["not"] = object{"required": []any{"for_each"}}
		}
		kinds = append(kinds, object{"if": when, "then": body})
	}
	return object{"type": "object", "anyOf": eachRequired(makers), "allOf": kinds}
}

// uses lists the names that uses may have.
func (d drawer) uses() []string {
	all := slices.Collect(maps.Keys(d.catalog.Actions))
	for name := range d.catalog.Verbs {
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// arguments draws, for each name, the inputs under with.
func (d drawer) arguments() []any {
	var out []any
	for _, name := range d.uses() {
		fields := d.catalog.Actions[name].Input
		if verb, ok := d.catalog.Verbs[name]; ok {
			fields = verb.Input
		}
		body, required := d.inputs(fields)
		then := object{"properties": object{"with": body}}
		if required {
			then["required"] = []any{"with"}
		}
		out = append(out, object{
			"if":   object{"properties": object{"uses": object{"const": name}}, "required": []any{"uses"}},
			"then": then,
		})
	}
	return out
}

// inputs draws named inputs and tells whether one of them is required.
func (d drawer) inputs(fields []schema.Field) (object, bool) {
	props, required := object{}, []any{}
	for _, f := range fields {
		in := argumentSchema(f.Type)
		if f.Help != "" {
			in["description"] = f.Help
		}
		props[f.Name] = in
		if f.Required && f.Default == nil {
			required = append(required, f.Name)
		}
	}
	out := object{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out, len(required) > 0
}

// argumentSchema draws a value of a type, or an expression that gives one.
func argumentSchema(t schema.Type) object {
	var plain object
	switch {
	case t.Kind == schema.Any:
		return object{}
	case t.Kind == schema.List && t.Elem != nil:
		plain = object{"type": "array", "items": argumentSchema(*t.Elem)}
	case t.Kind == schema.Map && t.Elem != nil:
		plain = object{"type": "object", "additionalProperties": argumentSchema(*t.Elem)}
	case t.Kind == schema.Object && len(t.Fields) > 0:
		plain, _ = drawer{}.inputs(t.Fields)
	default:
		plain = t.JSONSchema()
	}
	return object{"anyOf": []any{plain, object{"type": "string", "pattern": `\$\{\{`}}}
}

// each returns texts as JSON values.
func each(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}

// eachRequired draws, for each key, that it is there.
func eachRequired(keys []string) []any {
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = object{"required": []any{k}}
	}
	return out
}
