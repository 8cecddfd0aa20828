package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/webhook"
)

const caseColumns = `tenant_id, id, number, title, template, severity, status, summary, data, created_at, updated_at, rev, restricted,
owner_id, owner_name, watchers, tlp, pap, tags, disposition, merged_into, contained_at, closed_at, times`

func scanCase(r harrier.Rows) (c harrier.Case, err error) {
	var watchers, tags json.RawMessage
	err = r.Scan(&c.Tenant, &c.ID, &c.Number, &c.Title, &c.Template, &c.Severity, &c.Status, &c.Summary, &c.Data,
		&c.CreatedAt, &c.UpdatedAt, &c.Rev, &c.Restricted, &c.Owner.ID, &c.Owner.Name, &watchers, &c.TLP, &c.PAP, &tags, &c.Disposition,
		&c.MergedInto, &c.ContainedAt, &c.ClosedAt, &c.Times)
	if err != nil {
		return c, err
	}
	if c.Watchers, err = listOf[harrier.Person](watchers); err != nil {
		return c, err
	}
	c.Tags, err = listOf[string](tags)
	return c, err
}

// OpenCase adds a case under the tenant's next number and returns it as stored.
func (s *Store) OpenCase(ctx context.Context, tx harrier.Tx, c harrier.Case) (harrier.Case, error) {
	const count = `INSERT INTO case_counters (tenant_id, last) VALUES ($1, 1)
ON CONFLICT (tenant_id) DO UPDATE SET last = case_counters.last + 1 RETURNING last`
	const add = `INSERT INTO cases (` + caseColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
$14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`
	if _, err := oneIn(ctx, tx, sqlf(count, c.Tenant[:]), &c.Number); err != nil {
		return c, err
	}
	c.Rev = 1
	_, err := tx.Exec(ctx, add, c.Tenant[:], c.ID[:], c.Number, c.Title, c.Template, c.Severity, c.Status, c.Summary, c.Data,
		c.CreatedAt, c.UpdatedAt, c.Rev, c.Restricted, c.Owner.ID, c.Owner.Name, listText(c.Watchers), c.TLP, c.PAP, listText(c.Tags), c.Disposition,
		c.MergedInto, c.ContainedAt, c.ClosedAt, c.Times)
	if duplicate(err) {
		return c, harrier.Errorf(harrier.Conflict, "case %s exists already", c.ID)
	}
	if err != nil {
		return c, err
	}
	if len(c.Tags) > 0 {
		if err := tag(ctx, tx, tagging{tenant: c.Tenant, noun: "cases", thing: c.ID, tags: c.Tags}); err != nil {
			return c, err
		}
	}
	return c, s.emitCase(ctx, tx, webhook.CaseCreated, c)
}

// Case returns one case.
func (s *Store) Case(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) (harrier.Case, error) {
	c, ok, err := first(ctx, s.readers, sqlf(`SELECT `+caseColumns+` FROM cases WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanCase)
	if err == nil && !ok {
		err = errNoCase(id)
	}
	return c, err
}

// CaseByNumber returns the case that people call by a number.
func (s *Store) CaseByNumber(ctx context.Context, tenant harrier.TenantID, number int64) (harrier.Case, error) {
	c, ok, err := first(ctx, s.readers, sqlf(`SELECT `+caseColumns+` FROM cases WHERE tenant_id = $1 AND number = $2`, tenant[:], number), scanCase)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "case %d does not exist", number)
	}
	return c, err
}

// Cases returns a tenant's cases, the highest number first.
func (s *Store) Cases(ctx context.Context, tenant harrier.TenantID, f harrier.CaseFilter, p harrier.Page) ([]harrier.Case, string, error) {
	l := newListing(caseColumns, "cases", tenant).
		where("status = $", f.Status != "", f.Status).
		where("severity = $", f.Severity != "", f.Severity).
		where("owner_id = $", !f.Owner.IsZero(), f.Owner).
		where("id IN (SELECT case_id FROM case_alerts WHERE case_alerts.tenant_id = cases.tenant_id AND alert_id = $)", !f.Alert.IsZero(), f.Alert).
		seen(s, f.Viewer)
	if err := l.newest("number", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanCase, func(c harrier.Case) place { return place{c.Number, c.ID} })
}

// UpdateCase stores what may change of a case; its rev must be the stored one,
// otherwise it is Conflict. The number and the creation stay.
func (s *Store) UpdateCase(ctx context.Context, tx harrier.Tx, c harrier.Case) error {
	const text = `UPDATE cases SET title = $4, template = $5, severity = $6, status = $7, summary = $8, data = $9, updated_at = $10, restricted = $11,
owner_id = $12, owner_name = $13, watchers = $14, tlp = $15, pap = $16, tags = $17, disposition = $18, merged_into = $19, contained_at = $20,
closed_at = $21, times = $22, rev = rev + 1 WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	n, err := tx.Exec(ctx, text, c.Tenant[:], c.ID[:], c.Rev, c.Title, c.Template, c.Severity, c.Status, c.Summary, c.Data, c.UpdatedAt, c.Restricted,
		c.Owner.ID, c.Owner.Name, listText(c.Watchers), c.TLP, c.PAP, listText(c.Tags), c.Disposition, c.MergedInto, c.ContainedAt, c.ClosedAt, c.Times)
	if err != nil {
		return err
	}
	if n == 1 {
		if err := tag(ctx, tx, tagging{tenant: c.Tenant, noun: "cases", thing: c.ID, tags: c.Tags}); err != nil {
			return err
		}
		return s.emitCase(ctx, tx, webhook.CaseUpdated, c)
	}
	return changed(ctx, tx, sqlf(`SELECT 1 FROM cases WHERE tenant_id = $1 AND id = $2`, c.Tenant[:], c.ID[:]), errNoCase(c.ID))
}

func errNoCase(id harrier.CaseID) error {
	return harrier.Errorf(harrier.NotFound, "case %s does not exist", id)
}
