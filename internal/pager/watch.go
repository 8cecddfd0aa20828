package pager

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// Wake is a page that a pager was asked for. It is followed until somebody took
// it, and then resolved, so that the pager does not wake anybody again.
type Wake struct {
	Tenant       harrier.TenantID
	Notification harrier.NotificationID
	// Seq is that of the delivery.
	Seq int
	// Due is when it is looked at next; zero where nothing is left to do.
	Due time.Time
	// Resolve is the run that resolves it; zero while there is none.
	Resolve   harrier.RunID
	CreatedAt time.Time
}

// Taking is what a pager says of a page.
type Taking struct {
	// Taken tells that somebody acknowledged or resolved it.
	Taken bool
	// By is who, as the pager names them; empty where it does not say.
	By string
}

// Wakes keeps the pages that pagers were asked for.
type Wakes interface {
	// AddWake adds a page.
	AddWake(ctx context.Context, tx harrier.Tx, w Wake) error
	// UpdateWake stores when a page is looked at next and what resolves it, unless
	// it is due at another time than was meanwhile: then it is not stored.
	UpdateWake(ctx context.Context, tx harrier.Tx, w Wake, was time.Time) (stored bool, err error)
	// HurryWakes makes the pages of a notification due now.
	HurryWakes(ctx context.Context, tx harrier.Tx, n Notification, now time.Time) error
	// DueWakes returns the pages that are due, the longest due first.
	DueWakes(ctx context.Context, now time.Time, limit int) ([]Wake, error)
	// NextWake returns when the next is due; ok is false where none is.
	NextWake(ctx context.Context) (at time.Time, ok bool, err error)
}

// Pagers ask pagers what became of a page.
type Pagers interface {
	// Taking asks the pager of a channel for the page of a key. NotFound is that
	// nothing that is connected can tell.
	Taking(ctx context.Context, tenant harrier.TenantID, c Channel, key string) (Taking, error)
}

const (
	// asking is how often a pager is asked in the first hour, seldom afterwards,
	// and following how long.
	asking    = 15 * time.Second
	seldom    = 5 * time.Minute
	following = 24 * time.Hour
	// answering is how long a pager may take to answer.
	answering = 5 * time.Second
)

// Watch follows pages until ctx ends. It is apart from Run, so that a pager that
// does not answer holds nobody up who is to be told.
func (s *Service) Watch(ctx context.Context) error {
	rounds.Until(ctx, s.hurry, func(ctx context.Context) time.Duration {
		if err := s.SweepPages(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("follow pages", "err", err)
		}
		at, ok, err := s.cfg.Store.NextWake(ctx)
		if err != nil || !ok {
			return sweep
		}
		return min(sweep, max(at.Sub(s.now()), 100*time.Millisecond))
	})
	return nil
}

// SweepPages looks at every page that is due.
func (s *Service) SweepPages(ctx context.Context) error {
	due, err := s.cfg.Store.DueWakes(ctx, s.now(), batch)
	if err != nil {
		return err
	}
	for _, w := range due {
		if err := s.follow(ctx, w); err != nil {
			if ctx.Err() != nil {
				return err
			}
			s.cfg.Log.Error("follow a page", "notification_id", w.Notification, "err", err)
			if err := s.again(ctx, w, s.now().Add(asking)); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow looks at one page.
func (s *Service) follow(ctx context.Context, w Wake) error {
	n, err := s.cfg.Store.Notification(ctx, w.Tenant, w.Notification)
	if err != nil {
		return err
	}
	list, err := s.cfg.Store.Deliveries(ctx, w.Tenant, w.Notification)
	if err != nil {
		return err
	}
	d := list[w.Seq-1] // they are numbered from 1, and none is ever removed
	c, known := s.cfg.Settings(w.Tenant).Channels[d.Channel]
	if !known || n.Status == Told || s.now().Sub(w.CreatedAt) > following {
		return s.again(ctx, w, time.Time{})
	}
	state, err := s.sent(ctx, d)
	switch {
	case err != nil:
		return err
	case state == Failed:
		return s.again(ctx, w, time.Time{})
	case state == Sending:
		return s.again(ctx, w, s.now().Add(often))
	case n.Status == Acknowledged:
		return s.resolve(ctx, w, d, c)
	}
	return s.ask(ctx, w, n, c)
}

// sent is where the page stands, by its run.
func (s *Service) sent(ctx context.Context, d Delivery) (State, error) {
	if d.Run.IsZero() {
		return Failed, nil
	}
	run, err := s.cfg.Store.Load(ctx, d.Tenant, d.Run)
	switch {
	case err != nil:
		return "", err
	case run.Status == harrier.RunSucceeded:
		return Sent, nil
	case run.Status.Ended():
		return Failed, nil
	case run.Unresolved > 0:
		return Unknown, nil
	}
	return Sending, nil
}

// ask asks the pager whether somebody took a page, and takes the notification on
// for whoever did.
func (s *Service) ask(ctx context.Context, w Wake, n Notification, c Channel) error {
	if s.cfg.Pagers == nil {
		return s.again(ctx, w, w.CreatedAt.Add(following))
	}
	limited, cancel := context.WithTimeoutCause(ctx, answering, fmt.Errorf("the pager of %s did not answer in time", c.Name))
	defer cancel()
	next := s.now().Add(asking)
	if s.now().Sub(w.CreatedAt) > time.Hour {
		next = s.now().Add(seldom)
	}
	got, err := s.cfg.Pagers.Taking(limited, w.Tenant, c, n.ID.String())
	switch {
	case err != nil && harrier.KindOf(err) == harrier.NotFound: // nobody can tell; it is due when somebody takes it here
		return s.again(ctx, w, w.CreatedAt.Add(following))
	case err != nil:
		s.cfg.Log.Warn("a pager does not say what became of a page", "notification_id", n.ID, "channel", c.Name, "err", err)
		return s.again(ctx, w, next)
	case !got.Taken:
		return s.again(ctx, w, next)
	}
	_, err = s.acknowledge(ctx, s.paged(w.Tenant, got.By), n.ID, acknowledgement{note: "taken by " + c.Name, via: c.Name})
	if err != nil && harrier.KindOf(err) == harrier.Unavailable { // it climbed at this moment
		return s.again(ctx, w, s.now().Add(often))
	}
	return err
}

// paged is who took a page: whom of the roster the pager means, or the name that
// it gives.
func (s *Service) paged(tenant harrier.TenantID, by string) harrier.Principal {
	name := by
	for _, p := range s.cfg.Settings(tenant).People {
		if strings.EqualFold(p.Name, by) || strings.EqualFold(p.Reach[Mail], by) {
			name = p.Login
		}
	}
	if name == "" {
		name = "somebody, by the pager"
	}
	return harrier.Principal{ID: harrier.DeriveID[harrier.PrincipalID]("paged", tenant.String(), name), Tenant: tenant, Name: cut(name, maxTitle)}
}

// again sets when a page is looked at next; zero is never.
func (s *Service) again(ctx context.Context, w Wake, next time.Time) error {
	was := w.Due
	w.Due = next
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		_, err := s.cfg.Store.UpdateWake(ctx, tx, w, was)
		return err
	})
}

// resolve starts the run that resolves a page. What cannot resolve is left as it is.
func (s *Service) resolve(ctx context.Context, w Wake, d Delivery, c Channel) error {
	out := resolving(w, d, c, s.cfg.Settings(w.Tenant))
	add, err := s.cfg.Starts.PrepareDispatch(ctx, out)
	if err != nil {
		if kind := harrier.KindOf(err); kind != harrier.Invalid && kind != harrier.NotFound {
			return err
		}
		s.cfg.Log.Warn("a page stays open in the pager", "notification_id", w.Notification, "channel", c.Name, "err", err)
		return s.again(ctx, w, time.Time{})
	}
	was := w.Due
	w.Due, w.Resolve = time.Time{}, out.Run
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		stored, err := s.cfg.Store.UpdateWake(ctx, tx, w, was)
		if err != nil || !stored {
			return err
		}
		return add(ctx, tx)
	})
}

// resolving is the run that resolves a page.
func resolving(w Wake, d Delivery, c Channel, settings Settings) Dispatch {
	to := c.To
	if name, ok := strings.CutPrefix(d.Recipient, "person:"); ok && to == "" {
		to = settings.People[name].Reach[Page]
	}
	with := "      dedup_key: ${{ inputs.key }}\n"
	if to != "" {
		with += "      service: ${{ inputs.to }}\n"
	}
	return Dispatch{
		Tenant: w.Tenant, Run: harrier.DeriveID[harrier.RunID]("notification", w.Notification.String(), stepKey(d), "resolve"), Priority: priority("high"),
		Name: "notify-resolve.playbook.yaml", Inputs: map[string]any{"to": to, "key": w.Notification.String()},
		Source: "harrier: 1\nplaybook: notify-resolve\ntitle: Resolve a page that somebody took\nlimits: {timeout: 1h}\ninputs:\n" +
			"  to: {type: string, default: \"\"}\n  key: {type: string, required: true}\nsteps:\n  - id: resolved\n    uses: oncall.resolve\n" + by(c) + "    with:\n" + with,
	}
}
