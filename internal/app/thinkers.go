package app

import (
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/exposure"
	"github.com/harrier-soar/harrier/internal/notify"
	"github.com/harrier-soar/harrier/internal/rehearsal"
	"github.com/harrier-soar/harrier/internal/verdict"
)

// Thinkers are the actions of Harrier's own that rehearsals carry out for real:
// those that depend on nothing but their input and stored evidence.
func Thinkers() (map[string]rehearsal.Think, error) {
	texts, err := notify.Load(content.FS)
	if err != nil {
		return nil, err
	}
	all := map[string]rehearsal.Think{"email.parse": readAtHand}
	for _, a := range slices.Concat(verdict.Actions(), exposure.Actions(), texts.Actions()) {
		all[a.Spec.Name] = func(ctx context.Context, with map[string]any, _ map[string]string) (map[string]any, error) {
			return a.Call(ctx, builtin.Request{Input: with})
		}
	}
	return all, nil
}

// readAtHand reads a mail that a rehearsal has at hand.
func readAtHand(ctx context.Context, with map[string]any, evidence map[string]string) (map[string]any, error) {
	id, _ := with["evidence"].(string)
	text, ok := evidence[id]
	if !ok {
		return nil, harrier.Errorf(harrier.Unavailable, "the test has no evidence %s", id)
	}
	return email.InProcess(email.DefaultLimits()).Read(ctx, []byte(text), with)
}
