package demo

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
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
	r.Run, r.Status = run.ID, run.Status
	var out struct {
		Verdict   string   `json:"verdict"`
		Reasons   []string `json:"reasons"`
		Contained bool     `json:"contained"`
	}
	if len(run.Outputs) > 0 {
		if err := json.Unmarshal(run.Outputs, &out); err != nil {
			return harrier.Errorf(harrier.Internal, "read the outputs of the run: %w", err)
		}
	}
	r.Verdict, r.Reasons = cmp.Or(out.Verdict, "none"), out.Reasons
	// The story may have begun in a process that was killed.
	r.Seconds = run.EndedAt.Sub(run.CreatedAt).Seconds()
	decided, err := s.app.DecidedApprovals(ctx, run.ID)
	if err != nil {
		return err
	}
	for _, a := range decided {
		r.Approvals = append(r.Approvals, cli.DemoApproval{ID: a.ID, Title: a.Title, Decision: a.Status, By: a.DecidedBy})
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
	r.Contained = out.Contained && run.Status == harrier.RunSucceeded && r.CopiesFound > 0 && r.CopiesQuarantined == r.CopiesFound
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
