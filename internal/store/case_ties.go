package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// PutTie implements [casework.Ties].
func (s *Store) PutTie(ctx context.Context, tx harrier.Tx, t casework.Tie) error {
	const text = `INSERT INTO case_links (tenant_id, case_id, other_id, kind, reason, at, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, case_id, other_id) DO UPDATE SET kind = $4, reason = $5`
	_, err := tx.Exec(ctx, text, t.Tenant[:], t.Case[:], t.Other[:], t.Kind, t.Reason, t.At, t.By)
	return err
}

// Ties implements [casework.Ties].
func (s *Store) Ties(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.CaseID) ([]casework.Tie, error) {
	const text = `SELECT l.tenant_id, l.case_id, l.other_id, c.number, c.title, l.kind, l.back, l.reason, l.at, l.by_name FROM (
SELECT tenant_id, case_id, other_id, kind, 0 AS back, reason, at, by_name FROM case_links WHERE tenant_id = $1 AND case_id = $2
UNION ALL SELECT tenant_id, other_id, case_id, kind, 1, reason, at, by_name FROM case_links WHERE tenant_id = $1 AND other_id = $2) AS l
CROSS JOIN cases c ON c.tenant_id = l.tenant_id AND c.id = l.other_id WHERE NOT (` + hides + `) ORDER BY l.at, c.number LIMIT 500`
	q := sqlf(strings.NewReplacer("{viewer}", "$3", "{now}", "$4").Replace(text), tenant[:], id[:], v[:], micros(s.now()))
	return list(ctx, s.readers, q, func(r harrier.Rows) (t casework.Tie, err error) {
		err = r.Scan(&t.Tenant, &t.Case, &t.Other, &t.Number, &t.Title, &t.Kind, &t.Back, &t.Reason, &t.At, &t.By)
		return t, err
	})
}

// Pour implements [casework.Ties]. Alerts stay in the first case too, so that
// it can still be read; evidence and open ends go over.
func (s *Store) Pour(ctx context.Context, tx harrier.Tx, from, into harrier.Case) error {
	for _, text := range []string{
		`INSERT INTO case_alerts (tenant_id, case_id, alert_id, added_at) SELECT tenant_id, $3, alert_id, added_at FROM case_alerts
WHERE tenant_id = $1 AND case_id = $2 ON CONFLICT DO NOTHING`,
		`INSERT INTO case_runs (tenant_id, run_id, case_id) SELECT tenant_id, run_id, $3 FROM case_runs WHERE tenant_id = $1 AND case_id = $2 ON CONFLICT DO NOTHING`,
		`INSERT INTO case_observables (tenant_id, case_id, type, value, bad, tlp, note, added_at, added_by)
SELECT tenant_id, $3, type, value, bad, tlp, note, added_at, added_by FROM case_observables WHERE tenant_id = $1 AND case_id = $2
ON CONFLICT (tenant_id, case_id, type, value) DO UPDATE SET bad = max(bad, excluded.bad)`,
		`UPDATE evidence SET case_id = $3 WHERE tenant_id = $1 AND case_id = $2`,
		`INSERT INTO case_tasks (` + taskColumns + `) SELECT tenant_id, $3,
CASE WHEN EXISTS (SELECT 1 FROM case_tasks o WHERE o.tenant_id = $1 AND o.case_id = $3 AND o.id = case_tasks.id) THEN id || '-' || $4 ELSE id END,
position + 1000, title, help, required, assignee_id, assignee_name, due_at, status, reason, ended_at, ended_by
FROM case_tasks WHERE tenant_id = $1 AND case_id = $2 ON CONFLICT DO NOTHING`,
		`INSERT INTO case_keys (tenant_id, type, value, case_id, first_at, last_at) SELECT tenant_id, type, value, $3, first_at, last_at FROM case_keys
WHERE tenant_id = $1 AND case_id = $2 ON CONFLICT (tenant_id, type, value, case_id) DO UPDATE
SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`,
		`DELETE FROM case_keys WHERE tenant_id = $1 AND case_id = $2`,
		`INSERT INTO case_spans (tenant_id, case_id, first_at, last_at) SELECT tenant_id, $3, first_at, last_at FROM case_spans
WHERE tenant_id = $1 AND case_id = $2 ON CONFLICT (tenant_id, case_id) DO UPDATE
SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`,
	} {
		if _, err := tx.Exec(ctx, text, from.Tenant[:], from.ID[:], into.ID[:], from.Number); err != nil {
			return err
		}
	}
	return nil
}

// TakeOut implements [casework.Ties].
func (s *Store) TakeOut(ctx context.Context, tx harrier.Tx, l casework.Link) (taken bool, err error) {
	n, err := tx.Exec(ctx, `DELETE FROM case_alerts WHERE tenant_id = $1 AND case_id = $2 AND alert_id = $3`, l.Tenant[:], l.Case[:], l.Alert[:])
	return n > 0, err
}

// SeeAlertIn implements [casework.Ties].
func (s *Store) SeeAlertIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Viewer, id harrier.AlertID) error {
	var n int
	ok, err := oneIn(ctx, tx, s.seenQuery(tenant, v, thing{table: "alerts", id: id}), &n)
	if err == nil && !ok {
		err = errNoAlert(id)
	}
	return err
}

// PutObservable implements [casework.Facts].
func (s *Store) PutObservable(ctx context.Context, tx harrier.Tx, o casework.Observable) error {
	const text = `INSERT INTO case_observables (tenant_id, case_id, type, value, bad, tlp, note, added_at, added_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, case_id, type, value) DO UPDATE SET bad = $5, tlp = $6, note = $7`
	_, err := tx.Exec(ctx, text, o.Tenant[:], o.Case[:], o.Type, o.Value, o.Bad, o.TLP, o.Note, o.AddedAt, o.AddedBy)
	return err
}

// Observables implements [casework.Facts].
func (s *Store) Observables(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID, limit int) ([]casework.Observable, error) {
	const text = `SELECT type, value, max(bad), max(tlp), max(note), sum(alerts), min(at), max(added_by) FROM (
SELECT type, value, bad, tlp, note, 0 AS alerts, added_at AS at, added_by FROM case_observables WHERE tenant_id = $1 AND case_id = $2
UNION ALL SELECT o.type, o.value, 0, '', '', 1, o.at, '' FROM case_alerts ca CROSS JOIN alert_observables o ON o.tenant_id = ca.tenant_id AND o.alert_id = ca.alert_id
WHERE ca.tenant_id = $1 AND ca.case_id = $2) GROUP BY type, value ORDER BY max(bad) DESC, sum(alerts) DESC, type, value LIMIT $3`
	return list(ctx, s.readers, sqlf(text, tenant[:], id[:], limit), func(r harrier.Rows) (o casework.Observable, err error) {
		err = r.Scan(&o.Type, &o.Value, &o.Bad, &o.TLP, &o.Note, &o.Alerts, &o.AddedAt, &o.AddedBy)
		o.Tenant, o.Case = tenant, id
		return o, err
	})
}

const (
	// comparedThings bounds what of a case is compared with others.
	comparedThings = 60
	// mostCases is how many cases hold what says nothing about likeness.
	mostCases = 50
	// mostLike bounds how many similar cases are listed.
	mostLike = 10
)

// shared is a thing of a case with the other cases that hold it.
type shared struct {
	what  [2]string
	cases []harrier.CaseID
}

// Similar implements [casework.Facts]. What a case holds is looked for in the
// newest alerts that hold it, so that the work is bounded however common it is.
func (s *Store) Similar(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.CaseID) ([]casework.Likeness, error) {
	things, err := s.heldBy(ctx, tenant, id)
	if err != nil || len(things) == 0 {
		return nil, err
	}
	found, err := s.holders(ctx, tenant, id, things)
	if err != nil {
		return nil, err
	}
	likes := map[harrier.CaseID]*casework.Likeness{}
	for _, f := range found {
		if len(f.cases) == 0 || len(f.cases) >= mostCases {
			continue
		}
		share := casework.Share{Type: f.what[0], Value: f.what[1], Cases: len(f.cases), Weight: math.Log(1 + float64(mostCases)/float64(len(f.cases)))}
		for _, c := range f.cases {
			if likes[c] == nil {
				likes[c] = &casework.Likeness{Case: c, Of: len(things)}
			}
			likes[c].Score += share.Weight
			likes[c].Shares = append(likes[c].Shares, share)
		}
	}
	return s.named(ctx, tenant, v, likes)
}

// heldBy lists what a case is about: observables and entities of its alerts, and
// what people added.
func (s *Store) heldBy(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) ([][3]string, error) {
	const text = `SELECT DISTINCT kind, type, value FROM (
SELECT 'o' AS kind, type, value FROM case_observables WHERE tenant_id = $1 AND case_id = $2
UNION ALL SELECT 'o', o.type, o.value FROM case_alerts ca CROSS JOIN alert_observables o ON o.tenant_id = ca.tenant_id AND o.alert_id = ca.alert_id
WHERE ca.tenant_id = $1 AND ca.case_id = $2
UNION ALL SELECT 'e', e.type, e.key FROM case_alerts ca CROSS JOIN alert_entities e ON e.tenant_id = ca.tenant_id AND e.alert_id = ca.alert_id
WHERE ca.tenant_id = $1 AND ca.case_id = $2) LIMIT $3`
	return list(ctx, s.readers, sqlf(text, tenant[:], id[:], comparedThings), func(r harrier.Rows) (t [3]string, err error) {
		return t, r.Scan(&t[0], &t[1], &t[2])
	})
}

// holders finds the other cases that hold each thing.
func (s *Store) holders(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID, things [][3]string) ([]shared, error) {
	const text = `SELECT j.key, (SELECT group_concat(hex(case_id), '') FROM (SELECT DISTINCT case_id FROM (
SELECT ca.case_id FROM (SELECT alert_id FROM alert_observables WHERE j.value->>0 = 'o' AND tenant_id = $1 AND type = j.value->>1 AND value = j.value->>2 ORDER BY at DESC LIMIT 500) o
CROSS JOIN case_alerts ca ON ca.tenant_id = $1 AND ca.alert_id = o.alert_id
UNION ALL SELECT ca.case_id FROM (SELECT alert_id FROM alert_entities WHERE j.value->>0 = 'e' AND tenant_id = $1 AND type = j.value->>1 AND key = j.value->>2 ORDER BY at DESC LIMIT 500) e
CROSS JOIN case_alerts ca ON ca.tenant_id = $1 AND ca.alert_id = e.alert_id
UNION ALL SELECT case_id FROM case_observables WHERE j.value->>0 = 'o' AND tenant_id = $1 AND type = j.value->>1 AND value = j.value->>2)
WHERE case_id <> $2 LIMIT $3)) FROM json_each($4) j`
	asked, err := json.Marshal(things)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode what a case holds: %w", err)
	}
	q := sqlf(text, tenant[:], id[:], mostCases, json.RawMessage(asked))
	return list(ctx, s.readers, q, func(r harrier.Rows) (f shared, err error) {
		var at int
		var ids string
		if err := r.Scan(&at, &ids); err != nil {
			return f, err
		}
		f.what = [2]string{things[at][1], things[at][2]}
		for ; len(ids) >= 32; ids = ids[32:] {
			var c harrier.CaseID
			if _, err := hex.Decode(c[:], []byte(ids[:32])); err != nil {
				return f, harrier.Errorf(harrier.Internal, "a case's id cannot be read: %w", err)
			}
			f.cases = append(f.cases, c)
		}
		return f, nil
	})
}

// named completes the likest of the cases that the viewer sees.
func (s *Store) named(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, likes map[harrier.CaseID]*casework.Likeness) ([]casework.Likeness, error) {
	ids := slices.Collect(maps.Keys(likes))
	l := newListing("id, number, title, status, disposition", "cases", tenant).
		where("id IN (SELECT unhex(value) FROM json_each($))", true, hexList(ids)).seen(s, v)
	found, err := list(ctx, s.readers, sqlf(l.text.String(), l.args...), func(r harrier.Rows) (k casework.Likeness, err error) {
		err = r.Scan(&k.Case, &k.Number, &k.Title, &k.Status, &k.Disposition)
		if like := likes[k.Case]; like != nil {
			k.Score, k.Shares, k.Of = like.Score, like.Shares, like.Of
		}
		slices.SortStableFunc(k.Shares, func(a, b casework.Share) int { return cmp.Compare(b.Weight, a.Weight) })
		return k, err
	})
	slices.SortFunc(found, func(a, b casework.Likeness) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Number, a.Number))
	})
	return found[:min(len(found), mostLike)], err
}
