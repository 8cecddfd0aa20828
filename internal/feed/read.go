package feed

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/harrier-soar/harrier"
)

// Format names how a feed is written.
type Format string

// The formats.
const (
	Auto     Format = "auto"
	STIX     Format = "stix"     // bundles, and the envelopes of TAXII 2.1
	MISP     Format = "misp"     // events, attributes and answers of a search
	CSV      Format = "csv"      // a table with a header, as abuse.ch has them
	JSON     Format = "json"     // objects in the words of abuse.ch
	List     Format = "list"     // one value a line
	Hosts    Format = "hosts"    // a file of hosts: an address, then names
	Warnings Format = "warnings" // a warning list of MISP; see [ReadWarnings]
	Manifest Format = "manifest" // the manifest of a feed of MISP; see [ReadManifest]
)

// Formats lists the formats that [Read] takes.
func Formats() []Format { return []Format{Auto, STIX, MISP, CSV, JSON, List, Hosts} }

// Options says how a feed is read, and bounds it. Zero values mean the defaults.
type Options struct {
	// Format is how it is written; auto where it is empty.
	Format Format
	// Column is the name of the column of a table that holds the values, or its
	// number from 1; without it the columns are known by the names that they have.
	Column string
	// Type is that of the values of a list or a column; it is told by their
	// looks where it is empty.
	Type string
	// All takes the attributes of MISP too that are not meant for detection
	// (to_ids); they are partial.
	All bool
	// Bytes bounds what is read; 2 GiB.
	Bytes int64
	// Item bounds one object or line of it; 16 MiB.
	Item int64
	// Records bounds the records; 5,000,000.
	Records int
}

// Report says what came of reading a feed.
type Report struct {
	Format Format
	// Title is what the feed calls itself, where it does.
	Title string
	// Records counts what was given away, Items what was looked at.
	Records, Items int
	// Skipped counts what was looked at and not given away, by reason.
	Skipped map[string]int
}

// maxReasons bounds the reasons of a report.
const maxReasons = 50

// skip counts what is left out.
func (r *Report) skip(reason string) {
	if r.Skipped == nil {
		r.Skipped = map[string]int{}
	}
	if _, known := r.Skipped[reason]; !known && len(r.Skipped) >= maxReasons {
		reason = "other reasons"
	}
	r.Skipped[reason]++
}

// Reasons lists the reasons with their counts, the most frequent first.
func (r *Report) Reasons() []string {
	keys := make([]string, 0, len(r.Skipped))
	for k := range r.Skipped {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(r.Skipped[b], r.Skipped[a]), cmp.Compare(a, b)) })
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%d × %s", r.Skipped[k], k)
	}
	return keys
}

// reading is one pass through a feed.
type reading struct {
	opt    Options
	in     *bounded
	buf    *bufio.Reader
	report Report
	emit   func(Record) error
}

// peekBytes is how much of a feed is looked at to find out its format.
const peekBytes = 64 << 10

// Read reads a feed and gives its records away one after the other. An error
// of emit ends it. What cannot be read is Invalid and says where; records that
// were given away before that stay given away.
func Read(r io.Reader, opt Options, emit func(Record) error) (Report, error) {
	opt.Bytes, opt.Item, opt.Records = cmp.Or(opt.Bytes, 2<<30), cmp.Or(opt.Item, 16<<20), cmp.Or(opt.Records, 5_000_000)
	opt.Format = cmp.Or(opt.Format, Auto)
	if !slices.Contains(Formats(), opt.Format) {
		return Report{}, harrier.Errorf(harrier.Invalid, "there is no format %q for feeds; use one of %v", opt.Format, Formats())
	}
	if opt.Type != "" && !slices.Contains(Types(), opt.Type) {
		return Report{}, harrier.Errorf(harrier.Invalid, "there is no type %q of indicators; use one of %v", opt.Type, Types())
	}
	x := &reading{opt: opt, in: &bounded{r: r, left: opt.Bytes, item: opt.Item, room: opt.Item}, emit: emit}
	x.buf = bufio.NewReaderSize(x.in, peekBytes)
	if opt.Format == Auto {
		head, err := x.buf.Peek(peekBytes)
		if err != nil && !errors.Is(err, io.EOF) {
			return x.report, unreadable(err)
		}
		if x.opt.Format, err = Detect(head); err != nil {
			return x.report, err
		}
		if x.opt.Format == List && (opt.Column != "") {
			x.opt.Format = CSV
		}
	}
	x.report.Format = x.opt.Format
	return x.report, x.run()
}

// run reads by the format.
func (x *reading) run() error {
	var err error
	switch x.opt.Format {
	case STIX:
		err = x.stix()
	case MISP:
		err = x.misp()
	case CSV:
		err = x.table()
	case JSON:
		err = x.objects()
	case List, Hosts:
		err = x.lines()
	case Warnings:
		return harrier.Errorf(harrier.Invalid, "this is a warning list of MISP, which says what is harmless; import it as an allow list: harrier list import NAME FILE")
	case Manifest:
		return harrier.Errorf(harrier.Invalid, "this is the manifest of a feed of MISP, which names its events and holds none; pull the feed, or import its events")
	case Auto:
		return harrier.Errorf(harrier.Internal, "the format of a feed was not found out")
	}
	return unreadable(err)
}

// give gives a record away. What has no value of its type is skipped.
func (x *reading) give(r Record) error {
	kind, value, ok := Spell(r.Type, r.Value)
	if !ok {
		x.report.skip("no value that can be looked up as " + cut(r.Type, 40))
		return nil
	}
	if x.report.Records >= x.opt.Records {
		return errTooMany(x.opt.Records)
	}
	r.Type, r.Value = kind, value
	r.tidy()
	x.report.Records++
	return x.emit(r)
}

// unreadable is an error of reading, of a kind.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*harrier.Error](err); ok {
		return err
	}
	return harrier.Errorf(harrier.Invalid, "the feed cannot be read: %w", err)
}

// bounded ends with an error where a feed, or one thing in it, is too large.
type bounded struct {
	r    io.Reader
	left int64
	item int64
	room int64 // what is left for the thing at hand
}

// next begins a thing.
func (b *bounded) next() { b.room = b.item }

// Read implements [io.Reader].
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, harrier.Errorf(harrier.Invalid, "the feed is larger than what is read of one; split it")
	}
	if b.room <= 0 {
		return 0, harrier.Errorf(harrier.Invalid, "one thing in the feed is larger than %d MiB", b.item>>20)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left, b.room)])
	b.left -= int64(n)
	b.room -= int64(n)
	return n, err
}

func errTooMany(most int) error {
	return harrier.Errorf(harrier.Invalid, "the feed holds more than %d records; split it", most)
}
