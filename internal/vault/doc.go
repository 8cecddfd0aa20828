// Package vault keeps the secrets of connections encrypted at rest.
//
// The envelope has three layers: a root key in a file that only its owner may
// read wraps one key per tenant; from a tenant's key every version of every
// secret gets an AES-256-GCM key of its own. The tenant, the name, the field,
// the version and the version of the tenant's key are authenticated with each
// ciphertext, so that a row moved to another place does not open.
//
// It guarantees that a value can be written, replaced and deleted, but read
// only with [Vault.Reveal], which the transport calls at the last hop; and that
// anything that does not decrypt is an error, never a value. It does not
// protect against somebody who can read the memory of the process.
package vault
