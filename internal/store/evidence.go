package store

import (
	"context"

	"github.com/harrier-soar/harrier"
)

const evidenceColumns = `tenant_id, id, sha256, size, name, media_type, alert_id, case_id, created_at, created_by, malware`

func scanEvidence(r harrier.Rows) (e harrier.Evidence, err error) {
	err = r.Scan(&e.Tenant, &e.ID, &e.SHA256, &e.Size, &e.Name, &e.MediaType, &e.Alert, &e.Case, &e.CreatedAt, &e.CreatedBy, &e.Malware)
	return e, err
}

// AddEvidence adds the row of an artefact whose bytes are stored already.
func (s *Store) AddEvidence(ctx context.Context, tx harrier.Tx, e harrier.Evidence) error {
	const text = `INSERT INTO evidence (` + evidenceColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	_, err := tx.Exec(ctx, text, e.Tenant[:], e.ID[:], e.SHA256, e.Size, e.Name, e.MediaType, e.Alert, e.Case, e.CreatedAt, e.CreatedBy[:], e.Malware)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "evidence %s exists already", e.ID)
	}
	return err
}

// Evidence returns the row of one artefact.
func (s *Store) Evidence(ctx context.Context, tenant harrier.TenantID, id harrier.EvidenceID) (harrier.Evidence, error) {
	const text = `SELECT ` + evidenceColumns + ` FROM evidence WHERE tenant_id = $1 AND id = $2`
	e, ok, err := first(ctx, s.readers, sqlf(text, tenant[:], id[:]), scanEvidence)
	if err == nil && !ok {
		err = errNoEvidence(id)
	}
	return e, err
}

// EvidenceList returns a tenant's artefacts, the newest first.
func (s *Store) EvidenceList(ctx context.Context, tenant harrier.TenantID, f harrier.EvidenceFilter, p harrier.Page) ([]harrier.Evidence, string, error) {
	l := newListing(evidenceColumns, "evidence", tenant).
		where("alert_id = $", !f.Alert.IsZero(), f.Alert).
		where("case_id = $", !f.Case.IsZero(), f.Case).
		where("sha256 = $", f.SHA256 != "", f.SHA256).
		seen(s, f.Viewer)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanEvidence, func(e harrier.Evidence) place { return at(e.CreatedAt, e.ID) })
}

func errNoEvidence(id harrier.EvidenceID) error {
	return harrier.Errorf(harrier.NotFound, "evidence %s does not exist", id)
}
