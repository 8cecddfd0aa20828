package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/intel"
)

var _ intel.Answers = (*Store)(nil)

// KeptAnswers implements [intel.Answers].
func (s *Store) KeptAnswers(ctx context.Context, now time.Time, limit int) ([]intel.Kept, error) {
	const text = `SELECT tenant_id, connection_id, action, value, revision, answer, at, until FROM intel_answers
WHERE until > $1 ORDER BY until DESC LIMIT $2`
	return list(ctx, s.readers, sqlf(text, now, limit), func(r harrier.Rows) (k intel.Kept, err error) {
		return k, r.Scan(&k.Tenant, &k.Connection, &k.Action, &k.Value, &k.Revision, &k.Answer, &k.At, &k.Until)
	})
}

// KeepAnswer implements [intel.Answers].
func (s *Store) KeepAnswer(ctx context.Context, k intel.Kept) error {
	const text = `INSERT INTO intel_answers (tenant_id, connection_id, action, value, revision, answer, at, until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, connection_id, action, value)
DO UPDATE SET revision = $5, answer = $6, at = $7, until = $8 WHERE at <= $7`
	return s.Write(ctx, func(tx harrier.Tx) error {
		_, err := tx.Exec(ctx, text, k.Tenant[:], k.Connection[:], k.Action, k.Value, k.Revision, k.Answer, k.At, k.Until)
		return err
	})
}

// DropAnswers implements [intel.Answers].
func (s *Store) DropAnswers(ctx context.Context, now time.Time) (n int64, err error) {
	const text = `DELETE FROM intel_answers WHERE rowid IN (SELECT rowid FROM intel_answers WHERE until <= $1 LIMIT 5000)`
	err = s.Write(ctx, func(tx harrier.Tx) (err error) {
		n, err = tx.Exec(ctx, text, now)
		return err
	})
	return n, err
}

// CallCounts returns how many calls of its last day each connection has used.
func (s *Store) CallCounts(ctx context.Context) ([]intel.CallCount, error) {
	const text = `SELECT tenant_id, connection_id, day, used FROM call_counts`
	return list(ctx, s.readers, sqlf(text), func(r harrier.Rows) (c intel.CallCount, err error) {
		return c, r.Scan(&c.Tenant, &c.Connection, &c.Day, &c.Used)
	})
}

// KeepCallCounts stores how many calls of a day connections have used.
func (s *Store) KeepCallCounts(ctx context.Context, counts []intel.CallCount) error {
	const text = `INSERT INTO call_counts (tenant_id, connection_id, day, used) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, connection_id) DO UPDATE SET day = $3, used = $4`
	return s.Write(ctx, func(tx harrier.Tx) error {
		for _, c := range counts {
			if _, err := tx.Exec(ctx, text, c.Tenant[:], c.Connection[:], c.Day, c.Used); err != nil {
				return err
			}
		}
		return nil
	})
}
