package passkey

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/provider"
	"github.com/harrier-soar/harrier/internal/ticket"
)

// BeginLogIn begins a log-in by a passkey. It asks for no name: the authenticator
// shows its owner what it has. What the browser keeps in a cookie is kept, or made.
func (s *Service) BeginLogIn(ctx context.Context, browser string, l *provider.Loopback) (Begun, error) {
	p, err := s.here()
	if err != nil {
		return Begun{}, err
	}
	if l != nil {
		if err := l.Check(); err != nil {
			return Begun{}, err
		}
	}
	asked, session, err := p.auth.BeginDiscoverableLogin()
	if err != nil {
		return Begun{}, harrier.Errorf(harrier.Internal, "begin a log-in: %w", err)
	}
	browser = ticket.Kept(browser)
	out, err := s.begun(ctx, toLogIn, ceremony{Challenge: session.Challenge, Browser: ticket.Digest(browser), Loopback: l}, asked.Response)
	out.Browser = browser
	return out, err
}

// BeginProof begins to make one's session fresh by a passkey.
func (s *Service) BeginProof(ctx context.Context, by harrier.Principal) (Begun, error) {
	p, err := s.here()
	if err != nil {
		return Begun{}, err
	}
	o, err := s.owner(ctx, by)
	if err != nil {
		return Begun{}, err
	}
	if len(o.keys) == 0 {
		return Begun{}, harrier.Errorf(harrier.Conflict, "%s has no passkey; give the password, or add a passkey first", o.name)
	}
	asked, session, err := p.auth.BeginLogin(o)
	if err != nil {
		return Begun{}, harrier.Errorf(harrier.Internal, "begin a proof: %w", err)
	}
	return s.begun(ctx, toProve, ceremony{Challenge: session.Challenge, Session: by.Session, Account: by.ID}, asked.Response)
}

// Arrived is somebody who used a passkey.
type Arrived struct {
	// In is the session; nil where the command line fetches it.
	In *access.LoggedIn
	// To is where the browser goes then.
	To string
}

// FinishLogIn makes a session of who uses a passkey. Whatever is wrong is the same
// Unauthenticated, and the audit trail has why.
func (s *Service) FinishLogIn(ctx context.Context, a Answer) (Arrived, error) {
	return s.finish(ctx, toLogIn, harrier.Principal{}, a)
}

// FinishProof makes a session fresh, with a new id and a new token.
func (s *Service) FinishProof(ctx context.Context, by harrier.Principal, a Answer) (Arrived, error) {
	return s.finish(ctx, toProve, by, a)
}

// finish ends a log-in or a proof.
func (s *Service) finish(ctx context.Context, what string, by harrier.Principal, a Answer) (Arrived, error) {
	p, err := s.here()
	if err != nil {
		return Arrived{}, err
	}
	succeeded, err := s.cfg.People.Try(a.Request.From)
	if err != nil {
		return Arrived{}, err
	}
	v := a.Request
	v.Keyed, v.Tenant, v.Session = true, by.Tenant, by.Session
	if v.Tenant.IsZero() {
		v.Tenant = harrier.DefaultTenant
	}
	c, err := s.asserted(ctx, p, assertion{what, by, a, &v})
	if r, ok := errors.AsType[*Refusal](err); ok {
		return Arrived{}, s.cfg.People.Refuse(ctx, v, r.Reason)
	}
	if err != nil {
		return Arrived{}, err
	}
	v.At = s.now()
	if c.Loopback != nil {
		to, err := s.cfg.Grants.Leave(ctx, *c.Loopback, v)
		if err == nil {
			succeeded()
		}
		return Arrived{To: to}, err
	}
	in, err := s.cfg.People.Vouch(ctx, v)
	if err != nil {
		return Arrived{}, err
	}
	succeeded()
	return Arrived{In: &in, To: "/passkeys"}, nil
}

// assertion is an answer that is to be checked.
type assertion struct {
	what   string
	by     harrier.Principal
	answer Answer
	// about is told who it is, as far as it is known.
	about *access.Vouched
}

// asserted checks an answer, and notes the use of its passkey.
func (s *Service) asserted(ctx context.Context, p *party, in assertion) (ceremony, error) {
	c, err := s.ceremony(ctx, in.what, in.answer, in.by)
	if err != nil {
		return c, err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes(in.answer.Credential)
	if err != nil {
		return c, refuse(malformed)
	}
	if reason := p.wrongClient(answer.Response.CollectedClientData, protocol.AssertCeremony, c.Challenge); reason != "" {
		return c, refuse(reason)
	}
	if reason := p.wrongAuthenticator(answer.Response.AuthenticatorData); reason != "" {
		return c, refuse(reason)
	}
	k, err := s.named(ctx, in, answer)
	if err != nil {
		return c, err
	}
	in.about.Tenant, in.about.Account, in.about.Passkey = k.Tenant, k.Account, k.ID
	if err := s.confirmed(ctx, p, c, k, answer); err != nil {
		return c, err
	}
	return c, s.used(ctx, k, answer.Response.AuthenticatorData)
}

// named returns the passkey that an answer names, which has to be of who proves
// to be somebody again.
func (s *Service) named(ctx context.Context, in assertion, answer *protocol.ParsedCredentialAssertionData) (Passkey, error) {
	if len(answer.RawID) > maxCredentialID {
		return Passkey{}, refuse(badCredential)
	}
	k, ok, err := s.cfg.Store.PasskeyCalled(ctx, answer.RawID)
	switch {
	case err != nil:
		return k, err
	case !ok, in.what == toProve && (k.Tenant != in.by.Tenant || k.Account != in.by.ID):
		return Passkey{}, refuse(badCredential)
	}
	// The browser may leave the handle out where it was told which passkeys there are.
	if handle := answer.Response.UserHandle; !bytes.Equal(handle, k.Handle) && (in.what != toProve || len(handle) > 0) {
		return k, refuse(badHandle)
	}
	return k, nil
}

// confirmed lets the library check an answer too, above all its signature.
func (s *Service) confirmed(ctx context.Context, p *party, c ceremony, k Passkey, answer *protocol.ParsedCredentialAssertionData) error {
	if reason := wrongKey(k.Key); reason != "" {
		return refuse(reason)
	}
	if answer.Response.AuthenticatorData.Flags.HasBackupEligible() != (k.Flags&BackupEligible != 0) {
		return refuse(badBackup)
	}
	who := owner{handle: k.Handle, keys: []Passkey{k}}
	_, err := p.auth.ValidateLogin(who, c.session(p, k.Handle), answer)
	if err == nil {
		return nil
	}
	s.cfg.Log.DebugContext(ctx, "a passkey is not taken", "passkey", k.ID, "err", err)
	if e, ok := errors.AsType[*protocol.Error](err); ok && e.Type == protocol.ErrAssertionSignature.Type {
		return refuse(badSignature)
	}
	return refuse(notConfirmed)
}

// used notes the use of a passkey. One that counts back is there twice: from now
// on it lets nobody in, and people are told.
func (s *Service) used(ctx context.Context, k Passkey, d protocol.AuthenticatorData) error {
	var reason string
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		reason = ""
		now, ok, err := s.cfg.Store.PasskeyIn(ctx, tx, k)
		switch {
		case err != nil:
			return err
		case !ok:
			reason = badCredential
			return nil
		case !now.CopiedAt.IsZero():
			reason = copied
			return nil
		case d.Counter <= now.Count && (d.Counter != 0 || now.Count != 0):
			reason, now.CopiedAt = copied, s.now()
			return s.isCopied(ctx, tx, now)
		}
		now.UsedAt, now.Count, now.Flags = s.now(), d.Counter, byte(d.Flags)
		return s.cfg.Store.UpdatePasskey(ctx, tx, now)
	})
	return cmp.Or(err, refuse(reason))
}

// isCopied stops a passkey, and tells.
func (s *Service) isCopied(ctx context.Context, tx harrier.Tx, k Passkey) error {
	if err := s.cfg.Store.UpdatePasskey(ctx, tx, k); err != nil {
		return err
	}
	system := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: k.Tenant, Name: "system"}
	if err := s.audit(ctx, tx, system, record{"passkey.copied", k}); err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{
		"id": "passkey/" + k.ID.String() + "/" + k.CopiedAt.Format(time.RFC3339Nano), "title": "A passkey seems to be copied",
		"details": "Passkey " + k.ID.String() + " of account " + k.Account.String() + " counted back when it was used, so there may be two of it. It lets nobody in any more. " +
			"Ask its owner, look at their log-ins, and remove it: harrier account passkeys remove " + k.ID.String(),
		"category": "account", "severity": "high", "status": "open", "created_at": k.CopiedAt, "updated_at": k.CopiedAt,
		"rule_id": "passkey-copied", "rule_name": "Passkey counts back",
	})
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode what is told of passkey %s: %w", k.ID, err)
	}
	return s.cfg.Alarms.Tell(ctx, tx, k.Tenant, text)
}
