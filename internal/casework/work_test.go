package casework_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// filed opens a case for the operator.
func (d *desk) filed(dr casework.Draft) harrier.Case {
	d.t.Helper()
	c, err := d.Create(d.t.Context(), harrier.Operator(), dr)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// another submits a further alert about an observable.
func (d *desk) another(name, value string) harrier.AlertID {
	d.t.Helper()
	a := harrier.Alert{
		Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.AlertID](name), Source: harrier.DeriveID[harrier.SourceID]("s"), ExternalID: "further " + name,
		Title: name, Severity: "high", Status: "new", Data: []byte(`{}`), EventAt: d.now.Add(-time.Hour), CreatedAt: d.now, UpdatedAt: d.now,
	}
	err := d.store.Write(d.t.Context(), func(tx harrier.Tx) error {
		if _, _, err := d.store.Submit(d.t.Context(), tx, a); err != nil {
			return err
		}
		return d.store.IndexAlert(d.t.Context(), tx, a, harrier.Finding{Observables: []harrier.Observable{{Type: "domain", Value: value}}})
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return a.ID
}

func kinds(entries []harrier.CaseEntry) (out []string) {
	for _, e := range entries {
		out = append(out, e.Kind)
	}
	return out
}

func (d *desk) story(id harrier.CaseID) []harrier.CaseEntry {
	d.t.Helper()
	lines, _, err := d.Timeline(d.t.Context(), harrier.Operator(), id, harrier.Page{Limit: 500})
	if err != nil {
		d.t.Fatal(err)
	}
	return lines
}

// Of many changes of what all saw alike, one wins; the others are told.
func TestEdit_hasOneWinner(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.filed(casework.Draft{Title: "Lost laptop"})
	results := make([]error, 12)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			title := fmt.Sprint("title ", i)
			_, results[i] = d.Edit(t.Context(), harrier.Operator(), c.ID, c.Rev, casework.Edit{Title: &title})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, casework.ErrStale):
			t.Errorf("a loser is told %v", err)
		}
	}
	got, err := d.Get(t.Context(), harrier.Operator(), c.ID)
	if err != nil || won != 1 || got.Rev != c.Rev+1 {
		t.Errorf("%d changes won and the case is at %d (%v), want one and %d", won, got.Rev, err, c.Rev+1)
	}
	if diff := cmp.Diff([]string{"opened", "edited"}, kinds(d.story(c.ID))); diff != "" {
		t.Errorf("timeline -want +got:\n%s", diff)
	}
}

func TestEdit_changesWhatIsSaidAndRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.filed(casework.Draft{Title: "Lost laptop", TLP: "amber"})
	by := harrier.Operator()
	owner := harrier.Person{ID: by.ID, Name: "kim"}
	tags, red := []string{"vip", "laptop", "vip"}, "red"
	contained := true
	got, err := d.Edit(t.Context(), by, c.ID, 0, casework.Edit{TLP: &red, Tags: &tags, Owner: &owner, Watchers: &[]harrier.Person{owner}, Contained: &contained})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := d.Get(t.Context(), by, c.ID)
	if diff := cmp.Diff(got, stored); err != nil || diff != "" {
		t.Errorf("what is stored differs (%v):\n%s", err, diff)
	}
	if stored.TLP != "red" || len(stored.Tags) != 2 || stored.Owner != owner || stored.ContainedAt.IsZero() {
		t.Errorf("got %+v", stored)
	}
	for _, e := range []casework.Edit{{TLP: new("purple")}, {Severity: new("awful")}, {Title: new(" ")}, {PAP: new("amber+strict")}} {
		if _, err := d.Edit(t.Context(), by, c.ID, 0, e); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%+v was taken: %v", e, err)
		}
	}
}

func TestFinish_waitsForRequiredTasksAndFields(t *testing.T) {
	t.Parallel()
	d := open(t)
	by := harrier.Operator()
	c := d.filed(casework.Draft{Title: "Reported mail", Template: "phishing", Alerts: []harrier.AlertID{d.alert}})
	end := casework.Closing{Disposition: casework.TruePositive, Reason: "it was one"}
	_, err := d.Finish(t.Context(), by, c.ID, end)
	if harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), "scope") || !strings.Contains(err.Error(), "summary") {
		t.Fatalf("closed, or not told all that is missing: %v", err)
	}
	if _, err := d.EditTask(t.Context(), by, c.ID, "scope", casework.TaskEdit{Status: new("skipped")}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("skipped without a reason: %v", err)
	}
	for task, e := range map[string]casework.TaskEdit{"scope": {Status: new("done")}, "accounts": {Status: new("skipped"), Reason: "nobody gave one away"}} {
		if _, err := d.EditTask(t.Context(), by, c.ID, task, e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Edit(t.Context(), by, c.ID, 0, casework.Edit{Summary: new("One mail.")}); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []casework.Closing{{Disposition: "whatever", Reason: "r"}, {Disposition: casework.TruePositive}} {
		if _, err := d.Finish(t.Context(), by, c.ID, wrong); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%+v was taken: %v", wrong, err)
		}
	}
	d.now = d.now.Add(time.Hour)
	if c, err = d.Finish(t.Context(), by, c.ID, end); err != nil || c.Disposition != casework.TruePositive || !c.ClosedAt.Equal(d.now) {
		t.Fatalf("%+v, %v", c, err)
	}
	a, err := d.store.Alert(t.Context(), by.Tenant, d.alert)
	if err != nil || a.Status != "closed" || a.Disposition != "true_positive" {
		t.Errorf("its alert is %s, %s (%v)", a.Status, a.Disposition, err)
	}
}

// A correction opens the case again, proposes exactly what to take back, and
// what was counted by the case is right again.
func TestReopen_correctsWhatWasCountedAndProposesTheUndo(t *testing.T) {
	t.Parallel()
	d := open(t)
	by := harrier.Operator()
	c := d.filed(casework.Draft{Title: "Reported mail", Alerts: []harrier.AlertID{d.alert}})
	held := harrier.Containment{
		Tenant: by.Tenant, ID: harrier.DeriveID[harrier.ContainmentID]("1"), Run: harrier.DeriveID[harrier.RunID]("r"), Alert: d.alert, Case: c.ID, Action: "edr.isolate",
		Undo: "edr.release", UndoKey: "ws-17", UndoArgs: []byte(`{"host":"ws-17"}`), Target: "ws-17", Args: []byte(`{}`), Before: []byte(`{}`), At: d.now, State: harrier.ContainmentActive,
	}
	run := harrier.Run{Tenant: by.Tenant, ID: held.Run, Playbook: "p", Status: harrier.RunQueued, CreatedAt: d.now, UpdatedAt: d.now}
	err := d.store.Write(t.Context(), func(tx harrier.Tx) error {
		if err := d.store.Create(t.Context(), tx, run, nil); err != nil {
			return err
		}
		return d.store.AddContainment(t.Context(), tx, held)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Finish(t.Context(), by, c.ID, casework.Closing{Disposition: casework.TruePositive, Reason: "malware"}); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Hour)
	got, undo, err := d.Reopen(t.Context(), by, c.ID, casework.Correction{Disposition: casework.FalsePositiveData, Reason: "the list was wrong"})
	if err != nil {
		t.Fatal(err)
	}
	if len(undo) != 1 || undo[0].Containment.Undo != "edr.release" || string(undo[0].Containment.UndoArgs) != `{"host":"ws-17"}` {
		t.Errorf("proposed %+v", undo)
	}
	a, err := d.store.Alert(t.Context(), by.Tenant, d.alert)
	if err != nil || a.Disposition != "false_positive" {
		t.Errorf("its alert counts as %s (%v)", a.Disposition, err)
	}
	var times casework.Times
	if err := json.Unmarshal(got.Times, &times); err != nil || times.Resolve != nil || got.Status != casework.InProgress || !got.ClosedAt.IsZero() {
		t.Errorf("a case that is open has the times %s and is %s (%v)", got.Times, got.Status, err)
	}
	history, err := d.Standings(t.Context(), by, c.ID)
	if err != nil || len(history) != 3 || history[1].Disposition != casework.TruePositive || history[2].Disposition != casework.FalsePositiveData {
		t.Errorf("history %+v (%v)", history, err)
	}
}

// The times are TheHive's: TTD = new - event, TTT = in progress - new, TTA =
// in progress - event, TTQ = closed - new, TTR = end - in progress.
func TestTimes_areWhatTheHiveCounts(t *testing.T) {
	t.Parallel()
	d := open(t)
	by := harrier.Operator()
	c := d.filed(casework.Draft{Title: "c", Alerts: []harrier.AlertID{d.another("a", "evil.example")}})
	step := func(after time.Duration, f func() error) {
		d.now = d.now.Add(after)
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	step(10*time.Minute, func() error {
		_, err := d.SetStatus(t.Context(), by, c.ID, casework.Turn{To: casework.InProgress, Reason: ""})
		return err
	})
	step(20*time.Minute, func() error {
		_, err := d.Edit(t.Context(), by, c.ID, 0, casework.Edit{Contained: new(true)})
		return err
	})
	step(30*time.Minute, func() error {
		_, err := d.Finish(t.Context(), by, c.ID, casework.Closing{Disposition: casework.BenignPositive, Reason: "r"})
		return err
	})
	got, err := d.Get(t.Context(), by, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"detect":3600,"triage":600,"acknowledge":4200,"qualify":3600,"resolve":3000,"contain":1800,"dwell":5400}`
	if string(got.Times) != want {
		t.Errorf("got %s, want %s", got.Times, want)
	}
}

func TestMerge_losesNothing(t *testing.T) {
	t.Parallel()
	d := open(t)
	by := harrier.Operator()
	first, second := d.another("a", "evil.example"), d.another("b", "evil.example")
	into := d.filed(casework.Draft{Title: "into", Template: "phishing", Alerts: []harrier.AlertID{first}})
	from := d.filed(casework.Draft{Title: "from", Template: "phishing", Alerts: []harrier.AlertID{first, second}})
	e, err := d.Attach(t.Context(), by, from.ID, harrier.Evidence{SHA256: strings.Repeat("ab", 32), Size: 1, Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Observe(t.Context(), by, from.ID, casework.Observable{Type: "ip", Value: "203.0.113.7", Bad: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Merge(t.Context(), by, into.ID, casework.Merging{From: from.ID, Reason: "the same mail"}); err != nil {
		t.Fatal(err)
	}
	alerts, _, err := d.store.Alerts(t.Context(), by.Tenant, harrier.AlertFilter{Viewer: by.ID, Case: into.ID}, harrier.Page{})
	held, _, err2 := d.store.EvidenceList(t.Context(), by.Tenant, harrier.EvidenceFilter{Viewer: by.ID, Case: into.ID}, harrier.Page{})
	tasks, err3 := d.TaskList(t.Context(), by, into.ID)
	things, err4 := d.Observables(t.Context(), by, into.ID)
	if err != nil || err2 != nil || err3 != nil || err4 != nil {
		t.Fatal(err, err2, err3, err4)
	}
	if len(alerts) != 2 || len(held) != 1 || held[0].ID != e.ID || len(tasks) != 8 || len(things) != 2 || !things[0].Bad {
		t.Errorf("the case has %d alerts, %d artefacts, %d tasks, %+v", len(alerts), len(held), len(tasks), things)
	}
	old, err := d.GetByNumber(t.Context(), by, from.Number)
	if err != nil || old.MergedInto != into.ID || old.Status != casework.Closed {
		t.Errorf("the merged case is %+v (%v)", old, err)
	}
	for _, c := range []harrier.Case{into, from} {
		if text := fmt.Sprint(d.story(c.ID)); !strings.Contains(text, "merged") {
			t.Errorf("the timeline of case %d does not say so: %s", c.Number, text)
		}
		if links, err := d.Links(t.Context(), by, c.ID); err != nil || len(links) != 1 {
			t.Errorf("case %d has the links %+v (%v)", c.Number, links, err)
		}
	}
	if _, err := d.Merge(t.Context(), by, into.ID, casework.Merging{From: from.ID, Reason: ""}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("merged twice: %v", err)
	}
}

func TestMerge_doesNotShowWhatIsRestricted(t *testing.T) {
	t.Parallel()
	d := open(t)
	hr, other := somebody("hr"), somebody("other")
	secret := d.secret(hr)
	all := d.filed(casework.Draft{Title: "all"})
	if _, err := d.Merge(t.Context(), hr, all.ID, casework.Merging{From: secret.ID, Reason: ""}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a restricted case was merged into one that all see: %v", err)
	}
	if _, err := d.Merge(t.Context(), other, all.ID, casework.Merging{From: secret.ID, Reason: ""}); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("who does not see a case merges it: %v", err)
	}
	if err := d.Link(t.Context(), hr, all.ID, secret.ID, "same person"); err != nil {
		t.Fatal(err)
	}
	links, err := d.Links(t.Context(), other, all.ID)
	if err != nil || len(links) != 0 || strings.Contains(fmt.Sprint(d.story(all.ID)), "same person") {
		t.Errorf("a link tells of a restricted case: %+v (%v)", links, err)
	}
	if alerts, err := d.AddAlerts(t.Context(), other, all.ID, []harrier.AlertID{d.alert}); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("%d alerts of a restricted case were taken: %v", alerts, err)
	}
}

func TestSplit_movesAlertsIntoACaseOfTheirOwn(t *testing.T) {
	t.Parallel()
	d := open(t)
	by := harrier.Operator()
	first, second := d.another("a", "evil.example"), d.another("b", "bad.example")
	c := d.filed(casework.Draft{Title: "both", TLP: "red", Alerts: []harrier.AlertID{first, second}})
	out, err := d.Split(t.Context(), by, c.ID, casework.Splitting{Title: "second", Alerts: []harrier.AlertID{second}, Reason: "another sender"})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[harrier.CaseID]harrier.AlertID{c.ID: first, out.ID: second} {
		alerts, _, err := d.store.Alerts(t.Context(), by.Tenant, harrier.AlertFilter{Viewer: by.ID, Case: id}, harrier.Page{})
		if err != nil || len(alerts) != 1 || alerts[0].ID != want {
			t.Errorf("case %s has %v (%v)", id, alerts, err)
		}
		if !strings.Contains(fmt.Sprint(d.story(id)), "another sender") {
			t.Errorf("the timeline of %s does not say why", id)
		}
	}
	if out.TLP != "red" || out.Number == c.Number {
		t.Errorf("the new case is %+v", out)
	}
	if _, err := d.Split(t.Context(), by, c.ID, casework.Splitting{Title: "t", Alerts: []harrier.AlertID{second}}); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("an alert that is elsewhere was split off: %v", err)
	}
}

// What is rare says more than what is common, and restricted cases are like nothing.
func TestSimilar_saysWhy(t *testing.T) {
	t.Parallel()
	d := open(t)
	hr, by := somebody("hr"), harrier.Operator()
	c := d.filed(casework.Draft{Title: "c", Alerts: []harrier.AlertID{d.another("1", "rare.example"), d.another("2", "common.example")}})
	rare := d.filed(casework.Draft{Title: "rare", Alerts: []harrier.AlertID{d.another("3", "rare.example")}})
	for i := range 3 {
		d.filed(casework.Draft{Title: "common", Alerts: []harrier.AlertID{d.another(fmt.Sprint("c", i), "common.example")}})
	}
	secret := d.filed(casework.Draft{Title: "secret", Alerts: []harrier.AlertID{d.another("s", "rare.example")}})
	if _, err := d.Restrict(t.Context(), hr, secret.ID, true, "r"); err != nil {
		t.Fatal(err)
	}
	likes, err := d.Similar(t.Context(), by, c.ID)
	if err != nil || len(likes) != 4 || likes[0].Case != rare.ID || likes[0].Score <= likes[1].Score {
		t.Fatalf("got %+v (%v)", likes, err)
	}
	if s := likes[0].Shares; len(s) != 1 || s[0].Value != "rare.example" || likes[0].Of != 2 {
		t.Errorf("it is like it because of %+v of %d", s, likes[0].Of)
	}
	if likes, err := d.Similar(t.Context(), hr, c.ID); err != nil || len(likes) != 5 {
		t.Errorf("a member sees %d like it (%v)", len(likes), err)
	}
}

// A promise that is missed is told once, and waiting stops the clocks.
func TestLook_tellsOnceWhatWasMissed(t *testing.T) {
	t.Parallel()
	d := open(t)
	by := harrier.Operator()
	c := d.filed(casework.Draft{Title: "c", Severity: "critical"}) // 15 minutes to acknowledge, 4 hours to contain
	missed := func() (n int) {
		t.Helper()
		for range 2 {
			if err := d.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, k := range kinds(d.story(c.ID)) {
			if k == "missed" {
				n++
			}
		}
		return n
	}
	d.now = d.now.Add(14 * time.Minute)
	if n := missed(); n != 0 {
		t.Errorf("%d were missed before their time", n)
	}
	d.now = d.now.Add(time.Minute)
	if n := missed(); n != 1 {
		t.Errorf("%d were missed after 15 minutes, want 1", n)
	}
	if _, err := d.SetStatus(t.Context(), by, c.ID, casework.Turn{To: casework.Waiting, Reason: ""}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("it waits for nothing: %v", err)
	}
	if _, err := d.SetStatus(t.Context(), by, c.ID, casework.Turn{To: casework.Waiting, Reason: "for the vendor"}); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(10 * time.Hour)
	if n := missed(); n != 1 {
		t.Errorf("%d were missed while the case waited", n)
	}
	if _, err := d.SetStatus(t.Context(), by, c.ID, casework.Turn{To: casework.InProgress, Reason: ""}); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(3*time.Hour + 45*time.Minute)
	if n := missed(); n != 2 {
		t.Errorf("%d were missed after four hours of work, want 2", n)
	}
}

func TestCustody_hasALineForEveryTouchAndTheTrailARow(t *testing.T) {
	t.Parallel()
	d := open(t)
	by := harrier.Operator()
	c := d.filed(casework.Draft{Title: "c"})
	e, err := d.Attach(t.Context(), by, c.ID, harrier.Evidence{SHA256: strings.Repeat("ab", 32), Size: 1, Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Touch(t.Context(), by, casework.CustodyDownload, "as it is", e); err != nil {
		t.Fatal(err)
	}
	e.Malware = true
	if err := d.Mark(t.Context(), by, e); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Export(t.Context(), by, c.ID, "json"); err != nil {
		t.Fatal(err)
	}
	log, err := d.CustodyLog(t.Context(), by, e.ID)
	var got []string
	for _, l := range log {
		got = append(got, l.Action)
	}
	if diff := cmp.Diff([]string{"add", "download", "mark", "export"}, got); err != nil || diff != "" {
		t.Errorf("%v -want +got:\n%s", err, diff)
	}
	trail, _, err := d.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{}, harrier.Page{})
	for _, action := range []string{"case.evidence.add", "evidence.download", "evidence.mark", "evidence.export"} {
		if !slices.ContainsFunc(trail, func(a harrier.AuditEntry) bool { return a.Action == action }) {
			t.Errorf("%s left no row in the audit trail: %v", action, err)
		}
	}
}

func TestParseTemplate_reportsEveryMistakeWithPlaceAndFix(t *testing.T) {
	t.Parallel()
	_, problems := casework.ParseTemplate("x.case.yaml", []byte(`harrier: 1
case: Phishing
titel: x
severity: awful
require: [courage]
tasks:
  - {id: a, title: A, due: soon}
  - {id: a, title: B, required: perhaps}
`))
	if len(problems) != 8 {
		t.Errorf("%d problems, want 8:\n%s", len(problems), problems.Error())
	}
	for _, p := range problems {
		if p.Fix == "" || p.Pos.Line < 1 {
			t.Errorf("no place or fix: %+v", p)
		}
	}
}

func FuzzParseTemplate(f *testing.F) {
	f.Add("harrier: 1\ncase: a\ntitle: b\ntasks: [{id: a, title: b, required: true, due: 4h}]\nrequire: [summary]")
	f.Fuzz(func(t *testing.T, text string) {
		tp, problems := casework.ParseTemplate("x.case.yaml", []byte(text))
		if problems.Err() == nil && (tp.Name == "" || tp.Title == "") {
			t.Errorf("%q was taken: %+v", text, tp)
		}
	})
}
