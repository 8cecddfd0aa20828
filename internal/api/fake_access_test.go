package api

import (
	"context"
	"maps"
	"net/netip"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// accessOf is the part of a world about who may do what.
func (w *world) access() Access {
	d := doorkeeper{w}
	return Access{Gate: d, Sessions: d, SecondFactors: d, Accounts: d, Keys: d, Tenants: d, ProviderDoor: concierge(d), Providers: concierge(d), PasskeyDoor: keyring(d), Passkeys: keyring(d)}
}

// doorkeeper has one account with one session and one key.
type doorkeeper struct{ w *world }

func (d doorkeeper) account() access.Account {
	return access.Account{Tenant: harrier.DefaultTenant, ID: fixed[harrier.PrincipalID]("ann"), Name: "ann", Kind: access.Person, Roles: []string{access.Analyst}, Rev: 1}
}

func (d doorkeeper) session() access.Session {
	return access.Session{Tenant: harrier.DefaultTenant, ID: fixed[harrier.SessionID]("session"), Account: d.account().ID, EndsAt: epoch()}
}

// Admit implements [Gate]: the token is the name of a role.
func (d doorkeeper) Admit(ctx context.Context, token harrier.Secret, _ netip.Addr) (access.Admitted, error) {
	if d.w.broken != nil {
		return access.Admitted{}, d.w.broken
	}
	grants := access.Grants(harrier.DefaultTenant, []string{token.Reveal()})
	if len(grants) == 0 {
		return access.Admitted{}, harrier.Errorf(harrier.Unauthenticated, "this token is not known")
	}
	p := harrier.Principal{ID: d.account().ID, Tenant: harrier.DefaultTenant, Name: token.Reveal(), Grants: grants, Session: d.session().ID, Fresh: time.Now()}
	return access.Admitted{Principal: p, Context: ctx, Done: func() {}}, nil
}

func (d doorkeeper) LogIn(_ context.Context, p access.Proof) (access.LoggedIn, error) {
	if p.Password.Reveal() != "right" {
		return access.LoggedIn{}, harrier.Errorf(harrier.Unauthenticated, "the name or the password is wrong")
	}
	d.w.change("LogIn")
	return access.LoggedIn{Session: d.session(), Account: d.account(), Token: harrier.NewSecret("token"), Device: harrier.NewSecret("device")}, d.w.broken
}

func (d doorkeeper) SetUp(context.Context, access.SetUp) (access.Account, error) {
	d.w.change("SetUp")
	return d.account(), d.w.broken
}

func (d doorkeeper) Own(context.Context, harrier.Principal) (access.Session, access.Account, error) {
	return d.session(), d.account(), d.w.broken
}

func (d doorkeeper) Sessions(_ context.Context, by harrier.Principal, _ string) ([]access.Session, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, d.w.broken
	}
	return []access.Session{d.session()}, d.w.broken
}

func (d doorkeeper) End(_ context.Context, by harrier.Principal, _ string, id harrier.SessionID) error {
	d.w.change("End")
	return d.w.find(by, "session", id.String(), id == d.session().ID)
}

func (d doorkeeper) Prove(context.Context, harrier.Principal, access.Proof) (access.LoggedIn, error) {
	d.w.change("Prove")
	return access.LoggedIn{Session: d.session(), Account: d.account(), Token: harrier.NewSecret("token")}, d.w.broken
}

func (d doorkeeper) ChangePassword(context.Context, harrier.Principal, harrier.Secret) error {
	d.w.change("ChangePassword")
	return d.w.broken
}

func (d doorkeeper) BeginSecondFactor(context.Context, harrier.Principal) (access.Seed, error) {
	d.w.change("BeginSecondFactor")
	return access.Seed{}, d.w.broken
}

func (d doorkeeper) ConfirmSecondFactor(context.Context, harrier.Principal, string) error {
	d.w.change("ConfirmSecondFactor")
	return d.w.broken
}

func (d doorkeeper) RemoveSecondFactor(context.Context, harrier.Principal) error {
	d.w.change("RemoveSecondFactor")
	return d.w.broken
}

func (d doorkeeper) List(_ context.Context, by harrier.Principal, _ harrier.Page) ([]access.Account, string, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, "", d.w.broken
	}
	return []access.Account{d.account()}, "", d.w.broken
}

func (d doorkeeper) Find(_ context.Context, by harrier.Principal, key string) (access.Account, error) {
	return d.account(), d.w.find(by, "account", key, key == "ann")
}

func (d doorkeeper) Add(context.Context, harrier.Principal, access.NewAccount) (access.Account, access.Invited, error) {
	d.w.change("Add")
	return d.account(), access.Invited{}, d.w.broken
}

func (d doorkeeper) Change(ctx context.Context, by harrier.Principal, key string, c access.Change) (access.Account, error) {
	a, err := d.Find(ctx, by, key)
	if err == nil {
		err = c.Unless(a)
	}
	if err == nil {
		d.w.change("Change")
	}
	return a, err
}

func (d doorkeeper) Invite(ctx context.Context, by harrier.Principal, key string) (access.Invited, error) {
	_, err := d.Find(ctx, by, key)
	d.w.change("Invite")
	return access.Invited{}, err
}

func (d doorkeeper) InviteFirst(context.Context, harrier.Principal) (access.Invited, error) {
	d.w.change("InviteFirst")
	return access.Invited{}, d.w.broken
}

func (d doorkeeper) key() access.Key {
	return access.Key{Tenant: harrier.DefaultTenant, ID: fixed[harrier.KeyID]("key"), Account: d.account().ID, Name: "ci"}
}

func (d doorkeeper) Keys(_ context.Context, by harrier.Principal, _ string, _ harrier.Page) ([]access.Key, string, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, "", d.w.broken
	}
	return []access.Key{d.key()}, "", d.w.broken
}

func (d doorkeeper) NewKey(context.Context, harrier.Principal, access.NewKey) (access.Key, harrier.Secret, error) {
	d.w.change("NewKey")
	return d.key(), harrier.NewSecret("token"), d.w.broken
}

func (d doorkeeper) RevokeKey(_ context.Context, by harrier.Principal, id harrier.KeyID) (access.Key, error) {
	d.w.change("RevokeKey")
	return d.key(), d.w.find(by, "key", id.String(), id == d.key().ID)
}

func (d doorkeeper) ListTenants(_ context.Context, by harrier.Principal) ([]access.Tenant, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, d.w.broken
	}
	return []access.Tenant{{ID: harrier.DefaultTenant, Name: "default"}}, d.w.broken
}

func (d doorkeeper) AddTenant(context.Context, harrier.Principal, string) (access.Tenant, access.Invited, error) {
	d.w.change("AddTenant")
	return access.Tenant{}, access.Invited{}, d.w.broken
}

// accessBodies are the bodies of the routes about who may do what.
func accessBodies() map[string]string {
	bodies := map[string]string{
		"POST /v1/setup":                 `{"token":"t","name":"ann","password":"correct horse battery"}`,
		"POST /v1/session":               `{"tenant":"default","name":"ann","password":"right"}`,
		"POST /v1/session/prove":         `{"password":"right"}`,
		"POST /v1/session/end":           ``,
		"POST /v1/sessions/{id}/end":     ``,
		"POST /v1/password":              `{"password":"correct horse battery"}`,
		"POST /v1/second-factor":         ``,
		"POST /v1/second-factor/confirm": `{"code":"123456"}`,
		"POST /v1/second-factor/remove":  ``,
		"POST /v1/accounts":              `{"name":"ann","roles":["analyst"],"kind":"person"}`,
		"POST /v1/accounts/first":        ``,
		"PATCH /v1/accounts/{id}":        `{"disabled":true,"roles":["viewer"]}`,
		"POST /v1/accounts/{id}/invite":  ``,
		"POST /v1/keys":                  `{"name":"ci","permissions":["alerts:write"]}`,
		"POST /v1/keys/{id}/revoke":      ``,
		"POST /v1/tenants":               `{"name":"acme"}`,
	}
	maps.Copy(bodies, providerBodies())
	maps.Copy(bodies, passkeyBodies())
	return bodies
}
