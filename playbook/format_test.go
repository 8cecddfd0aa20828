package playbook

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormat_ordersTheKeysOfSteps(t *testing.T) {
	t.Parallel()
	const in = `harrier: 1
playbook:   x # the id
steps:
    # the first step
    - uses: mail.search   # what it calls
      with: {message_id: a, links: [a, b]}
      if: inputs.contain
      id: search
    - steps:
        - with: {uses: 1, id: 2}
          uses: case.open
          name: Open
      as: o
      for_each: inputs.hosts
    - join: any
      parallel:
        a:
          - set: {id: 1, if: 2}
            id: in_a
      on_error:
        - stop: {status: failed}
          id: halt
`
	const want = `harrier: 1
playbook: x # the id
steps:
  # the first step
  - id: search
    if: inputs.contain
    uses: mail.search # what it calls
    with:
      message_id: a
      links: [a, b]
  - for_each: inputs.hosts
    as: o
    steps:
      - name: Open
        uses: case.open
        with:
          uses: 1
          id: 2
  - parallel:
      a:
        - id: in_a
          set: {id: 1, if: 2}
    join: any
    on_error:
      - id: halt
        stop: {status: failed}
`
	got, problems := Format("x.playbook.yaml", []byte(in))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFormat_changesNoMeaning(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/good/*.playbook.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, path := range files {
		text := source(t, path)
		formatted, problems := Format(path, text)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		again, _ := Format(path, formatted)
		if diff := cmp.Diff(string(formatted), string(again)); diff != "" {
			t.Errorf("%s: formatting twice changes it (-once +twice):\n%s", path, diff)
		}
		if strings.Count(string(text), "#") > strings.Count(string(formatted), "#") {
			t.Errorf("%s: a comment was lost", path)
		}
		before, after := Explain(plan(t, string(text))), Explain(plan(t, string(formatted)))
		before.Hash, after.Hash = "", ""
		for i := range before.Effects {
			before.Effects[i].Line, after.Effects[i].Line = 0, 0
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s (-before +after):\n%s", path, diff)
		}
	}
}

func TestFormat_leavesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	const in = "steps: [\n"
	got, problems := Format("x.playbook.yaml", []byte(in))
	if string(got) != in || problems.Err() == nil {
		t.Errorf("got %q, %v", got, problems)
	}
}
