package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/harrier-soar/harrier"
)

// Witness keeps the last checkpoint of every log in a folder beside the
// database, so that a database which was rolled back does not go unnoticed.
type Witness struct{ dir string }

// NewWitness returns the witness of a folder, which is made when it is first needed.
func NewWitness(dir string) Witness { return Witness{dir} }

func (w Witness) path(tenant string) string { return filepath.Join(w.dir, tenant+".checkpoint") }

// Last returns the last checkpoint of a tenant, empty where there is none.
func (w Witness) Last(tenant harrier.TenantID) (string, error) {
	b, err := os.ReadFile(w.path(tenant.String()))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}

// All returns the last checkpoint of every log.
func (w Witness) All() (notes []string, err error) {
	names, err := filepath.Glob(w.path("*"))
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, harrier.Errorf(harrier.Unavailable, "read %s: %w", name, err)
		}
		notes = append(notes, string(b))
	}
	return notes, err
}

// Keep replaces the checkpoint of a tenant.
func (w Witness) Keep(c Checkpoint) error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	path := w.path(c.Tenant())
	if err := os.WriteFile(path+".new", []byte(c.Note), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// SetAside keeps a checkpoint that the database does not lead to under another
// name, as evidence, so that the log may go on.
func (w Witness) SetAside(c Checkpoint) error {
	path := w.path(c.Tenant())
	return os.Rename(path, path+".lost-"+strconv.FormatInt(c.Size, 10))
}
