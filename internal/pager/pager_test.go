package pager_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rota"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// stage is a service over a real store, with a stepped clock and an engine that
// only keeps what it was asked to start.
type stage struct {
	*pager.Service
	t        *testing.T
	dir      string
	store    *store.Store
	mu       sync.Mutex // guards now
	now      time.Time
	settings pager.Settings
	rotas    *rota.Service
	// fate says what becomes of the runs of a channel: succeeded where it says nothing.
	fate map[string]harrier.RunStatus
	// sent are the runs that were started, by id.
	sent map[harrier.RunID]pager.Dispatch
	// taken says who took a page of a key in the pager; an error is what it answers.
	taken map[string]string
	deaf  error
	// order are they in the order of their start.
	order []string
}

func newStage(t *testing.T, settings string) *stage {
	t.Helper()
	s := &stage{
		t: t, dir: blanktest.Dir(t), now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), fate: map[string]harrier.RunStatus{}, sent: map[harrier.RunID]pager.Dispatch{},
		taken: map[string]string{},
	}
	got, problems := pager.Read("oncall.yaml", []byte(settings))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s.settings = got
	s.open()
	t.Cleanup(func() { _ = s.store.Close() })
	return s
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) open() {
	s.t.Helper()
	st, err := store.Open(s.t.Context(), store.Config{Dir: s.dir, Now: s.clock})
	if err != nil {
		s.t.Fatal(err)
	}
	s.store = st
	s.rotas = rota.New(st, func(harrier.TenantID) rota.Roster { return s.settings.Roster }, s.clock)
	s.Service = pager.New(pager.Config{
		Links: links.NewReferences(make([]byte, 32)),
		Store: st, OnCall: s.rotas, Starts: s, Pagers: s, Settings: func(harrier.TenantID) pager.Settings { return s.settings },
		Log: slog.New(slog.DiscardHandler), Now: s.clock,
	})
}

// reopen is what a restart does.
func (s *stage) reopen() {
	s.t.Helper()
	if err := s.store.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.open()
}

// PrepareDispatch implements [pager.Starter]: the run is a row that ends at once.
func (s *stage) PrepareDispatch(_ context.Context, d pager.Dispatch) (func(context.Context, harrier.Tx) error, error) {
	how, _, _ := strings.Cut(strings.TrimPrefix(d.Name, "notify-"), ".")
	return func(ctx context.Context, tx harrier.Tx) error {
		run := harrier.Run{
			ID: d.Run, Tenant: d.Tenant, Playbook: "notify", Hash: "h", Mode: harrier.Live, Status: harrier.RunQueued, StartedBy: harrier.SystemPrincipal,
			ReadyAt: s.clock(), CreatedAt: s.clock(), UpdatedAt: s.clock(),
		}
		if err := s.store.Create(ctx, tx, run, nil); err != nil {
			return err
		}
		fate := s.fate[how]
		if fate == "" {
			fate = harrier.RunSucceeded
		}
		if _, err := tx.Exec(ctx, `UPDATE runs SET status = $2, unresolved = $3 WHERE id = $1`, d.Run[:], string(fate), map[bool]int{true: 1}[fate == harrier.RunWaiting]); err != nil {
			return err
		}
		tx.OnCommit(func() {
			s.sent[d.Run] = d
			s.order = append(s.order, how+" "+d.Inputs["to"].(string))
		})
		return nil
	}, nil
}

// Taking implements [pager.Pagers].
func (s *stage) Taking(_ context.Context, _ harrier.TenantID, _ pager.Channel, key string) (pager.Taking, error) {
	by, ok := s.taken[key]
	return pager.Taking{Taken: ok, By: by}, s.deaf
}

// tell accepts a notice.
func (s *stage) tell(in pager.Notice) pager.Notification {
	s.t.Helper()
	in.Tenant = harrier.DefaultTenant
	var n pager.Notification
	err := s.store.Write(s.t.Context(), func(tx harrier.Tx) (err error) {
		n, _, err = s.Tell(s.t.Context(), tx, in)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// pass lets time go by in steps.
func (s *stage) pass(d time.Duration) {
	s.t.Helper()
	for end := s.clock().Add(d); ; {
		if err := errors.Join(s.Sweep(s.t.Context()), s.SweepPages(s.t.Context())); err != nil {
			s.t.Fatal(err)
		}
		at, ok, err := s.store.NextNotification(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if page, paged, err := s.store.NextWake(s.t.Context()); err != nil {
			s.t.Fatal(err)
		} else if paged && (!ok || page.Before(at)) {
			at, ok = page, true
		}
		s.mu.Lock()
		if !ok || at.After(end) {
			s.now = end
			s.mu.Unlock()
			return
		}
		if at.After(s.now) {
			s.now = at
		}
		s.mu.Unlock()
	}
}

// want says who was told, in order.
func (s *stage) want(about string, order ...string) {
	s.t.Helper()
	if diff := cmp.Diff(order, s.order); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", about, diff)
	}
}

func (s *stage) status(id harrier.NotificationID) pager.Notification {
	s.t.Helper()
	n, err := s.store.Notification(s.t.Context(), harrier.DefaultTenant, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

const duty = `harrier: 1
base_url: https://harrier.example
people:
  kim: {chat: UKIM, mail: kim@corp.example, quiet: {from: "22:00", until: "07:00", zone: UTC}}
  lee: {chat: ULEE, mail: lee@corp.example}
  ana: {mail: ana@corp.example}
rotas:
  soc: {zone: UTC, layers: [{people: [kim], start: "2026-01-05", every: 7d}]}
channels:
  chat: {kind: chat}
  mail: {kind: mail}
  team: {kind: chat, to: soc}
routes:
  - name: urgent
    severity: [critical]
    urgent: true
    rounds: 2
    levels:
      - {tell: ["rota:soc"], via: [chat, mail], wait: 5m}
      - {tell: ["person:ana", "channel:team"], via: [mail], wait: 10m}
  - name: day
    severity: [high]
    levels: [{tell: ["rota:soc"], via: [chat]}]
  - name: rest
    digest: 1h
    levels: [{tell: ["rota:soc", "person:lee"], via: [mail]}]
`

func critical(key string) pager.Notice {
	return pager.Notice{Key: key, Facts: pager.Facts{Kind: "alert", Severity: "critical"}, Title: "Beacon to evil.example", Text: "http://evil.example/x"}
}

func TestTell_climbsAndRepeatsUntilSomebodyAcknowledges(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	n := s.tell(critical("a"))
	s.pass(4 * time.Minute)
	s.want("at first", "chat UKIM")
	s.pass(2 * time.Minute)
	s.want("after five minutes", "chat UKIM", "mail ana@corp.example", "chat soc")
	s.pass(10 * time.Minute)
	s.want("in the second round", "chat UKIM", "mail ana@corp.example", "chat soc", "chat UKIM")
	for _, d := range s.sent {
		text := d.Inputs["text"].(string)
		if strings.Contains(text, "http://evil") || !strings.Contains(text, "harrier notification ack "+n.ID.String()) || !strings.Contains(text, "https://harrier.example/l/") {
			t.Errorf("people read %q", text)
		}
	}
	by := harrier.Operator()
	got, err := s.Ack(t.Context(), by, n.ID, "I look at it")
	if err != nil || got.Status != pager.Acknowledged || got.AckedBy != by.Name || got.Note != "I look at it" {
		t.Fatalf("%+v, %v", got, err)
	}
	again, err := s.Ack(t.Context(), harrier.Principal{Tenant: by.Tenant, Name: "other"}, n.ID, "me too")
	if err != nil || again.AckedBy != by.Name {
		t.Errorf("the second who acknowledges counts: %+v, %v", again, err)
	}
	s.pass(time.Hour)
	s.want("once acknowledged", "chat UKIM", "mail ana@corp.example", "chat soc", "chat UKIM")
}

func TestTell_showsWhatNobodyTookOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	n := s.tell(critical("a"))
	s.pass(time.Hour)
	if got := s.status(n.ID); got.Status != pager.Unheard || !got.Due.IsZero() || got.Note != "nobody acknowledged it" {
		t.Errorf("it is %+v", got)
	}
	if len(s.order) != 6 {
		t.Errorf("told %q", s.order)
	}
}

func TestTell_usesTheNextChannelWhereOneFailsOrIsUnknown(t *testing.T) {
	t.Parallel()
	for name, fate := range map[string]harrier.RunStatus{"failed": harrier.RunFailed, "unknown": harrier.RunWaiting, "silent": harrier.RunRunning} {
		s := newStage(t, duty)
		s.fate["chat"] = fate
		begun := s.clock()
		n := s.tell(critical("a"))
		s.pass(30 * time.Second)
		s.want(name, "chat UKIM", "mail kim@corp.example")
		_, list, err := s.Get(t.Context(), harrier.Operator(), n.ID)
		if err != nil || len(list) != 2 || list[1].State != pager.Sent || list[1].CreatedAt.Sub(begun) > 25*time.Second {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
		want := map[string]pager.State{"failed": pager.Failed, "unknown": pager.Unknown, "silent": pager.Unknown}[name]
		if list[0].State != want {
			t.Errorf("%s: the first is %s; want %s", name, list[0].State, want)
		}
	}
}

func TestTell_climbsAtOnceWhereNobodyIsReached(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	s.fate["chat"], s.fate["mail"] = harrier.RunFailed, harrier.RunFailed
	n := s.tell(critical("a"))
	s.pass(20 * time.Second)
	s.want("within seconds", "chat UKIM", "mail kim@corp.example", "mail ana@corp.example", "chat soc")
	s.pass(10 * time.Minute)
	if got := s.status(n.ID); got.Status != pager.Unheard || got.Note != "nobody could be told" || len(s.order) != 8 {
		t.Errorf("it is %+v after %q", got, s.order)
	}
}

func TestTell_waitsForTheMorningUnlessItIsUrgent(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	s.now = time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC)
	in := critical("a")
	in.Severity = "high"
	n := s.tell(in)
	s.pass(7*time.Hour + 59*time.Minute)
	s.want("at night")
	s.pass(2 * time.Minute)
	s.want("in the morning", "chat UKIM")
	if got := s.status(n.ID); got.Status != pager.Told {
		t.Errorf("it is %+v", got)
	}
	s.now = time.Date(2026, 3, 3, 23, 0, 0, 0, time.UTC)
	s.tell(critical("b"))
	s.pass(time.Second)
	s.want("what is urgent", "chat UKIM", "chat UKIM")
}

func TestTell_collectsTheRestPerPersonAndHour(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	for i := range 60 {
		in := critical(fmt.Sprint(i))
		in.Severity = []string{"low", "medium"}[i%2]
		s.tell(in)
	}
	s.pass(59 * time.Minute)
	s.want("within the hour")
	s.pass(2 * time.Minute)
	slices.Sort(s.order)
	s.want("after it", "mail kim@corp.example", "mail lee@corp.example")
	for _, d := range s.sent {
		if text := d.Inputs["text"].(string); !strings.Contains(text, "60 notifications") || !strings.Contains(text, "and 10 more") || strings.Index(text, "[medium]") > strings.Index(text, "[low]") {
			t.Errorf("the digest says %q", text)
		}
	}
	list, _, err := s.List(t.Context(), harrier.Operator(), pager.Filter{Status: pager.Collected}, harrier.Page{})
	if err != nil || len(list) != 0 {
		t.Errorf("%d are left, %v", len(list), err)
	}
}

func TestTell_saysNothingTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	n := s.tell(critical("a"))
	if again := s.tell(critical("a")); again.ID != n.ID {
		t.Error("the same key makes two")
	}
	in := critical("b")
	in.Topic = "alert 7"
	first := s.tell(in)
	in.Key = "c"
	if folded := s.tell(in); folded.ID != first.ID || folded.Repeats != 1 {
		t.Errorf("of one topic: %+v", folded)
	}
	s.pass(time.Minute)
	s.want("two", "chat UKIM", "chat UKIM")
}

// A restart between any two steps loses nothing and sends nothing twice.
func TestSweep_survivesRestarts(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	s.fate["chat"] = harrier.RunFailed
	n := s.tell(critical("a"))
	for range 40 {
		s.reopen()
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(time.Minute)
	}
	s.want("in both rounds", "chat UKIM", "mail kim@corp.example", "mail ana@corp.example", "chat soc", "chat UKIM", "mail kim@corp.example", "mail ana@corp.example", "chat soc")
	if got := s.status(n.ID); got.Status != pager.Unheard {
		t.Errorf("it is %+v", got)
	}
}

func TestTell_reachesWhoIsOnCallWhenItIsTold(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	by := harrier.Operator()
	if _, err := s.rotas.Add(t.Context(), by, rota.Change{Kind: rota.KindAbsence, Person: "kim", Cover: "lee", From: s.now, Until: s.now.Add(2 * time.Minute), Reason: "ill"}); err != nil {
		t.Fatal(err)
	}
	s.tell(critical("a"))
	s.pass(20 * time.Minute)
	s.want("first lee, then kim", "chat ULEE", "mail ana@corp.example", "chat soc", "chat UKIM")
}

func TestAck_isOfTheTenantAlone(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	n := s.tell(critical("a"))
	by := harrier.Operator()
	by.Tenant = harrier.NewID[harrier.TenantID](s.now)
	if _, err := s.Ack(t.Context(), by, n.ID, ""); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("a stranger gets %v", err)
	}
}

// APR-01, APR-04: to look at a link does nothing; to press the button
// acknowledges for whom it was sent to, once.
func TestLinked_acknowledgesForWhomItWasSentTo(t *testing.T) {
	t.Parallel()
	s := newStage(t, duty)
	n := s.tell(critical("a"))
	s.pass(time.Second)
	var l links.Link
	var token string
	for _, d := range s.sent {
		kept := d.Inputs["text"].(string)
		sent := links.NewReferences(make([]byte, 32)).Resolve(d.Run.String(), kept, func(string, string) {})
		if sent == kept {
			t.Errorf("the inputs of the run hold the link itself: %s", kept)
		}
		_, after, ok := strings.Cut(sent, links.Path)
		if token = after; !ok {
			t.Fatalf("there is no link in %q", d.Inputs["text"])
		}
	}
	l, err := s.store.Link(t.Context(), links.HashOf(token))
	if err != nil {
		t.Fatal(err)
	}
	purpose := s.Linked()
	for range 20 {
		if page, err := purpose.Show(t.Context(), l); err != nil || len(page.Choices) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
	}
	if got := s.status(n.ID); got.Status != pager.Pending {
		t.Fatalf("to look at it made it %s", got.Status)
	}
	use := func(ctx context.Context, tx harrier.Tx) error {
		return s.store.UseLink(ctx, tx, links.HashOf(token), s.clock())
	}
	if _, err := purpose.Take(t.Context(), l, links.Given{Choice: "other"}, use); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("another choice: %v", err)
	}
	if _, err := purpose.Take(t.Context(), l, links.Given{Choice: "acknowledge"}, use); err != nil {
		t.Fatal(err)
	}
	if got := s.status(n.ID); got.Status != pager.Acknowledged || got.AckedBy != "kim" {
		t.Errorf("it is %+v", got)
	}
	if _, err := purpose.Take(t.Context(), l, links.Given{Choice: "acknowledge"}, use); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("again: %v", err)
	}
}
