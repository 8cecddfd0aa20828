package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/harrier-soar/harrier/internal/rehearsal"
	"github.com/harrier-soar/harrier/playbook"
)

const (
	// testSuffix ends the names of files with the tests of a playbook.
	testSuffix = ".test.yaml"
	// maxRehearsal bounds the tests of one change.
	maxRehearsal = 2 * time.Minute
)

// shipped is what ships with Harrier.
func shipped() fs.FS { return content.FS }

// nextPlaybooks checks the playbooks that a team would have, all of them
// together, and runs the tests of those that would do something else than now.
func (a *App) nextPlaybooks(ctx context.Context, n change.Next) (change.Candidate, error) {
	now := a.library.inForce.Load()
	next, err := loadEdition(a.products, now, content.FS, n.Team)
	if err != nil {
		return change.Candidate{}, err
	}
	now.check()
	next.take(now)
	next.check()
	c := change.Candidate{Apply: func() { a.library.inForce.Store(next) }}
	bases := map[string]bool{}
	var other []string // ids of playbooks that would do something else
	for _, id := range next.ids() {
		e, was := next.entries[id], now.entries[id]
		touched := slices.Contains(n.Changed, e.path)
		if touched || e.plan == nil && (was == nil || was.plan != nil) {
			c.Problems = append(c.Problems, placed(e.path, e.problems)...)
		}
		if e.plan != nil && (touched || was == nil || was.hash != e.hash) {
			other = append(other, id)
			bases[strings.TrimSuffix(e.path, playbookSuffix)] = true
		}
	}
	c.Problems = append(c.Problems, next.hidden(n)...)
	for _, path := range n.Changed {
		if base, ok := strings.CutSuffix(path, testSuffix); ok {
			bases[base] = true
		}
	}
	if c.Reach, err = a.newReach(ctx, n.Tenant, other, [2]*edition{now, next}); err != nil {
		return c, err
	}
	return c, a.rehearse(ctx, n.Team, bases, next, &c)
}

// placed gives problems the whole path of their file.
func placed(path string, problems document.Problems) document.Problems {
	out := slices.Clone(problems)
	for i := range out {
		out[i].File = path
	}
	return out
}

// hidden tells of files that would change and not be in force: another has the same id.
func (ed *edition) hidden(n change.Next) (found document.Problems) {
	for _, path := range n.Changed {
		text, err := fs.ReadFile(n.Team, path)
		if err != nil || !strings.HasSuffix(path, playbookSuffix) || ed.at(path) != nil {
			continue
		}
		other := "another file"
		if doc, _ := playbook.Parse(path, text); doc != nil && ed.entries[doc.ID] != nil {
			other = ed.entries[doc.ID].path
		}
		found = append(found, change.Problem(path, "twice", other+" has the same id", "give one of them another id"))
	}
	return found
}

// at returns the playbook of a file, or nil; in no edition there is none.
func (ed *edition) at(path string) *entry {
	if ed == nil {
		return nil
	}
	for _, e := range ed.entries {
		if e.path == path {
			return e
		}
	}
	return nil
}

// rehearse runs the tests beside playbooks. A team that puts a playbook in the
// place of one that ships has the tests that ship, until it brings its own.
func (a *App) rehearse(ctx context.Context, team fs.FS, bases map[string]bool, next *edition, c *change.Candidate) error {
	think, err := Thinkers()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxRehearsal, fmt.Errorf("the tests took longer than %s", maxRehearsal))
	defer cancel()
	for base := range bases {
		name := base + testSuffix
		text, err := fs.ReadFile(team, name)
		if errors.Is(err, fs.ErrNotExist) {
			text, err = fs.ReadFile(content.FS, name)
		}
		e := next.at(base + playbookSuffix)
		if errors.Is(err, fs.ErrNotExist) || e == nil {
			continue
		}
		if err != nil {
			return err
		}
		tests, problems := playbook.ParseTest(name, text)
		if e.plan != nil && tests != nil {
			problems = append(problems, tests.Check(e.plan())...)
		}
		c.Problems = append(c.Problems, problems...)
		if e.plan == nil || tests == nil || problems.Err() != nil {
			continue
		}
		for _, one := range rehearsal.Run(ctx, e.plan(), tests, rehearsal.World{Now: a.opt.Now, Think: think}).Cases {
			c.Tests = append(c.Tests, change.Test{File: name, Name: one.Name, OK: one.OK, Failures: one.Failures})
		}
	}
	slices.SortStableFunc(c.Tests, func(a, b change.Test) int { return strings.Compare(a.File, b.File) })
	return context.Cause(ctx)
}
