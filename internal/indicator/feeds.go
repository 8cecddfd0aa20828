package indicator

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
	"github.com/harrier-soar/harrier/schema"
)

// Feeds returns the feeds of a tenant, by name.
func (s *Service) Feeds(ctx context.Context, tenant harrier.TenantID) ([]Feed, error) {
	return s.cfg.Store.Feeds(ctx, tenant)
}

// Feed returns a feed by its name.
func (s *Service) Feed(ctx context.Context, tenant harrier.TenantID, name string) (Feed, error) {
	all, err := s.cfg.Store.Feeds(ctx, tenant)
	if err != nil {
		return Feed{}, err
	}
	i := slices.IndexFunc(all, func(f Feed) bool { return f.Name == name })
	if i < 0 {
		return Feed{}, harrier.Errorf(harrier.NotFound, "feed %s does not exist", name)
	}
	return all[i], nil
}

// minInterval is how often a feed may be pulled at most; abuse.ch asks for it.
const minInterval = 5 * time.Minute

// SetFeed adds a feed, or changes the settings of the one of its name; how far
// it was read stays, unless it is another place or format now.
func (s *Service) SetFeed(ctx context.Context, by harrier.Principal, f Feed) (Feed, error) {
	f.Tenant, f.Format = by.Tenant, cmp.Or(f.Format, feed.Auto)
	if err := f.check(); err != nil {
		return Feed{}, err
	}
	old, err := s.Feed(ctx, by.Tenant, f.Name)
	if err != nil && harrier.KindOf(err) != harrier.NotFound {
		return Feed{}, err
	}
	now := s.cfg.Now().UTC()
	f.CreatedAt, f.UpdatedAt, f.Enabled = now, now, true
	if err == nil {
		f.Number, f.CreatedAt, f.Count, f.PulledAt = old.Number, old.CreatedAt, old.Count, old.PulledAt
		if old.URL == f.URL && old.Connection == f.Connection && old.Format == f.Format {
			f.Cursor = old.Cursor
		}
	}
	if f.Interval > 0 {
		f.NextAt = now
	}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		if f, err = s.cfg.Store.PutFeed(ctx, tx, f); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"intel.feed.set", f.Name, map[string]any{"url": f.URL, "connection": f.Connection, "format": f.Format}})
	})
	if err != nil {
		return Feed{}, err
	}
	s.know(uint32(f.Number), origin{tenant: f.Tenant, feed: f})
	s.nudge()
	return f, nil
}

// check refuses settings that mean nothing.
func (f Feed) check() error {
	switch {
	case !isName(f.Name):
		return harrier.Errorf(harrier.Invalid, "the name of a feed has 1 to 63 lower-case letters, digits, dots, _ and -; %q has not", f.Name)
	case !slices.Contains(feed.Formats(), f.Format) && f.Format != feed.Manifest:
		return harrier.Errorf(harrier.Invalid, "there is no format %q for feeds; use one of %v", f.Format, feed.Formats())
	case f.Type != "" && !slices.Contains(feed.Types(), f.Type):
		return harrier.Errorf(harrier.Invalid, "there is no type %q of indicators; use one of %v", f.Type, feed.Types())
	case f.Reliability != "" && !slices.Contains(schema.Reliabilities(), f.Reliability):
		return harrier.Errorf(harrier.Invalid, "a reliability is a letter from A (completely) to F (cannot be judged), not %q", f.Reliability)
	case f.Confidence < 0 || f.Confidence > 100:
		return harrier.Errorf(harrier.Invalid, "a confidence is from 1 to 100; 0 leaves it to what is usual, %d", defaultConfidence)
	case !slices.Contains(tlps(), f.TLP):
		return harrier.Errorf(harrier.Invalid, "there is no TLP:%s; use one of %v", f.TLP, tlps()[1:])
	case !slices.Contains(paps(), f.PAP):
		return harrier.Errorf(harrier.Invalid, "there is no PAP:%s; use one of %v", f.PAP, paps()[1:])
	case (f.Connection == "") != (f.Interval == 0):
		return harrier.Errorf(harrier.Invalid, "a feed that is pulled needs a connection and an interval; one that is imported has neither")
	case f.Interval != 0 && f.Interval < minInterval:
		return harrier.Errorf(harrier.Invalid, "a feed is pulled every %s at most", minInterval)
	}
	return nil
}

// isName reports whether a text may name a feed or a list.
func isName(name string) bool {
	return name != "" && len(name) <= 63 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == "" && name[0] != '.' && name[0] != '-'
}

// Imported says how a feed is imported.
type Imported struct {
	// Feed holds what a feed that does not exist yet is made with; of one that
	// exists, what is not empty here replaces how this file is read.
	Feed
	// Accept takes a whole feed that shrank for what it is.
	Accept bool
}

// Import reads a feed that somebody has brought.
func (s *Service) Import(ctx context.Context, by harrier.Principal, in Imported, r io.Reader) (Taken, error) {
	f, err := s.Feed(ctx, by.Tenant, in.Name)
	switch {
	case harrier.KindOf(err) == harrier.NotFound && err != nil:
		if f, err = s.SetFeed(ctx, by, in.Feed); err != nil {
			return Taken{}, err
		}
	case err != nil:
		return Taken{}, err
	}
	read := f
	read.Format, read.Column, read.Type, read.All = cmp.Or(in.Format, f.Format), cmp.Or(in.Column, f.Column), cmp.Or(in.Type, f.Type), in.All || f.All
	if in.Accept {
		read.Count = 0
	}
	taken, err := s.take(ctx, read, r, nil)
	if err != nil {
		return taken, err
	}
	return taken, s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		return s.audit(ctx, tx, by, deed{"intel.import", f.Name, map[string]any{"records": taken.Report.Records, "new": taken.New, "ended": taken.Ended}})
	})
}

// RemoveFeed removes a feed with all its indicators.
func (s *Service) RemoveFeed(ctx context.Context, by harrier.Principal, name string) error {
	f, err := s.Feed(ctx, by.Tenant, name)
	if err != nil {
		return err
	}
	if err := s.Load(ctx); err != nil {
		return err
	}
	if !s.begin(f.Number) {
		return harrier.Errorf(harrier.Conflict, "feed %s is being read; remove it when that is done", name)
	}
	defer s.end(f.Number)
	const atOnce = 2000
	for n, said := atOnce, false; n == atOnce; said = true {
		err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
			if n, err = s.cfg.Store.DropIndicators(ctx, tx, f, atOnce); err != nil || said {
				return err
			}
			return s.audit(ctx, tx, by, deed{"intel.feed.empty", f.Name, nil})
		})
		if err != nil {
			return err
		}
	}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.DropFeed(ctx, tx, f); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"intel.feed.remove", f.Name, nil})
	})
	if err != nil {
		return err
	}
	s.table.dropAll(uint32(f.Number))
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.origins, uint32(f.Number))
	return nil
}

// Indicators returns a page of a tenant's indicators, by type and value.
func (s *Service) Indicators(ctx context.Context, tenant harrier.TenantID, q Query, p harrier.Page) ([]Indicator, string, error) {
	feeds, err := s.cfg.Store.Feeds(ctx, tenant)
	if err != nil {
		return nil, "", err
	}
	names := map[int64]string{}
	filter := Filter{Type: q.Type, Value: q.Value}
	for _, f := range feeds {
		names[f.Number] = f.Name
		if f.Name == q.Feed {
			filter.Feed = f.Number
		}
	}
	if q.Feed != "" && filter.Feed == 0 {
		return nil, "", harrier.Errorf(harrier.NotFound, "feed %s does not exist", q.Feed)
	}
	rows, next, err := s.cfg.Store.Indicators(ctx, tenant, filter, p)
	for i := range rows {
		rows[i].FeedName = names[rows[i].Feed]
	}
	return rows, next, err
}

// Query selects indicators by what people know. Empty fields select all.
type Query struct{ Feed, Type, Value string }

// Withdraw ends an indicator, because it is wrong. It comes back where its feed
// is read again and still lists it.
func (s *Service) Withdraw(ctx context.Context, by harrier.Principal, q Query, reason string) error {
	if err := s.Load(ctx); err != nil {
		return err
	}
	f, err := s.Feed(ctx, by.Tenant, q.Feed)
	if err != nil {
		return err
	}
	kind, value, ok := feed.Spell(q.Type, q.Value)
	if q.Type == "" {
		kind, value, ok = feed.Guess(q.Value)
	}
	if !ok {
		return harrier.Errorf(harrier.Invalid, "%q is no value of an indicator; say its type, one of %v", q.Value, feed.Types())
	}
	k := Key{by.Tenant, kind, value, f.Number}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		ended, err := s.cfg.Store.EndIndicator(ctx, tx, k, s.cfg.Now().UTC(), cmp.Or(reason, "somebody took it back"))
		if err == nil && !ended {
			err = harrier.Errorf(harrier.NotFound, "feed %s has no indicator %s %s", q.Feed, kind, value)
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"intel.withdraw", value, map[string]any{"feed": f.Name, "type": kind, "reason": reason}})
	})
	if err == nil {
		s.remove(k)
	}
	return err
}

// deed is something that a person did.
type deed struct {
	action, target string
	data           map[string]any
}

// audit writes what a person did.
func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, d deed) error {
	return harrier.Deed{Action: d.action, Target: d.target, About: d.data, At: s.cfg.Now().UTC()}.Record(ctx, tx, s.cfg.Store, by)
}
