package schema

// Dialect is the identifier of the JSON Schema version that is written.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// JSONSchema returns the JSON Schema (2020-12) of an object with these fields,
// for editors, forms and documentation. Unknown fields are refused.
func JSONSchema(title string, fields []Field) map[string]any {
	s := objectSchema(fields)
	s["$schema"] = Dialect
	if title != "" {
		s["title"] = title
	}
	return s
}

// JSONSchema returns the JSON Schema (2020-12) of the type, without $schema.
// Kinds that JSON lacks are strings with a format or a pattern, and carry
// their name in x-kind. Every value that [Check] takes conforms, and nearly
// every other does not: a pattern cannot say all that Check does.
func (t Type) JSONSchema() map[string]any {
	s := t.bareSchema()
	if t.Optional {
		return map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
	}
	return s
}

// bareSchema is the schema of the type as if it could not be absent.
func (t Type) bareSchema() map[string]any {
	switch t.Kind {
	case Any:
		return map[string]any{}
	case String:
		s := map[string]any{"type": "string"}
		if len(t.Values) > 0 {
			s["enum"] = each(t.Values)
		}
		return s
	case Integer, Number, Boolean:
		return map[string]any{"type": string(t.Kind)}
	case List:
		s := map[string]any{"type": "array"}
		if t.Elem != nil {
			s["items"] = t.Elem.JSONSchema()
		}
		return s
	case Map:
		s := map[string]any{"type": "object"}
		if t.Elem != nil {
			s["additionalProperties"] = t.Elem.JSONSchema()
		}
		return s
	case Object:
		if len(t.Fields) == 0 {
			return map[string]any{"type": "object"}
		}
		return objectSchema(t.Fields)
	case IP, CIDR, URL, Domain, Email, Hash, Host, User, Timestamp, Duration, Verdict, EvidenceID:
	}
	return t.textSchema()
}

// textSchema is the schema of a scalar that is text in JSON.
func (t Type) textSchema() map[string]any {
	s := map[string]any{"type": "string", "x-kind": string(t.Kind)}
	switch t.Kind {
	case IP:
		s["anyOf"] = []any{map[string]any{"format": "ipv4"}, map[string]any{"format": "ipv6"}}
	case CIDR:
		s["pattern"] = `^[0-9a-fA-F:.]+(/[0-9]{1,3})?$`
	case URL:
		s["pattern"] = `^[A-Za-z][A-Za-z0-9+.-]*://\S+$`
	case Domain:
		s["pattern"] = `^[^\s.]+(\.[^\s.]+)+\.?$`
	case Email:
		s["pattern"] = `^.+@.+$`
	case Hash:
		s["pattern"] = `^([0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})$`
	case Timestamp:
		s["format"] = "date-time"
	case Duration:
		s["pattern"] = `^([0-9.]+(ms|s|m|h|d|w))+$`
	case Verdict:
		s["enum"] = each(Verdicts())
	case EvidenceID:
		s["pattern"] = `^evidence_[0-9a-z]{26}$`
	case Host, User:
		s["minLength"] = 1
	case Any, String, Integer, Number, Boolean, List, Map, Object: // no scalars that are text
		delete(s, "x-kind")
	}
	return s
}

// objectSchema is the schema of an object with exactly these fields.
func objectSchema(fields []Field) map[string]any {
	props := make(map[string]any, len(fields))
	required := []any{}
	for _, f := range fields {
		props[f.Name] = f.JSONSchema()
		if f.Required && !f.Type.Optional {
			required = append(required, f.Name)
		}
	}
	s := map[string]any{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// JSONSchema returns the JSON Schema of the field's value, with its help,
// default and bounds.
func (f Field) JSONSchema() map[string]any {
	s := f.Type.JSONSchema()
	if f.Help != "" {
		s["description"] = f.Help
	}
	if f.Default != nil {
		s["default"] = f.Default
	}
	if f.Secret {
		s["writeOnly"] = true
	}
	lo, hi := boundKeywords(f.Type.Kind)
	if f.Min != nil {
		s[lo] = *f.Min
	}
	if f.Max != nil {
		s[hi] = *f.Max
	}
	return s
}

// boundKeywords names the keywords that bound values of a kind.
func boundKeywords(k Kind) (lo, hi string) {
	suffix := map[Kind]string{Integer: "imum", Number: "imum", List: "Items", Map: "Properties", Object: "Properties"}[k]
	if suffix == "" {
		suffix = "Length"
	}
	return "min" + suffix, "max" + suffix
}
