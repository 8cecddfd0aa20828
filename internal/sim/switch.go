package sim

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/killswitch"
)

// attempt names one attempt of an effect.
type attempt struct {
	effect
	number int
}

// flip puts the switch on, or takes it off, as somebody does in the middle of
// everything else.
func (s *Simulation) flip(ctx context.Context) {
	if s.scope != "" {
		s.resume(ctx)
		return
	}
	sw := killswitch.Switch{
		Tenant: harrier.DefaultTenant, Scope: []killswitch.Scope{killswitch.All, killswitch.Contain}[s.rng.IntN(2)], Reason: "simulated",
	}
	err := s.store.Write(ctx, func(tx harrier.Tx) error { return s.store.PutSwitch(ctx, tx, sw) })
	s.note("switch on %s: %v", sw.Scope, err)
	if err != nil { // it may be on all the same; whoever put it on puts it on again
		s.calmly(func() {
			err = s.store.Write(ctx, func(tx harrier.Tx) error { return s.store.PutSwitch(ctx, tx, sw) })
		})
	}
	if err != nil {
		s.breaks("the switch cannot be put on: %v", err)
	}
	s.scope, s.before = sw.Scope, s.attempts(ctx, sw.Scope)
}

// calmly does something in which nothing goes wrong.
func (s *Simulation) calmly(do func()) {
	was := s.calm
	s.calm = true
	do()
	s.calm = was
}

// resume takes the switch off, after it was held against the ledger: no effect
// that it stops was intended after it was on (I17).
func (s *Simulation) resume(ctx context.Context) {
	if s.scope == "" {
		return
	}
	for a := range s.attempts(ctx, s.scope) {
		if !s.before[a] {
			s.breaks("I17: %s was intended in attempt %d while the switch was on", a.path, a.number)
		}
	}
	s.note("switch off")
	s.scope = ""
	s.calmly(func() {
		err := s.store.Write(ctx, func(tx harrier.Tx) error {
			if err := s.store.DropSwitch(ctx, tx, harrier.DefaultTenant); err != nil {
				return err
			}
			_, err := s.store.ResumeStopped(ctx, tx, s.now, 1000)
			return err
		})
		if err != nil {
			s.breaks("the switch cannot be taken off: %v", err)
		}
	})
}

// attempts are all attempts of effects that a scope stops.
func (s *Simulation) attempts(ctx context.Context, scope killswitch.Scope) map[attempt]bool {
	found := map[attempt]bool{}
	for _, id := range s.runs {
		intents, _ := s.store.Intents(ctx, id)
		for _, in := range intents {
			if scope.Stops(in.Effect) && in.By != "local" {
				found[attempt{effect{in.Run, in.Path, in.Connection, in.Key}, in.Attempt}] = true
			}
		}
	}
	return found
}
