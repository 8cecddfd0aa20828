package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Thing is a host or a user: what all sources say of it, made one.
//
//   - Names, addresses, ids and tags: all that anybody tells.
//   - VIP and privileged: so where anybody says so.
//   - Criticality: the highest that anybody says, whatever its rank; what was
//     set by hand to overrule holds until its review instead.
//   - Environment: where sources differ and one says production, that.
//   - Owner, system, department, manager and name: of the source with the lowest rank
//     that tells, the latest among equals.
//
// A source that no longer tells of it is not heard while another one is. Where
// sources contradict each other, Notes says so.
type Thing struct {
	Kind harrier.EntityType
	// Key is its one spelling, Name what people call it.
	Key, Name  string
	OS         string
	Department string
	Manager    string
	Owner      string

	Criticality string
	// CriticalityBy is the source of it, CriticalityAt when it was said, and
	// ReviewBy when it is to be looked at again.
	CriticalityBy           string
	CriticalityAt, ReviewBy time.Time
	// Stale tells that the review is overdue, or that no source tells of it any more.
	Stale       bool
	Environment string
	VIP         bool
	Privileged  bool
	Tags        []string
	// Gone is since when no source tells of it.
	Gone time.Time
	// Seen is when it was last confirmed, by Source.
	Seen   time.Time
	Source string
	// Notes is what people should know about these facts.
	Notes []string
	// Said is what every source says, the one that is heard first at the front.
	Said []Record
}

// facts is the part of a thing that triage asks for, in little space.
type facts struct {
	key, name   string
	owner       string
	environment string
	source      string
	tags        []string
	notes       []string
	seen        time.Time
	gone        time.Time
	said        criticality
	// overruled is the criticality that holds instead until its review.
	overruled  criticality
	vip        bool
	privileged bool
	// macs tells that hardware addresses of it are known.
	macs bool
	// records are what it was made from, the one that is heard first at the front.
	records []*Record
}

// criticality is what a source says of it.
type criticality struct {
	level, by  string
	at, review time.Time
}

// rules is what merging needs beside the records.
type rules struct {
	// ranks and imported, which is when it last told all that it knows, are those
	// of sources by kind and name.
	ranks    map[recordKey]int
	imported map[recordKey]time.Time
	// review is how long a criticality holds that was given no review date.
	review time.Duration
}

// seen is when a source last confirmed a record: a record that did not change
// is confirmed by every import.
func (ru rules) seen(r *Record) time.Time {
	if at := ru.imported[r.source()]; r.Gone.IsZero() && at.After(r.Seen) {
		return at
	}
	return r.Seen
}

// rank is whose word holds: that of the lowest.
func (ru rules) rank(r *Record) int {
	if rank, ok := ru.ranks[r.source()]; ok {
		return rank
	}
	return DefaultRank
}

// merge makes one thing of the records of a group.
func (ru rules) merge(records []*Record) facts {
	slices.SortStableFunc(records, func(a, b *Record) int {
		return cmp.Or(boolOrder(!a.Gone.IsZero(), !b.Gone.IsZero()), ru.rank(a)-ru.rank(b),
			ru.seen(b).Compare(ru.seen(a)), strings.Compare(a.Source, b.Source), strings.Compare(a.Key, b.Key))
	})
	f := facts{records: records}
	heard := records
	if n := slices.IndexFunc(records, func(r *Record) bool { return !r.Gone.IsZero() }); n > 0 {
		heard = records[:n]
	} else if n == 0 {
		f.gone = records[0].Gone
		for _, r := range records {
			if r.Gone.After(f.gone) {
				f.gone = r.Gone
			}
		}
		f.note("gone: no source tells of it since %s", f.gone.UTC().Format(time.DateOnly))
	}
	f.key = keyOf(records)
	for _, r := range heard {
		f.name = cmp.Or(f.name, r.Name)
		f.owner = cmp.Or(f.owner, r.Owner)
		f.vip, f.privileged = f.vip || r.VIP, f.privileged || r.Privileged
		f.macs = f.macs || len(r.MACs) > 0
		if at := ru.seen(r); f.source == "" || at.After(f.seen) {
			f.seen, f.source = at, r.Source
		}
	}
	f.name = cmp.Or(f.name, f.key)
	f.tags = slices.Clip(allTags(heard)) // readers get it, and may append
	f.weigh(ru, heard)
	f.place(heard)
	return f
}

func boolOrder(a, b bool) int {
	if a == b {
		return 0
	}
	if b {
		return -1
	}
	return 1
}

func (f *facts) note(format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

// weigh finds the criticality that holds.
func (f *facts) weigh(ru rules, heard []*Record) {
	said := map[string][]string{}
	for _, r := range heard {
		if r.Criticality == "" {
			continue
		}
		said[r.Criticality] = append(said[r.Criticality], r.Source)
		c := criticality{r.Criticality, r.Source, cmp.Or(r.CriticalityAt, r.Seen), r.ReviewBy}
		if c.review.IsZero() {
			c.review = c.at.Add(ru.review)
		}
		if r.Overrules {
			f.overruled = c
		}
		if w := weight(c.level) - weight(f.said.level); w > 0 || w == 0 && c.review.After(f.said.review) {
			f.said = c
		}
	}
	if len(said) < 2 {
		return
	}
	var parts []string
	levels := criticalities()
	for i := len(levels) - 1; i >= 0; i-- {
		if by := said[levels[i]]; len(by) > 0 {
			parts = append(parts, levels[i]+" says "+strings.Join(by, " and "))
		}
	}
	f.note("criticality is contradicted: %s; the highest holds, unless one was set to overrule", strings.Join(parts, ", "))
}

// place finds the environment that holds.
func (f *facts) place(heard []*Record) {
	var told []string
	production := false
	for _, r := range heard {
		if r.Environment == "" {
			continue
		}
		f.environment = cmp.Or(f.environment, r.Environment)
		production = production || r.Environment == "production"
		if part := r.Environment + " says " + r.Source; !slices.Contains(told, part) {
			told = append(told, part)
		}
	}
	if !slices.ContainsFunc(heard, func(r *Record) bool { return r.Environment != "" && r.Environment != f.environment }) {
		return
	}
	if production {
		f.environment = "production"
	}
	f.note("environment is contradicted: %s; %s holds", strings.Join(told, ", "), f.environment)
}

// allTags joins the tags of records, sharing memory where there is nothing to join.
func allTags(records []*Record) []string {
	var tags []string
	for _, r := range records {
		switch {
		case len(r.Tags) == 0:
		case tags == nil:
			tags = r.Tags
		default:
			tags = append(slices.Clone(tags), r.Tags...)
			slices.Sort(tags)
			tags = slices.Compact(tags)
		}
	}
	return tags
}

// keyOf is the one spelling of a thing: the full name of a host, the log-in
// name or mail address of a user, and what comes nearest where there is none.
func keyOf(records []*Record) string {
	user := records[0].Kind == harrier.UserEntity
	var full, short string
	for _, r := range records {
		if user {
			full = cmp.Or(full, r.UPN)
			if len(r.Mail) > 0 {
				full = cmp.Or(full, r.Mail[0])
			}
			if accounts := domainAccounts(r); len(accounts) > 0 {
				short = cmp.Or(short, accounts[0])
			}
		} else if names := fullNames(r); len(names) > 0 {
			full = cmp.Or(full, names[0])
		}
		if names := shortNames(r); len(names) > 0 {
			short = cmp.Or(short, names[0])
		}
	}
	return cmp.Or(full, short, strings.ToLower(records[0].Key))
}

// criticality is what holds at a time: its level, who says so, and whether it
// is stale. A level that is stale or gone is never low.
func (f *facts) criticality(now time.Time) (c criticality, stale bool) {
	c = f.said
	if f.overruled.level != "" && now.Before(f.overruled.review) && f.gone.IsZero() {
		c = f.overruled
	}
	stale = c.level != "" && !now.Before(c.review) || !f.gone.IsZero()
	return c, stale
}

// thing shows a thing to people.
func (f *facts) thing(ru rules, now time.Time) Thing {
	first := f.records[0]
	t := Thing{
		Kind: first.Kind, Key: f.key, Name: f.name, Owner: f.owner, Environment: f.environment, VIP: f.vip, Privileged: f.privileged,
		Tags: f.tags, Gone: f.gone, Seen: f.seen, Source: f.source, Notes: slices.Clone(f.notes),
	}
	c, stale := f.criticality(now)
	t.Criticality, t.CriticalityBy, t.CriticalityAt, t.ReviewBy, t.Stale = c.level, c.by, c.at, c.review, stale
	if stale && c.level != "" {
		t.Notes = append(t.Notes, staleNote(c))
	}
	for _, r := range f.records {
		if f.gone.IsZero() && !r.Gone.IsZero() {
			t.Notes = append(t.Notes, "gone from "+r.Source+" since "+r.Gone.UTC().Format(time.DateOnly))
		} else {
			t.OS, t.Department, t.Manager = cmp.Or(t.OS, r.OS), cmp.Or(t.Department, r.Department), cmp.Or(t.Manager, r.Manager)
		}
		said := *r
		said.Seen = ru.seen(r)
		t.Said = append(t.Said, said)
	}
	return t
}

func staleNote(c criticality) string {
	return fmt.Sprintf("criticality is stale: %s said %s on %s, to be looked at again by %s", c.by, c.level, c.at.UTC().Format(time.DateOnly), c.review.UTC().Format(time.DateOnly))
}
