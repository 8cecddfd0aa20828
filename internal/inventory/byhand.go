package inventory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Statement is what a person says of a thing. What is nil stays as it is; empty
// text takes back what was said before.
type Statement struct {
	Kind harrier.EntityType
	// Name is any name of the thing. One that nobody has makes a new thing.
	Name        string
	Criticality *string
	// ReviewBy is when the criticality is to be looked at again.
	ReviewBy *time.Time
	// Overrules lets the criticality hold against a higher one of another source,
	// until its review.
	Overrules   *bool
	Environment *string
	Owner       *string
	VIP         *bool
	Privileged  *bool
	Tags        *[]string
}

// Set notes what a person says of a thing, and returns the thing as it is then.
// A name that several have is a Conflict.
func (s *Service) Set(ctx context.Context, by harrier.Principal, st Statement) (Thing, error) {
	if st.Kind != harrier.HostEntity && st.Kind != harrier.UserEntity {
		return Thing{}, harrier.Errorf(harrier.Invalid, "what is set is a host or a user, not %q", st.Kind)
	}
	t := s.of(by.Tenant)
	t.change.Lock()
	defer t.change.Unlock()
	ix, err := s.loaded(ctx, by.Tenant, t)
	if err != nil {
		return Thing{}, err
	}
	found := ix.find(st.Kind, st.Name)
	if len(found) > 1 {
		var keys []string
		for _, f := range found {
			keys = append(keys, f.key)
		}
		return Thing{}, harrier.Errorf(harrier.Conflict, "%s is the name of %d: say which, by its full name or id: %s", st.Name, len(found), strings.Join(keys, ", "))
	}
	r := handRecord(st, found)
	if err := st.onto(&r, s.now().UTC()); err != nil {
		return Thing{}, err
	}
	if r, err = r.canonical(); err != nil {
		return Thing{}, err
	}
	if len(ix.records) >= maxRecords {
		return Thing{}, harrier.Errorf(harrier.Limited, "the inventory has %d records, as many as are kept", maxRecords)
	}
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.PutInventoryRecord(ctx, tx, by.Tenant, r); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"inventory.set", r.Key, map[string]any{"kind": r.Kind, "said": r}})
	})
	if err != nil {
		return Thing{}, err
	}
	next := s.after(ix, []*Record{&r}, Source{Name: ByHand, Kind: st.Kind, Rank: rankByHand})
	t.set(next)
	for _, f := range next.find(st.Kind, r.Key) {
		return f.thing(next.rules, s.now()), nil
	}
	return Thing{}, harrier.Errorf(harrier.Internal, "%s is not found after it was set", r.Key)
}

// handRecord is the record that people's words go into: the one there is, or a new
// one with the names by which it joins the thing.
func handRecord(st Statement, found []*facts) Record {
	if len(found) == 0 {
		r := Record{Kind: st.Kind, Source: ByHand}
		name := nameSpelling(clean(st.Name))
		switch at := strings.LastIndexByte(name, '@'); {
		case st.Kind == harrier.UserEntity && at > 0:
			r.UPN = name
		case st.Kind == harrier.UserEntity && isSID(name):
			r.IDs = map[string]string{"sid": name}
		default:
			r.Names = []string{name}
		}
		r.Name, r.Key = clean(st.Name), name
		return r
	}
	f := found[0]
	for _, r := range f.records {
		if r.Source == ByHand {
			return *r
		}
	}
	first := f.records[0]
	r := Record{Kind: st.Kind, Source: ByHand, Key: f.key, IDs: first.IDs, UPN: first.UPN, Names: first.Names}
	if first.UPN == "" {
		r.Mail = first.Mail
	}
	if len(first.IDs) == 0 && first.UPN == "" && len(first.Names) == 0 && len(first.Mail) == 0 {
		r.Names = []string{f.key}
	}
	return r
}

// onto writes a statement into a record.
func (st Statement) onto(r *Record, now time.Time) error {
	r.Seen, r.Gone = now.Truncate(time.Microsecond), time.Time{}
	if st.Criticality != nil {
		level, ok := ParseCriticality(*st.Criticality)
		if !ok {
			return harrier.Errorf(harrier.Invalid, "%.40q is no criticality: say critical, high, medium, low or unknown", *st.Criticality)
		}
		r.Criticality, r.CriticalityAt, r.ReviewBy, r.Overrules = level, r.Seen, time.Time{}, false
	}
	if st.ReviewBy != nil {
		r.ReviewBy = st.ReviewBy.UTC()
	}
	if st.Overrules != nil {
		r.Overrules = *st.Overrules
	}
	if r.Overrules && r.Criticality == "" {
		return harrier.Errorf(harrier.Invalid, "nothing can overrule without a criticality: say which")
	}
	for _, field := range []struct {
		to   *string
		from *string
	}{{&r.Environment, st.Environment}, {&r.Owner, st.Owner}} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	if st.VIP != nil {
		r.VIP = *st.VIP
	}
	if st.Privileged != nil {
		r.Privileged = *st.Privileged
	}
	if st.Tags != nil {
		r.Tags = slices.Clone(*st.Tags)
	}
	return nil
}
