// Package passkey lets people prove who they are by passkeys: WebAuthn with a
// user who was verified, which counts for both a password and a second factor.
//
// Nothing is stored of a ceremony that was begun: what it was begun with travels
// sealed, is bound to the browser or the session that began, good once and for
// five minutes. Nobody is asked for a name, so there is nobody to be tried out:
// the credential says who it is. Every refusal is told alike; its reason is in the
// audit trail.
package passkey
