package api

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/passkey"
)

// Passkey is a key pair of somebody, of which the private part is in their
// authenticator.
type Passkey struct {
	ID         harrier.PasskeyID   `json:"id"`
	Account    harrier.PrincipalID `json:"account"`
	Name       string              `json:"name"`
	Transports []string            `json:"transports" doc:"The ways to reach its authenticator."`
	AAGUID     string              `json:"aaguid" doc:"The make of its authenticator, where it says."`
	Synced     bool                `json:"synced" doc:"Whether its owner may have it on several devices."`
	BackedUp   bool                `json:"backed_up"`
	CreatedAt  time.Time           `json:"created_at"`
	UsedAt     time.Time           `json:"used_at,omitzero"`
	CopiedAt   time.Time           `json:"copied_at,omitzero" doc:"When it seemed to be copied; since then it lets nobody in."`
}

func passkeyOf(p passkey.Passkey) Passkey {
	return Passkey{
		ID: p.ID, Account: p.Account, Name: p.Name, Transports: some(p.Transports), AAGUID: hex.EncodeToString(p.AAGUID),
		Synced: p.Flags&passkey.BackupEligible != 0, BackedUp: p.Flags&passkey.BackedUp != 0, CreatedAt: p.CreatedAt, UsedAt: p.UsedAt, CopiedAt: p.CopiedAt,
	}
}

// BeginPasskey begins a log-in by a passkey.
type BeginPasskey struct {
	Loopback *Loopback `json:"loopback,omitempty" doc:"Of the command line alone."`
}

// BegunPasskey is what a browser gives to its authenticator.
type BegunPasskey struct {
	Options map[string]any `json:"options" doc:"The member publicKey of navigator.credentials.create or get, with bytes in base64url."`
	State   string         `json:"state" doc:"Given back with the answer."`
	EndsAt  time.Time      `json:"ends_at"`
}

func begunPasskeyOf(b passkey.Begun) BegunPasskey { return BegunPasskey{b.Options, b.State, b.Ends} }

// FinishPasskey is what an authenticator answered.
type FinishPasskey struct {
	State      string          `json:"state" minLength:"1" maxLength:"4096"`
	Credential json.RawMessage `json:"credential" doc:"What PublicKeyCredential.toJSON gives."`
}

// AddPasskey is what an authenticator answered, with a name for it.
type AddPasskey struct {
	FinishPasskey
	Name string `json:"name,omitempty" maxLength:"100" doc:"What it is called; made where it is absent."`
}

// RenamePasskey is a name for a passkey.
type RenamePasskey struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
}

// ArrivedPasskey is somebody who used a passkey.
type ArrivedPasskey struct {
	LoggedIn *LoggedIn `json:"logged_in,omitempty" doc:"Absent where the command line fetches the log-in."`
	To       string    `json:"to" doc:"Where the browser goes then."`
}
