package passkey

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/provider"
	"github.com/harrier-soar/harrier/internal/ticket"
)

// Config is what the service is made of. All but Public and Log are required.
type Config struct {
	Store  Store
	Vault  ticket.Vault
	People People
	Grants Grants
	Alarms Alarms
	// Public is the address at which people reach the server, such as
	// https://harrier.example. Without one passkeys are listed and removed only.
	Public string
	Log    *slog.Logger
	Now    func() time.Time
}

// Service makes and checks passkeys. It is safe for concurrent use.
type Service struct {
	cfg     Config
	party   *party // nil where nobody said at which address people come
	tickets ticket.Office
}

// New returns the service. A public address that passkeys cannot be made for is
// Invalid.
func New(cfg Config) (*Service, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{cfg: cfg, tickets: ticket.Office{Vault: cfg.Vault, Store: cfg.Store, Purpose: "passkey/ceremony"}}
	if cfg.Public == "" {
		return s, nil
	}
	var err error
	s.party, err = partyAt(cfg.Public)
	return s, err
}

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// record is what the audit trail is told.
type record struct {
	action string
	target Passkey
}

// audit writes who did what. Names of passkeys are people's words and not told.
func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, r record) error {
	about := map[string]any{"account": r.target.Account}
	return harrier.Deed{Action: r.action, Target: r.target.ID.String(), About: about, At: s.now()}.Record(ctx, tx, s.cfg.Store, by)
}

// life is how long somebody may take with their authenticator.
const life = 5 * time.Minute

// What a ceremony is for. A state of one is of no use for another.
const (
	toRegister = "register"
	toLogIn    = "login"
	toProve    = "prove"
)

// ceremony is what travels sealed between its two halves.
type ceremony struct {
	At        time.Time `json:"t"`
	Challenge string    `json:"c"`
	// Browser is a digest of what the browser keeps in a cookie, of who is not
	// logged in.
	Browser string `json:"w,omitempty"`
	// Session and Account are who began, who is logged in.
	Session harrier.SessionID   `json:"s,omitzero"`
	Account harrier.PrincipalID `json:"a,omitzero"`
	// Handle is what the authenticator is to call the account.
	Handle   []byte             `json:"h,omitempty"`
	Loopback *provider.Loopback `json:"l,omitempty"`
}

// Begun is a ceremony that was begun.
type Begun struct {
	// Options are what the browser gives to its authenticator, as WebAuthn has them in JSON.
	Options map[string]any
	// State is given back with what the authenticator answers.
	State string
	// Browser is what the browser is to keep in a cookie; empty where somebody is logged in.
	Browser string
	Ends    time.Time
}

// Answer is what an authenticator answered.
type Answer struct {
	State string
	// Credential is what WebAuthn made of it, in JSON.
	Credential json.RawMessage
	// Browser is the cookie of who is not logged in.
	Browser string
	Request access.Vouched // From and Agent alone
}

// maxCredential bounds an answer, in bytes.
const maxCredential = 64 << 10

// here returns the party, or says what is missing.
func (s *Service) here() (*party, error) {
	if s.party == nil {
		return nil, harrier.Errorf(harrier.Conflict, "passkeys are made for an address, and nobody said at which one people reach this server; start it with --public-url https://harrier.example ($HARRIER_PUBLIC_URL)")
	}
	return s.party, nil
}

// begun seals a ceremony.
func (s *Service) begun(ctx context.Context, what string, c ceremony, options any) (Begun, error) {
	c.At = s.now()
	state, err := s.tickets.Seal(ctx, what, c)
	if err != nil {
		return Begun{}, err
	}
	text, err := json.Marshal(options)
	if err != nil {
		return Begun{}, harrier.Errorf(harrier.Internal, "encode what an authenticator is asked: %w", err)
	}
	out := Begun{State: state, Ends: c.At.Add(life)}
	if err := json.Unmarshal(text, &out.Options); err != nil {
		return Begun{}, harrier.Errorf(harrier.Internal, "encode what an authenticator is asked: %w", err)
	}
	out.Options["timeout"] = life.Milliseconds()
	return out, nil
}

// ceremony returns the ceremony that an answer belongs to. It is used up by that,
// whatever becomes of the answer.
func (s *Service) ceremony(ctx context.Context, what string, a Answer, by harrier.Principal) (c ceremony, err error) {
	digest, ok, err := s.tickets.Open(ctx, what, a.State, &c)
	if err != nil {
		return c, err
	}
	now := s.now()
	switch {
	case !ok, now.After(c.At.Add(life)), c.At.After(now):
		return c, refuse(badState)
	case c.Session != by.Session || !c.Session.IsZero() && c.Account != by.ID:
		return c, refuse(badState)
	case c.Session.IsZero() && !ticket.Matches(a.Browser, c.Browser):
		return c, refuse(badState)
	case len(a.Credential) > maxCredential:
		return c, refuse(malformed)
	}
	if ok, err = s.tickets.First(ctx, digest, c.At.Add(2*life)); err == nil && !ok {
		err = refuse(usedState)
	}
	return c, err
}

// session is a ceremony as the library knows it.
func (c ceremony) session(p *party, user []byte) webauthn.SessionData {
	return webauthn.SessionData{
		Challenge: c.Challenge, RelyingPartyID: p.id, Origin: p.origin, UserID: user, UserVerification: p.auth.Config.AuthenticatorSelection.UserVerification, CredParams: parameters(),
	}
}
