package passkey

import (
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// Passkey is a key pair of somebody, of which the private part is in their
// authenticator.
type Passkey struct {
	Tenant  harrier.TenantID
	ID      harrier.PasskeyID
	Account harrier.PrincipalID
	// Credential is what the authenticator calls it, and Handle what it calls the
	// account. Both are random.
	Credential, Handle []byte
	// Key is the public key, in COSE.
	Key []byte
	// AAGUID is the make of the authenticator, where it says.
	AAGUID []byte
	// Transports are the ways to reach the authenticator.
	Transports []string
	// Flags are those of the authenticator: [UserVerified] and others.
	Flags byte
	// Count is how often it signed, as far as the authenticator counts.
	Count uint32
	// Name is what its owner calls it.
	Name              string
	CreatedAt, UsedAt time.Time
	// CopiedAt is when it was seen that there are two of it; since then it lets
	// nobody in.
	CopiedAt time.Time
}

// The flags of a passkey.
const (
	UserVerified   = byte(protocol.FlagUserVerified)
	BackupEligible = byte(protocol.FlagBackupEligible)
	BackedUp       = byte(protocol.FlagBackupState)
)

const (
	// maxPasskeys is how many an account may have.
	maxPasskeys = 20
	// maxName is how long a name may be, in bytes.
	maxName = 100
)

// transports lists the ways that are kept; others are nothing that we know.
func transports() []string {
	return []string{"usb", "nfc", "ble", "smart-card", "hybrid", "internal"}
}

// credential is the passkey as the library knows it.
func (p Passkey) credential() webauthn.Credential {
	c := webauthn.Credential{
		ID: p.Credential, PublicKey: p.Key, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(p.Flags)),
		Authenticator: webauthn.Authenticator{AAGUID: p.AAGUID, SignCount: p.Count},
	}
	for _, t := range p.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

// owner is an account as the library knows it.
type owner struct {
	name   string
	handle []byte
	keys   []Passkey
}

var _ webauthn.User = owner{}

// WebAuthnID implements [webauthn.User].
func (o owner) WebAuthnID() []byte { return o.handle }

// WebAuthnName implements [webauthn.User]. The authenticator shows it to its owner.
func (o owner) WebAuthnName() string { return o.name }

// WebAuthnDisplayName implements [webauthn.User].
func (o owner) WebAuthnDisplayName() string { return o.name }

// WebAuthnCredentials implements [webauthn.User].
func (o owner) WebAuthnCredentials() []webauthn.Credential {
	var list []webauthn.Credential
	for _, k := range o.keys {
		list = append(list, k.credential())
	}
	return list
}

// descriptors name passkeys to an authenticator.
func descriptors(keys []Passkey) []protocol.CredentialDescriptor {
	list := []protocol.CredentialDescriptor{}
	for _, k := range keys {
		c := k.credential()
		list = append(list, c.Descriptor())
	}
	return list
}

// known are the transports that are kept of those that a browser names.
func known(list []protocol.AuthenticatorTransport) []string {
	out := []string{}
	for _, t := range transports() {
		if slices.Contains(list, protocol.AuthenticatorTransport(t)) {
			out = append(out, t)
		}
	}
	return out
}

// keptElsewhere says why the person of an account has no passkeys.
func keptElsewhere(a access.Account) error {
	switch {
	case a.Kind != access.Person:
		return harrier.Errorf(harrier.Invalid, "%s is no person's account", a.Name)
	case a.Origin != "":
		return harrier.Errorf(harrier.Conflict, "%s is kept by a %s, which says with every log-in what it may do; use a passkey there", a.Name, a.Origin)
	}
	return nil
}
