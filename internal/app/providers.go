package app

import (
	"net/http"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/passkey"
	"github.com/harrier-soar/harrier/internal/provider"
	"github.com/harrier-soar/harrier/internal/scim"
	"github.com/harrier-soar/harrier/internal/transport"
)

// outside asks providers of log-ins through the transport, under its rules.
type outside struct{ *App }

var _ provider.Web = outside{}

// maxWord bounds what a provider answers, in bytes.
const maxWord = 512 << 10

// connection is a provider as the transport knows it.
func (o outside) connection(p provider.Settings) transport.Connection {
	return transport.Connection{
		ID: p.ID, Tenant: p.Tenant, Name: "provider " + p.Name, Connector: "provider", BaseURL: p.Issuer, AllowHosts: p.AllowHosts, CA: []byte(p.CA),
		AllowPrivate: ranges(p.AllowPrivate),
	}
}

// Check implements [provider.Web].
func (o outside) Check(p provider.Settings) error { return o.connection(p).Check() }

// Client implements [provider.Web].
func (o outside) Client(p provider.Settings) *http.Client {
	env := o.transport.Env(o.connection(p), transport.Call{Mode: harrier.Live, Action: "provider.ask", Effect: harrier.Read, MaxBody: maxWord})
	return transport.Client(env.HTTP)
}

// openProviders makes what lets people come in by providers, and by passkeys.
func (a *App) openProviders() (err error) {
	a.scim = scim.New(a.store, a.access, a.opt.Now)
	a.providers = provider.New(provider.Config{
		Store: a.store, Vault: a.vault, People: a.access, Web: outside{a}, Changed: a.scim.Changed, Log: a.opt.Log, Now: a.opt.Now,
	})
	a.passkeys, err = passkey.New(passkey.Config{
		Store: a.store, Vault: a.vault, People: a.access, Grants: a.providers, Alarms: alarms{a}, Public: a.opt.PublicURL, Log: a.opt.Log, Now: a.opt.Now,
	})
	return err
}
