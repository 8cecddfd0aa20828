package provider

import "fmt"

// Refusal is why a log-in is refused, for the audit trail. Its text holds
// nothing that was sent.
type Refusal struct {
	// Reason is a word of the table below.
	Reason string
}

// Error implements [error].
func (r *Refusal) Error() string { return fmt.Sprintf("the log-in is refused: %s", r.Reason) }

// refuse makes a refusal.
func refuse(reason string) error { return &Refusal{reason} }

// The reasons. What access refuses has reasons of its own.
const (
	badState     = "state"           // it was not made here, is of another browser or has expired
	usedState    = "state_used"      // it was used before
	errProvider  = "provider_error"  // the provider says that it went wrong
	badAnswer    = "answer"          // the answer has no code
	badSource    = "answer_issuer"   // the answer says that it is of another issuer (RFC 9207)
	badExchange  = "exchange"        // the provider does not take the code
	noToken      = "token_missing"   // there is no ID token
	malformed    = "token_malformed" // it is no JWS of three parts, or claims are of wrong types or stand twice
	badAlgorithm = "algorithm"       // it is not signed by an algorithm that is allowed
	badHeader    = "header"          // its header names keys of its own, or another kind of token
	badKey       = "key"             // the issuer has no such key
	badSignature = "signature"       // the signature is not of the key
	badIssuer    = "issuer"          // it is of another issuer
	badSubject   = "subject"         // it says nobody
	badAudience  = "audience"        // it is for somebody else
	badParty     = "party"           // it was given to another party
	expired      = "expired"         // its time is over
	tooEarly     = "not_yet"         // its time has not come
	badIssued    = "issued"          // it was made before it was asked for, or later than now
	badNonce     = "nonce"           // it is of another log-in
	badHash      = "token_hash"      // it belongs to another access token or code
	badACR       = "acr"             // it was not proved well enough who it is
	staleProof   = "auth_time"       // it was not proved lately enough who it is
	badGrant     = "grant"           // what the command line brought is not good
)
