package provider

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/ticket"
)

// Loopback is where the command line waits for its log-in, on its own machine.
type Loopback struct {
	Port int `json:"port"`
	// State is given back, so that the command line knows that it began this.
	State string `json:"state"`
	// Challenge is the SHA-256 of what fetches the log-in, in base64url.
	Challenge string `json:"challenge"`
}

// Begin is a log-in that somebody begins.
type Begin struct {
	// Tenant is a name; empty is the one that runs the installation.
	Tenant, Provider string
	// Browser is what the browser keeps in a cookie already; empty makes it anew.
	Browser string
	// Return is the path to go to afterwards.
	Return string
	// Loopback is where the command line waits; nil is a browser.
	Loopback *Loopback
	// By is whose session is to be made fresh; zero logs in.
	By harrier.Principal
}

// Begun is a log-in that was begun.
type Begun struct {
	// URL is where the person goes.
	URL string
	// Browser is what the browser is to keep in a cookie; empty for the command line.
	Browser string
	Ends    time.Time
}

// errNoProvider is told of providers that are not there, in tenants that are not
// there, alike.
var errNoProvider = &harrier.Error{Kind: harrier.NotFound, Text: "there is no such provider"}

// Begin begins a log-in.
func (s *Service) Begin(ctx context.Context, b Begin) (Begun, error) {
	p, err := s.wanted(ctx, b)
	if err != nil {
		return Begun{}, err
	}
	if err := b.check(); err != nil {
		return Begun{}, err
	}
	now := s.now()
	f := flow{Tenant: p.Tenant, Provider: p.ID, Begun: now, Nonce: ticket.Random(), Verifier: oauth2.GenerateVerifier(), Return: b.Return, Loopback: b.Loopback, Session: b.By.Session}
	if !f.Session.IsZero() {
		f.Account = b.By.ID
	}
	out := Begun{Ends: now.Add(flowLife)}
	if b.Loopback == nil {
		out.Browser = ticket.Kept(b.Browser)
		f.Browser = ticket.Digest(out.Browser)
	}
	state, err := s.tickets.Seal(ctx, "flow", f)
	if err != nil {
		return Begun{}, err
	}
	client, _, err := s.remote(p).words(ctx, harrier.Secret{})
	if err != nil {
		return Begun{}, s.silent(ctx, p, err)
	}
	out.URL = client.AuthCodeURL(state, f.options(p)...)
	return out, nil
}

// wanted returns the provider that is meant.
func (s *Service) wanted(ctx context.Context, b Begin) (Settings, error) {
	tenant := b.By.Tenant
	switch {
	case tenant.IsZero():
		var err error
		tenant, err = s.people.TenantCalled(ctx, b.Tenant)
		if harrier.KindOf(err) == harrier.NotFound {
			return Settings{}, errNoProvider
		}
		if err != nil {
			return Settings{}, err
		}
	case b.By.Session.IsZero():
		return Settings{}, harrier.Errorf(harrier.Invalid, "%s does not act by a session; log in first", b.By.Name)
	}
	return s.find(ctx, tenant, func(p Settings) bool { return p.Name == b.Provider })
}

// find returns a provider of a tenant.
func (s *Service) find(ctx context.Context, tenant harrier.TenantID, meant func(Settings) bool) (Settings, error) {
	all, err := s.store.Providers(ctx, tenant)
	if err != nil {
		return Settings{}, err
	}
	if i := slices.IndexFunc(all, meant); i >= 0 {
		return all[i], nil
	}
	return Settings{}, errNoProvider
}

// check says what is wrong with a beginning.
func (b Begin) check() error {
	switch {
	case b.Return != "" && (!strings.HasPrefix(b.Return, "/") || strings.HasPrefix(b.Return, "//") || strings.ContainsAny(b.Return, "\\\r\n\t") || len(b.Return) > maxText):
		return harrier.Errorf(harrier.Invalid, "the way back is a path of this server, such as /cases/7")
	case b.Loopback == nil:
		return nil
	}
	return b.Loopback.Check()
}

// Check says what is wrong with a loopback.
func (l Loopback) Check() error {
	if l.Port < 1024 || l.Port > 65535 || len(l.Challenge) != 43 || len(l.State) < 20 || len(l.State) > 100 {
		return harrier.Errorf(harrier.Invalid, "a loopback has a port from 1024, a state of 20 to 100 characters and the challenge of a verifier")
	}
	return nil
}

// options are what the provider is asked beside the usual.
func (f flow) options(p Settings) []oauth2.AuthCodeOption {
	all := []oauth2.AuthCodeOption{oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)}
	if len(p.ACR) > 0 {
		all = append(all, oauth2.SetAuthURLParam("acr_values", strings.Join(p.ACR, " ")))
	}
	if !f.Session.IsZero() { // the person is to be asked again
		all = append(all, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return all
}

// Answer is what a provider sends a person back with.
type Answer struct {
	State, Code, Error, Issuer string
	// Browser is the cookie of the browser.
	Browser string
	From    netip.Addr
	Agent   string
}

// Arrived is a person who came back.
type Arrived struct {
	// In is the log-in of a browser; nil where the command line fetches it.
	In *access.LoggedIn
	// To is where the browser goes.
	To string
}

// Arrive ends a log-in at the provider. Whatever is wrong is the same
// Unauthenticated, and the audit trail has why; a provider that does not answer
// is Unavailable.
func (s *Service) Arrive(ctx context.Context, a Answer) (Arrived, error) {
	succeeded, err := s.people.Try(a.From)
	if err != nil {
		return Arrived{}, err
	}
	out, v, err := s.arrive(ctx, a)
	if r, ok := errors.AsType[*Refusal](err); ok {
		return Arrived{}, s.people.Refuse(ctx, v, r.Reason)
	}
	if err == nil {
		succeeded()
	}
	return out, err
}

func (s *Service) arrive(ctx context.Context, a Answer) (Arrived, access.Vouched, error) {
	v := access.Vouched{Tenant: harrier.DefaultTenant, From: a.From, Agent: a.Agent}
	f, p, err := s.begun(ctx, a, &v)
	if err != nil {
		return Arrived{}, v, err
	}
	if v, err = s.vouched(ctx, f, p, a); err != nil {
		return Arrived{}, v, err
	}
	if f.Loopback != nil {
		to, err := s.Leave(ctx, *f.Loopback, v)
		return Arrived{To: to}, v, err
	}
	in, err := s.people.Vouch(ctx, v)
	return Arrived{In: &in, To: cmp.Or(f.Return, "/")}, v, err
}

// begun returns the log-in that an answer belongs to. It is used up by that.
func (s *Service) begun(ctx context.Context, a Answer, v *access.Vouched) (f flow, p Settings, err error) {
	digest, ok, err := s.tickets.Open(ctx, "flow", a.State, &f)
	if err != nil {
		return f, p, err
	}
	if now := s.now(); !ok || now.After(f.Begun.Add(flowLife)) || now.Before(f.Begun.Add(-skew)) {
		return f, p, refuse(badState)
	}
	v.Tenant, v.ID = f.Tenant, f.Provider
	if f.Browser != "" && !ticket.Matches(a.Browser, f.Browser) {
		return f, p, refuse(badState)
	}
	if ok, err = s.tickets.First(ctx, digest, s.now().Add(2*flowLife)); err != nil {
		return f, p, err
	}
	if !ok {
		return f, p, refuse(usedState)
	}
	p, err = s.find(ctx, f.Tenant, func(p Settings) bool { return p.ID == f.Provider })
	if err == errNoProvider { //nolint:errorlint // it is returned as it is
		err = refuse(badState)
	}
	return f, p, err
}

// vouched fetches the tokens of an answer and checks what they say.
func (s *Service) vouched(ctx context.Context, f flow, p Settings, a Answer) (access.Vouched, error) {
	v := access.Vouched{
		Tenant: f.Tenant, Provider: p.Name, ID: p.ID, Issuer: p.Issuer, Session: f.Session, Account: f.Account, From: a.From, Agent: a.Agent,
	}
	secret, err := s.vault.Reveal(ctx, p.Tenant, p.ID.String(), secretField)
	if err != nil && harrier.KindOf(err) != harrier.NotFound {
		return v, err
	}
	r := s.remote(p)
	client, more, err := r.words(ctx, secret)
	if err != nil {
		return v, s.silent(ctx, p, err)
	}
	switch {
	case a.Issuer != "" && a.Issuer != p.Issuer, a.Issuer == "" && more.SaysIssuer:
		return v, refuse(badSource)
	case a.Error != "":
		return v, refuse(errProvider)
	case a.Code == "" || len(a.Code) > ticket.MaxSealed:
		return v, refuse(badAnswer)
	}
	tokens, err := client.Exchange(r.asking(ctx), a.Code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return v, s.notExchanged(ctx, p, err)
	}
	id, _ := tokens.Extra("id_token").(string)
	c, err := r.identified(ctx, id, expected{nonce: f.Nonce, access: tokens.AccessToken, code: a.Code, begun: f.Begun, lately: !f.Session.IsZero()})
	if err != nil {
		return v, s.silent(ctx, p, err)
	}
	v.Subject, v.Name, v.Display = c.text(p.SubjectClaim), c.text("preferred_username"), c.text("name")
	v.Roles = p.Granted(c.groups(p.GroupsClaim))
	v.At, _ = c.time("auth_time")
	return v, nil
}

// notExchanged tells a code that is refused from a provider that does not answer.
func (s *Service) notExchanged(ctx context.Context, p Settings, err error) error {
	if no, ok := errors.AsType[*oauth2.RetrieveError](err); ok && no.Response != nil && no.Response.StatusCode < 500 {
		s.log.InfoContext(ctx, "a provider does not take a code", "provider", p.ID, "status", no.Response.StatusCode, "code", no.ErrorCode)
		return refuse(badExchange)
	}
	return s.silent(ctx, p, harrier.Errorf(harrier.Unavailable, "provider %s does not give its tokens: %w", p.Name, err))
}

// silent tells the log what is wrong with a provider that does not answer, and
// strangers only that it does not.
func (s *Service) silent(ctx context.Context, p Settings, err error) error {
	if harrier.KindOf(err) != harrier.Unavailable {
		return err
	}
	s.log.WarnContext(ctx, "a provider cannot be asked", "provider", p.ID, "err", err)
	return harrier.Errorf(harrier.Unavailable, "provider %s does not answer as it should; try again later, or log in another way", p.Name)
}

// Leave makes what the command line fetches a log-in by, and says where the
// browser brings it. Only the machine that the browser is on gets it, and only
// what began the log-in there can use it.
func (s *Service) Leave(ctx context.Context, l Loopback, v access.Vouched) (string, error) {
	sealed, err := s.tickets.Seal(ctx, "grant", grant{At: s.now(), Challenge: l.Challenge, Vouched: v})
	if err != nil {
		return "", err
	}
	query := url.Values{"grant": {sealed}, "state": {l.State}}
	return "http://127.0.0.1:" + strconv.Itoa(l.Port) + "/?" + query.Encode(), nil
}

// Fetch is a log-in that the command line fetches.
type Fetch struct {
	Grant, Verifier harrier.Secret
	From            netip.Addr
	Agent           string
}

// Fetch makes the session of a log-in that was left for the command line.
func (s *Service) Fetch(ctx context.Context, in Fetch) (access.LoggedIn, error) {
	succeeded, err := s.people.Try(in.From)
	if err != nil {
		return access.LoggedIn{}, err
	}
	var g grant
	digest, ok, err := s.tickets.Open(ctx, "grant", in.Grant.Reveal(), &g)
	if err != nil {
		return access.LoggedIn{}, err
	}
	v := g.Vouched
	v.From, v.Agent = in.From, in.Agent
	if !ok || s.now().After(g.At.Add(grantLife)) || !ticket.Matches(in.Verifier.Reveal(), g.Challenge) {
		if v.Tenant.IsZero() {
			v.Tenant = harrier.DefaultTenant
		}
		return access.LoggedIn{}, s.people.Refuse(ctx, v, badGrant)
	}
	if ok, err = s.tickets.First(ctx, digest, s.now().Add(2*flowLife)); err != nil {
		return access.LoggedIn{}, err
	}
	if !ok {
		return access.LoggedIn{}, s.people.Refuse(ctx, v, usedState)
	}
	out, err := s.people.Vouch(ctx, v)
	if err == nil {
		succeeded()
	}
	return out, err
}
