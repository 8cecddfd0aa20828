package document

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse_readsValuesAndPlaces(t *testing.T) {
	t.Parallel()
	source := "\ufeffharrier: 1\r\ntags: [phishing, \"e,mail\"]\r\nsteps:\r\n  - id: é\r\n    if: steps.x == \"y\" # why\r\n    with: {n: 1.5, ok: true, none: null}\r\ntext: |\r\n  one\r\n   two\r\nfold: >-\r\n  a\r\n  b\r\n"
	f, problems := Parse("x.yaml", []byte(source))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[string]any{
		"harrier": int64(1), "tags": []any{"phishing", "e,mail"},
		"steps": []any{map[string]any{"id": "é", "if": `steps.x == "y"`, "with": map[string]any{"n": 1.5, "ok": true, "none": nil}}},
		"text":  "one\n two\n", "fold": "a b",
	}
	if diff := cmp.Diff(want, f.Root.Value()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	step := f.Root.Get("steps").Items[0]
	places := map[string]Pos{
		"root": f.Root.Pos, "key": f.Root.Entries[1].KeyPos, "list": f.Root.Get("tags").Pos, "item": f.Root.Get("tags").Items[1].Pos,
		"step": step.Pos, "scalar": step.Get("if").Pos, "nested": step.Get("with").Get("ok").Pos, "block": f.Root.Get("text").Pos,
	}
	wantPlaces := map[string]Pos{
		"root": {1, 1}, "key": {2, 1}, "list": {2, 7}, "item": {2, 18}, "step": {4, 5}, "scalar": {5, 9}, "nested": {6, 24}, "block": {7, 7},
	}
	if diff := cmp.Diff(wantPlaces, places); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

// traps are files with one problem: where it is, what it is called, and a part
// of how to fix it.
func traps() []struct{ source, at, fix string } {
	return []struct{ source, at, fix string }{
		{"if: !x", "1:5 tag", `write "!x" or not x`},
		{"a: 1\nb: !!str 5", "2:4 tag", "remove the tag"},
		{"a: &x 1", "1:4 anchor", `quotes around a text: "&x 1"`},
		{"a: *x", "1:4 alias", `"*x"`},
		{"<<: {a: 1}", "1:1 merge-key", "write the entries out"},
		{"a:\nb: 1", "1:1 null", "write a: and a value"},
		{"a: ~", "1:4 null", "write null"},
		{"- 1\n-\n- 2", "2:1 null", "write a value after the dash"},
		{"a: {b, c: 1}", "1:5 null", "write b: and a value"},
		{"a: 1\nb: 2\na: 3", "3:1 duplicate-key", "remove one"},
		{"if: a == \"x #y", "1:5 comment-cuts", `'a == "x #y'`},
		{"a: ${{ b #c }}", "1:4 comment-cuts", `"${{ b #c }}"`},
		{"a: #f00", "1:4 comment-cuts", `"#f00"`},
		{"a: 010", "1:4 octal", `"010"`},
		{"a: 0o10", "1:4 octal", `"0o10"`},
		{"a: [0x1f]", "1:5 number-format", `"0x1f"`},
		{"a: 1_000", "1:4 number-format", `"1_000"`},
		{"a: .inf", "1:4 number-format", `".inf"`},
		{"a: 99999999999999999999", "1:4 number-range", `"99999999999999999999"`},
		{"a: 2024-01-01", "1:4 date", `"2024-01-01"`},
		{"a: 2024-01-01T00:00:00Z", "1:4 date", `"2024-01-01T00:00:00Z"`},
		{"a: 12:30:45", "1:4 sexagesimal", `"12:30:45"`},
		{"a: yes", "1:4 ambiguous-boolean", `write true or false, or "yes"`},
		{"a: [on, x]", "1:5 ambiguous-boolean", `"on"`},
		{"a: True", "1:4 ambiguous-boolean", "write true or false"},
		{"a: [${{ x }}, 1]", "1:5 flow-expression", `"${{ x }}"`},
		{"a: {b: ${{ x.y }}}", "1:8 flow-expression", `"${{ x.y }}"`},
		{"a: {{ x }}", "1:4 flow-expression", "${{ x }}"},
		{"a: ${{ x ? 'b' : 'c' }}", "1:4 colon-in-value", `"${{ x ? 'b' : 'c' }}"`},
		{"a: b: c", "1:4 colon-in-value", `"b: c"`},
		{"a: b\n  c: d", "2:3 indentation", "the indentation of the key above"},
		{"if: \"a\" == b", "1:5 text-after-quote", `'"a" == b'`},
		{"if: [1].exists(x, x)", "1:5 text-after-bracket", `"[1].exists(x, x)"`},
		{"a: @x", "1:4 syntax", `"@x"`},
		{"a: %x", "1:4 syntax", `"%x"`},
		{"a: >= 5", "1:4 syntax", `">= 5"`},
		{"a: 'x\nb: 1", "1:4 syntax", "close it at the end"},
		{"a: [1, 2", "1:4 syntax", "close the list with ]"},
		{"a: - b", "1:4 syntax", "put the list on the lines below"},
		{"? a\n: b", "1:1 complex-key", "write key: value"},
		{"a: 1\n---\nb: 2", "3:1 several-documents", "a file of its own"},
		{"a:\n\tb: 1", "2:1 tab", "two spaces"},
		{"a: \x01", "1:4 control-character", "remove it"},
		{"a: \xff", "1:4 encoding", "UTF-8"},
		{"", "1:1 empty", "write at least one"},
		{"# only this\n", "1:1 empty", "write at least one"},
	}
}

func TestParse_reportsTraps(t *testing.T) {
	t.Parallel()
	for _, tc := range traps() {
		_, problems := Parse("x.yaml", []byte(tc.source))
		if len(problems) != 1 {
			t.Errorf("%q: %d problems, want one:\n%v", tc.source, len(problems), problems)
			continue
		}
		p := problems[0]
		got := fmt.Sprintf("%d:%d %s", p.Pos.Line, p.Pos.Column, p.Code)
		if got != tc.at || !strings.Contains(p.Fix, tc.fix) || p.Width < 1 || p.Warning {
			t.Errorf("%q: got %s, fix %q; want %s, fix with %q", tc.source, got, p.Fix, tc.at, tc.fix)
		}
	}
}

func TestParse_acceptsWhatIsNoTrap(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"manual: {on: alert, yes: 1}", "a: it's # a comment", "a: x#y", "a: a && b", "a: 1.2.3", "a: 10.0.0.1", "a: 2001:db8::1",
		"a: \"!x\"", "a: '010'", "a: \"2024-01-01\"", "a: |\n  key: value # not a comment\n  \ttab\n", "a: >-\n  !x\n", "a: 0", "a: -0.5e3", "a: null",
		"---\na: 1\n", "a: http://x.example/y", "a: don't # say \"no\"", "a: [b,\n  c]", "a: 00:1b:44:11:3a:b7", "a: not x",
		"'quoted key': 1", "443: x", "a:\n- 1\n- 2\n",
	} {
		if _, problems := Parse("x.yaml", []byte(source)); len(problems) > 0 {
			t.Errorf("%q: %v", source, problems)
		}
	}
}

func TestParse_reportsIndependentTrapsTogether(t *testing.T) {
	t.Parallel()
	source := `a: yes
b: [${{ x }}]
if: !y
c: "z" == w
d: 'open
e: 010
f: x: y
e: 1
g: @h
`
	_, problems := Parse("x.yaml", []byte(source))
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%d:%d %s", p.Pos.Line, p.Pos.Column, p.Code))
	}
	want := []string{
		"1:4 ambiguous-boolean", "2:5 flow-expression", "3:5 tag", "4:4 text-after-quote", "5:4 syntax", "6:4 octal", "7:4 colon-in-value",
		"8:1 duplicate-key", "9:4 syntax",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParse_keepsWhatWasMeant(t *testing.T) {
	t.Parallel()
	f, _ := Parse("x.yaml", []byte("a: [${{ x }}, 1]\nif: !y\nb: p ? q : r\n"))
	want := map[string]any{"a": []any{"${{ x }}", int64(1)}, "if": "!y", "b": "p ? q : r"}
	if diff := cmp.Diff(want, f.Root.Value()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParse_boundsHostileFiles(t *testing.T) {
	t.Parallel()
	deep := func(open string, n int) string { return strings.Repeat(open, n) }
	var ladder strings.Builder
	for i := range 100 {
		ladder.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, tc := range map[string]struct{ source, code string }{
		"much":            {strings.Repeat("a", MaxBytes+1), "too-large"},
		"deep lists":      {deep("[", 10_000), "too-deep"},
		"deep maps":       {deep("{a: ", 4000), "too-deep"},
		"deep dashes":     {deep("- ", 9000), "too-deep"},
		"deep keys":       {ladder.String(), "too-deep"},
		"deep tags":       {deep("!a ", 6000), "too-deep"},
		"deep anchors":    {deep("&a ", 6000), "anchor"},
		"many values":     {"a: [" + strings.TrimSuffix(strings.Repeat("1,\n", MaxNodes+10), ",\n") + "]", "too-many"},
		"long line":       {"a: " + strings.Repeat("b", MaxLine), "long-line"},
		"tabs in quotes":  {"a: \"" + strings.Repeat("\t", MaxLine-10) + "\"", ""},
		"many documents":  {strings.Repeat("---\n", 100_000), ""},
		"many comments":   {strings.Repeat("# x\n", 100_000), "empty"},
		"many errors":     {strings.Repeat("- @b\n", 50_000), "syntax"},
		"many syntax":     {strings.Repeat("a: [\n", 10_000), ""},
		"many duplicates": {strings.Repeat("a: b\n", MaxKeys-1), "duplicate-key"},
		"many keys":       {strings.Repeat("a: b\n", 50_000), "too-many"},
		"many maps":       {strings.Repeat("-\n"+strings.Repeat("  a: b\n", MaxKeys-1), 20), ""},
		"unclosed quote":  {"a: \"" + strings.Repeat("x\n", 100_000), "syntax"},
		"colons":          {strings.Repeat(":", MaxLine-1), ""},
		"brackets":        {strings.Repeat("]\n", 10_000), ""},
		"plain lines":     {"a: b" + strings.Repeat("\n  bb", 100_000), ""},
		"quotes":          {strings.Repeat("'", MaxLine-1), ""},
		"flow errors":     {strings.Repeat("- [${{ x }}]\n", 20_000), "flow-expression"},
	} {
		start := time.Now()
		_, problems := Parse("x.yaml", []byte(tc.source))
		took := time.Since(start)
		found := tc.code == ""
		for _, p := range problems {
			found = found || p.Code == tc.code
		}
		if !found {
			t.Errorf("%s: want %s, got %d problems: %.300v", name, tc.code, len(problems), problems)
		}
		if took > time.Minute {
			t.Errorf("%s takes %v", name, took)
		}
		t.Logf("%-16s %8v %d problems", name, took.Round(time.Millisecond), len(problems))
	}
}

func TestProblem_showsThePlace(t *testing.T) {
	t.Parallel()
	_, problems := Parse("p.yaml", []byte("a: 1\nif: !x\n"))
	want := "p.yaml:2:5: error: YAML reads a value that begins with ! as a tag [tag]\n  if: !x\n      ^^\n  fix: write \"!x\" or not x"
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
