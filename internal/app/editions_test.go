package app

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// shelfOf is a tree of playbooks: one that calls another, and one alone.
func shelfOf(child string) fstest.MapFS {
	const parent = `
harrier: 1
playbook: parent
title: Call another
steps:
  - id: called
    call: child
outputs:
  said: ${{ steps.called.output.said }}
`
	const alone = `
harrier: 1
playbook: alone
title: Say something
outputs:
  said: ${{ 1 + 1 }}
steps:
  - id: nothing
    set:
      a: 1
`
	tree := fstest.MapFS{}
	for name, text := range map[string]string{"parent": parent, "alone": alone, "child": child} {
		tree["playbooks/"+name+playbookSuffix] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

// childSaying is a playbook with an output of a name.
func childSaying(name string) string {
	return "harrier: 1\nplaybook: child\ntitle: Be called\ntrigger:\n  - call: true\nsteps:\n  - id: nothing\n    set:\n      a: 1\noutputs:\n  " + name + ": ${{ 2 }}\n"
}

// outcome is what the check of every playbook of an edition gave.
func outcome(ed *edition) map[string]string {
	all := map[string]string{}
	for _, id := range ed.ids() {
		all[id] = ed.entry(id).hash + " " + ed.entry(id).problems.Error()
	}
	return all
}

// A look at a change checks what it changes and what calls that, and nothing else;
// what comes out is what a check of everything gives.
func TestEdition_checksAgainWhatChangedAndWhatCallsIt(t *testing.T) {
	t.Parallel()
	p := &products{actions: map[string]schema.ActionSpec{}, verbs: map[string]schema.Verb{}}
	load := func(was *edition, child string) *edition {
		ed, err := loadEdition(p, was, shelfOf(child))
		if err != nil {
			t.Fatal(err)
		}
		return ed
	}
	was := load(nil, childSaying("said"))
	was.check()
	kept := was.entries["alone"].plan()
	for _, v := range []struct {
		child string
		again bool // parent and child are checked again
		fine  bool // parent can be run
	}{
		{childSaying("said"), false, true},
		{childSaying("said") + "  more: ${{ 3 }}\n", true, true},
		{childSaying("muttered"), true, false},
		{"harrier: 1\n", true, false},
	} {
		next := load(was, v.child)
		next.take(was)
		if next.entries["parent"].settled == v.again || !next.entries["alone"].settled || next.entries["alone"].plan() != kept {
			t.Errorf("child %q: parent is taken over: %t; want %t, and alone always", v.child, next.entries["parent"].settled, !v.again)
		}
		next.check()
		if fine := next.entries["parent"].plan != nil; fine != v.fine {
			t.Errorf("child %q: parent can be run: %t; want %t: %v", v.child, fine, v.fine, next.entries["parent"].problems)
		}
		if diff := cmp.Diff(outcome(load(nil, v.child)), outcome(next)); diff != "" {
			t.Errorf("child %q: -checked anew +taken over:\n%s", v.child, diff)
		}
	}
}

// One playbook that is asked for is checked, with what it calls, and the others are not.
func TestEdition_checksWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	ed, err := loadEdition(&products{}, nil, shelfOf(childSaying("said")))
	if err != nil {
		t.Fatal(err)
	}
	if e := ed.entry("parent"); e.plan == nil || e.plan().Children["child"] == nil {
		t.Fatalf("parent cannot be run: %v", e.problems)
	}
	if ed.entries["alone"].settled {
		t.Error("a playbook that nobody asked for was checked")
	}
	if ed.entries["parent"].starts(wakes) || ed.entries["child"].starts(func(t playbook.TriggerDoc) bool { return t.Alert != nil }) {
		t.Error("playbooks without triggers start by themselves")
	}
}
