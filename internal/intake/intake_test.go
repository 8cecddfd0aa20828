package intake_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/evidence"
	"github.com/harrier-soar/harrier/internal/intake"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/playbook"
)

var (
	_ intake.Store = (*store.Store)(nil)
	_ intake.Blobs = (*evidence.Dir)(nil)
	_ intake.Runs  = (*engine.Engine)(nil)
)

// door is a service over a real store, real evidence and the real engine's start.
type door struct {
	*intake.Service
	t         *testing.T
	store     *store.Store
	blobs     *evidence.Dir
	playbooks *shelf
	runs      intake.Runs
	now       func() time.Time
}

// shelf is the playbooks that every alert triggers.
type shelf struct {
	plans []*playbook.Plan
	mu    sync.Mutex // guards seen
	seen  []map[string]any
}

// Matching implements intake.Playbooks.
func (s *shelf) Matching(_ context.Context, _ harrier.Principal, alert map[string]any) ([]engine.Start, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, alert)
	var starts []engine.Start
	for _, p := range s.plans {
		starts = append(starts, engine.Start{Plan: p, Bundles: map[string][]byte{p.Hash: []byte(p.ID)}})
	}
	return starts, nil
}

type keys struct{}

// DataKey implements evidence.Keys.
func (keys) DataKey(_ context.Context, tenant harrier.TenantID, purpose string) ([]byte, error) {
	sum := sha256.Sum256(append(tenant[:], purpose...))
	return sum[:], nil
}

// compile compiles a playbook that does nothing much.
func compile(t *testing.T, id, more string) *playbook.Plan {
	t.Helper()
	source := "harrier: 1\nplaybook: " + id + "\ntitle: Test\ntrigger:\n  - manual:\n      on: alert\n" + more + "steps:\n  - set:\n      x: 1\n"
	plan, problems := playbook.Compile(id+".playbook.yaml", []byte(source), playbook.Catalog{})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}

func open(t *testing.T, plans ...*playbook.Plan) *door {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := evidence.Open(evidence.Config{Dir: t.TempDir(), Keys: keys{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(blobs.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	e := engine.New(engine.Config{Node: "test", Storage: engine.Storage{Journal: s, Ledger: s, Pins: s}, Now: now})
	d := &door{t: t, store: s, blobs: blobs, playbooks: &shelf{plans: plans}, runs: e, now: now}
	d.judged(nil)
	return d
}

// judged makes the service anew, with triage.
func (d *door) judged(triage intake.Triage) {
	d.Service = intake.New(intake.Config{
		Triage: triage, Mails: email.InProcess(email.Limits{}),
		Store: d.store, Blobs: d.blobs, Playbooks: d.playbooks, Runs: d.runs, Log: slog.New(slog.DiscardHandler), Now: d.now, MaxEvidence: 1 << 20,
	})
}

func report(id string) intake.Report {
	return intake.Report{
		Source: "webhook/siem", ExternalID: id, Title: "Many failed\nsign-ins", Category: "identity", Severity: "high",
		Data: map[string]any{"user": map[string]any{"name": "alice"}, "event": map[string]any{"kind": "alert"}},
	}
}

// must fails the test where a report is not taken.
func (d *door) must(r intake.Report) intake.Receipt {
	d.t.Helper()
	got, err := d.Submit(d.t.Context(), harrier.Operator(), r)
	if err != nil {
		d.t.Fatal(err)
	}
	return got
}

// counts returns how many alerts, runs and artefacts there are.
func (d *door) counts() [3]int {
	d.t.Helper()
	ctx, tenant, page := d.t.Context(), harrier.DefaultTenant, harrier.Page{Limit: 500}
	alerts, _, err1 := d.store.Alerts(ctx, tenant, harrier.AlertFilter{}, page)
	runs, _, err2 := d.store.Runs(ctx, tenant, harrier.RunFilter{}, page)
	artefacts, _, err3 := d.store.EvidenceList(ctx, tenant, harrier.EvidenceFilter{}, page)
	if err := errors.Join(err1, err2, err3); err != nil {
		d.t.Fatal(err)
	}
	return [3]int{len(alerts), len(runs), len(artefacts)}
}

func TestSubmit_commitsAlertEvidenceAndRunsTogether(t *testing.T) { // G1
	t.Parallel()
	d := open(t, compile(t, "one", ""), compile(t, "two", ""))
	r := report("1")
	r.Evidence = []intake.Item{{Name: "log.txt", MediaType: "text/plain", Reader: strings.NewReader("hello")}}
	got := d.must(r)
	stored, err := d.store.Alert(t.Context(), harrier.DefaultTenant, got.Alert.ID)
	if err != nil || stored.Title != "Many failed sign-ins" || stored.Status != "new" || stored.Severity != "high" || got.Existed {
		t.Fatalf("alert %+v, %v", stored, err)
	}
	if len(got.Runs) != 2 || d.counts() != [3]int{1, 2, 1} {
		t.Errorf("receipt %+v, counts %v", got, d.counts())
	}
	list, _, err := d.store.EvidenceList(t.Context(), harrier.DefaultTenant, harrier.EvidenceFilter{Alert: got.Alert.ID}, harrier.Page{})
	if err != nil || len(list) != 1 || list[0].Name != "log.txt" || list[0].Size != 5 {
		t.Fatalf("evidence %+v, %v", list, err)
	}
	blob, err := d.blobs.Open(t.Context(), harrier.DefaultTenant, list[0].SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blob.Close() }()
	if text, err := io.ReadAll(blob); string(text) != "hello" || err != nil {
		t.Errorf("bytes %q, %v", text, err)
	}
	run, err := d.store.Load(t.Context(), harrier.DefaultTenant, got.Runs[0])
	if err != nil || run.Alert != got.Alert.ID || run.Priority != 1 || run.StartedBy != harrier.LocalOperator || run.ReadyAt.IsZero() {
		t.Errorf("run %+v, %v", run, err)
	}
}

func TestSubmit_givesPlaybooksTheAlertAsItIsStored(t *testing.T) {
	t.Parallel()
	d := open(t)
	r := report("1")
	r.Evidence = []intake.Item{
		{Name: "a.eml", MediaType: "message/rfc822", Reader: strings.NewReader("a")}, {Name: "log.txt", Reader: strings.NewReader("b")},
		{Name: "log.txt", Reader: strings.NewReader("c")},
	}
	got := d.must(r)
	artefacts, _, err := d.store.EvidenceList(t.Context(), harrier.DefaultTenant, harrier.EvidenceFilter{}, harrier.Page{})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(artefacts, func(a, b harrier.Evidence) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	want := map[string]any{
		"id": got.Alert.ID.String(), "title": "Many failed sign-ins", "category": "identity", "severity": "high", "status": "new",
		"external_id": "1", "source": "webhook/siem", "dedup_key": "webhook/siem/1",
		"data": map[string]any{"user": map[string]any{"name": "alice"}, "event": map[string]any{"kind": "alert", "provider": "webhook/siem"}},
		"evidence": map[string]any{
			"email": artefacts[0].ID.String(), "log.txt": artefacts[1].ID.String(), artefacts[2].ID.String(): artefacts[2].ID.String(),
		},
		"description": "", "repeats": int64(0), "entities": []any{}, "observables": []any{}, "tactics": []any{}, "techniques": []any{},
		"rule": map[string]any{"id": "", "name": ""}, "priority": int64(0), "score": 0.0, "route": "", "decision": map[string]any{}, "context": map[string]any{},
	}
	if diff := cmp.Diff(want, d.playbooks.seen[0]); diff != "" {
		t.Errorf("the alert that playbooks see (-want +got):\n%s", diff)
	}
	stored, err := d.store.Alert(t.Context(), harrier.DefaultTenant, got.Alert.ID)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(artefacts)
	later, err := intake.Document(stored, artefacts)
	if diff := cmp.Diff(want, later); diff != "" || err != nil {
		t.Errorf("the alert from its rows (-want +got), %v:\n%s", err, diff)
	}
}

func TestSubmit_sameAgainIsTheSame(t *testing.T) { // G2
	t.Parallel()
	d := open(t, compile(t, "one", ""))
	first := d.must(report("1"))
	again := d.must(report("1"))
	if !again.Existed || again.Alert.ID != first.Alert.ID || !cmp.Equal(again.Runs, first.Runs) || d.counts() != [3]int{1, 1, 0} {
		t.Errorf("first %+v, again %+v, counts %v", first, again, d.counts())
	}
	other := report("1")
	other.Source = "webhook/edr"
	if d.must(other).Existed || d.must(report("2")).Existed || d.counts() != [3]int{3, 3, 0} {
		t.Errorf("another source or id is the same: %v", d.counts())
	}
}

// What is reported by hand in the name of a source starts no more than what the
// source delivers itself.
func TestSubmit_startsOnlyWhatItsSourceMay(t *testing.T) {
	t.Parallel()
	d := open(t, compile(t, "one", ""))
	src := harrier.Source{
		Tenant: harrier.DefaultTenant, ID: intake.SourceID(harrier.DefaultTenant, "siem"), Name: "siem", Kind: "webhook", Enabled: true,
		CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	if err := d.store.Write(t.Context(), func(tx harrier.Tx) error { return d.store.AddSource(t.Context(), tx, src) }); err != nil {
		t.Fatal(err)
	}
	d.judged(&severe{})
	r := report("1")
	r.Source = "siem"
	if got := d.must(r); len(got.Runs) != 0 || !got.Alert.Observed {
		t.Errorf("an observed source starts %v", got.Runs)
	}
	if got := d.must(report("2")); len(got.Runs) != 1 {
		t.Errorf("whoever may report starts %v, skipped %v", got.Runs, got.Skipped)
	}
}

func TestSubmit_fiftyAtOnceMakeOneAlert(t *testing.T) { // G2
	t.Parallel()
	d := open(t, compile(t, "one", ""))
	var wg sync.WaitGroup
	got := make([]intake.Receipt, 50)
	for i := range got {
		wg.Go(func() {
			var err error
			r := report("1")
			r.Evidence = []intake.Item{{Name: "x", Reader: strings.NewReader("same")}}
			if got[i], err = d.Submit(t.Context(), harrier.Operator(), r); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if d.counts() != [3]int{1, 1, 1} {
		t.Errorf("counts %v", d.counts())
	}
	fresh := 0
	for _, r := range got {
		if !r.Existed {
			fresh++
		}
		if r.Alert.ID != got[0].Alert.ID || !cmp.Equal(r.Runs, got[0].Runs) {
			t.Errorf("receipts differ: %+v and %+v", r, got[0])
		}
	}
	if fresh != 1 {
		t.Errorf("%d of them were told that it is new", fresh)
	}
}

func TestSubmit_losesNoAlertToAPlaybookThatCannotStart(t *testing.T) {
	t.Parallel()
	single := compile(t, "single", "limits:\n  one_per:\n    key: alert.category\n    then: join\n")
	needy := compile(t, "needy", "inputs:\n  host:\n    type: string\n    required: true\n")
	d := open(t, single, needy, compile(t, "fine", ""))
	first, second := d.must(report("1")), d.must(report("2"))
	if len(first.Runs) != 2 || len(first.Skipped) != 1 || first.Skipped[0].Playbook != "needy" {
		t.Errorf("first %+v", first)
	}
	if len(second.Runs) != 1 || len(second.Skipped) != 2 || second.Skipped[0].Playbook != "single" || d.counts() != [3]int{2, 3, 0} {
		t.Errorf("second %+v, counts %v", second, d.counts())
	}
	trail, _, err := d.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Target: second.Alert.ID.String()}, harrier.Page{})
	if err != nil || len(trail) != 1 || !strings.Contains(string(trail[0].Data), "needy") {
		t.Errorf("audit trail %+v, %v", trail, err)
	}
}

// brokenRuns fails as a database does.
type brokenRuns struct{}

// StartIn implements intake.Runs.
func (brokenRuns) StartIn(context.Context, harrier.Tx, engine.Start) (harrier.Run, error) {
	return harrier.Run{}, harrier.Errorf(harrier.Unavailable, "the disk is full")
}

func TestSubmit_keepsNothingOfWhatItDidNotConfirm(t *testing.T) { // G1
	t.Parallel()
	d := open(t, compile(t, "one", ""))
	s := intake.New(intake.Config{
		Store: d.store, Blobs: d.blobs, Playbooks: d.playbooks, Runs: brokenRuns{}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	_, err := s.Submit(t.Context(), harrier.Operator(), report("1"))
	if harrier.KindOf(err) != harrier.Unavailable || err == nil || d.counts() != [3]int{} {
		t.Fatalf("%v, counts %v", err, d.counts())
	}
	if got := d.must(report("1")); got.Existed || len(got.Runs) != 1 {
		t.Errorf("the report that comes again after a failure: %+v", got)
	}
}

func TestSubmit_refusesWhatIsNoReport(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, alter := range map[string]func(*intake.Report){
		"no source":            func(r *intake.Report) { r.Source = "" },
		"a source with a line": func(r *intake.Report) { r.Source = "a\nb" },
		"no external id":       func(r *intake.Report) { r.ExternalID = "" },
		"no title":             func(r *intake.Report) { r.Title = " \n" },
		"another severity":     func(r *intake.Report) { r.Severity = "bad" },
		"too much data":        func(r *intake.Report) { r.Data["x"] = strings.Repeat("x", 1<<20) },
		"data that is no JSON": func(r *intake.Report) { r.Data["x"] = func() {} },
		"evidence of nothing":  func(r *intake.Report) { r.Evidence = []intake.Item{{Name: "x"}} },
		"too much evidence": func(r *intake.Report) {
			r.Evidence = []intake.Item{{Reader: strings.NewReader(strings.Repeat("x", 1<<20+1))}}
		},
	} {
		r := report("1")
		alter(&r)
		if _, err := d.Submit(t.Context(), harrier.Operator(), r); harrier.KindOf(err) != harrier.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d.counts() != [3]int{} {
		t.Errorf("counts %v", d.counts())
	}
}

const mail = "From: Bank <service@bank.example>\r\nTo: alice@corp.example\r\nSubject: Your account\r\nMessage-ID: <1@bank.example>\r\n\r\nhello\r\n"

func TestSubmitMail_makesAnAlertOfTheReportedMail(t *testing.T) {
	t.Parallel()
	d := open(t, compile(t, "one", ""))
	nested := "From: Alice <alice@corp.example>\r\nTo: soc@corp.example\r\nSubject: Fwd: odd\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nIs this real?\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + mail + "\r\n--b--\r\n"
	got, err := d.SubmitMail(t.Context(), harrier.Operator(), "odd.eml", strings.NewReader(nested))
	if err != nil {
		t.Fatal(err)
	}
	seen := d.playbooks.seen[0]
	want := map[string]any{
		"email": map[string]any{"subject": "Your account", "message_id": "1@bank.example", "from": map[string]any{"address": []any{"service@bank.example"}}},
		"event": map[string]any{"provider": "mail"}, "reporter": "alice@corp.example",
	}
	if diff := cmp.Diff(want, seen["data"]); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	files, _ := seen["evidence"].(map[string]any)
	if got.Alert.Title != "Reported mail: Your account" || got.Alert.Category != "phishing" || files["email"] == nil || len(got.Runs) != 1 {
		t.Errorf("receipt %+v, evidence %v", got, files)
	}
	again, err := d.SubmitMail(t.Context(), harrier.Operator(), "other-name.eml", strings.NewReader(nested))
	if err != nil || !again.Existed || again.Alert.ID != got.Alert.ID || d.counts() != [3]int{1, 1, 1} {
		t.Errorf("the same bytes again: %+v, %v, counts %v", again, err, d.counts())
	}
	plain, err := d.SubmitMail(t.Context(), harrier.Operator(), "", strings.NewReader(mail))
	if err != nil || plain.Existed || strings.Contains(string(plain.Alert.Data), "reporter") {
		t.Errorf("a mail that is not inside of another: %+v, %v", plain, err)
	}
}

func TestSubmitMail_refusesWhatIsNoMail(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, text := range map[string]string{"nothing": "", "too much": strings.Repeat("x", 1<<20+1)} {
		if _, err := d.SubmitMail(t.Context(), harrier.Operator(), "x", strings.NewReader(text)); harrier.KindOf(err) != harrier.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
