package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// AddCustody implements [casework.Custodian].
func (s *Store) AddCustody(ctx context.Context, tx harrier.Tx, c casework.Custody) error {
	const text = `INSERT INTO evidence_custody (tenant_id, evidence_id, seq, at, action, sha256, by_id, by_name, note)
SELECT $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5, $6, $7, $8 FROM evidence_custody WHERE tenant_id = $1 AND evidence_id = $2`
	_, err := tx.Exec(ctx, text, c.Tenant[:], c.Evidence[:], c.At, c.Action, c.SHA256, c.By, c.Name, c.Note)
	return err
}

// Custody implements [casework.Custodian].
func (s *Store) Custody(ctx context.Context, tenant harrier.TenantID, id harrier.EvidenceID) ([]casework.Custody, error) {
	const text = `SELECT tenant_id, evidence_id, seq, at, action, sha256, by_id, by_name, note FROM evidence_custody
WHERE tenant_id = $1 AND evidence_id = $2 ORDER BY seq LIMIT 10000`
	return list(ctx, s.readers, sqlf(text, tenant[:], id[:]), func(r harrier.Rows) (c casework.Custody, err error) {
		err = r.Scan(&c.Tenant, &c.Evidence, &c.Seq, &c.At, &c.Action, &c.SHA256, &c.By, &c.Name, &c.Note)
		return c, err
	})
}

// MarkEvidence implements [casework.Custodian].
func (s *Store) MarkEvidence(ctx context.Context, tx harrier.Tx, e harrier.Evidence) error {
	n, err := tx.Exec(ctx, `UPDATE evidence SET malware = $3 WHERE tenant_id = $1 AND id = $2`, e.Tenant[:], e.ID[:], e.Malware)
	if err == nil && n == 0 {
		err = errNoEvidence(e.ID)
	}
	return err
}
