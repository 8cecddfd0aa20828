package pager

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

const (
	// patience is how long a channel may take before the next is tried.
	patience = 20 * time.Second
	// often is how soon a delivery is looked at again.
	often = time.Second
	// pause is between rounds of which the last reached nobody.
	pause = time.Minute
)

// recipient is who is told, by which channels.
type recipient struct {
	name string
	via  []Channel
	// reach is where each kind of channel finds them.
	reach map[string]string
	quiet time.Time // until when they want quiet; zero is not
	why   string    // why there is nobody
}

// turn is what is done about a notification at once.
type turn struct {
	n          Notification
	deliveries []Delivery
	changed    []int // indexes into deliveries
	sends      []Dispatch
}

// step does what is due about a notification: it commits the notification, its
// deliveries and the runs that send them in one transaction.
func (s *Service) step(ctx context.Context, n Notification) error {
	list, err := s.cfg.Store.Deliveries(ctx, n.Tenant, n.ID)
	if err != nil {
		return err
	}
	t := &turn{n: n, deliveries: list}
	t.n.Due = time.Time{}
	if err := s.outcomes(ctx, t); err != nil {
		return err
	}
	s.advance(ctx, t)
	t.n.UpdatedAt = s.now()
	return s.commit(ctx, t)
}

// outcomes notes what became of the runs that were sending.
func (s *Service) outcomes(ctx context.Context, t *turn) error {
	for i, d := range t.deliveries {
		if d.State != Sending && d.State != Unknown || d.Run.IsZero() {
			continue
		}
		run, err := s.cfg.Store.Load(ctx, d.Tenant, d.Run)
		if err != nil {
			return err
		}
		if t.settle(i, run, s.now()) {
			t.changed = append(t.changed, i)
		}
	}
	return nil
}

// settle notes what a run tells of its delivery, and reports whether that is news.
func (t *turn) settle(i int, run harrier.Run, now time.Time) bool {
	d := &t.deliveries[i]
	was := d.State
	switch {
	case run.Status == harrier.RunSucceeded:
		d.State, d.Why, d.EndedAt = Sent, "", now
	case run.Status.Ended() && was == Sending:
		d.State, d.Why, d.EndedAt = Failed, cut(run.Reason, maxTitle), now
	case was == Sending && run.Unresolved > 0:
		d.State, d.Why, d.EndedAt = Unknown, "nobody knows whether it was sent", now
	case was == Sending && now.Sub(d.CreatedAt) >= patience:
		d.State, d.Why, d.EndedAt = Unknown, "there is no answer yet", now
	}
	return d.State != was
}

// advance decides what happens next, and again where a level has nobody.
func (s *Service) advance(ctx context.Context, t *turn) {
	for range 2*len(t.n.Route.Levels) + 2 {
		if len(t.current()) == 0 {
			s.begin(ctx, t)
		}
		if s.pursue(ctx, t) || !t.climb(s.now()) {
			return
		}
	}
	t.n.Due = s.now().Add(pause)
}

// current are the indexes of the deliveries of the level and round.
func (t *turn) current() (list []int) {
	for i, d := range t.deliveries {
		if d.Level == t.n.Level && d.Round == t.n.Round {
			list = append(list, i)
		}
	}
	return list
}

// begin makes the first attempt for everybody of a level.
func (s *Service) begin(ctx context.Context, t *turn) {
	for _, to := range s.recipients(ctx, t.n) {
		s.attempt(t, to, 0)
	}
}

// attempt adds an attempt by the channel after those that were tried; what
// there is no way for fails at once.
func (s *Service) attempt(t *turn, to recipient, tried int) {
	now := s.now()
	d := Delivery{
		Tenant: t.n.Tenant, Notification: t.n.ID, Seq: len(t.deliveries) + 1, Level: t.n.Level, Round: t.n.Round, Recipient: to.name, Attempt: tried + 1,
		State: Failed, Why: to.why, CreatedAt: now, EndedAt: now,
	}
	switch {
	case to.why != "":
	case tried >= len(to.via):
		d.Why = "no channel reaches them"
	case to.quiet.After(now):
		d.State, d.Why, d.Due, d.EndedAt, d.Channel = Waiting, "quiet hours", to.quiet, time.Time{}, to.via[tried].Name
	default:
		d.Channel, d.State, d.Why, d.EndedAt = to.via[tried].Name, Sending, "", time.Time{}
		d.Run = harrier.DeriveID[harrier.RunID]("notification", d.Notification.String(), stepKey(d))
		t.sends = append(t.sends, s.sending(t.n, d, to, to.via[tried]))
	}
	t.deliveries = append(t.deliveries, d)
	t.changed = append(t.changed, len(t.deliveries)-1)
}

// pursue follows the deliveries of a level. It reports whether there is
// something to wait for, and sets when it is due.
func (s *Service) pursue(ctx context.Context, t *turn) bool {
	now := s.now()
	people := s.byName(ctx, t)
	for _, i := range t.current() {
		d := t.deliveries[i]
		ready := d.State == Waiting && !d.Due.After(now)
		if over := (d.State == Failed || d.State == Unknown) && d.Channel != ""; !ready && !over || t.later(d) {
			continue
		}
		to, ok := people[d.Recipient]
		if !ok {
			continue
		}
		if ready {
			t.deliveries[i].State, t.deliveries[i].Why, t.deliveries[i].EndedAt = Failed, "quiet hours are over", now
			t.changed = append(t.changed, i)
			to.quiet = time.Time{}
			s.attempt(t, to, d.Attempt-1)
			continue
		}
		if d.Attempt < len(to.via) {
			s.attempt(t, to, d.Attempt)
		}
	}
	return t.wait(now)
}

// later reports whether there is an attempt after one.
func (t *turn) later(d Delivery) bool {
	return slices.ContainsFunc(t.deliveries, func(o Delivery) bool {
		return o.Level == d.Level && o.Round == d.Round && o.Recipient == d.Recipient && o.Seq > d.Seq
	})
}

// wait sets when the level is looked at again; false where it is through.
func (t *turn) wait(now time.Time) bool {
	var next, last time.Time
	for _, i := range t.current() {
		d := t.deliveries[i]
		switch d.State {
		case Sending:
			next = sooner(next, now.Add(often))
		case Waiting:
			next = sooner(next, d.Due)
		case Sent, Unknown:
			if d.EndedAt.After(last) {
				last = d.EndedAt
			}
		case Failed:
		}
	}
	if next.IsZero() && !last.IsZero() {
		if until := last.Add(t.n.Route.Levels[t.n.Level].Wait); until.After(now) {
			next = until
		}
	}
	t.n.Due = next
	return !next.IsZero()
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// climb goes on to the next level or round; false where there is none, or where
// it pauses before.
func (t *turn) climb(now time.Time) bool {
	reached := slices.ContainsFunc(t.current(), func(i int) bool { return t.deliveries[i].State != Failed })
	switch {
	case t.n.Level+1 < len(t.n.Route.Levels):
		t.n.Level++
		return true
	case t.n.Round+1 < t.n.Route.Rounds:
		t.n.Level, t.n.Round = 0, t.n.Round+1
		if !reached {
			t.n.Due = now.Add(pause)
		}
		return reached
	}
	t.n.Status, t.n.Note = Unheard, "nobody acknowledged it"
	if t.reachedAny() {
		if !t.n.Route.asks() {
			t.n.Status, t.n.Note = Told, ""
		}
	} else {
		t.n.Note = "nobody could be told"
	}
	return false
}

// asks reports whether a route waits for somebody to acknowledge.
func (r Route) asks() bool {
	return slices.ContainsFunc(r.Levels, func(l Level) bool { return l.Wait > 0 })
}

func (t *turn) reachedAny() bool {
	return slices.ContainsFunc(t.deliveries, func(d Delivery) bool { return d.State == Sent || d.State == Unknown })
}

// recipients are who is to be told at the level of a notification, as it is now.
func (s *Service) recipients(ctx context.Context, n Notification) (list []recipient) {
	if n.Level >= len(n.Route.Levels) {
		return nil
	}
	settings, level := s.cfg.Settings(n.Tenant), n.Route.Levels[n.Level]
	for _, who := range level.Tell {
		to := s.recipient(ctx, n, settings, who)
		if to.why == "" {
			to.via = settings.ways(to, level.Via)
		}
		if !slices.ContainsFunc(list, func(o recipient) bool { return o.name == to.name }) {
			list = append(list, to)
		}
	}
	return list
}

// recipient finds who somebody is.
func (s *Service) recipient(ctx context.Context, n Notification, settings Settings, who string) recipient {
	now := s.now()
	kind, name, _ := strings.Cut(who, ":")
	if kind == "rota" {
		turn, err := s.cfg.OnCall.On(ctx, n.Tenant, name, now)
		switch {
		case err != nil:
			return recipient{name: who, why: cut("nobody knows who is on call: "+err.Error(), maxTitle)}
		case turn.Person == "":
			return recipient{name: who, why: "nobody is on call"}
		}
		kind, name = "person", turn.Person
	}
	if kind == "channel" {
		if _, ok := settings.Channels[name]; !ok {
			return recipient{name: who, why: "there is no such channel any more"}
		}
		return recipient{name: who}
	}
	person, ok := settings.People[name]
	if !ok {
		return recipient{name: "person:" + name, why: "nobody is called so any more"}
	}
	to := recipient{name: "person:" + name, reach: person.Reach}
	if !n.Route.Urgent && !person.Quiet.Always() && person.Quiet.Cover(now) {
		to.quiet = person.Quiet.Next(now)
	}
	return to
}

// byName are the recipients of a level by name. Who was on call when it began
// stays among them.
func (s *Service) byName(ctx context.Context, t *turn) map[string]recipient {
	out := map[string]recipient{}
	settings := s.cfg.Settings(t.n.Tenant)
	for _, i := range t.current() {
		name := t.deliveries[i].Recipient
		if _, known := out[name]; known {
			continue
		}
		if to := s.recipient(ctx, t.n, settings, name); to.why == "" {
			to.via = settings.ways(to, t.n.Route.Levels[t.n.Level].Via)
			out[name] = to
		}
	}
	return out
}
