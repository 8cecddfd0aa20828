package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rota"
	"github.com/harrier-soar/harrier/internal/shift"
)

var _ shift.Absences = (*Store)(nil)

// AbsencesToMove implements [shift.Absences].
func (s *Store) AbsencesToMove(ctx context.Context, now time.Time, limit int) ([]rota.Change, error) {
	const text = `SELECT ` + onCallColumns + ` FROM oncall_changes
WHERE kind = 'absence' AND removed_at IS NULL AND moved_at IS NULL AND starts_at <= $1 AND ends_at > $1 ORDER BY starts_at, id LIMIT $2`
	return list(ctx, s.readers, sqlf(text, now, limit), scanOnCall)
}

// AbsencesToReturn implements [shift.Absences].
func (s *Store) AbsencesToReturn(ctx context.Context, now time.Time, limit int) ([]rota.Change, error) {
	const text = `SELECT ` + onCallColumns + ` FROM oncall_changes
WHERE moved_at IS NOT NULL AND returned_at IS NULL AND give_back = 1 AND (ends_at <= $1 OR removed_at IS NOT NULL) ORDER BY ends_at, id LIMIT $2`
	return list(ctx, s.readers, sqlf(text, now, limit), scanOnCall)
}

// maxWork bounds what one absence moves.
const maxWork = 5000

// OpenWork implements [shift.Absences].
func (s *Store) OpenWork(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, who harrier.Person) ([]shift.Work, error) {
	const text = `SELECT 'case', id, '', NULL FROM cases WHERE tenant_id = $1 AND owner_id = $2 AND status <> 'closed'
UNION ALL SELECT 'task', t.case_id, t.id, NULL FROM case_tasks t JOIN cases c ON c.tenant_id = t.tenant_id AND c.id = t.case_id
WHERE t.tenant_id = $1 AND t.assignee_id = $2 AND t.status = 'open' AND c.status <> 'closed'
UNION ALL SELECT 'question', NULL, '', id FROM approvals WHERE tenant_id = $1 AND status = 'pending'
AND (assign IN ($3, 'user:' || $3, 'user:' || $4) OR instr(' ' || also || ' ', ' user:' || $3 || ' ') > 0 OR instr(' ' || also || ' ', ' user:' || $4 || ' ') > 0)
LIMIT $5`
	return listIn(ctx, tx, sqlf(text, tenant[:], who.ID, who.Name, who.ID.String(), maxWork), func(r harrier.Rows) (w shift.Work, err error) {
		return w, r.Scan(&w.Noun, &w.Case, &w.Task, &w.Question)
	})
}

// PutMove implements [shift.Absences].
func (s *Store) PutMove(ctx context.Context, tx harrier.Tx, m shift.Move) error {
	const text = `INSERT INTO absence_moves (tenant_id, absence_id, seq, noun, subject, case_id, to_id, to_name, held, at, returned_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant_id, absence_id, seq) DO UPDATE SET returned_at = $11`
	_, err := tx.Exec(ctx, text, m.Tenant[:], m.Absence[:], m.Seq, m.Noun, m.Subject(), m.Case, m.To.ID, m.To.Name, m.Held, m.At, m.Returned)
	return err
}

// Moves implements [shift.Absences].
func (s *Store) Moves(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.OnCallID) ([]shift.Move, error) {
	const text = `SELECT tenant_id, absence_id, seq, noun, subject, case_id, to_id, to_name, held, at, returned_at FROM absence_moves
WHERE tenant_id = $1 AND absence_id = $2 ORDER BY seq`
	return listIn(ctx, tx, sqlf(text, tenant[:], id[:]), func(r harrier.Rows) (m shift.Move, err error) {
		var subject string
		if err := r.Scan(&m.Tenant, &m.Absence, &m.Seq, &m.Noun, &subject, &m.Case, &m.To.ID, &m.To.Name, &m.Held, &m.At, &m.Returned); err != nil {
			return m, err
		}
		return m, m.Named(subject)
	})
}

// OpenTasks lists what is to be done in cases that all may see, what is due first
// first; more tells that there are others.
func (s *Store) OpenTasks(ctx context.Context, tenant harrier.TenantID, limit int) (all []shift.OpenTask, more bool, err error) {
	const text = `SELECT t.id, t.title, t.required, t.assignee_name, t.due_at, c.number, c.severity FROM case_tasks t
JOIN cases c ON c.tenant_id = t.tenant_id AND c.id = t.case_id
WHERE t.tenant_id = $1 AND t.status = 'open' AND c.status <> 'closed' AND c.restricted = 0
ORDER BY t.due_at IS NULL, t.due_at, c.created_at DESC, t.position LIMIT $2`
	all, err = list(ctx, s.readers, sqlf(text, tenant[:], limit+1), func(r harrier.Rows) (t shift.OpenTask, err error) {
		return t, r.Scan(&t.ID, &t.Title, &t.Required, &t.Assignee, &t.DueAt, &t.Number, &t.Severity)
	})
	if len(all) > limit {
		return all[:limit], true, err
	}
	return all, false, err
}
