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
	// refused is why nothing can be made of one of them.
	refused atomic.Pointer[string]
	// single tells that there is one finding only.
	single bool
}

// item is one finding of an event.
type item struct {
	*traveller
	finding     harrier.Finding
	fingerprint string
	// line is what the finding is most about: those of one line are settled in order.
	line   string
	digest string
	lane   int
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
	it := &item{traveller: t, finding: f, fingerprint: fingerprint(t.event.Source, f), digest: sum, lane: min(t.event.Lane, priority(f.Severity))}
	it.line = lineOf(t.event.Tenant, it)
	return it, nil
}

// shard settles findings one after the other, those of one line in the order in
// which their events were taken (G14).
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
// them in their lines: a critical one promotes its key.
func (s *shard) take() []*item {
	const most = 64
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return nil
	}
	urgent := slices.MinFunc(s.waiting, func(a, b *item) int { return a.lane - b.lane }).lane
	wanted := map[string]bool{} // lines in a hurry; none where nothing is
	if urgent < s.waiting[0].lane {
		for _, it := range s.waiting {
			if it.lane == urgent && len(wanted) < most {
				wanted[it.line] = true
			}
		}
	}
	var batch []*item
	rest := s.waiting[:0:0]
	for _, it := range s.waiting {
		if len(batch) < most && (wanted[it.line] || len(wanted) == 0) {
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
		ready, err := p.allReady(ctx, batch)
		if err != nil {
			p.giveUp(ctx, ready, err)
			return
		}
		batch = ready
		p.cfg.Hit(HitAssessed)
		done := 0
		err = p.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
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
		for _, it := range batch[:done] {
			p.finish(ctx, it)
		}
		batch = batch[done:]
	}
}

// allReady makes findings ready. Those of which nothing can be made, however
// often it is tried, are quarantined and left out: they keep no other waiting.
// After an error the findings that are still to be settled come back with it.
func (p *Pipeline) allReady(ctx context.Context, batch []*item) (ready []*item, _ error) {
	seen := map[string]bool{}
	for i, it := range batch {
		err := p.ready(ctx, it, seen[it.fingerprint])
		switch {
		case err == nil:
			seen[it.fingerprint] = true
			ready = append(ready, it)
		case harrier.KindOf(err) == harrier.Invalid:
			it.refused.Store(new(err.Error()))
			p.finish(ctx, it)
		default:
			return append(ready, batch[i:]...), err
		}
	}
	return ready, nil
}

// finish ends the event of a finding that is settled or refused, where it was
// the last of its findings.
func (p *Pipeline) finish(ctx context.Context, it *item) {
	switch {
	case it.left.Add(-1) > 0:
	case it.failed.Load():
		p.leave(it.event.ID)
		p.rewind()
	case it.refused.Load() != nil:
		p.end(ctx, it.traveller, harrier.EventQuarantined, *it.refused.Load())
	case it.single:
		p.leave(it.event.ID) // its end was written with its alert
	default:
		p.end(ctx, it.traveller, harrier.EventProcessed, "")
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
		p.rewind()
	}
}
