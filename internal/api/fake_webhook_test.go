package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// webhookBodies are the bodies of requests about programs that are told of changes.
func webhookBodies() map[string]string {
	return map[string]string{
		"POST /v1/webhooks": `{"name":"soar","url":"https://hooks.example/x","topics":["case.created"]}`, "PATCH /v1/webhooks/{name}": `{"enabled":false}`,
		"POST /v1/webhooks/{name}/rotate": ``, "POST /v1/webhooks/{name}/ping": ``, "POST /v1/webhooks/{name}/redeliver": `{"delivery":"` + fixed[harrier.MessageID]("message").String() + `"}`,
	}
}

func (w *world) hook(by harrier.Principal, name string) (Webhook, error) {
	return Webhook{Name: name, Topics: []string{"case.created"}, Rev: 3}, w.find(by, "web hook", name, name == "slack")
}

// hooked does something to a web hook that is there.
func (w *world) hooked(by harrier.Principal, name, what string) (Webhook, error) {
	h, err := w.hook(by, name)
	if err == nil {
		w.change(what)
	}
	return h, err
}

func (w *world) Webhooks(_ context.Context, by harrier.Principal) (List[Webhook], error) {
	return page(w, by, Webhook{Name: "slack"})
}

func (w *world) Webhook(_ context.Context, by harrier.Principal, name string) (Webhook, error) {
	return w.hook(by, name)
}

func (w *world) AddWebhook(_ context.Context, by harrier.Principal, in AddWebhook) (Webhook, error) {
	if err := w.find(by, "web hook", in.Name, true); err != nil {
		return Webhook{}, err
	}
	w.change("AddWebhook")
	return Webhook{Name: in.Name}, nil
}

func (w *world) ChangeWebhook(_ context.Context, by harrier.Principal, name string, _ int64, _ ChangeWebhook) (Webhook, error) {
	return w.hooked(by, name, "ChangeWebhook")
}

func (w *world) RemoveWebhook(_ context.Context, by harrier.Principal, name string) error {
	_, err := w.hooked(by, name, "RemoveWebhook")
	return err
}

func (w *world) RotateWebhook(_ context.Context, by harrier.Principal, name string) (Webhook, error) {
	return w.hooked(by, name, "RotateWebhook")
}

func (w *world) WebhookDeliveries(_ context.Context, by harrier.Principal, name, _ string, _ harrier.Page) (List[WebhookDelivery], error) {
	if _, err := w.hook(by, name); err != nil {
		return List[WebhookDelivery]{}, err
	}
	return page(w, by, WebhookDelivery{Topic: "case.created"})
}

func (w *world) Redeliver(_ context.Context, by harrier.Principal, name string, id harrier.MessageID) (WebhookDelivery, error) {
	_, err := w.hooked(by, name, "Redeliver")
	return WebhookDelivery{ID: id}, err
}

func (w *world) PingWebhook(_ context.Context, by harrier.Principal, name string) (WebhookDelivery, error) {
	_, err := w.hooked(by, name, "PingWebhook")
	return WebhookDelivery{}, err
}
