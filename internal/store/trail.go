package store

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"net/url"
	"os"

	"modernc.org/sqlite"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

// Trail is the audit trail of a database file that is only read, beside a
// server or without one.
type Trail struct{ conns [3]*conn }

var _ audit.Database = (*Trail)(nil)

// OpenTrail opens the audit trail of a database file.
func OpenTrail(ctx context.Context, path string) (*Trail, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, harrier.Errorf(harrier.NotFound, "database %s cannot be read: %w", path, err)
	}
	query := url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "busy_timeout(10000)", "trusted_schema(0)", "cache_size(-2048)"}}
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		query.Set("immutable", "1") // nobody has it open: a copy may lie where nothing can be written
	}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}
	connector, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "database %s cannot be named: %w", path, err)
	}
	t := &Trail{}
	for i := range t.conns {
		raw, err := connector.Connect(ctx)
		if err != nil {
			t.Close()
			return nil, harrier.Errorf(harrier.Unavailable, "database %s cannot be read: %w", path, err)
		}
		t.conns[i] = &conn{raw: raw, statements: map[string]*statement{}}
	}
	return t, nil
}

// Close closes the file.
func (t *Trail) Close() {
	for _, c := range t.conns {
		if c != nil {
			c.close()
		}
	}
}

// stream yields the rows of a query. Each use that may overlap another has its
// own connection.
func stream[T any](ctx context.Context, c *conn, q statementText, scan func(harrier.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		found, err := c.query(ctx, q.text, q.args)
		if err != nil {
			yield(none, fault(err))
			return
		}
		defer func() { _ = found.Close() }()
		for found.Next() {
			item, err := scan(found)
			if !yield(item, err) || err != nil {
				return
			}
		}
		if found.Err() != nil {
			yield(none, found.Err())
		}
	}
}

// gather is stream into a slice.
func gather[T any](seq iter.Seq2[T, error]) (items []T, err error) {
	for item, err := range seq {
		if err != nil {
			return items, err
		}
		items = append(items, item)
	}
	return items, nil
}

func scanBytes(r harrier.Rows) (b []byte, err error) {
	err = r.Scan(&b)
	return b, err
}

// Logs implements [audit.Database].
func (t *Trail) Logs(ctx context.Context) ([][]byte, error) {
	const text = `SELECT tenant_id FROM audit_keys UNION SELECT DISTINCT tenant_id FROM audit_checkpoints UNION SELECT DISTINCT tenant_id FROM audit_chain`
	return gather(stream(ctx, t.conns[0], sqlf(text), scanBytes))
}

// Key implements [audit.Database].
func (t *Trail) Key(ctx context.Context, tenant []byte) (string, error) {
	keys, err := gather(stream(ctx, t.conns[0], sqlf(`SELECT verifier FROM audit_keys WHERE tenant_id = $1`, tenant), scanText))
	if err != nil || len(keys) == 0 {
		return "", err
	}
	return keys[0], nil
}

func scanText(r harrier.Rows) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}

// Leaves implements [audit.Database].
func (t *Trail) Leaves(ctx context.Context, tenant []byte) iter.Seq2[audit.Leaf, error] {
	return stream(ctx, t.conns[1], sqlf(leavesText, tenant, int64(1), int64(1)<<62), scanLeaf)
}

// leavesText reads places from one to another with their rows.
const leavesText = `SELECT c.seq, c.audit_id, c.hash, ` + recordColumns + `
FROM audit_chain c LEFT JOIN audit a ON a.tenant_id = c.tenant_id AND a.id = c.audit_id
WHERE c.tenant_id = $1 AND c.seq >= $2 AND c.seq <= $3 ORDER BY c.seq`

func scanLeaf(r harrier.Rows) (l audit.Leaf, err error) {
	a := &audit.Record{}
	err = r.Scan(&l.Seq, &l.Audit, &l.Hash, &a.Place, &a.Tenant, &a.ID, &a.At, &a.Actor, &a.ActorName, &a.Action, &a.Target, &a.Run, &a.Path, &a.Data)
	if a.Place > 0 {
		l.Row = a
	}
	return l, err
}

// Notes implements [audit.Database].
func (t *Trail) Notes(ctx context.Context, tenant []byte) iter.Seq2[audit.Head, error] {
	const text = `SELECT note FROM audit_checkpoints WHERE tenant_id = $1 ORDER BY size`
	return stream(ctx, t.conns[2], sqlf(text, tenant), func(r harrier.Rows) (h audit.Head, err error) {
		err = r.Scan(&h.Note)
		return h, err
	})
}

// Prunings implements [audit.Database].
func (t *Trail) Prunings(ctx context.Context, tenant []byte) ([]audit.Pruning, error) {
	const text = `SELECT through, certificate FROM audit_pruned WHERE tenant_id = $1 ORDER BY through`
	return gather(stream(ctx, t.conns[0], sqlf(text, tenant), func(r harrier.Rows) (p audit.Pruning, err error) {
		err = r.Scan(&p.Through, &p.Certificate)
		return p, err
	}))
}

// Loose implements [audit.Database].
func (t *Trail) Loose(ctx context.Context) iter.Seq2[audit.Loose, error] {
	const text = `SELECT ` + recordColumns + `, a.rowid < COALESCE((SELECT MAX(b.rowid) FROM audit_keys k
JOIN audit_chain d ON d.tenant_id = k.tenant_id AND d.seq = (SELECT MAX(seq) FROM audit_chain WHERE tenant_id = k.tenant_id)
JOIN audit b ON b.tenant_id = d.tenant_id AND b.id = d.audit_id), 0)
FROM audit a WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.tenant_id = a.tenant_id AND c.audit_id = a.id) ORDER BY a.rowid`
	return stream(ctx, t.conns[1], sqlf(text), func(r harrier.Rows) (l audit.Loose, err error) {
		err = r.Scan(&l.Place, &l.Tenant, &l.ID, &l.At, &l.Actor, &l.ActorName, &l.Action, &l.Target, &l.Run, &l.Path, &l.Data, &l.Inserted)
		return l, err
	})
}
