package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/sla"
)

// readCaseFiles reads the templates of cases and what is promised about them. A
// file that is wrong stops the start.
func (a *App) readCaseFiles() (map[string]casework.Template, sla.Policy, error) {
	templates, err := casework.ReadTemplates(content.FS, os.DirFS(a.opt.Dir))
	if err != nil {
		return nil, sla.Policy{}, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	path := filepath.Join(a.opt.Dir, sla.FileName)
	source, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return templates, sla.DefaultPolicy(), nil
	}
	if err != nil {
		return nil, sla.Policy{}, harrier.Errorf(harrier.Unavailable, "read %s: %w", path, err)
	}
	policy, problems := sla.Read(path, source)
	if err := problems.Err(); err != nil {
		return nil, policy, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	return templates, policy, nil
}
