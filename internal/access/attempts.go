package access

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// TooMany is the error of an attempt that came too early. Nothing was tried.
type TooMany struct {
	// Wait is after how long the next attempt is looked at.
	Wait time.Duration
}

// Error implements [error].
func (t *TooMany) Error() string {
	return fmt.Sprintf("too many attempts failed; the next one is looked at in %s", t.Wait.Round(time.Second))
}

// Unwrap gives the error its kind.
func (t *TooMany) Unwrap() error { return &harrier.Error{Kind: harrier.Limited, Text: t.Error()} }

const (
	// freeAttempts may fail for an account, or on a known device, before waiting begins.
	freeAttempts = 5
	// freeOfSource may fail from one address, behind which many people may be.
	freeOfSource = 20
	// maxWait is the longest delay, so that nobody is shut out for good.
	maxWait = 15 * time.Minute
	// memoryOf is how long failures are remembered after the last one.
	memoryOf = time.Hour
	// maxBuckets bounds what is remembered.
	maxBuckets = 100_000
)

// attempts limits guessing. Who fails too often waits, each time twice as
// long; what comes earlier is refused without being looked at, and does not
// make the wait longer.
type attempts struct {
	mu      sync.Mutex // guards buckets
	buckets map[string]*bucket
}

// bucket counts failures of one account, device or source.
type bucket struct {
	failed int
	last   time.Time
}

// key names a bucket.
type key struct {
	name string
	free int
}

func sourceKey(a netip.Addr) key {
	if a = a.Unmap(); a.Is6() { // a host has a whole network to choose from
		if p, err := a.WithZone("").Prefix(64); err == nil {
			a = p.Addr()
		}
	}
	return key{"source " + a.String(), freeOfSource}
}

func newAttempts() *attempts { return &attempts{buckets: map[string]*bucket{}} }

// trial is an attempt that is counted as a failure until it succeeded.
type trial struct {
	of   *attempts
	keys []key
}

// begin counts an attempt in every bucket, or refuses it where one has to wait.
func (a *attempts) begin(now time.Time, keys ...key) (*trial, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.makeRoom(now)
	var wait time.Duration
	for _, k := range keys {
		if b := a.buckets[k.name]; b != nil {
			if now.Sub(b.last) > memoryOf {
				delete(a.buckets, k.name)
				continue
			}
			wait = max(wait, b.last.Add(delay(b.failed-k.free)).Sub(now))
		}
	}
	if wait > 0 {
		return nil, &TooMany{wait}
	}
	for _, k := range keys {
		b := a.buckets[k.name]
		if b == nil {
			b = &bucket{}
			a.buckets[k.name] = b
		}
		b.failed, b.last = b.failed+1, now
	}
	return &trial{a, keys}, nil
}

// delay is how long to wait after so many failures beyond the free ones.
func delay(beyond int) time.Duration {
	switch {
	case beyond < 0:
		return 0
	case beyond >= 10:
		return maxWait
	}
	return min(time.Second<<beyond, maxWait)
}

// makeRoom forgets what is old, and where that is not enough what waits for
// nothing: who has to wait is never forgotten early.
func (a *attempts) makeRoom(now time.Time) {
	if len(a.buckets) < maxBuckets {
		return
	}
	for name, b := range a.buckets {
		if now.Sub(b.last) > memoryOf || b.failed < freeAttempts {
			delete(a.buckets, name)
		}
	}
}

// succeed forgets the failures of the account and the device, and takes the
// attempt back from the source's count: others may share it.
func (t *trial) succeed() {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	for _, k := range t.keys {
		if k.free == freeOfSource {
			t.of.back(k)
			continue
		}
		delete(t.of.buckets, k.name)
	}
}

// undo takes the attempt back: it was none.
func (t *trial) undo() {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	for _, k := range t.keys {
		t.of.back(k)
	}
}

func (a *attempts) back(k key) {
	if b := a.buckets[k.name]; b != nil {
		if b.failed--; b.failed <= 0 {
			delete(a.buckets, k.name)
		}
	}
}
