package enrich

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Search is a search in the logs around the time of an event. Its query is the
// organisation's own, in the language of its SIEM.
type Search struct {
	Name string
	// Connection is where it is made.
	Connection string
	// For is the type of the entities that it is made for.
	For harrier.EntityType
	// Query may hold {entity}, which stands for the entity's key. Only keys of
	// letters, digits and . _ - @ : are put there, so that no alert can write
	// into a query.
	Query string
	// Before and After are how much time around the event it covers.
	Before, After time.Duration
	// Rows bounds what it gives.
	Rows int
}

const (
	placeholder = "{entity}"
	// searchHolds is how long what a search found is used again.
	searchHolds = 10 * time.Minute
	// mostSearched bounds the entities that one search is made for.
	mostSearched = 3
	// mostFound bounds what a search adds to a picture, in bytes.
	mostFound = 64 << 10
)

// search has the logs searched around the event, for severe alerts and for
// those about somebody who matters.
func (d *drawing) search(ctx context.Context) error {
	if d.lane > 1 {
		return nil
	}
	for _, one := range d.set.Searches {
		made := 0
		for _, i := range d.entityOrder() {
			e := d.pic.Entities[i].Entity
			if as := d.pic.Entities[i].As; as != nil && e.Type != one.For {
				e = *as
			}
			if e.Type != one.For || made == mostSearched {
				continue
			}
			made++
			if err := d.searchFor(ctx, one, i, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// searchFor makes one search for one entity.
func (d *drawing) searchFor(ctx context.Context, one Search, i int, e harrier.Entity) error {
	if !harmless(e.Key) {
		d.missing(e.Key, one.Connection, "its name holds what must not be written into a query, so "+one.Name+" was not searched")
		return nil
	}
	list, err := d.s.cfg.Intel.Of(ctx, d.req.Tenant, "siem.search", map[string]any{
		"query": strings.ReplaceAll(one.Query, placeholder, e.Key), "limit": int64(one.Rows),
		"from": d.at.Add(-one.Before).UTC().Format(time.RFC3339), "to": d.at.Add(one.After).UTC().Format(time.RFC3339),
	}, searchHolds)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(q intel.Question) bool { return q.Source.Name == one.Connection })
	if at < 0 {
		d.missing(e.Key, one.Connection, "no enabled connection of that name offers siem.search, so "+one.Name+" was not searched")
		return nil
	}
	d.want(ctx, slot{observable: -1, entity: i, about: e.Key, role: "logs", search: one.Name, question: list[at]})
	return nil
}

// harmless reports whether a key can stand in any query.
func harmless(key string) bool {
	const others = "._-@:"
	return key != "" && len(key) <= 253 && strings.IndexFunc(key, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(others, r))
	}) < 0
}

// logged writes what a search found, as far as there is room.
func (d *drawing) logged(e *picture.Entity, s *slot, facts map[string]any) {
	events, _ := facts["events"].([]any)
	if text, err := json.Marshal(events); err == nil && len(text) > mostFound {
		size, kept := 2, 0
		for _, event := range events {
			text, _ := json.Marshal(event)
			if size += len(text) + 1; size > mostFound {
				break
			}
			kept++
		}
		facts["events"], facts["truncated"] = events[:kept], true
		d.missing(s.about, s.question.Source.Name, fmt.Sprintf("%s found more than a picture holds: %d of %d events are kept", s.search, kept, len(events)))
	}
	logs, _ := e.Facts["logs"].(map[string]any)
	if logs == nil {
		logs = map[string]any{}
		e.Facts["logs"] = logs
	}
	logs[s.search] = facts
}
