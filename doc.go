// Package harrier holds the words that every other package of Harrier shares:
// identifiers, kinds of errors, effects, secrets, principals and permissions,
// the database transaction and the event envelope.
//
// It guarantees nothing by itself and imports only the standard library, so
// that an arrow from any package may point here and none points back.
package harrier
