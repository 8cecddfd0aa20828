package email

import "strings"

// quoteFinder finds a header that a mail program wrote into the text of a
// forward, line by line.
type quoteFinder struct {
	form     string
	explicit bool
	mark     bool // lines start with >
	// start is where the quote starts, end where what follows its header does.
	start, end int
	values     [labels]string
	seen       [labels]bool

	open      bool
	last      labelKind
	separator int // lines since the separator that announced the quote; 0 for none
	strange   int // lines inside that are neither fields nor parts of one
}

// complete reports whether enough was found to call it the header of a mail:
// who sent it, and two of when, to whom and what about.
func (f *quoteFinder) complete() bool {
	if !f.seen[labelFrom] || f.kinds() < 3 {
		return false
	}
	// A journey also goes from somewhere to somewhere on a date.
	return f.separator > 0 || strings.Contains(f.values[labelFrom], "@") || f.seen[labelSubject] && f.seen[labelDate]
}

// kinds counts what was found.
func (f *quoteFinder) kinds() int {
	n := 0
	for _, kind := range []labelKind{labelFrom, labelDate, labelTo, labelSubject} {
		if f.seen[kind] {
			n++
		}
	}
	return n
}

// line takes the next line, which stands from start to end; it reports whether
// the header is complete and over.
func (f *quoteFinder) line(line string, start, end int) bool {
	const longest = 8 << 10
	text := strings.TrimSpace(clip(line, longest))
	marked := strings.HasPrefix(text, ">")
	text = strings.TrimSpace(strings.TrimLeft(text, "> |"))
	if text == "" {
		return f.kinds() == 4 && f.complete() // else blank lines may stand between, as in HTML
	}
	if kind, value := cutLabel(text); kind != labelNone {
		if f.open && f.seen[kind] && kind != labelOther {
			if f.complete() {
				return true
			}
			f.reset()
		}
		f.field(kind, value, start, marked)
		f.end = end
		return false
	}
	return f.other(text, start, end)
}

// field keeps a field of the header.
func (f *quoteFinder) field(kind labelKind, value string, start int, marked bool) {
	if !f.open {
		if kind == labelOther || kind == labelCc || kind == labelReplyTo {
			return // a header starts with something better
		}
		f.open, f.mark = true, marked
		if f.separator == 0 {
			f.start = start
		}
	}
	f.seen[kind], f.last, f.strange = true, kind, 0
	if f.values[kind] == "" {
		f.values[kind] = value
	}
}

// other takes a line that is no field.
func (f *quoteFinder) other(text string, start, end int) bool {
	if form, explicit := quoteSeparator(text); form != "" {
		if f.open && f.complete() {
			return true
		}
		f.reset()
		f.form, f.explicit, f.start, f.separator = form, explicit, start, 1
		return false
	}
	if !f.open {
		if f.separator > 0 {
			if f.separator++; f.separator > 4 {
				f.reset()
			}
		}
		return false
	}
	if f.continues(text) {
		f.values[f.last] = strings.TrimSpace(f.values[f.last] + " " + text)
		f.end = end
		return false
	}
	if f.complete() {
		return true
	}
	if f.strange++; f.strange > 2 {
		f.reset()
	}
	return false
}

// continues reports whether a line goes on with the field before it.
func (f *quoteFinder) continues(text string) bool {
	const longest = 16 << 10
	value := f.values[f.last]
	if len(value) > longest || f.strange > 0 {
		return false
	}
	switch f.last {
	case labelFrom, labelTo, labelCc, labelReplyTo:
		return value == "" || strings.HasSuffix(value, ",") || strings.HasSuffix(value, ";") || strings.HasPrefix(text, "<") && strings.Contains(text, "@")
	case labelSubject, labelDate:
		return value == "" && !f.complete()
	case labelNone, labelOther, labels:
	}
	return false
}

// reset forgets what was found.
func (f *quoteFinder) reset() { *f = quoteFinder{} }

// cutLabel cuts a line such as "*Von:* Kim" in two.
func cutLabel(line string) (labelKind, string) {
	const longest = 60
	head := clip(line, longest)
	i := strings.IndexAny(head, ":：")
	if i <= 0 {
		return labelNone, ""
	}
	word := strings.ToLower(strings.TrimSpace(strings.Trim(head[:i], "*_\u200b\u00a0\ufeff ")))
	kind := quoteLabel(word)
	if kind == labelNone {
		return labelNone, ""
	}
	value := strings.TrimPrefix(strings.TrimPrefix(line[i:], ":"), "：")
	return kind, strings.TrimSpace(strings.Trim(strings.TrimSpace(value), "*"))
}
