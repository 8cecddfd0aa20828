package store

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/query"
)

const (
	// narrowest is up to how many rows an index may find that are then looked at
	// all; what fits more is found soon by walking the list.
	narrowest = 500
	// wordSlice is how many rows that have the words are looked at in one read.
	wordSlice = 4000
	// maxSlices is after how many reads a page ends, however few it holds: whoever
	// wants more asks for the next.
	maxSlices = 4
	// maxCount is up to where is counted; beyond is an estimate.
	maxCount = 10_000
)

// Found is one page of what a query selects.
type Found[T any] struct {
	Items []T
	// Next is the cursor of the next page. A page may be short, or empty, and have
	// a next one: nothing fitted in what was looked at so far.
	Next string
}

// way is by what the rows of a query are found.
type way int

const (
	byList  way = iota // walk the list, the newest first
	byIndex            // all that an index finds
	byWords            // all that have the words
)

// search is a query on its way through the store.
type search struct {
	*Store
	asked Asked
	noun  soughtNoun
	by    way
	// ids finds the rows, where they are found by an index.
	ids query.Node
	// top is the place that the list begins below, and bottom where it ends, by the
	// times that the query names; zero places are no bounds.
	top, bottom place
	// rest are the conditions that remain, words what is to be found.
	rest, words []query.Node
}

// plan chooses how the rows of a query are found.
func (s *Store) plan(ctx context.Context, a Asked) (*search, error) {
	noun, ok := sought(a.Query.Noun)
	if !ok {
		return nil, harrier.Errorf(harrier.Invalid, "%s have no list of their own; search for a value instead", a.Query.Noun)
	}
	q := &search{Store: s, asked: a, noun: noun}
	for _, n := range a.Query.Terms() {
		if n.Kind == query.Words && noun.words != "" {
			q.words = append(q.words, n)
		} else {
			q.rest = append(q.rest, n)
		}
	}
	if len(q.words) > 0 {
		q.by = byWords
		return q, nil
	}
	if noun.number != "number" {
		q.span()
	}
	return q, q.narrow(ctx)
}

// span bounds the list by the times that must hold, so that what is long ago is
// not walked to.
func (q *search) span() {
	for _, n := range q.rest {
		if n.Kind != query.Match || n.Field.Name != "created" || len(n.Tests) != 1 {
			continue
		}
		from, to := during(n.Tests[0], q.now().UTC())
		if !from.IsZero() {
			q.bottom.number = max(q.bottom.number, from.UnixMicro())
		}
		if !to.IsZero() && (q.top == (place{}) || to.UnixMicro() < q.top.number) {
			q.top.number = to.UnixMicro()
		}
	}
}

// during is the time that passes a test: from a moment to before another. A zero
// time is no bound.
func during(t query.Test, now time.Time) (from, to time.Time) {
	from, to = t.Value.When.Span(now)
	switch t.Op {
	case query.Above:
		return to, time.Time{}
	case query.AtLeast:
		return from, time.Time{}
	case query.Below:
		return time.Time{}, from
	case query.AtMost:
		return time.Time{}, to
	case query.Within:
		_, to = t.To.When.Span(now)
	case query.Is:
	}
	return from, to
}

// narrow lets an index find the rows where it finds few.
func (q *search) narrow(ctx context.Context) error {
	for _, n := range q.rest {
		if !q.indexed(n) {
			continue
		}
		c := q.clause("SELECT count(*) FROM (")
		ids, err := c.ids(n)
		if err != nil {
			return err
		}
		_, where, _ := strings.Cut(ids, " FROM ") // the index alone tells how many
		c.text.WriteString("SELECT 1 FROM " + where + " LIMIT " + strconv.Itoa(narrowest+1) + ")")
		var found int
		if _, err := q.searchers.one(ctx, sqlf(c.text.String(), c.args...), &found); err != nil {
			return err
		}
		if found <= narrowest {
			q.by, q.ids = byIndex, n
			return nil
		}
	}
	return nil
}

// indexed tells whether an index finds the rows of a term.
func (q *search) indexed(n query.Node) bool {
	if n.Kind != query.Match || q.noun.criterion(n.Field.Name).ids == "" {
		return false
	}
	for _, t := range n.Tests {
		if t.Op != query.Is || t.Value.Empty || t.Value.Present {
			return false
		}
	}
	return true
}

// ids is the query that finds the rows of a term by an index.
func (c *clause) ids(n query.Node) (string, error) {
	cr := c.noun.criterion(n.Field.Name)
	parts := make([]string, len(n.Tests))
	for i, t := range n.Tests {
		is, err := c.compared(cr, n.Field, t)
		if err != nil {
			return "", err
		}
		parts[i] = strings.ReplaceAll(cr.ids, "{is}", is)
	}
	return strings.Join(parts, " UNION ALL "), nil
}

// clause begins a statement whose first argument is the tenant.
func (q *search) clause(text string) *clause {
	l := &listing{table: q.noun.table, args: []any{q.asked.Tenant[:]}}
	l.text.WriteString(text)
	return &clause{listing: l, noun: q.noun, viewer: q.asked.Viewer, now: q.now().UTC()}
}

// slice is a part of the list: from a place downwards to another, that one
// included. A zero place is no bound.
type slice struct{ from, to place }

// statement is what reads a slice. Its columns follow the number by which the
// rows are ordered.
func (q *search) statement(columns string, part slice) (*clause, error) {
	number, table := q.noun.table+"."+q.noun.number, q.noun.table
	c := q.clause("")
	switch q.by {
	case byWords:
		number = "t.rowid"
		c.text.WriteString(strings.NewReplacer("{columns}", columns, "{table}", table, "{words}", q.noun.words, "{match}", c.arg(q.noun.matching(q.words, c.args[0]))).Replace(
			`SELECT t.rowid, {columns} FROM {words} t CROSS JOIN text_docs d ON d.doc = t.rowid CROSS JOIN {table} ON {table}.tenant_id = $1 AND {table}.id = d.thing
WHERE t.{words} MATCH {match} AND d.tenant = $1`))
	case byIndex:
		c.text.WriteString("SELECT " + number + ", " + columns + " FROM " + table + " INDEXED BY " + q.noun.byID + " WHERE " + table + ".tenant_id = $1 AND " + table + ".id IN (")
		ids, err := c.ids(q.ids)
		if err != nil {
			return nil, err
		}
		c.text.WriteString(ids + ")")
	case byList:
		c.text.WriteString("SELECT " + number + ", " + columns + " FROM " + table + " INDEXED BY " + q.noun.newest + " WHERE " + table + ".tenant_id = $1")
	}
	q.bounds(c, number, part)
	for _, n := range q.rest {
		if err := c.and(n); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// bounds limits a statement to a slice.
func (q *search) bounds(c *clause, number string, part slice) {
	for _, b := range []struct {
		at place
		is string
	}{{part.from, " < "}, {part.to, " >= "}} {
		switch {
		case b.at == place{}:
		case q.by == byWords:
			c.text.WriteString(" AND " + number + b.is + c.arg(b.at.number))
		default:
			c.text.WriteString(" AND (" + number + ", " + q.noun.table + ".id)" + b.is + "(" + c.arg(b.at.number) + ", " + c.arg(b.at.id[:]) + ")")
		}
	}
}

// end returns where a slice that begins at a place ends; more is false where it
// is the last.
func (q *search) end(ctx context.Context, from place) (to place, more bool, err error) {
	var c *clause
	switch {
	case q.by == byWords:
		c = q.clause("SELECT t.rowid, NULL FROM " + q.noun.words + " t WHERE t." + q.noun.words + " MATCH ")
		c.text.WriteString(c.arg(q.noun.matching(q.words, c.args[0])))
		q.bounds(c, "t.rowid", slice{from: from})
		c.text.WriteString(" ORDER BY t.rowid DESC LIMIT 1 OFFSET " + strconv.Itoa(wordSlice))
	case q.by == byIndex || len(q.rest) == 0:
		return place{}, false, nil
	default:
		table := q.noun.table
		c = q.clause("SELECT " + table + "." + q.noun.number + ", " + table + ".id FROM " + table + " INDEXED BY " + q.noun.newest + " WHERE " + table + ".tenant_id = $1")
		q.bounds(c, table+"."+q.noun.number, slice{from: from})
		c.text.WriteString(" ORDER BY " + table + "." + q.noun.number + " DESC, " + table + ".id DESC LIMIT 1 OFFSET " + strconv.Itoa(q.noun.slice))
	}
	var id []byte
	more, err = q.searchers.one(ctx, sqlf(c.text.String(), c.args...), &to.number, &id)
	if len(id) == len(to.id) {
		to.id = [16]byte(id)
	}
	if q.by == byList && q.bottom != (place{}) && (!more || to.number < q.bottom.number) {
		return q.bottom, false, err
	}
	return to, more, err
}

// reader says how the rows of a noun are read.
type reader[T any] struct {
	columns string
	scan    func(harrier.Rows) (T, error)
	id      func(T) [16]byte
}

// numbered is a row with the number by which it is ordered.
type numbered[T any] struct {
	item T
	at   place
}

// scanned reads a row whose first column is its number.
func (r reader[T]) scanned(rows harrier.Rows) (n numbered[T], err error) {
	n.item, err = r.scan(behind{rows, &n.at.number})
	if err == nil {
		n.at.id = r.id(n.item)
	}
	return n, err
}

// behind is a row behind a number.
type behind struct {
	harrier.Rows
	number *int64
}

// Scan implements [harrier.Rows].
func (b behind) Scan(dest ...any) error { return b.Rows.Scan(append([]any{b.number}, dest...)...) }

// ask returns a page of what a query selects.
func ask[T any](ctx context.Context, s *Store, a Asked, r reader[T]) (found Found[T], err error) {
	q, err := s.plan(ctx, a)
	if err != nil {
		return found, err
	}
	limit := sizeOf(a.Page)
	from, err := q.begin()
	if err != nil {
		return found, err
	}
	for range maxSlices {
		to, more, err := q.end(ctx, from)
		if err != nil {
			return found, err
		}
		rows, err := readSlice(ctx, q, r, slice{from, to}, limit+1-len(found.Items))
		if err != nil {
			return found, err
		}
		for _, row := range rows {
			if len(found.Items) == limit {
				found.Next = q.cursor(from)
				return found, nil
			}
			found.Items, from = append(found.Items, row.item), row.at
		}
		if !more {
			return found, nil
		}
		from = to
	}
	found.Next = q.cursor(from)
	return found, nil
}

// readSlice reads up to limit rows of a slice.
func readSlice[T any](ctx context.Context, q *search, r reader[T], part slice, limit int) ([]numbered[T], error) {
	c, err := q.statement(r.columns, part)
	if err != nil {
		return nil, err
	}
	q.leaveSeen(c)
	order := "t.rowid DESC"
	if q.by != byWords {
		order = q.noun.table + "." + q.noun.number + " DESC, " + q.noun.table + ".id DESC"
	}
	c.text.WriteString(" ORDER BY " + order + " LIMIT " + strconv.Itoa(limit))
	return list(ctx, q.searchers, sqlf(c.text.String(), c.args...), r.scanned)
}

// leaveSeen leaves what the viewer may see. What rows of the audit trail are
// about is looked at when they are read, see [Store.shown].
func (q *search) leaveSeen(c *clause) {
	if q.asked.Query.Noun != query.Audit {
		c.seen(q.Store, q.asked.Viewer)
	}
}

// mark is a number that tells one query's cursors from another's.
func (q *search) mark() uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(q.asked.Query.Noun) + " " + query.Format(q.asked.Query)))
	if q.by == byWords {
		_, _ = h.Write([]byte{1})
	}
	return h.Sum32()
}

// cursor is a place in a query's list as text.
func (q *search) cursor(p place) string {
	b := append(binary.BigEndian.AppendUint64(nil, uint64(p.number)), p.id[:]...)
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, q.mark()))
}

// begin is the place that the page wanted begins behind.
func (q *search) begin() (place, error) {
	if q.asked.Page.Cursor == "" {
		return q.top, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(q.asked.Page.Cursor)
	if err != nil || len(b) != 28 || binary.BigEndian.Uint32(b[24:]) != q.mark() {
		return place{}, harrier.Errorf(harrier.Invalid, "the cursor %q is none of this query's; leave it out to begin again", q.asked.Page.Cursor)
	}
	return place{int64(binary.BigEndian.Uint64(b)), [16]byte(b[8:])}, nil
}

// Count is how many things a query selects.
type Count struct {
	N int64
	// Estimated tells that N was reckoned from a part of the list.
	Estimated bool
}

// Count counts what a query selects. Up to 10,000 it is exact; beyond, or where
// much would have to be looked at, it is reckoned from the newest.
func (s *Store) Count(ctx context.Context, a Asked) (Count, error) {
	q, err := s.plan(ctx, a)
	if err != nil {
		return Count{}, err
	}
	var n int64
	from := q.top
	for range maxSlices {
		to, more, err := q.end(ctx, from)
		if err != nil {
			return Count{}, err
		}
		part, last, err := q.counted(ctx, slice{from, to}, maxCount+1-n)
		if err != nil {
			return Count{}, err
		}
		if n += part; n > maxCount {
			return q.estimate(ctx, n, last)
		}
		if !more {
			return Count{N: n}, nil
		}
		from = to
	}
	return q.estimate(ctx, n, from.number)
}

// counted counts up to limit rows of a slice, and returns the least number of those.
func (q *search) counted(ctx context.Context, part slice, limit int64) (n, last int64, err error) {
	c, err := q.statement("1", part)
	if err != nil {
		return 0, 0, err
	}
	q.leaveSeen(c)
	order := "t.rowid DESC"
	if q.by != byWords {
		order = q.noun.table + "." + q.noun.number + " DESC, " + q.noun.table + ".id DESC"
	}
	text := "SELECT count(*), min(n) FROM (SELECT n FROM (" + strings.Replace(c.text.String(), ", 1 FROM", " AS n FROM", 1) + " ORDER BY " + order + " LIMIT " + strconv.FormatInt(limit, 10) + "))"
	_, err = q.searchers.one(ctx, sqlf(text, c.args...), &n, &last)
	return n, last, err
}

// estimate reckons from how many there are down to a number how many there are
// in all, as if they came evenly.
func (q *search) estimate(ctx context.Context, n, last int64) (Count, error) {
	c := q.clause("")
	var first, newest int64
	if q.by == byWords {
		c.text.WriteString("SELECT (SELECT min(doc) FROM text_docs), (SELECT max(doc) FROM text_docs)")
	} else {
		text := strings.NewReplacer("{n}", q.noun.number, "{table}", q.noun.table).Replace(
			"SELECT (SELECT min({n}) FROM {table} WHERE tenant_id = $1), (SELECT max({n}) FROM {table} WHERE tenant_id = $1)")
		c.text.WriteString(text)
	}
	if _, err := q.searchers.one(ctx, sqlf(c.text.String(), c.args...), &first, &newest); err != nil {
		return Count{}, err
	}
	seen := max(newest-last, 1)
	all := max(newest-first, seen)
	return Count{N: int64(float64(n) * float64(all) / float64(seen)), Estimated: true}, nil
}
