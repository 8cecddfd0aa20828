package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/retention"
)

// The parts of a purge's conditions. $1 is the tenant.
const (
	// heldAlerts are the alerts that a hold is about: by themselves, by what they
	// are about, or by a case that they are in.
	heldAlerts = `(SELECT target FROM legal_holds WHERE tenant_id = $1 AND kind = 'alert' AND lifted_at IS NULL
UNION SELECT e.alert_id FROM legal_holds h CROSS JOIN alert_entities e ON e.tenant_id = h.tenant_id
	AND e.type = substr(h.subject, 1, instr(h.subject, ':') - 1) AND e.key = substr(h.subject, instr(h.subject, ':') + 1)
	WHERE h.tenant_id = $1 AND h.kind = 'subject' AND h.lifted_at IS NULL
UNION SELECT o.alert_id FROM legal_holds h CROSS JOIN alert_observables o ON o.tenant_id = h.tenant_id
	AND o.type = substr(h.subject, 1, instr(h.subject, ':') - 1) AND o.value = substr(h.subject, instr(h.subject, ':') + 1)
	WHERE h.tenant_id = $1 AND h.kind = 'subject' AND h.lifted_at IS NULL
UNION SELECT ca.alert_id FROM legal_holds h CROSS JOIN case_alerts ca ON ca.tenant_id = h.tenant_id AND ca.case_id = h.target
	WHERE h.tenant_id = $1 AND h.kind = 'case' AND h.lifted_at IS NULL)`
)

// freeAlert holds where the alert of a column, with its table, is neither held
// nor open; freeCase is the same of a case, which is held by its alerts too.
func freeAlert(column string) string {
	return `(` + column + ` IS NULL OR NOT EXISTS (SELECT 1 FROM alerts a WHERE a.tenant_id = $1 AND a.id = ` + column + ` AND a.status <> 'closed')
AND ` + column + ` NOT IN ` + heldAlerts + `)`
}

func freeCase(column string) string {
	return `(` + column + ` IS NULL OR NOT EXISTS (SELECT 1 FROM cases a WHERE a.tenant_id = $1 AND a.id = ` + column + ` AND a.status <> 'closed')
AND ` + unheldCase(column) + `)`
}

func unheldCase(column string) string {
	return column + ` NOT IN (SELECT target FROM legal_holds WHERE tenant_id = $1 AND kind = 'case' AND lifted_at IS NULL)
AND NOT EXISTS (SELECT 1 FROM case_alerts ca WHERE ca.tenant_id = $1 AND ca.case_id = ` + column + ` AND ca.alert_id IN ` + heldAlerts + `)`
}

// window returns the query for the next oldest rows of a class: place, id, time
// and whether they may go. $2 is before when, $3 how many, and $4 and $5 after
// which place. It looks at no more rows than it returns, whatever they are.
func window(c retention.Class) string {
	const after = ` AND (created_at, id) > ($4, $5) ORDER BY created_at, id LIMIT $3`
	switch c {
	case retention.Events: // their ids begin with the time at which they came
		return `SELECT 0, id, received_at, received_at < $2 AND state <> 'pending' AND ` + freeAlert("inbox.alert_id") + `
FROM inbox WHERE tenant_id = $1 AND id > $5 AND id < $6 ORDER BY id LIMIT $3`
	case retention.Runs:
		return `SELECT created_at, id, ended_at, COALESCE(ended_at < $2, 0) AND unresolved = 0 AND ` + freeAlert("runs.alert_id") + ` AND ` + freeCase("runs.case_id") + `
AND NOT EXISTS (SELECT 1 FROM containments c WHERE c.run_id = runs.id AND c.state = 'active')
AND NOT EXISTS (SELECT 1 FROM runs child WHERE child.parent_id = runs.id AND child.ended_at IS NULL)
FROM runs WHERE tenant_id = $1 AND created_at < $2` + after
	case retention.Cases:
		return `SELECT number, id, updated_at, created_at < $2 AND updated_at < $2 AND status = 'closed' AND ` + unheldCase("cases.id") + `
FROM cases WHERE tenant_id = $1 AND (number, id) > ($4, $5) ORDER BY number, id LIMIT $3`
	case retention.Alerts:
		return `SELECT created_at, id, updated_at, updated_at < $2 AND ` + freeAlert("alerts.id") + `
AND NOT EXISTS (SELECT 1 FROM case_alerts ca CROSS JOIN cases k ON k.tenant_id = $1 AND k.id = ca.case_id
	WHERE ca.tenant_id = $1 AND ca.alert_id = alerts.id AND k.status <> 'closed')
AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.tenant_id = $1 AND runs.alert_id = alerts.id AND runs.ended_at IS NULL)
FROM alerts WHERE tenant_id = $1 AND created_at < $2` + after
	case retention.Evidence:
		return `SELECT created_at, id, created_at, ` + freeAlert("evidence.alert_id") + ` AND ` + freeCase("evidence.case_id") + `
FROM evidence WHERE tenant_id = $1 AND created_at < $2` + after
	case retention.Indicators, retention.Leases, retention.Audit:
	}
	return ""
}

// firstID is before every id that is made at a time or later.
func firstID(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(max(0, t.UnixMilli()))<<16)
}

// Purge implements [retention.Store].
func (s *Store) Purge(ctx context.Context, tx harrier.Tx, p retention.Purge, certificate harrier.AuditID) (retention.Purged, error) {
	held, err := holdsIn(ctx, tx, p.Tenant)
	if err != nil || held[retention.HoldAll] {
		return retention.Purged{}, err
	}
	switch p.Class {
	case retention.Audit:
		if len(held) > 0 {
			return retention.Purged{}, nil // a row may be about what is held
		}
		return s.pruneAudit(ctx, tx, p, certificate)
	case retention.Indicators:
		return purgeKeys(ctx, tx, p, indicatorPurge())
	case retention.Leases:
		if held[retention.HoldSubject] {
			return retention.Purged{}, nil // a lease may be the subject's
		}
		return purgeKeys(ctx, tx, p, leasePurge())
	case retention.Events, retention.Alerts, retention.Cases, retention.Evidence, retention.Runs:
	}
	return s.purgeThings(ctx, tx, p)
}

// holdsIn tells the kinds of holds that hold.
func holdsIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID) (map[string]bool, error) {
	list, err := listIn(ctx, tx, sqlf(`SELECT DISTINCT kind FROM legal_holds WHERE tenant_id = $1 AND lifted_at IS NULL`, tenant[:]), scanText)
	kinds := map[string]bool{}
	for _, k := range list {
		kinds[k] = true
	}
	return kinds, err
}

// victim is a row that goes, where it may go.
type victim struct {
	place place
	id    []byte
	at    time.Time
	free  bool
}

func scanVictim(r harrier.Rows) (v victim, err error) {
	err = r.Scan(&v.id, &v.at)
	return v, err
}

func scanCandidate(r harrier.Rows) (v victim, err error) {
	err = r.Scan(&v.place.number, &v.id, &v.at, &v.free)
	copy(v.place.id[:], v.id)
	return v, err
}

// certified sums rows up.
func certified(list []victim) retention.Purged {
	slices.SortStableFunc(list, func(a, b victim) int { return a.at.Compare(b.at) })
	digest := sha256.New()
	for _, v := range list {
		digest.Write(v.id)
	}
	p := retention.Purged{Count: int64(len(list)), Digest: hex.EncodeToString(digest.Sum(nil))}
	if len(list) > 0 {
		p.First, p.Last = list[0].at, list[len(list)-1].at
	}
	return p
}

// longest bounds how long one change removes: everybody else waits meanwhile.
const longest = 25 * time.Millisecond

func (s *Store) purgeThings(ctx context.Context, tx harrier.Tx, p retention.Purge) (retention.Purged, error) {
	from := place{number: math.MinInt64}
	if p.After != "" {
		var err error
		if from, err = parseCursor(p.After); err != nil {
			return retention.Purged{}, err
		}
	}
	args := []any{p.Tenant[:], p.Before, p.Limit, from.number, from.id[:], firstID(p.Before)}
	list, err := listIn(ctx, tx, sqlf(window(p.Class), args...), scanCandidate)
	if err != nil {
		return retention.Purged{}, err
	}
	statements, err := s.removal(ctx, tx, p.Class)
	if err != nil {
		return retention.Purged{}, err
	}
	next, began := "", s.now()
	if len(list) == p.Limit {
		next = list[len(list)-1].place.cursor()
	}
	var gone []victim
	for i, v := range list {
		if !v.free {
			continue
		}
		if len(gone) > 0 && s.now().Sub(began) > longest {
			next = list[i-1].place.cursor()
			break
		}
		for _, text := range statements {
			if _, err := tx.Exec(ctx, text, p.Tenant[:], v.id, s.now()); err != nil {
				return retention.Purged{}, err
			}
		}
		gone = append(gone, v)
	}
	done := certified(gone)
	done.Next = next
	return done, nil
}

// removal returns the statements that remove a thing with all that belongs to
// it: $1 is the tenant, $2 the id, $3 the time. Tables that name the thing in a
// column are found in the schema, so that a new one is not forgotten.
func (s *Store) removal(ctx context.Context, tx harrier.Tx, c retention.Class) ([]string, error) {
	switch c {
	case retention.Events:
		return []string{`DELETE FROM inbox WHERE tenant_id = $1 AND id = $2`}, nil
	case retention.Evidence:
		return []string{
			`INSERT INTO evidence_doomed (tenant_id, sha256, at) SELECT e.tenant_id, e.sha256, $3 FROM evidence e WHERE e.tenant_id = $1 AND e.id = $2
AND NOT EXISTS (SELECT 1 FROM evidence o WHERE o.tenant_id = $1 AND o.sha256 = e.sha256 AND o.id <> $2) ON CONFLICT DO NOTHING`,
			`DELETE FROM evidence_custody WHERE tenant_id = $1 AND evidence_id = $2`, // what it says of the removal is the certificate
			`DELETE FROM evidence WHERE tenant_id = $1 AND id = $2`,
		}, nil
	case retention.Runs:
		votes := `DELETE FROM approval_votes WHERE +tenant_id = $1 AND approval_id IN (SELECT id FROM approvals WHERE tenant_id = $1 AND run_id = $2)`
		posts := `DELETE FROM channel_posts WHERE tenant_id = $1 AND approval_id IN (SELECT id FROM approvals WHERE tenant_id = $1 AND run_id = $2)`
		rest, err := belongings(ctx, tx, "run_id", "notification_deliveries")
		return append(append([]string{votes, posts}, rest...), `DELETE FROM runs WHERE tenant_id = $1 AND id = $2`), err
	case retention.Cases:
		rest, err := belongings(ctx, tx, "case_id", "risk_entities")
		back := `DELETE FROM case_links INDEXED BY case_links_back WHERE tenant_id = $1 AND other_id = $2`
		return append(rest, back, `DELETE FROM cases WHERE tenant_id = $1 AND id = $2`), err
	case retention.Alerts:
		rest, err := belongings(ctx, tx, "alert_id", "alert_keys")
		return append(rest, `DELETE FROM alerts WHERE tenant_id = $1 AND id = $2`), err
	case retention.Indicators, retention.Leases, retention.Audit:
	}
	return nil, harrier.Errorf(harrier.Internal, "%s are not removed one by one", c)
}

// belongings returns statements that empty the tables which name a thing in a
// column. What is a thing of its own, with a time of its own, is kept.
func belongings(ctx context.Context, tx harrier.Tx, column, keep string) ([]string, error) {
	const tables = `SELECT m.name, COALESCE((SELECT i.name FROM pragma_index_list(m.name) i, pragma_index_info(i.name) x
	WHERE x.seqno = 0 AND x.name = $1 LIMIT 1), ''),
COALESCE((SELECT i.name FROM pragma_index_list(m.name) i, pragma_index_info(i.name) x, pragma_index_info(i.name) y
	WHERE i.origin = 'c' AND x.seqno = 0 AND x.name = 'tenant_id' AND y.seqno = 1 AND y.name = $1 LIMIT 1), '')
FROM sqlite_master m, pragma_table_info(m.name) c, pragma_table_info(m.name) t
WHERE m.type = 'table' AND c.name = $1 AND t.name = 'tenant_id' ORDER BY m.name DESC`
	own := []string{"audit", "inbox", "evidence", "runs", "notifications", keep}
	if column != "run_id" {
		own = append(own, "containments")
	}
	statements, err := listIn(ctx, tx, sqlf(tables, column), func(r harrier.Rows) (string, error) {
		var name, alone, paired string
		err := r.Scan(&name, &alone, &paired)
		if slices.Contains(own, name) {
			return "", err
		}
		// Without statistics SQLite takes any index that begins with the tenant,
		// whose rows are most of the table.
		text, tenant := `DELETE FROM `+name, ` WHERE tenant_id = $1 AND `
		switch {
		case alone != "":
			tenant = ` WHERE +tenant_id = $1 AND `
		case paired != "":
			text += ` INDEXED BY ` + paired
		}
		return text + tenant + column + ` = $2`, err
	})
	return slices.DeleteFunc(statements, func(text string) bool { return text == "" }), err
}

// keyPurge removes rows that have no id: one query finds the oldest, one
// statement removes them.
type keyPurge struct{ find, remove string }

func indicatorPurge() keyPurge {
	const rows = `FROM indicators WHERE tenant_id = $1 AND ended_at < $2 ORDER BY ended_at LIMIT $3`
	return keyPurge{
		`SELECT CAST(type || char(0) || value || char(0) || feed AS BLOB), ended_at ` + rows,
		`DELETE FROM indicators WHERE (tenant_id, type, value, feed) IN (SELECT tenant_id, type, value, feed ` + rows + `)`,
	}
}

func leasePurge() keyPurge {
	const rows = `FROM address_leases WHERE tenant_id = $1 AND end_at < $2 ORDER BY end_at LIMIT $3`
	return keyPurge{
		`SELECT CAST(address || char(0) || start_at || char(0) || source AS BLOB), end_at ` + rows,
		`DELETE FROM address_leases WHERE (tenant_id, address, start_at, source) IN (SELECT tenant_id, address, start_at, source ` + rows + `)`,
	}
}

func purgeKeys(ctx context.Context, tx harrier.Tx, p retention.Purge, q keyPurge) (retention.Purged, error) {
	list, err := listIn(ctx, tx, sqlf(q.find, p.Tenant[:], p.Before, p.Limit), scanVictim)
	if err != nil || len(list) == 0 {
		return retention.Purged{}, err
	}
	n, err := tx.Exec(ctx, q.remove, p.Tenant[:], p.Before, p.Limit)
	if err == nil && n != int64(len(list)) {
		err = harrier.Errorf(harrier.Internal, "%d of %d %s were removed", n, len(list), p.Class)
	}
	return more(certified(list), p), err
}

// more tells whether a change that removed all that it may is to be followed by
// another: what was removed needs no place to go on from.
func more(done retention.Purged, p retention.Purge) retention.Purged {
	if done.Count == int64(p.Limit) {
		done.Next = place{}.cursor()
	}
	return done
}

// pruneAudit removes the first rows of the audit trail. Their places and hashes
// stay, so that the log verifies; what is not shipped everywhere stays whole.
func (s *Store) pruneAudit(ctx context.Context, tx harrier.Tx, p retention.Purge, certificate harrier.AuditID) (retention.Purged, error) {
	const find = `SELECT a.id, a.at FROM audit_chain c JOIN audit a ON a.tenant_id = c.tenant_id AND a.id = c.audit_id
WHERE c.tenant_id = $1 AND c.seq > $2 AND c.seq <= $3 ORDER BY c.seq`
	const from = `SELECT COALESCE(MAX(through), 0) FROM audit_pruned WHERE tenant_id = $1`
	const shipped = `SELECT COALESCE(MIN(cursor), 1 << 62) FROM audit_targets WHERE tenant_id = $1`
	const last = `SELECT COALESCE(MAX(size), 0) FROM audit_checkpoints WHERE tenant_id = $1`
	var begin, end, size int64
	for text, to := range map[string]*int64{from: &begin, shipped: &end, last: &size} {
		if _, err := oneIn(ctx, tx, sqlf(text, p.Tenant[:]), to); err != nil {
			return retention.Purged{}, err
		}
	}
	end = min(end, size-1, begin+int64(p.Limit)) // the last row tells from where to go on
	list, err := listIn(ctx, tx, sqlf(find, p.Tenant[:], begin, end), scanVictim)
	if err != nil {
		return retention.Purged{}, err
	}
	if young := slices.IndexFunc(list, func(v victim) bool { return !v.at.Before(p.Before) }); young >= 0 {
		list = list[:young]
	}
	if len(list) == 0 {
		return retention.Purged{}, nil
	}
	through := begin + int64(len(list))
	if _, err := tx.Exec(ctx, `INSERT INTO audit_pruned (tenant_id, through, certificate) VALUES ($1, $2, $3)`, p.Tenant[:], through, certificate[:]); err != nil {
		return retention.Purged{}, err
	}
	for _, v := range list {
		if _, err := tx.Exec(ctx, `DELETE FROM audit WHERE tenant_id = $1 AND id = $2`, p.Tenant[:], v.id); err != nil {
			return retention.Purged{}, err
		}
	}
	if err := s.pruneSaid(ctx, tx, p.Tenant, p.Before); err != nil {
		return retention.Purged{}, err
	}
	done := more(certified(list), p)
	done.Through = through
	return done, nil
}
