package app

import (
	"errors"
	"io/fs"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/organisation"
)

// readProfile reads what the organisation says of itself. A file that is wrong
// is an error: what must never be blocked rests on it.
func readProfile(team fs.FS) (organisation.Profile, error) {
	const path = organisation.FileName
	source, err := fs.ReadFile(team, path)
	if errors.Is(err, fs.ErrNotExist) {
		return organisation.Default(), nil
	}
	if err != nil {
		return organisation.Profile{}, harrier.Errorf(harrier.Unavailable, "read %s: %w", path, err)
	}
	p, problems := organisation.Read(path, source)
	if err := problems.Err(); err != nil {
		return organisation.Profile{}, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	return p, nil
}

// ownOf is what the organisation calls its own.
func ownOf(p organisation.Profile) indicator.Own {
	return indicator.Own{Domains: p.OwnDomains, Networks: ranges(p.OwnNetworks)}
}
