package casework

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// The states of a task.
const (
	TaskOpen    = "open"
	TaskDone    = "done"
	TaskSkipped = "skipped"
)

// maxTasks bounds the tasks of a case.
const maxTasks = 200

// Task is something that somebody does for a case.
type Task struct {
	Tenant harrier.TenantID
	Case   harrier.CaseID
	// ID is what people call it in the case.
	ID       string
	Position int
	Title    string
	Help     string
	// Required tasks are done or skipped before the case is closed.
	Required bool
	Assignee harrier.Person
	DueAt    time.Time
	Status   string
	// Reason is why it was skipped.
	Reason  string
	EndedAt time.Time
	EndedBy string
}

// Tasks keeps the tasks of cases.
type Tasks interface {
	// PutTask adds a task or replaces the one of its id.
	PutTask(ctx context.Context, tx harrier.Tx, t Task) error
	// TasksIn lists the tasks of a case inside a change, in their order.
	TasksIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) ([]Task, error)
	// Tasks is TasksIn outside of a change.
	Tasks(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) ([]Task, error)
}

// planTasks gives a new case the tasks of its template.
func (s *Service) planTasks(ctx context.Context, tx harrier.Tx, c harrier.Case) error {
	for i, p := range s.templates[c.Template].Tasks {
		t := Task{Tenant: c.Tenant, Case: c.ID, ID: p.ID, Position: i + 1, Title: p.Title, Help: p.Help, Required: p.Required, Status: TaskOpen}
		if p.Due > 0 {
			t.DueAt = c.CreatedAt.Add(p.Due)
		}
		if err := s.store.PutTask(ctx, tx, t); err != nil {
			return err
		}
	}
	return nil
}

// TaskList lists the tasks of a case.
func (s *Service) TaskList(ctx context.Context, by harrier.Principal, id harrier.CaseID) ([]Task, error) {
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, id); err != nil {
		return nil, err
	}
	return s.store.Tasks(ctx, by.Tenant, id)
}

// AddTask adds a task to a case.
func (s *Service) AddTask(ctx context.Context, by harrier.Principal, id harrier.CaseID, t Task) (Task, error) {
	if strings.TrimSpace(t.Title) == "" || len(t.Title) > maxTitle {
		return t, harrier.Errorf(harrier.Invalid, "a task needs a title of 1 to %d bytes", maxTitle)
	}
	_, err := s.change(ctx, by, &change{
		id: id, action: "case.task.add", kind: entryTask, text: "new task: " + t.Title,
		do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, _ time.Time) (bool, error) {
			tasks, err := s.store.TasksIn(ctx, tx, c.Tenant, c.ID)
			if err != nil {
				return false, err
			}
			if len(tasks) >= maxTasks {
				return false, harrier.Errorf(harrier.Invalid, "case %d has %d tasks, which is all that one can have", c.Number, maxTasks)
			}
			t.Tenant, t.Case, t.ID, t.Position, t.Status = c.Tenant, c.ID, "t"+strings.ToLower(rand.Text()[:8]), len(tasks)+1, TaskOpen
			return true, s.store.PutTask(ctx, tx, t)
		},
	})
	return t, err
}

// TaskEdit is what a person changes of a task. A nil field stays.
type TaskEdit struct {
	Status   *string
	Reason   string
	Assignee *harrier.Person
	Due      *time.Time
}

// EditTask changes a task. Skipping needs a reason.
func (s *Service) EditTask(ctx context.Context, by harrier.Principal, id harrier.CaseID, name string, e TaskEdit) (Task, error) {
	var t Task
	ch := &change{id: id, action: "case.task", kind: entryTask, about: map[string]any{"task": name}}
	ch.do = func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
		tasks, err := s.store.TasksIn(ctx, tx, c.Tenant, c.ID)
		if err != nil {
			return false, err
		}
		i := slices.IndexFunc(tasks, func(t Task) bool { return t.ID == name })
		if i < 0 {
			return false, harrier.Errorf(harrier.NotFound, "case %d has no task %s", c.Number, name)
		}
		was := tasks[i]
		if t, err = was.edited(e, by.Name, now); err != nil || t == was {
			return false, err
		}
		if c.Status == Closed {
			return false, harrier.Errorf(harrier.Conflict, "case %d is closed; reopen it", c.Number)
		}
		ch.text = taskText(was, t)
		return true, s.store.PutTask(ctx, tx, t)
	}
	_, err := s.change(ctx, by, ch)
	return t, err
}

// edited is the task as it is to be.
func (t Task) edited(e TaskEdit, who string, now time.Time) (Task, error) {
	if e.Assignee != nil {
		t.Assignee = *e.Assignee
	}
	if e.Due != nil {
		t.DueAt = e.Due.UTC().Truncate(time.Microsecond)
	}
	if e.Status == nil || *e.Status == t.Status {
		return t, nil
	}
	t.Status, t.Reason, t.EndedAt, t.EndedBy = *e.Status, e.Reason, now, who
	switch t.Status {
	case TaskOpen:
		t.Reason, t.EndedAt, t.EndedBy = "", time.Time{}, ""
	case TaskDone:
	case TaskSkipped:
		if strings.TrimSpace(e.Reason) == "" {
			return t, harrier.Errorf(harrier.Invalid, "say why task %s is skipped", t.ID)
		}
	default:
		return t, harrier.Errorf(harrier.Invalid, "%q is no state of a task; use open, done or skipped", t.Status)
	}
	return t, fits("reason", t.Reason)
}

// taskText tells what changed about a task.
func taskText(was, t Task) string {
	text := t.Title
	if was.Status != t.Status {
		text = strings.TrimSuffix(fmt.Sprintf("%s: %s (%s)", t.Status, t.Title, t.Reason), " ()")
	}
	if was.Assignee != t.Assignee {
		text += ", for " + cmp.Or(t.Assignee.Name, "nobody")
	}
	if !was.DueAt.Equal(t.DueAt) {
		text += ", due " + t.DueAt.Format(time.RFC3339)
	}
	return text
}

// skipOpen skips what is open of a case that a machine closes, for its reason.
func (s *Service) skipOpen(ctx context.Context, tx harrier.Tx, c harrier.Case, l line) error {
	tasks, err := s.store.TasksIn(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.Status != TaskOpen {
			continue
		}
		t.Status, t.Reason, t.EndedAt, t.EndedBy = TaskSkipped, "closed by "+l.author+": "+l.text, l.at, l.author
		if err := s.store.PutTask(ctx, tx, t); err != nil {
			return err
		}
	}
	return nil
}
