package rounds_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/harrier-soar/harrier/internal/rounds"
)

func TestUntil_goesRoundWhenItIsTimeAndWhenItIsNudged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		began, nudge, over := time.Now(), make(chan struct{}, 1), make(chan struct{})
		var at []time.Duration
		go func() {
			rounds.Until(ctx, nudge, func(context.Context) time.Duration {
				at = append(at, time.Since(began))
				return time.Minute
			})
			close(over)
		}()
		<-time.After(90 * time.Second)
		rounds.Nudge(nudge)
		<-time.After(75 * time.Second)
		stop()
		<-over
		want := []time.Duration{0, time.Minute, 90 * time.Second, 150 * time.Second}
		if len(at) != len(want) {
			t.Fatalf("rounds at %v, want %v", at, want)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("rounds at %v, want %v", at, want)
			}
		}
	})
}
