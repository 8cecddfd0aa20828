package rest

import "github.com/harrier-soar/harrier/schema"

// ManifestSchema returns the JSON Schema (2020-12) of connector.yaml, for
// editors. It is made from the grammar that [Load] reads by; what only Load can
// see, such as types of expressions, is not in it.
func ManifestSchema() map[string]any {
	s := manifestGrammar().jsonSchema()
	s["$schema"] = schema.Dialect
	s["title"] = "Harrier connector"
	defs := make(map[string]any)
	for _, name := range definitions() {
		defs[name] = definition(name).jsonSchema()
	}
	s["$defs"] = defs
	return s
}

// jsonSchema returns the rule as JSON Schema.
func (r rule) jsonSchema() map[string]any {
	s := make(map[string]any)
	if r.help != "" {
		s["description"] = r.help
	}
	switch r.form {
	case refForm:
		s["$ref"] = "#/$defs/" + r.ref
	case objectForm:
		r.objectSchema(s)
	case mapForm:
		s["type"], s["additionalProperties"] = "object", r.elem.jsonSchema()
	case listForm:
		s["type"], s["items"] = "array", r.elem.jsonSchema()
	case eitherForm:
		some := make([]any, len(r.either))
		for i, e := range r.either {
			some[i] = e.jsonSchema()
		}
		s["anyOf"] = some
	case treeForm, dataForm:
	case textForm, integerForm, booleanForm, durationForm, rateForm, sizeForm, celForm, typeForm, statusForm:
		r.scalarSchema(s)
	}
	return s
}

// scalarSchema adds the keywords of a single value.
func (r rule) scalarSchema(s map[string]any) {
	switch r.form {
	case integerForm:
		s["type"], s["minimum"] = "integer", 0
	case booleanForm:
		s["type"] = "boolean"
	case durationForm:
		s["type"], s["pattern"] = "string", `^([0-9.]+(ms|s|m|h|d|w))+$`
	case rateForm:
		s["type"], s["pattern"] = "string", `^[0-9.]+/[smhd]$`
	case sizeForm:
		s["type"], s["pattern"] = "string", `^[0-9]+(KiB|MiB)$`
	case statusForm:
		s["type"], s["pattern"] = []any{"integer", "string"}, `^[1-5]([0-9][0-9]|xx)$`
	case celForm:
		s["type"] = []any{"string", "boolean", "number"}
	case typeForm:
		s["type"], s["examples"] = "string", typeNames()
	case textForm:
		s["type"] = []any{"string", "integer", "number", "boolean"}
		if len(r.values) > 0 {
			s["enum"] = r.enumValues()
			delete(s, "type")
		}
	case treeForm, dataForm, listForm, mapForm, objectForm, eitherForm, refForm: // no scalars
	}
}

// enumValues lists the values of an enumeration as YAML reads them: harrier: 1
// is a number.
func (r rule) enumValues() []any {
	out := make([]any, 0, len(r.values)+1)
	for _, v := range r.values {
		out = append(out, v)
		if v == "1" {
			out = append(out, 1)
		}
	}
	return out
}

// objectSchema adds the keywords of an object with known keys.
func (r rule) objectSchema(s map[string]any) {
	props, required := make(map[string]any, len(r.keys)), []any{}
	for _, k := range r.keys {
		props[k.name] = k.rule.jsonSchema()
		if k.required {
			required = append(required, k.name)
		}
	}
	s["type"], s["properties"], s["additionalProperties"] = "object", props, false
	if len(required) > 0 {
		s["required"] = required
	}
	all := []any{}
	for _, c := range r.choose {
		one := []any{}
		for _, name := range c.of {
			one = append(one, map[string]any{"required": []any{name}})
		}
		if !c.exactly {
			one = append(one, map[string]any{"not": map[string]any{"anyOf": append([]any{}, one...)}})
		}
		all = append(all, map[string]any{"oneOf": one})
	}
	if len(all) > 0 {
		s["allOf"] = all
	}
}
