package playbook

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLabelsOf_leavesOutKeysAndAttempts(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"mail": "mail", `purge["a/17"]`: "purge", `hunt/purge["a@corp.example/17"]/try2`: "hunt purge", "hunt": "hunt",
		`loop["a\"]/b"]/inner`: "loop inner", `loop["CORP\\"]/inner`: "loop inner", "alert.close#7": "alert.close#7",
		`x["`: "x", "": "", "try2": "try2", `a["1"]/b["2"]/c`: "a b c",
	} {
		if got := labelsOf(path); !cmp.Equal(got, strings.Split(want, " ")) {
			t.Errorf("labelsOf(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestCheck_knowsTheStepsOfChildren(t *testing.T) {
	t.Parallel()
	p := plan(t, "harrier: 1\nplaybook: parent\nsteps:\n  - id: handle\n    call: child\n    with:\n      host: h1\n")
	source := `harrier: 1
test: parent
cases:
  - name: names steps of the child
    approvals: {handle/ask_first: approve}
    outcomes: {handle/isolate: did_not}
    actions: {handle/isolate: {error: unknown}}
    expect: {path: [handle/ask_first, handle/below/values], effects: [{action: endpoint.isolate}]}
  - name: and those that it does not have
    approvals: {handle/isolate: approve}
    outcomes: {isolate: did_not}
    expect: {path: [handle/isolat]}
`
	file, problems := ParseTest("parent.test.yaml", []byte(source))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if file.Cases[0].Outcomes["handle/isolate"] != "did_not" {
		t.Errorf("outcomes %v", file.Cases[0].Outcomes)
	}
	var lines []int
	for _, p := range file.Check(p) {
		lines = append(lines, p.Pos.Line)
	}
	if want := []int{10, 11, 12}; !cmp.Equal(lines, want) {
		t.Errorf("problems on lines %v, want %v", lines, want)
	}
}
