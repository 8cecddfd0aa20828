package cli

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/client"
	"github.com/harrier-soar/harrier/internal/api"
)

// watcher follows a run to its end.
type watcher struct {
	c   *link
	run string
	// see is told how the run stands, at most once in a while and at the end.
	see func(api.RunDetail)
	// stop ends the watching early where it says so.
	stop func(api.RunDetail) bool
	// every is how often see is called at most.
	every time.Duration
}

// errStopped says that the watcher's own stop ended it.
var errStopped = errors.New("stopped watching")

// follow returns how the run stood at its end, or when watching was stopped.
func (w watcher) follow(ctx context.Context) (api.RunDetail, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	changed, over := make(chan struct{}, 1), make(chan error, 1)
	go func() { over <- w.listen(ctx, changed) }()
	tick := time.NewTicker(max(w.every, 20*time.Millisecond))
	defer tick.Stop()
	dirty := true
	for {
		var err error
		ended := false
		select {
		case <-changed:
			dirty = true
			continue
		case err = <-over:
			ended = true
		case <-tick.C:
			if !dirty {
				continue
			}
		}
		if err != nil {
			return api.RunDetail{}, err
		}
		dirty = false
		d, _, err := fetch[api.RunDetail](ctx, w.c, asked{Path: "/v1/runs/" + w.run})
		if err != nil {
			return d, errors.Join(err, w.join(ended, cancel, over))
		}
		w.see(d)
		if ended || d.Status.Ended() || w.stop != nil && w.stop(d) {
			return d, w.join(ended, cancel, over)
		}
	}
}

// join waits for the listener.
func (w watcher) join(ended bool, cancel context.CancelCauseFunc, over <-chan error) error {
	if ended {
		return nil
	}
	cancel(errStopped)
	if err := <-over; err != nil && !errors.Is(err, errStopped) {
		return err
	}
	return nil
}

// listen reads the run's events until its end.
func (w watcher) listen(ctx context.Context, changed chan<- struct{}) error {
	for _, err := range w.c.WatchRun(ctx, w.run, client.WatchRunQuery{}) {
		_, refused := errors.AsType[*client.Problem](err)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case refused:
			return err
		case err != nil:
			return harrier.Errorf(harrier.Unavailable, "the server went away; the run goes on when it is back: harrier runs watch %s", w.run)
		}
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	return nil
}

// outcome is the error of a command whose run ended so.
func outcome(d api.RunDetail) error {
	if d.Status == harrier.RunSucceeded || !d.Status.Ended() {
		return nil
	}
	text := "run " + d.ID.String() + " " + string(d.Status)
	if d.Reason != "" {
		text += ": " + d.Reason
	}
	return &quietError{code: exitFailure, text: text}
}

// compact is JSON on one line, for people.
func compact(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	return string(raw)
}
