package api

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/risk"
)

// Mutes keeps noise from people.
type Mutes interface {
	// Mutes lists mutes, the newest first.
	Mutes(ctx context.Context, by harrier.Principal, f mute.Filter, p harrier.Page) (List[Mute], error)
	// Mute returns a mute.
	Mute(ctx context.Context, by harrier.Principal, id harrier.MuteID) (Mute, error)
	// AddMute makes a mute; one that is wider than its verb allows is Invalid.
	AddMute(ctx context.Context, by harrier.Principal, in AddMute) (Mute, error)
	// PreviewMute says what a mute would have done in the past.
	PreviewMute(ctx context.Context, by harrier.Principal, in AddMute) (MuteForecast, error)
	// EndMute ends a mute now; one that has ended stays as it is.
	EndMute(ctx context.Context, by harrier.Principal, id harrier.MuteID) (Mute, error)
	// RenewMute puts the end of a mute off; one that has ended is Conflict.
	RenewMute(ctx context.Context, by harrier.Principal, id harrier.MuteID, in RenewMute) (Mute, error)
	// Tuning gathers evidence for the owner of a rule.
	Tuning(ctx context.Context, by harrier.Principal, rule string) (Tuning, error)
}

// Reviews watches what rules close by themselves.
type Reviews interface {
	// Reviews lists reviews, what was closed last first.
	Reviews(ctx context.Context, by harrier.Principal, f mute.ReviewFilter, p harrier.Page) (List[Review], error)
	// Review returns a review with its alert as the source reported it.
	Review(ctx context.Context, by harrier.Principal, id harrier.ReviewID) (ReviewDetail, error)
	// DecideReview ends a review; the owner of the rule is Denied, and one that
	// was decided is Conflict.
	DecideReview(ctx context.Context, by harrier.Principal, id harrier.ReviewID, in DecideReview) (Review, error)
	// Closers lists the rules that close alerts by themselves.
	Closers(ctx context.Context, by harrier.Principal) ([]Closer, error)
	// ChangeCloser suspends a rule, or lets it close again.
	ChangeCloser(ctx context.Context, by harrier.Principal, rule string, in ChangeCloser) (Closer, error)
}

// Risks shows what is held against hosts and users.
type Risks interface {
	// Risks lists entities, those that changed last first.
	Risks(ctx context.Context, by harrier.Principal, f risk.Filter, p harrier.Page) (List[EntityRisk], error)
	// Risk returns an entity with what its risk is made of.
	Risk(ctx context.Context, by harrier.Principal, entity string) (EntityRiskDetail, error)
}
