package playbook

import (
	"fmt"
	"slices"

	"github.com/harrier-soar/harrier/schema"
)

// assignable says why values of a type cannot be given where another is
// needed, or "". It refuses only what can never fit: what depends on the value
// is checked when there is one.
func assignable(from, to schema.Type) string {
	switch {
	case from.Kind == schema.Any || to.Kind == schema.Any:
		return ""
	case textual(from.Kind) && textual(to.Kind):
		return textAssignable(from, to)
	case from.Kind == schema.Integer && to.Kind == schema.Number:
		return ""
	case to.Kind == schema.Object && (from.Kind == schema.Object || from.Kind == schema.Map):
		return objectAssignable(from, to)
	case to.Kind == schema.Map && from.Kind == schema.Object:
		return mapAssignable(from, to)
	case from.Kind != to.Kind:
		return fmt.Sprintf("%s is needed, and this is %s", to, from)
	case from.Elem != nil && to.Elem != nil:
		if why := assignable(*from.Elem, *to.Elem); why != "" {
			return "in each item, " + why
		}
	}
	return ""
}

// textAssignable compares kinds of text. Text in general may be anything; of
// the special kinds only those that overlap fit each other.
func textAssignable(from, to schema.Type) string {
	if len(from.Values) > 0 && len(to.Values) > 0 {
		if !slices.ContainsFunc(from.Values, func(v string) bool { return slices.Contains(to.Values, v) }) {
			return fmt.Sprintf("one of %s is needed, and this is one of %s", orList(to.Values), orList(from.Values))
		}
		return ""
	}
	if from.Kind == to.Kind || from.Kind == schema.String || to.Kind == schema.String {
		return ""
	}
	for _, pair := range [][2]schema.Kind{
		{schema.Host, schema.IP}, {schema.Host, schema.Domain}, {schema.User, schema.Email}, {schema.IP, schema.CIDR}, {schema.Host, schema.User},
	} {
		if from.Kind == pair[0] && to.Kind == pair[1] || from.Kind == pair[1] && to.Kind == pair[0] {
			return ""
		}
	}
	return fmt.Sprintf("%s is needed, and this is %s", to, from)
}

// objectAssignable compares the fields that both have.
func objectAssignable(from, to schema.Type) string {
	for _, field := range to.Fields {
		if from.Kind == schema.Map {
			if from.Elem != nil {
				if why := assignable(*from.Elem, field.Type); why != "" {
					return fmt.Sprintf("in %s, %s", field.Name, why)
				}
			}
			continue
		}
		if len(from.Fields) == 0 {
			continue
		}
		got, ok := from.Field(field.Name)
		switch {
		case !ok && field.Required && field.Default == nil:
			return fmt.Sprintf("the field %s is missing", field.Name)
		case ok:
			if why := assignable(got.Type, field.Type); why != "" {
				return fmt.Sprintf("in %s, %s", field.Name, why)
			}
		}
	}
	return ""
}

// mapAssignable compares every field with what the map holds.
func mapAssignable(from, to schema.Type) string {
	if to.Elem == nil {
		return ""
	}
	for _, field := range from.Fields {
		if why := assignable(field.Type, *to.Elem); why != "" {
			return fmt.Sprintf("in %s, %s", field.Name, why)
		}
	}
	return ""
}
