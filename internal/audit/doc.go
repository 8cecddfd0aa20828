// Package audit makes the audit trail tamper-evident and lets anybody check it.
//
// Rows are written unchained, in the transaction of what they record. Within a
// second the [Sequencer] gives them their places in a transparency log of their
// tenant: a Merkle tree (RFC 6962) over the canonical bytes of every row, whose
// head is signed as a note. [Verify] needs neither a server nor a secret.
//
// It guarantees that a row which was edited, removed, inserted or moved is found
// by whoever has the verifier key, and named; and that a log which was rolled
// back is found by whoever has kept a later checkpoint. It does not stop
// somebody who can write the database from adding rows at the end within the
// second before they are chained, nor somebody who has the root key of the vault.
package audit
