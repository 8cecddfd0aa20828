package demo

import (
	"context"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/lab"
)

// quarantined is the folder that Graph moves quarantined mail to.
const quarantined = "recoverableitemsdeletions"

// check compares what the run says with what the vendors remember, and fills
// in the report from the latter and the database.
func (s *story) check(ctx context.Context, run api.RunDetail) error {
	r := &s.report
	r.Run, r.Status, r.GoesOn = run.ID, run.Status, !run.Status.Ended()
	r.Verdict = "none"
	if final := found(run.Steps, "final"); final != nil {
		out := asObject(final.Output)
		r.Verdict, _ = out["verdict"].(string)
		r.Reasons = texts(out["reasons"])
	}
	contained := false
	r.Seconds = run.UpdatedAt.Sub(run.CreatedAt).Seconds()
	if outcome := found(run.Steps, "outcome"); outcome != nil {
		out := asObject(outcome.Output)
		contained, _ = out["contained"].(bool)
		r.Clicked, r.Submitted = texts(out["clicked"]), texts(out["submitted"])
	}
	// The run goes on after all is handled: it hunts again.
	if handled := found(run.Steps, milestone); handled != nil {
		r.Seconds = handled.Ended.Sub(run.CreatedAt).Seconds()
	} else if run.Status.Ended() {
		r.Seconds = run.EndedAt.Sub(run.CreatedAt).Seconds()
	}
	for _, id := range s.runs {
		decided, err := s.app.DecidedApprovals(ctx, id)
		if err != nil {
			return err
		}
		for _, a := range decided {
			r.Approvals = append(r.Approvals, cli.DemoApproval{ID: a.ID, Title: a.Title, Decision: a.Status, By: a.DecidedBy})
		}
	}
	for _, m := range s.world.State().Mail {
		if m.MessageID == "" || trim(m.MessageID) != s.messageID() {
			continue
		}
		r.CopiesFound++
		if m.Folder == quarantined {
			r.CopiesQuarantined++
		}
	}
	r.Contained = contained && r.CopiesFound > 0 && r.CopiesQuarantined == r.CopiesFound && s.allInForce(run)
	for _, e := range s.world.Effects() {
		r.Effects = append(r.Effects, cli.DemoEffect{Action: e.Vendor + "." + e.Action, Target: e.Target, Count: e.Count})
		r.DuplicateEffects += duplicates(e)
	}
	number, err := s.app.CaseNumber(ctx, run.Alert)
	r.Case = number
	return err
}

// duplicates counts how often an effect changed the world again. A state that
// is set twice changes it once.
func duplicates(e lab.Effect) int { return max(0, e.Changed-1) }

// messageID is that of the reported mail, as the company's mail system has it.
func (s *story) messageID() string {
	id, _ := s.reported().Output()["message_id"].(string)
	return trim(id)
}

func trim(id string) string {
	if len(id) > 1 && id[0] == '<' && id[len(id)-1] == '>' {
		return id[1 : len(id)-1]
	}
	return id
}

// asObject is an output as an object, or an empty one.
func asObject(v any) map[string]any {
	out, _ := v.(map[string]any)
	return out
}

// texts are the texts of a list.
func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, one := range list {
		if text, ok := one.(string); ok {
			out = append(out, text)
		}
	}
	return out
}
