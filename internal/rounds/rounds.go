// Package rounds has something done again and again for as long as a server lives.
package rounds

import (
	"context"
	"time"
)

// Until calls round until ctx ends: at once, and again as long after each as it
// says, or sooner where nudge tells that there is something. A nil nudge tells
// nothing.
func Until(ctx context.Context, nudge <-chan struct{}, round func(ctx context.Context) time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-nudge:
		}
		timer.Reset(round(ctx))
	}
}

// Nudge tells that there is something, on a channel that keeps one such word. It
// does not block.
func Nudge(nudge chan<- struct{}) {
	select {
	case nudge <- struct{}{}:
	default:
	}
}
