package door

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// limits bounds what is under way at once.
type limits struct {
	slots int
	// reserve are the slots that only critical sources get.
	reserve int
	// share is how many slots one source may have, and waiting how many may wait for it.
	share, waiting int
	bytes          int64
	patience       time.Duration
}

// gate lets requests in so that what is under way is bounded, no source takes
// the others' place, and critical ones find one free. Whoever waits too long is
// told to come again.
type gate struct {
	limits

	mu      sync.Mutex // guards what follows
	used    int
	bytesIn int64
	shares  map[harrier.SourceID]*share
	// turns are the sources for which somebody waits, the next first.
	turns []*share
}

// share is what one source has.
type share struct {
	id    harrier.SourceID
	used  int
	queue []*visitor
}

// visitor is somebody who waits.
type visitor struct {
	share    *share
	size     int64
	critical bool
	in       chan struct{} // closed when let in
}

func newGate(l limits) *gate { return &gate{limits: l, shares: map[harrier.SourceID]*share{}} }

// enter waits for a place. The caller leaves when done.
func (g *gate) enter(ctx context.Context, id harrier.SourceID, size int64, critical bool) (leave func(), err error) {
	v, err := g.come(id, min(size, g.bytes), critical)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(g.patience)
	defer timer.Stop()
	select {
	case <-v.in:
		return sync.OnceFunc(func() { g.leave(v) }), nil
	case <-timer.C:
		err = errBusy
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(v.share.queue, v); i >= 0 {
		v.share.queue = slices.Delete(v.share.queue, i, i+1)
		g.forget(v.share)
		g.serve() // who stood behind it may fit where it did not
		return nil, err
	}
	return sync.OnceFunc(func() { g.leave(v) }), nil // let in at the last moment
}

var errBusy = &harrier.Error{Kind: harrier.Unavailable, Text: "more comes in than can be taken now; send it again after the seconds in Retry-After"}

// come lets a visitor in, or queues it.
func (g *gate) come(id harrier.SourceID, size int64, critical bool) (*visitor, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	sh := g.shares[id]
	if sh == nil {
		sh = &share{id: id}
		g.shares[id] = sh
	}
	if len(sh.queue) >= g.waiting {
		return nil, harrier.Errorf(harrier.Limited, "this source sends more than its share; send it again after the seconds in Retry-After")
	}
	v := &visitor{share: sh, size: size, critical: critical, in: make(chan struct{})}
	if len(sh.queue) == 0 {
		g.turns = append(g.turns, sh)
	}
	sh.queue = append(sh.queue, v)
	g.serve()
	return v, nil
}

// leave gives a place back.
func (g *gate) leave(v *visitor) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.used--
	g.bytesIn -= v.size
	v.share.used--
	g.forget(v.share)
	g.serve()
}

// forget drops what is held for a source that has nothing here.
func (g *gate) forget(sh *share) {
	if len(sh.queue) > 0 {
		return
	}
	if i := slices.Index(g.turns, sh); i >= 0 {
		g.turns = slices.Delete(g.turns, i, i+1)
	}
	if sh.used == 0 {
		delete(g.shares, sh.id)
	}
}

// serve lets in who can be: critical sources first, the others in turn.
func (g *gate) serve() {
	for g.used < g.slots {
		i := slices.IndexFunc(g.turns, func(sh *share) bool { return sh.queue[0].critical && g.fits(sh) })
		if i < 0 && g.used < g.slots-g.reserve {
			i = slices.IndexFunc(g.turns, g.fits)
		}
		if i < 0 {
			return
		}
		sh := g.turns[i]
		v := sh.queue[0]
		sh.queue = sh.queue[1:]
		g.turns = slices.Delete(g.turns, i, i+1)
		if len(sh.queue) > 0 {
			g.turns = append(g.turns, sh)
		}
		g.used++
		g.bytesIn += v.size
		sh.used++
		close(v.in)
	}
}

// fits reports whether the first who waits for a source can be let in.
func (g *gate) fits(sh *share) bool {
	room := g.bytes
	if !sh.queue[0].critical {
		room -= g.bytes / 8 // as with the slots, some room is kept for what is critical
	}
	return sh.used < g.share && (g.bytesIn+sh.queue[0].size <= room || g.used == 0)
}
