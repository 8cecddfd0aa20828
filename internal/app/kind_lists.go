package app

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/organisation"
)

// nextLists checks the files that would govern lists.
func (a *App) nextLists(ctx context.Context, n change.Next) (change.Candidate, error) {
	files := map[string][]byte{}
	for _, name := range n.Changed {
		text, err := fs.ReadFile(n.Team, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return change.Candidate{}, harrier.Errorf(harrier.Unavailable, "read %s: %w", name, err)
		}
		files[name] = text // nil where there is none any more
	}
	next, problems, err := a.indicators.Prepare(ctx, files)
	if err != nil {
		return change.Candidate{}, err
	}
	return change.Candidate{Problems: problems, Commit: next.Commit, Apply: next.Apply}, nil
}

// governLists has the files that are in force govern lists. A file that is wrong
// is an error: what is blocked and what is let pass rest on it.
func (a *App) governLists(ctx context.Context) error {
	team := a.changes.Team()
	names, err := fs.ReadDir(team, indicator.ListFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return harrier.Errorf(harrier.Unavailable, "read %s: %w", indicator.ListFolder, err)
	}
	holds := within(indicator.ListFolder+"/", indicator.ListSuffix)
	var files []indicator.ListFile
	for _, one := range names {
		name := path.Join(indicator.ListFolder, one.Name())
		if !holds(name) {
			continue
		}
		text, err := fs.ReadFile(team, name)
		if err != nil {
			return harrier.Errorf(harrier.Unavailable, "read %s: %w", name, err)
		}
		file, problems := indicator.ReadList(name, text)
		if err := problems.Err(); err != nil {
			return harrier.Errorf(harrier.Invalid, "%w", err)
		}
		files = append(files, file)
	}
	return a.indicators.Govern(ctx, files)
}

// listsReviewed reports whether allow lists of a tenant change under four eyes
// only: where two people at least could look at a change, unless the
// organisation has said otherwise. Files belong to the first tenant, and so
// does this.
func (a *App) listsReviewed(ctx context.Context, tenant harrier.TenantID) (bool, error) {
	if tenant != harrier.DefaultTenant || a.profile.now().AllowLists == organisation.Direct {
		return false, nil
	}
	if a.opt.FourEyes {
		return true, nil
	}
	may := 0
	err := a.persons(ctx, tenant, func(one access.Account) bool {
		if access.Grants(tenant, one.Roles)[harrier.ChangesReview] {
			may++
		}
		return may < 2
	})
	return may > 1, err
}
