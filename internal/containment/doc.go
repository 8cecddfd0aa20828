// Package containment shows what is contained: the containment board, and the
// built-in actions by which playbooks walk the ledger backwards.
//
// The engine writes the ledger, in the transaction of each effect's outcome; see
// [harrier.Containment]. This package only reads.
package containment
