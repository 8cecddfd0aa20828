package document

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rules are like those of playbooks.
func rules() FormatRules {
	return FormatRules{
		Block: []string{"with"},
		Order: func(path []string) []string {
			if len(path) > 0 && path[len(path)-1] == "steps" {
				return []string{"id", "if", "uses", "with"}
			}
			return nil
		},
	}
}

func TestFormat_writesTheCanonicalForm(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"two spaces a level", "a:\n    b: 1\n    c:\n    - x\n    -   y\n", "a:\n  b: 1\n  c:\n    - x\n    - y\n"},
		{"quotes only where needed", `a: "plain"` + "\nb: 'yes'\nc: \"010\"\nd: '2024-01-01'\ne: 'x: y'\nf: \"a #b\"\ng: ''\nh: '!x'\ni: \"it's\"\n",
			"a: plain\nb: \"yes\"\nc: \"010\"\nd: \"2024-01-01\"\ne: \"x: y\"\nf: \"a #b\"\ng: \"\"\nh: \"!x\"\ni: it's\n"},
		{"single quotes around double quotes and backslashes", "a: \"alert.x == \\\"y\\\" # z\"\nb: \"c:\\\\d: e\"\n", "a: 'alert.x == \"y\" # z'\nb: 'c:\\d: e'\n"},
		{"expressions stay plain", "a: ${{ x }}\nb: \"${{ y }}\"\nc: a == \"b\"\n", "a: ${{ x }}\nb: ${{ y }}\nc: a == \"b\"\n"},
		{"short maps and lists stay on a line", "a: {type: boolean,   default: false}\nb: [ x, \"y, z\", '${{ q }}' ]\nc: {}\nd: []\n",
			"a: {type: boolean, default: false}\nb: [x, \"y, z\", \"${{ q }}\"]\nc: {}\nd: []\n"},
		{"long ones do not", "a: {one: " + strings.Repeat("x", 70) + ", two: " + strings.Repeat("y", 70) + "}\n",
			"a:\n  one: " + strings.Repeat("x", 70) + "\n  two: " + strings.Repeat("y", 70) + "\n"},
		{"with is in block form", "steps:\n  - uses: a.b\n    with: {x: 1, y: {z: 2}}\n    id: q\n", "steps:\n  - id: q\n    uses: a.b\n    with:\n      x: 1\n      y: {z: 2}\n"},
		{"one blank line at most", "\n\na: 1\n\n\n\nsteps:\n\n  - b\n\n\n  - c\n\n", "a: 1\n\nsteps:\n  - b\n\n  - c\n"},
		{"block texts", "a:  |\n      one\n        two\n\n      three\n\n\nb: >-\n  long\n  text\nc:\n  - |-\n    x\n", "a: |\n  one\n    two\n\n  three\n\nb: >-\n  long\n  text\nc:\n  - |-\n    x\n"},
		{"carriage returns and byte order mark", "\ufeffa: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"},
		{"nested lists", "- - 1\n  - 2\n- [3]\n", "- - 1\n  - 2\n- [3]\n"},
	} {
		got, problems := Format("x.yaml", []byte(tc.in), rules())
		if diff := cmp.Diff(tc.want, string(got)); diff != "" || len(problems) > 0 {
			t.Errorf("%s: %v (-want +got):\n%s", tc.name, problems, diff)
		}
	}
}

func TestFormat_keepsComments(t *testing.T) {
	t.Parallel()
	in := `# first

# about a
a: 1    # behind a
b:      # behind b
      # head of c
      c: 2
      # foot of c
   # foot, oddly indented
d: [1,  # one
  2]    # all
e: {x: 1} # flow
steps:
# head of item
- id: p # id
  # head of uses
  uses: q.r
  # foot of item
- # behind dash
  # own line behind dash
  id: z
- # list
  - 1
f: | # header
  text # not a comment
g: "quoted # not"   # yes
# last

# end
`
	want := `# first

# about a
a: 1 # behind a
b: # behind b
  # head of c
  c: 2
  # foot of c
  # foot, oddly indented
d: # all
  - 1 # one
  - 2
e: {x: 1} # flow
steps:
  # head of item
  - id: p # id
    # head of uses
    uses: q.r
    # foot of item
  # behind dash
  # own line behind dash
  - id: z
  # list
  - - 1
f: | # header
  text # not a comment
g: "quoted # not" # yes
# last

# end
`
	got, problems := Format("x.yaml", []byte(in), rules())
	if diff := cmp.Diff(want, string(got)); diff != "" || len(problems) > 0 {
		t.Errorf("%v (-want +got):\n%s", problems, diff)
	}
}

func TestFormat_leavesFilesWithErrorsAlone(t *testing.T) {
	t.Parallel()
	in := "a:   1\nb: *x\n"
	got, problems := Format("x.yaml", []byte(in), rules())
	if string(got) != in || problems.Err() == nil {
		t.Errorf("got %q with %v", got, problems)
	}
}

// checkFormat checks what holds for every file: formatting is idempotent,
// keeps the tree and every comment, or leaves the file as it is and says so.
func checkFormat(t *testing.T, source []byte) {
	t.Helper()
	once, problems := Format("x.yaml", source, rules())
	if len(problems) > 0 {
		if string(once) != string(source) {
			t.Fatalf("%q was changed to %q although %v", source, once, problems)
		}
		return
	}
	before, after := read("x", source), read("x", once)
	if !same(before.file.Root, after.file.Root) || !slices.Equal(before.commentTexts(), after.commentTexts()) {
		t.Fatalf("%q became %q", source, once)
	}
	twice, problems := Format("x.yaml", once, rules())
	if string(twice) != string(once) || len(problems) > 0 {
		t.Fatalf("formatting again changes\n%s\nto\n%s\n%v", once, twice, problems)
	}
}

func TestFormat_isIdempotentOnRealFiles(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("../../shared/corpus/*/*.y*ml")
	deeper, _ := filepath.Glob("../../shared/corpus/*/*/*.y*ml")
	deepest, _ := filepath.Glob("../../shared/corpus/*/*/*/*.y*ml")
	files = slices.Concat(files, deeper, deepest)
	if len(files) == 0 {
		t.Skip("the corpus of real files is not there")
	}
	formatted, refused, left := 0, 0, 0
	for i, name := range files {
		if i%max(1, len(files)/400) != 0 {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		checkFormat(t, source)
		switch _, problems := Format(name, source, rules()); {
		case problems.Err() != nil:
			refused++
		case len(problems) > 0:
			left++
		default:
			formatted++
		}
	}
	t.Logf("%d formatted, %d refused, %d left as they were", formatted, refused, left)
}
