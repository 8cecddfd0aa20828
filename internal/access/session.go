package access

import (
	"context"
	"net/netip"
	"time"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

// Session is a log-in.
type Session struct {
	Tenant    harrier.TenantID
	ID        harrier.SessionID
	Account   harrier.PrincipalID
	Digest    []byte
	CreatedAt time.Time
	// ProvedAt is when its person last proved who they are; see [unproved].
	ProvedAt, UsedAt, EndsAt time.Time
	// Source is the address, and Agent the program, that logged in.
	Source, Agent string
}

// unproved is when people last proved who they are of whom nobody says when they
// did: never lately.
func unproved() time.Time { return time.Unix(0, 0).UTC() }

// maxSessions is how many an account may have; the oldest end.
const maxSessions = 20

// Proof is what somebody gives to log in.
type Proof struct {
	// Tenant is a name; empty is the default tenant.
	Tenant, Name string
	Password     harrier.Secret
	// Code is of the second factor, where there is one.
	Code string
	// Device is what a log-in before this one gave to the device.
	Device harrier.Secret
	From   netip.Addr
	Agent  string
}

// LoggedIn is a new session.
type LoggedIn struct {
	Session Session
	Account Account
	// Token is what requests bear; Device lets the device be known again.
	Token, Device harrier.Secret
	// FactorDue is until when a second factor has to be set up; zero where nothing
	// is missing.
	FactorDue time.Time
}

// CodeNeeded is the error of somebody who gave the right password and no code.
type CodeNeeded struct{}

// Error implements [error].
func (CodeNeeded) Error() string { return "this account has a second factor; give its code too" }

// Unwrap gives the error its kind.
func (c CodeNeeded) Unwrap() error {
	return &harrier.Error{Kind: harrier.Unauthenticated, Text: c.Error()}
}

// PasskeyNeeded is the error of somebody who gave the right password and has
// passkeys, and no codes.
type PasskeyNeeded struct{}

// Error implements [error].
func (PasskeyNeeded) Error() string {
	return "this account has passkeys, so its password alone is not enough; use one: open /passkeys of this server in a browser, or harrier login --passkey"
}

// Unwrap gives the error its kind.
func (p PasskeyNeeded) Unwrap() error {
	return &harrier.Error{Kind: harrier.Unauthenticated, Text: p.Error()}
}

// more reports whether all that was given is right, and something is missing.
func more(err error) bool {
	switch err.(type) { //nolint:errorlint // they are returned as they are
	case CodeNeeded, PasskeyNeeded:
		return true
	}
	return false
}

// errRefused is told whatever was wrong.
var errRefused = &harrier.Error{Kind: harrier.Unauthenticated, Text: "the name, the password or the code is wrong, or the account is disabled"}

// LogIn makes a session for who proves to be an account. Whatever is wrong is
// the same error after the same work. Too many failures are [TooMany].
func (s *Service) LogIn(ctx context.Context, p Proof) (LoggedIn, error) {
	p.Name = fold(p.Name)
	trial, err := s.attempts.begin(s.now(), s.gates(ctx, p)...)
	if err != nil {
		return LoggedIn{}, err
	}
	a, err := s.prove(ctx, p)
	if err != nil {
		if more(err) {
			trial.undo()
		}
		return LoggedIn{}, err
	}
	trial.succeed()
	out := LoggedIn{Account: a, Device: s.deviceToken(ctx, p)}
	now := s.now()
	out.Session = Session{
		Tenant: a.Tenant, ID: harrier.NewID[harrier.SessionID](now), Account: a.ID, CreatedAt: now, ProvedAt: now, EndsAt: now.Add(s.limits.Session),
		Source: where(p.From), Agent: cut(p.Agent, 200),
	}
	err = s.store.Write(ctx, func(tx harrier.Tx) error { return s.begin(ctx, tx, a, &out, record{"session.start", "", nil}) })
	return out, err
}

// begin gives a session a new token and stores it, unless the account was
// changed since it proved itself.
func (s *Service) begin(ctx context.Context, tx harrier.Tx, a Account, out *LoggedIn, what record) error {
	current, err := s.store.AccountIn(ctx, tx, a.Tenant, a.ID)
	if err != nil {
		return err
	}
	if current.Disabled() || current.Password != a.Password {
		return errRefused
	}
	if out.FactorDue, err = s.dueIn(ctx, tx, current); err != nil {
		return err
	}
	out.Token = newToken(sessionPrefix)
	out.Session.Digest, out.Session.UsedAt = digest(out.Token), s.now()
	if err := s.store.AddSession(ctx, tx, out.Session, maxSessions); err != nil {
		return err
	}
	what.target = out.Session.ID.String()
	return s.audit(ctx, tx, a.principal(), what)
}

// prove returns the account that somebody proves to be. The audit trail is
// told of every refusal, also where there is no such account: it costs time.
func (s *Service) prove(ctx context.Context, p Proof) (Account, error) {
	a, err := s.claimed(ctx, p)
	if err != nil {
		return a, err
	}
	may := a.Kind == Person && !a.Disabled()
	hash := a.Password
	if !may {
		hash = ""
	}
	ok, err := s.hasher.matches(ctx, p.Password, hash)
	if err != nil {
		return a, err
	}
	switch {
	case ok && a.Passkeys && !a.SecondFactor:
		return a, PasskeyNeeded{}
	case ok && a.SecondFactor:
		if p.Code == "" {
			return a, CodeNeeded{}
		}
		if ok, err = s.checkCode(ctx, a, p.Code); err != nil {
			return a, err
		}
	}
	if ok {
		return a, nil
	}
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		target := ""
		if !a.ID.IsZero() {
			target = a.ID.String()
		}
		return s.audit(ctx, tx, unknown(a), record{"session.refuse", target, map[string]any{"source": where(p.From)}})
	})
	if err != nil {
		return a, err
	}
	return a, errRefused
}

// unknown is who was refused: nobody that is known.
func unknown(a Account) harrier.Principal {
	p := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: a.Tenant, Name: "system"}
	if p.Tenant.IsZero() {
		p.Tenant = harrier.DefaultTenant
	}
	return p
}

// claimed returns the account that somebody says to be, or a zero one.
func (s *Service) claimed(ctx context.Context, p Proof) (Account, error) {
	tenant := harrier.DefaultTenant
	if p.Tenant != "" {
		t, err := s.store.TenantNamed(ctx, fold(p.Tenant))
		if harrier.KindOf(err) == harrier.NotFound {
			return Account{}, nil
		}
		if err != nil {
			return Account{}, err
		}
		tenant = t.ID
	}
	a, err := s.store.AccountNamed(ctx, tenant, p.Name)
	if harrier.KindOf(err) == harrier.NotFound {
		return Account{}, nil
	}
	return a, err
}

// Prove makes a session fresh: the password, and the code where there is a
// second factor, are given again. The session gets a new id and a new token,
// and the old ones end.
func (s *Service) Prove(ctx context.Context, by harrier.Principal, p Proof) (LoggedIn, error) {
	old, a, err := s.own(ctx, by)
	if err != nil {
		return LoggedIn{}, err
	}
	p.Name = a.Name
	trial, err := s.attempts.begin(s.now(), sourceKey(p.From), key{"session " + old.ID.String(), freeAttempts})
	if err != nil {
		return LoggedIn{}, err
	}
	if p.Tenant, err = s.tenantName(ctx, by.Tenant); err != nil {
		return LoggedIn{}, err
	}
	if a, err = s.prove(ctx, p); err != nil {
		if more(err) {
			trial.undo()
		}
		return LoggedIn{}, err
	}
	trial.succeed()
	out := LoggedIn{Account: a, Session: old}
	out.Session.ProvedAt = s.now()
	err = s.store.Write(ctx, func(tx harrier.Tx) error { return s.renew(ctx, tx, old.ID, &out, record{"session.prove", "", nil}) })
	return out, err
}

// renew gives a session a new id and a new token, and ends the old ones.
func (s *Service) renew(ctx context.Context, tx harrier.Tx, old harrier.SessionID, out *LoggedIn, what record) error {
	a := out.Account
	if err := s.store.EndSessions(ctx, tx, Whose{Tenant: a.Tenant, Principal: a.ID, Only: old}); err != nil {
		return err
	}
	tx.OnCommit(func() { s.live.end(func(f *follower) bool { return f.session == old }) })
	out.Session.ID = harrier.NewID[harrier.SessionID](s.now())
	return s.begin(ctx, tx, a, out, what)
}

// own returns the session and the account by which somebody acts.
func (s *Service) own(ctx context.Context, by harrier.Principal) (Session, Account, error) {
	if by.Session.IsZero() {
		return Session{}, Account{}, harrier.Errorf(harrier.Invalid, "%s does not act by a session; log in first: harrier login", by.Name)
	}
	list, err := s.store.Sessions(ctx, by.Tenant, by.ID)
	if err != nil {
		return Session{}, Account{}, err
	}
	for _, one := range list {
		if one.ID == by.Session {
			a, err := s.store.Account(ctx, by.Tenant, by.ID)
			return one, a, err
		}
	}
	return Session{}, Account{}, errEnded
}

// Own returns the session that somebody acts by, with its account.
func (s *Service) Own(ctx context.Context, by harrier.Principal) (Session, Account, error) {
	return s.own(ctx, by)
}

// Sessions returns the sessions of an account: one's own where key is empty.
// Those of others are NotFound without the right to manage accounts.
func (s *Service) Sessions(ctx context.Context, by harrier.Principal, key string) ([]Session, error) {
	of, err := s.Owner(ctx, by, key)
	if err != nil {
		return nil, err
	}
	all, err := s.store.Sessions(ctx, by.Tenant, of)
	live := all[:0]
	for _, one := range all {
		if s.lives(one) {
			live = append(live, one)
		}
	}
	return live, err
}

// lives reports whether a session can be used.
func (s *Service) lives(ses Session) bool {
	now := s.now()
	return now.Before(ses.EndsAt) && now.Before(ses.UsedAt.Add(s.limits.Idle))
}

// End ends a session of an account: one's own where key is empty.
func (s *Service) End(ctx context.Context, by harrier.Principal, key string, id harrier.SessionID) error {
	list, err := s.Sessions(ctx, by, key)
	if err != nil {
		return err
	}
	for _, one := range list {
		if one.ID != id {
			continue
		}
		return s.store.Write(ctx, func(tx harrier.Tx) error {
			if err := s.store.EndSessions(ctx, tx, Whose{Tenant: one.Tenant, Principal: one.Account, Only: id}); err != nil {
				return err
			}
			tx.OnCommit(func() { s.live.end(func(f *follower) bool { return f.session == id }) })
			return s.audit(ctx, tx, by, record{"session.end", id.String(), nil})
		})
	}
	return harrier.Errorf(harrier.NotFound, "session %s does not exist", id)
}

// ChangePassword sets one's own password, and ends one's other sessions.
func (s *Service) ChangePassword(ctx context.Context, by harrier.Principal, password harrier.Secret) error {
	_, a, err := s.own(ctx, by)
	if err != nil {
		return err
	}
	if err := checkPassword(password, a.Name); err != nil {
		return err
	}
	if a.Password, err = s.hasher.hash(ctx, password); err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.UpdateAccount(ctx, tx, a); err != nil {
			return err
		}
		if err := s.EndOthers(ctx, tx, Whose{Tenant: a.Tenant, Principal: a.ID, But: by.Session}); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"account.password", a.ID.String(), nil})
	})
}

// EndOthers ends the sessions of an account but one, with whatever they have open.
func (s *Service) EndOthers(ctx context.Context, tx harrier.Tx, w Whose) error {
	if err := s.store.EndSessions(ctx, tx, Whose{Tenant: w.Tenant, Principal: w.Principal, But: w.But}); err != nil {
		return err
	}
	tx.OnCommit(func() {
		s.live.end(func(f *follower) bool {
			return f.principal == w.Principal && f.session != w.But && !f.session.IsZero()
		})
	})
	return nil
}

// cut is at most n bytes of a text, whole characters only.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
