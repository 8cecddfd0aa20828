package passkey

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// BeginRegistration begins to add a passkey to one's own account.
func (s *Service) BeginRegistration(ctx context.Context, by harrier.Principal) (Begun, error) {
	p, err := s.here()
	if err != nil {
		return Begun{}, err
	}
	o, err := s.owner(ctx, by)
	if err != nil {
		return Begun{}, err
	}
	if len(o.keys) >= maxPasskeys {
		return Begun{}, harrier.Errorf(harrier.Conflict, "an account has %d passkeys at most; remove one first", maxPasskeys)
	}
	made, session, err := p.auth.BeginRegistration(o, webauthn.WithExclusions(descriptors(o.keys)), webauthn.WithCredentialParameters(parameters()))
	if err != nil {
		return Begun{}, harrier.Errorf(harrier.Internal, "begin a registration: %w", err)
	}
	return s.begun(ctx, toRegister, ceremony{Challenge: session.Challenge, Session: by.Session, Account: by.ID, Handle: o.handle}, made.Response)
}

// owner is the account by which somebody acts, with its passkeys. It keeps the
// handle that it has.
func (s *Service) owner(ctx context.Context, by harrier.Principal) (o owner, err error) {
	_, a, err := s.cfg.People.Own(ctx, by)
	if err != nil {
		return o, err
	}
	if err := keptElsewhere(a); err != nil {
		return o, err
	}
	o.name = a.Name
	if o.keys, err = s.cfg.Store.Passkeys(ctx, a.Tenant, a.ID); err != nil {
		return o, err
	}
	if len(o.keys) > 0 {
		o.handle = o.keys[0].Handle
		return o, nil
	}
	o.handle = make([]byte, 32)
	_, _ = rand.Read(o.handle) // never fails since Go 1.24
	return o, nil
}

// FinishRegistration adds a passkey to one's own account. Beside the first one
// other log-ins end. An answer that is not good is the same Invalid, whatever is
// wrong with it, and the audit trail has why.
func (s *Service) FinishRegistration(ctx context.Context, by harrier.Principal, a Answer, name string) (Passkey, error) {
	p, err := s.here()
	if err != nil {
		return Passkey{}, err
	}
	o, err := s.owner(ctx, by)
	if err != nil {
		return Passkey{}, err
	}
	made, err := s.registered(ctx, p, by, a)
	if r, ok := errors.AsType[*Refusal](err); ok {
		return Passkey{}, s.refused(ctx, by, a, r)
	}
	if err != nil {
		return Passkey{}, err
	}
	if made.Name, err = named(name, made); err != nil {
		return Passkey{}, err
	}
	return made, s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.AddPasskey(ctx, tx, made, maxPasskeys); err != nil {
			return err
		}
		if len(o.keys) == 0 { // from now on a password alone is not enough
			if err := s.cfg.People.EndOthers(ctx, tx, access.Whose{Tenant: by.Tenant, Principal: by.ID, But: by.Session}); err != nil {
				return err
			}
		}
		return s.audit(ctx, tx, by, record{"passkey.add", made})
	})
}

// refused notes why a registration is refused, and returns what its person is told.
func (s *Service) refused(ctx context.Context, by harrier.Principal, a Answer, r *Refusal) error {
	v := a.Request
	v.Tenant, v.Keyed = by.Tenant, true
	if err := s.cfg.People.Refuse(ctx, v, r.Reason); harrier.KindOf(err) != harrier.Unauthenticated {
		return err
	}
	return harrier.Errorf(harrier.Invalid, "this passkey was refused; begin again, and if it is refused again ask an administrator: the audit trail says why")
}

// registered checks an answer and returns the passkey that it makes.
func (s *Service) registered(ctx context.Context, p *party, by harrier.Principal, a Answer) (Passkey, error) {
	c, err := s.ceremony(ctx, toRegister, a, by)
	if err != nil {
		return Passkey{}, err
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes(a.Credential)
	if err != nil {
		return Passkey{}, refuse(malformed)
	}
	if reason := p.wrongRegistration(answer, c.Challenge); reason != "" {
		return Passkey{}, refuse(reason)
	}
	made, err := p.auth.CreateCredential(owner{handle: c.Handle}, c.session(p, c.Handle), answer)
	if err != nil {
		s.cfg.Log.DebugContext(ctx, "a passkey is not taken", "err", err)
		return Passkey{}, refuse(notConfirmed)
	}
	now := s.now()
	return Passkey{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.PasskeyID](now), Account: by.ID, Credential: made.ID, Handle: c.Handle, Key: made.PublicKey,
		AAGUID: made.Authenticator.AAGUID, Transports: known(made.Transport), Flags: byte(answer.Response.AttestationObject.AuthData.Flags), Count: made.Authenticator.SignCount, CreatedAt: now,
	}, nil
}

const (
	minCredentialID = 16
	maxCredentialID = 1023
)

// wrongRegistration says what is wrong with the answer to a registration.
func (p *party) wrongRegistration(in *protocol.ParsedCredentialCreationData, challenge string) string {
	object := in.Response.AttestationObject
	if reason := p.wrongClient(in.Response.CollectedClientData, protocol.CreateCeremony, challenge); reason != "" {
		return reason
	}
	if reason := p.wrongAuthenticator(object.AuthData); reason != "" {
		return reason
	}
	// Browsers take certificates out where nobody asks for them; what signs itself may stay.
	_, certified := object.AttStatement["x5c"]
	if format := protocol.AttestationFormat(object.Format); certified || format != protocol.AttestationFormatNone && format != protocol.AttestationFormatPacked {
		return badAttestation
	}
	if n := len(object.AuthData.AttData.CredentialID); n < minCredentialID || n > maxCredentialID {
		return badCredential
	}
	return wrongKey(object.AuthData.AttData.CredentialPublicKey)
}

// named is a name for a passkey, made where none was given.
func named(name string, p Passkey) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return "passkey of " + p.CreatedAt.Format("2006-01-02"), nil
	}
	if len(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", harrier.Errorf(harrier.Invalid, "the name of a passkey has %d bytes at most, on one line", maxName)
	}
	return name, nil
}
