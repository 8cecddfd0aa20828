package change

import (
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// Kind is one sort of content: which files hold it, and how it is checked and
// put into force.
type Kind struct {
	Name string
	// Place says where its files are, as in playbooks/NAME.playbook.yaml.
	Place string
	// Holds reports whether a file is of this kind.
	Holds func(path string) bool
	// Prepare checks what the team would have, and makes it ready.
	Prepare func(ctx context.Context, n Next) (Candidate, error)
}

// Next is what would be in force.
type Next struct {
	Tenant harrier.TenantID
	// Team is all files of the team as they would be.
	Team fs.FS
	// Changed are the paths of this kind that change.
	Changed []string
}

// Candidate is content that was made ready.
type Candidate struct {
	// Problems are what is wrong with it, each with its place.
	Problems document.Problems
	// Tests are how the tests beside it went.
	Tests []Test
	// Reach is what it newly reaches.
	Reach Reach
	// Commit, where it is set, is part of the transaction that makes it live.
	Commit func(ctx context.Context, tx harrier.Tx) error
	// Apply puts it into force. It cannot fail.
	Apply func()
}

// Test is how one test went.
type Test struct {
	File     string   `json:"file"`
	Name     string   `json:"name"`
	OK       bool     `json:"ok"`
	Failures []string `json:"failures,omitempty"`
}

// Reach is what a change newly reaches: what nothing of the same name could do before.
type Reach struct {
	Triggers    []string `json:"triggers,omitempty"`
	Effects     []string `json:"effects,omitempty"`
	Actions     []string `json:"actions,omitempty"`
	Connections []string `json:"connections,omitempty"`
	Hosts       []string `json:"hosts,omitempty"`
	Scripts     []string `json:"scripts,omitempty"`
}

// Empty tells that nothing new is reached.
func (r Reach) Empty() bool {
	return len(r.Triggers)+len(r.Effects)+len(r.Actions)+len(r.Connections)+len(r.Hosts)+len(r.Scripts) == 0
}

// Findings is what checkers and tests say of a change.
type Findings struct {
	Problems document.Problems
	Tests    []Test
	Reach    Reach
	// Stale are the files that were changed by somebody else meanwhile.
	Stale []string
}

// Err says what keeps the change from coming into force, or nil.
func (f Findings) Err() error {
	if len(f.Stale) > 0 {
		return harrier.Errorf(harrier.Conflict, "%s was changed by somebody else meanwhile; join the change with what is in force: harrier change merge", strings.Join(f.Stale, ", "))
	}
	if err := f.Problems.Err(); err != nil {
		return harrier.Errorf(harrier.Invalid, "the change has problems:\n%w", err)
	}
	var failed []string
	for _, t := range f.Tests {
		if !t.OK {
			failed = append(failed, t.File+": "+t.Name+": "+strings.Join(t.Failures, "; "))
		}
	}
	if len(failed) > 0 {
		return harrier.Errorf(harrier.Invalid, "tests fail:\n%s", strings.Join(failed, "\n"))
	}
	return nil
}

// kindOf finds the kind of a file, or nil.
func kindOf(kinds []Kind, path string) *Kind {
	for i := range kinds {
		if kinds[i].Holds(path) {
			return &kinds[i]
		}
	}
	return nil
}

// places lists where files are.
func places(kinds []Kind) string {
	var all []string
	for _, k := range kinds {
		all = append(all, k.Place)
	}
	return strings.Join(all, ", ")
}

// union joins two sorted lists.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// with joins what two kinds newly reach.
func (r Reach) with(o Reach) Reach {
	return Reach{
		union(r.Triggers, o.Triggers), union(r.Effects, o.Effects), union(r.Actions, o.Actions),
		union(r.Connections, o.Connections), union(r.Hosts, o.Hosts), union(r.Scripts, o.Scripts),
	}
}
