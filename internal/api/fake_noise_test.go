package api

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/risk"
)

var (
	_ Mutes   = (*world)(nil)
	_ Reviews = (*world)(nil)
	_ Risks   = (*world)(nil)
)

func (w *world) theMute() Mute {
	return Mute{ID: fixed[harrier.MuteID]("mute"), Verb: mute.Silence, Match: map[string][]string{"host": {"ws-17"}}, Start: epoch(), End: epoch(), State: "active", Rev: 1}
}

func (w *world) Mutes(_ context.Context, by harrier.Principal, _ mute.Filter, _ harrier.Page) (List[Mute], error) {
	return page(w, by, w.theMute())
}

func (w *world) Mute(_ context.Context, by harrier.Principal, id harrier.MuteID) (Mute, error) {
	return w.theMute(), w.find(by, "mute", id.String(), id == w.theMute().ID)
}

func (w *world) AddMute(_ context.Context, by harrier.Principal, in AddMute) (Mute, error) {
	if _, err := in.New(by); err != nil {
		return Mute{}, err
	}
	w.change("AddMute")
	return w.theMute(), w.broken
}

func (w *world) PreviewMute(context.Context, harrier.Principal, AddMute) (MuteForecast, error) {
	return MuteForecast{}, w.broken
}

func (w *world) EndMute(ctx context.Context, by harrier.Principal, id harrier.MuteID) (Mute, error) {
	w.change("EndMute")
	return w.Mute(ctx, by, id)
}

func (w *world) RenewMute(ctx context.Context, by harrier.Principal, id harrier.MuteID, _ RenewMute) (Mute, error) {
	w.change("RenewMute")
	return w.Mute(ctx, by, id)
}

func (w *world) Tuning(_ context.Context, by harrier.Principal, rule string) (Tuning, error) {
	return Tuning{Evidence: mute.Evidence{Rule: rule}}, w.find(by, "rule", rule, true)
}

func (w *world) theReview() Review {
	return Review{ID: fixed[harrier.ReviewID]("review"), Alert: fixed[harrier.AlertID]("alert"), State: "pending", ClosedAt: epoch(), Rev: 1}
}

func (w *world) Reviews(_ context.Context, by harrier.Principal, _ mute.ReviewFilter, _ harrier.Page) (List[Review], error) {
	return page(w, by, w.theReview())
}

func (w *world) Review(_ context.Context, by harrier.Principal, id harrier.ReviewID) (ReviewDetail, error) {
	return ReviewDetail{Review: w.theReview(), Finding: json.RawMessage(`{}`)}, w.find(by, "review", id.String(), id == w.theReview().ID)
}

func (w *world) DecideReview(_ context.Context, by harrier.Principal, id harrier.ReviewID, _ DecideReview) (Review, error) {
	if err := w.find(by, "review", id.String(), id == w.theReview().ID); err != nil {
		return Review{}, err
	}
	w.change("DecideReview")
	return w.theReview(), nil
}

func (w *world) Closers(_ context.Context, by harrier.Principal) ([]Closer, error) {
	list, err := page(w, by, Closer{Rule: "close-backups"})
	return list.Items, err
}

func (w *world) ChangeCloser(_ context.Context, by harrier.Principal, rule string, _ ChangeCloser) (Closer, error) {
	if err := w.find(by, "rule", rule, rule == "close-backups"); err != nil {
		return Closer{}, err
	}
	w.change("ChangeCloser")
	return Closer{Rule: rule}, nil
}

func (w *world) Risks(_ context.Context, by harrier.Principal, _ risk.Filter, _ harrier.Page) (List[EntityRisk], error) {
	return page(w, by, EntityRisk{Entity: "host:ws-17"})
}

func (w *world) Risk(_ context.Context, by harrier.Principal, entity string) (EntityRiskDetail, error) {
	return EntityRiskDetail{EntityRisk: EntityRisk{Entity: entity}}, w.find(by, "entity", entity, entity == "host:ws-17")
}

// noiseBodies are bodies of the routes about what keeps noise from people.
func noiseBodies() map[string]string {
	return map[string]string{
		"POST /v1/mutes":                `{"verb":"silence","match":{"host":["ws-17"]},"end":"2026-11-24T09:00:00Z","owner":"kim","reason":"noise"}`,
		"POST /v1/mutes/preview":        `{"verb":"silence","match":{"host":["ws-17"]},"end":"2026-11-24T09:00:00Z","owner":"kim","reason":"noise"}`,
		"POST /v1/mutes/{id}/end":       `{}`,
		"POST /v1/mutes/{id}/renew":     `{"end":"2026-11-25T09:00:00Z"}`,
		"POST /v1/reviews/{id}/verdict": `{"verdict":"benign"}`,
		"PATCH /v1/closers/{id}":        `{"suspend":false,"reason":"mended"}`,
	}
}
