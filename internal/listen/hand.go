package listen

import (
	"context"
	"log/slog"
	"time"

	"github.com/harrier-soar/harrier"
)

const (
	firstWait = 50 * time.Millisecond
	longWait  = 5 * time.Second
)

// hand stores events, and tries until they are stored, the source is not wanted
// any more, or ctx ends; those of a source that is gone meanwhile not longer
// than the grace of a stop. Of what is not stored the count says so.
func (s *Server) hand(ctx context.Context, r *route, events []harrier.RawEvent) error {
	wait := firstWait
	var last time.Time
	for {
		err := s.accept(ctx, r, events)
		switch kind := harrier.KindOf(err); {
		case err == nil:
			r.count.accepted.Add(int64(len(events)))
			return nil
		case ctx.Err() != nil, kind == harrier.Denied, kind == harrier.NotFound, !last.IsZero() && time.Now().After(last):
			r.count.lost.Add(int64(len(events)))
			return err
		case kind == harrier.Invalid:
			return s.handEach(ctx, r, events, err)
		}
		s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "messages of syslog cannot be stored yet", slog.Any("source_id", r.source.ID), slog.Int("messages", len(events)), slog.Any("err", err))
		if last.IsZero() && r.gone.Load() {
			last = time.Now().Add(s.cfg.Grace)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		wait = min(2*wait, longWait)
	}
}

// handEach stores events one by one, of which one is refused.
func (s *Server) handEach(ctx context.Context, r *route, events []harrier.RawEvent, refused error) error {
	if len(events) == 1 {
		r.count.lost.Add(1)
		s.cfg.Log.LogAttrs(ctx, slog.LevelError, "a message of syslog was refused", slog.Any("source_id", r.source.ID), slog.Any("err", refused))
		return nil
	}
	for i := range events {
		if err := s.hand(ctx, r, events[i:i+1]); err != nil {
			r.count.lost.Add(int64(len(events) - i - 1))
			return err
		}
	}
	return nil
}

// accept waits for its turn. Waiting is in order of arrival, and nobody has
// more than one batch waiting, so every sender gets its share.
func (s *Server) accept(ctx context.Context, r *route, events []harrier.RawEvent) error {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s.slots }()
	return s.cfg.Intake.Accept(ctx, r.source, events)
}
