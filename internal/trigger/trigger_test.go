package trigger_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/trigger"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// stage is a service over a real store; runs are noted, not made.
type stage struct {
	*trigger.Service
	t     *testing.T
	store *store.Store
	plans []*playbook.Plan

	mu   sync.Mutex // guards what follows
	now  time.Time
	runs []string
	ids  map[harrier.RunID]bool
	// fails is how many starts fail as a database does, refuse makes limits refuse.
	fails  int
	refuse bool
}

// Plans implements trigger.Playbooks.
func (s *stage) Plans() []*playbook.Plan { return s.plans }

// Start implements trigger.Playbooks.
func (s *stage) Start(plan *playbook.Plan, _ harrier.Principal) (engine.Start, error) {
	return engine.Start{Plan: plan}, nil
}

// StartIn implements trigger.Runs.
func (s *stage) StartIn(_ context.Context, _ harrier.Tx, st engine.Start) (harrier.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.fails > 0:
		s.fails--
		return harrier.Run{}, harrier.Errorf(harrier.Unavailable, "the disk is full")
	case s.refuse || s.ids[st.ID]:
		return harrier.Run{}, harrier.Errorf(harrier.Conflict, "it runs already")
	}
	s.ids[st.ID] = true
	s.runs = append(s.runs, fmt.Sprint(st.Plan.ID, " ", s.now.Format("02 15:04"), " ", st.CaseDoc["title"]))
	return harrier.Run{ID: st.ID}, nil
}

// newStage opens a store and compiles playbooks with these triggers.
func newStage(t *testing.T, triggers ...string) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), ids: map[harrier.RunID]bool{}}
	for i, text := range triggers {
		id := fmt.Sprint("p", i)
		source := "harrier: 1\nplaybook: " + id + "\ntitle: A\ntrigger:\n  - " + text + "\nsteps:\n  - set:\n      x: 1\n"
		plan, problems := playbook.Compile(id+".playbook.yaml", []byte(source), playbook.Catalog{})
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		s.plans = append(s.plans, plan)
	}
	var err error
	if s.store, err = store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	s.restart()
	return s
}

// restart makes the service anew, as a new process does.
func (s *stage) restart() {
	s.Service = trigger.New(trigger.Config{
		Store: s.store, Playbooks: s, Runs: s, Tenants: func(context.Context) ([]harrier.TenantID, error) {
			return []harrier.TenantID{harrier.DefaultTenant}, nil
		}, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return s.now },
	})
}

// after lets time pass and looks at the clock.
func (s *stage) after(d time.Duration) {
	s.t.Helper()
	s.now = s.now.Add(d)
	if _, err := s.Tick(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// cases opens and changes cases, by title.
func (s *stage) change(title, status string) {
	s.t.Helper()
	c := harrier.Case{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.CaseID](title), Title: title, Severity: "high", Status: status, CreatedAt: s.now, UpdatedAt: s.now}
	err := s.store.Write(s.t.Context(), func(tx harrier.Tx) error {
		old, err := s.store.CaseIn(s.t.Context(), tx, c.Tenant, c.ID)
		if harrier.KindOf(err) == harrier.NotFound && err != nil {
			_, err = s.store.OpenCase(s.t.Context(), tx, c)
			return err
		}
		if err != nil {
			return err
		}
		old.Status, old.UpdatedAt = status, s.now
		return s.store.UpdateCase(s.t.Context(), tx, old)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) sweep() {
	s.t.Helper()
	if err := s.SweepCases(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// want fails the test where other runs began, and forgets them.
func (s *stage) want(what string, runs ...string) {
	s.t.Helper()
	if !slices.Equal(runs, s.runs) {
		s.t.Errorf("%s: began %q, want %q", what, s.runs, runs)
	}
	s.runs = nil
}

func TestTick_startsAtItsTimesOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, `schedule: "*/10 * * * *"`)
	s.after(0)
	s.want("it comes into force")
	s.after(5 * time.Minute)
	s.want("before its time")
	s.after(5 * time.Minute)
	s.want("at its time", "p0 02 09:10 <nil>")
	s.after(0)
	s.restart()
	s.after(time.Second)
	s.want("after it, also in another process")
	next, err := s.Tick(t.Context())
	if want := time.Date(2026, 11, 2, 9, 20, 0, 0, time.UTC); err != nil || !next.Equal(want) {
		t.Errorf("next is %s, %v", next, err)
	}
}

func TestTick_doesWithMissedTimesAsThePlaybookSays(t *testing.T) {
	t.Parallel()
	for missed, want := range map[string][]string{
		"skip": {"p0 02 12:04 <nil>"}, "once": {"p0 02 12:04 <nil>"},
		"all": {"p0 02 12:04 <nil>", "p0 02 12:04 <nil>", "p0 02 12:04 <nil>"},
	} {
		s := newStage(t, "schedule:\n      cron: 0 * * * *\n      missed: "+missed)
		s.after(0)
		s.after(3*time.Hour + 4*time.Minute) // 10:00, 11:00 and, not late yet, 12:00
		s.want(missed, want...)
		s.after(56*time.Minute + 6*time.Minute) // 13:00 is late
		if missed == "skip" {
			s.want(missed + " of one that is late")
		} else {
			s.want(missed+" of one that is late", "p0 02 13:06 <nil>")
		}
	}
	s := newStage(t, "schedule:\n      cron: '* * * * *'\n      missed: all")
	s.after(0)
	s.after(48 * time.Hour)
	if len(s.runs) != 100 {
		t.Errorf("%d runs at once", len(s.runs))
	}
}

func TestTick_losesNoTimeToAFailureAndTellsWhatWasRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, `schedule: "0 * * * *"`)
	s.after(0)
	s.now, s.fails = s.now.Add(time.Hour), 2 // a change that fails is made once more
	if _, err := s.Tick(t.Context()); err == nil {
		t.Error("a failure is not told")
	}
	s.want("a failure")
	s.after(time.Second)
	s.want("after a failure", "p0 02 10:00 <nil>")
	s.refuse = true
	s.after(time.Hour)
	s.after(time.Second)
	s.want("refused")
	trail, _, err := s.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Target: "p0"}, harrier.Page{})
	if err != nil || len(trail) != 2 || !strings.Contains(string(trail[0].Data), "it runs already") || strings.Contains(string(trail[1].Data), "skipped") {
		t.Errorf("audit %+v, %v", trail, err)
	}
}

func TestSweep_startsOnCasesOnceAsSoonAsTheConditionHolds(t *testing.T) {
	t.Parallel()
	s := newStage(t, `case: case.status == "closed"`, `case: case.severity == "high" && case.title != "old"`, `schedule: "0 0 1 1 *"`)
	s.change("old", "open")
	s.now = s.now.Add(time.Minute)
	s.sweep()
	s.want("cases of before")
	s.now = s.now.Add(time.Second)
	s.change("a", "open")
	s.sweep()
	s.want("a case that is opened", "p1 02 09:01 a")
	s.sweep()
	s.restart()
	s.sweep()
	s.want("the same again")
	s.now = s.now.Add(time.Minute)
	s.change("a", "closed")
	s.change("old", "closed")
	s.sweep()
	slices.Sort(s.runs)
	s.want("a case that is closed", "p0 02 09:02 a", "p0 02 09:02 old")
	s.now = s.now.Add(time.Minute)
	s.change("a", "open")
	s.now = s.now.Add(time.Minute)
	s.change("a", "closed")
	s.sweep()
	s.want("a case that is closed again")
}

func TestSweep_seesEveryCaseOfMany(t *testing.T) {
	t.Parallel()
	s := newStage(t, `case: case.status == "open"`)
	s.sweep()
	s.now = s.now.Add(time.Second)
	for i := range 450 { // more than two pages, all at once
		s.change(fmt.Sprint("c", i), "open")
	}
	s.fails = 2
	if err := s.SweepCases(t.Context()); err == nil {
		t.Error("a failure is not told")
	}
	s.runs, s.ids = nil, map[harrier.RunID]bool{} // the transaction is gone, and its runs with it
	s.sweep()
	if len(s.runs) != 450 {
		t.Errorf("%d of 450 cases start it", len(s.runs))
	}
}

func TestForbidden_holdsThePlaybookAgainstWhatTheSourceAllows(t *testing.T) {
	t.Parallel()
	action := func(name, verb string, effect harrier.Effect) schema.ActionSpec {
		return schema.ActionSpec{Name: name, Verb: verb, Effect: effect}
	}
	plan := &playbook.Plan{Actions: map[string]schema.ActionSpec{
		"vt.lookup": action("vt.lookup", "intel.lookup_ip", harrier.Read), "slack.post": action("slack.post", "chat.post", harrier.Notify),
		"case.open": {Name: "case.open", Effect: harrier.Record, Builtin: true},
	}, Children: map[string]*playbook.Plan{"b": {Actions: map[string]schema.ActionSpec{"fw.block": action("fw.block", "firewall.block_ip", harrier.Contain)}}}}
	got := map[string]string{}
	for _, allows := range []string{"", "chat.post", "chat.*", "slack.post fw.*", "firewall.block_ip", "chat.post firewall.block_ip", "mail.*"} {
		got[allows] = trigger.Forbidden(plan, strings.Fields(allows))
	}
	want := map[string]string{
		"": "", "chat.post": "fw.block", "chat.*": "fw.block", "slack.post fw.*": "", "firewall.block_ip": "slack.post", "chat.post firewall.block_ip": "", "mail.*": "slack.post",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("forbidden (-want +got):\n%s", diff)
	}
}
