package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
)

// The fields of the vault, and how long a secret signs after it was replaced.
const (
	secretField   = "secret"
	previousField = "previous"
	overlap       = 24 * time.Hour
)

// maxWebhooks bounds the subscriptions of a tenant.
const maxWebhooks = 100

// Edit is what somebody wants of a subscription. A nil field stays as it is.
type Edit struct {
	Name, URL, TLP, CA   *string
	Topics, AllowPrivate *[]string
	Parallel             *int
	Enabled              *bool
}

// apply is a subscription as it is to be.
func (e Edit) apply(w Webhook) Webhook {
	for _, f := range []struct{ from, to *string }{{e.Name, &w.Name}, {e.URL, &w.URL}, {e.TLP, &w.TLP}, {e.CA, &w.CA}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if e.Topics != nil {
		w.Topics = slices.Compact(slices.Sorted(slices.Values(*e.Topics)))
	}
	if e.AllowPrivate != nil {
		w.AllowPrivate = *e.AllowPrivate
	}
	if e.Parallel != nil {
		w.Parallel = *e.Parallel
	}
	if e.Enabled != nil {
		w.Enabled = *e.Enabled
		w.DisabledWhy, w.Failures, w.FailingSince, w.NextAt = "", 0, time.Time{}, time.Time{}
	}
	w.Parallel, w.TLP = cmp.Or(w.Parallel, defaultParallel), cmp.Or(w.TLP, defaultTLP)
	return w
}

// check holds a subscription against what may be.
func (s *Service) check(w Webhook) error {
	if err := w.Check(); err != nil {
		return err
	}
	return s.cfg.Wire.Check(w)
}

// Add adds a subscription of a principal, and returns its secret, this once.
func (s *Service) Add(ctx context.Context, by harrier.Principal, e Edit) (Webhook, harrier.Secret, error) {
	now := s.now()
	w := e.apply(Webhook{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.WebhookID](now), Owner: harrier.Person{ID: by.Self(), Name: by.Name}, Enabled: true, CreatedAt: now, UpdatedAt: now, Rev: 1,
	})
	if err := s.check(w); err != nil {
		return w, harrier.Secret{}, err
	}
	all, err := s.cfg.Store.Webhooks(ctx, by.Tenant)
	if err == nil && len(all) >= maxWebhooks {
		err = harrier.Errorf(harrier.Invalid, "there are %d web hooks already, which is all that there can be; remove one", maxWebhooks)
	}
	if err != nil {
		return w, harrier.Secret{}, err
	}
	secret := NewSecret()
	if err := s.cfg.Vault.Put(ctx, w.Tenant, w.ID.String(), secretField, secret); err != nil {
		return w, harrier.Secret{}, err
	}
	return w, secret, s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.AddWebhook(ctx, tx, w); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"webhook.add", w, nil})
	})
}

// List lists the subscriptions of a tenant, by name.
func (s *Service) List(ctx context.Context, by harrier.Principal) ([]Webhook, error) {
	return s.cfg.Store.Webhooks(ctx, by.Tenant)
}

// Get returns a subscription by its id or its name.
func (s *Service) Get(ctx context.Context, by harrier.Principal, name string) (Webhook, error) {
	if id, err := harrier.ParseID[harrier.WebhookID](name); err == nil {
		return s.cfg.Store.Webhook(ctx, by.Tenant, id)
	}
	all, err := s.cfg.Store.Webhooks(ctx, by.Tenant)
	if err != nil {
		return Webhook{}, err
	}
	if i := slices.IndexFunc(all, func(w Webhook) bool { return w.Name == name }); i >= 0 {
		return all[i], nil
	}
	return Webhook{}, harrier.Errorf(harrier.NotFound, "there is no web hook %s; harrier webhook list", name)
}

// Change changes a subscription as it was at a revision. Whoever changes it owns
// it from then on, so that nobody sends others what they may not see themselves.
func (s *Service) Change(ctx context.Context, by harrier.Principal, w Webhook, e Edit) (Webhook, error) {
	w = e.apply(w)
	w.Owner, w.UpdatedAt = harrier.Person{ID: by.Self(), Name: by.Name}, s.now()
	if err := s.check(w); err != nil {
		return w, err
	}
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.UpdateWebhook(ctx, tx, w); err != nil {
			return err
		}
		tx.OnCommit(s.Look)
		return s.audit(ctx, tx, by, deed{"webhook.change", w, map[string]any{"enabled": w.Enabled}})
	})
	w.Rev++
	return w, err
}

// Remove removes a subscription with what it was told.
func (s *Service) Remove(ctx context.Context, by harrier.Principal, w Webhook) error {
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.RemoveWebhook(ctx, tx, w); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"webhook.remove", w, nil})
	})
	if err == nil {
		err = s.cfg.Vault.Delete(ctx, w.Tenant, w.ID.String(), "")
	}
	return err
}

// Rotate makes a new secret and returns it, this once. The one before signs too
// for a day.
func (s *Service) Rotate(ctx context.Context, by harrier.Principal, w Webhook) (Webhook, harrier.Secret, error) {
	was, err := s.cfg.Vault.Reveal(ctx, w.Tenant, w.ID.String(), secretField)
	if err != nil {
		return w, harrier.Secret{}, err
	}
	secret := NewSecret()
	if err := s.cfg.Vault.Put(ctx, w.Tenant, w.ID.String(), previousField, was); err != nil {
		return w, harrier.Secret{}, err
	}
	w.PreviousUntil, w.UpdatedAt = s.now().Add(overlap), s.now()
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.UpdateWebhook(ctx, tx, w); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"webhook.rotate", w, nil})
	})
	if err == nil { // until here both fields hold the same one, and what is signed is known
		err = s.cfg.Vault.Put(ctx, w.Tenant, w.ID.String(), secretField, secret)
	}
	w.Rev++
	return w, secret, err
}

// Deliveries lists what a subscription was told, the newest first.
func (s *Service) Deliveries(ctx context.Context, w Webhook, state string, p harrier.Page) ([]Message, string, error) {
	return s.cfg.Store.Messages(ctx, w, state, p)
}

// Redeliver sends a message again, with the same id.
func (s *Service) Redeliver(ctx context.Context, by harrier.Principal, w Webhook, id harrier.MessageID) (Message, error) {
	m, err := s.cfg.Store.Message(ctx, w, id)
	if err != nil {
		return m, err
	}
	m.State, m.Attempts, m.Due, m.EndedAt = Pending, 0, s.now(), time.Time{}
	return m, s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.UpdateMessage(ctx, tx, m); err != nil {
			return err
		}
		tx.OnCommit(s.Look)
		return s.audit(ctx, tx, by, deed{"webhook.redeliver", w, map[string]any{"message": id.String()}})
	})
}

// Ping sends a message that means nothing, once, and returns what came of it.
func (s *Service) Ping(ctx context.Context, by harrier.Principal, w Webhook) (Message, error) {
	now := s.now()
	m := Message{
		Tenant: w.Tenant, Webhook: w.ID, ID: harrier.NewID[harrier.MessageID](now), Topic: ping, Noun: "webhooks", Subject: w.ID,
		Data: json.RawMessage(`{"id":"` + w.ID.String() + `"}`), State: Failed, Answer: "it was not sent", CreatedAt: now,
	}
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.AddMessage(ctx, tx, m); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"webhook.ping", w, map[string]any{"message": m.ID.String()}})
	})
	if err != nil {
		return m, err
	}
	return s.send(ctx, w, m)
}

// deed is what somebody did to a subscription.
type deed struct {
	action string
	w      Webhook
	data   map[string]any
}

func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, d deed) error {
	about := d.data
	if about == nil {
		about = map[string]any{"name": d.w.Name, "topics": d.w.Topics}
	}
	return harrier.Deed{Action: d.action, Target: d.w.ID.String(), About: about, At: s.now()}.Record(ctx, tx, s.cfg.Store, by)
}
