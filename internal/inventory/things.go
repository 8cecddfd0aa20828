package inventory

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Filter selects things. Empty fields select all.
type Filter struct {
	Kind harrier.EntityType
	// Name is any name of the thing, exactly.
	Name string
	// Query is a part of its key, its name or its owner.
	Query       string
	Criticality string
	Environment string
	Source      string
	Tag         string
	// Gone, VIP, Privileged, Stale and Contradicted select those that are.
	Gone, VIP, Privileged, Stale, Contradicted bool
}

// Things lists things by their key.
func (s *Service) Things(ctx context.Context, tenant harrier.TenantID, f Filter, p harrier.Page) ([]Thing, string, error) {
	ix, err := s.index(ctx, tenant)
	if err != nil {
		return nil, "", err
	}
	now, limit := s.now(), p.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	if f.Name != "" {
		return things(ix.find(f.Kind, f.Name), f, ix.rules, now), "", nil
	}
	after, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil {
		return nil, "", harrier.Errorf(harrier.Invalid, "the cursor %q is none of this list's; leave it out to begin again", p.Cursor)
	}
	list := ix.register(f.Kind).things
	at, _ := slices.BinarySearchFunc(list, string(after), func(t facts, place string) int { return strings.Compare(t.order(), place) })
	var out []Thing
	for i := at; i < len(list); i++ {
		if string(after) == list[i].order() || !f.fits(&list[i], now) {
			continue
		}
		if len(out) == limit {
			return out, base64.RawURLEncoding.EncodeToString([]byte(list[i-1].order())), nil
		}
		out = append(out, list[i].thing(ix.rules, now))
	}
	return out, "", nil
}

// order is the place of a thing in the list of all.
func (f *facts) order() string {
	return f.key + "\x00" + f.records[0].Source + "\x00" + f.records[0].Key
}

func things(found []*facts, f Filter, ru rules, now time.Time) []Thing {
	var out []Thing
	for _, one := range found {
		if f.fits(one, now) {
			out = append(out, one.thing(ru, now))
		}
	}
	return out
}

// fits tells whether a thing is selected.
func (f Filter) fits(t *facts, now time.Time) bool {
	c, stale := t.criticality(now)
	switch {
	case f.Criticality == "unknown" && c.level != "", f.Criticality != "" && f.Criticality != "unknown" && c.level != f.Criticality,
		f.Environment != "" && t.environment != f.Environment, f.Tag != "" && !slices.Contains(t.tags, f.Tag),
		f.Gone && t.gone.IsZero(), f.VIP && !t.vip, f.Privileged && !t.privileged, f.Stale && !stale,
		f.Contradicted && !slices.ContainsFunc(t.notes, func(n string) bool { return strings.Contains(n, "contradicted") }),
		f.Source != "" && !slices.ContainsFunc(t.records, func(r *Record) bool { return r.Source == f.Source }):
		return false
	}
	if f.Query == "" {
		return true
	}
	q := strings.ToLower(f.Query)
	return strings.Contains(t.key, q) || strings.Contains(strings.ToLower(t.name), q) || strings.Contains(strings.ToLower(t.owner), q)
}

// Sources lists who tells of hosts and users.
func (s *Service) Sources(ctx context.Context, tenant harrier.TenantID) ([]Source, error) {
	ix, err := s.index(ctx, tenant)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(ix.sources)
	slices.SortFunc(out, func(a, b Source) int {
		return strings.Compare(string(a.Kind)+"\x00"+a.Name, string(b.Kind)+"\x00"+b.Name)
	})
	return out, nil
}
