package pull

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Waiter waits where a product can tell that there is something new.
type Waiter interface {
	// Wait returns when what the product has is not state any more, or after a
	// while, with what it has now; with an empty state it returns at once. can is
	// false where the product does not tell.
	Wait(ctx context.Context, src harrier.Source, s Settings, state string) (now string, can bool, err error)
}

const (
	// breath is the time between two questions that news lead to.
	breath = time.Second
	// recheck is when a product that could not tell is asked again whether it can.
	recheck = time.Hour
)

// lookout waits for news of a source.
type lookout struct {
	src  harrier.Source
	stop context.CancelFunc
}

// lookouts are those of all mailboxes that people report to.
type lookouts map[harrier.SourceID]lookout

// keep starts the lookouts of sources that have none, and ends those of
// sources that are gone or were changed.
func (l lookouts) keep(ctx context.Context, s *Service, sources []harrier.Source, waiting *sync.WaitGroup) {
	wanted := map[harrier.SourceID]bool{}
	for _, src := range sources {
		if src.Kind != "mailbox" || !src.Live {
			continue
		}
		old, there := l[src.ID]
		if there && bytes.Equal(old.src.Settings, src.Settings) {
			wanted[src.ID] = true
			continue
		}
		if there {
			old.stop()
		}
		set, err := ParseSettings(src.Settings)
		if err != nil {
			continue // the question says so
		}
		ctx, stop := context.WithCancel(ctx)
		l[src.ID], wanted[src.ID] = lookout{src, stop}, true
		waiting.Go(func() { s.attend(ctx, src, set) })
	}
	for id, one := range l {
		if !wanted[id] {
			one.stop()
			delete(l, id)
		}
	}
}

// attend waits for news of a source until ctx ends, and has it asked when there
// are some. It takes nothing itself: how far the source was read stays with
// [Service.Round], which asks every minute all the same.
func (s *Service) attend(ctx context.Context, src harrier.Source, set Settings) {
	state, failures := "", 0
	for ctx.Err() == nil {
		now, can, err := s.cfg.Waiter.Wait(ctx, src, set, state)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if failures++; failures == 1 {
				s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "nobody tells of new mail: the mailbox is asked every so often only", slog.String("source", src.Name), slog.Any("err", err))
			}
			pause(ctx, backoff(failures))
		case !can:
			pause(ctx, recheck)
		default:
			if state != "" { // the first answer proves nothing: it did not wait
				failures = 0
			}
			if now != state {
				s.wake(src.ID)
				pause(ctx, breath)
				s.wake(src.ID) // a product whose clock is ahead has it only now
			}
			state = now
		}
	}
}

// backoff is how long to leave a product alone that failed so often in a row.
func backoff(failures int) time.Duration {
	wait := lookEvery
	for range min(failures-1, 10) {
		wait = min(2*wait, patience)
	}
	return wait
}

// pause waits, but not beyond the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// wake has a source asked as soon as it can be.
func (s *Service) wake(id harrier.SourceID) {
	s.mu.Lock()
	s.woken[id] = true
	s.mu.Unlock()
	s.look()
}

// look has [Service.Run] look now.
func (s *Service) look() {
	select {
	case s.news <- struct{}{}:
	default: // it will
	}
}

// roused tells whether a source was woken since this was asked last.
func (s *Service) roused(id harrier.SourceID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.woken[id]
	delete(s.woken, id)
	return was
}
