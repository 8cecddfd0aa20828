package store

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"time"

	"github.com/harrier-soar/harrier"
)

// rows is the result of a query.
type rows struct {
	found     driver.Rows
	statement *statement
	values    []driver.Value
	err       error
	closed    bool
}

var _ harrier.Rows = (*rows)(nil)

// Next implements [harrier.Rows]. The rows close themselves at their end.
func (r *rows) Next() bool {
	if r.closed || r.err != nil {
		return false
	}
	err := r.found.Next(r.values)
	if err == nil {
		return true
	}
	if !errors.Is(err, io.EOF) {
		r.err = fault(err)
	}
	_ = r.Close()
	return false
}

// Scan implements [harrier.Rows].
func (r *rows) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return harrier.Errorf(harrier.Internal, "%d columns were read into %d places", len(r.values), len(dest))
	}
	for i := range dest {
		if err := assign(dest[i], r.values[i]); err != nil {
			return err
		}
	}
	return nil
}

// Err implements [harrier.Rows].
func (r *rows) Err() error { return r.err }

// Close implements [harrier.Rows].
func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	err := r.found.Close()
	r.statement.done()
	return fault(err)
}

// assign stores a column's value. NULL is the zero value.
func assign(dest any, src driver.Value) error {
	switch d := dest.(type) {
	case *string:
		s, ok := src.(string)
		*d = s
		return unless(ok || src == nil, dest, src)
	case *int64:
		n, ok := src.(int64)
		*d = n
		return unless(ok || src == nil, dest, src)
	case *int:
		n, ok := src.(int64)
		*d = int(n)
		return unless(ok || src == nil, dest, src)
	case *float64:
		f, ok := src.(float64)
		*d = f
		return unless(ok || src == nil, dest, src)
	case *bool:
		n, ok := src.(int64)
		*d = n != 0
		return unless(ok || src == nil, dest, src)
	case *time.Time:
		n, ok := src.(int64)
		*d = time.Time{}
		if ok {
			*d = time.UnixMicro(n).UTC()
		}
		return unless(ok || src == nil, dest, src)
	case *json.RawMessage:
		s, ok := src.(string)
		*d = nil
		if s != "" {
			*d = json.RawMessage(s)
		}
		return unless(ok || src == nil, dest, src)
	case *[]byte:
		b, ok := src.([]byte)
		*d = b
		return unless(ok || src == nil, dest, src)
	case sql.Scanner:
		return d.Scan(src)
	}
	v := reflect.ValueOf(dest)
	if s, ok := src.(string); ok && v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.String {
		v.Elem().SetString(s)
		return nil
	}
	return unless(false, dest, src)
}

func unless(ok bool, dest any, src driver.Value) error {
	if ok {
		return nil
	}
	return harrier.Errorf(harrier.Internal, "a stored %T was read as %T", src, dest)
}
