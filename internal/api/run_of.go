package api

import (
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// RunOf is a row as the API shows it.
func RunOf(r harrier.Run) Run {
	return Run{
		ID: r.ID, Playbook: r.Playbook, Hash: r.Hash, Mode: r.Mode, Status: r.Status, WaitingFor: r.WaitingFor, Alert: r.Alert,
		Case: r.Case, Parent: r.Parent, Unresolved: r.Unresolved, Outputs: r.Outputs, Reason: r.Reason, CreatedAt: r.CreatedAt,
		UpdatedAt: r.UpdatedAt, EndedAt: r.EndedAt,
	}
}

// StepsOf are steps as the API shows them.
func StepsOf(views []step.View) []Step {
	list := make([]Step, len(views))
	for i, v := range views {
		list[i] = stepOf(v)
	}
	return list
}

func stepOf(v step.View) Step {
	s := Step{
		Path: v.Path, ID: v.ID, Name: v.Name, Kind: string(v.Kind), Uses: v.Uses, Status: string(v.Status), Waiting: v.Waiting,
		Output: v.Output, Began: v.Began, Ended: v.Ended, Child: v.Child, Steps: StepsOf(v.Steps),
	}
	if v.Failure != nil {
		s.Class, s.Error = v.Failure.Class, v.Failure.Text
	}
	for _, c := range v.Calls {
		s.Calls = append(s.Calls, Call{
			Connection: c.Connection, Action: c.Action, Attempt: c.Attempt, Epoch: c.Epoch, Status: c.Status, By: c.By, Error: c.Failure,
		})
	}
	return s
}

// EffectsOf are intents as the API shows them.
func EffectsOf(intents []harrier.Intent) []Effect {
	list := make([]Effect, len(intents))
	for i, in := range intents {
		list[i] = Effect{
			Path: in.Path, Connection: in.Connection, Action: in.Action, Effect: in.Effect, Target: in.Target, Attempt: in.Attempt,
			State: in.State, By: in.By, Approval: in.Approval, IntendedAt: in.IntendedAt, EndedAt: in.EndedAt, LeaseUntil: in.LeaseUntil,
		}
	}
	return list
}

// EventOf is an event as the API shows it.
func EventOf(e harrier.Event) Event {
	return Event{Seq: e.Seq, At: e.At, Type: e.Type, Version: e.Version, Data: e.Data}
}
