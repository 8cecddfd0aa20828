package shift_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rota"
	"github.com/harrier-soar/harrier/internal/shift"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// world is how things are; they change between two looks.
type world struct {
	cases  []harrier.Case
	asked  []harrier.Approval
	held   []harrier.Containment
	broken []harrier.Run
	told   []pager.Notification
	tasks  []shift.OpenTask
}

func (w *world) Cases(_ context.Context, _ harrier.TenantID, f harrier.CaseFilter, _ harrier.Page) (list []harrier.Case, _ string, _ error) {
	for _, c := range w.cases {
		if c.Status == f.Status {
			list = append(list, c)
		}
	}
	return list, "", nil
}

func (w *world) Approvals(context.Context, harrier.TenantID, harrier.ApprovalFilter, harrier.Page) ([]harrier.Approval, string, error) {
	return w.asked, "more", nil
}

func (w *world) Containments(context.Context, harrier.TenantID, harrier.ContainmentFilter, harrier.Page) ([]harrier.Containment, string, error) {
	return w.held, "", nil
}

func (w *world) Runs(context.Context, harrier.TenantID, harrier.RunFilter, harrier.Page) ([]harrier.Run, string, error) {
	return w.broken, "", nil
}

func (w *world) Notifications(_ context.Context, _ harrier.TenantID, f pager.Filter, _ harrier.Page) (list []pager.Notification, _ string, _ error) {
	for _, n := range w.told {
		if n.Status == f.Status {
			list = append(list, n)
		}
	}
	return list, "", nil
}

func (w *world) OpenTasks(context.Context, harrier.TenantID, int) ([]shift.OpenTask, bool, error) {
	return w.tasks, false, nil
}

// Standings implements [shift.OnCall].
func (*world) Standings(_ context.Context, _ harrier.TenantID, at time.Time) ([]rota.Standing, error) {
	return []rota.Standing{{Rota: rota.Rota{Name: "soc"}, Now: rota.Turn{Person: "kim", Until: at.Add(time.Hour)}}}, nil
}

// desk is a service over a real store.
type desk struct {
	*shift.Service
	*world

	t       *testing.T
	now     time.Time
	notices []pager.Notice
}

// Tell implements [shift.Teller].
func (d *desk) Tell(_ context.Context, _ harrier.Tx, in pager.Notice) (pager.Notification, bool, error) {
	d.notices = append(d.notices, in)
	return pager.Notification{}, true, nil
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, world: &world{}, now: time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return d.now }
	st, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	d.Service = shift.New(shift.Config{
		Store: st, World: d.world, OnCall: d.world, Tells: d, Now: clock,
		People: func(harrier.TenantID) map[string]rota.Person {
			return map[string]rota.Person{"kim": {Key: "kim", Login: "kim"}, "lee": {Key: "lee", Login: "lee"}}
		},
	})
	d.cases = []harrier.Case{{ID: harrier.DeriveID[harrier.CaseID]("1"), Number: 1, Title: "Low", Severity: "low", Status: "open"}, {ID: harrier.DeriveID[harrier.CaseID]("2"), Number: 2, Title: "*Bad* http://evil.example/x", Severity: "critical", Status: "waiting", Owner: harrier.Person{Name: "lee"}}}
	d.tasks = []shift.OpenTask{{ID: "call", Title: "Call the user back", Assignee: "kim", Required: true, Number: 2, Severity: "critical", DueAt: d.now.Add(time.Hour)}}
	d.asked = []harrier.Approval{
		{ID: harrier.DeriveID[harrier.ApprovalID]("a"), Kind: harrier.PlanApproval, Title: "Block it", ExpiresAt: d.now.Add(2 * time.Hour)},
		{ID: harrier.DeriveID[harrier.ApprovalID]("b"), Kind: harrier.FormQuestion, Title: "Who is it?", ExpiresAt: d.now.Add(time.Hour)},
		{ID: harrier.DeriveID[harrier.ApprovalID]("c"), Kind: harrier.OutcomeQuestion, Title: "Was it isolated?"},
	}
	d.held = []harrier.Containment{{Action: "fw.block", Target: "203.0.113.7", LeaseUntil: d.now.Add(time.Hour)}, {Action: "fw.block", Target: "later", LeaseUntil: d.now.Add(48 * time.Hour)}, {Action: "fw.block", Target: "for ever"}}
	d.broken = []harrier.Run{{ID: harrier.DeriveID[harrier.RunID]("r"), Playbook: "p", Reason: "it crashed"}}
	d.told = []pager.Notification{
		{Title: "Nobody came", Severity: "high", Status: pager.Unheard, CreatedAt: d.now}, {Title: "Old", Status: pager.Unheard, CreatedAt: d.now.Add(-30 * 24 * time.Hour)},
		{Title: "Now", Severity: "critical", Status: pager.Pending, CreatedAt: d.now},
	}
	return d
}

func named(name string, perms ...harrier.Permission) harrier.Principal {
	p := harrier.Principal{ID: harrier.DeriveID[harrier.PrincipalID](name), Tenant: harrier.DefaultTenant, Name: name, Grants: map[harrier.Permission]bool{}}
	for _, perm := range perms {
		p.Grants[perm] = true
	}
	return p
}

func TestGive_freezesHowThingsAre(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, err := d.Give(t.Context(), named("kim"), "lee", "Mind the <b>printer</b>.")
	if err != nil {
		t.Fatal(err)
	}
	d.cases, d.asked = nil, nil
	got, err := d.Get(t.Context(), named("lee"), h.ID)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, sec := range got.Content.Sections {
		for _, i := range sec.Items {
			list = append(list, sec.Name+": "+i.Title)
		}
	}
	want := []string{
		"notifications: Now", "notifications: Nobody came", "unknown: Was it isolated?", "approvals: Who is it?", "approvals: Block it",
		"leases: fw.block on 203.0.113.7", "runs: p", "cases: *Bad* http://evil.example/x", "cases: Low",
		"tasks: Call the user back",
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(d.notices) != 1 || d.notices[0].To[0] != "person:lee" {
		t.Errorf("told %+v", d.notices)
	}
	text := got.Markdown()
	for _, want := range []string{
		"From kim to lee. Nobody has accepted it yet.", "> Mind the ‹b›printer‹/b›.", "* soc: kim, until 2026-03-02 18:00 UTC", `\*Bad\* hxxp`,
		"## Questions that wait for people (more than 2)", "## Actions of which nobody knows", "fw\\[.\\]block on 203.0.113.7, by, until",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
}

func TestAccept_isByNameAndOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, err := d.Give(t.Context(), named("kim"), "lee", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Accept(t.Context(), named("sam"), h.ID); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("somebody else: %v", err)
	}
	stranger := named("lee")
	stranger.Tenant = harrier.NewID[harrier.TenantID](d.now)
	if _, err := d.Accept(t.Context(), stranger, h.ID); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	d.now = d.now.Add(time.Minute)
	got, err := d.Accept(t.Context(), named("lee"), h.ID)
	if err != nil || got.AcceptedName != "lee" || !got.AcceptedAt.Equal(d.now) {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := d.Accept(t.Context(), named("boss", harrier.OnCallManage), h.ID); harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), "lee accepted it") {
		t.Errorf("again: %v", err)
	}
	list, _, err := d.List(t.Context(), named("kim"), harrier.Page{})
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Markdown(), "Accepted by lee at 2026-03-02 17:01 UTC") {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestGive_refusesWhomNobodyKnows(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.Give(t.Context(), named("kim"), "nobody", ""); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("got %v", err)
	}
	if _, err := d.Give(t.Context(), named("kim"), "", strings.Repeat("x", 30_000)); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestMarkdown_keepsValuesInTheirLine(t *testing.T) {
	t.Parallel()
	h := shift.Handover{From: "a\n# b", Notes: "x\n## y", Content: shift.Content{Sections: []shift.Section{{Title: "T", Items: []shift.Item{{Title: "a\n\n# Heading [x](https://evil.example)"}}}}}}
	for line := range strings.SplitSeq(h.Markdown(), "\n") {
		if strings.HasPrefix(line, "# Heading") || strings.HasPrefix(line, "## y") || strings.HasPrefix(line, "# b") || strings.Contains(strings.ReplaceAll(line, `\]`, ""), "](") {
			t.Errorf("broke out: %q", line)
		}
	}
}
