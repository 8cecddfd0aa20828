package provider

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// What a browser carries between the steps is sealed, so that nothing is stored
// for strangers who begin and never come back. It is good once and for minutes.

const (
	// flowLife is how long somebody may take at the provider.
	flowLife = 10 * time.Minute
	// grantLife is how long the command line may take to fetch its log-in.
	grantLife = time.Minute
)

// flow is a log-in under way.
type flow struct {
	Tenant   harrier.TenantID     `json:"t"`
	Provider harrier.ConnectionID `json:"p"`
	Begun    time.Time            `json:"b"`
	Nonce    string               `json:"n"`
	Verifier string               `json:"v"`
	// Browser is a digest of what the browser keeps in a cookie; empty where the
	// command line began.
	Browser string `json:"w,omitempty"`
	// Return is the path that the browser goes to afterwards.
	Return   string    `json:"r,omitempty"`
	Loopback *Loopback `json:"l,omitempty"`
	// Session is the one to be made fresh, of Account.
	Session harrier.SessionID   `json:"s,omitzero"`
	Account harrier.PrincipalID `json:"a,omitzero"`
}

// grant is a log-in that the command line may fetch.
type grant struct {
	At        time.Time      `json:"at"`
	Challenge string         `json:"c"`
	Vouched   access.Vouched `json:"v"`
}
