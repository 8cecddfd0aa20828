package enrich

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
)

// mostLive bounds the entities of one finding that are looked up.
const mostLive = 8

// liveVerb is a verb that tells facts about an entity.
type liveVerb struct {
	verb, input string
	// role is under what the facts are written.
	role string
}

// liveVerbs returns what can be asked about a type of entity.
func liveVerbs(t harrier.EntityType) []liveVerb {
	switch t {
	case harrier.UserEntity, harrier.MailboxEntity:
		return []liveVerb{{"identity.get_user", "user", "directory"}}
	case harrier.HostEntity:
		return []liveVerb{{"endpoint.get_host", "host", "edr"}, {"asset.get", "asset", "assets"}, {"vuln.lookup", "asset", "vulnerabilities"}}
	case harrier.ResourceEntity:
		return []liveVerb{{"asset.get", "asset", "assets"}, {"vuln.lookup", "asset", "vulnerabilities"}}
	case harrier.AddressEntity:
	}
	return nil
}

// live asks the organisation's own systems about the entities.
func (d *drawing) live(ctx context.Context) error {
	if d.lane > d.set.liveLane() {
		return nil
	}
	asked := 0
	for _, i := range d.entityOrder() {
		e := d.pic.Entities[i].Entity
		if as := d.pic.Entities[i].As; as != nil {
			e = *as
		}
		var wanted []slot
		for _, v := range liveVerbs(e.Type) {
			list, err := d.s.cfg.Intel.Of(ctx, d.req.Tenant, v.verb, map[string]any{v.input: e.Key}, d.set.holds(e.Type))
			if err != nil {
				return err
			}
			for _, q := range list {
				wanted = append(wanted, slot{observable: -1, entity: i, about: e.Key, role: v.role, question: q})
			}
		}
		if len(wanted) == 0 {
			continue
		}
		if asked++; asked > mostLive {
			d.missing("further entities", "everybody", fmt.Sprintf("of one alert %d are looked up", mostLive))
			break
		}
		for _, one := range wanted {
			d.want(ctx, one)
		}
	}
	return d.search(ctx)
}

// entityOrder returns the entities, those first that tell most.
func (d *drawing) entityOrder() []int {
	roles := []string{"affected", "target", "actor", "destination", "source", ""}
	rank := func(i int) int {
		e := d.pic.Entities[i]
		role := slices.Index(roles, e.Role)
		if role < 0 {
			role = len(roles)
		}
		if matters(e) {
			role -= len(roles)
		}
		return role
	}
	list := make([]int, len(d.pic.Entities))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

// fact writes what one system says about an entity: under its role, and where
// another has spoken already, under the connection's name.
func (d *drawing) fact(s *slot) {
	e := &d.pic.Entities[s.entity]
	facts := make(map[string]any, len(s.answer.Facts)+2)
	maps.Copy(facts, s.answer.Facts)
	facts["from"] = s.question.Source.Name
	if !s.answer.At.IsZero() {
		facts["at"] = s.answer.At.Format(time.RFC3339)
	}
	if _, ok := facts["found"]; !ok {
		facts["found"] = true
	}
	if e.Facts == nil {
		e.Facts = map[string]any{}
	}
	if s.search != "" {
		d.logged(e, s, facts)
		return
	}
	place := s.role
	if old, taken := e.Facts[place].(map[string]any); taken {
		if old["found"] == false { // whoever knows it speaks for the role
			name, _ := old["from"].(string)
			e.Facts[s.role+" "+name] = old
		} else {
			place += " " + s.question.Source.Name
		}
	}
	e.Facts[place] = facts
	if s.role == "assets" {
		d.assume(e, facts)
	}
}

// assume takes from an asset system what the inventory does not know.
func (d *drawing) assume(e *picture.Entity, facts map[string]any) {
	take := func(into *string, name string) {
		if text, _ := facts[name].(string); *into == "" && text != "" {
			*into = text
			from, _ := facts["from"].(string)
			e.Source = cmp.Or(e.Source, from)
		}
	}
	take(&e.Criticality, "criticality")
	take(&e.Environment, "environment")
	take(&e.Owner, "owner")
}
