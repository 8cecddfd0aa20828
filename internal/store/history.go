package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/picture"
)

var _ enrich.Histories = (*Store)(nil)

const (
	// mostNeighbours bounds the alerts that are looked at for one entity or
	// observable; what more have says nothing about likeness.
	mostNeighbours = 50
	mostSimilar    = 8
	// Of one alert these many of each are compared.
	comparedEntities, comparedObservables = 12, 24
	likenessHalves                        = 30 * 24 * time.Hour
)

// History implements [enrich.Histories]. It reads a bounded number of rows,
// however often something came before: counts end at fifty.
func (s *Store) History(ctx context.Context, a enrich.Asked) (h picture.History, seen []int, err error) {
	if h.Repeats, h.Outcomes, err = s.repeats(ctx, a); err != nil {
		return h, nil, err
	}
	near := &neighbours{asked: a, weights: map[harrier.AlertID]float64{}, shares: map[harrier.AlertID][]string{}}
	if err := s.neighbours(ctx, near); err != nil {
		return h, nil, err
	}
	h.Similar, err = s.similar(ctx, near)
	return h, near.seen, err
}

// repeats counts the earlier alerts of a fingerprint with what was folded into
// them, by what they were.
func (s *Store) repeats(ctx context.Context, a enrich.Asked) (n int, outcomes map[string]int, err error) {
	const text = `SELECT CASE WHEN status = 'closed' THEN disposition ELSE 'open' END, 1 + repeats FROM alerts
WHERE tenant_id = $1 AND fingerprint = $2 AND fingerprint <> '' AND created_at >= $3 AND id <> $4 AND ` + notRestricted + ` ORDER BY created_at DESC LIMIT $5`
	if a.Fingerprint == "" {
		return 0, nil, nil
	}
	err = s.readers.each(ctx, sqlf(text, a.Tenant[:], a.Fingerprint, a.Since, a.Alert[:], mostNeighbours), func(r *rows) error {
		var was string
		var count int
		if err := r.Scan(&was, &count); err != nil {
			return err
		}
		if outcomes == nil {
			outcomes = map[string]int{}
		}
		n += count
		outcomes[cmp.Or(was, "inconclusive")] += count
		return nil
	})
	return n, outcomes, err
}

// neighbours are the alerts that share something with one.
type neighbours struct {
	asked enrich.Asked
	// seen counts the alerts that had each observable.
	seen    []int
	weights map[harrier.AlertID]float64
	shares  map[harrier.AlertID][]string
}

// neighbours finds what shares an entity or an observable, in one query for
// all of them: the pairs of type and key are a list in JSON.
func (s *Store) neighbours(ctx context.Context, n *neighbours) error {
	const text = `SELECT j.key, 0, (SELECT group_concat(hex(alert_id), '') FROM (SELECT alert_id FROM alert_entities
WHERE tenant_id = $1 AND type = j.value->>0 AND key = j.value->>1 AND at >= $2 AND alert_id <> $3 ORDER BY at DESC LIMIT $4)) FROM json_each($5) j
UNION ALL SELECT j.key, 1, (SELECT group_concat(hex(alert_id), '') FROM (SELECT alert_id FROM alert_observables
WHERE tenant_id = $1 AND type = j.value->>0 AND value = j.value->>1 AND at >= $2 AND alert_id <> $3 ORDER BY at DESC LIMIT $4)) FROM json_each($6) j`
	a := n.asked
	n.seen = make([]int, len(a.Observables))
	entities, observables := make([][2]string, 0, comparedEntities), make([][2]string, 0, comparedObservables)
	for _, e := range a.Entities[:min(len(a.Entities), comparedEntities)] {
		entities = append(entities, [2]string{string(e.Type), e.Key})
	}
	for _, o := range a.Observables[:min(len(a.Observables), comparedObservables)] {
		observables = append(observables, [2]string{o.Type, o.Value})
	}
	if len(entities)+len(observables) == 0 {
		return nil
	}
	first, err1 := json.Marshal(entities)
	second, err2 := json.Marshal(observables)
	if err := cmp.Or(err1, err2); err != nil {
		return harrier.Errorf(harrier.Internal, "encode what history is asked about: %w", err)
	}
	q := sqlf(text, a.Tenant[:], a.Since, a.Alert[:], mostNeighbours, json.RawMessage(first), json.RawMessage(second))
	return s.readers.each(ctx, q, func(r *rows) error {
		var at, of int
		var ids string
		if err := r.Scan(&at, &of, &ids); err != nil {
			return err
		}
		if of == 0 {
			return n.add(ids, entities[at])
		}
		n.seen[at] = len(ids) / 32
		return n.add(ids, observables[at])
	})
}

// add weighs what shares one thing: the rarer it is, the more it says.
func (n *neighbours) add(ids string, what [2]string) error {
	count := len(ids) / 32
	if count == 0 || count >= mostNeighbours {
		return nil
	}
	weight := math.Log(1 + float64(mostNeighbours)/float64(count))
	shared := what[0] + " " + what[1]
	for i := range count {
		var id harrier.AlertID
		if _, err := hex.Decode(id[:], []byte(ids[i*32:(i+1)*32])); err != nil {
			return harrier.Errorf(harrier.Internal, "an alert's id cannot be read: %w", err)
		}
		if list := n.shares[id]; len(list) == 0 || list[len(list)-1] != shared { // an alert whose time changed is there twice
			n.weights[id] += weight
			n.shares[id] = append(list, shared)
		}
	}
	return nil
}

// similar returns the nearest, with what is known of them: those that share the
// most and rarest things, the later ones first.
func (s *Store) similar(ctx context.Context, n *neighbours) ([]picture.Similar, error) {
	const text = `SELECT id, title, severity, disposition, coalesce(event_at, created_at) FROM alerts
WHERE tenant_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2)) AND ` + notRestricted
	if len(n.weights) == 0 {
		return nil, nil
	}
	ids := make([]harrier.AlertID, 0, len(n.weights))
	for id := range n.weights {
		n.weights[id] *= math.Exp2(-float64(max(0, n.asked.At.Sub(madeAt(id)))) / float64(likenessHalves))
		ids = append(ids, id)
	}
	nearer := func(a, b harrier.AlertID) int {
		return cmp.Or(cmp.Compare(n.weights[b], n.weights[a]), strings.Compare(string(b[:]), string(a[:])))
	}
	slices.SortFunc(ids, nearer)
	ids = ids[:min(len(ids), mostSimilar)]
	found, err := list(ctx, s.readers, sqlf(text, n.asked.Tenant[:], hexList(ids)), func(r harrier.Rows) (p picture.Similar, err error) {
		err = r.Scan(&p.Alert, &p.Title, &p.Severity, &p.Disposition, &p.At)
		p.Shares = n.shares[p.Alert]
		return p, err
	})
	slices.SortFunc(found, func(a, b picture.Similar) int { return nearer(a.Alert, b.Alert) })
	return found, err
}

// madeAt is when an id was made.
func madeAt(id harrier.AlertID) time.Time {
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms)
}
