package access

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Kind says what sort of account it is.
type Kind string

// The kinds of accounts.
const (
	// Person logs in.
	Person Kind = "person"
	// Machine acts by keys alone.
	Machine Kind = "machine"
	// System is Harrier's own; nobody logs in as it.
	System Kind = "system"
)

// Account is somebody or something that acts in a tenant.
type Account struct {
	Tenant     harrier.TenantID
	ID         harrier.PrincipalID
	Name       string
	Display    string
	Kind       Kind
	Roles      []string
	CreatedAt  time.Time
	DisabledAt time.Time
	// Password is an argon2id hash; empty where none was set.
	Password string
	// SecondFactor tells that a code is asked for beside the password.
	SecondFactor bool
	// Passkeys tells that there are passkeys, so that a password alone is not enough.
	Passkeys bool
	// FactorDue is until when who needs a second factor may do without one; zero
	// where that was never said.
	FactorDue time.Time
	// Origin says who keeps the account: Harrier where it is empty.
	Origin string
	Rev    int64
}

// Disabled reports whether the account may do nothing.
func (a Account) Disabled() bool { return !a.DisabledAt.IsZero() }

// principal is who acts by the account.
func (a Account) principal() harrier.Principal {
	return harrier.Principal{ID: a.ID, Tenant: a.Tenant, Name: a.Name, Roles: a.Roles, Grants: Grants(a.Tenant, a.Roles)}
}

// Principal returns who acts by an account, with what it may do at this time and
// without any proof of who is there. One that is disabled is Denied.
func (s *Service) Principal(ctx context.Context, tenant harrier.TenantID, id harrier.PrincipalID) (harrier.Principal, error) {
	a, err := s.store.Account(ctx, tenant, id)
	if err != nil {
		return harrier.Principal{}, err
	}
	if a.Disabled() {
		return harrier.Principal{}, harrier.Errorf(harrier.Denied, "account %s is disabled", a.Name)
	}
	return a.principal(), nil
}

// NewAccount is an account that is wanted.
type NewAccount struct {
	Name, Display string
	Kind          Kind
	Roles         []string
}

func namePattern() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,99}$`) }

// fold is a name as it is stored: names differ by more than case.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// checkName says why an account cannot have a name.
func checkName(text string) error {
	name := fold(text)
	switch {
	case !namePattern().MatchString(name):
		return harrier.Errorf(harrier.Invalid, "%q cannot be the name of an account; use up to 100 of a-z, 0-9, dot, dash, underscore, + and @, beginning with a letter or digit", text)
	case slices.Contains([]string{"local-operator", "system", "harrier"}, name):
		return harrier.Errorf(harrier.Invalid, "%q is Harrier's own name; choose another", name)
	case strings.HasPrefix(name, "principal_"):
		return harrier.Errorf(harrier.Invalid, "%q looks like an id; choose another name", name)
	}
	return nil
}

// check returns the account that is wanted.
func (n NewAccount) check() (a Account, err error) {
	a = Account{Name: fold(n.Name), Display: strings.TrimSpace(n.Display), Kind: n.Kind, Rev: 1}
	if a.Kind == "" {
		a.Kind = Person
	}
	if err := checkName(n.Name); err != nil {
		return a, err
	}
	switch {
	case a.Kind != Person && a.Kind != Machine:
		return a, harrier.Errorf(harrier.Invalid, "%q is not a kind of account; it is person or machine", a.Kind)
	case len(a.Display) > 200:
		return a, harrier.Errorf(harrier.Invalid, "the name to show is longer than 200 bytes")
	}
	a.Roles, err = checkRoles(n.Roles)
	return a, err
}

// Add makes an account and, for a person, the one-time token by which they set
// their password. Nobody makes an account that may do more than they may.
func (s *Service) Add(ctx context.Context, by harrier.Principal, n NewAccount) (Account, Invited, error) {
	a, err := n.check()
	if err != nil {
		return Account{}, Invited{}, err
	}
	now := s.now()
	a.Tenant, a.ID, a.CreatedAt = by.Tenant, harrier.NewID[harrier.PrincipalID](now), now
	if err := within(by, Grants(a.Tenant, a.Roles)); err != nil {
		return Account{}, Invited{}, err
	}
	var invited Invited
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.AddAccount(ctx, tx, a); err != nil {
			return err
		}
		if a.Kind == Person {
			if invited, err = s.invite(ctx, tx, a.Tenant, a.ID); err != nil {
				return err
			}
		}
		return s.audit(ctx, tx, by, record{"account.add", a.ID.String(), map[string]any{"roles": a.Roles, "kind": a.Kind}})
	})
	return a, invited, err
}

// Find returns an account of the principal's tenant by its id or its name.
func (s *Service) Find(ctx context.Context, by harrier.Principal, key string) (Account, error) {
	var a Account
	id, err := harrier.ParseID[harrier.PrincipalID](key)
	if err == nil {
		a, err = s.store.Account(ctx, by.Tenant, id)
	} else {
		a, err = s.store.AccountNamed(ctx, by.Tenant, fold(key))
	}
	if harrier.KindOf(err) == harrier.NotFound {
		return a, harrier.Errorf(harrier.NotFound, "account %s does not exist", key)
	}
	return a, err
}

// Owner returns the account whose log-ins and passkeys are asked for: one's own
// where key is empty. That of somebody else is NotFound without the right to
// manage accounts.
func (s *Service) Owner(ctx context.Context, by harrier.Principal, key string) (harrier.PrincipalID, error) {
	if key == "" {
		return by.ID, nil
	}
	a, err := s.Find(ctx, by, key)
	if err == nil && a.ID != by.ID && !by.May(harrier.AccountsManage) {
		err = harrier.Errorf(harrier.NotFound, "account %s does not exist", key)
	}
	return a.ID, err
}

// List returns the accounts of the principal's tenant.
func (s *Service) List(ctx context.Context, by harrier.Principal, p harrier.Page) ([]Account, string, error) {
	return s.store.Accounts(ctx, by.Tenant, p)
}

// Change is what is to become of an account. Nil leaves it.
type Change struct {
	Display  *string
	Roles    []string
	Disabled *bool
	// Unless says why the account as it stands may not be changed.
	Unless func(Account) error
}

// Change changes an account. Disabling ends its sessions, keys, invitations and
// undecided votes; whatever it has open ends with the change.
func (s *Service) Change(ctx context.Context, by harrier.Principal, key string, c Change) (Account, error) {
	a, err := s.Find(ctx, by, key)
	if err != nil {
		return a, err
	}
	if err := s.mayChange(by, a, c); err != nil {
		return a, err
	}
	before := a
	if a, err = c.apply(a, s.now()); err != nil {
		return before, err
	}
	if err := within(by, Grants(a.Tenant, a.Roles)); err != nil {
		return before, err
	}
	err = s.store.Write(ctx, func(tx harrier.Tx) error { return s.become(ctx, tx, by, [2]Account{before, a}) })
	if err != nil {
		return before, err
	}
	a.Rev++
	return a, nil
}

// become makes an account, the first, what it is to be, the second. Whoever is
// disabled by that loses all by which they act, and whatever somebody has open
// who may do something else now ends with the change.
func (s *Service) become(ctx context.Context, tx harrier.Tx, by harrier.Principal, from [2]Account) error {
	before, a := from[0], from[1]
	if err := s.store.UpdateAccount(ctx, tx, a); err != nil {
		return err
	}
	if a.Disabled() && !before.Disabled() {
		if err := s.leave(ctx, tx, a); err != nil {
			return err
		}
	}
	if a.Disabled() != before.Disabled() || !slices.Equal(a.Roles, before.Roles) {
		tx.OnCommit(func() { s.live.end(func(f *follower) bool { return f.principal == a.ID }) })
	}
	return s.audit(ctx, tx, by, record{"account.change", a.ID.String(), map[string]any{"roles": a.Roles, "disabled": a.Disabled()}})
}

// mayChange says why somebody may not change an account.
func (s *Service) mayChange(by harrier.Principal, a Account, c Change) error {
	if c.Unless != nil {
		if err := c.Unless(a); err != nil {
			return err
		}
	}
	switch {
	case a.Kind == System:
		return harrier.Errorf(harrier.Denied, "%s is Harrier's own and cannot be changed", a.Name)
	case a.Origin != "" && c.Roles != nil:
		return harrier.Errorf(harrier.Conflict, "groups of the %s say what %s may do; change them there", a.Origin, a.Name)
	case a.ID == by.ID && (c.Roles != nil || c.Disabled != nil):
		return harrier.Errorf(harrier.Denied, "nobody changes their own roles or disables themselves; ask another administrator")
	}
	return within(by, Grants(a.Tenant, a.Roles))
}

// apply returns the account as it is to be.
func (c Change) apply(a Account, now time.Time) (_ Account, err error) {
	if c.Display != nil {
		if len(*c.Display) > 200 {
			return a, harrier.Errorf(harrier.Invalid, "the name to show is longer than 200 bytes")
		}
		a.Display = strings.TrimSpace(*c.Display)
	}
	if c.Roles != nil {
		if a.Roles, err = checkRoles(c.Roles); err != nil {
			return a, err
		}
	}
	switch {
	case c.Disabled == nil:
	case !*c.Disabled:
		a.DisabledAt = time.Time{}
	case !a.Disabled():
		a.DisabledAt = now
	}
	return a, nil
}

// leave ends all by which an account acts.
func (s *Service) leave(ctx context.Context, tx harrier.Tx, a Account) error {
	if err := s.store.EndSessions(ctx, tx, Whose{Tenant: a.Tenant, Principal: a.ID}); err != nil {
		return err
	}
	if err := s.store.EndKeys(ctx, tx, a.Tenant, a.ID, s.now()); err != nil {
		return err
	}
	if err := s.store.DropInvitations(ctx, tx, a.Tenant, a.ID); err != nil {
		return err
	}
	_, err := s.store.EndVotes(ctx, tx, a.Tenant, a.ID)
	return err
}

// where is where a request came from, as sessions tell it.
func where(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().WithZone("").String()
}
