package step_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

var writeMissing = flag.Bool("update", false, "write the event fixtures that do not exist yet; those that do are kept for ever")

// fixtures lists the bodies that stand in testdata/events, by the name of their
// file: the type, the version and, where there are several, what is special.
// A line here is never changed and never removed: journals hold such events.
func fixtures() map[string]step.Body {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	run, child := harrier.DeriveID[harrier.RunID]("run"), harrier.DeriveID[harrier.RunID]("child")
	ask := harrier.DeriveID[harrier.ApprovalID]("question")
	failure := step.Failure{Class: "unavailable", Text: "the box is busy", Status: 503}
	question := step.Question{
		ID: ask, Kind: harrier.PlanApproval, Title: "Do it", Message: "Look twice.", Assign: "role:responder", Need: 2,
		Expires: at.Add(time.Hour), Body: json.RawMessage(`{"leaves":[]}`), Hash: "4a5b",
	}
	begin := &step.Begin{
		With:    map[string]any{"x": "a", "n": int64(3), "half": 0.5, "big": int64(9007199254740993), "list": []any{int64(1), nil, true}},
		Targets: []step.Target{{Connection: box("box"), Name: "box", Action: "box.set", Address: "https://box.example", Manifest: "m1", Rev: 7}},
		At:      at,
	}
	out := map[string]any{"x": "a", "n": int64(3), "deep": map[string]any{"f": 1.25, "i": int64(-4)}}
	return map[string]step.Body{
		"run.started.v1": step.RunStarted{
			Run: run, Playbook: "phishing", Hash: "h1", Mode: harrier.Live, Semantics: 1, By: "ann",
			Inputs: map[string]any{"n": int64(1)}, Alert: map[string]any{"severity": "high"}, Case: map[string]any{"number": int64(12)}, Depth: 2,
		},
		"step.skipped.v1":      step.StepSkipped{Path: `a["k"]`, Reason: "the approval ok was denied"},
		"step.failed.v1":       step.StepFailed{Path: "a", Failure: failure},
		"values.set.v1":        step.ValuesSet{Path: "a", Output: out},
		"branch.taken.v1":      step.BranchTaken{Path: "if#2", Arm: -1},
		"loop.opened.v1":       step.LoopOpened{Path: "all", Items: []any{"a", int64(2), map[string]any{"n": int64(3)}}, Keys: []string{"a", "2", "c"}},
		"parallel.opened.v1":   step.ParallelOpened{Path: "both"},
		"poll.opened.v1":       step.PollOpened{Path: "again"},
		"poll.checked.v1":      step.PollChecked{Path: "again", Due: at},
		"poll.checked.v1.done": step.PollChecked{Path: "again", Done: true},
		"timer.armed.v1":       step.TimerArmed{Path: "w", Due: at},
		"timer.fired.v1":       step.TimerFired{Path: "w"},
		"run.halting.v1":       step.RunHalting{Status: harrier.RunCancelled, Reason: "enough", By: "ann"},
		"run.halting.v1.stop":  step.RunHalting{Path: "stop#1", Status: harrier.RunFailed, Reason: "no use"},
		"run.retried.v1":       step.RunRetried{From: "a", By: "ann"},
		"run.ended.v1":         step.RunEnded{Status: harrier.RunFailed, Outputs: out, Reason: "why", Unresolved: 1},
		"action.intended.v1": step.ActionIntended{
			Path: "a", To: box("box"), Begin: begin, Attempt: 2, Epoch: 1, Key: "k1", Approval: ask, Leaf: "l1", PastGuard: true,
		},
		"action.succeeded.v1":      step.ActionSucceeded{Path: "a", To: box("box"), Begin: begin, Attempt: 1, Output: out, By: "probe", Epoch: 1},
		"action.succeeded.v1.same": step.ActionSucceeded{Path: `p["2"]/a`, To: box("box"), Begin: begin, Attempt: 1, Same: true},
		"action.failed.v1":         step.ActionFailed{Path: "a", To: box("box"), Begin: begin, Attempt: 1, Failure: failure, RetryAt: at, Epoch: 1},
		"action.unknown.v1":        step.ActionUnknown{Path: "a", To: box("box"), Attempt: 1, Failure: failure, Then: "probe", At: at, Epoch: 1},
		"action.probed.v1":         step.ActionProbed{Path: "a", To: box("box"), Done: true, Output: out, Epoch: 1},
		"action.probed.v1.failed":  step.ActionProbed{Path: "a", To: box("box"), Output: map[string]any{}, Failure: &failure, RetryAt: at},
		"action.pending.v1":        step.ActionPending{Path: "a", To: box("box"), Begin: begin, Attempt: 1, State: json.RawMessage(`{"job":1}`), At: at},
		"action.withheld.v1":       step.ActionWithheld{Path: "a", Begin: begin, Output: out},
		"action.held.v1":           step.ActionHeld{Path: "a", To: box("box"), Begin: begin, Reason: "too many", Question: question},
		"action.held.v1.approved":  step.ActionHeld{Path: "a", To: box("box"), Reason: "too many", Question: question, Approval: ask, Leaf: "l1"},
		"question.asked.v1.escalating": step.QuestionAsked{Path: "a", Question: step.Question{
			ID: ask, Kind: harrier.FormQuestion, Title: "Was it you?", Assign: "ann@corp.example", Need: 1, Expires: at.Add(time.Hour), Body: json.RawMessage(`{"fields":[]}`),
			Hash: "4a5b", Escalate: &step.Escalation{At: at.Add(time.Minute), To: "role:analyst"}, Over: []string{"chat"},
		}},
		"outcome.asked.v1":   step.OutcomeAsked{Path: "a", To: box("box"), Question: question},
		"outcome.settled.v1": step.OutcomeSettled{Path: "a", To: box("box"), Choice: "again", By: "ann", Epoch: 1},
		"question.asked.v1":  step.QuestionAsked{Path: "ok", Question: question},
		"question.answered.v1": step.QuestionAnswered{
			Path: "ok", ID: ask, Decision: harrier.ApprovalAnswered, By: "ann", Comment: "fine", Answer: map[string]any{"n": int64(2)},
		},
		"child.called.v1": step.ChildCalled{Path: "c", Run: child, Playbook: "contain", Inputs: map[string]any{"n": int64(1)}},
		"child.ended.v1":  step.ChildEnded{Path: "c", Run: child, Status: harrier.RunSucceeded, Outputs: out, Reason: "because"},
	}
}

const fixtureFolder = "testdata/events"

func TestFixtures_decodeToWhatWasWrittenAndEncodeToTheSameBytes(t *testing.T) { // G13, DUR-08
	t.Parallel()
	for name, body := range fixtures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(fixtureFolder, name+".json")
			text, err := os.ReadFile(file)
			if errors.Is(err, fs.ErrNotExist) && *writeMissing {
				text = writeFixture(t, file, body)
			} else if err != nil {
				t.Fatalf("%v\nwrite it with: go test ./internal/step -run TestFixtures -update", err)
			}
			var ev harrier.Event
			if err := json.Unmarshal(text, &ev); err != nil {
				t.Fatal(err)
			}
			if want, _, _ := strings.Cut(name, ".v"); ev.Type != want || !strings.Contains(name, ".v"+strconv.Itoa(ev.Version)) {
				t.Errorf("%s holds an event of type %s, version %d", file, ev.Type, ev.Version)
			}
			got, err := step.Decode(ev)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(body, got); diff != "" {
				t.Errorf("%s decodes to another body (-want +got):\n%s", file, diff)
			}
			again, err := step.Encode(ev.Seq, ev.At, got)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Data, compact(t, ev.Data)) {
				t.Errorf("%s encodes to other bytes:\n%s\nwant\n%s", file, again.Data, ev.Data)
			}
		})
	}
}

// writeFixture writes a fixture that does not exist yet.
func writeFixture(t *testing.T, file string, body step.Body) []byte {
	t.Helper()
	ev, err := step.Encode(1, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(ev)
	if err == nil {
		err = os.MkdirAll(fixtureFolder, 0o750)
	}
	if err == nil {
		err = os.WriteFile(file, append(text, '\n'), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func compact(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// typesInSource finds every type of event that the package declares: the text
// that a method Type returns.
func typesInSource(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "Type" || len(fn.Body.List) != 1 {
				continue
			}
			ret, ok := fn.Body.List[0].(*ast.ReturnStmt)
			if !ok {
				continue
			}
			text, err := strconv.Unquote(ret.Results[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			types = append(types, text)
		}
	}
	slices.Sort(types)
	return types
}

func TestEventTypes_areAllTypesAndEachHasAFixture(t *testing.T) {
	t.Parallel()
	listed := slices.Sorted(slices.Values(step.EventTypes()))
	if diff := cmp.Diff(typesInSource(t), listed); diff != "" {
		t.Errorf("EventTypes does not list what the package declares (-declared +listed):\n%s", diff)
	}
	inTable := fixtures()
	for _, typ := range listed {
		if _, ok := inTable[typ+".v1"]; !ok {
			t.Errorf("there is no fixture of %s: add it to the table", typ)
		}
		if _, err := step.Decode(harrier.Event{Type: typ, Version: 1, Data: json.RawMessage("{}")}); err != nil {
			t.Errorf("%s cannot be decoded: %v", typ, err)
		}
	}
	files, err := filepath.Glob(fixtureFolder + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, ok := inTable[strings.TrimSuffix(filepath.Base(file), ".json")]; !ok {
			t.Errorf("%s is not in the table: a fixture is never given up", file)
		}
	}
}

func TestDecode_refusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for name, ev := range map[string]harrier.Event{
		"a type of a newer build":    {Type: "run.dreamt", Version: 1, Data: json.RawMessage("{}")},
		"a version of a newer build": {Type: "run.ended", Version: 2, Data: json.RawMessage("{}")},
		"data that is no object":     {Type: "run.ended", Version: 1, Data: json.RawMessage("[]")},
		"data that is cut":           {Type: "run.ended", Version: 1, Data: json.RawMessage(`{"status"`)},
	} {
		if b, err := step.Decode(ev); err == nil || harrier.KindOf(err) != harrier.Internal {
			t.Errorf("%s: %v, %v; want Internal", name, b, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for name, body := range fixtures() {
		ev, err := step.Encode(1, time.Time{}, body)
		if err != nil {
			f.Fatal(name, err)
		}
		f.Add(ev.Type, []byte(ev.Data))
	}
	f.Fuzz(func(t *testing.T, typ string, data []byte) {
		body, err := step.Decode(harrier.Event{Type: typ, Version: 1, Data: data})
		if err != nil {
			return
		}
		first, err := step.Encode(1, time.Time{}, body)
		if err != nil {
			t.Skip() // a time outside the range of JSON, which no build writes
		}
		again, err := step.Decode(first)
		if err != nil {
			t.Fatalf("what was encoded cannot be decoded: %v\n%s", err, first.Data)
		}
		second, err := step.Encode(1, time.Time{}, again)
		if err != nil || !bytes.Equal(first.Data, second.Data) {
			t.Fatalf("%v\n%s\n%s", err, first.Data, second.Data)
		}
	})
}
