package store

import (
	"database/sql/driver"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// statement is a prepared statement with the space for its arguments.
type statement struct {
	stmt      driver.Stmt
	execer    driver.StmtExecContext
	queryer   driver.StmtQueryContext
	reads     bool
	busy      bool // its rows are being read
	transient bool // it is closed when done
	order     []int
	named     []driver.NamedValue
}

// newStatement prepares a text.
func newStatement(raw driver.Conn, query string) (*statement, error) {
	text, order := positional(query)
	stmt, err := raw.Prepare(text)
	if err != nil {
		return nil, err
	}
	s := &statement{stmt: stmt, reads: reads(query), order: order, named: make([]driver.NamedValue, len(order))}
	var execs, queries bool
	s.execer, execs = stmt.(driver.StmtExecContext)
	s.queryer, queries = stmt.(driver.StmtQueryContext)
	if !execs || !queries {
		return nil, harrier.Errorf(harrier.Internal, "the database driver lost its statement interfaces")
	}
	for i := range s.named {
		s.named[i].Ordinal = i + 1
	}
	return s, nil
}

// positional rewrites $1 placeholders to ?, whose values the driver finds by
// place instead of by comparing names, and tells which argument each one takes.
func positional(query string) (string, []int) {
	var text strings.Builder
	var order []int
	quoted := false
	for i := 0; i < len(query); i++ {
		c := query[i]
		if c == '\'' {
			quoted = !quoted
		}
		n, width := 0, 0
		if c == '$' && !quoted {
			n, width = number(query[i+1:])
		}
		if width == 0 {
			text.WriteByte(c)
			continue
		}
		text.WriteByte('?')
		order = append(order, n-1)
		i += width
	}
	return text.String(), order
}

// number reads the digits that text starts with.
func number(text string) (n, width int) {
	for width < len(text) && text[width] >= '0' && text[width] <= '9' {
		n = n*10 + int(text[width]-'0')
		width++
	}
	return n, width
}

// bind puts the arguments in their places. What it returns is valid until the
// next bind.
func (s *statement) bind(args []any) ([]driver.NamedValue, error) {
	for i, arg := range s.order {
		if arg < 0 || arg >= len(args) {
			return nil, harrier.Errorf(harrier.Internal, "a statement has no argument $%d", arg+1)
		}
		v, err := bindable(args[arg])
		if err != nil {
			return nil, err
		}
		s.named[i].Value = v
	}
	return s.named, nil
}

// done gives the statement back. Its arguments are dropped, so that no payload
// lives as long as the statement.
func (s *statement) done() {
	s.busy = false
	for i := range s.named {
		s.named[i].Value = nil
	}
	if s.transient {
		_ = s.stmt.Close()
	}
}

// bindable converts an argument to what the driver knows. Times become
// microseconds, JSON text, zero times and empty JSON NULL.
func bindable(arg any) (driver.Value, error) {
	switch v := arg.(type) {
	case nil, int64, float64, string, []byte:
		return v, nil
	case int:
		return int64(v), nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case time.Time:
		if v.IsZero() {
			return nil, nil
		}
		return v.UnixMicro(), nil
	case json.RawMessage:
		if v == nil {
			return nil, nil
		}
		return string(v), nil
	case driver.Valuer:
		return v.Value()
	}
	v := reflect.ValueOf(arg)
	switch v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	}
	return nil, harrier.Errorf(harrier.Internal, "a %T cannot be stored", arg)
}
