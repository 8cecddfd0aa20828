package inventory

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Import is what a source tells at a time.
type Import struct {
	Kind   harrier.EntityType
	Source string
	// Rank is the source's from now on; zero keeps it.
	Rank    int
	Records []Record
	// Partial tells that the source does not tell all that it knows: then nothing
	// is gone that it does not tell of.
	Partial bool
	// DryRun changes nothing and tells what would change.
	DryRun bool
	// Force imports even where most of what the source told before is gone.
	Force bool
	// Problems are what was wrong with lines while they were read.
	Problems []Problem
}

// Problem is a line of a file that was not taken, or not whole.
type Problem struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	// Kept tells that the line was taken without what is wrong with it.
	Kept bool `json:"kept,omitempty"`
}

// Report is what an import changed, or would change.
type Report struct {
	Kind      harrier.EntityType
	Source    string
	DryRun    bool
	Read      int
	Added     int
	Changed   int
	Returned  int
	Gone      int
	Unchanged int
	// Withheld are those that are not told any more and not marked as gone,
	// because they may be on lines that could not be read.
	Withheld int
	// Changes names the first of them.
	Changes []Change
	// Problems are the lines that were not taken, and how many there are in all.
	Problems     []Problem
	ProblemCount int
	// Unused are the columns that nobody made anything of.
	Unused []string
}

// Change is one difference that an import makes.
type Change struct {
	// What is added, changed, returned or gone.
	What string `json:"what"`
	Key  string `json:"key"`
	// Fields names what is different.
	Fields []string `json:"fields,omitempty"`
}

const (
	// maxChanges and maxProblems bound how many are named.
	maxChanges, maxProblems = 200, 100
	// atOnce is how many records are written in one transaction.
	atOnce = 500
)

// diff is what an import changes.
type diff struct {
	report Report
	put    []*Record
	gone   int
	live   int
}

// Import takes what a source tells. Records that it told before and does not
// tell any more are marked as gone; where these are more than half of them it is
// refused as a Conflict, unless it is forced: a file that was cut off looks the
// same as a company that was. Readers see all of it or nothing.
func (s *Service) Import(ctx context.Context, by harrier.Principal, im Import) (Report, error) {
	if err := im.check(); err != nil {
		return Report{}, err
	}
	t := s.of(by.Tenant)
	t.change.Lock()
	defer t.change.Unlock()
	ix, err := s.loaded(ctx, by.Tenant, t)
	if err != nil {
		return Report{}, err
	}
	d := ix.differ(im, s.now().UTC().Truncate(time.Microsecond))
	if err := d.allowed(im, ix); err != nil {
		return d.report, err
	}
	if im.DryRun {
		return d.report, nil
	}
	return d.report, s.commit(ctx, by, t, change{im: im, diff: d, before: ix})
}

// check refuses an import that makes no sense.
func (im Import) check() error {
	if im.Kind != harrier.HostEntity && im.Kind != harrier.UserEntity {
		return harrier.Errorf(harrier.Invalid, "an import is of hosts or of users, not of %q", im.Kind)
	}
	if !isSourceName(im.Source) {
		return harrier.Errorf(harrier.Invalid, "%.60q is no name of a source: write lower-case letters, digits, - and _, such as cmdb", im.Source)
	}
	if im.Source == ByHand || im.Source == Organisation {
		return harrier.Errorf(harrier.Invalid, "%s is not imported: choose another name for the source", im.Source)
	}
	if im.Rank < 0 || im.Rank > 1000 {
		return harrier.Errorf(harrier.Invalid, "the rank %d is not from 1 to 1000", im.Rank)
	}
	return nil
}

// isSourceName tells whether a text can name a source.
func isSourceName(name string) bool {
	return name != "" && len(name) <= 63 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// differ holds what a source tells against what it told before.
func (ix *index) differ(im Import, now time.Time) diff {
	d := diff{report: Report{Kind: im.Kind, Source: im.Source, DryRun: im.DryRun, Problems: im.Problems, ProblemCount: len(im.Problems)}}
	told := make(map[string]bool, len(im.Records))
	for i := range im.Records {
		r := im.Records[i]
		r.Kind, r.Source, r.Seen, r.Gone = im.Kind, im.Source, now, time.Time{}
		r, err := r.canonical()
		if err != nil {
			d.problem(Problem{Line: i + 1, Reason: err.Error()})
			continue
		}
		d.report.Read++
		if told[r.Key] {
			d.problem(Problem{Line: i + 1, Reason: fmt.Sprintf("%s is told twice; the first one holds", r.Key)})
			continue
		}
		told[r.Key] = true
		d.compare(ix.records[r.place()], &r)
	}
	lost := slices.ContainsFunc(d.report.Problems, func(p Problem) bool { return !p.Kept }) && !im.Force
	for key, before := range ix.records {
		if key.kind != im.Kind || key.source != im.Source || !before.Gone.IsZero() {
			continue
		}
		d.live++
		if im.Partial || told[key.key] {
			continue
		}
		if lost {
			d.report.Withheld++
			continue
		}
		gone := *before
		gone.Gone = now
		d.gone++
		d.report.Gone++
		d.put = append(d.put, &gone)
	}
	d.nameGone()
	if len(d.report.Problems) > maxProblems {
		d.report.Problems = d.report.Problems[:maxProblems]
	}
	return d
}

func (d *diff) problem(p Problem) {
	d.report.ProblemCount++
	d.report.Problems = append(d.report.Problems, p)
}

func (d *diff) change(c Change) {
	if len(d.report.Changes) < maxChanges {
		d.report.Changes = append(d.report.Changes, c)
	}
}

// nameGone names what is gone, in order.
func (d *diff) nameGone() {
	var keys []string
	for _, r := range d.put {
		if !r.Gone.IsZero() {
			keys = append(keys, r.Key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		d.change(Change{What: "gone", Key: key})
	}
}

// compare holds a record against the one before.
func (d *diff) compare(before, r *Record) {
	if before == nil {
		d.report.Added++
		d.change(Change{What: "added", Key: r.Key})
		r.dated(Record{})
		d.put = append(d.put, r)
		return
	}
	r.dated(*before)
	fields := differences(*before, *r)
	switch {
	case !before.Gone.IsZero():
		d.report.Returned++
		d.change(Change{What: "returned", Key: r.Key, Fields: fields})
	case len(fields) == 0:
		d.report.Unchanged++
		return
	default:
		d.report.Changed++
		d.change(Change{What: "changed", Key: r.Key, Fields: fields})
	}
	d.put = append(d.put, r)
}

// dated says since when the criticality is so where the source does not: since
// it was first told. Telling it again does not make it young.
func (r *Record) dated(before Record) {
	switch {
	case r.Criticality == "" || !r.CriticalityAt.IsZero():
	case before.Criticality == r.Criticality && !before.CriticalityAt.IsZero():
		r.CriticalityAt = before.CriticalityAt
	default:
		r.CriticalityAt = r.Seen
	}
}

// differences names the fields in which two records differ.
func differences(a, b Record) []string {
	a.Seen, a.Gone, b.Seen, b.Gone = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	var names []string
	for i := range x.NumField() {
		f, g := x.Field(i), y.Field(i)
		if t, ok := f.Interface().(time.Time); ok {
			if other, _ := g.Interface().(time.Time); !t.Equal(other) {
				names = append(names, strings.ToLower(x.Type().Field(i).Name))
			}
			continue
		}
		if empty(f) && empty(g) || reflect.DeepEqual(f.Interface(), g.Interface()) {
			continue
		}
		names = append(names, strings.ToLower(x.Type().Field(i).Name))
	}
	return names
}

// empty tells whether a field says nothing; an empty list is none.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

// allowed refuses an import that loses too much or is too large.
func (d *diff) allowed(im Import, ix *index) error {
	if len(im.Records) > 0 && d.report.Read == 0 {
		return harrier.Errorf(harrier.Invalid, "none of the %d lines could be taken; the first: line %d: %s", d.report.ProblemCount, d.report.Problems[0].Line, d.report.Problems[0].Reason)
	}
	if 2*(d.gone+d.report.Withheld) > d.live && !im.Force {
		return harrier.Errorf(harrier.Conflict,
			"%d of %d that %s told of before would be gone, more than half: see that the file is whole, say partial where it is meant to be, or force it", d.gone+d.report.Withheld, d.live, im.Source)
	}
	if n := len(ix.records) + d.report.Added; n > maxRecords {
		return harrier.Errorf(harrier.Limited, "%d records would be more than the %d that are kept in memory for one tenant; import less", n, maxRecords)
	}
	return nil
}

// change is an import that is being made durable.
type change struct {
	im     Import
	diff   diff
	before *index
}

// commit makes an import durable, some records at a time so that others can
// write too, and then shows it. What a crash cuts off is done again by the next
// import of the source. The caller holds t.change.
func (s *Service) commit(ctx context.Context, by harrier.Principal, t *tenantIndex, c change) error {
	for batch := range slices.Chunk(c.diff.put, atOnce) {
		err := s.store.Write(ctx, func(tx harrier.Tx) error {
			for _, r := range batch {
				if err := s.store.PutInventoryRecord(ctx, tx, by.Tenant, *r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.set(nil) // what is durable of it is read again
			return err
		}
	}
	src := c.source(s.now().UTC())
	r := c.diff.report
	err := s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.PutInventorySource(ctx, tx, by.Tenant, src); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"inventory.import", src.Name, map[string]any{
			"kind": src.Kind, "read": r.Read, "added": r.Added, "changed": r.Changed, "returned": r.Returned, "gone": r.Gone,
			"problems": r.ProblemCount, "partial": c.im.Partial, "force": c.im.Force,
		}})
	})
	if err != nil {
		t.set(nil)
		return err
	}
	t.set(s.after(c.before, c.diff.put, src))
	return nil
}

// source is the source as it is after an import.
func (c change) source(now time.Time) Source {
	src := Source{Name: c.im.Source, Kind: c.im.Kind, Rank: DefaultRank}
	for _, known := range c.before.sources {
		if known.Name == src.Name && known.Kind == src.Kind {
			src = known
		}
	}
	if c.im.Rank > 0 {
		src.Rank = c.im.Rank
	}
	if !c.im.Partial {
		src.ImportedAt = now
	}
	return src
}

// after returns the index with some records and a source in the place of those before.
func (s *Service) after(ix *index, put []*Record, src Source) *index {
	replaced := make(map[recordKey]bool, len(put))
	records := make([]*Record, 0, len(ix.records)+len(put))
	for _, r := range put {
		replaced[r.place()] = true
		records = append(records, r)
	}
	for key, r := range ix.records {
		if !replaced[key] && r.Source != Organisation {
			records = append(records, r)
		}
	}
	slices.SortFunc(records, func(a, b *Record) int {
		return strings.Compare(a.Source+"\x00"+a.Key, b.Source+"\x00"+b.Key)
	})
	sources := slices.DeleteFunc(slices.Clone(ix.sources), func(known Source) bool { return known.Name == src.Name && known.Kind == src.Kind })
	if src.Name != ByHand {
		sources = append(sources, src)
	}
	return s.build(records, sources)
}
