package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/erasure"
)

var _ erasure.Subjects = (*Store)(nil)

// SubjectTables implements [erasure.Subjects]: what an erasure goes through, but
// for what was said in audit rows, of which nobody can tell whose case it is
// about; it stands with the case as well.
func (s *Store) SubjectTables(ctx context.Context) ([]string, error) {
	tables, err := s.ErasureTables(ctx)
	return slices.DeleteFunc(tables, func(t string) bool { return t == "said" || t == "links" }), err
}

// SubjectRows implements [erasure.Subjects].
func (s *Store) SubjectRows(ctx context.Context, a erasure.About, f *erasure.Finder, each func(map[string]any) error) error {
	l, err := s.layoutOf(ctx, a.Table)
	if err != nil {
		return err
	}
	seen := strings.NewReplacer("{viewer}", "$2", "{now}", "$3").Replace(seenOf(l))
	for after := []any(nil); ; {
		found, err := s.nextRecords(ctx, a.Tenant, l, after)
		if err != nil {
			return err
		}
		for _, r := range found {
			if !slices.ContainsFunc(r.texts, func(one anything) bool { return f.In(one.bytesOf()) }) {
				continue
			}
			row, ok, err := s.subjectRow(ctx, l, seen, []any{a.Tenant[:], a.Viewer[:], micros(s.now())}, r.key)
			if err != nil {
				return err
			}
			if ok {
				if err := each(row); err != nil {
					return err
				}
			}
		}
		if len(found) < eraseAtOnce {
			return nil
		}
		after = found[len(found)-1].key
	}
}

// subjectRow reads a row whole, where the viewer may see it.
func (s *Store) subjectRow(ctx context.Context, l layout, seen string, args, key []any) (row map[string]any, ok bool, err error) {
	text := fmt.Sprintf("SELECT %s FROM %s WHERE tenant_id = $1 AND (%s) = (%s) AND %s AND $2 IS NOT NULL AND $3 IS NOT NULL",
		strings.Join(l.columns, ", "), l.name, names(l.key), marks(4, len(key)), seen)
	values := make([]anything, len(l.columns))
	_, ok, err = first(ctx, s.searchers, sqlf(text, append(args, key...)...), func(r harrier.Rows) (none struct{}, err error) {
		dest := make([]any, len(values))
		for i := range values {
			dest[i] = &values[i]
		}
		return none, r.Scan(dest...)
	})
	row = map[string]any{}
	for i, v := range values {
		if b, isBytes := v.value.([]byte); isBytes {
			v.value = readable(b)
		}
		if v.value != nil && v.value != "" {
			row[l.columns[i]] = v.value
		}
	}
	return row, ok, err
}

// readable are bytes as text: as they are where they are one, in hexadecimal
// where they are an id, else in base64.
func readable(b []byte) string {
	switch {
	case len(b) == 16:
		return fmt.Sprintf("%x", b)
	case utf8.Valid(b):
		return string(b)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// seenOf is a condition on the rows of a table that a viewer may see, by what
// they belong to.
func seenOf(l layout) string {
	parts := []string{"1"}
	for _, of := range []struct {
		column string
		seen   func(table, column string) string
	}{{"case_id", seenCase}, {"alert_id", seenAlert}, {"run_id", seenRun}, {"approval_id", seenQuestion}, {"evidence_id", seenFile}} {
		if l.has(of.column) {
			parts = append(parts, of.seen(l.name, of.column))
		}
	}
	if slices.Contains([]string{"cases", "alerts", "runs"}, l.name) {
		parts = append(parts, seenIn(l.name))
	}
	return strings.Join(parts, " AND ")
}

// seenQuestion is a condition on a row whose question, if any, its viewer sees.
func seenQuestion(table, column string) string {
	return fmt.Sprintf(`NOT EXISTS (SELECT 1 FROM approvals q WHERE q.id = %s.%s AND NOT `, table, column) + seenRun("q", "run_id") + `)`
}

// seenFile is a condition on a row whose evidence, if any, its viewer sees.
func seenFile(table, column string) string {
	return fmt.Sprintf(`NOT EXISTS (SELECT 1 FROM evidence f WHERE f.tenant_id = %[1]s.tenant_id AND f.id = %[1]s.%[2]s AND NOT (`, table, column) +
		seenCase("f", "case_id") + " AND " + seenAlert("f", "alert_id") + `))`
}
