package indicator

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
)

// Taken is what came of reading a feed.
type Taken struct {
	Feed   string
	Report feed.Report
	// New counts indicators that were not there, Changed those that say something
	// else now, Ended those that the feed took back or lists no more.
	New, Changed, Ended int
	// Warning is what a person should look at; empty where nothing is.
	Warning string
}

// batchSize is how many indicators are stored in one change: the writer is held
// up no longer than for them.
const batchSize = 500

// taking is one reading of a feed.
type taking struct {
	s       *Service
	f       Feed
	now     time.Time
	taken   Taken
	batch   []Indicator
	revoked []Key
	// seen are the hashes of what a whole feed lists.
	seen map[uint64]struct{}
}

// take reads a feed and stores what it lists. How far it was read is stored in
// the transaction after the last of the indicators; nil leaves it.
func (s *Service) take(ctx context.Context, f Feed, r io.Reader, cursor json.RawMessage) (Taken, error) {
	if err := s.Load(ctx); err != nil {
		return Taken{}, err
	}
	if !s.begin(f.Number) {
		return Taken{}, harrier.Errorf(harrier.Conflict, "feed %s is being read already; wait until that is done", f.Name)
	}
	defer s.end(f.Number)
	t := &taking{s: s, f: f, now: s.cfg.Now().UTC().Truncate(time.Second), taken: Taken{Feed: f.Name}}
	if f.Whole {
		t.seen = map[uint64]struct{}{}
	}
	opt := feed.Options{Format: f.Format, Column: f.Column, Type: f.Type, All: f.All}
	var err error
	t.taken.Report, err = feed.Read(r, opt, func(rec feed.Record) error { return t.record(ctx, rec) })
	if err == nil {
		err = t.flush(ctx)
	}
	if err == nil {
		err = t.finish(ctx, cursor)
	}
	return t.taken, err
}

// begin notes that a feed is being read; it is false where it is already.
func (s *Service) begin(number int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[number] {
		return false
	}
	s.busy[number] = true
	return true
}

func (s *Service) end(number int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, number)
}

// record takes one record.
func (t *taking) record(ctx context.Context, rec feed.Record) error {
	i := t.f.of(rec, t.now)
	if rec.Revoked {
		t.revoked = append(t.revoked, i.Key)
	} else {
		t.batch = append(t.batch, i)
		if t.seen != nil {
			hash, _ := t.s.entryOf(i)
			t.seen[hash] = struct{}{}
		}
	}
	if len(t.batch)+len(t.revoked) < batchSize {
		return nil
	}
	return t.flush(ctx)
}

// flush stores what waits, and then tells memory.
func (t *taking) flush(ctx context.Context) error {
	if len(t.batch)+len(t.revoked) == 0 {
		return nil
	}
	var changes []Change
	var ended []Key
	err := t.s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		ended = ended[:0]
		if changes, err = t.s.cfg.Store.PutIndicators(ctx, tx, t.batch); err != nil {
			return err
		}
		for _, k := range t.revoked {
			was, err := t.s.cfg.Store.EndIndicator(ctx, tx, k, t.now, "its feed took it back")
			if err != nil {
				return err
			}
			if was {
				ended = append(ended, k)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for n, c := range changes {
		switch {
		case c.New:
			t.taken.New++
		case c.Changed:
			t.taken.Changed++
			t.batch[n].AddedAt = c.AddedAt // it is no news
		default:
			continue
		}
		t.s.add(t.batch[n])
	}
	for _, k := range ended {
		t.s.remove(k)
	}
	t.taken.Ended += len(ended)
	t.batch, t.revoked = t.batch[:0], t.revoked[:0]
	return nil
}

// finish ends what a whole feed lists no more, and notes how far it was read.
func (t *taking) finish(ctx context.Context, cursor json.RawMessage) error {
	f := t.f
	if f.Whole {
		t.taken.Warning = shrunk(f.Count, t.taken.Report.Records)
		if t.taken.Warning == "" {
			if err := t.endAbsent(ctx); err != nil {
				return err
			}
		}
	}
	if t.taken.Warning == "" {
		f.Count = t.taken.Report.Records
	}
	f.Problem, f.PulledAt, f.UpdatedAt = t.taken.Warning, t.now, t.now
	if cursor != nil {
		f.Cursor = cursor
	}
	return t.s.saveFeed(ctx, f.due(t.now), t.taken.New > 0, t.now)
}

// shrunk says what is wrong with a feed that lists much less than before.
func shrunk(before, now int) string {
	switch {
	case now == 0 && before > 0:
		return fmt.Sprintf("it came empty and had %d records before; what it listed is kept", before)
	case now*2 < before:
		return fmt.Sprintf("it shrank from %d records to %d; what it listed is kept until it is whole again, or is imported with --accept", before, now)
	}
	return ""
}

// saveFeed stores a feed after a reading. News are looked back for: that they
// are is in the same change.
func (s *Service) saveFeed(ctx context.Context, f Feed, news bool, since time.Time) error {
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.NoteFeed(ctx, tx, f); err != nil || !news || s.cfg.Back == nil {
			return err
		}
		return s.cfg.Back.PutLookback(ctx, tx, f.Tenant, since)
	})
	if err != nil {
		return err
	}
	if f, err = s.Feed(ctx, f.Tenant, f.Name); err != nil {
		return err
	}
	s.know(uint32(f.Number), origin{tenant: f.Tenant, feed: f})
	s.nudge()
	return nil
}

// nudge makes Run look for what is due.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// endAbsent ends what a whole feed does not list.
func (t *taking) endAbsent(ctx context.Context) error {
	after := Key{Tenant: t.f.Tenant, Feed: t.f.Number}
	for {
		rows, err := t.s.cfg.Store.LiveIndicators(ctx, after, loadPage)
		if err != nil {
			return err
		}
		for _, row := range rows {
			hash, _ := t.s.entryOf(row)
			if _, listed := t.seen[hash]; !listed {
				t.revoked = append(t.revoked, row.Key)
			}
			if len(t.revoked) >= batchSize {
				if err := t.flush(ctx); err != nil {
					return err
				}
			}
		}
		if err := t.flush(ctx); err != nil || len(rows) < loadPage {
			return err
		}
		after = rows[len(rows)-1].Key
	}
}
