package store

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

const (
	defaultLimit = 50
	maxLimit     = 500
)

// sizeOf is how many items a page holds at most.
func sizeOf(p harrier.Page) int {
	if p.Limit <= 0 {
		return defaultLimit
	}
	return min(p.Limit, maxLimit)
}

// place is where a page of a list ended: lists are ordered by a number, such
// as a time in microseconds, and then by an id.
type place struct {
	number int64
	id     [16]byte
}

// cursor is the place as text that means nothing to anybody else.
func (p place) cursor() string {
	return base64.RawURLEncoding.EncodeToString(append(binary.BigEndian.AppendUint64(nil, uint64(p.number)), p.id[:]...))
}

func parseCursor(text string) (place, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != 24 {
		return place{}, harrier.Errorf(harrier.Invalid, "the cursor %q is none of this list's; leave it out to begin again", text)
	}
	return place{int64(binary.BigEndian.Uint64(b)), [16]byte(b[8:])}, nil
}

// at is the place of an item in a list ordered by time.
func at[T ~[16]byte](t time.Time, id T) place { return place{t.UnixMicro(), id} }

// listing builds the query of one page.
type listing struct {
	table string
	text  strings.Builder
	args  []any
	limit int
}

// newListing begins a query that is limited to a tenant.
func newListing(columns, table string, tenant harrier.TenantID) *listing {
	l := &listing{table: table, args: []any{tenant[:]}}
	l.text.WriteString("SELECT " + columns + " FROM " + table + " WHERE tenant_id = $1")
	return l
}

// where adds a condition whose $ is the value. A zero value adds nothing.
func (l *listing) where(condition string, set bool, value any) *listing {
	if set {
		l.args = append(l.args, value)
		l.text.WriteString(" AND " + strings.ReplaceAll(condition, "$", l.param(1)))
	}
	return l
}

// direction is how a list runs.
type direction struct{ after, suffix string }

// newest orders by a column and the id, the greatest first, and skips to the page.
func (l *listing) newest(number string, p harrier.Page) error {
	return l.order([]string{number, "id"}, direction{"<", " DESC"}, p)
}

// newestID orders by the id alone, which rises with the time, the greatest first.
func (l *listing) newestID(p harrier.Page) error {
	return l.order([]string{"id"}, direction{"<", " DESC"}, p)
}

// oldest orders by two columns, the least first, and skips to the page.
func (l *listing) oldest(number, id string, p harrier.Page) error {
	return l.order([]string{number, id}, direction{">", ""}, p)
}

// order orders by a number and an id, or by an id alone.
func (l *listing) order(by []string, d direction, p harrier.Page) error {
	l.limit = sizeOf(p)
	if p.Cursor != "" {
		from, err := parseCursor(p.Cursor)
		if err != nil {
			return err
		}
		after := []any{from.number, from.id[:]}
		l.args = append(l.args, after[len(after)-len(by):]...)
		l.text.WriteString(" AND (" + strings.Join(by, ", ") + ") " + d.after + " (" + marks(len(l.args)+1-len(by), len(by)) + ")")
	}
	// One more than asked for tells whether there is a next page.
	l.args = append(l.args, l.limit+1)
	l.text.WriteString(" ORDER BY " + strings.Join(by, d.suffix+", ") + d.suffix + " LIMIT " + l.param(1))
	return nil
}

// param is the placeholder of the argument that is the back-th from the end.
func (l *listing) param(back int) string { return "$" + strconv.Itoa(len(l.args)+1-back) }

// page reads the items and the cursor of the next page, which is empty at the end.
func page[T any](ctx context.Context, p *readPool, l *listing, scan func(harrier.Rows) (T, error), key func(T) place) ([]T, string, error) {
	items, err := list(ctx, p, sqlf(l.text.String(), l.args...), scan)
	if err != nil || len(items) <= l.limit {
		return items, "", err
	}
	items = items[:l.limit]
	return items, key(items[l.limit-1]).cursor(), nil
}
