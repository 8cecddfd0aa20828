package intake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/intake"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/playbook"
)

var _ intake.PipelineStore = (*store.Store)(nil)

// plain maps events that are findings in JSON already, one or a list.
type plain struct{}

// Map implements intake.Mapper.
func (plain) Map(_ context.Context, _ harrier.Source, ev harrier.RawEvent) ([]harrier.Finding, error) {
	if string(ev.Body) == "panic" {
		panic("the mapping is broken")
	}
	var many []harrier.Finding
	if json.Unmarshal(ev.Body, &many) == nil {
		return many, nil
	}
	var one harrier.Finding
	if err := json.Unmarshal(ev.Body, &one); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the event is no JSON: %w", err)
	}
	return []harrier.Finding{one}, nil
}

// severe routes by severity alone, and counts what it is asked.
type severe struct {
	mu    sync.Mutex // guards asked
	asked int
}

// Assess implements intake.Triage.
func (s *severe) Assess(_ context.Context, q intake.Question) (intake.Assessment, error) {
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	d := picture.Decision{Severity: q.Finding.Severity, Route: picture.ToQueue, Priority: 3, Reason: "by severity"}
	switch q.Finding.Severity {
	case "critical":
		d.Route, d.Priority = picture.Escalate, 1
	case "info":
		d.Route, d.Priority, d.Disposition = picture.ToClose, 4, "benign"
	}
	return intake.Assessment{Decision: d}, nil
}

// Follow implements intake.Triage.
func (*severe) Follow(context.Context, harrier.Tx, harrier.Alert, harrier.Finding, intake.Assessment) error {
	return nil
}

// river is a pipeline over a real store and the real engine's start.
type river struct {
	*intake.Pipeline
	t      *testing.T
	store  *store.Store
	triage *severe
	source harrier.Source
	now    func() time.Time
	stop   func()
}

func flow(t *testing.T, plans ...*playbook.Plan) *river {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &river{t: t, store: s, triage: &severe{}, now: time.Now, stop: func() {}}
	r.source = harrier.Source{
		Tenant: harrier.DefaultTenant, ID: intake.SourceID(harrier.DefaultTenant, "siem"), Name: "siem", Kind: "webhook", Live: true, Enabled: true,
		CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	if err := s.Write(t.Context(), func(tx harrier.Tx) error { return s.AddSource(t.Context(), tx, r.source) }); err != nil {
		t.Fatal(err)
	}
	r.open(plans...)
	return r
}

// open makes a pipeline, as a start of the process does, and runs it.
func (r *river) open(plans ...*playbook.Plan) {
	e := engine.New(engine.Config{Node: "test", Storage: engine.Storage{Journal: r.store, Ledger: r.store, Pins: r.store}, Now: time.Now})
	r.Pipeline = intake.NewPipeline(intake.PipelineConfig{
		Store: r.store, Mapper: plain{}, Triage: r.triage, Playbooks: &shelf{plans: plans}, Runs: e, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return r.now() },
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(r.t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() { _ = r.Run(ctx) })
	r.stop = sync.OnceFunc(func() { stop(); wg.Wait() })
	r.t.Cleanup(func() { r.stop() })
}

// send delivers findings, one event each.
func (r *river) send(findings ...harrier.Finding) {
	r.t.Helper()
	events := make([]harrier.RawEvent, 0, len(findings))
	for _, f := range findings {
		body, err := json.Marshal(f)
		if err != nil {
			r.t.Fatal(err)
		}
		events = append(events, harrier.RawEvent{Content: "application/json", Body: body})
	}
	r.deliver(events...)
}

func (r *river) deliver(events ...harrier.RawEvent) {
	r.t.Helper()
	for chunk := range slices.Chunk(events, intake.MaxDelivery) {
		if err := r.Accept(r.t.Context(), r.source, chunk); err != nil {
			r.t.Fatal(err)
		}
	}
}

// replay has an event processed again.
func (r *river) replay(id harrier.EventID) error {
	return r.store.Write(r.t.Context(), func(tx harrier.Tx) error { return r.ReplayIn(r.t.Context(), tx, harrier.DefaultTenant, id) })
}

// still waits until nothing is pending, and returns how many events ended how.
func (r *river) still() harrier.SourceCounts {
	r.t.Helper()
	for {
		all, err := r.store.SourceCounts(r.t.Context(), harrier.DefaultTenant)
		if err != nil {
			r.t.Fatal(err)
		}
		if len(all) == 1 && all[0].Accepted == all[0].Processed+all[0].Suppressed+all[0].Quarantined {
			return all[0]
		}
		select {
		case <-r.t.Context().Done():
			r.t.Fatalf("events stay pending: %+v", all)
		case <-time.After(time.Millisecond):
		}
	}
}

// alerts returns all alerts, the oldest first.
func (r *river) alerts() []harrier.Alert {
	r.t.Helper()
	list, _, err := r.store.Alerts(r.t.Context(), harrier.DefaultTenant, harrier.AlertFilter{}, harrier.Page{Limit: 500})
	if err != nil {
		r.t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// runs counts the runs that there are.
func (r *river) runs() int {
	r.t.Helper()
	list, _, err := r.store.Runs(r.t.Context(), harrier.DefaultTenant, harrier.RunFilter{}, harrier.Page{Limit: 500})
	if err != nil {
		r.t.Fatal(err)
	}
	return len(list)
}

// finding is about a host, by a rule of its own unless it is told otherwise.
func finding(id, host, severity string) harrier.Finding {
	return harrier.Finding{
		ExternalID: id, Title: "Odd process", Severity: severity, Rule: harrier.Rule{ID: "r1"}, Data: map[string]any{"host": map[string]any{"name": host}},
		Entities: []harrier.Entity{{Type: harrier.HostEntity, Key: host, Role: "affected"}},
	}
}

func TestPipeline_makesAlertsOfEvents(t *testing.T) { // G3
	t.Parallel()
	r := flow(t, compile(t, "one", ""))
	r.send(finding("1", "ws-1", "high"), finding("2", "ws-2", "low"))
	r.deliver(harrier.RawEvent{Body: []byte("no JSON")}, harrier.RawEvent{Body: []byte("panic")}, harrier.RawEvent{Body: []byte("[]")},
		harrier.RawEvent{Body: []byte(`{"title":"no id"}`)})
	c := r.still()
	if c.Processed != 2 || c.Quarantined != 3 || c.Suppressed != 1 {
		t.Errorf("counts %+v", c)
	}
	list := r.alerts()
	if len(list) != 2 || list[0].Title != "Odd process" || list[0].Route != picture.ToQueue || list[0].Priority != 3 || r.runs() != 2 {
		t.Fatalf("alerts %+v, %d runs", list, r.runs())
	}
	bad, _, err := r.store.RawEvents(t.Context(), harrier.DefaultTenant, harrier.EventFilter{State: harrier.EventQuarantined}, harrier.Page{})
	if err != nil || len(bad) != 3 {
		t.Fatalf("%v, %v", bad, err)
	}
	for _, e := range bad {
		if e.Reason == "" || len(e.Body) == 0 {
			t.Errorf("a quarantined event has the reason %q and the bytes %q", e.Reason, e.Body)
		}
	}
	history, err := r.store.AlertHistory(t.Context(), harrier.DefaultTenant, list[0].ID)
	if err != nil || len(history) != 1 || history[0].Kind != "created" {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestPipeline_anIdIsOneAlertForEver(t *testing.T) { // G2
	t.Parallel()
	r := flow(t, compile(t, "one", ""))
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	state := func(minute int, severity, host string) harrier.Finding {
		f := finding("7", host, severity)
		f.Version = at.Add(time.Duration(minute) * time.Minute)
		return f
	}
	// Newer and older states, several times each, in any order and at once.
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			switch i % 4 {
			case 0:
				r.send(state(0, "low", "ws-1"))
			case 1:
				r.send(state(5, "high", "ws-2"))
			case 2:
				r.send(state(3, "medium", "ws-3"))
			default:
				r.send(state(5, "high", "ws-2"))
			}
		})
	}
	wg.Wait()
	c := r.still()
	list := r.alerts()
	if len(list) != 1 || list[0].Severity != "high" || !list[0].Version.Equal(at.Add(5*time.Minute)) || r.runs() != 1 {
		t.Fatalf("alerts %+v, %d runs, %+v", list, r.runs(), c)
	}
	if c.Accepted != 40 || c.Processed < 1 || c.Processed > 3 || c.Quarantined != 0 {
		t.Errorf("counts %+v", c)
	}
	r.send(state(9, "low", "ws-2"), state(5, "high", "ws-2"))
	r.still()
	list = r.alerts()
	if len(list) != 1 || list[0].Severity != "low" || !strings.Contains(string(list[0].Finding), "ws-2") {
		t.Errorf("after a newer state %+v", list)
	}
}

func TestPipeline_foldsAStormAndLetsACriticalThrough(t *testing.T) { // OVL-01, OVL-04, OVL-05
	t.Parallel()
	const storm = 3000
	r := flow(t, compile(t, "one", ""))
	findings := make([]harrier.Finding, 0, storm+1)
	for i := range storm {
		findings = append(findings, finding(fmt.Sprint("s", i), "ws-1", "medium"))
	}
	other := finding("c", "dc-1", "critical")
	other.Rule.ID = "r2"
	r.send(append(findings, other)...)
	c := r.still()
	list := r.alerts()
	if len(list) != 2 || list[0].Repeats+list[1].Repeats != storm-1 || r.runs() != 2 {
		t.Fatalf("%d alerts, %d runs, %+v", len(list), r.runs(), list)
	}
	if c.Suppressed != storm-1 || c.Processed != 2 {
		t.Errorf("counts %+v", c)
	}
	if r.triage.asked > storm/10 {
		t.Errorf("%d of %d alike were judged", r.triage.asked, storm)
	}
	r.send(findings[0], findings[storm/2]) // delivered again
	r.still()
	if again := r.alerts(); again[0].Repeats+again[1].Repeats != storm-1 {
		t.Errorf("what was delivered again was counted again: %+v", again)
	}
}

func TestPipeline_looksAgainAtWhatWasClosedAsBenign(t *testing.T) {
	t.Parallel()
	r := flow(t)
	shut := func(disposition string) harrier.Alert {
		t.Helper()
		a := r.alerts()[0]
		a.Status, a.Disposition, a.ClosedAt = "closed", disposition, time.Now()
		if err := r.store.Write(t.Context(), func(tx harrier.Tx) error { return r.store.UpdateAlert(t.Context(), tx, a) }); err != nil {
			t.Fatal(err)
		}
		return a
	}
	step := func(about string, f harrier.Finding, open bool, repeats int) {
		t.Helper()
		r.send(f)
		r.still()
		a := r.alerts()[0]
		if (a.Status == "new") != open || a.Repeats != repeats || len(r.alerts()) != 1 {
			t.Errorf("%s: status %s, %d repeats, %d alerts", about, a.Status, a.Repeats, len(r.alerts()))
		}
	}
	r.send(finding("1", "ws-1", "low"))
	r.still()
	shut("benign")
	step("a repeat", finding("2", "ws-1", "low"), false, 1)
	step("a worse repeat", finding("3", "ws-1", "high"), true, 2)
	shut("false_positive")
	more := finding("4", "ws-1", "low")
	more.Entities = append(more.Entities, harrier.Entity{Type: harrier.UserEntity, Key: "bob", Role: "source"})
	step("a repeat about somebody new", more, true, 3)
	shut("benign")
	for i := range 40 {
		r.send(finding(fmt.Sprint("m", i), "ws-1", "low"))
	}
	r.still()
	if a := r.alerts()[0]; a.Status != "new" {
		t.Errorf("a surge of repeats is not looked at: %+v", a)
	}
	shut("true_positive")
	r.send(finding("9", "ws-1", "low"))
	r.still()
	if n := len(r.alerts()); n != 2 {
		t.Errorf("what comes after a true positive makes %d alerts", n)
	}
}

func TestPipeline_startsNothingForWhatIsObservedOrOld(t *testing.T) { // CFG-06
	t.Parallel()
	r := flow(t, compile(t, "one", ""))
	body, err := json.Marshal(finding("old", "ws-1", "critical"))
	if err != nil {
		t.Fatal(err)
	}
	r.deliver(harrier.RawEvent{Body: body, Backfill: true})
	r.send(finding("info", "ws-2", "info")) // triage closes it
	r.still()
	if r.runs() != 0 || len(r.alerts()) != 2 {
		t.Errorf("%d runs of %+v", r.runs(), r.alerts())
	}
	list := r.alerts() // in any order: they are about different hosts
	if a := list[slices.IndexFunc(list, func(a harrier.Alert) bool { return a.ExternalID == "info" })]; a.Status != "closed" || a.Disposition != "benign" || a.ClosedAt.IsZero() {
		t.Errorf("what triage closes is %+v", a)
	}
}

// What was old news, or only observed, starts what it has to as soon as it
// happens again for real.
func TestPipeline_aRepeatOfOldNewsIsNews(t *testing.T) {
	t.Parallel()
	r := flow(t, compile(t, "one", ""))
	body, err := json.Marshal(finding("old", "ws-1", "high"))
	if err != nil {
		t.Fatal(err)
	}
	r.deliver(harrier.RawEvent{Body: body, Backfill: true})
	r.still()
	r.send(finding("new", "ws-1", "high"))
	r.still()
	if a := r.alerts(); len(a) != 1 || a[0].Observed || a[0].Repeats != 1 || r.runs() != 1 {
		t.Errorf("%d runs of %+v", r.runs(), a)
	}
}

func TestPipeline_goesOnWhereItStopped(t *testing.T) { // G1
	t.Parallel()
	r := flow(t)
	r.stop()
	for i := range 300 {
		r.send(finding(fmt.Sprint(i), fmt.Sprint("ws-", i%150), "low"))
	}
	r.open()
	c := r.still()
	if len(r.alerts()) != 150 || c.Processed != 150 || c.Suppressed != 150 {
		t.Errorf("%d alerts, %+v", len(r.alerts()), c)
	}
}

// What can never become an alert is quarantined, and keeps nothing of its kind
// waiting behind it (G3).
func TestPipeline_quarantinesWhatIsTooLargeToKeep(t *testing.T) {
	t.Parallel()
	r := flow(t)
	huge := func(id, host string) harrier.Finding {
		f := finding(id, host, "low")
		f.Data = map[string]any{"message": strings.Repeat("x", 1<<20)}
		return f
	}
	r.send(finding("1", "ws-2", "low"), huge("huge", "ws-1"), finding("2", "ws-1", "low"))
	body, err := json.Marshal([]harrier.Finding{finding("3", "ws-3", "low"), huge("vast", "ws-9"), finding("4", "ws-4", "low")})
	if err != nil {
		t.Fatal(err)
	}
	r.deliver(harrier.RawEvent{Body: body})
	if c := r.still(); c.Quarantined != 2 || c.Processed != 2 {
		t.Errorf("counts %+v", c)
	}
	if n := len(r.alerts()); n != 4 {
		t.Errorf("%d alerts", n)
	}
}

func TestPipeline_replaysWhatWasQuarantined(t *testing.T) {
	t.Parallel()
	r := flow(t)
	r.deliver(harrier.RawEvent{Body: []byte("broken")})
	r.still()
	bad, _, err := r.store.RawEvents(t.Context(), harrier.DefaultTenant, harrier.EventFilter{State: harrier.EventQuarantined}, harrier.Page{})
	if err != nil || len(bad) != 1 {
		t.Fatalf("%v, %v", bad, err)
	}
	if err := r.replay(bad[0].ID); err != nil {
		t.Fatal(err)
	}
	if c := r.still(); c.Quarantined != 1 {
		t.Errorf("counts %+v", c)
	}
	if err := r.replay(harrier.NewID[harrier.EventID](time.Now())); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("replay of nothing: %v", err)
	}
}

func TestPipeline_oneEventMayTellOfMany(t *testing.T) {
	t.Parallel()
	r := flow(t)
	var many []harrier.Finding
	for i := range 30 {
		many = append(many, finding(fmt.Sprint(i), fmt.Sprint("ws-", i), "low"))
	}
	body, err := json.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	r.deliver(harrier.RawEvent{Body: body}, harrier.RawEvent{Body: body})
	if c := r.still(); len(r.alerts()) != 30 || c.Processed != 2 {
		t.Errorf("%d alerts, %+v", len(r.alerts()), c)
	}
}

// What says that it is critical is understood before what does not.
func TestAccept_putsWhatIsCriticalFirst(t *testing.T) {
	t.Parallel()
	r := flow(t)
	events := []harrier.RawEvent{
		{Body: []byte(`{"severity":"low"}`), Lane: 2}, {Body: []byte(`{"Severity":"CRITICAL"}`), Lane: 2}, {Body: []byte("critica"), Lane: 9},
	}
	r.deliver(events...)
	for i, want := range []int{2, 0, 3} {
		got, err := r.store.RawEvent(t.Context(), harrier.DefaultTenant, events[i].ID)
		if err != nil || got.Lane != want {
			t.Errorf("%s is in lane %d, %v; want %d", events[i].Body, got.Lane, err, want)
		}
	}
}

func TestAccept_refusesWhatIsNoDelivery(t *testing.T) {
	t.Parallel()
	r := flow(t)
	for name, events := range map[string][]harrier.RawEvent{
		"nothing": nil, "an empty event": {{}}, "too large": {{Body: make([]byte, intake.MaxEvent+1)}}, "too many": make([]harrier.RawEvent, intake.MaxDelivery+1),
	} {
		if err := r.Accept(t.Context(), r.source, events); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	off := r.source
	off.Enabled = false
	if err := r.Accept(t.Context(), off, []harrier.RawEvent{{Body: []byte("x")}}); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("a disabled source: %v", err)
	}
}
