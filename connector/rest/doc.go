// Package rest reads connectors that are written as one YAML file and performs
// their actions over HTTP. The file's grammar is described for people in
// connectors/README.md and for editors by [ManifestSchema].
//
// It guarantees that whatever is loaded is whole: every expression compiles
// against the declared types, every action states what it does to the world,
// examples fit the outputs, and containment names an undo that exists. At a
// call, values are encoded by where they go (a path segment, a query, a header,
// JSON, a literal of a query language) and can never become syntax; answers
// are checked against their declared types.
//
// Outcomes of effects are never guessed. A success whose body is cut off or
// does not parse is Unknown for an effect: it may well have happened, and what
// its undo needs is lost. For a read a body that was cut off is Unavailable,
// since asking again helps, and one of another shape is Drift.
package rest
