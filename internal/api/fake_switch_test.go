package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

func (w *world) Stops(_ context.Context, by harrier.Principal) ([]Stop, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, w.broken
	}
	return []Stop{{Effects: "all", Reason: "r"}}, w.broken
}

func (w *world) StopEffects(_ context.Context, _ harrier.Principal, in StopEffects) (Stop, error) {
	return Stop{Effects: in.Effects, Reason: in.Reason}, w.broken
}

func (w *world) ResumeEffects(context.Context, harrier.Principal, bool, string) (Resumed, error) {
	return Resumed{}, w.broken
}
