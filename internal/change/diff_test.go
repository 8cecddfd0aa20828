package change_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/change"
)

const before = `# a comment
harrier: 1
playbook: block
steps:
  - id: ok
    approve:
      assign: role:responder
      covers: [block]
  - id: block
    uses: firewall.block_ip
    with: {ip: "203.0.113.1"}
  - id: tell
    uses: chat.post
`

const after = `harrier: 1
playbook: block
steps:
  - id: ok
    approve: {assign: role:analyst, covers: [block]}
  - id: block
    uses: firewall.block_ip
    with:
      ip: "203.0.113.2"
  - id: wipe
    uses: edr.wipe
`

// What a change means is told without its formatting, its comments and the order of keys.
func TestSemantic_tellsWhatAChangeMeans(t *testing.T) {
	t.Parallel()
	var got []string
	for _, d := range change.Semantic([]change.File{{Path: "playbooks/block.playbook.yaml", BaseText: []byte(before), Text: []byte(after)}}) {
		got = append(got, d.String())
	}
	want := []string{
		"assignments: steps[ok].approve.assign changed: role:responder → role:analyst",
		"targets: steps[block].with.ip changed: 203.0.113.1 → 203.0.113.2",
		"steps: steps[tell] removed: map[id:tell uses:chat.post]",
		"steps: steps[wipe] added: map[id:wipe uses:edr.wipe]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	rules := change.Semantic([]change.File{{
		Path:     "triage/ours.yaml",
		BaseText: []byte("rules:\n  - {id: vip, when: a, weight: 3}\n  - {id: new, when: b, weight: 1}\n"),
		Text:     []byte("rules:\n  - {id: new, when: b, weight: 1}\n  - {id: vip, weight: 30, when: a && c}\n"),
	}})
	if got := fmt.Sprint(rules); !strings.Contains(got, "conditions: rules[vip].when changed: a → a && c") || !strings.Contains(got, "weights: rules[vip].weight changed: 3 → 30") || !strings.Contains(got, "rules moved") {
		t.Error(got)
	}
	same := change.Semantic([]change.File{{Path: "x.yaml", BaseText: []byte("a: 1 # one\nb: {c: x}\n"), Text: []byte("b:\n  c: \"x\"\na: 1\n")}})
	if len(same) > 0 {
		t.Errorf("what means the same differs: %v", same)
	}
}

func TestUnified_showsWhatDiffersWithWhatIsAroundIt(t *testing.T) {
	t.Parallel()
	got := change.Unified("x", []byte("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), []byte("1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n"))
	want := "--- x\n+++ x\n@@ -2,8 +2,9 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n+10\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := change.Unified("x", []byte("a\n"), []byte("a\n")); got != "" {
		t.Errorf("what is the same differs: %q", got)
	}
}

func TestMerge_joinsWhatTwoSidesChanged(t *testing.T) {
	t.Parallel()
	const base = "a\nb\nc\nd\ne\nf\n"
	for _, tc := range []struct {
		name, ours, theirs, want string
		clean                    bool
	}{
		{"far apart", "a\nB\nc\nd\ne\nf\n", "a\nb\nc\nd\nE\nf\n", "a\nB\nc\nd\nE\nf\n", true},
		{"only ours", "a\nb\nc\nd\ne\nf\ng\n", base, "a\nb\nc\nd\ne\nf\ng\n", true},
		{"the same", "a\nX\nc\nd\ne\nf\n", "a\nX\nc\nd\ne\nf\n", "a\nX\nc\nd\ne\nf\n", true},
		{"one removes, one adds elsewhere", "c\nd\ne\nf\n", base + "g\n", "c\nd\ne\nf\ng\n", true},
		{"the same line", "a\nX\nc\nd\ne\nf\n", "a\nY\nc\nd\ne\nf\n", "a\n<<<<<<< in force here\nX\n||||||| as it shipped before\nb\n=======\nY\n>>>>>>> as it ships now\nc\nd\ne\nf\n", false},
	} {
		got, clean := change.Merge([]byte(base), []byte(tc.ours), []byte(tc.theirs))
		if d := cmp.Diff(tc.want, string(got)); d != "" || clean != tc.clean {
			t.Errorf("%s: clean %v\n%s", tc.name, clean, d)
		}
	}
}

// Whatever the texts: what only one side changed is that side's, and nothing panics.
func FuzzMerge(f *testing.F) {
	f.Add([]byte("a\nb\n"), []byte("a\nc\n"), []byte("b\n"))
	f.Add([]byte(before), []byte(after), []byte(""))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		if len(a)+len(b)+len(c) > 4096 {
			return
		}
		_, _ = change.Merge(a, b, c)
		_ = change.Unified("x", a, b)
		_ = change.Semantic([]change.File{{Path: "x.yaml", BaseText: a, Text: b}})
		if got, clean := change.Merge(a, a, b); !clean || !bytes.Equal(lined(got), lined(b)) {
			t.Errorf("what only they changed is %q, want %q", got, b)
		}
		if got, clean := change.Merge(a, b, a); !clean || !bytes.Equal(lined(got), lined(b)) {
			t.Errorf("what only we changed is %q, want %q", got, b)
		}
	})
}

// lined ends a text with one line end, as merged texts do.
func lined(text []byte) []byte {
	if len(text) == 0 {
		return text
	}
	return append(bytes.TrimSuffix(bytes.Clone(text), []byte("\n")), '\n')
}
