package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Webhooks tells programs of changes. A web hook is named by its id or its name.
type Webhooks interface {
	// Webhooks lists who is told, by name.
	Webhooks(ctx context.Context, by harrier.Principal) (List[Webhook], error)
	// Webhook returns one; one of another tenant is NotFound.
	Webhook(ctx context.Context, by harrier.Principal, name string) (Webhook, error)
	// AddWebhook adds one, and tells its secret; a name that is taken is Conflict.
	AddWebhook(ctx context.Context, by harrier.Principal, in AddWebhook) (Webhook, error)
	// ChangeWebhook changes one as it was at a revision.
	ChangeWebhook(ctx context.Context, by harrier.Principal, name string, rev int64, in ChangeWebhook) (Webhook, error)
	// RemoveWebhook removes one.
	RemoveWebhook(ctx context.Context, by harrier.Principal, name string) error
	// RotateWebhook makes a new secret, and tells it.
	RotateWebhook(ctx context.Context, by harrier.Principal, name string) (Webhook, error)
	WebhookMessages
}

// WebhookMessages is what programs were told.
type WebhookMessages interface {
	// WebhookDeliveries lists what one was told, the newest first.
	WebhookDeliveries(ctx context.Context, by harrier.Principal, name, state string, p harrier.Page) (List[WebhookDelivery], error)
	// Redeliver sends a message again.
	Redeliver(ctx context.Context, by harrier.Principal, name string, id harrier.MessageID) (WebhookDelivery, error)
	// PingWebhook sends a message that means nothing, and tells what came of it.
	PingWebhook(ctx context.Context, by harrier.Principal, name string) (WebhookDelivery, error)
}
