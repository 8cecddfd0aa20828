package access

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Who keeps an account that is not Harrier's own.
const (
	// OfProvider is an account that was made when its person first came by a
	// provider; the provider's groups say what it may do.
	OfProvider = "provider"
	// OfDirectory is an account that a directory keeps.
	OfDirectory = "directory"
)

// Vouched is what a provider says of who came, or what a passkey proved. It was
// checked by whoever calls.
type Vouched struct {
	Tenant harrier.TenantID
	// Keyed tells that a passkey was used and no provider: Passkey, of Account.
	Keyed   bool
	Passkey harrier.PasskeyID
	// Provider is the name of the provider, and ID what the audit trail knows it by.
	Provider string
	ID       harrier.ConnectionID
	// Issuer and Subject are who it is.
	Issuer, Subject string
	// Name and Display are what a new account is called. They prove nothing.
	Name, Display string
	// Roles are what the provider's groups grant.
	Roles []string
	// At is when the person proved to the provider who they are; zero where it
	// does not say.
	At time.Time
	// Session is the one that is to be made fresh, of Account; zero begins one.
	Session harrier.SessionID
	Account harrier.PrincipalID
	From    netip.Addr
	Agent   string
}

// errVouched is told whatever was wrong with a log-in by a provider.
var errVouched = &harrier.Error{Kind: harrier.Unauthenticated, Text: "this log-in was refused; begin again, and if it is refused again ask an administrator: the audit trail says why"}

// means is that by which somebody came, for the audit trail: its id, and what is
// told beside.
func (v Vouched) means(data map[string]any) (target string, told map[string]any) {
	if v.Keyed {
		data["passkey"] = v.Passkey
		return v.Passkey.String(), data
	}
	data["provider"] = v.ID
	return v.ID.String(), data
}

// Refuse notes why a log-in by a provider or a passkey is refused, and returns
// what its person is told, which is the same whatever the reason.
func (s *Service) Refuse(ctx context.Context, v Vouched, reason string) error {
	err := s.store.Write(ctx, func(tx harrier.Tx) error {
		target, data := v.means(map[string]any{"reason": reason, "source": where(v.From)})
		return s.audit(ctx, tx, unknown(Account{Tenant: v.Tenant}), record{"session.refuse", target, data})
	})
	return cmp.Or[error](err, errVouched)
}

// Try counts an attempt from an address, until it succeeded. Too many failures
// are [TooMany].
func (s *Service) Try(from netip.Addr) (succeeded func(), err error) {
	trial, err := s.attempts.begin(s.now(), sourceKey(from))
	if err != nil {
		return nil, err
	}
	return trial.succeed, nil
}

// Vouch makes a session for whom a provider vouches, or who proved to be somebody
// by a passkey, and an account where they
// come for the first time. The provider's groups say what an account that it
// made may do, each time anew; an account that is disabled stays so.
func (s *Service) Vouch(ctx context.Context, v Vouched) (LoggedIn, error) {
	var out LoggedIn
	var reason string
	err := s.store.Write(ctx, func(tx harrier.Tx) (err error) {
		out = LoggedIn{}
		if out.Account, reason, err = s.vouched(ctx, tx, v); err != nil || reason != "" {
			return err
		}
		return s.enter(ctx, tx, v, &out)
	})
	if err == nil && reason != "" {
		err = s.Refuse(ctx, v, reason)
	}
	if err != nil {
		return LoggedIn{}, err
	}
	return out, nil
}

// vouched returns the account of somebody, or the reason why they are refused.
func (s *Service) vouched(ctx context.Context, tx harrier.Tx, v Vouched) (Account, string, error) {
	if v.Keyed {
		return s.keyed(ctx, tx, v)
	}
	i, known, err := s.store.IdentityOf(ctx, tx, v.Tenant, [2]string{v.Issuer, v.Subject})
	switch {
	case err != nil:
		return Account{}, "", err
	case !known && !v.Session.IsZero():
		return Account{}, "another_person", nil
	case !known && len(v.Roles) == 0:
		return Account{}, "no_group", nil
	case !known:
		a, err := s.newcomer(ctx, tx, v)
		return a, "", err
	}
	a, err := s.store.AccountIn(ctx, tx, v.Tenant, i.Account)
	switch {
	case err != nil:
		return a, "", err
	case a.Disabled():
		return a, "disabled", nil
	case !v.Session.IsZero() && v.Account != a.ID:
		return a, "another_person", nil
	}
	i.UsedAt = s.now()
	if err := s.store.UseIdentity(ctx, tx, i); err != nil {
		return a, "", err
	}
	if a.Origin == OfDirectory && len(a.Roles) == 0 {
		return a, "no_group", nil
	}
	if a.Origin != OfProvider { // it was linked by hand, or a directory says what it may do
		return a, "", nil
	}
	if a, err = s.regroup(ctx, tx, a, v.Roles); err == nil && len(a.Roles) == 0 {
		return a, "no_group", nil
	}
	return a, "", err
}

// newcomer makes the account of somebody who comes for the first time. What a
// provider says of their name or mail joins them to nobody who is there.
func (s *Service) newcomer(ctx context.Context, tx harrier.Tx, v Vouched) (Account, error) {
	roles, err := checkRoles(v.Roles)
	if err != nil {
		return Account{}, err
	}
	name, err := s.freeName(ctx, tx, v.Tenant, [2]string{v.Name, v.Provider})
	if err != nil {
		return Account{}, err
	}
	now := s.now()
	a := Account{
		Tenant: v.Tenant, ID: harrier.NewID[harrier.PrincipalID](now), Name: name, Display: cut(v.Display, 200), Kind: Person, Roles: roles, CreatedAt: now,
		Origin: OfProvider, Rev: 1,
	}
	if err := s.store.AddAccount(ctx, tx, a); err != nil {
		return a, err
	}
	if err := s.store.AddIdentity(ctx, tx, Identity{Tenant: v.Tenant, Issuer: v.Issuer, Subject: v.Subject, Account: a.ID, CreatedAt: now, UsedAt: now}); err != nil {
		return a, err
	}
	system := unknown(a)
	return a, s.audit(ctx, tx, system, record{"account.add", a.ID.String(), map[string]any{"roles": a.Roles, "kind": a.Kind, "provider": v.ID}})
}

// freeName is a name that no account has, of what somebody is called and by
// whom, as in ann@entra.
func (s *Service) freeName(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, of [2]string) (string, error) {
	local, _, _ := strings.Cut(fold(of[0]), "@")
	local = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, local)
	local = cmp.Or(cut(strings.TrimLeft(local, "._-"), 50), "person")
	name := local + "@" + of[1]
	for n := 2; ; n++ {
		taken, err := s.store.NameTaken(ctx, tx, tenant, name)
		if err != nil || !taken {
			return name, err
		}
		if n > 1000 {
			return "", harrier.Errorf(harrier.Conflict, "too many people are called %s", local)
		}
		name = fmt.Sprintf("%s-%d@%s", local, n, of[1])
	}
}

// regroup gives an account the roles that its groups grant now. The last
// administrator of a tenant keeps theirs, so that somebody remains who can
// change anything.
func (s *Service) regroup(ctx context.Context, tx harrier.Tx, a Account, roles []string) (Account, error) {
	roles = slices.DeleteFunc(Roles(), func(r string) bool { return !slices.Contains(roles, r) })
	if slices.Equal(roles, a.Roles) {
		return a, nil
	}
	if !slices.Contains(roles, Admin) {
		last, err := s.last(ctx, tx, a)
		if err != nil {
			return a, err
		}
		if last {
			return a, s.audit(ctx, tx, unknown(a), record{"account.keep_admin", a.ID.String(), map[string]any{"roles": roles}})
		}
	}
	before := a
	a.Roles = roles
	if err := s.become(ctx, tx, unknown(a), [2]Account{before, a}); err != nil {
		return a, err
	}
	a.Rev++
	return a, nil
}

// enter begins a session, or makes the one fresh that is meant.
func (s *Service) enter(ctx context.Context, tx harrier.Tx, v Vouched, out *LoggedIn) error {
	now, proved := s.now(), v.At
	_, data := v.means(map[string]any{})
	switch {
	case proved.IsZero():
		proved = unproved()
	case proved.After(now):
		proved = now
	}
	if v.Session.IsZero() {
		out.Session = Session{
			Tenant: v.Tenant, ID: harrier.NewID[harrier.SessionID](now), Account: out.Account.ID, CreatedAt: now, ProvedAt: proved, EndsAt: now.Add(s.limits.Session),
			Source: where(v.From), Agent: cut(v.Agent, 200),
		}
		return s.begin(ctx, tx, out.Account, out, record{"session.start", "", data})
	}
	list, err := s.store.Sessions(ctx, v.Tenant, out.Account.ID)
	if err != nil {
		return err
	}
	for _, one := range list {
		if one.ID == v.Session && s.lives(one) {
			out.Session, out.Session.ProvedAt = one, proved
			return s.renew(ctx, tx, one.ID, out, record{"session.prove", "", data})
		}
	}
	return errEnded
}

// Link lets the person of an account come by a provider too. The account keeps
// the roles that it has.
func (s *Service) Link(ctx context.Context, by harrier.Principal, key string, who Vouched) (Account, error) {
	a, err := s.Find(ctx, by, key)
	if err != nil {
		return a, err
	}
	if a.Kind != Person {
		return a, harrier.Errorf(harrier.Invalid, "%s is no person's account", a.Name)
	}
	if err := within(by, Grants(a.Tenant, a.Roles)); err != nil {
		return a, err
	}
	i := Identity{Tenant: a.Tenant, Issuer: who.Issuer, Subject: who.Subject, Account: a.ID, CreatedAt: s.now()}
	return a, s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.AddIdentity(ctx, tx, i); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"account.link", a.ID.String(), map[string]any{"provider": who.ID}})
	})
}

// Unvouch ends the sessions of everybody whom an issuer knows, since it is asked
// no more.
func (s *Service) Unvouch(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, issuer string) error {
	ids, err := s.store.Identified(ctx, tx, tenant, issuer)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.store.EndSessions(ctx, tx, Whose{Tenant: tenant, Principal: id}); err != nil {
			return err
		}
	}
	tx.OnCommit(func() {
		s.live.end(func(f *follower) bool { return !f.session.IsZero() && slices.Contains(ids, f.principal) })
	})
	return nil
}

// MayGive says why somebody cannot have roles given away in their tenant: roles
// that are not known, or hold more than they do.
func MayGive(by harrier.Principal, roles []string) error {
	roles, err := checkRoles(roles)
	if err != nil {
		return err
	}
	return within(by, Grants(by.Tenant, roles))
}

// TenantCalled returns the id of a tenant by its name; empty is the one that runs
// the installation.
func (s *Service) TenantCalled(ctx context.Context, name string) (harrier.TenantID, error) {
	if name == "" {
		return harrier.DefaultTenant, nil
	}
	t, err := s.store.TenantNamed(ctx, fold(name))
	return t.ID, err
}
