package access

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Admitted is a request that was let in.
type Admitted struct {
	Principal harrier.Principal
	// Context ends when that by which the request acts ends or is changed. Its
	// cause is Unauthenticated then.
	Context context.Context
	// Done must be called when the request is over.
	Done func()
}

// touchEvery is how often the use of a session or a key is written down.
const touchEvery = time.Minute

// Admit says who bears a token. One that is not known, has expired, was ended
// or is not of this address is Unauthenticated, and never why.
func (s *Service) Admit(ctx context.Context, token harrier.Secret, from netip.Addr) (Admitted, error) {
	for {
		mark := s.live.mark()
		p, f, ends, err := s.identify(ctx, token, from)
		if err != nil {
			return Admitted{}, err
		}
		until, over := context.WithTimeoutCause(ctx, ends.Sub(s.now()), errEnded)
		inner, cancel := context.WithCancelCause(until)
		f.cancel = cancel
		if !s.live.follow(f, mark) {
			cancel(nil)
			over()
			continue // something ended meanwhile: look again
		}
		return Admitted{p, inner, func() { s.live.leave(f); cancel(nil); over() }}, nil
	}
}

// errBearer is told of every token that is not good.
var errBearer = &harrier.Error{Kind: harrier.Unauthenticated, Text: "this token is not known, or no longer good; log in again"}

// identify says who bears a token, and until when.
func (s *Service) identify(ctx context.Context, token harrier.Secret, from netip.Addr) (harrier.Principal, *follower, time.Time, error) {
	switch text := token.Reveal(); {
	case strings.HasPrefix(text, sessionPrefix):
		return s.bySession(ctx, token)
	case strings.HasPrefix(text, keyPrefix):
		return s.byKey(ctx, token, from)
	}
	return harrier.Principal{}, nil, time.Time{}, errBearer
}

func (s *Service) bySession(ctx context.Context, token harrier.Secret) (p harrier.Principal, f *follower, ends time.Time, err error) {
	ses, a, err := s.store.SessionOf(ctx, digest(token))
	if harrier.KindOf(err) == harrier.NotFound || err == nil && (a.Disabled() || !s.lives(ses)) {
		return p, nil, ends, errBearer
	}
	if err != nil {
		return p, nil, ends, err
	}
	now := s.now()
	if now.Sub(ses.UsedAt) >= touchEvery {
		ses.UsedAt = now
		s.touch(ctx, func(tx harrier.Tx) error { return s.store.TouchSession(ctx, tx, ses) })
	}
	p = a.principal()
	p.Session, p.Fresh, p.FactorDue = ses.ID, ses.ProvedAt, s.due(a)
	return p, &follower{principal: a.ID, session: ses.ID}, ses.EndsAt, nil
}

func (s *Service) byKey(ctx context.Context, token harrier.Secret, from netip.Addr) (p harrier.Principal, f *follower, ends time.Time, err error) {
	k, a, err := s.store.KeyOf(ctx, digest(token))
	now := s.now()
	if harrier.KindOf(err) == harrier.NotFound || err == nil && (a.Disabled() || !k.good(now, from)) {
		return p, nil, ends, errBearer
	}
	if err != nil {
		return p, nil, ends, err
	}
	if now.Sub(k.UsedAt) >= touchEvery {
		k.UsedAt = now
		s.touch(ctx, func(tx harrier.Tx) error { return s.store.UpdateKey(ctx, tx, k) })
	}
	p = a.principal()
	for perm := range p.Grants {
		if !slices.Contains(k.Permissions, perm) {
			delete(p.Grants, perm)
		}
	}
	return p, &follower{principal: a.ID, key: k.ID}, k.ExpiresAt, nil
}

// touch writes down that something was used. It is no reason to refuse anybody.
func (s *Service) touch(ctx context.Context, change func(harrier.Tx) error) {
	if err := s.store.Write(ctx, change); err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "the use of a session or key was not written down", "err", err)
	}
}
