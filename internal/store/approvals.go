package store

import (
	"context"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/webhook"
)

var _ engine.Questions = (*Store)(nil)

const approvalColumns = `tenant_id, id, run_id, path, kind, status, title, message, body, hash, assign, need,
requested_by, answer, decided_by, comment, created_at, expires_at, decided_at, rev, also, escalate_to, escalate_at, over, post_at`

func scanApproval(r harrier.Rows) (a harrier.Approval, err error) {
	var also, over string
	err = r.Scan(&a.Tenant, &a.ID, &a.Run, &a.Path, &a.Kind, &a.Status, &a.Title, &a.Message, &a.Body, &a.Hash, &a.Assign, &a.Need,
		&a.RequestedBy, &a.Answer, &a.DecidedBy, &a.Comment, &a.CreatedAt, &a.ExpiresAt, &a.DecidedAt, &a.Rev,
		&also, &a.EscalateTo, &a.EscalateAt, &over, &a.PostAt)
	a.Also, a.Over = words(also), words(over)
	return a, err
}

// words splits a column that holds a list of names; nil where it is empty.
func words(column string) []string {
	if column == "" {
		return nil
	}
	return strings.Fields(column)
}

// Ask implements [engine.Questions].
func (s *Store) Ask(ctx context.Context, tx harrier.Tx, a harrier.Approval) error {
	const text = `INSERT INTO approvals (tenant_id, id, run_id, path, kind, status, title, message, body, hash, assign, need,
requested_by, decided_by, comment, created_at, expires_at, rev, also, escalate_to, escalate_at, over, post_at)
VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11, $12, '', '', $13, $14, 1, $15, $16, $17, $18, $19) ON CONFLICT (id) DO NOTHING`
	n, err := tx.Exec(ctx, text, a.Tenant[:], a.ID[:], a.Run[:], a.Path, string(a.Kind), a.Title, a.Message, string(a.Body), a.Hash,
		a.Assign, a.Need, a.RequestedBy, a.CreatedAt, a.ExpiresAt, strings.Join(a.Also, " "), a.EscalateTo, a.EscalateAt, strings.Join(a.Over, " "), a.PostAt)
	if err != nil || n == 0 {
		return err
	}
	a.Status = harrier.ApprovalPending
	return s.emitApproval(ctx, tx, webhook.ApprovalAsked, a)
}

// Withdraw implements [engine.Questions].
func (s *Store) Withdraw(ctx context.Context, tx harrier.Tx, w engine.Withdrawal) error {
	const text = `UPDATE approvals SET status = $3, decided_at = $4, rev = rev + 1
WHERE run_id = $1 AND tenant_id = $2 AND status = 'pending' AND ($5 = '' OR path = $5) AND ($6 IS NULL OR id = $6) RETURNING ` + approvalColumns
	if w.Status != harrier.ApprovalVoid && w.Status != harrier.ApprovalExpired {
		return harrier.Errorf(harrier.Invalid, "a question is withdrawn as void or expired, not as %q", w.Status)
	}
	withdrawn, err := listIn(ctx, tx, sqlf(text, w.Run[:], w.Tenant[:], string(w.Status), w.At, w.Path, w.Question), scanApproval)
	for _, a := range withdrawn {
		if err == nil {
			err = s.emitApproval(ctx, tx, webhook.ApprovalDecided, a)
		}
	}
	return err
}

// Approval returns one question to people.
func (s *Store) Approval(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) (harrier.Approval, error) {
	const text = `SELECT ` + approvalColumns + ` FROM approvals WHERE id = $1 AND tenant_id = $2`
	a, ok, err := first(ctx, s.readers, sqlf(text, id[:], tenant[:]), scanApproval)
	if err == nil && !ok {
		err = errNoApproval(id)
	}
	return a, err
}

// Approvals returns a tenant's questions to people, the newest first.
func (s *Store) Approvals(ctx context.Context, tenant harrier.TenantID, f harrier.ApprovalFilter, p harrier.Page) ([]harrier.Approval, string, error) {
	l := newListing(approvalColumns, "approvals", tenant).
		where("status = 'pending' AND status = $", f.Status == harrier.ApprovalPending, f.Status). // names the partial index
		where("status = $", f.Status != "" && f.Status != harrier.ApprovalPending, f.Status).
		where("run_id = $", !f.Run.IsZero(), f.Run).
		seen(s, f.Viewer)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanApproval, func(a harrier.Approval) place { return at(a.CreatedAt, a.ID) })
}

// Decide ends a pending question as a stands: status, answer, who, why and
// when. A question that is not pending, or of another rev or hash than a, is
// Conflict, so that of two decisions one wins and it binds what was seen (G9).
func (s *Store) Decide(ctx context.Context, tx harrier.Tx, a harrier.Approval) error {
	const text = `UPDATE approvals SET status = $5, answer = $6, decided_by = $7, comment = $8, decided_at = $9, rev = rev + 1
WHERE id = $1 AND tenant_id = $2 AND rev = $3 AND hash = $4 AND status = 'pending'`
	if a.Status == harrier.ApprovalPending {
		return harrier.Errorf(harrier.Invalid, "a decision cannot leave the question pending")
	}
	n, err := tx.Exec(ctx, text, a.ID[:], a.Tenant[:], a.Rev, a.Hash, string(a.Status), a.Answer, a.DecidedBy, a.Comment, a.DecidedAt)
	if err != nil {
		return err
	}
	if n == 1 {
		return s.emitApproval(ctx, tx, webhook.ApprovalDecided, a)
	}
	return s.refusedDecision(ctx, tx, a.Tenant, a.ID)
}

func (s *Store) refusedDecision(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ApprovalID) error {
	var status harrier.ApprovalStatus
	ok, err := oneIn(ctx, tx, sqlf(`SELECT status FROM approvals WHERE id = $1 AND tenant_id = $2`, id[:], tenant[:]), &status)
	switch {
	case err != nil:
		return err
	case !ok:
		return errNoApproval(id)
	case status == harrier.ApprovalPending:
		return harrier.Errorf(harrier.Conflict, "question %s has changed; look at it again", id)
	}
	return harrier.Errorf(harrier.Conflict, "question %s is %s already", id, status)
}

func errNoApproval(id harrier.ApprovalID) error {
	return harrier.Errorf(harrier.NotFound, "question %s does not exist", id)
}

// DueEscalations returns pending questions that nobody decided in time, the
// longest overdue first.
func (s *Store) DueEscalations(ctx context.Context, now time.Time, limit int) ([]harrier.Approval, error) {
	const text = `SELECT ` + approvalColumns + ` FROM approvals WHERE status = 'pending' AND escalate_at IS NOT NULL AND escalate_at <= $1
ORDER BY escalate_at, id LIMIT $2`
	return list(ctx, s.readers, sqlf(text, now, limit), scanApproval)
}

// NextEscalation returns when the next question is escalated; ok is false where none is.
func (s *Store) NextEscalation(ctx context.Context) (at time.Time, ok bool, err error) {
	const text = `SELECT escalate_at FROM approvals WHERE status = 'pending' AND escalate_at IS NOT NULL ORDER BY escalate_at LIMIT 1`
	return first(ctx, s.readers, sqlf(text), func(r harrier.Rows) (at time.Time, err error) { err = r.Scan(&at); return at, err })
}

// Escalate stores who is asked too, and what follows; a question that is not
// pending, or of another rev than a, is Conflict.
func (s *Store) Escalate(ctx context.Context, tx harrier.Tx, a harrier.Approval) error {
	const text = `UPDATE approvals SET also = $4, escalate_at = $5, post_at = $6, rev = rev + 1
WHERE id = $1 AND tenant_id = $2 AND rev = $3 AND status = 'pending'`
	n, err := tx.Exec(ctx, text, a.ID[:], a.Tenant[:], a.Rev, strings.Join(a.Also, " "), a.EscalateAt, a.PostAt)
	if err != nil || n == 1 {
		return err
	}
	return s.refusedDecision(ctx, tx, a.Tenant, a.ID)
}
