package pull

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/harrier-soar/harrier"
)

// postbox is a mailbox whose server tells of mail, in the time of the test.
type postbox struct {
	*product
	mu    sync.Mutex // guards what follows, and the product
	mails int
	dead  bool // the server is down
	mute  bool // it does not tell
	waits []time.Time
	told  chan struct{}
}

func newPostbox(t *testing.T) *postbox {
	p := &postbox{product: newProduct(t), told: make(chan struct{}, 1)}
	p.src.CreatedAt = time.Now()
	p.src.Kind, p.src.Live, p.src.Settings = "mailbox", true, json.RawMessage(`{"connection":"c","mailbox":"m@corp.example","every":"1h"}`)
	p.Service = New(Config{Store: p, Intake: p, Asker: p, Waiter: p, Rows: p, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	return p
}

func (p *postbox) RowsFrom(harrier.Source) string { return "" }

func (p *postbox) Rows(context.Context, harrier.Source, string) ([]json.RawMessage, error) {
	return nil, nil
}

func (p *postbox) EnabledSources(context.Context) ([]harrier.Source, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.src.Enabled {
		return nil, nil
	}
	return []harrier.Source{p.src}, nil
}

// Ask gives what has arrived.
func (p *postbox) Ask(ctx context.Context, src harrier.Source, s Settings, q Question) (Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = time.Now()
	return p.product.Ask(ctx, src, s, q)
}

// Write and Position hold the lock, as [postbox.count] reads what is kept.
func (p *postbox) Write(ctx context.Context, change func(harrier.Tx) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.product.Write(ctx, change)
}

func (p *postbox) Position(ctx context.Context, tenant harrier.TenantID, source harrier.SourceID) (Position, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.product.Position(ctx, tenant, source)
}

func (p *postbox) questions() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

func (p *postbox) tries() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waits)
}

func (p *postbox) state() (string, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits = append(p.waits, time.Now())
	if p.dead {
		return "", false, harrier.Errorf(harrier.Unavailable, "connection refused")
	}
	return fmt.Sprint(p.mails), !p.mute, nil
}

func (p *postbox) Wait(ctx context.Context, _ harrier.Source, _ Settings, state string) (string, bool, error) {
	now, can, err := p.state()
	if err != nil || !can || now != state {
		return now, can, err
	}
	select {
	case <-p.told:
	case <-time.After(25 * time.Minute):
	case <-ctx.Done():
		return "", false, context.Cause(ctx)
	}
	now, can, err = p.state()
	return now, can, err
}

// arrive is a mail that the server tells of, if it does.
func (p *postbox) arrive(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mails++
	p.alerts = append(p.alerts, told{id, time.Now().Truncate(time.Second), time.Now()}) // IMAP keeps seconds
	select {
	case p.told <- struct{}{}:
	default:
	}
}

func (p *postbox) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.events)
}

// asking runs the service for the time of a test.
func (p *postbox) asking(t *testing.T, do func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	synctest.Wait()
	do()
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestAttend_takesAMailWithinASecondAndOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPostbox(t)
		p.asking(t, func() {
			pause(t.Context(), 90*time.Second+time.Millisecond)
			for i := range 20 {
				p.arrive(fmt.Sprint("mail ", i))
				pause(t.Context(), 998*time.Millisecond)
				if got := p.count(); got != i+1 {
					t.Fatalf("a second after mail %d arrived there are %d, want %d", i, got, i+1)
				}
				pause(t.Context(), 90*time.Second+2*time.Millisecond)
			}
		})
		if got := p.count(); got != 20 {
			t.Errorf("taken %d, want each once", got)
		}
	})
}

func TestAttend_asksNoMoreThanOnceASecondInAStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPostbox(t)
		p.asking(t, func() {
			pause(t.Context(), time.Minute)
			before := p.questions()
			for i := range 1000 {
				p.arrive(fmt.Sprint("mail ", i))
				pause(t.Context(), 10*time.Millisecond)
			}
			pause(t.Context(), 5*time.Second)
			if asked := p.questions() - before; asked > 25 {
				t.Errorf("asked %d times in 15 seconds", asked)
			}
		})
		if got := p.count(); got != 1000 {
			t.Errorf("taken %d of 1000", got)
		}
	})
}

func TestAttend_pollsWhereNobodyTellsAndTriesAgainLessAndLessOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPostbox(t)
		p.dead = true
		p.asking(t, func() {
			p.arrive("while it is down")
			pause(t.Context(), 2*time.Hour+time.Minute)
			if got := p.count(); got != 1 {
				t.Errorf("after two hours without being told: %d mails, want that the mailbox was polled", got)
			}
			if tries := p.tries(); tries < 8 || tries > 20 {
				t.Errorf("tried %d times in two hours to be told", tries)
			}
			p.mu.Lock()
			p.dead = false
			p.mu.Unlock()
			pause(t.Context(), patience+time.Millisecond)
			p.arrive("when it is back")
			pause(t.Context(), time.Second)
			if got := p.count(); got != 2 {
				t.Errorf("when the server tells again: %d mails, want 2 at once", got)
			}
		})
	})
}

func TestAttend_leavesAProductAloneThatCannotTell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPostbox(t)
		p.mute = true
		p.asking(t, func() { pause(t.Context(), 10*time.Hour) })
		if tries := p.tries(); tries > 11 {
			t.Errorf("asked %d times in ten hours whether it can tell", tries)
		}
	})
}

func TestAttend_endsWithItsSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPostbox(t)
		p.asking(t, func() {
			pause(t.Context(), time.Minute)
			p.mu.Lock()
			p.src.Enabled = false
			p.mu.Unlock()
			pause(t.Context(), time.Minute)
			before := p.tries()
			pause(t.Context(), 2*time.Hour)
			if p.tries() != before {
				t.Errorf("a source that is disabled is attended still")
			}
			p.mu.Lock()
			p.src.Enabled = true
			p.mu.Unlock()
			pause(t.Context(), time.Minute+time.Millisecond)
			p.arrive("again")
			pause(t.Context(), time.Second)
			if got := p.count(); got != 1 {
				t.Errorf("enabled again: %d mails", got)
			}
		})
	})
}
