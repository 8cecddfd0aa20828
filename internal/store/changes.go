package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/change"
)

var _ change.Store = (*Store)(nil)

const changeColumns = `tenant_id, id, title, origin, state, author, author_name, hands, created_at, submitted_at, reviewer,
reviewer_name, reviewed_at, comment, alone, version, digest, rev`

func scanChange(r harrier.Rows) (c change.Change, err error) {
	var hands json.RawMessage
	var reviewer harrier.PrincipalID
	var origin, state string
	err = r.Scan(&c.Tenant, &c.ID, &c.Title, &origin, &state, &c.Author, &c.AuthorName, &hands, &c.CreatedAt, &c.SubmittedAt, &reviewer,
		&c.ReviewerName, &c.ReviewedAt, &c.Comment, &c.Alone, &c.Version, &c.Digest, &c.Rev)
	if err != nil {
		return c, err
	}
	c.Origin, c.State = change.Origin(origin), change.State(state)
	if !reviewer.IsZero() {
		c.Reviewer = &reviewer
	}
	if err := json.Unmarshal(hands, &c.Hands); err != nil {
		return c, harrier.Errorf(harrier.Internal, "read who had a hand in change %s: %w", c.ID, err)
	}
	return c, nil
}

// AddChange implements [change.Rows].
func (s *Store) AddChange(ctx context.Context, tx harrier.Tx, c change.Change) error {
	const text = `INSERT INTO changes (` + changeColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1)`
	hands, err := json.Marshal(c.Hands)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode who had a hand in change %s: %w", c.ID, err)
	}
	_, err = tx.Exec(ctx, text, c.Tenant[:], c.ID[:], c.Title, string(c.Origin), string(c.State), c.Author[:], c.AuthorName, string(hands), c.CreatedAt,
		c.SubmittedAt, reviewer(c), c.ReviewerName, c.ReviewedAt, c.Comment, c.Alone, c.Version, c.Digest)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "change %s exists already", c.ID)
	}
	if err != nil {
		return err
	}
	return s.putChangeFiles(ctx, tx, c)
}

// reviewer is who decided on a change, as it is stored.
func reviewer(c change.Change) harrier.PrincipalID {
	if c.Reviewer == nil {
		return harrier.PrincipalID{}
	}
	return *c.Reviewer
}

// putChangeFiles replaces the files of a change.
func (s *Store) putChangeFiles(ctx context.Context, tx harrier.Tx, c change.Change) error {
	const put = `INSERT INTO change_files (tenant_id, change_id, path, digest, base) VALUES ($1, $2, $3, $4, $5)`
	if _, err := tx.Exec(ctx, `DELETE FROM change_files WHERE tenant_id = $1 AND change_id = $2`, c.Tenant[:], c.ID[:]); err != nil {
		return err
	}
	for _, f := range c.Files {
		if _, err := tx.Exec(ctx, put, c.Tenant[:], c.ID[:], f.Path, f.Digest(), f.Base); err != nil {
			return err
		}
		if err := s.putTexts(ctx, tx, c.Tenant, [][]byte{f.Text, f.BaseText}); err != nil {
			return err
		}
	}
	return nil
}

// putTexts keeps texts under their digests.
func (s *Store) putTexts(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, texts [][]byte) error {
	const put = `INSERT INTO change_texts (tenant_id, digest, text) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, digest) DO NOTHING`
	for _, text := range texts {
		if _, err := tx.Exec(ctx, put, tenant[:], change.DigestOf(text), append([]byte{}, text...)); err != nil {
			return err
		}
	}
	return nil
}

// UpdateChange implements [change.Rows].
func (s *Store) UpdateChange(ctx context.Context, tx harrier.Tx, c change.Change) error {
	const text = `UPDATE changes SET title = $4, state = $5, hands = $6, submitted_at = $7, reviewer = $8, reviewer_name = $9, reviewed_at = $10,
comment = $11, alone = $12, version = $13, digest = $14, rev = rev + 1 WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	hands, err := json.Marshal(c.Hands)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode who had a hand in change %s: %w", c.ID, err)
	}
	n, err := tx.Exec(ctx, text, c.Tenant[:], c.ID[:], c.Rev, c.Title, string(c.State), string(hands), c.SubmittedAt, reviewer(c), c.ReviewerName,
		c.ReviewedAt, c.Comment, c.Alone, c.Version, c.Digest)
	if err != nil {
		return err
	}
	if n != 1 {
		return changed(ctx, tx, sqlf(`SELECT 1 FROM changes WHERE tenant_id = $1 AND id = $2`, c.Tenant[:], c.ID[:]), errNoChange(c.ID))
	}
	return s.putChangeFiles(ctx, tx, c)
}

// Change implements [change.Rows].
func (s *Store) Change(ctx context.Context, tenant harrier.TenantID, id harrier.ChangeID) (change.Change, error) {
	c, ok, err := first(ctx, s.readers, sqlf(`SELECT `+changeColumns+` FROM changes WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanChange)
	if err == nil && !ok {
		err = errNoChange(id)
	}
	return s.withFiles(ctx, c, err)
}

// ChangeByVersion implements [change.Rows].
func (s *Store) ChangeByVersion(ctx context.Context, tenant harrier.TenantID, version int64) (change.Change, error) {
	const text = `SELECT ` + changeColumns + ` FROM changes WHERE tenant_id = $1 AND version = $2 AND version > 0`
	c, ok, err := first(ctx, s.readers, sqlf(text, tenant[:], version), scanChange)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "there is no version %d", version)
	}
	return s.withFiles(ctx, c, err)
}

// withFiles adds its files to a change.
func (s *Store) withFiles(ctx context.Context, c change.Change, err error) (change.Change, error) {
	const text = `SELECT f.path, f.digest, f.base, t.text, b.text FROM change_files AS f
LEFT JOIN change_texts AS t ON t.tenant_id = f.tenant_id AND t.digest = f.digest
LEFT JOIN change_texts AS b ON b.tenant_id = f.tenant_id AND b.digest = f.base
WHERE f.tenant_id = $1 AND f.change_id = $2 ORDER BY f.path`
	if err != nil {
		return c, err
	}
	c.Files, err = list(ctx, s.readers, sqlf(text, c.Tenant[:], c.ID[:]), func(r harrier.Rows) (f change.File, err error) {
		var digest string
		err = r.Scan(&f.Path, &digest, &f.Base, &f.Text, &f.BaseText)
		f.Remove, f.Text, f.BaseText = digest == "", slices.Clone(f.Text), slices.Clone(f.BaseText)
		return f, err
	})
	return c, err
}

// Changes implements [change.Rows].
func (s *Store) Changes(ctx context.Context, tenant harrier.TenantID, f change.Filter, p harrier.Page) ([]change.Change, string, error) {
	l := newListing(changeColumns, "changes", tenant).
		where("state = $", f.State != "", string(f.State)).
		where("id IN (SELECT change_id FROM change_files AS f WHERE f.tenant_id = changes.tenant_id AND f.path = $)", f.Path != "", f.Path)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanChange, func(c change.Change) place { return at(c.CreatedAt, c.ID) })
}

func errNoChange(id harrier.ChangeID) error {
	return harrier.Errorf(harrier.NotFound, "change %s does not exist", id)
}
