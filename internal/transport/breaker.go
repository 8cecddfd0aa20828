package transport

import (
	"sync"
	"time"
)

// The circuit breaker's figures.
const (
	breakerWindow = time.Minute
	breakerSlots  = 12
	breakerCalls  = 20 // fewer tell nothing
	breakerProbe  = 30 * time.Second
)

// outcome is what a call told about the health of the vendor.
type outcome int

const (
	// noOutcome tells nothing: refused here, or given up by the caller.
	noOutcome outcome = iota
	healthy
	failing
)

// breaker stops calls to a vendor that fails: open where at least half of at
// least 20 calls in a minute failed, with one probe every 30 s.
type breaker struct {
	mu       sync.Mutex // guards what follows
	slots    [breakerSlots]tally
	open     bool
	next     time.Time // of the next probe
	bypassed bool      // by a critical containment, since it opened
}

// tally counts the calls of one slot of the window.
type tally struct{ slot, calls, failures int64 }

// enter asks to make a call. While open, it grants a probe now and then and,
// once, a bypass; wait tells when to ask again.
func (b *breaker) enter(now time.Time, mayBypass bool) (probe bool, wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.open:
		return false, 0, true
	case !now.Before(b.next):
		b.next = now.Add(breakerProbe)
		return true, 0, true
	case mayBypass && !b.bypassed:
		b.bypassed = true
		return true, 0, true
	}
	return false, b.next.Sub(now), false
}

// leave reports what a call told. A probe decides whether the breaker closes.
func (b *breaker) leave(now time.Time, probe bool, o outcome) {
	if o == noOutcome {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open {
		if probe && o == healthy {
			b.open, b.bypassed, b.slots = false, false, [breakerSlots]tally{}
		}
		return
	}
	slot := now.UnixNano() / int64(breakerWindow/breakerSlots)
	t := &b.slots[slot%breakerSlots]
	if t.slot != slot {
		*t = tally{slot: slot}
	}
	t.calls++
	if o == failing {
		t.failures++
	}
	if b.tripped(slot) {
		b.open, b.bypassed, b.next = true, false, now.Add(breakerProbe)
	}
}

// tripped sums up the window that ends with the given slot.
func (b *breaker) tripped(slot int64) bool {
	var calls, failures int64
	for _, t := range b.slots {
		if slot-t.slot < breakerSlots {
			calls, failures = calls+t.calls, failures+t.failures
		}
	}
	return calls >= breakerCalls && 2*failures >= calls
}
