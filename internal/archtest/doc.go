// Package archtest holds the rules of docs/STYLE.md that can be decided from
// the source text alone: who may import whom, which modules of others are
// used and why, how long things may be, how they are named and documented, and
// what may not be a package variable.
//
// Its test reads the whole module and fails with file, line, the rule's number
// and how to fix it. Exceptions stand in waivers.go, each with a reason; one
// that is no longer needed fails the test too.
//
// It works on syntax, without type information, so that it takes less than a
// second and also reads code that does not compile yet.
package archtest
