package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
)

const ofRule = ` FROM alerts WHERE tenant_id = $1 AND rule_id = $2 COLLATE NOCASE AND rule_id <> '' AND created_at >= $3 AND ` + notRestricted

// RuleEvidence implements [mute.Past]. What alerts are about is counted over
// the newest thousand.
func (s *Store) RuleEvidence(ctx context.Context, tenant harrier.TenantID, rule string, since time.Time) (mute.Evidence, error) {
	const kinds = `SELECT CASE WHEN disposition = '' THEN 'open' ELSE disposition END, count(*), coalesce(sum(repeats), 0), max(rule_name)` + ofRule + ` GROUP BY 1`
	const days = `SELECT strftime('%Y-%m-%d', created_at / 1000000, 'unixepoch'), count(*)` + ofRule + ` GROUP BY 1 ORDER BY 1 DESC LIMIT 30`
	const things = `SELECT json_extract(e.value, '$.type') || ' ' || json_extract(e.value, '$.key'), count(*)
FROM (SELECT finding` + ofRule + ` AND finding IS NOT NULL ORDER BY created_at DESC LIMIT 1000) AS newest, json_each(newest.finding, '$.entities') AS e
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15`
	const samples = `SELECT id, title, severity, CASE WHEN disposition = '' THEN 'open' ELSE disposition END, reason, created_at` + ofRule + ` ORDER BY created_at DESC LIMIT 10`
	e := mute.Evidence{Dispositions: map[string]int64{}}
	args := []any{tenant[:], rule, since}
	err := s.readers.each(ctx, sqlf(kinds, args...), func(r *rows) error {
		var kind, name string
		var alerts, repeats int64
		if err := r.Scan(&kind, &alerts, &repeats, &name); err != nil {
			return err
		}
		e.Dispositions[kind], e.Alerts, e.Repeats, e.Name = alerts, e.Alerts+alerts, e.Repeats+repeats, name
		return nil
	})
	if err != nil || e.Alerts == 0 {
		return e, err
	}
	if e.Days, err = list(ctx, s.readers, sqlf(days, args...), scanCount); err != nil {
		return e, err
	}
	if e.Things, err = list(ctx, s.readers, sqlf(things, args...), scanCount); err != nil {
		return e, err
	}
	e.Samples, err = list(ctx, s.readers, sqlf(samples, args...), func(r harrier.Rows) (m mute.Sample, err error) {
		err = r.Scan(&m.Alert, &m.Title, &m.Severity, &m.Disposition, &m.Reason, &m.At)
		return m, err
	})
	return e, err
}

func scanCount(r harrier.Rows) (c mute.Count, err error) {
	err = r.Scan(&c.Name, &c.Count)
	return c, err
}

// PastAlerts implements [mute.Past].
func (s *Store) PastAlerts(ctx context.Context, tenant harrier.TenantID, rule string, since time.Time, limit int) ([]harrier.Alert, error) {
	const all = `SELECT ` + alertRow + ` FROM alerts WHERE tenant_id = $1 AND created_at >= $2 AND ` + notRestricted + ` ORDER BY created_at DESC, id DESC LIMIT $3`
	const some = `SELECT ` + alertRow + ofRule + ` ORDER BY created_at DESC LIMIT $4`
	if rule == "" {
		return list(ctx, s.readers, sqlf(all, tenant[:], since, limit), scanAlert)
	}
	return list(ctx, s.readers, sqlf(some, tenant[:], rule, since, limit), scanAlert)
}
