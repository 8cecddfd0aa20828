package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rounds"
)

const (
	// look is how often what is due is looked for where nobody tells.
	look = 5 * time.Second
	// patience is how long a receiver may take to answer.
	patience = 15 * time.Second
	// giveUp is how long a receiver may take nothing until it is told nothing more.
	giveUp = 72 * time.Hour
	// pause bounds how long nothing is sent to a receiver that fails.
	pause = 5 * time.Minute
	// kept is how long messages that have ended are shown.
	kept = 30 * 24 * time.Hour
)

// schedule is how long a message waits after each attempt that failed.
func schedule() []time.Duration {
	return []time.Duration{
		5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
		8 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour,
	}
}

// Run sends until ctx ends, and waits for what is under way.
func (s *Service) Run(ctx context.Context) error {
	defer s.work.Wait()
	rounds.Until(ctx, s.nudge, func(ctx context.Context) time.Duration {
		if err := s.begin(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("tell programs", "err", err)
		}
		return look
	})
	return nil
}

// Pass sends what is due now, and waits for it.
func (s *Service) Pass(ctx context.Context) error {
	err := s.begin(ctx)
	s.work.Wait()
	return err
}

// begin sends to every receiver for which something is due, each apart, so that
// none waits for another that hangs.
func (s *Service) begin(ctx context.Context) error {
	due, err := s.cfg.Store.WebhooksDue(ctx, s.now())
	if err != nil {
		return err
	}
	for _, w := range due {
		if !s.take(w.ID) {
			continue
		}
		s.work.Go(func() {
			defer s.leave(w.ID)
			if err := s.drain(ctx, w); err != nil && ctx.Err() == nil {
				s.cfg.Log.Error("tell a program", "webhook_id", w.ID, "err", err)
			}
		})
	}
	return nil
}

// take reports whether nobody else is sending to a receiver.
func (s *Service) take(id harrier.WebhookID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id] {
		return false
	}
	s.busy[id] = true
	return true
}

func (s *Service) leave(id harrier.WebhookID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, id)
}

// drain sends what is due to one receiver, so many at once as it wants.
func (s *Service) drain(ctx context.Context, w Webhook) error {
	for ctx.Err() == nil {
		if !w.Enabled || w.NextAt.After(s.now()) {
			return nil
		}
		due, err := s.cfg.Store.MessagesDue(ctx, w, s.now(), w.Parallel)
		if err != nil || len(due) == 0 {
			return err
		}
		if w.Failures > 0 { // it is tried with one
			due = due[:1]
		}
		errs := make([]error, len(due))
		var all sync.WaitGroup
		for i, m := range due {
			all.Go(func() { _, errs[i] = s.send(ctx, w, m) })
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
		if w, err = s.cfg.Store.Webhook(ctx, w.Tenant, w.ID); err != nil {
			if harrier.KindOf(err) == harrier.NotFound { // it was removed
				return nil
			}
			return err
		}
	}
	return nil
}

// errNoOwner says that a subscription has nobody any more whose rights it has.
var errNoOwner error = &harrier.Error{Kind: harrier.Denied, Text: "whoever made it may not log in any more; somebody else has to make it anew"}

// send makes one attempt to send a message.
func (s *Service) send(ctx context.Context, w Webhook, m Message) (Message, error) {
	data, err := s.visible(ctx, w, m)
	switch {
	case errors.Is(err, errNoOwner):
		return m, s.disable(ctx, w, errNoOwner.Error())
	case err != nil && harrier.KindOf(err) == harrier.NotFound:
		m.State, m.EndedAt, m.Due, m.Answer = Withheld, s.now(), time.Time{}, "its owner may not see this"
		return m, s.keep(ctx, m)
	case err != nil:
		return m, err
	}
	got, err := s.post(ctx, w, m, data)
	if err != nil && ctx.Err() != nil {
		return m, err // nobody knows; it is sent again with the same id
	}
	return s.settle(ctx, w, m, outcome{got, err})
}

// visible is what a subscription may be told, by the rights that its owner has now.
func (s *Service) visible(ctx context.Context, w Webhook, m Message) (json.RawMessage, error) {
	owner, err := s.cfg.People.Principal(ctx, w.Tenant, w.Owner.ID)
	if err != nil {
		if kind := harrier.KindOf(err); kind == harrier.NotFound || kind == harrier.Denied {
			return nil, errNoOwner
		}
		return nil, err
	}
	if m.Topic == ping {
		return m.Data, nil
	}
	if !owner.May(reading(m.Noun)) {
		return nil, harrier.Errorf(harrier.NotFound, "%s may not read %s", owner.Name, m.Noun)
	}
	if err := s.cfg.Store.SeeSubject(ctx, m, owner.Self()); err != nil {
		return nil, err
	}
	labels, err := s.cfg.Store.Markings(ctx, m)
	if err != nil || w.Carries(labels...) {
		return m.Data, err
	}
	return m.bare(), nil
}

// reading is the permission to read a noun.
func reading(noun string) harrier.Permission {
	switch noun {
	case "alerts":
		return harrier.AlertsRead
	case "cases":
		return harrier.CasesRead
	case "approvals":
		return harrier.ApprovalsRead
	}
	return harrier.RunsRead // runs, and what they contained
}

func (s *Service) post(ctx context.Context, w Webhook, m Message, data json.RawMessage) (Posted, error) {
	body, err := m.Body(data)
	if err != nil {
		return Posted{}, err
	}
	secrets, err := s.secrets(ctx, w)
	if err != nil {
		return Posted{}, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, patience, errors.New("there was no answer in time"))
	defer cancel()
	return s.cfg.Wire.Post(limited, w, Posting{ID: m.ID.String(), At: s.now(), Body: body, Secrets: secrets})
}

// secrets are those that sign now, the current one first.
func (s *Service) secrets(ctx context.Context, w Webhook) ([]harrier.Secret, error) {
	current, err := s.cfg.Vault.Reveal(ctx, w.Tenant, w.ID.String(), secretField)
	if err != nil || !w.PreviousUntil.After(s.now()) {
		return []harrier.Secret{current}, err
	}
	previous, err := s.cfg.Vault.Reveal(ctx, w.Tenant, w.ID.String(), previousField)
	return []harrier.Secret{current, previous}, err
}

// outcome is what came of an attempt.
type outcome struct {
	got Posted
	err error
}

func (o outcome) taken() bool { return o.err == nil && o.got.Status >= 200 && o.got.Status < 300 }

// text is an outcome for people.
func (o outcome) text() string {
	if o.err != nil {
		return o.err.Error()[:min(len(o.err.Error()), 500)]
	}
	return fmt.Sprintf("%d %s", o.got.Status, http.StatusText(o.got.Status))
}

// settle keeps what came of an attempt: one transaction.
func (s *Service) settle(ctx context.Context, w Webhook, m Message, o outcome) (Message, error) {
	now := s.now()
	m.Attempts, m.Answer = m.Attempts+1, o.text()
	waits := schedule()
	switch {
	case o.taken():
		m.State, m.EndedAt, m.Due = Sent, now, time.Time{}
	case m.Topic == ping || m.Attempts > len(waits):
		m.State, m.EndedAt, m.Due = Failed, now, time.Time{}
	default:
		m.State, m.EndedAt, m.Due = Pending, time.Time{}, now.Add(max(s.spread(waits[m.Attempts-1]), min(o.got.After, time.Hour)))
	}
	if o.err == nil && o.got.Status == http.StatusGone {
		return m, errors.Join(s.keep(ctx, m), s.disable(ctx, w, "it answered 410 Gone"))
	}
	var over bool
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.UpdateMessage(ctx, tx, m); err != nil {
			return err
		}
		if m.Topic == ping {
			return nil
		}
		was, err := s.cfg.Store.Webhook(ctx, w.Tenant, w.ID)
		if err != nil {
			return err
		}
		now := s.now()
		switch {
		case o.taken() && was.Failures == 0:
			return nil
		case o.taken():
			was.Failures, was.FailingSince, was.NextAt = 0, time.Time{}, time.Time{}
		default:
			was.Failures++
			if was.FailingSince.IsZero() {
				was.FailingSince = now
			}
			was.NextAt = now.Add(min(s.spread(waits[min(was.Failures, len(waits))-1]), pause))
			over = now.Sub(was.FailingSince) >= giveUp
		}
		return s.cfg.Store.UpdateWebhook(ctx, tx, was)
	})
	if harrier.KindOf(err) == harrier.Conflict && err != nil { // another message of it was settled at this moment
		return m, s.keep(ctx, m)
	}
	if err == nil && over {
		err = s.disable(ctx, w, "it has taken nothing for "+giveUp.String()+"; the last answer was "+m.Answer)
	}
	return m, err
}

// keep stores what became of a message alone.
func (s *Service) keep(ctx context.Context, m Message) error {
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.UpdateMessage(ctx, tx, m) })
}

// spread varies a time by a fifth, so that not all come back at once.
func (s *Service) spread(d time.Duration) time.Duration {
	return d + time.Duration((s.cfg.Rand()-0.5)*0.4*float64(d))
}

// disable tells a subscription nothing more, and people that it is so. What
// waits is kept, and is sent when it is enabled again.
func (s *Service) disable(ctx context.Context, w Webhook, why string) error {
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		was, err := s.cfg.Store.Webhook(ctx, w.Tenant, w.ID)
		if err != nil || !was.Enabled {
			return err
		}
		was.Enabled, was.DisabledWhy, was.UpdatedAt = false, why, s.now()
		if err := s.cfg.Store.UpdateWebhook(ctx, tx, was); err != nil {
			return err
		}
		_, _, err = s.cfg.Tells.Tell(ctx, tx, pager.Notice{
			Tenant: w.Tenant, Key: fmt.Sprintf("webhook %s %d", w.ID, was.Rev), Facts: pager.Facts{Kind: "webhook", Severity: "high"},
			Title: "The web hook " + w.Name + " is told nothing more", Text: "Because " + why + ".\nharrier webhook show " + w.Name + "\nharrier webhook change " + w.Name + " --enable",
		})
		if err != nil {
			return err
		}
		system := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: w.Tenant, Name: "harrier"}
		return s.audit(ctx, tx, system, deed{"webhook.disable", was, nil})
	})
}

// Forget removes messages that are too old to be shown.
func (s *Service) Forget(ctx context.Context, tx harrier.Tx, limit int) (int64, error) {
	return s.cfg.Store.ForgetMessages(ctx, tx, s.now().Add(-kept), limit)
}
