package store

import (
	"context"
	"database/sql/driver"
	"net/url"
	"strings"

	"modernc.org/sqlite"

	"github.com/harrier-soar/harrier"
)

// purpose is what a connection is for; it chooses its settings.
type purpose int

const (
	forWriting purpose = iota
	forReading
	forScanning // once through a whole table
	forCheckpoints
	forMigrating
)

// newConnector returns what opens connections to the database at path.
func newConnector(path string, use purpose) (driver.Connector, error) {
	pragmas := []string{
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		// REPLACE must fire the triggers that keep the audit trail.
		"recursive_triggers(1)", "trusted_schema(0)", "temp_store(MEMORY)",
		// The checkpointer decides when, not whoever happens to commit.
		"wal_autocheckpoint(0)", "journal_size_limit(67108864)",
	}
	switch use {
	case forWriting:
		// SQLite walks all of this cache in nearly every commit (balancing a tree
		// borrows a page number far behind the last one, which the commit then cuts
		// off), so it holds what a batch touches and leaves the rest to the system's.
		pragmas = append(pragmas, "busy_timeout(10000)", "cache_size(-4096)")
	case forReading:
		pragmas = append(pragmas, "busy_timeout(10000)", "query_only(1)", "cache_size(-8192)", "mmap_size(268435456)")
	case forScanning:
		// What is read once is not kept, nor mapped into the process, which would
		// make it look as large as the table.
		pragmas = append(pragmas, "busy_timeout(10000)", "query_only(1)", "cache_size(-1024)")
	case forCheckpoints:
		// The writer pauses while a checkpoint waits for readers, so it waits little.
		pragmas = append(pragmas, "busy_timeout(200)", "cache_size(-512)")
	case forMigrating:
		// One sync at the end, when the connection is closed, not one for each of the
		// migrations: what a power cut takes away of them is done again at the next start.
		pragmas = append(pragmas, "busy_timeout(10000)", "cache_size(-4096)", "synchronous(NORMAL)")
	}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	connector, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "database %s cannot be named: %w", path, err)
	}
	return connector, nil
}

// maxStatements bounds the prepared statements of one connection. The texts are
// constants and few combinations of filters, so that it is seldom reached.
const maxStatements = 256

// conn is one connection with its prepared statements. It is not safe for
// concurrent use. It goes past database/sql, whose pool and conversions cost
// more than the statements of the journal.
type conn struct {
	raw        driver.Conn
	statements map[string]*statement
}

func openConn(ctx context.Context, path string, use purpose) (*conn, error) {
	connector, err := newConnector(path, use)
	if err != nil {
		return nil, err
	}
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "database %s cannot be opened: %w", path, err)
	}
	return &conn{raw: raw, statements: make(map[string]*statement)}, nil
}

// prepare returns the statement for a text. One whose rows are still being
// read cannot be used again at the same time, so the caller gets another.
func (c *conn) prepare(query string) (*statement, error) {
	if s, ok := c.statements[query]; ok && !s.busy {
		return s, nil
	}
	s, err := newStatement(c.raw, query)
	if err != nil {
		return nil, err
	}
	_, taken := c.statements[query]
	if taken || len(c.statements) >= maxStatements {
		s.transient = true
		return s, nil
	}
	c.statements[query] = s
	return s, nil
}

// exec runs a statement and returns how many rows it changed. No context is
// watched: whoever changes something waits for the outcome anyway, and the
// driver starts a goroutine for each watch.
func (c *conn) exec(query string, args []any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	defer s.done()
	named, err := s.bind(args)
	if err != nil {
		return 0, err
	}
	result, err := s.execer.ExecContext(context.Background(), named) //nolint:forbidigo // see above
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a query. Its rows hold the statement until they are closed.
func (c *conn) query(ctx context.Context, query string, args []any) (*rows, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	named, err := s.bind(args)
	if err != nil {
		s.done()
		return nil, err
	}
	found, err := s.queryer.QueryContext(ctx, named)
	if err != nil {
		s.done()
		return nil, err
	}
	s.busy = true
	return &rows{found: found, statement: s, values: make([]driver.Value, len(found.Columns()))}, nil
}

// usable reports whether the connection may serve the next caller.
func (c *conn) usable() bool {
	v, ok := c.raw.(driver.Validator)
	return !ok || v.IsValid()
}

func (c *conn) close() {
	for _, s := range c.statements {
		_ = s.stmt.Close()
	}
	clear(c.statements)
	_ = c.raw.Close()
}

// reads reports whether a statement can change nothing.
func reads(query string) bool {
	return strings.HasPrefix(strings.TrimLeft(query, " \t\n"), "SELECT")
}
