package store

import (
	"context"
	"encoding/json"
	"slices"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/webhook"
)

// This file writes what programs are told of a change beside the change itself.

// hooks are the subscriptions as they are, so that a change that nobody hears of
// costs nothing. Wake is told that there is something to send.
type hooks struct {
	all  atomic.Pointer[[]subscription]
	wake atomic.Pointer[func()]
}

// subscription is who is told of what.
type subscription struct {
	tenant harrier.TenantID
	id     harrier.WebhookID
	topics []string
}

// Outgoing sets what is called, without blocking it, once something is to be sent.
func (s *Store) Outgoing(wake func()) { s.hooks.wake.Store(&wake) }

const enabledHooks = `SELECT tenant_id, id, topics FROM webhooks WHERE enabled = 1 ORDER BY id`

func scanSubscription(r harrier.Rows) (one subscription, err error) {
	var topics string
	err = r.Scan(&one.tenant, &one.id, &topics)
	one.topics = words(topics)
	return one, err
}

// refresh reads the subscriptions as a change leaves them.
func (h *hooks) refresh(ctx context.Context, tx harrier.Tx) error {
	all, err := listIn(ctx, tx, sqlf(enabledHooks), scanSubscription)
	if err == nil {
		tx.OnCommit(func() { h.all.Store(&all) })
	}
	return err
}

// load reads the subscriptions of a store that is opened.
func (h *hooks) load(ctx context.Context, readers *readPool) error {
	all, err := list(ctx, readers, sqlf(enabledHooks), scanSubscription)
	h.all.Store(&all)
	return err
}

// of are the subscriptions that hear of a topic.
func (h *hooks) of(tenant harrier.TenantID, topic string) (ids []harrier.WebhookID) {
	all := h.all.Load()
	if all == nil {
		return nil
	}
	for _, one := range *all {
		if one.tenant == tenant && slices.Contains(one.topics, topic) {
			ids = append(ids, one.id)
		}
	}
	return ids
}

// news is a change that programs may be told of.
type news struct {
	tenant  harrier.TenantID
	topic   string
	noun    string
	subject [16]byte
	at      time.Time
	// data is how it is now; it is asked for where somebody hears of it.
	data func() map[string]any
}

// emit writes a message for each subscription that hears of a change, in the
// transaction of the change.
func (s *Store) emit(ctx context.Context, tx harrier.Tx, n news) error {
	ids := s.hooks.of(n.tenant, n.topic)
	if len(ids) == 0 {
		return nil
	}
	data, err := json.Marshal(n.data())
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode what is told of %s: %w", n.topic, err)
	}
	if n.at.IsZero() {
		n.at = micros(s.now())
	}
	for _, id := range ids {
		m := webhook.Message{
			Tenant: n.tenant, Webhook: id, ID: harrier.NewID[harrier.MessageID](n.at), Topic: n.topic, Noun: n.noun, Subject: n.subject, Data: data,
			State: webhook.Pending, Due: n.at, CreatedAt: n.at,
		}
		if err := s.AddMessage(ctx, tx, m); err != nil {
			return err
		}
	}
	if wake := s.hooks.wake.Load(); wake != nil {
		tx.OnCommit(*wake)
	}
	return nil
}

func (s *Store) emitAlert(ctx context.Context, tx harrier.Tx, topic string, a harrier.Alert) error {
	return s.emit(ctx, tx, news{a.Tenant, topic, "alerts", a.ID, a.UpdatedAt, func() map[string]any {
		return map[string]any{
			"id": a.ID, "title": a.Title, "category": a.Category, "severity": a.Severity, "status": a.Status, "disposition": a.Disposition, "source": a.Source,
			"external_id": a.ExternalID, "rule": a.Rule.Name, "score": a.Score, "created_at": a.CreatedAt, "updated_at": a.UpdatedAt,
		}
	}})
}

// emitCase tells of a case; to be closed is news of its own.
func (s *Store) emitCase(ctx context.Context, tx harrier.Tx, topic string, c harrier.Case) error {
	if topic == webhook.CaseUpdated && c.Status == "closed" && c.ClosedAt.Equal(c.UpdatedAt) {
		topic = webhook.CaseClosed
	}
	return s.emit(ctx, tx, news{c.Tenant, topic, "cases", c.ID, c.UpdatedAt, func() map[string]any {
		return map[string]any{
			"id": c.ID, "number": c.Number, "title": c.Title, "severity": c.Severity, "status": c.Status, "disposition": c.Disposition, "owner": c.Owner.Name,
			"tlp": c.TLP, "pap": c.PAP, "tags": c.Tags, "template": c.Template, "created_at": c.CreatedAt, "updated_at": c.UpdatedAt,
		}
	}})
}

func (s *Store) emitApproval(ctx context.Context, tx harrier.Tx, topic string, a harrier.Approval) error {
	at := a.CreatedAt
	if topic == webhook.ApprovalDecided {
		at = a.DecidedAt
	}
	return s.emit(ctx, tx, news{a.Tenant, topic, "approvals", a.ID, at, func() map[string]any {
		return map[string]any{
			"id": a.ID, "run": a.Run, "kind": a.Kind, "status": a.Status, "title": a.Title, "assign": a.Assign, "need": a.Need, "decided_by": a.DecidedBy,
			"created_at": a.CreatedAt, "expires_at": a.ExpiresAt, "decided_at": a.DecidedAt,
		}
	}})
}

func (s *Store) emitRun(ctx context.Context, tx harrier.Tx, r harrier.Run) error {
	return s.emit(ctx, tx, news{r.Tenant, webhook.RunEnded, "runs", r.ID, r.EndedAt, func() map[string]any {
		return map[string]any{
			"id": r.ID, "playbook": r.Playbook, "mode": r.Mode, "status": r.Status, "reason": r.Reason, "alert": r.Alert, "case": r.Case,
			"created_at": r.CreatedAt, "ended_at": r.EndedAt,
		}
	}})
}

func (s *Store) emitContainment(ctx context.Context, tx harrier.Tx, c harrier.Containment) error {
	at := c.At
	if !c.EndedAt.IsZero() {
		at = c.EndedAt
	}
	return s.emit(ctx, tx, news{c.Tenant, webhook.ContainmentChanged, "containments", c.ID, at, func() map[string]any {
		return map[string]any{
			"id": c.ID, "run": c.Run, "action": c.Action, "target": c.Target, "connection": c.ConnectionName, "state": c.State, "alert": c.Alert, "case": c.Case,
			"at": c.At, "lease_until": c.LeaseUntil, "ended_at": c.EndedAt,
		}
	}})
}
