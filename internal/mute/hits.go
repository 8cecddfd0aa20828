package mute

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// Hits is how often a mute matched since it was last written.
type Hits struct {
	Tenant    harrier.TenantID
	Mute      harrier.MuteID
	Count     int64
	Overruled int64
	Last      time.Time
}

type hitKey struct {
	tenant harrier.TenantID
	mute   harrier.MuteID
}

// writeEvery is how often hits are written.
const writeEvery = 2 * time.Second

// Hit counts what applied to an alert, once the change is durable.
func (s *Service) Hit(tx harrier.Tx, tenant harrier.TenantID, applied []Applied, at time.Time) {
	if len(applied) == 0 {
		return
	}
	tx.OnCommit(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, a := range applied {
			k := hitKey{tenant, a.Mute}
			h := s.hits[k]
			if h == nil {
				h = &Hits{Tenant: tenant, Mute: a.Mute}
				s.hits[k] = h
			}
			h.Count++
			if a.Overruled != "" {
				h.Overruled++
			}
			if at.After(h.Last) {
				h.Last = at
			}
		}
	})
}

// Run writes hits until ctx ends, and then the last of them.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.Flush(context.WithoutCancel(ctx))
		case <-tick.C:
			if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "count hits of mutes", "err", err)
			}
		}
	}
}

// Flush writes the hits that are not yet written. What cannot be written is
// kept for the next time.
func (s *Service) Flush(ctx context.Context) error {
	s.mu.Lock()
	taken := s.hits
	s.hits = map[hitKey]*Hits{}
	s.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	list := make([]Hits, 0, len(taken))
	for _, h := range taken {
		list = append(list, *h)
	}
	err := s.store.Write(ctx, func(tx harrier.Tx) error { return s.store.CountMutes(ctx, tx, list) })
	if err != nil {
		s.giveBack(taken)
	}
	return err
}

// giveBack adds hits that could not be written to those that came meanwhile.
func (s *Service) giveBack(taken map[hitKey]*Hits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, h := range taken {
		now := s.hits[k]
		if now == nil {
			s.hits[k] = h
			continue
		}
		now.Count, now.Overruled = now.Count+h.Count, now.Overruled+h.Overruled
		if h.Last.After(now.Last) {
			now.Last = h.Last
		}
	}
}
