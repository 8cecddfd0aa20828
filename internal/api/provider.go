package api

import (
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/harrier-soar/harrier/internal/provider"
)

// OfferedProvider is a way to log in, as the log-in page shows it.
type OfferedProvider struct {
	Name    string `json:"name"`
	Display string `json:"display"`
}

// Loopback is where the command line waits for its log-in.
type Loopback struct {
	Port      int    `json:"port" minimum:"1024" maximum:"65535" doc:"Of 127.0.0.1, on the machine of the browser."`
	State     string `json:"state" minLength:"20" maxLength:"100" doc:"Given back, so that the command line knows that it began this."`
	Challenge string `json:"challenge" minLength:"43" maxLength:"43" doc:"The SHA-256 of the verifier that fetches the log-in, in base64url."`
}

func (l *Loopback) port() *provider.Loopback {
	if l == nil {
		return nil
	}
	return &provider.Loopback{Port: l.Port, State: l.State, Challenge: l.Challenge}
}

// BeginLogIn begins a log-in by a provider.
type BeginLogIn struct {
	Tenant   string    `json:"tenant,omitempty" maxLength:"100" doc:"The name of the tenant; the one that runs the installation where it is absent."`
	Provider string    `json:"provider" minLength:"1" maxLength:"30"`
	Return   string    `json:"return,omitempty" maxLength:"500" doc:"The path of this server that the browser goes to afterwards."`
	Loopback *Loopback `json:"loopback,omitempty" doc:"Of the command line alone."`
}

// BeginProof begins to make a session fresh by a provider.
type BeginProof struct {
	Provider string    `json:"provider" minLength:"1" maxLength:"30"`
	Return   string    `json:"return,omitempty" maxLength:"500" doc:"The path of this server that the browser goes to afterwards."`
	Loopback *Loopback `json:"loopback,omitempty" doc:"Of the command line alone."`
}

// BegunLogIn says where somebody goes to log in.
type BegunLogIn struct {
	URL    string    `json:"url" doc:"Of the provider."`
	EndsAt time.Time `json:"ends_at" doc:"Until when they may come back."`
}

// FetchLogIn fetches a log-in that was left for the command line.
type FetchLogIn struct {
	Grant    Grant    `json:"grant"`
	Verifier Password `json:"verifier"`
}

// Grant is a secret that is long.
type Grant struct{ Password }

// Schema implements [huma.SchemaProvider].
func (Grant) Schema(huma.Registry) *huma.Schema {
	longest := 32 << 10
	return &huma.Schema{Type: huma.TypeString, Format: "password", WriteOnly: true, MaxLength: &longest}
}

// Provider is a way to log in, as a tenant has set it up.
type Provider struct {
	Name         string              `json:"name"`
	Display      string              `json:"display"`
	Issuer       string              `json:"issuer"`
	ClientID     string              `json:"client_id"`
	Redirect     string              `json:"redirect" doc:"The callback of this server, as the provider knows it."`
	Scopes       []string            `json:"scopes"`
	SubjectClaim string              `json:"subject_claim"`
	GroupsClaim  string              `json:"groups_claim"`
	Groups       map[string][]string `json:"groups" doc:"Which roles a group grants."`
	Roles        []string            `json:"roles" doc:"What everybody is granted whom the provider knows."`
	Directory    bool                `json:"directory" doc:"Whether its directory keeps accounts by SCIM."`
	ACR          []string            `json:"acr" doc:"How well people must have proved who they are: one of these."`
	AllowHosts   []string            `json:"allow_hosts"`
	AllowPrivate []string            `json:"allow_private"`
	CreatedAt    time.Time           `json:"created_at"`
	Rev          int64               `json:"rev"`
}

func (p Provider) revision() int64 { return p.Rev }

func providerOf(p provider.Settings) Provider {
	groups := p.Groups
	if groups == nil {
		groups = map[string][]string{}
	}
	return Provider{
		Name: p.Name, Display: p.Display, Issuer: p.Issuer, ClientID: p.ClientID, Redirect: p.Redirect, Scopes: some(p.Scopes), SubjectClaim: p.SubjectClaim,
		GroupsClaim: p.GroupsClaim, Groups: groups, Roles: some(p.Roles), Directory: p.Directory, ACR: some(p.ACR), AllowHosts: some(p.AllowHosts), AllowPrivate: some(p.AllowPrivate),
		CreatedAt: p.CreatedAt, Rev: p.Rev,
	}
}

// AddProvider is a provider that is wanted.
type AddProvider struct {
	Name         string              `json:"name" minLength:"1" maxLength:"30"`
	Display      string              `json:"display,omitempty" maxLength:"200" doc:"What the log-in page shows."`
	Issuer       string              `json:"issuer" maxLength:"500" doc:"Exactly as the provider says it."`
	ClientID     string              `json:"client_id" minLength:"1" maxLength:"500"`
	ClientSecret Password            `json:"client_secret,omitzero"`
	Redirect     string              `json:"redirect" maxLength:"500" doc:"The address of this server with /v1/session/callback; the provider must know it."`
	Scopes       []string            `json:"scopes,omitempty" maxItems:"20" doc:"Beside openid; profile where it is absent."`
	SubjectClaim string              `json:"subject_claim,omitempty" enum:"sub,oid" doc:"Who somebody is; sub where it is absent."`
	GroupsClaim  string              `json:"groups_claim,omitempty" maxLength:"200" doc:"groups where it is absent."`
	Groups       map[string][]string `json:"groups,omitempty" maxProperties:"500" doc:"Which roles a group grants. Who has no such group is refused."`
	Roles        []string            `json:"roles,omitempty" maxItems:"6" doc:"What everybody is granted whom the provider knows; nothing where it is absent."`
	Directory    bool                `json:"directory,omitempty" doc:"Its directory keeps accounts by SCIM, at /scim/v2; of one provider alone."`
	ACR          []string            `json:"acr,omitempty" maxItems:"20"`
	AllowHosts   []string            `json:"allow_hosts,omitempty" maxItems:"20" doc:"What may be asked beside the issuer's host."`
	AllowPrivate []string            `json:"allow_private,omitempty" maxItems:"50" doc:"Ranges of addresses that are refused otherwise, such as 10.1.2.3/32."`
	CA           string              `json:"ca,omitempty" maxLength:"100000" doc:"PEM certificates to trust besides those of the system."`
}

func (a AddProvider) settings() provider.Settings {
	return provider.Settings{
		Name: a.Name, Display: a.Display, Issuer: a.Issuer, ClientID: a.ClientID, Redirect: a.Redirect, Scopes: a.Scopes, SubjectClaim: a.SubjectClaim,
		GroupsClaim: a.GroupsClaim, Groups: a.Groups, Roles: a.Roles, Directory: a.Directory, ACR: a.ACR, AllowHosts: a.AllowHosts, AllowPrivate: a.AllowPrivate, CA: a.CA,
	}
}

// ChangeProvider is what is to become of a provider. What is absent stays.
type ChangeProvider struct {
	Display      *string              `json:"display,omitempty" maxLength:"200"`
	ClientID     *string              `json:"client_id,omitempty" minLength:"1" maxLength:"500"`
	ClientSecret Password             `json:"client_secret,omitzero"`
	Redirect     *string              `json:"redirect,omitempty" maxLength:"500"`
	Scopes       *[]string            `json:"scopes,omitempty" maxItems:"20"`
	GroupsClaim  *string              `json:"groups_claim,omitempty" minLength:"1" maxLength:"200"`
	Groups       *map[string][]string `json:"groups,omitempty" maxProperties:"500"`
	Roles        *[]string            `json:"roles,omitempty" maxItems:"6"`
	ACR          *[]string            `json:"acr,omitempty" maxItems:"20"`
}

// apply changes settings.
func (c ChangeProvider) apply(p *provider.Settings) {
	set(&p.Display, c.Display)
	set(&p.ClientID, c.ClientID)
	set(&p.Redirect, c.Redirect)
	set(&p.Scopes, c.Scopes)
	set(&p.GroupsClaim, c.GroupsClaim)
	set(&p.Groups, c.Groups)
	set(&p.Roles, c.Roles)
	set(&p.ACR, c.ACR)
}

// set sets what is not absent.
func set[T any](at *T, v *T) {
	if v != nil {
		*at = *v
	}
}

// TestedProvider is what a test of a provider found.
type TestedProvider struct {
	Keys int `json:"keys" doc:"How many keys it has by which its tokens can be verified."`
}

// LinkAccount lets the person of an account come by a provider too.
type LinkAccount struct {
	Account string `json:"account" minLength:"1" maxLength:"100" doc:"An id or a name."`
	Subject string `json:"subject" minLength:"1" maxLength:"255" doc:"Who they are to the provider: what its tokens have in sub, or oid."`
}

// answerOf reads how a provider sent somebody back.
func answerOf(q url.Values) provider.Answer {
	return provider.Answer{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error"), Issuer: q.Get("iss")}
}
