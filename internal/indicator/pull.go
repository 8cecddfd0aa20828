package indicator

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
)

// Fetcher gets feeds from where they are. It is safe for concurrent use.
type Fetcher interface {
	// Fetch gets what is new in a feed since its cursor.
	Fetch(ctx context.Context, f Feed) (Fetched, error)
}

// Fetched is a part of a feed, or all of it.
type Fetched struct {
	// Body is what it answered; nil where nothing has changed. The caller closes it.
	Body io.ReadCloser
	// Format is how it is written; the feed's where it is empty.
	Format feed.Format
	// Cursor is how far it was read with this part.
	Cursor json.RawMessage
	// More tells that there is another part.
	More bool
}

// maxParts bounds the parts of one pull; the rest is for the next.
const maxParts = 200

// PullFeed reads a feed now. Parts that were read stay read where a later one fails.
func (s *Service) PullFeed(ctx context.Context, f Feed) (Taken, error) {
	total := Taken{Feed: f.Name}
	if s.cfg.Fetch == nil || f.Connection == "" {
		return total, harrier.Errorf(harrier.Invalid, "feed %s is imported, not pulled: it has no connection", f.Name)
	}
	for range maxParts {
		got, err := s.cfg.Fetch.Fetch(ctx, f)
		if err != nil {
			return total, s.failed(ctx, f, err)
		}
		if got.Body == nil {
			f.PulledAt, f.Cursor, f.Problem = s.cfg.Now().UTC(), got.Cursor, ""
			return total, s.saveFeed(ctx, f.due(f.PulledAt), false, f.PulledAt)
		}
		part := f
		part.Format = cmp.Or(got.Format, f.Format)
		taken, err := s.take(ctx, part, got.Body, got.Cursor)
		_ = got.Body.Close() // it was read
		total.New, total.Changed, total.Ended = total.New+taken.New, total.Changed+taken.Changed, total.Ended+taken.Ended
		total.Report, total.Warning = taken.Report, taken.Warning
		if err != nil {
			return total, s.failed(ctx, f, err)
		}
		if !got.More {
			return total, nil
		}
		if f, err = s.Feed(ctx, f.Tenant, f.Name); err != nil {
			return total, err
		}
	}
	return total, nil
}

// due says when a feed is pulled next: after its interval, or a little later,
// so that not all feeds are pulled at once.
func (f Feed) due(now time.Time) Feed {
	if f.Interval > 0 {
		f.NextAt = now.Add(f.Interval + time.Duration(rand.Int64N(int64(f.Interval/10)+1)))
	}
	return f
}

// failed notes why a feed could not be read. What it listed stays.
func (s *Service) failed(ctx context.Context, f Feed, why error) error {
	now := s.cfg.Now().UTC()
	f.Problem, f.UpdatedAt = cut(why.Error()), now
	if err := s.saveFeed(ctx, f.due(now), false, now); err != nil {
		s.cfg.Log.ErrorContext(ctx, "the state of a feed was not saved", "feed", f.Name, "err", err)
	}
	return why
}

// idle is how long Run waits where nothing is due.
const idle = time.Minute

// Run loads what is stored, pulls feeds when they are due and looks back for
// news, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	for {
		next := s.round(ctx)
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		case <-s.wake:
			timer.Stop()
		}
	}
}

// round does what is due, and returns how long it is until something is again.
func (s *Service) round(ctx context.Context) time.Duration {
	if err := s.Load(ctx); err != nil {
		s.warn(ctx, err, "what", "the indicators")
		return 10 * time.Second
	}
	if err := s.lookBack(ctx); err != nil {
		s.warn(ctx, err, "what", "looking at earlier alerts")
	}
	feeds, err := s.cfg.Store.Feeds(ctx, harrier.TenantID{})
	if err != nil {
		s.warn(ctx, err, "what", "the list of feeds")
		return idle
	}
	wait := idle
	for _, f := range feeds {
		if !f.Enabled || f.Interval == 0 || ctx.Err() != nil {
			continue
		}
		if left := f.NextAt.Sub(s.cfg.Now()); left > 0 {
			wait = min(wait, left)
			continue
		}
		if taken, err := s.PullFeed(ctx, f); err != nil {
			s.warn(ctx, err, "what", "pulling a feed", "feed", f.Name)
		} else if taken.Warning != "" {
			s.cfg.Log.WarnContext(ctx, "a feed is not what it was", "feed", f.Name, "reason", taken.Warning)
		}
	}
	if err := s.lookBack(ctx); err != nil {
		s.warn(ctx, err, "what", "looking at earlier alerts")
	}
	return max(wait, time.Second)
}

// warn logs what failed, unless everything ends.
func (s *Service) warn(ctx context.Context, err error, facts ...any) {
	if ctx.Err() == nil {
		s.cfg.Log.WarnContext(ctx, "intelligence is not up to date", append(facts, "err", err)...)
	}
}
