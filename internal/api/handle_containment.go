package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

type containmentsIn struct {
	Paged
	State  harrier.ContainmentState `query:"state" enum:"active,undone,expired,superseded"`
	Alert  harrier.AlertID          `query:"alert"`
	Case   harrier.CaseID           `query:"case" doc:"What was done for the case, or for an alert in it."`
	Run    harrier.RunID            `query:"run" doc:"What the run did, itself or through one that it called."`
	Action string                   `query:"action" maxLength:"200" doc:"An action or a verb, such as mail.quarantine."`
}

func (s *Server) containments(ctx context.Context, in *containmentsIn) (List[Containment], error) {
	f := harrier.ContainmentFilter{Viewer: principal(ctx).ID, State: in.State, Alert: in.Alert, Case: in.Case, Run: in.Run, Action: in.Action}
	return full(s.cfg.Ports.Containments.Containments(ctx, principal(ctx), f, in.page()))
}
