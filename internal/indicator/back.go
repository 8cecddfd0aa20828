package indicator

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Lookback knows what alerts had, and what is still to be looked back for. It
// is safe for concurrent use.
type Lookback interface {
	// PutLookback notes that indicators of a tenant that came at or after a time
	// are to be looked for in what alerts had.
	PutLookback(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, since time.Time) error
	// Lookbacks returns what was noted, by tenant the earliest time.
	Lookbacks(ctx context.Context) (map[harrier.TenantID]time.Time, error)
	// EndLookback takes back what was noted up to a time.
	EndLookback(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, upTo time.Time) error
	// SeenObservables returns what alerts of a tenant had, in the order of type,
	// value, time and alert, after one of them.
	SeenObservables(ctx context.Context, tenant harrier.TenantID, after Seen, limit int) ([]Seen, error)
}

// Seen is an observable that an alert had.
type Seen struct {
	Type, Value string
	At          time.Time
	Alert       harrier.AlertID
}

// Hits hears that new intelligence names what an alert had, so that the alert
// is judged again. It may hear of the same twice.
type Hits interface {
	Hit(ctx context.Context, tenant harrier.TenantID, alert harrier.AlertID, o harrier.Observable, says []picture.Opinion) error
}

const (
	// backWindow is how old an alert may be that new intelligence is held against.
	backWindow = 90 * day
	// maxHits bounds the alerts of one look back: an indicator that hits more is
	// a mistake rather than a discovery.
	maxHits  = 1000
	backPage = 2000
)

// lookBack looks for new indicators in what alerts had.
func (s *Service) lookBack(ctx context.Context) error {
	if s.cfg.Back == nil || s.cfg.Hits == nil {
		return nil
	}
	due, err := s.cfg.Back.Lookbacks(ctx)
	if err != nil {
		return err
	}
	for tenant, since := range due {
		upTo := s.cfg.Now()
		if err := s.lookBackFor(ctx, tenant, since); err != nil {
			return err
		}
		err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Back.EndLookback(ctx, tx, tenant, upTo) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) lookBackFor(ctx context.Context, tenant harrier.TenantID, since time.Time) error {
	from := s.cfg.Now().Add(-backWindow)
	hits := map[harrier.AlertID]bool{}
	var last harrier.Observable
	var says []picture.Opinion
	for after := (Seen{}); ; {
		page, err := s.cfg.Back.SeenObservables(ctx, tenant, after, backPage)
		if err != nil {
			return err
		}
		for _, seen := range page {
			if o := (harrier.Observable{Type: seen.Type, Value: seen.Value}); o != last {
				last, says = o, s.news(tenant, o, since)
			}
			if len(says) == 0 || seen.At.Before(from) || hits[seen.Alert] {
				continue
			}
			if len(hits) >= maxHits {
				s.cfg.Log.WarnContext(ctx, "new indicators hit more earlier alerts than are judged again", "limit", maxHits, "value", seen.Value)
				return nil
			}
			hits[seen.Alert] = true
			if err := s.cfg.Hits.Hit(ctx, tenant, seen.Alert, last, says); err != nil {
				return err
			}
		}
		if len(page) < backPage {
			return nil
		}
		after = page[len(page)-1]
	}
}

// news are the opinions on an observable that came at or after a time, and
// that it is bad.
func (s *Service) news(tenant harrier.TenantID, o harrier.Observable, since time.Time) []picture.Opinion {
	var out []picture.Opinion
	s.table.lookUp(tenant, o, func(e entry) {
		if e.added < seconds(since) {
			return
		}
		from, ok := s.whose(e.origin)
		if !ok || from.tenant != tenant || from.list.Kind == Allow {
			return
		}
		if op, told := s.opinion(e, from, s.cfg.Now()); told && op.Verdict != "benign" {
			out = append(out, op)
		}
	})
	return out
}
