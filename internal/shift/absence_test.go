package shift_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rota"
	"github.com/harrier-soar/harrier/internal/shift"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// team is three people with work, over a real store.
type team struct {
	*shift.Service
	t         *testing.T
	store     *store.Store
	cases     *casework.Service
	questions *approval.Service
	rotas     *rota.Service
	dir       string
	now       time.Time
	notices   []pager.Notice
}

// Tell implements [shift.Teller].
func (m *team) Tell(_ context.Context, tx harrier.Tx, in pager.Notice) (pager.Notification, bool, error) {
	tx.OnCommit(func() { m.notices = append(m.notices, in) })
	return pager.Notification{}, true, nil
}

// Login implements [shift.Accounts]: everybody but ghost has an account.
func (m *team) Login(_ context.Context, _ harrier.TenantID, name string) (harrier.Person, bool, error) {
	return harrier.Person{ID: named(name).ID, Name: name}, name != "ghost", nil
}

func newTeam(t *testing.T) *team {
	t.Helper()
	m := &team{t: t, dir: blanktest.Dir(t), now: time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)}
	m.open()
	t.Cleanup(func() { _ = m.store.Close() })
	return m
}

func (m *team) open() {
	m.t.Helper()
	clock := func() time.Time { return m.now }
	st, err := store.Open(m.t.Context(), store.Config{Dir: m.dir, Now: clock})
	if err != nil {
		m.t.Fatal(err)
	}
	people := map[string]rota.Person{}
	for _, key := range []string{"kim", "lee", "ana", "ghost"} {
		people[key] = rota.Person{Key: key, Login: key}
	}
	soc := rota.Rota{Name: "soc", Zone: "UTC", Layers: []rota.Layer{{Name: "l", People: []string{"kim", "ana"}, Start: "2026-01-05", HandOver: "09:00", Every: 24 * time.Hour}}}
	m.store, m.cases = st, casework.New(casework.Config{Store: st, Now: clock})
	m.questions = approval.New(approval.Config{Store: st, Wake: func(harrier.RunID) {}, Now: clock, Policy: approval.Policy{FourEyes: true}})
	m.rotas = rota.New(st, func(harrier.TenantID) rota.Roster {
		return rota.Roster{People: people, Rotas: map[string]rota.Rota{"soc": soc}}
	}, clock)
	m.Service = shift.New(shift.Config{
		Store: st, World: st, OnCall: m.rotas, Tells: m, Cases: m.cases, Questions: m.questions, Accounts: m, Log: slog.New(slog.DiscardHandler), Now: clock,
		People: func(harrier.TenantID) map[string]rota.Person { return people },
	})
}

// reopen is what a restart does.
func (m *team) reopen() {
	m.t.Helper()
	if err := m.store.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.open()
}

// owned is a case of somebody, with a task.
func (m *team) owned(who string, restricted bool) harrier.Case {
	m.t.Helper()
	by := named(who)
	person := harrier.Person{ID: by.ID, Name: who}
	c, err := m.cases.Create(m.t.Context(), by, casework.Draft{Title: "Case of " + who, Owner: person, Restricted: restricted})
	if err != nil {
		m.t.Fatal(err)
	}
	task, err := m.cases.AddTask(m.t.Context(), by, c.ID, casework.Task{Title: "Call the user back"})
	if err == nil {
		_, err = m.cases.EditTask(m.t.Context(), by, c.ID, task.ID, casework.TaskEdit{Assignee: &person})
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

// asks is a question to somebody of a run that somebody else started.
func (m *team) asks(to, starter string) harrier.ApprovalID {
	m.t.Helper()
	a := harrier.Approval{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.ApprovalID](m.now), Run: harrier.NewID[harrier.RunID](m.now), Kind: harrier.PlanApproval, Title: "Block it",
		Body: []byte(`{}`), Hash: "h", Assign: "user:" + to, Need: 1, RequestedBy: named(starter).ID, CreatedAt: m.now, ExpiresAt: m.now.Add(100 * 24 * time.Hour),
	}
	if err := m.store.Write(m.t.Context(), func(tx harrier.Tx) error { return m.store.Ask(m.t.Context(), tx, a) }); err != nil {
		m.t.Fatal(err)
	}
	return a.ID
}

// away makes somebody absent for a day and lets that begin.
func (m *team) away(who, cover string, back bool) rota.Change {
	m.t.Helper()
	c, err := m.rotas.Add(m.t.Context(), named("lead", harrier.OnCallManage), rota.Change{
		Kind: rota.KindAbsence, Person: who, Cover: cover, From: m.now, Until: m.now.Add(24 * time.Hour), Reason: "ill", GiveBack: back,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.sweep()
	return c
}

// sweep looks twice, with a restart between: what is done is not done again.
func (m *team) sweep() {
	m.t.Helper()
	for range 2 {
		if err := m.Sweep(m.t.Context()); err != nil {
			m.t.Fatal(err)
		}
		m.reopen()
	}
}

// who has a case, its task, and may decide on a question.
func (m *team) who(c harrier.Case, q harrier.ApprovalID) (has [3]string) {
	m.t.Helper()
	system := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: harrier.DefaultTenant}
	now, err := m.cases.Get(m.t.Context(), system, c.ID)
	if err != nil {
		m.t.Fatal(err)
	}
	tasks, err := m.cases.TaskList(m.t.Context(), system, c.ID)
	if err != nil || len(tasks) != 1 {
		m.t.Fatal(tasks, err)
	}
	has[0], has[1] = now.Owner.Name, tasks[0].Assignee.Name
	if !q.IsZero() {
		a, err := m.store.Approval(m.t.Context(), harrier.DefaultTenant, q)
		if err != nil {
			m.t.Fatal(err)
		}
		has[2] = strings.Join(append([]string{a.Assign}, a.Also...), " ")
	}
	return has
}

func (m *team) want(about string, got, want [3]string) {
	m.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		m.t.Errorf("%s: case, task and question (-want +got):\n%s", about, diff)
	}
}

func TestAbsence_movesOpenWorkToTheCoverAndBack(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	c, q := m.owned("kim", false), m.asks("kim", "ana")
	other := m.owned("ana", false)
	m.away("kim", "lee", true)
	m.want("during the absence", m.who(c, q), [3]string{"lee", "lee", "user:kim user:lee"})
	m.want("of others", m.who(other, harrier.ApprovalID{}), [3]string{"ana", "ana", ""})
	if len(m.notices) != 1 || m.notices[0].To[0] != "person:lee" || !strings.Contains(m.notices[0].Title, "1 case, 1 task, 1 question") {
		t.Errorf("told %+v", m.notices)
	}
	entries, _, err := m.cases.Timeline(t.Context(), named("ana"), c.ID, harrier.Page{})
	if err != nil || !strings.Contains(entries[len(entries)-1].Text+entries[0].Text, "kim is absent until") {
		t.Errorf("the timeline says %+v, %v", entries, err)
	}
	m.now = m.now.Add(25 * time.Hour)
	m.sweep()
	m.want("after it", m.who(c, q), [3]string{"kim", "kim", "user:kim"})
}

// What was passed on by hand meanwhile, and what was not to come back, stays.
func TestAbsence_takesNothingBackThatIsSomebodyElses(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	c, kept := m.owned("kim", false), m.owned("ana", false)
	m.away("kim", "lee", true)
	m.away("ana", "lee", false)
	ana := harrier.Person{ID: named("ana").ID, Name: "ana"}
	if _, err := m.cases.Edit(t.Context(), named("lee"), c.ID, 0, casework.Edit{Owner: &ana}); err != nil {
		t.Fatal(err)
	}
	m.now = m.now.Add(25 * time.Hour)
	m.sweep()
	m.want("passed on by hand", m.who(c, harrier.ApprovalID{}), [3]string{"ana", "kim", ""})
	m.want("not asked back", m.who(kept, harrier.ApprovalID{}), [3]string{"lee", "lee", ""})
}

// Without a cover the work goes to whoever is on call, and where nobody is, it is
// nobody's and the team is told.
func TestAbsence_fallsToWhoeverIsOnCallOrToNobody(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	c := m.owned("kim", false)
	m.away("kim", "", false)
	m.want("without a cover", m.who(c, harrier.ApprovalID{}), [3]string{"ana", "ana", ""})
	m.away("ana", "ghost", false)
	m.want("with a cover who cannot log in", m.who(c, harrier.ApprovalID{}), [3]string{"", "", ""})
	if n := m.notices[len(m.notices)-1]; len(n.To) != 0 || !strings.Contains(n.Title, "nobody takes over: 1 case, 1 task") {
		t.Errorf("told %+v", n)
	}
}

// What was nobody's during an absence, and still is, comes back like what somebody had.
func TestAbsence_givesBackWhatWasNobodys(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	c, taken := m.owned("kim", false), m.owned("kim", false)
	m.away("kim", "ghost", true)
	m.want("during the absence", m.who(c, harrier.ApprovalID{}), [3]string{"", "", ""})
	ana := harrier.Person{ID: named("ana").ID, Name: "ana"}
	if _, err := m.cases.Edit(t.Context(), named("ana"), taken.ID, 0, casework.Edit{Owner: &ana}); err != nil {
		t.Fatal(err)
	}
	m.now = m.now.Add(25 * time.Hour)
	m.sweep()
	m.want("after it", m.who(c, harrier.ApprovalID{}), [3]string{"kim", "kim", ""})
	m.want("taken by somebody meanwhile", m.who(taken, harrier.ApprovalID{}), [3]string{"ana", "kim", ""})
}

// What is restricted goes to members only; members are told that it waits, and
// nobody else is.
func TestAbsence_neverMovesWhatIsRestrictedToWhoMayNotSeeIt(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	c, shared := m.owned("kim", true), m.owned("kim", true)
	for _, one := range []struct {
		c   harrier.Case
		who string
	}{{c, "ana"}, {shared, "lee"}} {
		if err := m.cases.AddMember(t.Context(), named("kim"), one.c.ID, casework.Member{Principal: named(one.who).ID, Name: one.who}); err != nil {
			t.Fatal(err)
		}
	}
	m.away("kim", "lee", true)
	m.want("of which the cover is no member", m.who(c, harrier.ApprovalID{}), [3]string{"kim", "kim", ""})
	m.want("of which they are", m.who(shared, harrier.ApprovalID{}), [3]string{"lee", "lee", ""})
	told := map[string]string{}
	for _, n := range m.notices {
		told[strings.Join(n.To, " ")] = n.Title + n.Text
	}
	if len(told) != 2 || !strings.Contains(told["person:lee"], "1 case, 1 task") || !strings.Contains(told["person:ana"], "restricted needs you") || strings.Contains(told["person:ana"], "Case of kim") {
		t.Errorf("told %q", told)
	}
}

// Who was asked before an absence is asked after it.
func TestAbsence_takesNoInvitationAwayThatItDidNotMake(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	q, c := m.asks("kim", "ana"), m.owned("ana", false)
	if _, err := m.questions.Escalate(t.Context(), named("kim", harrier.ApprovalsDecide), q, approval.Escalation{To: "user:lee"}); err != nil {
		t.Fatal(err)
	}
	m.away("kim", "lee", true)
	m.now = m.now.Add(25 * time.Hour)
	m.sweep()
	m.want("after it", m.who(c, q), [3]string{"ana", "ana", "user:kim user:lee"})
}

// APR-05: nobody gets to decide on what they started because somebody is absent.
func TestAbsence_asksNobodyWhoMayNotDecide(t *testing.T) {
	t.Parallel()
	m := newTeam(t)
	q := m.asks("kim", "lee")
	c := m.owned("kim", false)
	m.away("kim", "lee", false)
	m.want("started by the cover", m.who(c, q), [3]string{"lee", "lee", "user:kim"})
}
