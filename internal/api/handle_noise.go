package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/risk"
)

func (m Mute) revision() int64 { return m.Rev }

func (r Review) revision() int64 { return r.Rev }

type mutesIn struct {
	Paged
	Verb  string `query:"verb" enum:"silence,allow,suppress,maintenance,tune"`
	State string `query:"state" enum:"pending,active,ended,expired"`
	Owner string `query:"owner" maxLength:"320"`
}

func (s *Server) mutes(ctx context.Context, in *mutesIn) (List[Mute], error) {
	f := mute.Filter{Verb: mute.Verb(in.Verb), State: in.State, Owner: in.Owner}
	return full(s.cfg.Ports.Mutes.Mutes(ctx, principal(ctx), f, in.page()))
}

type muteIn struct {
	ID harrier.MuteID `path:"id"`
}

func (s *Server) mute(ctx context.Context, in *muteIn) (Mute, error) {
	return s.cfg.Ports.Mutes.Mute(ctx, principal(ctx), in.ID)
}

type addMuteIn struct{ Body AddMute }

func (s *Server) addMute(ctx context.Context, in *addMuteIn) (*reply[Mute], error) {
	m, err := s.cfg.Ports.Mutes.AddMute(ctx, principal(ctx), in.Body)
	return &reply[Mute]{Body: m, Status: http.StatusCreated, Location: "/v1/mutes/" + m.ID.String()}, err
}

func (s *Server) previewMute(ctx context.Context, in *addMuteIn) (MuteForecast, error) {
	f, err := s.cfg.Ports.Mutes.PreviewMute(ctx, principal(ctx), in.Body)
	f.Wrong, f.Samples = some(f.Wrong), some(f.Samples)
	return f, err
}

type endMuteIn struct {
	ID   harrier.MuteID `path:"id"`
	Body struct{}
}

func (s *Server) endMute(ctx context.Context, in *endMuteIn) (Mute, error) {
	return s.cfg.Ports.Mutes.EndMute(ctx, principal(ctx), in.ID)
}

type renewMuteIn struct {
	ID   harrier.MuteID `path:"id"`
	Body RenewMute
}

func (s *Server) renewMute(ctx context.Context, in *renewMuteIn) (Mute, error) {
	return s.cfg.Ports.Mutes.RenewMute(ctx, principal(ctx), in.ID, in.Body)
}

type tuningIn struct {
	Rule string `query:"rule" required:"true" maxLength:"1024" doc:"The id of the rule, as its alerts tell it."`
}

func (s *Server) tuning(ctx context.Context, in *tuningIn) (List[Tuning], error) {
	t, err := s.cfg.Ports.Mutes.Tuning(ctx, principal(ctx), in.Rule)
	if harrier.KindOf(err) == harrier.NotFound {
		return full(List[Tuning]{}, nil)
	}
	return List[Tuning]{Items: []Tuning{t}}, err
}

type reviewsIn struct {
	Paged
	State string `query:"state" enum:"pending,decided"`
	Rule  string `query:"rule" maxLength:"200" doc:"Of those that are decided only."`
}

func (s *Server) reviews(ctx context.Context, in *reviewsIn) (List[Review], error) {
	return full(s.cfg.Ports.Reviews.Reviews(ctx, principal(ctx), mute.ReviewFilter{State: in.State, Rule: in.Rule}, in.page()))
}

type reviewIn struct {
	ID harrier.ReviewID `path:"id"`
}

func (s *Server) review(ctx context.Context, in *reviewIn) (ReviewDetail, error) {
	return s.cfg.Ports.Reviews.Review(ctx, principal(ctx), in.ID)
}

type decideReviewIn struct {
	ID   harrier.ReviewID `path:"id"`
	Body DecideReview
}

func (s *Server) decideReview(ctx context.Context, in *decideReviewIn) (Review, error) {
	return s.cfg.Ports.Reviews.DecideReview(ctx, principal(ctx), in.ID, in.Body)
}

type closersIn struct{}

func (s *Server) closers(ctx context.Context, _ *closersIn) (List[Closer], error) {
	list, err := s.cfg.Ports.Reviews.Closers(ctx, principal(ctx))
	return full(List[Closer]{Items: list}, err)
}

type changeCloserIn struct {
	Rule string `path:"id" maxLength:"200" doc:"The id of the rule."`
	Body ChangeCloser
}

func (s *Server) changeCloser(ctx context.Context, in *changeCloserIn) (Closer, error) {
	return s.cfg.Ports.Reviews.ChangeCloser(ctx, principal(ctx), in.Rule, in.Body)
}

type risksIn struct {
	Paged
	Type   harrier.EntityType `query:"type" enum:"host,user"`
	Raised bool               `query:"raised" doc:"Only those whose risk is over the threshold."`
}

func (s *Server) risks(ctx context.Context, in *risksIn) (List[EntityRisk], error) {
	return full(s.cfg.Ports.Risks.Risks(ctx, principal(ctx), risk.Filter{Type: in.Type, Raised: in.Raised}, in.page()))
}

type riskIn struct {
	Entity string `path:"id" maxLength:"600" doc:"The type and the key, such as host:ws-17."`
}

func (s *Server) risk(ctx context.Context, in *riskIn) (EntityRiskDetail, error) {
	d, err := s.cfg.Ports.Risks.Risk(ctx, principal(ctx), in.Entity)
	d.Parts = some(d.Parts)
	return d, err
}
