package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/erasure"
)

// eraseAtOnce is how many rows are looked at in one go.
const eraseAtOnce = 200

// unnamed lists the tables that name nobody, or that an erasure has nothing to do
// with: the trail, keys, accounts, configuration and what is under change control.
func unnamed(table string) bool {
	for _, prefix := range []string{"audit", "sqlite_", "goose_", "alert_text", "case_text", "text_", "content_", "change_"} {
		if strings.HasPrefix(table, prefix) {
			return true
		}
	}
	return slices.Contains([]string{
		"tenants", "principals", "providers", "identities", "sessions", "api_keys", "invitations", "secrets", "tenant_keys", "pins", "changes", "erasures", "legal_holds", "retention",
		"connections", "sources", "source_counts", "channels", "feeds", "guards", "case_counters", "idempotency", "evidence_doomed",
	}, table)
}

// layout is a table as the schema describes it.
type layout struct {
	name string
	// key are the columns of its key, text those that hold texts or bytes.
	key, text []tableColumn
	columns   []string
}

type tableColumn struct{ name, kind string }

func (l layout) has(name string) bool { return slices.Contains(l.columns, name) }

// ErasureTables implements [erasure.Tables].
func (s *Store) ErasureTables(ctx context.Context) ([]string, error) {
	const text = `SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'tenant_id' ORDER BY m.name`
	names, err := list(ctx, s.readers, sqlf(text), scanText)
	return slices.DeleteFunc(names, unnamed), err
}

// layoutOf reads how a table is made.
func (s *Store) layoutOf(ctx context.Context, table string) (l layout, err error) {
	l.name = table
	err = s.readers.each(ctx, sqlf(`SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid`, table), func(r *rows) error {
		var c tableColumn
		var pk int
		if err := r.Scan(&c.name, &c.kind, &pk); err != nil {
			return err
		}
		l.columns = append(l.columns, c.name)
		if pk > 0 {
			l.key = append(l.key, c)
		}
		if (c.kind == "TEXT" || c.kind == "BLOB" && !strings.HasSuffix(c.name, "id")) && !closed(c.name) {
			l.text = append(l.text, c)
		}
		return nil
	})
	if err == nil && len(l.key) == 0 {
		err = harrier.Errorf(harrier.Internal, "table %s has no key", table)
	}
	return l, err
}

// closed tells that a column holds words of the program, whatever somebody is called.
func closed(column string) bool {
	return slices.Contains([]string{
		"kind", "type", "status", "state", "severity", "role", "verb", "action", "effect", "repeat", "mode", "disposition", "verdict", "tlp", "pap",
		"content", "entity_type", "noun", "media_type", "sha256", "hash", "digest", "user_handle", "public_key", "aaguid", "args_hash", "manifest_hash", "how",
	}, column)
}

func names(list []tableColumn) string {
	var out []string
	for _, c := range list {
		out = append(out, c.name)
	}
	return strings.Join(out, ", ")
}

// marks are placeholders from a number on.
func marks(from, n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("$%d", from+i))
	}
	return strings.Join(out, ", ")
}

// anything is a column's value as it is.
type anything struct{ value any }

// Scan implements [sql.Scanner].
func (a *anything) Scan(src any) error {
	a.value = src
	if b, ok := src.([]byte); ok {
		a.value = slices.Clone(b)
	}
	return nil
}

// bytesOf are those of a text or a blob.
func (a anything) bytesOf() []byte {
	switch v := a.value.(type) {
	case string:
		return []byte(v)
	case []byte:
		return v
	}
	return nil
}

// record is a row: its key, and its texts.
type record struct {
	key   []any
	texts []anything
}

func scanRecordOf(l layout, more ...any) func(harrier.Rows) (record, error) {
	return func(r harrier.Rows) (rec record, err error) {
		all := make([]anything, len(l.key)+len(l.text))
		dest := make([]any, 0, len(all)+len(more))
		for i := range all {
			dest = append(dest, &all[i])
		}
		err = r.Scan(append(dest, more...)...)
		for _, a := range all[:len(l.key)] {
			rec.key = append(rec.key, a.value)
		}
		rec.texts = all[len(l.key):]
		return rec, err
	}
}

// nextRecords reads the next rows of a tenant's in a table, in the order of its key.
func (s *Store) nextRecords(ctx context.Context, tenant harrier.TenantID, l layout, after []any) ([]record, error) {
	args := []any{tenant[:]}
	where := "tenant_id = $1"
	if after != nil {
		where += fmt.Sprintf(" AND (%s) > (%s)", names(l.key), marks(2, len(l.key)))
		args = append(args, after...)
	}
	text := fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT %d", names(append(slices.Clone(l.key), l.text...)), l.name, where, names(l.key), eraseAtOnce)
	return list(ctx, s.searchers, sqlf(text, args...), scanRecordOf(l))
}

// FindRows implements [erasure.Tables].
func (s *Store) FindRows(ctx context.Context, f *erasure.Finder, b erasure.Batch) (erasure.Batch, error) {
	l, err := s.layoutOf(ctx, b.Table)
	if err != nil {
		return b, err
	}
	found, err := s.nextRecords(ctx, b.Tenant, l, b.After)
	next := erasure.Batch{Tenant: b.Tenant, Table: b.Table}
	for _, r := range found {
		if slices.ContainsFunc(r.texts, func(a anything) bool { return f.In(a.bytesOf()) }) {
			next.Keys = append(next.Keys, r.key)
		}
	}
	if len(found) == eraseAtOnce {
		next.After = found[len(found)-1].key
	}
	return next, err
}

// EraseRows implements [erasure.Tables].
func (s *Store) EraseRows(ctx context.Context, tx harrier.Tx, f *erasure.Finder, b erasure.Batch) (erasure.Erased, error) {
	done := erasure.Erased{Digest: b.Digest}
	l, err := s.layoutOf(ctx, b.Table)
	if err != nil {
		return done, err
	}
	for _, key := range b.Keys {
		kept, n, err := s.eraseRow(ctx, tx, f, erasing{l, b.Tenant, key})
		if err != nil {
			return done, err
		}
		done.Kept += kept
		if n > 0 {
			done.Rows += n
			sum := sha256.Sum256(fmt.Appendf(nil, "%s%s%x", done.Digest, l.name, keyBytes(key)))
			done.Digest = hex.EncodeToString(sum[:])
		}
	}
	if b.Table == "said" {
		tx.OnCommit(s.said.forget)
	}
	return done, nil
}

// keyBytes are what of a key names nobody: its ids and numbers.
func keyBytes(key []any) (out []byte) {
	for _, k := range key {
		switch v := k.(type) {
		case []byte:
			out = append(out, v...)
		case int64:
			out = fmt.Append(out, v)
		}
	}
	return out
}

// erasing is a row that is to be erased.
type erasing struct {
	layout layout
	tenant harrier.TenantID
	key    []any
}

// where finds the row; its key begins at $2.
func (e erasing) where() (string, []any) {
	return fmt.Sprintf("tenant_id = $1 AND (%s) = (%s)", names(e.layout.key), marks(2, len(e.key))), append([]any{e.tenant[:]}, e.key...)
}

// eraseRow overwrites a row as it is now.
func (s *Store) eraseRow(ctx context.Context, tx harrier.Tx, f *erasure.Finder, e erasing) (kept, n int64, err error) {
	where, args := e.where()
	var stays bool
	text := fmt.Sprintf("SELECT %s, %s FROM %s t WHERE %s", names(append(slices.Clone(e.layout.key), e.layout.text...)), staying(e.layout), e.layout.name, where)
	row, ok, err := firstIn(ctx, tx, sqlf(text, args...), scanRecordOf(e.layout, &stays))
	if err != nil || !ok {
		return 0, 0, err
	}
	var set []string
	for i, a := range row.texts {
		if old := a.bytesOf(); f.In(old) {
			erased := f.Erase(old)
			if _, isText := a.value.(string); isText {
				args = append(args, string(erased))
			} else {
				args = append(args, erased)
			}
			set = append(set, fmt.Sprintf("%s = $%d", e.layout.text[i].name, len(args)))
		}
	}
	switch {
	case len(set) == 0:
		return 0, 0, nil
	case stays:
		return 1, 0, nil
	}
	return 0, 1, s.overwrite(ctx, tx, e, strings.Join(set, ", "), args)
}

// overwrite changes the row; where another has its new key, or its words are known
// by their code, it is removed instead.
func (s *Store) overwrite(ctx context.Context, tx harrier.Tx, e erasing, set string, args []any) error {
	where, key := e.where()
	remove := func() error {
		_, err := tx.Exec(ctx, "DELETE FROM "+e.layout.name+" WHERE "+where, key...)
		return err
	}
	if e.layout.name == "said" {
		return remove()
	}
	n, err := tx.Exec(ctx, "UPDATE OR IGNORE "+e.layout.name+" SET "+set+" WHERE "+where, args...)
	switch {
	case err != nil:
		return err
	case n == 0:
		return remove()
	case e.layout.name == "case_entries":
		const text = `INSERT INTO text_queue (tenant, noun, thing) SELECT tenant_id, 'cases', case_id FROM case_entries WHERE `
		_, err = tx.Exec(ctx, text+where, key...)
	}
	return err
}

// heldCase holds where the case of a column is held.
func heldCase(column string) string {
	return `(` + column + ` IS NOT NULL AND NOT (` + unheldCase(column) + `))`
}

// staying is a condition on a row t that has to stay for now: it is held, or still at work.
func staying(l layout) string {
	run := `EXISTS (SELECT 1 FROM runs r WHERE r.id = t.%s AND (r.ended_at IS NULL OR r.alert_id IN ` + heldAlerts + ` OR r.case_id IS NOT NULL AND NOT (%s)))`
	parts := []string{"0"}
	for _, of := range []struct{ column, condition string }{
		{"run_id", fmt.Sprintf(run, "run_id", unheldCase("r.case_id"))}, {"alert_id", `t.alert_id IN ` + heldAlerts}, {"case_id", heldCase("t.case_id")},
	} {
		if l.has(of.column) {
			parts = append(parts, of.condition)
		}
	}
	switch l.name {
	case "runs":
		parts = append(parts, fmt.Sprintf(run, "id", unheldCase("r.case_id")))
	case "alerts":
		parts = append(parts, `t.id IN `+heldAlerts)
	case "cases":
		parts = append(parts, heldCase("t.id"))
	case "containments":
		parts = append(parts, `t.state = 'active'`)
	case "inbox":
		parts = append(parts, `t.state = 'pending'`)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}
