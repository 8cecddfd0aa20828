package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/change"
)

const versionColumns = `path, version, change_id, digest, shipped, at`

func scanVersion(r harrier.Rows) (v change.Version, err error) {
	err = r.Scan(&v.Path, &v.Version, &v.Change, &v.Digest, &v.Shipped, &v.At)
	return v, err
}

// NextVersion implements [change.Versions].
func (s *Store) NextVersion(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID) (n int64, err error) {
	const text = `SELECT coalesce(max(version), 0) + 1 FROM content_versions WHERE tenant_id = $1`
	_, err = oneIn(ctx, tx, sqlf(text, tenant[:]), &n)
	return n, err
}

// AddVersions implements [change.Versions].
func (s *Store) AddVersions(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, versions []change.Version, texts [][]byte) error {
	const text = `INSERT INTO content_versions (tenant_id, ` + versionColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	for _, v := range versions {
		if _, err := tx.Exec(ctx, text, tenant[:], v.Path, v.Version, v.Change[:], v.Digest, v.Shipped, v.At); err != nil {
			return err
		}
	}
	return s.putTexts(ctx, tx, tenant, texts)
}

// LiveVersions implements [change.Versions].
func (s *Store) LiveVersions(ctx context.Context, tenant harrier.TenantID) ([]change.Version, error) {
	const text = `SELECT ` + versionColumns + ` FROM content_versions AS v WHERE tenant_id = $1
AND version = (SELECT max(n.version) FROM content_versions AS n WHERE n.tenant_id = v.tenant_id AND n.path = v.path) ORDER BY path`
	return list(ctx, s.readers, sqlf(text, tenant[:]), scanVersion)
}

// FileHistory implements [change.Versions].
func (s *Store) FileHistory(ctx context.Context, tenant harrier.TenantID, path string) ([]change.Version, error) {
	const text = `SELECT ` + versionColumns + ` FROM content_versions WHERE tenant_id = $1 AND path = $2 ORDER BY version DESC LIMIT 500`
	return list(ctx, s.readers, sqlf(text, tenant[:], path), scanVersion)
}

// FileText implements [change.Versions].
func (s *Store) FileText(ctx context.Context, tenant harrier.TenantID, digest string) (text []byte, err error) {
	ok, err := s.readers.one(ctx, sqlf(`SELECT text FROM change_texts WHERE tenant_id = $1 AND digest = $2`, tenant[:], digest), &text)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "there is no text %s", digest)
	}
	return text, err
}
