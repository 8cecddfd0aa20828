package expr

// Scope is where an evaluation finds the variables of its environment. It
// returns plain data, or an [Object] whose fields are found on demand.
type Scope interface {
	// Lookup returns a variable's value, or false where it is absent.
	Lookup(name string) (any, bool)
}

// Object is a value whose fields are found on demand; it may stand wherever a
// map[string]any may. It must not change during an evaluation.
type Object interface {
	// Field returns a field's value, or false where it is absent.
	Field(name string) (any, bool)
}

// Named is an [Object] that can tell its fields, so that it may be used as a
// whole: returned, iterated or compared.
type Named interface {
	Object
	// Names returns the names of the fields that are there, in any order.
	Names() []string
}

// Vars is a [Scope] and an [Object] over a map.
type Vars map[string]any

// Lookup implements [Scope].
func (v Vars) Lookup(name string) (any, bool) { value, ok := v[name]; return value, ok }

// Field implements [Object].
func (v Vars) Field(name string) (any, bool) { value, ok := v[name]; return value, ok }

// Names implements [Named].
func (v Vars) Names() []string { return sortedNames(v) }
