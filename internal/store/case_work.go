package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/sla"
)

var _ casework.Store = (*Store)(nil)

// AddStanding implements [casework.History].
func (s *Store) AddStanding(ctx context.Context, tx harrier.Tx, st casework.Standing) error {
	const text = `INSERT INTO case_status (tenant_id, case_id, seq, at, status, disposition, reason, by_id, by_name)
SELECT $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5, $6, $7, $8 FROM case_status WHERE tenant_id = $1 AND case_id = $2`
	_, err := tx.Exec(ctx, text, st.Tenant[:], st.Case[:], st.At, st.Status, st.Disposition, st.Reason, st.By, st.Name)
	return err
}

func standingsQuery(tenant harrier.TenantID, id harrier.CaseID) statementText {
	return sqlf(`SELECT tenant_id, case_id, seq, at, status, disposition, reason, by_id, by_name FROM case_status
WHERE tenant_id = $1 AND case_id = $2 ORDER BY seq`, tenant[:], id[:])
}

func scanStanding(r harrier.Rows) (st casework.Standing, err error) {
	err = r.Scan(&st.Tenant, &st.Case, &st.Seq, &st.At, &st.Status, &st.Disposition, &st.Reason, &st.By, &st.Name)
	return st, err
}

// StandingsIn implements [casework.History].
func (s *Store) StandingsIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) ([]casework.Standing, error) {
	return listIn(ctx, tx, standingsQuery(tenant, id), scanStanding)
}

// Standings implements [casework.History].
func (s *Store) Standings(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) ([]casework.Standing, error) {
	return list(ctx, s.readers, standingsQuery(tenant, id), scanStanding)
}

// FirstEvent implements [casework.History].
func (s *Store) FirstEvent(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) (at time.Time, ok bool, err error) {
	const text = `SELECT min(coalesce(a.event_at, a.created_at)) FROM case_alerts ca CROSS JOIN alerts a ON a.tenant_id = ca.tenant_id AND a.id = ca.alert_id
WHERE ca.tenant_id = $1 AND ca.case_id = $2`
	_, err = oneIn(ctx, tx, sqlf(text, tenant[:], id[:]), &at)
	return at, err == nil && !at.IsZero(), err
}

// CaseAlerts implements [casework.Alerts].
func (s *Store) CaseAlerts(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID, limit int) ([]harrier.Alert, error) {
	const text = `SELECT ` + alertRow + ` FROM alerts WHERE tenant_id = $1 AND id IN
(SELECT alert_id FROM case_alerts WHERE tenant_id = $1 AND case_id = $2 LIMIT $3) ORDER BY created_at, id`
	return listIn(ctx, tx, sqlf(text, tenant[:], id[:], limit), scanAlert)
}

const taskColumns = `tenant_id, case_id, id, position, title, help, required, assignee_id, assignee_name, due_at, status, reason, ended_at, ended_by`

func scanTask(r harrier.Rows) (t casework.Task, err error) {
	err = r.Scan(&t.Tenant, &t.Case, &t.ID, &t.Position, &t.Title, &t.Help, &t.Required, &t.Assignee.ID, &t.Assignee.Name, &t.DueAt,
		&t.Status, &t.Reason, &t.EndedAt, &t.EndedBy)
	return t, err
}

// PutTask implements [casework.Tasks].
func (s *Store) PutTask(ctx context.Context, tx harrier.Tx, t casework.Task) error {
	const text = `INSERT INTO case_tasks (` + taskColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (tenant_id, case_id, id) DO UPDATE SET position = $4, title = $5, help = $6, required = $7, assignee_id = $8, assignee_name = $9,
due_at = $10, status = $11, reason = $12, ended_at = $13, ended_by = $14`
	_, err := tx.Exec(ctx, text, t.Tenant[:], t.Case[:], t.ID, t.Position, t.Title, t.Help, t.Required, t.Assignee.ID, t.Assignee.Name, t.DueAt,
		t.Status, t.Reason, t.EndedAt, t.EndedBy)
	return err
}

func tasksQuery(tenant harrier.TenantID, id harrier.CaseID) statementText {
	return sqlf(`SELECT `+taskColumns+` FROM case_tasks WHERE tenant_id = $1 AND case_id = $2 ORDER BY position, id`, tenant[:], id[:])
}

// TasksIn implements [casework.Tasks].
func (s *Store) TasksIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) ([]casework.Task, error) {
	return listIn(ctx, tx, tasksQuery(tenant, id), scanTask)
}

// Tasks implements [casework.Tasks].
func (s *Store) Tasks(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) ([]casework.Task, error) {
	return list(ctx, s.readers, tasksQuery(tenant, id), scanTask)
}

// PutClocks implements [casework.Clocks].
func (s *Store) PutClocks(ctx context.Context, tx harrier.Tx, c harrier.Case, all []sla.Clock) error {
	const drop = `DELETE FROM case_clocks WHERE tenant_id = $1 AND case_id = $2`
	const add = `INSERT INTO case_clocks (tenant_id, case_id, name, target, spent, due_at, ended_at, paused, missed, watched)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	if _, err := tx.Exec(ctx, drop, c.Tenant[:], c.ID[:]); err != nil {
		return err
	}
	for _, k := range all {
		watched := k.Ended.IsZero() && !k.Paused && !k.Missed && !k.Due.IsZero()
		if _, err := tx.Exec(ctx, add, c.Tenant[:], c.ID[:], k.Name, int64(k.Target/time.Second), int64(k.Spent/time.Second), k.Due, k.Ended, k.Paused, k.Missed, watched); err != nil {
			return err
		}
	}
	return nil
}

func clocksQuery(tenant harrier.TenantID, id harrier.CaseID) statementText {
	return sqlf(`SELECT name, target, spent, due_at, ended_at, paused, missed FROM case_clocks WHERE tenant_id = $1 AND case_id = $2 ORDER BY name`, tenant[:], id[:])
}

func scanClock(r harrier.Rows) (k sla.Clock, err error) {
	var target, spent int64
	err = r.Scan(&k.Name, &target, &spent, &k.Due, &k.Ended, &k.Paused, &k.Missed)
	k.Target, k.Spent = time.Duration(target)*time.Second, time.Duration(spent)*time.Second
	return k, err
}

// Clocks implements [casework.Clocks].
func (s *Store) Clocks(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) ([]sla.Clock, error) {
	return list(ctx, s.readers, clocksQuery(tenant, id), scanClock)
}

// ClocksIn implements [casework.Clocks].
func (s *Store) ClocksIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) ([]sla.Clock, error) {
	return listIn(ctx, tx, clocksQuery(tenant, id), scanClock)
}

// DueClocks implements [casework.Clocks].
func (s *Store) DueClocks(ctx context.Context, now time.Time, limit int) ([]harrier.Case, error) {
	const text = `SELECT DISTINCT tenant_id, case_id FROM case_clocks WHERE watched = 1 AND due_at <= $1 ORDER BY due_at LIMIT $2`
	return list(ctx, s.readers, sqlf(text, micros(now), limit), func(r harrier.Rows) (c harrier.Case, err error) {
		return c, r.Scan(&c.Tenant, &c.ID)
	})
}

// PutTimes implements [casework.Clocks].
func (s *Store) PutTimes(ctx context.Context, tx harrier.Tx, c harrier.Case) error {
	_, err := tx.Exec(ctx, `UPDATE cases SET times = $3 WHERE tenant_id = $1 AND id = $2 AND times IS NOT $3`, c.Tenant[:], c.ID[:], c.Times)
	return err
}

// listText is a list as JSON; an empty one is NULL.
func listText[T any](all []T) json.RawMessage {
	if len(all) == 0 {
		return nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil
	}
	return text
}

// hexList is a list of ids as JSON, for statements that unhex what json_each gives.
func hexList[T ~[16]byte](ids []T) json.RawMessage {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = hex.EncodeToString(id[:])
	}
	return listText(names)
}

// listOf is what listText wrote.
func listOf[T any](text json.RawMessage) (all []T, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "a stored list cannot be read: %w", err)
	}
	return all, nil
}
