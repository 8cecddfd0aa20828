package store

import (
	"context"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
)

// Happening tells that something is new or changed, with how it is when that is
// read.
type Happening struct {
	// Seq is its place; places rise.
	Seq int64
	// Noun is alerts, cases or notifications, Kind created or changed.
	Noun, Kind string
	Thing      [16]byte
	// Number is what people call it, of a case.
	Number                  int64
	Title, Status, Severity string
	Rev                     int64
	At                      time.Time
}

// Happened is whose happenings are read, from where on.
type Happened struct {
	Tenant harrier.TenantID
	Viewer harrier.Viewer
	Nouns  []string
	// After is the place that was read last.
	After int64
}

const (
	// happenedAtOnce bounds what is read in one go.
	happenedAtOnce = 200
	// mostBehind is how far somebody may be behind: whoever missed more loads lists
	// anew sooner than they read what happened meanwhile.
	mostBehind = 10_000
)

// HappenedLast is the place of the last happening.
func (s *Store) HappenedLast(ctx context.Context) (seq int64, err error) {
	_, err = s.readers.one(ctx, sqlf(`SELECT coalesce(max(seq), 0) FROM happened`), &seq)
	return seq, err
}

// HappenedLost tells that what happened after a place is not there whole any
// more, or more than anybody wants to read.
func (s *Store) HappenedLost(ctx context.Context, tenant harrier.TenantID, after int64) (lost bool, err error) {
	const text = `SELECT coalesce((SELECT min(seq) FROM happened), 0), coalesce((SELECT max(seq) FROM happened), 0),
(SELECT count(*) FROM (SELECT 1 FROM happened WHERE tenant_id = $1 AND seq > $2 LIMIT $3))`
	var oldest, newest, behind int64
	_, err = s.readers.one(ctx, sqlf(text, tenant[:], after, mostBehind+1), &oldest, &newest, &behind)
	return after+1 < oldest || after > newest || behind > mostBehind, err
}

// Happened returns what happened after a place to things that the viewer sees
// now, and the place up to where was looked. Several changes of a thing at once
// are told as one. Whether the viewer sees a thing is asked each time, so that
// who is a member no more, or of what is restricted since, is told nothing.
func (s *Store) Happened(ctx context.Context, h Happened) (found []Happening, last int64, err error) {
	const text = `SELECT seq, noun, kind, thing FROM happened WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`
	rows, err := list(ctx, s.readers, sqlf(text, h.Tenant[:], h.After, happenedAtOnce), func(r harrier.Rows) (v Happening, err error) {
		var id []byte
		if err := r.Scan(&v.Seq, &v.Noun, &v.Kind, &id); err != nil {
			return v, err
		}
		v.Thing = [16]byte(id)
		return v, nil
	})
	if err != nil || len(rows) == 0 {
		return nil, h.After, err
	}
	last = rows[len(rows)-1].Seq
	rows = merged(slices.DeleteFunc(rows, func(v Happening) bool { return !slices.Contains(h.Nouns, v.Noun) }))
	for _, noun := range h.Nouns {
		if err := s.describe(ctx, h, noun, rows); err != nil {
			return nil, h.After, err
		}
	}
	return slices.DeleteFunc(rows, func(v Happening) bool { return v.At.IsZero() }), last, nil
}

// merged leaves of each thing the last happening; it is new where it was new
// meanwhile.
func merged(rows []Happening) []Happening {
	type thing struct {
		noun string
		id   [16]byte
	}
	last := map[thing]int{}
	created := map[thing]bool{}
	for i, v := range rows {
		k := thing{v.Noun, v.Thing}
		last[k] = i
		created[k] = created[k] || v.Kind == "created"
	}
	var out []Happening
	for i, v := range rows {
		k := thing{v.Noun, v.Thing}
		if last[k] != i {
			continue
		}
		if created[k] {
			v.Kind = "created"
		}
		out = append(out, v)
	}
	return out
}

// describe fills in how things of a noun are that the viewer sees.
func (s *Store) describe(ctx context.Context, h Happened, noun string, all []Happening) error {
	var ids [][16]byte
	for _, v := range all {
		if v.Noun == noun {
			ids = append(ids, v.Thing)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	number := "0"
	if noun == "cases" {
		number = "number"
	}
	l := newListing("id, "+number+", title, status, severity, rev, updated_at", noun, h.Tenant).
		where("id IN (SELECT unhex(value) FROM json_each($))", true, hexList(ids)).seen(s, h.Viewer)
	known := map[[16]byte]Happening{}
	err := s.readers.each(ctx, sqlf(l.text.String(), l.args...), func(r *rows) error {
		var id []byte
		var v Happening
		if err := r.Scan(&id, &v.Number, &v.Title, &v.Status, &v.Severity, &v.Rev, &v.At); err != nil {
			return err
		}
		known[[16]byte(id)] = v
		return nil
	})
	for i, v := range all {
		if k, ok := known[v.Thing]; ok && v.Noun == noun {
			k.Seq, k.Noun, k.Kind, k.Thing = v.Seq, v.Noun, v.Kind, v.Thing
			all[i] = k
		}
	}
	return err
}
