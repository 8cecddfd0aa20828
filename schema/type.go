// Package schema holds what the checker, the connector SDK, the forms and the
// documentation share: types of values, fields, specifications of actions and
// the table of verbs. It is data and pure functions; it imports only package harrier.
package schema

import (
	"strings"

	"github.com/harrier-soar/harrier"
)

// Kind is the kind of a value's type.
type Kind string

// The kinds of types. Scalars that are text in JSON (addresses, times, …) have
// kinds of their own, so that they are checked on arrival and encoded by kind.
const (
	Any        Kind = "any"
	String     Kind = "string"
	Integer    Kind = "integer"
	Number     Kind = "number"
	Boolean    Kind = "boolean"
	IP         Kind = "ip"
	CIDR       Kind = "cidr"
	URL        Kind = "url"
	Domain     Kind = "domain"
	Email      Kind = "email"
	Hash       Kind = "hash"
	Host       Kind = "host"
	User       Kind = "user"
	Timestamp  Kind = "timestamp" // RFC 3339 text in JSON
	Duration   Kind = "duration"  // 90s, 15m, 2h, 30d in JSON
	Verdict    Kind = "verdict"   // one of Verdicts
	EvidenceID Kind = "evidence"  // the id of stored evidence
	List       Kind = "list"
	Map        Kind = "map" // text keys
	Object     Kind = "object"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Any, String, Integer, Number, Boolean, IP, CIDR, URL, Domain, Email, Hash, Host, User,
		Timestamp, Duration, Verdict, EvidenceID, List, Map, Object}
}

// Verdicts lists the values of kind [Verdict], best first; worst() orders by it.
func Verdicts() []string { return []string{"benign", "unknown", "suspicious", "malicious"} }

// Type is the type of a value. The zero Type is invalid; use [TypeOf] and
// friends or a literal.
type Type struct {
	Kind Kind
	// Elem is the type of the items of a list or of the values of a map.
	Elem *Type
	// Fields are those of an object, in order of declaration.
	Fields []Field
	// Values, when not empty, are the only values a string may have.
	Values []string
	// Optional values may be absent: expressions must say .? and orValue.
	Optional bool
}

// TypeOf returns the type of a scalar kind, of any, or of an open object.
func TypeOf(k Kind) Type { return Type{Kind: k} }

// ListOf returns the type of lists of elem.
func ListOf(elem Type) Type { return Type{Kind: List, Elem: &elem} }

// MapOf returns the type of maps from text to elem.
func MapOf(elem Type) Type { return Type{Kind: Map, Elem: &elem} }

// ObjectOf returns the type of objects with exactly these fields.
func ObjectOf(fields ...Field) Type { return Type{Kind: Object, Fields: fields} }

// OptionalOf returns t as a value that may be absent.
func OptionalOf(t Type) Type { t.Optional = true; return t }

// Field returns the named field of an object.
func (t Type) Field(name string) (Field, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// String returns the type as a playbook writes it, such as list<ip>.
func (t Type) String() string {
	s := string(t.Kind)
	switch {
	case t.Elem != nil:
		s += "<" + t.Elem.String() + ">"
	case len(t.Values) > 0:
		s += "(" + strings.Join(t.Values, "|") + ")"
	}
	if t.Optional {
		s = "optional<" + s + ">"
	}
	return s
}

// ParseType reads a type as a playbook or a manifest writes it: a kind,
// list<T> or map<T>. Fields of objects are written beside it.
func ParseType(text string) (Type, error) {
	for _, outer := range []Kind{List, Map} {
		if body, ok := strings.CutPrefix(text, string(outer)+"<"); ok && strings.HasSuffix(body, ">") {
			elem, err := ParseType(strings.TrimSuffix(body, ">"))
			return Type{Kind: outer, Elem: &elem}, err
		}
	}
	for _, k := range Kinds() {
		if string(k) != text {
			continue
		}
		if k == List || k == Map {
			elem := TypeOf(Any)
			return Type{Kind: k, Elem: &elem}, nil
		}
		return TypeOf(k), nil
	}
	return Type{}, harrier.Errorf(harrier.Invalid, "unknown type %q", text)
}

// Field is a named, documented value: an input, an output, a setting.
type Field struct {
	Name     string
	Type     Type
	Required bool
	// Default is used where the field is absent; nil means none.
	Default any
	// Help is one sentence for people.
	Help string
	// Min and Max bound numbers, and the length of text and lists.
	Min, Max *float64
	// Secret settings are kept in the vault and never shown.
	Secret bool
}
