package mute_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/picture"
)

// watch is a desk with closers.
type watch struct {
	*desk
	*mute.Closers
	n int
}

func watching(t *testing.T) *watch {
	t.Helper()
	w := &watch{desk: open(t)}
	w.Closers = mute.NewClosers(w.store, func() time.Time { return w.now })
	return w
}

func (w *watch) rule() mute.Closing {
	return mute.Closing{Rule: "close-backups", Owner: "kim@corp.example", Until: w.now.Add(90 * 24 * time.Hour)}
}

// close has the rule close a new alert.
func (w *watch) close(rule mute.Closing) harrier.AlertID { return w.closes(rule, 1) }

// closes has the rule close n new alerts, and returns the last.
func (w *watch) closes(rule mute.Closing, n int) (last harrier.AlertID) {
	w.t.Helper()
	err := w.store.Write(w.t.Context(), func(tx harrier.Tx) (err error) {
		for range n {
			if last, err = w.closeIn(tx, rule); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return last
}

func (w *watch) closeIn(tx harrier.Tx, rule mute.Closing) (harrier.AlertID, error) {
	w.n++
	a := harrier.Alert{
		Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.AlertID](fmt.Sprint("alert", w.n)), Source: harrier.DeriveID[harrier.SourceID]("s"),
		ExternalID: fmt.Sprint(w.n), Title: "Backup ran", Severity: "info", Status: "closed", Disposition: "benign", Reason: "the rule says so", Route: "close",
		Data: []byte(`{"process":{"name":"backup.exe"}}`), Finding: []byte(`{"external_id":"1","title":"Backup ran","severity":"high","disposition":"benign"}`),
		CreatedAt: w.now, UpdatedAt: w.now, ClosedAt: w.now,
	}
	w.now = w.now.Add(time.Minute)
	if _, _, err := w.store.Submit(w.t.Context(), tx, a); err != nil {
		return a.ID, err
	}
	for range 2 { // telling it again is safe
		if err := w.Closed(w.t.Context(), tx, mute.Close{Tenant: a.Tenant, Alert: a.ID, Rule: rule, Disposition: "benign", Reason: "the rule says so", At: w.now}); err != nil {
			return a.ID, err
		}
	}
	return a.ID, nil
}

func (w *watch) pending() []mute.Review {
	w.t.Helper()
	list, _, err := w.Reviews(w.t.Context(), harrier.Operator(), mute.ReviewFilter{State: mute.ReviewPending}, harrier.Page{Limit: 500})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// say decides all that is pending.
func (w *watch) say(verdict string) (n int) {
	w.t.Helper()
	for _, r := range w.pending() {
		if _, err := w.Decide(w.t.Context(), harrier.Operator(), r.ID, mute.Verdict{Verdict: verdict}); err != nil {
			w.t.Fatal(err)
		}
		n++
	}
	return n
}

func (w *watch) closer() mute.Closer {
	w.t.Helper()
	list, err := w.Rules(w.t.Context(), harrier.Operator())
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%d rules (%v); want 1", len(list), err)
	}
	return list[0]
}

func TestWilson_isTheIntervalOfTheBooks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		good, n      int
		lower, upper float64
	}{
		{0, 0, 0, 1}, {1, 1, 0.2065, 1}, {0, 1, 0, 0.7935}, {8, 10, 0.4902, 0.9433}, {95, 100, 0.8882, 0.9785}, {73, 73, 0.9500, 1},
	} {
		lower, upper := mute.Wilson(c.good, c.n)
		if math.Abs(lower-c.lower) > 1e-4 || math.Abs(upper-c.upper) > 1e-4 {
			t.Errorf("%d of %d is %.4f to %.4f; want %.4f to %.4f", c.good, c.n, lower, upper, c.lower, c.upper)
		}
	}
}

func TestClosed_keepsASampleByHashWithAMinimum(t *testing.T) {
	t.Parallel()
	w := watching(t)
	rule := w.rule()
	w.closes(rule, 10)
	if got := len(w.pending()); got != 10 {
		t.Errorf("of the first 10 %d are reviewed; want all: that is the minimum", got)
	}
	w.closes(rule, 1500)
	all := len(w.pending())
	if all < 60 || all > 110 {
		t.Errorf("of 1510 %d are reviewed; want about 85", all)
	}
	if c := w.closer(); c.Closed != 1510 || c.Owner != rule.Owner || c.Threshold != 0.95 || c.MinReviews != 73 {
		t.Errorf("the rule is %+v", c)
	}
	again := watching(t)
	again.closes(rule, 1510)
	if got := len(again.pending()); got != all {
		t.Errorf("the same alerts gave another sample: %d; want %d", got, all)
	}
}

func TestReview_isBlindUntilItIsDecided(t *testing.T) {
	t.Parallel()
	w := watching(t)
	w.close(w.rule())
	r := w.pending()[0]
	b, err := w.Show(t.Context(), harrier.Operator(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v %+v %s %s", r, b.Review, b.Finding, b.Severity); strings.Contains(text, "benign") || strings.Contains(text, "close-backups") || strings.Contains(text, "kim@") || strings.Contains(text, "info") {
		t.Errorf("a review that is pending tells what was decided: %s", text)
	}
	if b.Severity != "high" || b.Title != "Backup ran" || !strings.Contains(string(b.Data), "backup.exe") {
		t.Errorf("it does not tell what the source says: %+v", b)
	}
	if _, _, err := w.Reviews(t.Context(), harrier.Operator(), mute.ReviewFilter{Rule: "close-backups"}, harrier.Page{}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("pending reviews can be listed by rule: %v", err)
	}
	done, err := w.Decide(t.Context(), harrier.Operator(), r.ID, mute.Verdict{Verdict: "false_positive", Comment: "a backup"})
	if err != nil || !done.Agrees || done.Rule != "close-backups" || done.Disposition != "benign" {
		t.Errorf("decided: %+v (%v)", done, err)
	}
	if _, err := w.Decide(t.Context(), harrier.Operator(), r.ID, mute.Verdict{Verdict: "benign"}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("it was decided twice: %v", err)
	}
}

func TestReview_isNotForTheOwnerOfTheRule(t *testing.T) {
	t.Parallel()
	for _, owner := range []string{"Kim@corp.example", "role:analyst", "analyst", harrier.LocalOperator.String()} {
		w := watching(t)
		rule := w.rule()
		rule.Owner = owner
		w.close(rule)
		by := harrier.Operator()
		by.Name = "kim@corp.example"
		r := w.pending()[0]
		b, err := w.Show(t.Context(), by, r.ID)
		if err != nil || b.Barred == "" {
			t.Errorf("%s is not told that somebody else must look (%v)", owner, err)
		}
		if _, err := w.Decide(t.Context(), by, r.ID, mute.Verdict{Verdict: "benign"}); harrier.KindOf(err) != harrier.Denied {
			t.Errorf("%s reviewed what their own rule closed: %v", owner, err)
		}
	}
}

func TestRule_suspendsItselfWhereItIsWrong(t *testing.T) {
	t.Parallel()
	w := watching(t)
	rule := w.rule()
	first := w.close(rule)
	for range 4 {
		w.close(rule)
	}
	var d picture.Decision
	decide := func() picture.Decision {
		d = picture.Decision{Route: picture.ToClose, Disposition: "benign", Proof: []picture.Line{{Rule: rule.Rule, Set: map[string]string{"disposition": "benign"}}}}
		if by, ok := mute.ClosedBy(d); !ok || by != rule.Rule {
			t.Errorf("closed by %s, %t", by, ok)
		}
		w.Check(harrier.DefaultTenant, &d, rule, w.now)
		return d
	}
	if d := decide(); d.Route != picture.ToClose {
		t.Errorf("it may not close although nothing is wrong: %+v", d)
	}
	w.say("true_positive")
	c := w.closer()
	if c.SuspendedAt.IsZero() || !strings.Contains(c.Why, "0 of") {
		t.Errorf("it goes on: %+v", c)
	}
	if d := decide(); d.Route != picture.ToQueue || d.Disposition != "" || !strings.Contains(d.Proof[1].Says, "suspended") {
		t.Errorf("it still closes: %+v", d)
	}
	a, err := w.store.Alert(t.Context(), harrier.DefaultTenant, first)
	if err != nil || a.Status != "new" || a.Disposition != "" || a.Route != picture.ToQueue {
		t.Errorf("an alert that was wrongly closed is %s, %s, %s (%v)", a.Status, a.Disposition, a.Route, err)
	}
	again := mute.NewClosers(w.store, func() time.Time { return w.now })
	if err := again.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, may := again.MayClose(harrier.DefaultTenant, rule, w.now); may {
		t.Error("after a restart it may close")
	}
	if _, may := again.MayClose(harrier.TenantID{9}, rule, w.now); !may {
		t.Error("another tenant's rule is suspended with it")
	}
	w.now = w.now.Add(time.Hour)
	if err := w.Resume(t.Context(), harrier.Operator(), rule.Rule, "it names the path now"); err != nil {
		t.Fatal(err)
	}
	if c := w.closer(); !c.SuspendedAt.IsZero() || c.Reviewed != 0 {
		t.Errorf("after it was resumed: %+v", c)
	}
	if d := decide(); d.Route != picture.ToClose {
		t.Errorf("after it was resumed it may not close: %+v", d)
	}
	rows, _, err := w.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Target: rule.Rule}, harrier.Page{})
	if err != nil || len(rows) != 2 || rows[0].Action != "closer.resume" || rows[1].Action != "closer.suspend" || rows[1].Actor != harrier.SystemPrincipal {
		t.Errorf("audited are %+v (%v)", rows, err)
	}
}

func TestRule_suspendsItselfWhereItsPrecisionIsNotProvenInTime(t *testing.T) {
	t.Parallel()
	w := watching(t)
	rule := w.rule()
	rule.Sample = 1
	w.closes(rule, 72)
	w.say("benign")
	if c := w.closer(); !c.SuspendedAt.IsZero() || c.Reviewed != 72 {
		t.Fatalf("72 that agree suspend it: %+v", c)
	}
	w.close(rule)
	w.say("benign")
	if lower, _ := w.closer().Precision(); lower < 0.95 || !w.closer().SuspendedAt.IsZero() {
		t.Errorf("73 that agree prove %f only", lower)
	}
	w.close(rule)
	w.say("inconclusive")
	c := w.closer()
	if lower, _ := c.Precision(); c.SuspendedAt.IsZero() || lower >= 0.95 {
		t.Errorf("73 of 74 is %f at least, and it goes on: %+v", lower, c)
	}
}

func TestMayClose_needsAnEnd(t *testing.T) {
	t.Parallel()
	w := watching(t)
	rule := w.rule()
	rule.Until = time.Time{}
	if why, may := w.MayClose(harrier.DefaultTenant, rule, w.now); may || !strings.Contains(why, "no end") {
		t.Errorf("a rule without an end may close: %s", why)
	}
	rule.Until = w.now
	if _, may := w.MayClose(harrier.DefaultTenant, rule, w.now); may {
		t.Error("a rule closes after its end")
	}
}

func TestApply_lowersWhatIsNotGuarded(t *testing.T) {
	t.Parallel()
	hide := mute.Applied{Verb: mute.Suppress, Effect: mute.Hide, Owner: "kim", Reason: "noise"}
	quiet := mute.Applied{Verb: mute.Silence, Effect: mute.Quiet, Owner: "kim", Reason: "a test"}
	over := mute.Applied{Verb: mute.Suppress, Effect: mute.Annotate, Overruled: "203.0.113.7 is malicious"}
	for _, c := range []struct {
		name    string
		route   string
		guards  []string
		applied []mute.Applied
		want    string
		muted   bool
	}{
		{"suppressed", picture.Escalate, nil, []mute.Applied{hide, quiet}, picture.ToLog, true},
		{"silenced", picture.ToCase, nil, []mute.Applied{quiet}, picture.ToQueue, true},
		{"silenced and in the queue", picture.ToQueue, nil, []mute.Applied{quiet}, picture.ToQueue, true},
		{"closed already", picture.ToClose, nil, []mute.Applied{hide}, picture.ToClose, true},
		{"guarded", picture.Escalate, []string{picture.KnownBad}, []mute.Applied{hide, quiet}, picture.Escalate, false},
		{"overruled", picture.Escalate, nil, []mute.Applied{over}, picture.Escalate, false},
		{"maintenance", picture.ToCase, nil, []mute.Applied{{Verb: mute.Maintenance, Effect: mute.Annotate}}, picture.ToCase, false},
		{"an allow list", picture.ToCase, nil, []mute.Applied{{Verb: mute.Allow, Effect: mute.Discount}}, picture.ToCase, false},
	} {
		d := picture.Decision{Route: c.route, Guards: c.guards, Risk: map[string]float64{"host:ws-17": 9}}
		mute.Apply(&d, c.applied)
		if hidden := c.want == picture.ToLog || c.want == picture.ToClose; (len(d.Risk) == 0) != hidden {
			t.Errorf("%s: %v is held against its entities", c.name, d.Risk)
		}
		if d.Route != c.want || (d.Mute != "") != c.muted {
			t.Errorf("%s: route %s, mute %q; want %s, muted %t", c.name, d.Route, d.Mute, c.want, c.muted)
		}
	}
}

func TestNote_namesTheMaintenanceOfItsEntities(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.add(d.wanted(mute.Maintenance))
	s := d.subject()
	for _, e := range s.Finding.Entities {
		s.Picture.Entities = append(s.Picture.Entities, picture.Entity{Entity: e})
	}
	mute.Note(&s.Picture, d.applied(s))
	if s.Picture.Entities[0].Maintenance != "known noise" || s.Picture.Entities[1].Maintenance != "" {
		t.Errorf("noted are %q and %q; want the host only", s.Picture.Entities[0].Maintenance, s.Picture.Entities[1].Maintenance)
	}
}
