package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
)

// webhookRoutes is the part of the table about programs that are told of changes.
func (s *Server) webhookRoutes() []route {
	return []route{
		{"GET /v1/webhooks", harrier.WebhooksRead, "listWebhooks", "List the programs that are told of changes, by name", call(s.webhooks)},
		{"POST /v1/webhooks", harrier.WebhooksManage, "addWebhook", "Tell a program of changes, and say what it verifies them with", fresh(answering(http.StatusCreated, s.addWebhook))},
		{"GET /v1/webhooks/{name}", harrier.WebhooksRead, "getWebhook", "Show a program that is told of changes, by id or name", call(s.webhook)},
		{"PATCH /v1/webhooks/{name}", harrier.WebhooksManage, "changeWebhook", "Change what a program is told, or whether", fresh(call(s.changeWebhook))},
		{"DELETE /v1/webhooks/{name}", harrier.WebhooksManage, "removeWebhook", "Tell a program nothing more, and forget it", fresh(call(s.removeWebhook))},
		{"POST /v1/webhooks/{name}/rotate", harrier.WebhooksManage, "rotateWebhook", "Make a new secret; the one before signs too for a day", fresh(call(s.rotateWebhook))},
		{"POST /v1/webhooks/{name}/ping", harrier.WebhooksManage, "pingWebhook", "Send a message that means nothing, and say what came of it", call(s.pingWebhook)},
		{"GET /v1/webhooks/{name}/deliveries", harrier.WebhooksRead, "listWebhookDeliveries", "List what a program was told, the newest first", call(s.webhookDeliveries)},
		{"POST /v1/webhooks/{name}/redeliver", harrier.WebhooksManage, "redeliver", "Send a message again, with the same id", call(s.redeliver)},
	}
}

type webhooksIn struct{}

func (s *Server) webhooks(ctx context.Context, _ *webhooksIn) (List[Webhook], error) {
	return full(s.cfg.Ports.Webhooks.Webhooks(ctx, principal(ctx)))
}

type addWebhookIn struct{ Body AddWebhook }

func (s *Server) addWebhook(ctx context.Context, in *addWebhookIn) (*reply[Webhook], error) {
	out, err := s.cfg.Ports.Webhooks.AddWebhook(ctx, principal(ctx), in.Body)
	return &reply[Webhook]{Body: out}, err
}

func (s *Server) webhook(ctx context.Context, in *namedIn) (Webhook, error) {
	return s.cfg.Ports.Webhooks.Webhook(ctx, principal(ctx), in.Name)
}

type changeWebhookIn struct {
	Name string `path:"name"`
	Body ChangeWebhook
}

func (s *Server) changeWebhook(ctx context.Context, in *changeWebhookIn) (Webhook, error) {
	by := principal(ctx)
	now, err := s.cfg.Ports.Webhooks.Webhook(ctx, by, in.Name)
	if err != nil {
		return Webhook{}, err
	}
	if err := unchanged(ctx, now); err != nil {
		return Webhook{}, err
	}
	return s.cfg.Ports.Webhooks.ChangeWebhook(ctx, by, in.Name, now.Rev, in.Body)
}

func (s *Server) removeWebhook(ctx context.Context, in *namedIn) (done, error) {
	return done{true}, s.cfg.Ports.Webhooks.RemoveWebhook(ctx, principal(ctx), in.Name)
}

func (s *Server) rotateWebhook(ctx context.Context, in *namedIn) (Webhook, error) {
	return s.cfg.Ports.Webhooks.RotateWebhook(ctx, principal(ctx), in.Name)
}

func (s *Server) pingWebhook(ctx context.Context, in *namedIn) (WebhookDelivery, error) {
	return s.cfg.Ports.Webhooks.PingWebhook(ctx, principal(ctx), in.Name)
}

type webhookDeliveriesIn struct {
	Paged

	Name  string `path:"name"`
	State string `query:"state" enum:"pending,sent,failed,withheld"`
}

func (s *Server) webhookDeliveries(ctx context.Context, in *webhookDeliveriesIn) (List[WebhookDelivery], error) {
	return full(s.cfg.Ports.Webhooks.WebhookDeliveries(ctx, principal(ctx), in.Name, in.State, in.page()))
}

type redeliverIn struct {
	Name string `path:"name"`
	Body Redeliver
}

func (s *Server) redeliver(ctx context.Context, in *redeliverIn) (WebhookDelivery, error) {
	return s.cfg.Ports.Webhooks.Redeliver(ctx, principal(ctx), in.Name, in.Body.Delivery)
}
