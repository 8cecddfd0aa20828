package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/picture"
)

// KeepPast is how long it is kept what a source said before.
const KeepPast = 90 * 24 * time.Hour

// Changed is when a source last said something else of a thing.
func (r Record) Changed() time.Time {
	if r.Gone.After(r.Seen) {
		return r.Gone
	}
	return r.Seen
}

// then adds what held at the time of the event, where that has changed since: a
// machine that was production then, or that somebody else owned. What is known
// now counts too, wherever it makes the thing matter more: a correction after the
// event must not be lost, and a change after it must hide nothing.
func (l *lookup) then(ctx context.Context, e *picture.Entity) error {
	for _, f := range l.met {
		was, err := l.was(ctx, f)
		if err != nil {
			return err
		}
		if was == nil {
			continue
		}
		past := picture.Entity{}
		l.put(&past, was)
		differs := otherwise(past, *e)
		notes := e.Notes
		l.worse(e, was)
		e.Notes = slices.Clip(notes)
		if len(l.met) == 1 {
			e.Owner = was.owner
		}
		if len(differs) > 0 {
			e.Notes = append(e.Notes, fmt.Sprintf("at %s it was: %s; what matters more of then and now holds", clock(l.at), strings.Join(differs, ", ")))
		}
	}
	return nil
}

// was is a thing as it was at the time of the event; nil where it is the same now,
// or where nobody knows.
func (l *lookup) was(ctx context.Context, f *facts) (*facts, error) {
	if l.at.IsZero() {
		return nil, nil //nolint:nilnil // there is no time to go back to
	}
	records, changed := slices.Clone(f.records), false
	for i, r := range records {
		if !r.Changed().After(l.at) {
			continue
		}
		if l.asked++; l.asked > maxLookups {
			break
		}
		past, ok, err := l.s.store.InventoryRecordAt(ctx, l.tenant, *r, l.at)
		if err != nil {
			return nil, err
		}
		if ok {
			records[i], changed = &past, true
		}
	}
	if !changed {
		return nil, nil //nolint:nilnil // as it is now
	}
	out := l.ix.rules.merge(records)
	return &out, nil
}

// otherwise tells what was otherwise.
func otherwise(then, now picture.Entity) (list []string) {
	say := func(name, was, is string) {
		if was != is {
			if was == "" {
				was = "not known"
			}
			list = append(list, name+" "+was)
		}
	}
	say("criticality", then.Criticality, now.Criticality)
	say("environment", then.Environment, now.Environment)
	say("owner", then.Owner, now.Owner)
	say("VIP", yes(then.VIP), yes(now.VIP))
	say("privileged", yes(then.Privileged), yes(now.Privileged))
	return list
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
