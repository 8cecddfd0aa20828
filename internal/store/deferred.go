package store

import (
	"slices"
	"strconv"
	"strings"
)

// deferred collects rows that are only ever added, so that the rows of many
// changes go into the database with few statements, at the latest before the
// commit. A row that cannot be added fails the batch, whose changes are then
// run again one by one without this, so that the right one hears of it.
type deferred struct {
	columns int
	texts   map[int]string
	args    []any
}

// The sizes of the statements that add deferred rows.
func deferredSizes() []int { return []int{64, 16, 4, 1} }

// newDeferred prepares for rows of a table.
func newDeferred(table, columns string) *deferred {
	d := &deferred{columns: strings.Count(columns, ",") + 1, texts: map[int]string{}}
	for _, n := range deferredSizes() {
		// OR FAIL saves a journal for taking back a part of the statement: the
		// whole transaction is taken back.
		d.texts[n] = "INSERT OR FAIL INTO " + table + " (" + columns + ") VALUES " + placeholders(n, d.columns)
	}
	return d
}

// placeholders lists those of some rows.
func placeholders(rows, columns int) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	return b.String() + ")"
}

// flush adds the rows.
func (d *deferred) flush(c *conn) error {
	for rest := d.args; len(rest) > 0; {
		n := d.fit(len(rest) / d.columns)
		if _, err := c.exec(d.texts[n], rest[:n*d.columns]); err != nil {
			return err
		}
		rest = rest[n*d.columns:]
	}
	d.forget()
	return nil
}

// fit returns the largest statement that n rows fill.
func (d *deferred) fit(n int) int {
	sizes := deferredSizes()
	return sizes[slices.IndexFunc(sizes, func(size int) bool { return size <= n })]
}

// forget drops the rows, and what they hold.
func (d *deferred) forget() {
	clear(d.args)
	d.args = d.args[:0]
}
