// Package transport is the one way out of the process: every connection that
// Harrier opens to another system is opened here.
//
// In order, a call passes: the mode (live, shadow, replay, record), the
// connection's list of allowed schemes, hosts and ports, the limits and the
// circuit breaker of the connection, the credential from the vault injected at
// the last hop, the check of the address that is really connected to, the
// exchange itself under time and size limits, the recording with secrets
// removed, and the classification of what a failure means.
//
// It guarantees that an effect is never sent in shadow mode, that nothing is
// sent in replay mode, that no address inside is reached unless the connection
// lists it, that a credential reaches only the hosts of its connection and no
// log, error or recording, and that a failed effect is Unknown unless no byte of
// the request was sent or the vendor refused. It follows no redirects, keeps no
// cookies, reads no environment variables and always verifies certificates.
package transport
