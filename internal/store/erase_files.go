package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/erasure"
	"github.com/harrier-soar/harrier/internal/retention"
)

// FilesOf lists the next evidence of a tenant, and whether its alert is about
// one of some values.
func (s *Store) FilesOf(ctx context.Context, tenant harrier.TenantID, values []string, after harrier.EvidenceID) ([]erasure.File, error) {
	const about = ` OR EXISTS (SELECT 1 FROM alert_entities a WHERE a.tenant_id = $1 AND a.alert_id = e.alert_id AND lower(a.key) IN (SELECT lower(value) FROM json_each($3)))
OR EXISTS (SELECT 1 FROM alert_observables a WHERE a.tenant_id = $1 AND a.alert_id = e.alert_id AND lower(a.value) IN (SELECT lower(value) FROM json_each($3)))`
	const text = `SELECT e.id, e.sha256, (0` + about + `) FROM evidence e WHERE e.tenant_id = $1 AND e.id > $2 ORDER BY e.id LIMIT 200`
	return list(ctx, s.searchers, sqlf(text, tenant[:], after[:], listText(values)), func(r harrier.Rows) (f erasure.File, err error) {
		err = r.Scan(&f.ID, &f.SHA256, &f.About)
		return f, err
	})
}

// RemoveFile removes evidence, unless it is held. Its content is burned by the
// sweep where no other row needs it.
func (s *Store) RemoveFile(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.EvidenceID) (kept bool, err error) {
	text := `SELECT alert_id IS NOT NULL AND alert_id IN ` + heldAlerts + ` OR ` + heldCase("evidence.case_id") + ` FROM evidence WHERE tenant_id = $1 AND id = $2`
	ok, err := oneIn(ctx, tx, sqlf(text, tenant[:], id[:]), &kept)
	if err != nil || !ok || kept {
		return kept, err
	}
	statements, err := s.removal(ctx, tx, retention.Evidence)
	for _, one := range statements {
		if err == nil {
			_, err = tx.Exec(ctx, one, tenant[:], id[:], s.now())
		}
	}
	return false, err
}
