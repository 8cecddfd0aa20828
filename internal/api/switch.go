package api

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/killswitch"
)

// Stop is a switch that holds effects up.
type Stop struct {
	Everybody bool      `json:"all_tenants,omitempty" doc:"Whether all tenants are stopped."`
	Effects   string    `json:"effects" enum:"all,contain" doc:"contain is what contains or destroys."`
	AllowUndo bool      `json:"allow_undo,omitempty" doc:"Whether what is contained can be taken back meanwhile."`
	Reason    string    `json:"reason"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	// ResumeBy has asked for its end.
	ResumeBy     string    `json:"resume_by,omitempty" doc:"Who has asked for its end; a second person ends it."`
	ResumeReason string    `json:"resume_reason,omitempty"`
	ResumeAt     time.Time `json:"resume_at,omitzero"`
}

// StopOf is a switch as the API shows it.
func StopOf(s killswitch.Switch) Stop {
	return Stop{
		Everybody: s.Tenant.IsZero(), Effects: string(s.Scope), AllowUndo: s.AllowUndo, Reason: s.Reason, By: s.OnName, At: s.OnAt,
		ResumeBy: s.OffName, ResumeReason: s.OffReason, ResumeAt: s.OffAt,
	}
}

// StopEffects puts a switch on.
type StopEffects struct {
	Effects   string `json:"effects,omitempty" enum:"all,contain" doc:"all where it is absent."`
	AllowUndo bool   `json:"allow_undo,omitempty" doc:"Whether what is contained can be taken back meanwhile."`
	Everybody bool   `json:"all_tenants,omitempty" doc:"Whether all tenants are stopped; for the tenant that runs the installation."`
	Reason    string `json:"reason" minLength:"1" maxLength:"1000"`
}

// Resumed is what came of asking for the end of a stop.
type Resumed struct {
	Stopped bool `json:"stopped" doc:"Whether effects are stopped still, until a second person agrees."`
	Stop    Stop `json:"stop"`
}

// Switches stop effects and let them go on.
type Switches interface {
	// Stops lists what stops the tenant.
	Stops(ctx context.Context, by harrier.Principal) ([]Stop, error)
	// StopEffects puts a switch on; of all tenants is Denied to other tenants than the first.
	StopEffects(ctx context.Context, by harrier.Principal, in StopEffects) (Stop, error)
	// ResumeEffects asks for the end; a second person's call ends it, and the
	// first one's second call is Denied. NotFound where nothing is stopped.
	ResumeEffects(ctx context.Context, by harrier.Principal, everybody bool, reason string) (Resumed, error)
}

// switchRoutes is the part of the table about stopping effects. Nothing but a
// right and a reason is asked of whoever stops.
func (s *Server) switchRoutes() []route {
	return []route{
		{"GET /v1/switch", harrier.RunsRead, "listStops", "Tell whether effects are stopped", call(s.stops)},
		{"POST /v1/switch", harrier.SwitchStop, "stopEffects", "Stop effects at once", call(s.stopEffects)},
		{"DELETE /v1/switch", harrier.SwitchResume, "resumeEffects", "Ask for the end of a stop, or agree to it as a second person", fresh(call(s.resumeEffects))},
	}
}

func (s *Server) stops(ctx context.Context, _ *noInput) (List[Stop], error) {
	list, err := s.cfg.Ports.Switches.Stops(ctx, principal(ctx))
	return full(List[Stop]{Items: list}, err)
}

type stopEffectsIn struct{ Body StopEffects }

func (s *Server) stopEffects(ctx context.Context, in *stopEffectsIn) (Stop, error) {
	return s.cfg.Ports.Switches.StopEffects(ctx, principal(ctx), in.Body)
}

type resumeEffectsIn struct {
	Everybody bool   `query:"all_tenants" doc:"Whether the stop of all tenants is meant."`
	Reason    string `query:"reason" required:"true" minLength:"1" maxLength:"1000"`
}

func (s *Server) resumeEffects(ctx context.Context, in *resumeEffectsIn) (Resumed, error) {
	return s.cfg.Ports.Switches.ResumeEffects(ctx, principal(ctx), in.Everybody, in.Reason)
}
