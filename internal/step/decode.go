package step

import (
	"bytes"
	"encoding/json"

	"github.com/harrier-soar/harrier"
)

// Decode returns the body of an event, upcast from the version it was written
// in. An unknown type or version is Internal: the journal was written by a
// newer build.
func Decode(ev harrier.Event) (Body, error) {
	if ev.Version != version {
		return nil, harrier.Errorf(harrier.Internal, "event %d is %s version %d, which this build does not know", ev.Seq, ev.Type, ev.Version)
	}
	decode := decoderOf(ev.Type)
	if decode == nil {
		return nil, harrier.Errorf(harrier.Internal, "event %d has the unknown type %q", ev.Seq, ev.Type)
	}
	b, err := decode(ev.Data)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "decode event %d of type %s: %w", ev.Seq, ev.Type, err)
	}
	return b, nil
}

// EventTypes lists every type of event that is written, for fixtures and docs.
func EventTypes() []string {
	return []string{
		"run.started", "step.skipped", "step.failed", "values.set", "branch.taken", "loop.opened", "parallel.opened",
		"poll.opened", "poll.checked", "timer.armed", "timer.fired", "run.halting", "run.retried", "run.ended",
		"action.intended", "action.succeeded", "action.failed", "action.unknown", "action.probed", "action.pending",
		"action.withheld", "action.held", "outcome.asked", "outcome.settled",
		"question.asked", "question.answered", "child.called", "child.ended",
	}
}

// decoderOf is the table of event types.
func decoderOf(typ string) func(json.RawMessage) (Body, error) {
	switch typ {
	case "run.started":
		return as[RunStarted]
	case "step.skipped":
		return as[StepSkipped]
	case "step.failed":
		return as[StepFailed]
	case "values.set":
		return as[ValuesSet]
	case "branch.taken":
		return as[BranchTaken]
	case "loop.opened":
		return as[LoopOpened]
	case "parallel.opened":
		return as[ParallelOpened]
	case "poll.opened":
		return as[PollOpened]
	case "poll.checked":
		return as[PollChecked]
	case "timer.armed":
		return as[TimerArmed]
	case "timer.fired":
		return as[TimerFired]
	case "run.halting":
		return as[RunHalting]
	case "run.retried":
		return as[RunRetried]
	case "run.ended":
		return as[RunEnded]
	case "action.intended":
		return as[ActionIntended]
	case "action.succeeded":
		return as[ActionSucceeded]
	case "action.failed":
		return as[ActionFailed]
	case "action.unknown":
		return as[ActionUnknown]
	case "action.probed":
		return as[ActionProbed]
	case "action.pending":
		return as[ActionPending]
	case "action.withheld":
		return as[ActionWithheld]
	case "action.held":
		return as[ActionHeld]
	case "outcome.asked":
		return as[OutcomeAsked]
	case "outcome.settled":
		return as[OutcomeSettled]
	case "question.asked":
		return as[QuestionAsked]
	case "question.answered":
		return as[QuestionAnswered]
	case "child.called":
		return as[ChildCalled]
	case "child.ended":
		return as[ChildEnded]
	}
	return nil
}

// as decodes a body of type B.
func as[B Body](data json.RawMessage) (Body, error) {
	var b B
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&b); err != nil {
		return nil, err
	}
	return canonicalBody(b), nil
}

// canonicalBody restores the values in a decoded body to what they were when
// it was recorded: integral numbers are int64.
func canonicalBody(b Body) Body {
	switch b := b.(type) {
	case RunStarted:
		b.Inputs, b.Alert, b.Case = canonicalMap(b.Inputs), canonicalMap(b.Alert), canonicalMap(b.Case)
		return b
	case ValuesSet:
		b.Output = Canonical(b.Output)
		return b
	case LoopOpened:
		for i := range b.Items {
			b.Items[i] = Canonical(b.Items[i])
		}
		return b
	case RunEnded:
		b.Outputs = Canonical(b.Outputs)
		return b
	case ChildCalled:
		b.Inputs = canonicalMap(b.Inputs)
		return b
	case ChildEnded:
		b.Outputs = Canonical(b.Outputs)
		return b
	case QuestionAnswered:
		b.Answer = canonicalMap(b.Answer)
		return b
	}
	return canonicalAction(b)
}

// canonicalAction does the same for the events of actions.
func canonicalAction(b Body) Body {
	switch b := b.(type) {
	case ActionIntended:
		canonicalBegin(b.Begin)
	case ActionSucceeded:
		canonicalBegin(b.Begin)
		b.Output = canonicalMap(b.Output)
		return b
	case ActionFailed:
		canonicalBegin(b.Begin)
	case ActionPending:
		canonicalBegin(b.Begin)
	case ActionWithheld:
		canonicalBegin(b.Begin)
		b.Output = canonicalMap(b.Output)
		return b
	case ActionHeld:
		canonicalBegin(b.Begin)
	case ActionProbed:
		if b.Output = canonicalMap(b.Output); b.Output == nil {
			b.Output = map[string]any{}
		}
		return b
	}
	return b
}

func canonicalBegin(b *Begin) {
	if b == nil {
		return
	}
	if b.With = canonicalMap(b.With); b.With == nil {
		b.With = map[string]any{}
	}
}

func canonicalMap(in map[string]any) map[string]any {
	if in == nil {
		return nil
	}
	out, _ := Canonical(in).(map[string]any)
	return out
}
