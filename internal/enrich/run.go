package enrich

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// The bounds of what goes on after a picture.
const (
	// rowsAtOnce is how many alerts are looked at side by side, and besides how
	// many critical ones, which do not wait for the others.
	rowsAtOnce, criticalRows = 32, 16
	// patience is how long one look waits for answers.
	patience = 20 * time.Second
	// mostAttempts is after how many looks the rest stays missing.
	mostAttempts = 6
	sweep        = 15 * time.Second
)

// hands are the alerts that are looked at.
type hands struct {
	work sync.WaitGroup

	mu       sync.Mutex // guards what follows
	busy     map[alertKey]bool
	critical int
	ordinary int
}

type alertKey struct {
	tenant harrier.TenantID
	alert  harrier.AlertID
}

// take reports whether an alert may be looked at now.
func (h *hands) take(p Pending) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := alertKey{p.Tenant, p.Alert}
	switch {
	case h.busy[k]:
		return false
	case p.Lane == 0 && h.critical < criticalRows:
		h.critical++
	case p.Lane > 0 && h.ordinary < rowsAtOnce:
		h.ordinary++
	default:
		return false
	}
	h.busy[k] = true
	return true
}

func (h *hands) leave(p Pending) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.busy, alertKey{p.Tenant, p.Alert})
	if p.Lane == 0 {
		h.critical--
	} else {
		h.ordinary--
	}
}

// poke wakes Run.
func (s *Service) poke() { rounds.Nudge(s.wake) }

// Run sees to what goes on after pictures, until ctx ends, and tells hook what
// has arrived.
func (s *Service) Run(ctx context.Context, hook Hook) error {
	if s.cfg.Store == nil {
		return nil
	}
	h := &hands{busy: map[alertKey]bool{}}
	defer h.work.Wait()
	rounds.Until(ctx, s.wake, func(ctx context.Context) time.Duration {
		if err := s.round(ctx, h, hook); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("find what alerts wait for", "err", err)
		}
		return s.pause(ctx)
	})
	return nil
}

// round begins to look at the alerts whose turn it is.
func (s *Service) round(ctx context.Context, h *hands, hook Hook) error {
	due, err := s.cfg.Store.DueEnrichments(ctx, s.cfg.Now(), 2*(rowsAtOnce+criticalRows))
	if err != nil {
		return err
	}
	for _, p := range due {
		if !h.take(p) {
			continue
		}
		h.work.Go(func() {
			if err := s.look(ctx, p, hook); err != nil && ctx.Err() == nil {
				s.cfg.Log.Error("ask what an alert waits for", "alert_id", p.Alert, "err", err)
				h.leave(p)
				return // it is found again by the timer, not at once
			}
			h.leave(p)
			s.poke()
		})
	}
	return nil
}

// pause is how long nothing is due, at most.
func (s *Service) pause(ctx context.Context) time.Duration {
	at, ok, err := s.cfg.Store.NextEnrichment(ctx)
	if err != nil || !ok {
		return sweep
	}
	return min(sweep, max(at.Sub(s.cfg.Now()), time.Second))
}

// look asks once what an alert waits for, and has it judged again where
// something arrived.
func (s *Service) look(ctx context.Context, p Pending, hook Hook) error {
	was := p.Open
	if !p.Done {
		if err := s.collect(ctx, &p); err != nil {
			return err
		}
		if err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.MoveEnrichment(ctx, tx, p) }); err != nil {
			return err
		}
	}
	if p.Done || was < 0 || p.Open < was {
		if err := hook.Arrived(ctx, p.Tenant, p.Alert); err != nil {
			return err // it is told again when it is due
		}
	}
	if !p.Done {
		return nil
	}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.EndEnrichment(ctx, tx, p) })
}

// collect waits for answers for a while, and writes how it stands then.
func (s *Service) collect(ctx context.Context, p *Pending) error {
	var w waiting
	if err := json.Unmarshal(p.Request, &w); err != nil { // nothing else would read it
		s.cfg.Log.Error("what an alert waits for cannot be read", "alert_id", p.Alert, "err", err)
		p.Done, p.Due = true, s.cfg.Now().UTC()
		return nil
	}
	d := s.begin(Request{
		Tenant: p.Tenant, Alert: p.Alert, Finding: w.Finding, Severity: [lanes]string{"critical", "high", "medium", "low"}[p.Lane], TLP: w.TLP, PAP: w.PAP, Deadline: patience,
	})
	if err := d.known(ctx); err != nil {
		return err
	}
	if err := d.plan(ctx); err != nil {
		return err
	}
	if err := d.wait(ctx); err != nil {
		return err
	}
	p.Open = d.fill()
	p.Attempts++
	p.Done = p.Open == 0 || p.Attempts >= mostAttempts
	const most = time.Hour
	p.Due = s.cfg.Now().UTC().Add(min(sweep<<min(2*p.Attempts, 10), most))
	if p.Done {
		p.Due = s.cfg.Now().UTC().Add(sweep)
	}
	return nil
}
