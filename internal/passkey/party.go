package passkey

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/harrier-soar/harrier"
)

// party is this server as authenticators know it.
type party struct {
	// id is the name of the host, and origin the whole address.
	id, origin string
	auth       *webauthn.WebAuthn
}

// partyAt returns the party at an address that people use.
func partyAt(public string) (*party, error) {
	u, err := url.Parse(public)
	wrong := func() error {
		return harrier.Errorf(harrier.Invalid, "%q is no address at which people reach this server; write https://harrier.example (http is for localhost alone)", public)
	}
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, wrong()
	}
	host := strings.ToLower(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || host != "localhost") {
		return nil, wrong()
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil, harrier.Errorf(harrier.Invalid, "passkeys are made for the name of a server, and %s is an address; write https://harrier.example", host)
	}
	p := &party{id: host, origin: u.Scheme + "://" + host}
	if port := u.Port(); port != "" && (u.Scheme != "https" || port != "443") && (u.Scheme != "http" || port != "80") {
		p.origin += ":" + port
	}
	p.auth, err = webauthn.New(&webauthn.Config{
		RPID: p.id, RPDisplayName: "Harrier", RPOrigins: []string{p.origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
		},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "passkeys cannot be made for %s: %w", p.id, err)
	}
	return p, nil
}

// parameters are the algorithms that are taken, the best first.
func parameters() []protocol.CredentialParameter {
	var list []protocol.CredentialParameter
	for _, alg := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgEdDSA, webauthncose.AlgES256, webauthncose.AlgRS256} {
		list = append(list, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg})
	}
	return list
}

// The curves of COSE, and the sizes of RSA in bytes, that are taken.
const (
	curveP256    = 1
	curveEd25519 = 6
	minRSA       = 2048 / 8
	maxRSA       = 4096 / 8
	maxKey       = 1024
)

// wrongKey says why a key is not taken.
func wrongKey(raw []byte) string {
	if len(raw) > maxKey {
		return badAlgorithm
	}
	key, err := webauthncose.ParsePublicKey(raw)
	if err != nil {
		return badAlgorithm
	}
	taken := false
	switch k := key.(type) {
	case webauthncose.EC2PublicKeyData:
		taken = k.Algorithm == int64(webauthncose.AlgES256) && k.Curve == curveP256
	case webauthncose.OKPPublicKeyData:
		taken = k.Algorithm == int64(webauthncose.AlgEdDSA) && k.Curve == curveEd25519
	case webauthncose.RSAPublicKeyData:
		n := len(bytes.TrimLeft(k.Modulus, "\x00"))
		taken = k.Algorithm == int64(webauthncose.AlgRS256) && n >= minRSA && n <= maxRSA
	}
	if !taken {
		return badAlgorithm
	}
	return ""
}

// wrongClient says what is wrong with what a browser says of a ceremony. The
// library looks at it too, and is told nothing of why.
func (p *party) wrongClient(c protocol.CollectedClientData, want protocol.CeremonyType, challenge string) string {
	switch {
	case c.Type != want:
		return badType
	case subtle.ConstantTimeCompare([]byte(c.Challenge), []byte(challenge)) != 1:
		return badChallenge
	case c.Origin != p.origin:
		return badOrigin
	case c.CrossOrigin || c.TopOrigin != "":
		return badFrame
	}
	return ""
}

// wrongAuthenticator says what is wrong with what an authenticator says of itself.
func (p *party) wrongAuthenticator(d protocol.AuthenticatorData) string {
	sum := sha256.Sum256([]byte(p.id))
	switch {
	case !bytes.Equal(d.RPIDHash, sum[:]):
		return badParty
	case !d.Flags.HasUserPresent():
		return noPresence
	case !d.Flags.HasUserVerified():
		return noVerification
	case d.Flags.HasBackupState() && !d.Flags.HasBackupEligible():
		return badBackup
	}
	return ""
}
