package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
)

var _ mute.CloserStore = (*Store)(nil)

const (
	reviewColumns = `tenant_id, id, alert_id, rule, owner, disposition, reason, closed_at, state, verdict, agrees, reviewer,
reviewer_name, comment, decided_at, rev`
	closerColumns = `tenant_id, rule, owner, threshold, expires_at, min_reviews, sample, min_sample, closed, first_at, last_at,
suspended_at, suspended_why, counts_from`
	// closerCounts are of the newest decisions about what was closed since they count.
	closerCounts = `, (SELECT count(*) FROM (SELECT 1 FROM reviews AS r WHERE r.tenant_id = closers.tenant_id AND r.rule = closers.rule
AND r.closed_at >= closers.counts_from AND r.state = 'decided' ORDER BY r.closed_at DESC LIMIT 400)),
(SELECT coalesce(sum(agrees), 0) FROM (SELECT agrees FROM reviews AS r WHERE r.tenant_id = closers.tenant_id AND r.rule = closers.rule
AND r.closed_at >= closers.counts_from AND r.state = 'decided' ORDER BY r.closed_at DESC LIMIT 400))`
)

func scanReview(r harrier.Rows) (v mute.Review, err error) {
	err = r.Scan(&v.Tenant, &v.ID, &v.Alert, &v.Rule, &v.Owner, &v.Disposition, &v.Reason, &v.ClosedAt, &v.State, &v.Verdict, &v.Agrees,
		&v.Reviewer, &v.ReviewerName, &v.Comment, &v.DecidedAt, &v.Rev)
	return v, err
}

func scanCloser(r harrier.Rows) (c mute.Closer, err error) {
	err = r.Scan(&c.Tenant, &c.Rule, &c.Owner, &c.Threshold, &c.Until, &c.MinReviews, &c.Sample, &c.MinSample, &c.Closed, &c.First, &c.Last,
		&c.SuspendedAt, &c.Why, &c.CountsFrom, &c.Reviewed, &c.Agreed)
	return c, err
}

// CloserIn implements [mute.CloserRows].
func (s *Store) CloserIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, rule string) (mute.Closer, bool, error) {
	const text = `SELECT ` + closerColumns + closerCounts + ` FROM closers WHERE tenant_id = $1 AND rule = $2`
	return firstIn(ctx, tx, sqlf(text, tenant[:], rule), scanCloser)
}

// AddClosing implements [mute.CloserRows].
func (s *Store) AddClosing(ctx context.Context, tx harrier.Tx, c mute.Close) (bool, error) {
	const text = `INSERT INTO closings (tenant_id, rule, alert_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, rule, alert_id) DO NOTHING`
	n, err := tx.Exec(ctx, text, c.Tenant[:], c.Rule.Rule, c.Alert[:], c.At)
	return n == 1, err
}

// PutCloser implements [mute.CloserRows].
func (s *Store) PutCloser(ctx context.Context, tx harrier.Tx, c mute.Closer) error {
	const text = `INSERT INTO closers (` + closerColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (tenant_id, rule) DO UPDATE SET owner = $3, threshold = $4, expires_at = $5, min_reviews = $6, sample = $7, min_sample = $8,
closed = $9, last_at = $11, suspended_at = $12, suspended_why = $13, counts_from = $14`
	_, err := tx.Exec(ctx, text, c.Tenant[:], c.Rule, c.Owner, c.Threshold, c.Until, c.MinReviews, c.Sample, c.MinSample, c.Closed, c.First, c.Last,
		c.SuspendedAt, c.Why, c.CountsFrom)
	return err
}

// ReviewsSince implements [mute.CloserRows].
func (s *Store) ReviewsSince(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, rule string, since time.Time) (n int, err error) {
	const text = `SELECT count(*) FROM reviews WHERE tenant_id = $1 AND rule = $2 AND closed_at >= $3`
	_, err = oneIn(ctx, tx, sqlf(text, tenant[:], rule, since), &n)
	return n, err
}

// AddReview implements [mute.CloserRows].
func (s *Store) AddReview(ctx context.Context, tx harrier.Tx, r mute.Review) error {
	const text = `INSERT INTO reviews (` + reviewColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)
ON CONFLICT (tenant_id, id) DO NOTHING`
	_, err := tx.Exec(ctx, text, r.Tenant[:], r.ID[:], r.Alert[:], r.Rule, r.Owner, r.Disposition, r.Reason, r.ClosedAt, r.State, r.Verdict,
		r.Agrees, r.Reviewer, r.ReviewerName, r.Comment, r.DecidedAt)
	return err
}

func reviewQuery(tenant harrier.TenantID, id harrier.ReviewID) statementText {
	return sqlf(`SELECT `+reviewColumns+` FROM reviews WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:])
}

// ReviewIn implements [mute.CloserRows].
func (s *Store) ReviewIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ReviewID) (mute.Review, error) {
	r, ok, err := firstIn(ctx, tx, reviewQuery(tenant, id), scanReview)
	if err == nil && !ok {
		err = errNoReview(id)
	}
	return r, err
}

// DecideReview implements [mute.CloserRows].
func (s *Store) DecideReview(ctx context.Context, tx harrier.Tx, r mute.Review) error {
	const text = `UPDATE reviews SET state = $4, verdict = $5, agrees = $6, reviewer = $7, reviewer_name = $8, comment = $9, decided_at = $10,
rev = rev + 1 WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	n, err := tx.Exec(ctx, text, r.Tenant[:], r.ID[:], r.Rev, r.State, r.Verdict, r.Agrees, r.Reviewer, r.ReviewerName, r.Comment, r.DecidedAt)
	if err != nil || n == 1 {
		return err
	}
	return changed(ctx, tx, sqlf(`SELECT 1 FROM reviews WHERE tenant_id = $1 AND id = $2`, r.Tenant[:], r.ID[:]), errNoReview(r.ID))
}

// Review implements [mute.ReviewReading].
func (s *Store) Review(ctx context.Context, tenant harrier.TenantID, id harrier.ReviewID) (mute.Review, error) {
	r, ok, err := first(ctx, s.readers, reviewQuery(tenant, id), scanReview)
	if err == nil && !ok {
		err = errNoReview(id)
	}
	return r, err
}

// Reviews implements [mute.ReviewReading].
func (s *Store) Reviews(ctx context.Context, tenant harrier.TenantID, f mute.ReviewFilter, p harrier.Page) ([]mute.Review, string, error) {
	l := newListing(reviewColumns, "reviews", tenant).where("state = $", f.State != "", f.State).where("rule = $", f.Rule != "", f.Rule).seen(s, f.Viewer)
	if err := l.newest("closed_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanReview, func(r mute.Review) place { return at(r.ClosedAt, r.ID) })
}

// Closers implements [mute.ReviewReading].
func (s *Store) Closers(ctx context.Context, tenant harrier.TenantID) ([]mute.Closer, error) {
	const text = `SELECT ` + closerColumns + closerCounts + ` FROM closers WHERE tenant_id = $1 ORDER BY rule LIMIT 500`
	return list(ctx, s.readers, sqlf(text, tenant[:]), scanCloser)
}

// Suspended implements [mute.ReviewReading].
func (s *Store) Suspended(ctx context.Context) ([]mute.Closer, error) {
	const text = `SELECT ` + closerColumns + `, 0, 0 FROM closers WHERE suspended_at IS NOT NULL`
	return list(ctx, s.readers, sqlf(text), scanCloser)
}

func errNoReview(id harrier.ReviewID) error {
	return harrier.Errorf(harrier.NotFound, "review %s does not exist", id)
}
