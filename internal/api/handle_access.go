package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// accessRoutes is the part of the table about who may do what.
func (s *Server) accessRoutes() []route {
	return append(slices.Concat(s.providerRoutes(), s.passkeyRoutes()), []route{
		{"POST /v1/setup", harrier.Public, "setUp", "Use a one-time token: make the first account, or set a password", answering(http.StatusCreated, s.setUp)},
		{"POST /v1/session", harrier.Public, "logIn", "Log in", answering(http.StatusCreated, s.logIn)},
		{"GET /v1/session", harrier.SelfManage, "getSession", "Say who asks, and what they may do", call(s.me)},
		{"POST /v1/session/prove", harrier.SelfManage, "proveSession", "Give the password again, for something dangerous", answering(http.StatusOK, s.prove)},
		{"POST /v1/session/end", harrier.SelfManage, "logOut", "Log out", answering(http.StatusNoContent, s.logOut)},
		{"GET /v1/sessions", harrier.SelfManage, "listSessions", "List log-ins, the newest first", call(s.sessions)},
		{"POST /v1/sessions/{id}/end", harrier.SelfManage, "endSession", "End a log-in", answering(http.StatusNoContent, s.endSession)},
		{"POST /v1/password", harrier.SelfManage, "changePassword", "Change one's password", securing(answering(http.StatusNoContent, s.changePassword))},
		{"POST /v1/second-factor", harrier.SelfManage, "beginSecondFactor", "Begin to set a second factor up", securing(call(s.beginSecondFactor))},
		{"POST /v1/second-factor/confirm", harrier.SelfManage, "confirmSecondFactor", "Set the second factor up", securing(answering(http.StatusNoContent, s.confirmSecondFactor))},
		{"POST /v1/second-factor/remove", harrier.SelfManage, "removeSecondFactor", "Take the second factor off", securing(answering(http.StatusNoContent, s.removeSecondFactor))},

		{"GET /v1/roles", harrier.SelfManage, "listRoles", "List roles with their permissions", call(s.roles)},
		{"GET /v1/accounts", harrier.AccountsRead, "listAccounts", "List who may act, the newest first", call(s.accounts)},
		{"POST /v1/accounts", harrier.AccountsManage, "addAccount", "Add an account", fresh(answering(http.StatusCreated, s.addAccount))},
		{"POST /v1/accounts/first", harrier.AccountsManage, "inviteFirst", "Make the token by which the first account is made", fresh(answering(http.StatusCreated, s.inviteFirst))},
		{"GET /v1/accounts/{id}", harrier.AccountsRead, "getAccount", "Show an account, by id or name", call(s.account)},
		{"PATCH /v1/accounts/{id}", harrier.AccountsManage, "changeAccount", "Change the roles of an account, disable or enable it", fresh(call(s.changeAccount))},
		{"POST /v1/accounts/{id}/invite", harrier.AccountsManage, "inviteAccount", "Make the token by which somebody sets a new password", fresh(answering(http.StatusCreated, s.inviteAccount))},

		{"GET /v1/keys", harrier.SelfManage, "listKeys", "List API keys, the newest first", call(s.keys)},
		{"POST /v1/keys", harrier.SelfManage, "addKey", "Make an API key", fresh(answering(http.StatusCreated, s.addKey))},
		{"POST /v1/keys/{id}/revoke", harrier.SelfManage, "revokeKey", "End an API key", call(s.revokeKey)},

		{"GET /v1/tenants", harrier.TenantsManage, "listTenants", "List tenants, by name", call(s.tenants)},
		{"POST /v1/tenants", harrier.TenantsManage, "addTenant", "Add a tenant", fresh(answering(http.StatusCreated, s.addTenant))},
	}...)
}

type setUpIn struct{ Body SetUp }

func (s *Server) setUp(ctx context.Context, in *setUpIn) (*reply[Account], error) {
	a, err := s.cfg.Ports.Access.Gate.SetUp(ctx, access.SetUp{
		Token: in.Body.Token.Secret, Name: in.Body.Name, Password: in.Body.Password.Secret, From: requestOf(ctx).from,
	})
	return &reply[Account]{Body: accountOf(a)}, err
}

type logInIn struct {
	Device string `cookie:"__Host-harrier-device" maxLength:"512"`
	Body   LogIn
}

func (s *Server) logIn(ctx context.Context, in *logInIn) (*reply[LoggedIn], error) {
	r := requestOf(ctx)
	p := access.Proof{
		Tenant: in.Body.Tenant, Name: in.Body.Name, Password: in.Body.Password.Secret, Code: in.Body.Code, Device: in.Body.Device.Secret,
		From: r.from, Agent: r.agent,
	}
	if p.Device.IsZero() {
		p.Device = harrier.NewSecret(in.Device)
	}
	out, err := s.cfg.Ports.Access.Gate.LogIn(ctx, p)
	if err != nil {
		return nil, err
	}
	return s.loggedIn(out), nil
}

// loggedIn tells a new session, also to browsers.
func (s *Server) loggedIn(out access.LoggedIn) *reply[LoggedIn] {
	body := LoggedIn{Session: sessionOf(out.Session, out.Session.ID), Account: accountOf(out.Account), Token: out.Token.Reveal(), Device: out.Device.Reveal(), FactorDue: out.FactorDue}
	cookies := []http.Cookie{cookie(sessionCookie, body.Token, out.Session.EndsAt.Sub(s.cfg.Now()))}
	if body.Device != "" {
		cookies = append(cookies, cookie(deviceCookie, body.Device, 180*24*time.Hour))
	}
	return &reply[LoggedIn]{Body: body, Cookies: cookies}
}

// The cookies of browsers. The prefix keeps other hosts and plain HTTP from setting them.
const (
	sessionCookie = "__Host-harrier-session"
	deviceCookie  = "__Host-harrier-device"
)

// cookie makes a cookie that no script reads and no other site sends; an empty
// value removes it.
func cookie(name, value string, life time.Duration) http.Cookie {
	c := http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(life.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode} //nolint:gosec // G124 does not see that all are set
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

type proveIn struct{ Body Prove }

func (s *Server) prove(ctx context.Context, in *proveIn) (*reply[LoggedIn], error) {
	r := requestOf(ctx)
	out, err := s.cfg.Ports.Access.Sessions.Prove(ctx, principal(ctx), access.Proof{Password: in.Body.Password.Secret, Code: in.Body.Code, From: r.from, Agent: r.agent})
	if err != nil {
		return nil, err
	}
	return s.loggedIn(out), nil
}

func (s *Server) me(ctx context.Context, _ *struct{}) (Me, error) {
	return meOf(principal(ctx), s.cfg.Now()), nil
}

func (s *Server) logOut(ctx context.Context, _ *struct{}) (*reply[struct{}], error) {
	out, by := &reply[struct{}]{Cookies: []http.Cookie{cookie(sessionCookie, "", 0)}}, principal(ctx)
	if by.Session.IsZero() { // who acts by something else has logged out already
		return out, nil
	}
	return out, s.cfg.Ports.Access.Sessions.End(ctx, by, "", by.Session)
}

type sessionsIn struct {
	Account string `query:"account" maxLength:"100" doc:"An id or a name; one's own where it is absent."`
}

func (s *Server) sessions(ctx context.Context, in *sessionsIn) (List[Session], error) {
	by := principal(ctx)
	all, err := s.cfg.Ports.Access.Sessions.Sessions(ctx, by, in.Account)
	out := List[Session]{Items: []Session{}}
	for _, one := range all {
		out.Items = append(out.Items, sessionOf(one, by.Session))
	}
	return out, err
}

type endSessionIn struct {
	ID      harrier.SessionID `path:"id"`
	Account string            `query:"account" maxLength:"100" doc:"Whose it is; one's own where it is absent."`
}

func (s *Server) endSession(ctx context.Context, in *endSessionIn) (*reply[struct{}], error) {
	return &reply[struct{}]{}, s.cfg.Ports.Access.Sessions.End(ctx, principal(ctx), in.Account, in.ID)
}

type changePasswordIn struct{ Body NewPassword }

func (s *Server) changePassword(ctx context.Context, in *changePasswordIn) (*reply[struct{}], error) {
	return &reply[struct{}]{}, s.cfg.Ports.Access.Sessions.ChangePassword(ctx, principal(ctx), in.Body.Password.Secret)
}

func (s *Server) beginSecondFactor(ctx context.Context, _ *struct{}) (Seed, error) {
	seed, err := s.cfg.Ports.Access.SecondFactors.BeginSecondFactor(ctx, principal(ctx))
	return Seed{URI: seed.URI.Reveal(), Secret: seed.Secret.Reveal()}, err
}

type secondFactorIn struct{ Body SecondFactorCode }

func (s *Server) confirmSecondFactor(ctx context.Context, in *secondFactorIn) (*reply[struct{}], error) {
	return &reply[struct{}]{}, s.cfg.Ports.Access.SecondFactors.ConfirmSecondFactor(ctx, principal(ctx), in.Body.Code)
}

func (s *Server) removeSecondFactor(ctx context.Context, _ *struct{}) (*reply[struct{}], error) {
	return &reply[struct{}]{}, s.cfg.Ports.Access.SecondFactors.RemoveSecondFactor(ctx, principal(ctx))
}

func (s *Server) roles(ctx context.Context, _ *struct{}) (List[Role], error) {
	var out List[Role]
	for _, name := range access.Roles() {
		grants := access.Grants(principal(ctx).Tenant, []string{name})
		one := Role{Name: name, Permissions: []harrier.Permission{}}
		for _, perm := range harrier.Permissions() {
			if grants[perm] {
				one.Permissions = append(one.Permissions, perm)
			}
		}
		out.Items = append(out.Items, one)
	}
	return out, nil
}

type accountsIn struct{ Paged }

func (s *Server) accounts(ctx context.Context, in *accountsIn) (List[Account], error) {
	all, next, err := s.cfg.Ports.Access.Accounts.List(ctx, principal(ctx), in.page())
	out := List[Account]{Items: []Account{}, Next: next}
	for _, one := range all {
		out.Items = append(out.Items, accountOf(one))
	}
	return out, err
}

type addAccountIn struct{ Body AddAccount }

func (s *Server) addAccount(ctx context.Context, in *addAccountIn) (*reply[AddedAccount], error) {
	b := in.Body
	a, invited, err := s.cfg.Ports.Access.Accounts.Add(ctx, principal(ctx), access.NewAccount{Name: b.Name, Display: b.Display, Kind: b.Kind, Roles: b.Roles})
	return &reply[AddedAccount]{Body: AddedAccount{accountOf(a), invitationOf(invited)}, Location: "/v1/accounts/" + a.ID.String()}, err
}

func (s *Server) inviteFirst(ctx context.Context, _ *struct{}) (*reply[Invitation], error) {
	i, err := s.cfg.Ports.Access.Accounts.InviteFirst(ctx, principal(ctx))
	return &reply[Invitation]{Body: invitationOf(i)}, err
}

type accountIn struct {
	ID string `path:"id" maxLength:"100" doc:"An id or a name."`
}

func (s *Server) account(ctx context.Context, in *accountIn) (Account, error) {
	a, err := s.cfg.Ports.Access.Accounts.Find(ctx, principal(ctx), in.ID)
	return accountOf(a), err
}

type changeAccountIn struct {
	ID   string `path:"id" maxLength:"100" doc:"An id or a name."`
	Body ChangeAccount
}

func (s *Server) changeAccount(ctx context.Context, in *changeAccountIn) (Account, error) {
	c := access.Change{
		Display: in.Body.Display, Disabled: in.Body.Disabled,
		Unless: func(a access.Account) error { return unchanged(ctx, accountOf(a)) },
	}
	if in.Body.Roles != nil {
		c.Roles = slices.Concat([]string{}, *in.Body.Roles)
	}
	a, err := s.cfg.Ports.Access.Accounts.Change(ctx, principal(ctx), in.ID, c)
	return accountOf(a), err
}

func (s *Server) inviteAccount(ctx context.Context, in *accountIn) (*reply[Invitation], error) {
	i, err := s.cfg.Ports.Access.Accounts.Invite(ctx, principal(ctx), in.ID)
	return &reply[Invitation]{Body: invitationOf(i)}, err
}

type keysIn struct {
	Paged
	Account string `query:"account" maxLength:"100" doc:"An id or a name; all that one may see where it is absent."`
}

func (s *Server) keys(ctx context.Context, in *keysIn) (List[Key], error) {
	all, next, err := s.cfg.Ports.Access.Keys.Keys(ctx, principal(ctx), in.Account, in.page())
	out := List[Key]{Items: []Key{}, Next: next}
	for _, one := range all {
		out.Items = append(out.Items, keyOf(one))
	}
	return out, err
}

type addKeyIn struct{ Body AddKey }

func (s *Server) addKey(ctx context.Context, in *addKeyIn) (*reply[AddedKey], error) {
	b := in.Body
	k, token, err := s.cfg.Ports.Access.Keys.NewKey(ctx, principal(ctx), access.NewKey{
		Name: b.Name, Account: b.Account, Permissions: b.Permissions, Life: time.Duration(b.Days) * 24 * time.Hour, Networks: b.Networks,
	})
	return &reply[AddedKey]{Body: AddedKey{keyOf(k), token.Reveal()}}, err
}

type keyIn struct {
	ID harrier.KeyID `path:"id"`
}

func (s *Server) revokeKey(ctx context.Context, in *keyIn) (Key, error) {
	k, err := s.cfg.Ports.Access.Keys.RevokeKey(ctx, principal(ctx), in.ID)
	return keyOf(k), err
}

func (s *Server) tenants(ctx context.Context, _ *struct{}) (List[Tenant], error) {
	all, err := s.cfg.Ports.Access.Tenants.ListTenants(ctx, principal(ctx))
	out := List[Tenant]{Items: []Tenant{}}
	for _, one := range all {
		out.Items = append(out.Items, tenantOf(one))
	}
	return out, err
}

type addTenantIn struct{ Body AddTenant }

func (s *Server) addTenant(ctx context.Context, in *addTenantIn) (*reply[AddedTenant], error) {
	t, invited, err := s.cfg.Ports.Access.Tenants.AddTenant(ctx, principal(ctx), in.Body.Name)
	return &reply[AddedTenant]{Body: AddedTenant{tenantOf(t), invitationOf(invited)}}, err
}
