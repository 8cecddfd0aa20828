package connector

// SASL is our side of one log-in (RFC 4422), for protocols other than HTTP. What
// it says holds the credential: it goes to the server and nowhere else.
type SASL interface {
	// Start returns the name of the mechanism and what is said first.
	Start() (mechanism string, initial []byte, err error)
	// Next answers a challenge of the server.
	Next(challenge []byte) (response []byte, err error)
}

// Identity says for whom a log-in is made.
type Identity struct {
	// As is the account to act for by the rights of the credential; empty is the
	// credential's own.
	As string
	// Separator stands between As and the user of the credential where the server
	// takes both as one name (user*master). Where it is empty, As is the
	// authorization identity of the mechanism (RFC 4616).
	Separator string
}
