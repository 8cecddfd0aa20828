package api

import (
	"context"
	"net/http"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/retention"
)

// RetentionPolicy is how long things of a class are kept.
type RetentionPolicy struct {
	Class string `json:"class"`
	Days  int    `json:"days" doc:"0 keeps them for ever."`
	// Default tells that nobody has said otherwise.
	Default bool `json:"default"`
}

// SetRetention says how long things of a class are kept.
type SetRetention struct {
	Class string `json:"class" enum:"events,runs,cases,alerts,evidence,indicators,leases,audit"`
	Days  int    `json:"days" minimum:"0" maximum:"36500"`
}

// RetentionRemoved is what a sweep removed of a class.
type RetentionRemoved struct {
	Class string `json:"class"`
	Count int64  `json:"count"`
}

// Hold keeps things from being removed.
type Hold struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Target   string    `json:"target,omitempty"`
	Reason   string    `json:"reason"`
	Active   bool      `json:"active"`
	PlacedBy string    `json:"placed_by"`
	PlacedAt time.Time `json:"placed_at"`
	// LiftBy has asked for its end, and LiftedBy has agreed.
	LiftBy     string    `json:"lift_by,omitempty"`
	LiftReason string    `json:"lift_reason,omitempty"`
	LiftAt     time.Time `json:"lift_at,omitzero"`
	LiftedBy   string    `json:"lifted_by,omitempty"`
	LiftedAt   time.Time `json:"lifted_at,omitzero"`
}

// HoldOf is a hold as the API shows it.
func HoldOf(h retention.Hold) Hold {
	out := Hold{
		ID: retention.HoldID(h.ID), Kind: h.Kind, Target: h.Subject, Reason: h.Reason, Active: h.Active(), PlacedBy: h.PlacedName, PlacedAt: h.PlacedAt,
		LiftBy: h.LiftName, LiftReason: h.LiftReason, LiftAt: h.LiftAt, LiftedBy: h.LiftedName, LiftedAt: h.LiftedAt,
	}
	switch h.Kind {
	case retention.HoldCase:
		out.Target = harrier.CaseID(h.Target).String()
	case retention.HoldAlert:
		out.Target = harrier.AlertID(h.Target).String()
	}
	return out
}

// PlaceHold is a new hold.
type PlaceHold struct {
	Kind   string `json:"kind" enum:"all,case,alert,subject"`
	Target string `json:"target,omitempty" maxLength:"500" doc:"The id of a case or an alert, or a subject, as in user:jane."`
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

// LiftHold asks for the end of a hold, or agrees to it.
type LiftHold struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

// Retention says how long things are kept, and what is held.
type Retention interface {
	// Policies lists how long things are kept, by class.
	Policies(ctx context.Context, by harrier.Principal) ([]RetentionPolicy, error)
	// SetPolicy changes it for a class.
	SetPolicy(ctx context.Context, by harrier.Principal, in SetRetention) (RetentionPolicy, error)
	// Purge removes now what is older.
	Purge(ctx context.Context, by harrier.Principal) ([]RetentionRemoved, error)
	// Holds lists holds, the newest first.
	Holds(ctx context.Context, by harrier.Principal) ([]Hold, error)
	// PlaceHold places a hold.
	PlaceHold(ctx context.Context, by harrier.Principal, in PlaceHold) (Hold, error)
	// LiftHold asks for the end of a hold; a second person's call ends it, and
	// the first one's second call is Denied.
	LiftHold(ctx context.Context, by harrier.Principal, id, reason string) (Hold, error)
}

// retentionRoutes is the part of the table about how long things are kept, and
// what is stopped.
func (s *Server) retentionRoutes() []route {
	return append(s.switchRoutes(), []route{
		{"GET /v1/retention", harrier.AuditRead, "listRetention", "List how long things are kept, by class", call(s.retention)},
		{"POST /v1/retention", harrier.RetentionManage, "setRetention", "Say how long things of a class are kept", fresh(call(s.setRetention))},
		{"POST /v1/retention/run", harrier.RetentionManage, "runRetention", "Remove now what is older", call(s.runRetention)},
		{"GET /v1/holds", harrier.AuditRead, "listHolds", "List legal holds, the newest first", call(s.holds)},
		{"POST /v1/holds", harrier.RetentionManage, "placeHold", "Place a legal hold", answering(http.StatusCreated, s.placeHold)},
		{"POST /v1/holds/{id}/lift", harrier.RetentionManage, "liftHold", "Ask for the end of a hold, or agree to it as a second person", fresh(call(s.liftHold))},
	}...)
}

func (s *Server) retention(ctx context.Context, _ *noInput) (List[RetentionPolicy], error) {
	list, err := s.cfg.Ports.Retention.Policies(ctx, principal(ctx))
	return full(List[RetentionPolicy]{Items: list}, err)
}

type setRetentionIn struct{ Body SetRetention }

func (s *Server) setRetention(ctx context.Context, in *setRetentionIn) (RetentionPolicy, error) {
	return s.cfg.Ports.Retention.SetPolicy(ctx, principal(ctx), in.Body)
}

type runRetentionIn struct{ Body struct{} }

func (s *Server) runRetention(ctx context.Context, _ *runRetentionIn) (List[RetentionRemoved], error) {
	list, err := s.cfg.Ports.Retention.Purge(ctx, principal(ctx))
	return full(List[RetentionRemoved]{Items: list}, err)
}

func (s *Server) holds(ctx context.Context, _ *noInput) (List[Hold], error) {
	list, err := s.cfg.Ports.Retention.Holds(ctx, principal(ctx))
	return full(List[Hold]{Items: list}, err)
}

type placeHoldIn struct{ Body PlaceHold }

func (s *Server) placeHold(ctx context.Context, in *placeHoldIn) (*reply[Hold], error) {
	h, err := s.cfg.Ports.Retention.PlaceHold(ctx, principal(ctx), in.Body)
	return &reply[Hold]{Body: h}, err
}

type liftHoldIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body LiftHold
}

func (s *Server) liftHold(ctx context.Context, in *liftHoldIn) (Hold, error) {
	return s.cfg.Ports.Retention.LiftHold(ctx, principal(ctx), in.ID, in.Body.Reason)
}
