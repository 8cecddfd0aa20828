package casework

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
)

// Passing gives what somebody has of a case to somebody else.
type Passing struct {
	Tenant harrier.TenantID
	Case   harrier.CaseID
	// Task is which of its tasks; empty is the case itself.
	Task string
	// From is who has it; To is who gets it. Either is nobody where the id is zero.
	From, To harrier.Person
	// Why is for the timeline.
	Why string
}

// What became of something that was to be passed on.
const (
	// Passed says that it is somebody else's now.
	Passed = "passed"
	// Gone says that it is not theirs any more, or is done.
	Gone = "gone"
	// Kept says that it stays, because whoever should get it may not see it.
	Kept = "kept"
)

// Pass gives something to somebody else in the transaction of its cause. What is
// restricted goes to members only: otherwise it stays where it is, its timeline
// says so, and members are returned to be told.
func (s *Service) Pass(ctx context.Context, tx harrier.Tx, by harrier.Principal, p Passing) (became string, members []Member, err error) {
	c, err := s.store.CaseIn(ctx, tx, p.Tenant, p.Case)
	if err != nil {
		return "", nil, err
	}
	if c.Status == Closed {
		return Gone, nil, nil
	}
	ch := &change{action: "case.pass", kind: entryEdited, text: fmt.Sprintf("owner: %s → %s (%s)", cmp.Or(p.From.Name, "nobody"), cmp.Or(p.To.Name, "nobody"), p.Why)}
	ch.do = func(_ context.Context, _ harrier.Tx, c *harrier.Case, _ time.Time) (bool, error) {
		c.Owner = p.To
		return true, nil
	}
	there := same(c.Owner, p.From)
	if p.Task != "" {
		if there, err = s.passTask(ctx, tx, p, ch); err != nil {
			return "", nil, err
		}
	}
	if !there {
		return Gone, nil, nil
	}
	if c.Restricted {
		members, err := s.store.MembersIn(ctx, tx, c.Tenant, c.ID)
		if err != nil {
			return "", nil, err
		}
		now := s.now()
		if !slices.ContainsFunc(members, func(m Member) bool {
			return m.Principal == p.To.ID && (m.lasting() || m.Until.After(now))
		}) {
			return Kept, members, s.keep(ctx, tx, by, c, p)
		}
	}
	return Passed, nil, s.changeIn(ctx, tx, by, &c, ch)
}

// same reports whether two are one person, or both nobody: some are known by name
// only.
func same(a, b harrier.Person) bool {
	if a.ID.IsZero() || b.ID.IsZero() {
		return a.Name == b.Name
	}
	return a.ID == b.ID
}

// passTask prepares that a task is passed on; there is false where it is not theirs.
func (s *Service) passTask(ctx context.Context, tx harrier.Tx, p Passing, ch *change) (there bool, err error) {
	tasks, err := s.store.TasksIn(ctx, tx, p.Tenant, p.Case)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(tasks, func(t Task) bool { return t.ID == p.Task && t.Status == TaskOpen && same(t.Assignee, p.From) })
	if i < 0 {
		return false, nil
	}
	t := tasks[i]
	t.Assignee = p.To
	ch.action, ch.kind, ch.about = "case.task.pass", entryTask, map[string]any{"task": t.ID}
	ch.text = fmt.Sprintf("%s, for %s (%s)", t.Title, cmp.Or(p.To.Name, "nobody"), p.Why)
	ch.do = func(ctx context.Context, tx harrier.Tx, _ *harrier.Case, _ time.Time) (bool, error) {
		return true, s.store.PutTask(ctx, tx, t)
	}
	return true, nil
}

// keep notes that something of a restricted case was not passed on.
func (s *Service) keep(ctx context.Context, tx harrier.Tx, by harrier.Principal, c harrier.Case, p Passing) error {
	what, about := "the case", map[string]any{"by": by.ID.String()}
	if p.Task != "" {
		what, about["task"] = "task "+p.Task, p.Task
	}
	text := fmt.Sprintf("%s stays with %s (%s): no member of the case takes it over", what, cmp.Or(p.From.Name, "nobody"), p.Why)
	now := s.now()
	if err := s.add(ctx, tx, c, entryEdited, line{at: now, author: by.Name, text: text, data: about}); err != nil {
		return err
	}
	return s.audit(ctx, tx, by, act{"case.keep", c, now, about})
}
