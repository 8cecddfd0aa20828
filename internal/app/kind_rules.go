package app

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/harrier-soar/harrier/internal/noise"
	"github.com/harrier-soar/harrier/internal/organisation"
)

// nextTriage checks the rules of triage that a team would have, and runs the
// team's tests of them.
func (a *App) nextTriage(ctx context.Context, n change.Next) (change.Candidate, error) {
	rules, problems := judge.Load(content.FS, n.Team)
	c := change.Candidate{Problems: problems}
	if rules == nil {
		return c, nil
	}
	c.Apply = func() { a.rules.set(rules) }
	tests, problems := rules.LoadTests(n.Team)
	c.Problems = append(c.Problems, problems...)
	if wrong(problems) {
		return c, nil
	}
	report, err := tests.Run(ctx, rules)
	for _, r := range report.Results {
		c.Tests = append(c.Tests, change.Test{File: r.File, Name: r.Name, OK: len(r.Wrong) == 0, Failures: r.Wrong})
	}
	return c, err
}

// wrong reports whether there are errors among problems. They are a result of a
// check, not its failure.
func wrong(p document.Problems) bool { return p.Err() != nil }

// nextMappings checks the mappings that a team would have, and what becomes of
// the samples beside those that change.
func (a *App) nextMappings(ctx context.Context, n change.Next) (change.Candidate, error) {
	mine, err := fs.Sub(n.Team, "mappings")
	if err != nil {
		return change.Candidate{}, err
	}
	set, problems := mapping.Load(content.FS, mine)
	c := change.Candidate{Apply: func() { a.mappings.set(set) }}
	for _, p := range problems {
		if !strings.HasPrefix(p.File, "mappings/") {
			p.File = "mappings/" + p.File
		}
		if slices.Contains(n.Changed, p.File) {
			c.Problems = append(c.Problems, p)
		}
	}
	if wrong(c.Problems) {
		return c, nil
	}
	folders := map[string]bool{}
	for _, name := range n.Changed {
		folders[strings.TrimPrefix(path.Dir(name), "mappings/")] = true
	}
	for folder := range folders {
		if folder == "mappings" {
			continue // directly below, a mapping has no samples beside it
		}
		samples, err := set.Samples(ctx, folderOf{mine, folder})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return c, err
		}
		for _, s := range samples {
			t := change.Test{File: "mappings/" + s.File, Name: path.Base(s.File), OK: s.Problem() == ""}
			if !t.OK {
				t.Failures = []string{s.Problem()}
			}
			c.Tests = append(c.Tests, t)
		}
	}
	return c, nil
}

// folderOf is a tree of which only one folder is gone through.
type folderOf struct {
	fs.FS
	folder string
}

// ReadDir implements [fs.ReadDirFS].
func (f folderOf) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(f.FS, name)
	if name != "." {
		return list, err
	}
	return slices.DeleteFunc(list, func(e fs.DirEntry) bool { return e.Name() != f.folder }), err
}

// nextFile is the kind of one file: read reads it, and use puts what was read
// into force; where there is no file, that is what standard gives.
func nextFile[T any](file string, read func(name string, text []byte) (T, document.Problems), standard func() T, use func(T)) change.Kind {
	return change.Kind{
		Name: file, Place: file, Holds: func(path string) bool { return path == file },
		Prepare: func(_ context.Context, n change.Next) (change.Candidate, error) {
			text, err := fs.ReadFile(n.Team, file)
			if errors.Is(err, fs.ErrNotExist) {
				return change.Candidate{Apply: func() { use(standard()) }}, nil
			}
			if err != nil {
				return change.Candidate{}, harrier.Errorf(harrier.Unavailable, "read %s: %w", file, err)
			}
			value, problems := read(file, text)
			return change.Candidate{Problems: problems, Apply: func() { use(value) }}, nil
		},
	}
}

// useProfile puts what the organisation says of itself into force.
func (a *App) useProfile(p organisation.Profile) {
	a.profile.set(p)
	a.inventory.SetProfile(p)
}

// useNoise puts what a team says about noise into force.
func (a *App) useNoise(s noise.Settings) {
	a.noise.set(s)
	a.risk.SetPolicy(s.Risk)
	a.correlate.SetPolicy(s.Correlation)
}

// readGuards reads the budgets of effects. A file that is wrong is an error:
// how much may go wrong rests on it.
func readGuards(team fs.FS) ([]engine.Guard, error) {
	text, err := fs.ReadFile(team, engine.GuardFile)
	if errors.Is(err, fs.ErrNotExist) {
		return engine.DefaultGuards(), nil
	}
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "read %s: %w", engine.GuardFile, err)
	}
	guards, problems := engine.ReadGuards(engine.GuardFile, text)
	if err := problems.Err(); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	return guards, nil
}
