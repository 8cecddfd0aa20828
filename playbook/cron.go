package playbook

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/document"
)

// cronField is one of the five fields of a schedule.
type cronField struct {
	name      string
	low, high int
	words     []string // names of low, low+1, …
}

// cronFields are the fields in order.
func cronFields() []cronField {
	return []cronField{
		{"minute", 0, 59, nil},
		{"hour", 0, 23, nil},
		{"day", 1, 31, nil},
		{"month", 1, 12, strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")},
		{"weekday", 0, 7, strings.Fields("sun mon tue wed thu fri sat")},
	}
}

// badCron says why a text is not five fields of cron, or "".
func badCron(text string) string {
	parts, fields := strings.Fields(text), cronFields()
	if len(parts) != len(fields) {
		return fmt.Sprintf("it has %d fields, not %d", len(parts), len(fields))
	}
	for i, f := range fields {
		for item := range strings.SplitSeq(parts[i], ",") {
			if why := f.bad(item); why != "" {
				return why
			}
		}
	}
	return ""
}

// bad says why an item of a field's list is wrong, or "".
func (f cronField) bad(item string) string {
	span, step, stepped := strings.Cut(item, "/")
	if stepped {
		if n, err := strconv.Atoi(step); err != nil || n < 1 || n > f.high {
			return fmt.Sprintf("%q is not a step of the %s", step, f.name)
		}
	}
	if span == "*" {
		return ""
	}
	first, last, ranged := strings.Cut(span, "-")
	low, ok := f.number(first)
	if !ok {
		return fmt.Sprintf("%q is not a %s from %d to %d", first, f.name, f.low, f.high)
	}
	if !ranged {
		return ""
	}
	high, ok := f.number(last)
	switch {
	case !ok:
		return fmt.Sprintf("%q is not a %s from %d to %d", last, f.name, f.low, f.high)
	case high < low:
		return fmt.Sprintf("the %s range %s runs backwards", f.name, span)
	}
	return ""
}

// number reads a number or a name.
func (f cronField) number(text string) (int, bool) {
	for i, w := range f.words {
		if strings.EqualFold(w, text) {
			return f.low + i, true
		}
	}
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.low && n <= f.high
}

// lineOf writes the line of a place.
func lineOf(pos document.Pos) string { return strconv.Itoa(pos.Line) }
