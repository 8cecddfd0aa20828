package query

import "time"

// Kind is what sort of part a node is.
type Kind int

// The kinds of nodes.
const (
	// All holds where all its nodes hold; without any it always does.
	All Kind = iota
	// Any holds where one of its nodes holds.
	Any
	// Not holds where its one node does not.
	Not
	// Match holds where the field passes one of the tests.
	Match
	// Words holds where the words are found, next to each other.
	Words
)

// Node is a part of a query.
type Node struct {
	Kind  Kind
	Nodes []Node
	// Field and Tests belong to Match.
	Field Field
	Tests []Test
	// Text belongs to Words. Prefix tells that the last word may go on.
	Text   string
	Prefix bool
	// At is where it stands, in bytes from the start.
	At Place
}

// Place is from where to where something stands in a query, in bytes.
type Place struct{ Start, End int }

// Op is how a value is compared.
type Op string

// The comparisons.
const (
	Is      Op = ""
	Above   Op = ">"
	AtLeast Op = ">="
	Below   Op = "<"
	AtMost  Op = "<="
	// Within is from the first value to the second, both included.
	Within Op = ".."
)

// Test compares a field with a value.
type Test struct {
	Op Op
	// Value is what is compared with; To is the end of Within.
	Value, To Value
	At        Place
}

// Value is what a field is compared with. Which of its parts counts is the
// matter of the field's type.
type Value struct {
	// Text is the value as it was written, in the one spelling.
	Text   string
	Number float64
	When   When
	// Empty asks for a field without a value, Present for one with any.
	Empty, Present bool
	// Prefix tells that Text is only how the value begins.
	Prefix bool
}

// When is a time, or how long before now. A day has an end of its own.
type When struct {
	Time time.Time
	Ago  time.Duration
	// Relative tells that Ago counts, and Day that Time is a whole day.
	Relative, Day bool
}

// Span returns the first moment of it, and the first that is no longer of it.
func (w When) Span(now time.Time) (from, to time.Time) {
	switch {
	case w.Relative:
		at := now.Add(-w.Ago)
		return at, at.Add(time.Microsecond)
	case w.Day:
		return w.Time, w.Time.AddDate(0, 0, 1)
	}
	return w.Time, w.Time.Add(time.Microsecond)
}

// Query is what somebody wants to see.
type Query struct {
	Noun Noun
	Root Node
}

// Empty reports whether the query asks for everything.
func (q Query) Empty() bool { return q.Root.Kind == All && len(q.Root.Nodes) == 0 }

// Terms lists what must hold whatever else does: the parts of the outermost All.
func (q Query) Terms() []Node {
	if q.Root.Kind == All {
		return q.Root.Nodes
	}
	return []Node{q.Root}
}
