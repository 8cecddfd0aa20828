package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
)

type startRunIn struct {
	Key  string `header:"Idempotency-Key" maxLength:"255" doc:"The same key again gives the run that it started."`
	Body StartRun
}

func (s *Server) startRun(ctx context.Context, in *startRunIn) (*reply[Run], error) {
	by, start := principal(ctx), in.Body
	switch {
	case (start.Playbook == "") == (start.Source == ""):
		return nil, harrier.Errorf(harrier.Invalid, "name a playbook, or send the source of one, and not both")
	case start.Source != "" && !by.May(harrier.PlaybooksWrite):
		return nil, harrier.Errorf(harrier.Denied, "%s may not run a source of their own: it needs the permission %s; name a playbook that is in force", by.Name, harrier.PlaybooksWrite)
	}
	if in.Key != "" {
		start.ID = harrier.DeriveID[harrier.RunID]("api.run", by.Tenant.String(), by.ID.String(), in.Key)
	}
	run, err := s.cfg.Ports.Runs.StartRun(ctx, by, start)
	if err != nil && in.Key != "" && harrier.KindOf(err) == harrier.Conflict {
		return s.replayed(ctx, start, err)
	}
	return &reply[Run]{Body: run, Location: "/v1/runs/" + run.ID.String()}, err
}

// replayed answers a start whose key was used before with the run of then. A
// conflict about something else stays what it is.
func (s *Server) replayed(ctx context.Context, start StartRun, conflict error) (*reply[Run], error) {
	was, err := s.cfg.Ports.Runs.Run(ctx, principal(ctx), start.ID)
	if err != nil {
		return nil, conflict
	}
	mode := start.Mode
	if mode == "" {
		mode = harrier.Live
	}
	if start.Playbook != "" && was.Playbook != start.Playbook || was.Alert != start.Alert || was.Mode != mode {
		return nil, harrier.Errorf(harrier.Conflict, "this Idempotency-Key started run %s of %s with something else; use a new key", was.ID, was.Playbook)
	}
	return &reply[Run]{Body: was.Run, Status: http.StatusOK, Location: "/v1/runs/" + was.ID.String(), Replayed: "true"}, nil
}

type runsIn struct {
	Paged
	Status   harrier.RunStatus `query:"status" enum:"queued,running,waiting,quarantined,succeeded,failed,cancelled"`
	Playbook string            `query:"playbook" maxLength:"200"`
	Alert    harrier.AlertID   `query:"alert"`
	Case     harrier.CaseID    `query:"case"`
}

func (s *Server) runs(ctx context.Context, in *runsIn) (List[Run], error) {
	f := harrier.RunFilter{Viewer: principal(ctx).ID, Status: in.Status, Playbook: in.Playbook, Alert: in.Alert, Case: in.Case}
	return full(s.cfg.Ports.Runs.Runs(ctx, principal(ctx), f, in.page()))
}

type runIn struct {
	ID harrier.RunID `path:"id"`
}

func (s *Server) run(ctx context.Context, in *runIn) (RunDetail, error) {
	r, err := s.cfg.Ports.Runs.Run(ctx, principal(ctx), in.ID)
	r.Steps, r.Effects = some(r.Steps), some(r.Effects)
	return r, err
}

type runEventsIn struct {
	ID    harrier.RunID `path:"id"`
	After int64         `query:"after" minimum:"0" doc:"The sequence number after which to begin."`
	Limit int           `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

// Events is a part of a run's journal.
type Events struct {
	Items []Event `json:"items"`
	// Next is what to ask for as after; 0 where there was no more.
	Next int64 `json:"next,omitempty" doc:"What to send as after for the next part; absent where there was no more."`
}

func (s *Server) runEvents(ctx context.Context, in *runEventsIn) (Events, error) {
	list, err := s.cfg.Ports.Runs.RunEvents(ctx, principal(ctx), in.ID, Window{After: in.After, Limit: in.Limit})
	out := Events{Items: some(list)}
	if len(list) > 0 && len(list) == in.Limit {
		out.Next = list[len(list)-1].Seq
	}
	return out, err
}

type cancelRunIn struct {
	ID   harrier.RunID `path:"id"`
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"1000"`
	}
}

func (s *Server) cancelRun(ctx context.Context, in *cancelRunIn) (Run, error) {
	return s.cfg.Ports.RunControl.CancelRun(ctx, principal(ctx), in.ID, in.Body.Reason)
}

type retryRunIn struct {
	ID   harrier.RunID `path:"id"`
	Body struct {
		From string `json:"from,omitempty" maxLength:"2000" doc:"The path of the step to go on from; where it failed if it is absent."`
	}
}

func (s *Server) retryRun(ctx context.Context, in *retryRunIn) (Run, error) {
	return s.cfg.Ports.RunControl.RetryRun(ctx, principal(ctx), in.ID, in.Body.From)
}
