package store

import (
	"context"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// AuditPlace is where a row of the audit trail stands in the log.
type AuditPlace struct {
	Seq  int64
	Hash []byte
}

// AuditPlaces tells where rows stand in the log; those that are not chained yet
// are absent.
func (s *Store) AuditPlaces(ctx context.Context, tenant harrier.TenantID, entries []harrier.AuditEntry) (map[harrier.AuditID]AuditPlace, error) {
	const text = `SELECT audit_id, seq, hash FROM audit_chain WHERE tenant_id = $1 AND audit_id IN (SELECT unhex(value) FROM json_each($2))`
	ids := make([]harrier.AuditID, len(entries))
	for i, row := range entries {
		ids[i] = row.ID
	}
	places := map[harrier.AuditID]AuditPlace{}
	err := s.readers.each(ctx, sqlf(text, tenant[:], hexList(ids)), func(r *rows) error {
		var id harrier.AuditID
		var p AuditPlace
		if err := r.Scan(&id, &p.Seq, &p.Hash); err != nil {
			return err
		}
		places[id] = p
		return nil
	})
	return places, err
}

// shown puts back into rows what is still known of their words, and then hides
// from a viewer what is not theirs to know: words may name what they are about.
func (s *Store) shown(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, rows []harrier.AuditEntry, looked bool) ([]harrier.AuditEntry, error) {
	rows, err := s.spoken(ctx, tenant, rows)
	if err != nil {
		return nil, err
	}
	return s.veil(ctx, tenant, v, rows, looked)
}

// veil hides from a viewer what rows of the audit trail say that are about what
// the viewer may not see: they are there, with their id and their time. Where
// the rows are those that something was looked for by, they are not there: that
// one fits would tell what it says.
func (s *Store) veil(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, entries []harrier.AuditEntry, looked bool) ([]harrier.AuditEntry, error) {
	if v.IsZero() || v == harrier.SystemPrincipal || len(entries) == 0 {
		return entries, nil
	}
	hidden, err := s.hidden(ctx, tenant, v, entries)
	if err != nil || len(hidden) == 0 {
		return entries, err
	}
	out := make([]harrier.AuditEntry, 0, len(entries))
	for _, row := range entries {
		switch {
		case !slices.ContainsFunc(mentioned(row), func(m mention) bool { return hidden[m] }):
			out = append(out, row)
		case !looked:
			out = append(out, harrier.AuditEntry{Tenant: row.Tenant, ID: row.ID, At: row.At, Hidden: true})
		}
	}
	return out, nil
}

// mention is a thing that a row of the audit trail names.
type mention struct {
	table string
	id    [16]byte
}

// mentioned are the things that a row names, as its target, its run, and in what
// it holds beside.
func mentioned(e harrier.AuditEntry) (all []mention) {
	if !e.Run.IsZero() {
		all = append(all, mention{"runs", e.Run})
	}
	for word := range strings.FieldsFuncSeq(e.Target+" "+string(e.Data), func(r rune) bool { return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }) {
		kind, _, ok := strings.Cut(word, "_")
		if !ok {
			continue
		}
		switch kind {
		case "case":
			all = named(all, "cases", word, harrier.ParseID[harrier.CaseID])
		case "alert":
			all = named(all, "alerts", word, harrier.ParseID[harrier.AlertID])
		case "run":
			all = named(all, "runs", word, harrier.ParseID[harrier.RunID])
		case "approval":
			all = named(all, "approvals", word, harrier.ParseID[harrier.ApprovalID])
		case "evidence":
			all = named(all, "evidence", word, harrier.ParseID[harrier.EvidenceID])
		}
	}
	return all
}

func named[T ~[16]byte](all []mention, table, word string, parse func(string) (T, error)) []mention {
	id, err := parse(word)
	if err != nil {
		return all // a word of another sort
	}
	return append(all, mention{table, [16]byte(id)})
}

// hidden are the things among those that rows name which are there, and which
// the viewer may not see.
func (s *Store) hidden(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, entries []harrier.AuditEntry) (map[mention]bool, error) {
	ids := map[string][][16]byte{}
	for _, row := range entries {
		for _, m := range mentioned(row) {
			ids[m.table] = append(ids[m.table], m.id)
		}
	}
	hidden := map[mention]bool{}
	for table, list := range ids {
		l := newListing("id", table, tenant).where("id IN (SELECT unhex(value) FROM json_each($))", true, hexList(list)).unseen(s, v)
		err := s.readers.each(ctx, sqlf(l.text.String(), l.args...), func(r *rows) error {
			var id []byte
			if err := r.Scan(&id); err != nil {
				return err
			}
			hidden[mention{table, [16]byte(id)}] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return hidden, nil
}
