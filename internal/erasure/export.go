package erasure

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/harrier-soar/harrier"
)

// Subjects is what is stored about people, for who may see it.
type Subjects interface {
	// SubjectTables lists the tables that may name a person.
	SubjectTables(ctx context.Context) ([]string, error)
	// SubjectRows calls each with the rows of a table that name the person, but for
	// those of restricted cases of which the viewer is no member.
	SubjectRows(ctx context.Context, a About, f *Finder, each func(map[string]any) error) error
}

// About is a table of a tenant, and who looks at it.
type About struct {
	Tenant harrier.TenantID
	Viewer harrier.Viewer
	Table  string
}

// Manifest says what an export holds.
type Manifest struct {
	Format  string         `json:"format"`
	Subject []string       `json:"subject"`
	Made    time.Time      `json:"made"`
	For     string         `json:"for"`
	Notes   []string       `json:"notes"`
	Files   []ManifestFile `json:"files"`
}

// ManifestFile is one file of an export.
type ManifestFile struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Export writes a ZIP with all that is stored about a person and that who asks
// may see: one JSON list for each table, and a manifest.
func (s *Service) Export(ctx context.Context, by harrier.Principal, from Subjects, subject []string, w io.Writer) error {
	subject, err := Identifiers(subject)
	if err != nil {
		return err
	}
	now := s.now()
	m := Manifest{Format: "harrier subject export 1", Subject: subject, Made: now, For: by.Name, Notes: []string{
		"Rows as they are stored: ids of 16 bytes in hexadecimal, times in microseconds since 1970.",
		"Of files there are names and hashes; harrier evidence get fetches what they hold.",
		"What belongs to restricted cases of which the recipient is no member is left out.",
	}}
	err = s.cfg.Rows.Write(ctx, func(tx harrier.Tx) error {
		target := s.cfg.Code(by.Tenant, Value(subject[0]))
		return harrier.Deed{Action: "subject.export", Target: target, About: map[string]any{"identifiers": len(subject)}, At: now}.Record(ctx, tx, s.cfg.Rows, by)
	})
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	tables, err := from.SubjectTables(ctx)
	if err != nil {
		return err
	}
	f := NewFinder(values(subject), func(id string) string { return id })
	for _, name := range tables {
		file, err := exportTable(ctx, z, asking{by, from, f, name})
		if err != nil {
			return err
		}
		if file.Rows > 0 {
			m.Files = append(m.Files, file)
		}
	}
	out, err := z.Create("manifest.json")
	if err == nil {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		err = e.Encode(m)
	}
	if err != nil {
		return err
	}
	return z.Close()
}

// asking is one table of an export.
type asking struct {
	by    harrier.Principal
	from  Subjects
	f     *Finder
	table string
}

// exportTable writes the rows of a table; where there are none it writes nothing.
func exportTable(ctx context.Context, z *zip.Writer, a asking) (ManifestFile, error) {
	file := ManifestFile{Name: "data/" + a.table + ".json"}
	hash := sha256.New()
	var out io.Writer
	err := a.from.SubjectRows(ctx, About{a.by.Tenant, a.by.ID, a.table}, a.f, func(row map[string]any) error {
		before := ",\n"
		if out == nil {
			entry, err := z.Create(file.Name)
			if err != nil {
				return err
			}
			out, before = io.MultiWriter(entry, hash), "[\n"
		}
		text, err := json.Marshal(row)
		if err != nil {
			return err
		}
		file.Rows++
		_, err = out.Write(append([]byte(before), text...))
		return err
	})
	if err == nil && out != nil {
		_, err = out.Write([]byte("\n]\n"))
	}
	file.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return file, err
}
