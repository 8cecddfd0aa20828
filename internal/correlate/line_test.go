package correlate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/correlate"
)

func key(n int) correlate.Key { return correlate.Key{Type: "host", Value: fmt.Sprint(n)} }

// G14: those that share a key go through in the order in which they entered,
// one at a time, also where some give up before their turn.
func TestLine_keepsTheOrderOfThoseThatShareAKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 10))
		line := correlate.NewLine()
		var mu sync.Mutex
		last, inside := map[correlate.Key]int{}, map[correlate.Key]bool{}
		var all sync.WaitGroup
		for i := range 400 {
			keys := []correlate.Key{key(r.IntN(8)), key(r.IntN(8))}
			turn := line.Enter(harrier.DefaultTenant, keys)
			work := time.Duration(r.IntN(50)) * time.Millisecond
			patience := time.Hour
			if r.IntN(4) == 0 {
				patience = time.Duration(r.IntN(100)) * time.Millisecond
			}
			all.Go(func() {
				defer turn.Leave()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if turn.Wait(ctx) != nil {
					return
				}
				mu.Lock()
				for _, k := range keys {
					if inside[k] || last[k] > i {
						t.Errorf("%d is at %v together with another, or after %d", i, k, last[k])
					}
				}
				for _, k := range keys {
					inside[k], last[k] = true, i
				}
				mu.Unlock()
				<-time.After(work)
				mu.Lock()
				for _, k := range keys {
					inside[k] = false
				}
				mu.Unlock()
			})
		}
		all.Wait()
	})
}

func TestLine_doesNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	line := correlate.NewLine()
	line.Enter(harrier.DefaultTenant, []correlate.Key{key(1)})
	for _, turn := range []*correlate.Turn{
		line.Enter(harrier.DefaultTenant, []correlate.Key{key(2)}), line.Enter(harrier.TenantID{9}, []correlate.Key{key(1)}), line.Enter(harrier.DefaultTenant, nil),
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := turn.Wait(ctx); err != nil {
			t.Error(err)
		}
		cancel()
		turn.Leave()
		turn.Leave()
	}
}
