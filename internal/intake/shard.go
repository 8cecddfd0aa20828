package intake

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/harrier-soar/harrier"
)

// traveller is an event on its way.
type traveller struct {
	event  harrier.RawEvent // without its bytes
	source harrier.Source
	// left counts the findings that are on their way, and failed tells that one
	// of them has to be begun again.
	left   atomic.Int64
	failed atomic.Bool
	// single tells that there is one finding only.
	single bool
}

// item is one finding of an event.
type item struct {
	*traveller
	finding     harrier.Finding
	fingerprint string
	digest      string
	lane        int
	// repeat tells that the source's id was folded into the known alert.
	repeat bool
	// bad are its observables that are known to be bad.
	bad  []harrier.Observable
	plan plan
}

// newItem returns a finding on its way.
func newItem(t *traveller, f harrier.Finding) (*item, error) {
	if f.ExternalID == "" || f.Title == "" {
		return nil, harrier.Errorf(harrier.Invalid, "the mapping %s made an alert without an id or a title of it", t.source.Mapping)
	}
	f.ExternalID, f.Title = clip(f.ExternalID, 1000), clip(f.Title, 500)
	if !slices.Contains(severities(), f.Severity) {
		f.Severity = "medium"
	}
	sum, err := digest(f)
	if err != nil {
		return nil, err
	}
	return &item{traveller: t, finding: f, fingerprint: fingerprint(t.event.Source, f), digest: sum, lane: min(t.event.Lane, priority(f.Severity))}, nil
}

// shard settles findings one after the other, those of one fingerprint in the
// order in which their events were taken (G14).
type shard struct {
	p     *Pipeline
	woken chan struct{}

	mu      sync.Mutex // guards waiting
	waiting []*item
}

func newShard(p *Pipeline) *shard { return &shard{p: p, woken: make(chan struct{}, 1)} }

// put adds a finding.
func (s *shard) put(it *item) {
	s.mu.Lock()
	s.waiting = append(s.waiting, it)
	s.mu.Unlock()
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// run settles findings until ctx ends.
func (s *shard) run(ctx context.Context) {
	for ctx.Err() == nil {
		batch := s.take()
		if len(batch) == 0 {
			select {
			case <-ctx.Done():
			case <-s.woken:
			}
			continue
		}
		s.p.settle(ctx, batch)
	}
}

// take returns the most urgent findings that wait, with all that came before
// them under their fingerprints: a critical one promotes its key.
func (s *shard) take() []*item {
	const most = 64
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return nil
	}
	urgent := slices.MinFunc(s.waiting, func(a, b *item) int { return a.lane - b.lane }).lane
	wanted := map[string]int{} // how many of a fingerprint still have to go
	if urgent < s.waiting[0].lane {
		for _, it := range s.waiting {
			if it.lane == urgent && len(wanted) < most {
				wanted[it.fingerprint] = 0
			}
		}
	}
	var batch []*item
	rest := s.waiting[:0:0]
	for _, it := range s.waiting {
		_, hurry := wanted[it.fingerprint]
		if len(batch) < most && (hurry || len(wanted) == 0) {
			batch = append(batch, it)
			continue
		}
		rest = append(rest, it)
	}
	s.waiting = rest
	return batch
}

// errUnready says that what is known has changed since a finding was judged.
var errUnready = errors.New("what is known has changed")

// settle makes alerts of findings, in order.
func (p *Pipeline) settle(ctx context.Context, batch []*item) {
	for tries := 0; len(batch) > 0; tries++ {
		seen := map[string]bool{}
		for i, it := range batch {
			if err := p.ready(ctx, it, seen[it.fingerprint] && i > 0); err != nil {
				p.giveUp(ctx, batch, err)
				return
			}
			seen[it.fingerprint] = true
		}
		p.cfg.Hit(HitAssessed)
		done := 0
		err := p.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
			done = 0
			for _, it := range batch {
				switch err := p.place(ctx, tx, it); {
				case errors.Is(err, errUnready) && done > 0:
					return nil
				case err != nil:
					return err
				}
				done++
			}
			return nil
		})
		if errors.Is(err, errUnready) && tries < 100 {
			continue
		}
		if err != nil {
			p.giveUp(ctx, batch, err)
			return
		}
		p.cfg.Hit(HitPlaced)
		p.settled(ctx, batch[:done])
		batch = batch[done:]
	}
}

// settled ends the events of which all findings are settled.
func (p *Pipeline) settled(ctx context.Context, done []*item) {
	for _, it := range done {
		switch {
		case it.left.Add(-1) > 0:
		case it.failed.Load():
			p.leave(it.event.ID)
			p.Rewind()
		case it.single:
			p.leave(it.event.ID) // its end was written with its alert
		default:
			p.end(ctx, it.traveller, harrier.EventProcessed, "")
		}
	}
}

// giveUp leaves events pending, to be begun again.
func (p *Pipeline) giveUp(ctx context.Context, batch []*item, err error) {
	for _, it := range batch {
		it.failed.Store(true)
		if it.left.Add(-1) <= 0 {
			p.leave(it.event.ID)
		}
	}
	if ctx.Err() == nil {
		p.cfg.Log.Error("events were not processed; they are tried again", "events", len(batch), "err", err)
		p.pause(ctx)
		p.Rewind()
	}
}
