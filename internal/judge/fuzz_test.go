package judge_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/picture"
)

func FuzzLoad(f *testing.F) {
	for _, tree := range []struct {
		fs      fs.FS
		pattern string
	}{{content.FS, "triage/*.yaml"}, {fstest.MapFS{"own.yaml": {Data: []byte(own)}, "closer.yaml": {Data: []byte(closer)}}, "*.yaml"}} {
		names, err := fs.Glob(tree.fs, tree.pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			source, err := fs.ReadFile(tree.fs, name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(source)
		}
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		rules, problems := judge.Load(fstest.MapFS{"triage/x.yaml": {Data: source}})
		if (rules == nil) != (problems.Err() != nil) {
			t.Fatalf("rules %v with problems %v", rules, problems)
		}
		for _, p := range problems {
			if p.Fix == "" || p.Message == "" || p.Pos.Line < 1 {
				t.Errorf("a problem without a place, a message or a fix: %+v", p)
			}
		}
		if rules == nil {
			return
		}
		for _, s := range []judge.Subject{vipContact(), testLow(), {}} {
			if d := judged(t, rules, s); !sane(s, d) {
				t.Errorf("got %+v", d)
			}
		}
		if tests, problems := rules.LoadTests(fstest.MapFS{"triage/x.test.yaml": {Data: source}}); problems.Err() == nil {
			if _, err := tests.Run(t.Context(), rules); err != nil {
				t.Error(err)
			}
		}
	})
}

// sane reports whether a decision keeps to the words, and to what must never go wrong.
func sane(s judge.Subject, d picture.Decision) bool {
	known := len(d.Guards) > 0
	return rankOf(d.Severity) >= 0 && routeRank(d.Route) >= 0 && d.Priority >= 1 && d.Priority <= 4 && d.Score >= 0 && d.Score <= 100 && d.Reason != "" &&
		len(d.Proof) > 0 && (!known && !d.Provisional || rankOf(d.Severity) >= sourceRank(s)) && (!known || routeRank(d.Route) >= routeRank(picture.ToQueue)) &&
		((d.Disposition == "") == (d.Route != picture.ToClose))
}

func FuzzJudge(f *testing.F) {
	rules := shipped(f)
	for _, s := range []judge.Subject{vipContact(), testLow()} {
		finding, err := json.Marshal(s.Finding)
		if err != nil {
			f.Fatal(err)
		}
		known, err := json.Marshal(s.Picture)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(finding, known)
	}
	f.Add([]byte(`{"severity":"LOW","data":{"event":{"action":["a"],"outcome":7}}}`), []byte(`{"history":{"outcomes":{"benign":9999999}}}`))
	f.Fuzz(func(t *testing.T, finding, known []byte) {
		s := judge.Subject{Now: noon(), Source: harrier.Source{Name: "fuzz"}}
		if json.Unmarshal(finding, &s.Finding) != nil || json.Unmarshal(known, &s.Picture) != nil {
			return
		}
		s.Finding.Severity = pickSeverity(s.Finding.Severity)
		if d := judged(t, rules, s); !sane(s, d) {
			t.Errorf("got %+v", d)
		}
	})
}

// pickSeverity keeps the words that the source's rank is known of.
func pickSeverity(text string) string {
	if rankOf(text) < 0 {
		return "medium"
	}
	return text
}

// enormous is an alert that was made to cost as much as possible: so many of
// everything that can be many.
func enormous(many int) judge.Subject {
	s := testLow()
	long := strings.Repeat("malware lock ", many)
	s.Finding.Title, s.Finding.Rule.Name = long, long
	s.Finding.Data = map[string]any{"event": map[string]any{"action": long}}
	for i := range many {
		s.Finding.Tactics = append(s.Finding.Tactics, fmt.Sprint("TA", i))
		s.Finding.Techniques = append(s.Finding.Techniques, fmt.Sprint("T", i))
		e := s.Picture.Entities[0]
		e.Key, e.Owner, e.Tags = fmt.Sprint("h", i), fmt.Sprint("o", i), []string{long[:i%1000]}
		s.Picture.Entities = append(s.Picture.Entities, e)
		o := picture.Observable{Observable: harrier.Observable{Type: "domain", Value: fmt.Sprintf("%d.example", i), Role: "destination"}, Verdict: "malicious"}
		for j := range 5 {
			o.Opinions = append(o.Opinions, picture.Opinion{Source: fmt.Sprint("s", i, j), Verdict: "malicious", Reliability: "B", Name: long[:100]})
		}
		s.Picture.Observables = append(s.Picture.Observables, o)
		s.Picture.History.Similar = append(s.Picture.History.Similar, picture.Similar{Title: fmt.Sprint(i), Shares: []string{long[:50]}})
		s.Picture.Missing = append(s.Picture.Missing, picture.Missing{What: fmt.Sprintf("%d.example", i), From: "x"})
	}
	return s
}

// Processor time is held against itself: four times as much of everything may
// cost four times as much, not sixteen times.
func TestJudge_whatIsMadeToCostMuchCostsNoMoreThanItsSize(t *testing.T) { //nolint:paralleltest // it measures the processor time of the process
	rules := shipped(t)
	judged(t, rules, enormous(10))
	few := cost(func() { judged(t, rules, enormous(5_000)) })
	var d picture.Decision
	many := cost(func() { d = judged(t, rules, enormous(20_000)) })
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("5,000 of everything: %v; 20,000: %v, a decision of %d bytes", few, many, len(raw))
	if !slices.Contains(d.Guards, picture.KnownBad) || routeRank(d.Route) < routeRank(picture.ToQueue) {
		t.Errorf("it is hidden by its size: %s, %v", d.Route, d.Guards)
	}
	if len(raw) > 200_000 {
		t.Errorf("the decision has %d bytes", len(raw))
	}
	if many > 9*few {
		t.Errorf("four times as much cost %v, after %v", many, few)
	}
}

// cost is the processor time of what is done, or 0 where it is not measured.
func cost(do func()) time.Duration {
	runtime.GC()
	before := cpu()
	do()
	return cpu() - before
}
