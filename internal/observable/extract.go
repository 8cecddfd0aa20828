package observable

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// span is a part of the plain text.
type span struct{ from, to int }

// scan is one extraction. Its finders read the plain text one after the other,
// each from left to right.
type scan struct {
	opt    Options
	raw    string
	p      plain
	s      string // the plain text
	urls   []span // of URLs, ascending
	hosts  []span // of the URLs up to the ends of their authorities
	loose  span   // of the last URL without scheme
	paths  []span // of paths and registry keys, ascending
	agents []span // of user agents, ascending
	found  []Found
	room   int // how many the finder may still add
	more   bool
	end    int // what stands behind it is left out, for a finder met its limit there
}

// mostBytes is how much text any options may ask for.
const mostBytes = 1 << 30

// Extract finds what can be looked up in a text, in the order in which it stands
// there. More tells that a limit was met.
func Extract(text string, opt Options) (found []Found, more bool) {
	opt.Bytes, opt.Limit = cmp.Or(opt.Bytes, 4<<20), cmp.Or(opt.Limit, 10_000)
	opt.Bytes = min(opt.Bytes, mostBytes)
	x := &scan{opt: opt, raw: text}
	if len(text) > opt.Bytes {
		x.raw, x.more = cutText(text, opt.Bytes), true
	}
	x.p = refang(x.raw)
	x.s = x.p.text
	x.end = len(x.s)
	for _, find := range []func(){x.findURLs, x.findAgents, x.findPaths, x.findNames, x.findEmails, x.findColons, x.findWords} {
		x.room = opt.Limit // each, so that none of the first in the text are lost
		find()
	}
	slices.SortStableFunc(x.found, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.End, a.End), cmp.Compare(a.Type, b.Type))
	})
	x.found = slices.CompactFunc(x.found, func(a, b Found) bool {
		return a.Offset == b.Offset && a.Type == b.Type && a.Value == b.Value
	})
	if len(x.found) > opt.Limit {
		x.found, x.more = x.found[:opt.Limit], true
	}
	return x.found, x.more
}

// cutText cuts a text between characters.
func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for i := most; i > max(0, most-utf8.UTFMax); i-- {
		if utf8.RuneStart(s[i]) {
			return s[:i]
		}
	}
	return s[:most]
}

// add keeps what was found between two places of the plain text.
func (x *scan) add(f Found, from, to int) {
	if x.room == 0 {
		x.more, x.end = true, min(x.end, from)
		return
	}
	x.room--
	f.Offset, f.End = x.p.start(from), x.p.end(to)
	f.Raw = strings.Clone(x.raw[f.Offset:f.End])
	f.Value = strings.Clone(f.Value)
	f.Defanged = f.Defanged || f.Raw != x.s[from:to]
	x.found = append(x.found, f)
}

// inside reports whether a place is in one of the spans.
func inside(spans []span, at int) bool {
	_, ok := spanAt(spans, at)
	return ok
}

// spanAt returns the span that holds a place.
func spanAt(spans []span, at int) (span, bool) {
	i, _ := slices.BinarySearchFunc(spans, at, func(s span, at int) int {
		switch {
		case s.to <= at:
			return -1
		case s.from > at:
			return 1
		}
		return 0
	})
	if i < len(spans) && spans[i].from <= at && at < spans[i].to {
		return spans[i], true
	}
	return span{}, false
}

// part returns PartURL for what stands in a URL.
func (x *scan) part(at int) Part {
	if inside(x.urls, at) || x.loose.from < at && at < x.loose.to {
		return PartURL
	}
	return PartNone
}

// before returns the byte before a place, 0 at the start.
func (x *scan) before(at int) byte {
	if at <= 0 {
		return 0
	}
	return x.s[at-1]
}

// after returns the byte at a place, 0 at the end.
func (x *scan) after(at int) byte {
	if at >= len(x.s) {
		return 0
	}
	return x.s[at]
}
