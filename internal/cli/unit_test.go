package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/api"
)

func epoch() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

// testShell is a shell on buffers.
func testShell(tty bool, env map[string]string) (s *shell, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	return &shell{output: "table", cfg: Config{
		Streams: Streams{In: strings.NewReader(""), Out: out, Err: errs, InTTY: tty, OutTTY: tty, ErrTTY: tty, Width: 120},
		Env:     func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Now:     func() time.Time { return epoch().Add(3 * time.Second) },
	}}, out, errs
}

func aRun(status harrier.RunStatus, steps ...api.Step) api.RunDetail {
	return api.RunDetail{Run: api.Run{ID: harrier.DeriveID[harrier.RunID]("run"), Playbook: "p", Mode: harrier.Live, Status: status, CreatedAt: epoch()}, Steps: steps}
}

func aStep(path, status string) api.Step {
	st := api.Step{Path: path, Kind: "action", Uses: "mail.search", Status: status, Began: epoch()}
	if status != "active" {
		st.Ended = epoch().Add(120 * time.Millisecond)
	}
	return st
}

func TestProgress_withoutATerminalSaysEachChangeOnceAndPlainly(t *testing.T) {
	t.Parallel()
	s, _, errs := testShell(false, nil)
	g := s.progress()
	loop := aStep("hunt", "active")
	loop.Kind, loop.Steps = "for_each", []api.Step{aStep(`hunt["a/b"]`, "succeeded"), aStep(`hunt["c"]`, "active")}
	for range 3 {
		g.show(aRun(harrier.RunRunning, aStep("mail", "succeeded"), loop))
	}
	loop.Steps[1] = aStep(`hunt["c"]`, "failed")
	loop.Steps[1].Error = "refused"
	loop.Status = "failed"
	g.show(aRun(harrier.RunFailed, aStep("mail", "succeeded"), loop))
	text := errs.String()
	if strings.Contains(text, "\x1b") || strings.Contains(text, "\r") {
		t.Errorf("there are control characters in %q", text)
	}
	for want, count := range map[string]int{"✔ mail": 1, "● hunt": 1, "✖ hunt": 1, `✖   hunt["c"]`: 1, "2 of 2, 1 failed": 1, `hunt["a/b"]`: 0, "refused": 1} {
		if got := strings.Count(text, want); got != count {
			t.Errorf("%q is said %d times, want %d:\n%s", want, got, count, text)
		}
	}
}

func TestProgress_onATerminalDrawsInPlace(t *testing.T) {
	t.Parallel()
	s, _, errs := testShell(true, map[string]string{"TERM": "xterm"})
	g := s.progress()
	g.show(aRun(harrier.RunRunning, aStep("mail", "active")))
	g.show(aRun(harrier.RunRunning, aStep("mail", "succeeded"), aStep("hunt", "active")))
	g.freeze()
	g.show(aRun(harrier.RunSucceeded, aStep("mail", "succeeded")))
	text := errs.String()
	if got := strings.Count(text, "\x1b[2A\x1b[J"); got != 1 || strings.Count(text, "A\x1b[J") != 1 {
		t.Errorf("the screen was drawn over %d times, want once, over two lines: %q", strings.Count(text, "A\x1b[J"), text)
	}
}

func TestColour_isForTerminalsThatWantIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		tty  bool
		flag bool
		env  map[string]string
		want bool
	}{
		{"a terminal", true, false, nil, true},
		{"a file", false, false, nil, false},
		{"--no-color", true, true, nil, false},
		{"NO_COLOR", true, false, map[string]string{"NO_COLOR": "1"}, false},
		{"an empty NO_COLOR", true, false, map[string]string{"NO_COLOR": ""}, true},
		{"a dumb terminal", true, false, map[string]string{"TERM": "dumb"}, false},
	} {
		s, _, _ := testShell(c.tty, c.env)
		s.noColor = c.flag
		if got := bool(s.paint(c.tty)); got != c.want {
			t.Errorf("%s: colour is %t, want %t", c.name, got, c.want)
		}
	}
}

func TestText_fromElsewhereCannotSteerTheTerminal(t *testing.T) {
	t.Parallel()
	s, out, errs := testShell(true, map[string]string{"TERM": "dumb"})
	evil := "a\x1b[2Jb\u009b1mc\u202egnp.exe\r"
	card(errs, s.paint(true), api.Approval{Title: evil, Message: evil, Summary: []string{evil}, Status: harrier.ApprovalPending})
	table(out, []string{"A"}, [][]string{{evil}})
	s.report(errors.New(evil))
	for _, text := range []string{out.String(), errs.String()} {
		if strings.ContainsAny(text, "\x1b\u009b\r\u202e") {
			t.Errorf("control characters came through: %q", text)
		}
	}
}

// answered is the error of an answer with a status.
func answered(t *testing.T, status int) error {
	t.Helper()
	c, err := linkTo("http://harrier", &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: http.NoBody}, nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GetVersion(t.Context())
	return err
}

type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestExitCodes_areThoseOfTheTable(t *testing.T) {
	t.Parallel()
	timedOut, cancel := context.WithTimeoutCause(t.Context(), 0, errTimeout)
	defer cancel()
	<-timedOut.Done()
	for want, list := range map[int][]error{
		exitFailure:  {errors.New("x"), harrier.Errorf(harrier.Invalid, "x"), answered(t, 500), answered(t, 400), &waitsError{}},
		exitUsage:    {usagef("x"), fmt.Errorf("around: %w", usagef("x")), misused(errors.New(`required flag(s) "x" not set`))},
		exitNotFound: {harrier.Errorf(harrier.NotFound, "x"), answered(t, 404), missing("a", "b", "c")},
		exitDenied:   {harrier.Errorf(harrier.Denied, "x"), answered(t, 403), answered(t, 401)},
		exitConflict: {harrier.Errorf(harrier.Conflict, "x"), answered(t, 409), answered(t, 412)},
		exitProblems: {found()},
		exitTimeout:  {context.Cause(timedOut), context.DeadlineExceeded},
		exitSignal:   {fmt.Errorf("watch: %w", context.Canceled)},
	} {
		for _, err := range list {
			if got := exitCode(err); got != want {
				t.Errorf("%T %v ends with %d, want %d", err, err, got, want)
			}
		}
	}
}

func TestInputs_areJSONWhereTheyLookLikeIt(t *testing.T) {
	t.Parallel()
	s, _, _ := testShell(false, nil)
	got, err := s.inputs([]string{"a=1", "b=true", `c="1"`, "d=x=y", "e=[1,2]", "f=1.2.3.4", "g=", "h=null", "i=12345678901234567890", "j=1 2"})
	want := map[string]any{
		"a": json.Number("1"), "b": true, "c": "1", "d": "x=y", "e": []any{json.Number("1"), json.Number("2")}, "f": "1.2.3.4",
		"g": "", "h": "null", "i": json.Number("12345678901234567890"), "j": "1 2",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, wrong := range []string{"a", "=1", ""} {
		if _, err := s.inputs([]string{wrong}); exitCode(err) != exitUsage {
			t.Errorf("%q gave %v", wrong, err)
		}
	}
	if _, err := s.inputs([]string{"a=1", "a=2"}); exitCode(err) != exitUsage {
		t.Errorf("an input given twice gave %v", err)
	}
}

func TestCSV_holdsNoFormulas(t *testing.T) {
	t.Parallel()
	s, out, _ := testShell(false, nil)
	s.output = "csv"
	if err := s.print(result{head: []string{"A", "B"}, rows: [][]string{{"=cmd()", "-1+2"}, {"plain", "a,b"}}}); err != nil {
		t.Fatal(err)
	}
	if want := "A,B\n'=cmd(),'-1+2\nplain,\"a,b\"\n"; out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

func TestSegments_areThoseOfStepPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"a": "a", "a/b": "b", `hunt/purge["a/b"]`: `purge["a/b"]`, `x["a\"/b"]/y`: "y", `hunt["a"]/try2`: "try2", "": "",
	} {
		if got := lastSegment(path); got != want {
			t.Errorf("%q ends in %q, want %q", path, got, want)
		}
	}
}

func TestDemoReport_hasExactlyTheFieldsThatWerePromised(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(DemoReport{Run: harrier.DeriveID[harrier.RunID]("x")}.whole())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ready_ms", "seconds", "hands_on_seconds", "verdict", "contained", "copies_found", "copies_quarantined", "effects",
		"duplicate_effects", "approvals", "case", "run",
	}
	for _, name := range want {
		if v, ok := got[name]; !ok || string(v) == "null" {
			t.Errorf("%s is %s", name, v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the report has %d fields, want %d: %s", len(got), len(want), text)
	}
}

func TestDemo_asksWhoeverIsAtTheTerminal(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]bool{"\n": true, "y\n": true, "perhaps\nn\n": false, "": false} {
		s, out, _ := testShell(true, nil)
		s.cfg.Streams.In = strings.NewReader(input)
		v := newDemoView(t.Context(), s, DemoOptions{}, false)
		if got := v.Approve(api.Approval{Title: "Remove 14 copies", Status: harrier.ApprovalPending}); got.Approve != want {
			t.Errorf("%q approved: %t, want %t", input, got.Approve, want)
		}
		if !strings.Contains(out.String(), "Remove 14 copies") {
			t.Errorf("the question is not shown: %s", out)
		}
	}
	s, out, _ := testShell(true, nil)
	v := newDemoView(t.Context(), s, DemoOptions{Once: true}, false)
	if got := v.Approve(api.Approval{}); !got.Approve || got.HandsOn != 0 || !strings.Contains(out.String(), "by itself") {
		t.Errorf("--once decided %+v and said %s", got, out)
	}
}

func TestProgress_isNeverTallerThanTheScreen(t *testing.T) {
	t.Parallel()
	s, _, errs := testShell(true, nil)
	s.cfg.Streams.Height = 10
	g := s.progress()
	var steps []api.Step
	for i := range 50 {
		steps = append(steps, aStep(fmt.Sprintf("step%d", i), "succeeded"))
	}
	g.show(aRun(harrier.RunRunning, steps...))
	if got := strings.Count(errs.String(), "\n"); got > 9 || got != g.drawn || !strings.Contains(errs.String(), "step49") {
		t.Errorf("%d lines were drawn and %d are remembered, want at most 9 that end with the last step:\n%s", got, g.drawn, errs)
	}
}

// What -o yaml prints is read back as the same value.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		`{"a":"b","n":-1.5,"l":[{"x":1,"y":[]},"z",{}],"t":true}`, `{"key: odd":"- x","no":"yes","s":"a: b #c","e":"","m":"two\nlines","u":"\u0000\u202e"}`,
		`{"a":[[1,[2]],{"b":{"c":"d"}}]}`, `{"a":"2026-11-23","b":"0x10","c":"1e3","d":"~","e":"null","f":"${{ x }}"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]any
		if json.Unmarshal(data, &want) != nil || len(want) == 0 || bytes.Contains(data, []byte("null")) {
			return // the reader is for playbooks: a map at the top and no nulls
		}
		raw, _ := json.Marshal(want)
		text, err := yamlOf(raw)
		if err != nil {
			t.Fatal(err)
		}
		file, problems := document.Parse("x.yaml", []byte(text))
		if problems.Err() != nil || file.Root == nil {
			return // what is strict about playbooks is tested there
		}
		read, _ := json.Marshal(file.Root.Value())
		var got map[string]any
		if err := json.Unmarshal(read, &got); err != nil {
			t.Fatalf("%s was read as %s", text, read)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", text, diff)
		}
	})
}

func BenchmarkProgress(b *testing.B) {
	s, _, errs := testShell(false, nil)
	loop := aStep("hunt", "active")
	loop.Kind = "for_each"
	for i := range 1000 {
		loop.Steps = append(loop.Steps, aStep(fmt.Sprintf(`hunt["%d"]`, i), "succeeded"))
	}
	d := aRun(harrier.RunRunning, aStep("mail", "succeeded"), loop)
	for b.Loop() {
		errs.Reset()
		s.progress().show(d)
	}
}
