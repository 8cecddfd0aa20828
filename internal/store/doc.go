// Package store keeps everything Harrier knows in one SQLite database in the
// data directory: runs and their journal, intents, approvals, alerts, cases,
// audit. It satisfies the ports of package engine and offers one file of
// methods for every other noun.
//
// It guarantees that a nil error from [Store.Write] means that the change is
// on the disk (WAL, synchronous=FULL), that a change is applied whole or not at
// all, and that nothing of one tenant is found with another tenant's id.
// Methods that take a transaction are called inside Write; all others read the
// last committed state from a small pool of read-only connections.
//
// There is one writer. Changes that arrive while it commits share the next
// commit, so the cost of a flush is divided among everybody who waits for it.
//
// Limits: one process owns a data directory; a page has at most 500 rows; a
// single read may take 2 s. It builds on Unix only, as it locks with flock.
package store
