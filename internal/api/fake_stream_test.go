package api

import (
	"context"
	"iter"

	"github.com/harrier-soar/harrier"
)

var _ Stream = (*world)(nil)

func (w *world) WatchAll(ctx context.Context, by harrier.Principal, nouns []string, place string) (iter.Seq2[Happening, error], error) {
	if w.broken != nil {
		return nil, w.broken
	}
	return func(yield func(Happening, error) bool) {
		switch {
		case by.Tenant != harrier.DefaultTenant:
			return
		case place == "late":
			yield(Happening{}, &LostError{Place: "now"})
			return
		}
		for _, noun := range nouns {
			if !yield(Happening{Noun: noun, ID: "x", Kind: "created", Rev: 1, Place: noun + "-place"}, nil) {
				return
			}
		}
		if place == "stay" {
			<-ctx.Done()
			yield(Happening{}, context.Cause(ctx))
		}
	}, nil
}
