package app

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/transport"
	"github.com/harrier-soar/harrier/internal/webhook"
)

// wireWebhooks makes what tells programs of changes.
func (a *App) wireWebhooks() {
	a.webhooks = webhook.New(webhook.Config{
		Store: a.store, Vault: a.vault, Wire: hookWire{a}, People: principals{a}, Tells: a.pager, Log: a.opt.Log, Now: a.opt.Now, Rand: rand.Float64,
	})
	a.store.Outgoing(a.webhooks.Look)
}

// hookWire posts to web hooks through the transport, under its rules.
type hookWire struct{ app *App }

var _ webhook.Wire = hookWire{}

// connection is a web hook as the transport knows it.
func (h hookWire) connection(w webhook.Webhook) transport.Connection {
	return transport.Connection{
		ID: harrier.ConnectionID(w.ID), Tenant: w.Tenant, Name: "web hook " + w.Name, Connector: "webhook", BaseURL: w.URL, CA: []byte(w.CA),
		AllowPrivate: ranges(w.AllowPrivate),
	}
}

// Check implements [webhook.Wire].
func (h hookWire) Check(w webhook.Webhook) error { return h.connection(w).Check() }

// Post implements [webhook.Wire].
func (h hookWire) Post(ctx context.Context, w webhook.Webhook, p webhook.Posting) (webhook.Posted, error) {
	env := h.app.transport.Env(h.connection(w), transport.Call{Mode: harrier.Live, Action: "webhook.post", Effect: harrier.Disclose})
	res, err := postSigned(ctx, env.HTTP.Do, w.URL, p)
	if err != nil {
		return webhook.Posted{}, err
	}
	defer func() { _ = res.Body.Close() }() // only its status matters
	return webhook.Posted{Status: res.StatusCode, After: connector.RetryAfter(res.Header, h.app.opt.Now())}, nil
}

// postSigned posts a message that is signed as Standard Webhooks say.
func postSigned(ctx context.Context, do func(*http.Request) (*http.Response, error), address string, p webhook.Posting) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(p.Body))
	if err != nil {
		return nil, err
	}
	if err := p.Sign(req.Header); err != nil {
		return nil, err
	}
	return do(req)
}

// telling answers the API's questions about programs that are told of changes.
type telling struct{ *App }

var _ api.Webhooks = telling{}

// Webhooks implements [api.Webhooks].
func (t telling) Webhooks(ctx context.Context, by harrier.Principal) (api.List[api.Webhook], error) {
	rows, err := t.webhooks.List(ctx, by)
	return mapped(rows, "", err, api.WebhookOf)
}

// Webhook implements [api.Webhooks].
func (t telling) Webhook(ctx context.Context, by harrier.Principal, name string) (api.Webhook, error) {
	w, err := t.webhooks.Get(ctx, by, name)
	return api.WebhookOf(w), err
}

// AddWebhook implements [api.Webhooks].
func (t telling) AddWebhook(ctx context.Context, by harrier.Principal, in api.AddWebhook) (api.Webhook, error) {
	w, secret, err := t.webhooks.Add(ctx, by, in.Edit())
	return told(w, secret), err
}

// told is a web hook with its secret, shown this once.
func told(w webhook.Webhook, secret harrier.Secret) api.Webhook {
	out := api.WebhookOf(w)
	out.Secret = secret.Reveal()
	return out
}

// ChangeWebhook implements [api.Webhooks].
func (t telling) ChangeWebhook(ctx context.Context, by harrier.Principal, name string, rev int64, in api.ChangeWebhook) (api.Webhook, error) {
	w, err := t.webhooks.Get(ctx, by, name)
	if err == nil {
		w.Rev = rev
		w, err = t.webhooks.Change(ctx, by, w, in.Edit())
	}
	return api.WebhookOf(w), err
}

// RemoveWebhook implements [api.Webhooks].
func (t telling) RemoveWebhook(ctx context.Context, by harrier.Principal, name string) error {
	w, err := t.webhooks.Get(ctx, by, name)
	if err != nil {
		return err
	}
	return t.webhooks.Remove(ctx, by, w)
}

// RotateWebhook implements [api.Webhooks].
func (t telling) RotateWebhook(ctx context.Context, by harrier.Principal, name string) (api.Webhook, error) {
	w, err := t.webhooks.Get(ctx, by, name)
	if err != nil {
		return api.Webhook{}, err
	}
	w, secret, err := t.webhooks.Rotate(ctx, by, w)
	return told(w, secret), err
}

// WebhookDeliveries implements [api.WebhookMessages].
func (t telling) WebhookDeliveries(ctx context.Context, by harrier.Principal, name, state string, p harrier.Page) (api.List[api.WebhookDelivery], error) {
	w, err := t.webhooks.Get(ctx, by, name)
	if err != nil {
		return api.List[api.WebhookDelivery]{}, err
	}
	rows, next, err := t.webhooks.Deliveries(ctx, w, state, p)
	return mapped(rows, next, err, api.WebhookDeliveryOf)
}

// Redeliver implements [api.WebhookMessages].
func (t telling) Redeliver(ctx context.Context, by harrier.Principal, name string, id harrier.MessageID) (api.WebhookDelivery, error) {
	w, err := t.webhooks.Get(ctx, by, name)
	if err != nil {
		return api.WebhookDelivery{}, err
	}
	m, err := t.webhooks.Redeliver(ctx, by, w, id)
	return api.WebhookDeliveryOf(m), err
}

// PingWebhook implements [api.WebhookMessages].
func (t telling) PingWebhook(ctx context.Context, by harrier.Principal, name string) (api.WebhookDelivery, error) {
	w, err := t.webhooks.Get(ctx, by, name)
	if err != nil {
		return api.WebhookDelivery{}, err
	}
	m, err := t.webhooks.Ping(ctx, by, w)
	return api.WebhookDeliveryOf(m), err
}
