package api

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/provider"
)

// concierge lets in whoever comes by the provider slack.
type concierge struct{ w *world }

func (c concierge) settings() provider.Settings {
	return provider.Settings{Tenant: harrier.DefaultTenant, Name: "slack", Display: "Slack", Rev: 1}
}

func (c concierge) Offered(context.Context, string) ([]provider.Settings, error) {
	return []provider.Settings{c.settings()}, c.w.broken
}

func (c concierge) Begin(context.Context, provider.Begin) (provider.Begun, error) {
	return provider.Begun{URL: "https://login.example/authorize", Browser: "browser", Ends: time.Now().Add(time.Minute)}, c.w.broken
}

func (c concierge) Arrive(_ context.Context, a provider.Answer) (provider.Arrived, error) {
	if a.Code != "right" {
		return provider.Arrived{}, harrier.Errorf(harrier.Unauthenticated, "this log-in was refused")
	}
	return provider.Arrived{In: &access.LoggedIn{Token: harrier.NewSecret("token")}, To: "/cases/7"}, c.w.broken
}

func (c concierge) Fetch(context.Context, provider.Fetch) (access.LoggedIn, error) {
	d := doorkeeper(c)
	return access.LoggedIn{Session: d.session(), Account: d.account(), Token: harrier.NewSecret("token")}, c.w.broken
}

func (c concierge) List(_ context.Context, by harrier.Principal) ([]provider.Settings, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, c.w.broken
	}
	return []provider.Settings{c.settings()}, c.w.broken
}

func (c concierge) Find(_ context.Context, by harrier.Principal, name string) (provider.Settings, error) {
	return c.settings(), c.w.find(by, "provider", name, name == "slack")
}

func (c concierge) Add(context.Context, harrier.Principal, provider.Settings, harrier.Secret) (provider.Settings, error) {
	c.w.change("Add")
	return c.settings(), c.w.broken
}

func (c concierge) Change(ctx context.Context, by harrier.Principal, name string, edit func(*provider.Settings) error, _ harrier.Secret) (provider.Settings, error) {
	p, err := c.Find(ctx, by, name)
	if err == nil {
		err = edit(&p)
	}
	if err == nil {
		c.w.change("Change")
	}
	return p, err
}

func (c concierge) Remove(ctx context.Context, by harrier.Principal, name string) error {
	_, err := c.Find(ctx, by, name)
	c.w.change("Remove")
	return err
}

func (c concierge) Link(ctx context.Context, by harrier.Principal, name string, _ [2]string) (access.Account, error) {
	_, err := c.Find(ctx, by, name)
	c.w.change("Link")
	return doorkeeper(c).account(), err
}

func (c concierge) Test(ctx context.Context, by harrier.Principal, name string) (int, error) {
	_, err := c.Find(ctx, by, name)
	return 1, err
}

// providerBodies are what the routes about log-ins by providers are asked with.
func providerBodies() map[string]string {
	return map[string]string{
		"POST /v1/session/provider":        `{"tenant":"default","provider":"slack"}`,
		"POST /v1/session/fetch":           `{"grant":"g","verifier":"v"}`,
		"POST /v1/session/prove/provider":  `{"provider":"slack"}`,
		"POST /v1/providers":               `{"name":"entra","issuer":"https://login.example","client_id":"c","redirect":"https://harrier.example/v1/session/callback"}`,
		"PATCH /v1/providers/{name}":       `{"roles":["viewer"]}`,
		"POST /v1/providers/{name}/test":   ``,
		"POST /v1/providers/{name}/link":   `{"account":"ann","subject":"s"}`,
		"POST /v1/providers/{name}/remove": ``,
	}
}
