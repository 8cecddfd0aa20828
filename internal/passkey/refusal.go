package passkey

import "fmt"

// Refusal is why a passkey is refused, for the audit trail. Its text holds
// nothing that was sent.
type Refusal struct {
	// Reason is a word of the table below.
	Reason string
}

// Error implements [error].
func (r *Refusal) Error() string { return fmt.Sprintf("the passkey is refused: %s", r.Reason) }

// refuse makes a refusal; without a reason there is none.
func refuse(reason string) error {
	if reason == "" {
		return nil
	}
	return &Refusal{reason}
}

// The reasons. What access refuses has reasons of its own.
const (
	badState       = "state"         // it was not made here, is of another browser or session, or has expired
	usedState      = "state_used"    // it was used before
	malformed      = "malformed"     // it is no answer of an authenticator
	badType        = "type"          // it is of another ceremony
	badChallenge   = "challenge"     // it answers another challenge
	badOrigin      = "origin"        // another page asked for it
	badFrame       = "cross_origin"  // a page inside another one asked for it
	badParty       = "party"         // it is for another server
	noPresence     = "presence"      // nobody touched the authenticator
	noVerification = "verification"  // the authenticator did not verify who touched it
	badBackup      = "backup"        // what it says of backups contradicts itself or what it said before
	badAlgorithm   = "algorithm"     // its key is of an algorithm, a curve or a size that is not taken
	badAttestation = "attestation"   // it came with certificates that nobody asked for
	badCredential  = "credential"    // it is known to nobody, or of somebody else
	badHandle      = "user_handle"   // it says another account
	badSignature   = "signature"     // the signature is not of the key
	copied         = "copied"        // it counts back, so there are two of it
	notConfirmed   = "not_confirmed" // the library refuses it for another reason
)
