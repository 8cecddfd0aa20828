package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
)

const (
	// maxLookups bounds how many addresses of one alert are looked up.
	maxLookups = 64
	// maxShown bounds how many things that share a name are named.
	maxShown = 5
)

// Fill fills in what is known of entities: which thing each of them is, or was
// at a time, and how much that mattered then or matters now. What is not known
// stays empty.
func (s *Service) Fill(ctx context.Context, tenant harrier.TenantID, entities []picture.Entity, at time.Time) error {
	ix, err := s.index(ctx, tenant)
	if err != nil {
		return err
	}
	look := lookup{s: s, ix: ix, tenant: tenant, at: at, now: s.now()}
	for i := range entities {
		look.met = nil
		if err := look.fill(ctx, &entities[i]); err != nil {
			return err
		}
		if err := look.then(ctx, &entities[i]); err != nil {
			return err
		}
	}
	return nil
}

// Resolve returns the entity that another stood for at a time: the host or user
// that had an address, the one spelling of a name. ok is false where that is
// not known, and then why may say more.
func (s *Service) Resolve(ctx context.Context, tenant harrier.TenantID, e harrier.Entity, at time.Time) (as harrier.Entity, ok bool, why string) {
	filled := []picture.Entity{{Entity: e}}
	if err := s.Fill(ctx, tenant, filled, at); err != nil {
		return e, false, err.Error()
	}
	f := filled[0]
	switch {
	case f.As != nil:
		return *f.As, true, ""
	case f.Known:
		return e, true, ""
	}
	return e, false, strings.Join(f.Notes, "; ")
}

// lookup fills in the entities of one alert.
type lookup struct {
	s      *Service
	ix     *index
	tenant harrier.TenantID
	at     time.Time
	now    time.Time
	asked  int
	met    []*facts // the things that the present entity means
}

func (l *lookup) fill(ctx context.Context, e *picture.Entity) error {
	switch e.Type {
	case harrier.AddressEntity:
		return l.address(ctx, e)
	case harrier.HostEntity, harrier.ResourceEntity:
		if a, ok := ParseAddress(e.Key); ok { // a source that knows no name
			return l.leased(ctx, e, a)
		}
		l.describe(e, harrier.HostEntity, l.ix.host(e.Key))
	case harrier.UserEntity, harrier.MailboxEntity:
		found, kind := l.ix.user(e.Key), harrier.UserEntity
		if found == nil && strings.HasSuffix(e.Key, "$") { // the account of a machine
			a := parseAccount(e.Key)
			found, kind = l.ix.host(a.user), harrier.HostEntity
		}
		l.describe(e, kind, found)
	}
	return nil
}

// address fills in whose address it was.
func (l *lookup) address(ctx context.Context, e *picture.Entity) error {
	a, ok := ParseAddress(e.Key)
	if !ok {
		e.Notes = append(e.Notes, fmt.Sprintf("%.60q is not an address", e.Key))
		return nil
	}
	return l.leased(ctx, e, a)
}

// describe writes down what is known of the things that an entity means.
func (l *lookup) describe(e *picture.Entity, kind harrier.EntityType, found []*facts) {
	if len(found) == 0 {
		return
	}
	e.Known, l.met = true, append(l.met, found...)
	l.put(e, found[0])
	if len(found) == 1 {
		l.as(e, kind, found[0])
		return
	}
	names := make([]string, 0, maxShown)
	for _, f := range found[1:] {
		l.worse(e, f)
	}
	for _, f := range found[:min(len(found), maxShown)] {
		names = append(names, f.key+" ("+f.records[0].Source+")")
	}
	e.Owner = ""
	e.Notes = append(e.Notes, fmt.Sprintf("%d things have the name %s: %s; it is held for the one that matters most", len(found), e.Key, strings.Join(names, ", ")))
}

// as notes the one spelling of an entity, where that is another.
func (l *lookup) as(e *picture.Entity, kind harrier.EntityType, f *facts) {
	if e.Type != kind || e.Key != f.key {
		e.As = &harrier.Entity{Type: kind, Key: f.key, Name: f.name, Role: e.Role}
	}
}

// put writes the facts of a thing into an entity that has none.
func (l *lookup) put(e *picture.Entity, f *facts) {
	c, stale := f.criticality(l.now)
	e.Criticality, e.Stale = c.level, stale
	e.Environment, e.Owner, e.VIP, e.Privileged, e.Tags, e.Source, e.Seen = f.environment, f.owner, f.vip, f.privileged, f.tags, f.source, f.seen
	if !e.VIP && f.owner != "" && slices.ContainsFunc(l.ix.user(strings.ToLower(f.owner)), func(o *facts) bool { return o.vip }) {
		e.VIP = true
		e.Notes = append(e.Notes, "its owner "+f.owner+" is a VIP")
	}
	if len(f.notes) > 0 {
		e.Notes = append(e.Notes, f.notes...)
	}
	if stale && c.level != "" {
		e.Notes = append(e.Notes, staleNote(c))
	}
	if stale && c.level == "low" {
		e.Criticality = ""
	}
}

// worse adds what is worse of another thing that the entity may be, or is too.
// What the two do not agree on, in the direction that would be harmless, is unknown.
func (l *lookup) worse(e *picture.Entity, f *facts) {
	other := picture.Entity{}
	l.put(&other, f)
	if lower := min(weight(e.Criticality), weight(other.Criticality)); lower == 0 && max(weight(e.Criticality), weight(other.Criticality)) <= weight("low") {
		e.Criticality = ""
	} else if weight(other.Criticality) > weight(e.Criticality) {
		e.Criticality, e.Stale = other.Criticality, other.Stale
	}
	if other.Environment != e.Environment {
		if other.Environment == "production" || e.Environment == "production" {
			e.Environment = "production"
		} else {
			e.Environment = ""
		}
	}
	e.VIP, e.Privileged = e.VIP || other.VIP, e.Privileged || other.Privileged
	if len(other.Tags) > 0 {
		e.Tags = append(slices.Clone(e.Tags), other.Tags...)
		slices.Sort(e.Tags)
		e.Tags = slices.Compact(e.Tags)
	}
	e.Notes = append(e.Notes, other.Notes...)
}

// harmless takes away what would make an entity matter less.
func harmless(e *picture.Entity) {
	if e.Criticality == "low" {
		e.Criticality = ""
	}
	if e.Environment != "production" {
		e.Environment = ""
	}
}
