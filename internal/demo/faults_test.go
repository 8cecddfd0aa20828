package demo

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/lab"
)

// place is a request that a fault is put on.
type place struct {
	name, vendor, method, path string
	// field is one of the answer that a drifting vendor renames.
	field string
	// must tells that the request changes something.
	must bool
}

// places are the first request to every vendor and all that change something.
func places() []place {
	return []place{
		{name: "token", vendor: "entra", field: "access_token"},
		{name: "mail", vendor: "msgraph", field: "value"},
		{name: "intel", vendor: "virustotal", field: "data"},
		{name: "firewall", vendor: "opnsense", field: "result"},
		{name: "chat", vendor: "slack", field: "ok"},
		{name: "move", vendor: "msgraph", method: "POST", path: "/move$", field: "id", must: true},
		{name: "override", vendor: "opnsense", method: "POST", path: "add_host_override", field: "uuid", must: true},
		{name: "reconfigure", vendor: "opnsense", method: "POST", path: "reconfigure", field: "status", must: true},
		{name: "post", vendor: "slack", method: "POST", path: "postMessage", field: "ts", must: true},
	}
}

// rule is a fault of a kind at the place.
func (p place) rule(kind lab.Kind) lab.Rule {
	return lab.Rule{
		Method: p.method, Path: p.path, Kind: kind, RetryAfter: 2 * time.Second, Delay: 20 * time.Millisecond, Skew: 3 * time.Hour,
		From: p.field, To: "renamed",
	}
}

// lossy are the kinds that leave open whether something happened.
func lossy(kind lab.Kind) bool {
	return slices.Contains([]lab.Kind{lab.ExecutedThenReset, lab.ExecutedThenError, lab.Truncated, lab.ResetBefore}, kind)
}

// chosen tells whether a fault is tried: all of them where HARRIER_FULL is 1,
// else the lossy ones wherever something is changed, and every kind and place
// at least once; the short tests make do with a lost answer.
func chosen(place, kind int) bool {
	p, k := places()[place], lab.Kinds()[kind]
	switch {
	case testing.Short():
		return p.must && k == lab.ExecutedThenReset
	case os.Getenv("HARRIER_FULL") == "1":
		return true
	}
	return p.must && lossy(k) || (place+kind)%len(places()) == 0
}

// TestFaults_neverMakeAnythingWrong proves G5 and G6 over the whole product: whichever
// request meets whichever fault, nothing is claimed that the world did not see,
// nothing is done twice, and what cannot be known is put to a person.
func TestFaults_neverMakeAnythingWrong(t *testing.T) {
	t.Parallel()
	for i, p := range places() {
		for j, kind := range lab.Kinds() {
			if !chosen(i, j) {
				continue
			}
			t.Run(p.name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				sc := act{faults: map[string][]lab.Rule{p.vendor: {p.rule(kind)}}, mailboxes: 4, copies: 3}.play(t)
				sc.judge(kind)
				if t.Failed() {
					t.Log(sc)
				}
			})
		}
	}
}

// judge holds the end of a story with a fault against the world.
func (sc scene) judge(kind lab.Kind) {
	sc.t.Helper()
	if !sc.met(kind) {
		sc.t.Fatalf("no call met the fault")
	}
	if !sc.run.Status.Ended() && !sc.handled() {
		sc.t.Errorf("the run is %s, waiting for %s", sc.run.Status, sc.run.WaitingFor)
	}
	if sc.run.Status == harrier.RunSucceeded && sc.run.Unresolved > 0 {
		sc.t.Errorf("the run succeeded with %d unresolved actions", sc.run.Unresolved)
	}
	if want := 0; kind != lab.Duplicate && sc.report.DuplicateEffects != want {
		sc.t.Errorf("%d effects were duplicated", sc.report.DuplicateEffects)
	}
	if kind == lab.Duplicate && sc.report.DuplicateEffects > 1 {
		sc.t.Errorf("%d effects were duplicated; the vendor duplicates one", sc.report.DuplicateEffects)
	}
	sc.honest()
	if sc.report.Case == 0 {
		sc.t.Errorf("there is no case")
	}
	if !sc.report.Contained && !sc.told() {
		sc.t.Errorf("the mail is not contained and nobody is told")
	}
}

// told reports whether people learn that it is not contained: the run failed,
// or its outputs and the chat say so.
func (sc scene) told() bool {
	if sc.run.Status != harrier.RunSucceeded {
		return true
	}
	return strings.Contains(string(sc.run.Outputs), `"contained":false`)
}
