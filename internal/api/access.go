package api

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// Password is a secret that can be sent and never be shown.
type Password struct{ harrier.Secret }

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Password) UnmarshalJSON(data []byte) error {
	var text string
	err := json.Unmarshal(data, &text)
	p.Secret = harrier.NewSecret(text)
	return err
}

// MarshalJSON implements [json.Marshaler], for those who send it.
func (p Password) MarshalJSON() ([]byte, error) { return json.Marshal(p.Reveal()) }

// Schema implements [huma.SchemaProvider].
func (Password) Schema(huma.Registry) *huma.Schema {
	longest := 512
	return &huma.Schema{Type: huma.TypeString, Format: "password", WriteOnly: true, MaxLength: &longest}
}

// LogIn is what somebody gives to log in.
type LogIn struct {
	Tenant   string   `json:"tenant,omitempty" maxLength:"100" doc:"The name of the tenant; the one that runs the installation where it is absent."`
	Name     string   `json:"name" minLength:"1" maxLength:"100"`
	Password Password `json:"password"`
	Code     string   `json:"code,omitempty" maxLength:"20" doc:"Of the second factor, where there is one."`
	Device   Password `json:"device,omitzero" doc:"What a log-in before this one gave, so that the device is known. Browsers keep it in a cookie."`
}

// LoggedIn is a new session.
type LoggedIn struct {
	Session Session `json:"session"`
	Account Account `json:"account"`
	Token   string  `json:"token" doc:"What requests bear; it is told once. Browsers get it as a cookie too."`
	Device  string  `json:"device,omitempty" doc:"Send it with the next log-in, so that the device is known."`
	// FactorDue is told to who needs a second factor and has none.
	FactorDue time.Time `json:"second_factor_due,omitzero" doc:"Until when a passkey or a second factor has to be set up; absent where none is missing. After that nothing dangerous can be done."`
}

// Prove is what somebody gives to make a session fresh.
type Prove struct {
	Password Password `json:"password"`
	Code     string   `json:"code,omitempty" maxLength:"20"`
}

// SetUp is what somebody with a one-time token sends.
type SetUp struct {
	Token    Password `json:"token"`
	Name     string   `json:"name,omitempty" maxLength:"100" doc:"Of the first account of a tenant; otherwise it may be absent."`
	Password Password `json:"password" doc:"12 characters at least."`
}

// Me is who asks.
type Me struct {
	Name        string               `json:"name"`
	ID          harrier.PrincipalID  `json:"id"`
	Tenant      harrier.TenantID     `json:"tenant"`
	Roles       []string             `json:"roles"`
	Permissions []harrier.Permission `json:"permissions"`
	Session     harrier.SessionID    `json:"session,omitzero"`
	Fresh       bool                 `json:"fresh" doc:"Whether dangerous things can be done without giving the password again."`
	FactorDue   time.Time            `json:"second_factor_due,omitzero" doc:"Until when a passkey or a second factor has to be set up; absent where none is missing. After that nothing dangerous can be done."`
}

func meOf(p harrier.Principal, now time.Time) Me {
	me := Me{Name: p.Name, ID: p.ID, Tenant: p.Tenant, Roles: some(p.Roles), Permissions: []harrier.Permission{}, Session: p.Session, Fresh: access.Fresh(p, now), FactorDue: p.FactorDue}
	for _, perm := range slices.Sorted(maps.Keys(p.Grants)) {
		if p.Grants[perm] {
			me.Permissions = append(me.Permissions, perm)
		}
	}
	return me
}

// Session is a log-in.
type Session struct {
	ID        harrier.SessionID `json:"id"`
	CreatedAt time.Time         `json:"created_at"`
	ProvedAt  time.Time         `json:"proved_at" doc:"When the password was last given."`
	UsedAt    time.Time         `json:"used_at"`
	EndsAt    time.Time         `json:"ends_at" doc:"When it ends at the latest."`
	Source    string            `json:"source,omitempty" doc:"The address that logged in."`
	Agent     string            `json:"agent,omitempty" doc:"The program that logged in, as it calls itself."`
	Current   bool              `json:"current" doc:"Whether this request was made by it."`
}

func sessionOf(s access.Session, current harrier.SessionID) Session {
	return Session{
		ID: s.ID, CreatedAt: s.CreatedAt, ProvedAt: s.ProvedAt, UsedAt: s.UsedAt, EndsAt: s.EndsAt, Source: s.Source, Agent: s.Agent,
		Current: s.ID == current,
	}
}

// Account is somebody or something that acts in a tenant.
type Account struct {
	ID           harrier.PrincipalID `json:"id"`
	Name         string              `json:"name"`
	Display      string              `json:"display,omitempty"`
	Kind         access.Kind         `json:"kind" enum:"person,machine"`
	Roles        []string            `json:"roles"`
	CreatedAt    time.Time           `json:"created_at"`
	Disabled     bool                `json:"disabled"`
	DisabledAt   time.Time           `json:"disabled_at,omitzero"`
	HasPassword  bool                `json:"has_password"`
	SecondFactor bool                `json:"second_factor"`
	Passkeys     bool                `json:"passkeys" doc:"Whether there are passkeys. Then the password alone is not enough."`
	Rev          int64               `json:"rev"`
}

func (a Account) revision() int64 { return a.Rev }

func accountOf(a access.Account) Account {
	return Account{
		ID: a.ID, Name: a.Name, Display: a.Display, Kind: a.Kind, Roles: some(a.Roles), CreatedAt: a.CreatedAt, Disabled: a.Disabled(),
		DisabledAt: a.DisabledAt, HasPassword: a.Password != "", SecondFactor: a.SecondFactor, Passkeys: a.Passkeys, Rev: a.Rev,
	}
}

// AddAccount is an account that is wanted.
type AddAccount struct {
	Name    string      `json:"name" minLength:"1" maxLength:"100"`
	Display string      `json:"display,omitempty" maxLength:"200"`
	Kind    access.Kind `json:"kind,omitempty" enum:"person,machine" doc:"A machine acts by keys alone; person where it is absent."`
	Roles   []string    `json:"roles" minItems:"1" maxItems:"6"`
}

// Invitation is a one-time token.
type Invitation struct {
	Token     string    `json:"token,omitempty" doc:"It is told once, and sets one password."`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

func invitationOf(i access.Invited) Invitation {
	return Invitation{Token: i.Token.Reveal(), ExpiresAt: i.ExpiresAt}
}

// AddedAccount is a new account with what its person needs.
type AddedAccount struct {
	Account
	Invitation Invitation `json:"invitation,omitzero"`
}

// ChangeAccount is what is to become of an account. What is absent stays.
type ChangeAccount struct {
	Display  *string   `json:"display,omitempty" maxLength:"200"`
	Roles    *[]string `json:"roles,omitempty" minItems:"1" maxItems:"6"`
	Disabled *bool     `json:"disabled,omitempty"`
}

// Seed is a second factor that is to be set up.
type Seed struct {
	URI    string `json:"uri" doc:"What authenticators read, as a QR code."`
	Secret string `json:"secret" doc:"The part of it that people type."`
}

// SecondFactorCode confirms a second factor.
type SecondFactorCode struct {
	Code string `json:"code" minLength:"6" maxLength:"20"`
}

// NewPassword is a password that is wanted.
type NewPassword struct {
	Password Password `json:"password" doc:"12 characters at least."`
}

// Key is an API key.
type Key struct {
	ID          harrier.KeyID        `json:"id"`
	Name        string               `json:"name"`
	Account     harrier.PrincipalID  `json:"account"`
	Prefix      string               `json:"prefix" doc:"How its token begins."`
	Permissions []harrier.Permission `json:"permissions"`
	Networks    []netip.Prefix       `json:"networks" doc:"Those it may be used from; none is any."`
	CreatedAt   time.Time            `json:"created_at"`
	ExpiresAt   time.Time            `json:"expires_at"`
	UsedAt      time.Time            `json:"used_at,omitzero" doc:"When it was last used, to the minute."`
	RevokedAt   time.Time            `json:"revoked_at,omitzero"`
}

func keyOf(k access.Key) Key {
	return Key{
		ID: k.ID, Name: k.Name, Account: k.Account, Prefix: k.Prefix, Permissions: some(k.Permissions), Networks: some(k.Networks),
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, UsedAt: k.UsedAt, RevokedAt: k.RevokedAt,
	}
}

// AddKey is a key that is wanted.
type AddKey struct {
	Name        string               `json:"name" minLength:"1" maxLength:"100" doc:"What uses it."`
	Account     string               `json:"account,omitempty" maxLength:"100" doc:"Who acts by it; who asks where it is absent."`
	Permissions []harrier.Permission `json:"permissions" minItems:"1" maxItems:"64"`
	Days        int                  `json:"days,omitempty" minimum:"1" maximum:"366" doc:"How long it can be used; 90 where it is absent."`
	Networks    []string             `json:"networks,omitempty" maxItems:"64" doc:"Those it may be used from, such as 192.0.2.0/24."`
}

// AddedKey is a new key with its token.
type AddedKey struct {
	Key
	Token string `json:"token" doc:"It is told once."`
}

// Role is a set of permissions.
type Role struct {
	Name        string               `json:"name"`
	Permissions []harrier.Permission `json:"permissions"`
}

// Tenant is an isolated customer or organisation.
type Tenant struct {
	ID        harrier.TenantID `json:"id"`
	Name      string           `json:"name"`
	CreatedAt time.Time        `json:"created_at"`
}

func tenantOf(t access.Tenant) Tenant { return Tenant{t.ID, t.Name, t.CreatedAt} }

// AddTenant is a tenant that is wanted.
type AddTenant struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
}

// AddedTenant is a new tenant with the token of its first administrator.
type AddedTenant struct {
	Tenant
	Invitation Invitation `json:"invitation"`
}
