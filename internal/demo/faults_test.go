package demo

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/lab"
)

// soon is within what time 95 of 100 stories that meet faults are told, by
// their own clock.
const soon = 2 * time.Minute

// TestFaults_neverMakeAnythingWrong proves G5 and G6 over the whole product:
// whichever requests meet whichever faults, nothing is claimed that the world
// did not see, nothing is done twice, and what cannot be done or known is put
// to a person.
func TestFaults_neverMakeAnythingWrong(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // guards all
	var all outcomes
	t.Cleanup(func() { // when all of them are told
		t.Log(all)
		if p95 := all.at(0.95); p95 > soon {
			t.Errorf("95 of 100 were told within %s, want %s", p95, soon)
		}
	})
	for _, tr := range chosen(t) {
		t.Run(tr.String(), func(t *testing.T) {
			t.Parallel()
			faults := map[string][]lab.Rule{}
			for _, h := range tr {
				faults[h.vendor] = append(faults[h.vendor], h.rule())
			}
			sc := act{faults: faults, mailboxes: 4, copies: 3}.play(t)
			sc.judge(tr)
			mu.Lock()
			all.add(sc)
			mu.Unlock()
			if t.Failed() {
				t.Log(sc)
			}
		})
	}
}

// add counts a story.
func (o *outcomes) add(sc scene) {
	switch {
	case sc.report.Contained:
		o.contained++
		o.took = append(o.took, time.Duration(sc.report.Seconds*float64(time.Second)))
	case sc.run.Status.Ended():
		o.failed++
	default:
		o.waiting++
	}
}

// judge holds the end of a story with faults against the world.
func (sc scene) judge(tr trouble) {
	sc.t.Helper()
	sc.met(tr)
	if !sc.run.Status.Ended() && !sc.handled() {
		sc.t.Errorf("the run is %s, waiting for %s", sc.run.Status, sc.run.WaitingFor)
	}
	if sc.run.Status == harrier.RunSucceeded && sc.run.Unresolved > 0 {
		sc.t.Errorf("the run succeeded with %d unresolved actions", sc.run.Unresolved)
	}
	if sc.report.DuplicateEffects > sc.repeats() {
		sc.t.Errorf("%d effects were duplicated, %d by the vendors themselves", sc.report.DuplicateEffects, sc.repeats())
	}
	sc.honest()
	if sc.report.Case == 0 {
		sc.t.Errorf("there is no case")
	}
	if sc.report.Verdict == "benign" {
		sc.t.Errorf("the mail is said to be benign: %q", sc.report.Reasons)
	}
	if sc.report.Contained {
		return
	}
	if sc.claimed() || sc.incident.Status != "open" {
		sc.t.Errorf("the mail is not contained; the run claims so: %t; the case is %s", sc.claimed(), sc.incident.Status)
	}
	if !sc.told() {
		sc.t.Errorf("the mail is not contained and nobody is told; the case says: %s", sc.incident.Summary)
	}
}

// claimed reports whether the run says that the mail is contained.
func (sc scene) claimed() bool {
	outcome := found(sc.run.Steps, "outcome")
	if outcome == nil {
		return false
	}
	says, _ := asObject(outcome.Output)["contained"].(bool)
	return says
}

// told reports whether people learn that it is not contained: somebody is asked
// to finish it, or the case says that the playbook failed.
func (sc scene) told() bool {
	if sc.run.Status == harrier.RunFailed {
		return strings.Contains(sc.incident.Summary, "a person has to go on")
	}
	return asks(sc.run.Steps, "by_hand")
}

// met fails the test unless a fault was met, so that it proves something: every
// one where there is one, at least one where the first may keep a second from
// being reached.
func (sc scene) met(tr trouble) {
	sc.t.Helper()
	for _, h := range tr {
		for _, c := range sc.lab.Calls() {
			if c.Vendor == h.vendor && c.Fault == h.kind {
				return
			}
		}
	}
	sc.t.Errorf("no call met a fault")
}
