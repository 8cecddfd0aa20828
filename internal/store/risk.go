package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/risk"
)

var _ risk.Store = (*Store)(nil)

const (
	riskPartColumns  = `entity_type, entity_key, alert_id, rule, source_id, tactics, title, score, at`
	riskDayColumns   = `day, rule, source_id, tactics, score, moment`
	riskStateColumns = `entity_type, entity_key, raised, raised_at, case_id, round, told, told_at, score, score_at`
)

func scanRiskPart(r harrier.Rows) (p risk.Part, err error) {
	err = r.Scan(&p.Type, &p.Key, &p.Alert, &p.Rule, &p.Source, &p.Tactics, &p.Title, &p.Score, &p.At)
	return p, err
}

func scanRiskDay(r harrier.Rows) (d risk.Day, err error) {
	var source []byte
	err = r.Scan(&d.Day, &d.Rule, &source, &d.Tactics, &d.Score, &d.Moment)
	copy(d.Source[:], source)
	return d, err
}

func scanRiskState(r harrier.Rows) (st risk.State, err error) {
	err = r.Scan(&st.Type, &st.Key, &st.Raised, &st.RaisedAt, &st.Case, &st.Round, &st.Told, &st.ToldAt, &st.Score, &st.ScoreAt)
	return st, err
}

// RiskParts implements [risk.Rows], in the order of entities.
func (s *Store) RiskParts(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, alert harrier.AlertID) ([]risk.Part, error) {
	const text = `SELECT ` + riskPartColumns + ` FROM risk_parts WHERE tenant_id = $1 AND alert_id = $2 ORDER BY entity_type || ':' || entity_key`
	return listIn(ctx, tx, sqlf(text, tenant[:], alert[:]), scanRiskPart)
}

// PutRisk implements [risk.Rows].
func (s *Store) PutRisk(ctx context.Context, tx harrier.Tx, c risk.Change) error {
	const drop = `DELETE FROM risk_parts WHERE tenant_id = $1 AND alert_id = $2`
	const add = `INSERT INTO risk_parts (tenant_id, ` + riskPartColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	if len(c.Old) > 0 {
		if _, err := tx.Exec(ctx, drop, c.Tenant[:], c.Alert[:]); err != nil {
			return err
		}
	}
	for _, p := range c.Old {
		if err := addUp(ctx, tx, c.Tenant, p, -1); err != nil {
			return err
		}
	}
	for _, p := range c.New {
		_, err := tx.Exec(ctx, add, c.Tenant[:], string(p.Type), p.Key, c.Alert[:], p.Rule, p.Source, p.Tactics, p.Title, p.Score, p.At)
		if err != nil {
			return err
		}
		if err := addUp(ctx, tx, c.Tenant, p, 1); err != nil {
			return err
		}
	}
	return nil
}

// addUp adds a contribution to the sum of its day, or takes it away.
func addUp(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, p risk.Part, sign int) error {
	const text = `INSERT INTO risk_days (tenant_id, entity_type, entity_key, day, rule, source_id, tactics, parts, score, moment)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, entity_type, entity_key, day, rule, source_id, tactics)
DO UPDATE SET parts = risk_days.parts + $8, score = risk_days.score + $9, moment = risk_days.moment + $10`
	const drop = `DELETE FROM risk_days WHERE tenant_id = $1 AND entity_type = $2 AND entity_key = $3 AND day = $4 AND rule = $5
AND source_id = $6 AND tactics = $7 AND parts <= 0`
	d := p.Daily()
	_, err := tx.Exec(ctx, text, tenant[:], string(p.Type), p.Key, d.Day, d.Rule, d.Source[:], d.Tactics, sign, float64(sign)*d.Score, float64(sign)*d.Moment)
	if err != nil || sign > 0 {
		return err
	}
	_, err = tx.Exec(ctx, drop, tenant[:], string(p.Type), p.Key, d.Day, d.Rule, d.Source[:], d.Tactics)
	return err
}

func riskDaysQuery(tenant harrier.TenantID, e risk.Entity, since int64) statementText {
	const text = `SELECT ` + riskDayColumns + ` FROM risk_days WHERE tenant_id = $1 AND entity_type = $2 AND entity_key = $3 AND day >= $4`
	return sqlf(text, tenant[:], string(e.Type), e.Key, since)
}

// RiskDaysIn implements [risk.Rows].
func (s *Store) RiskDaysIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, e risk.Entity, since int64) ([]risk.Day, error) {
	return listIn(ctx, tx, riskDaysQuery(tenant, e, since), scanRiskDay)
}

// RiskDays implements [risk.Reading].
func (s *Store) RiskDays(ctx context.Context, tenant harrier.TenantID, e risk.Entity, since int64) ([]risk.Day, error) {
	return list(ctx, s.readers, riskDaysQuery(tenant, e, since), scanRiskDay)
}

func riskPartsQuery(tenant harrier.TenantID, e risk.Entity, limit int) statementText {
	const text = `SELECT ` + riskPartColumns + ` FROM risk_parts WHERE tenant_id = $1 AND entity_type = $2 AND entity_key = $3
ORDER BY at DESC, alert_id LIMIT $4`
	return sqlf(text, tenant[:], string(e.Type), e.Key, limit)
}

// RiskPartsIn implements [risk.Rows].
func (s *Store) RiskPartsIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, e risk.Entity, limit int) ([]risk.Part, error) {
	return listIn(ctx, tx, riskPartsQuery(tenant, e, limit), scanRiskPart)
}

// RiskPartsOf implements [risk.Reading].
func (s *Store) RiskPartsOf(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, e risk.Entity) ([]risk.Part, error) {
	l := newListing(riskPartColumns, "risk_parts", tenant).where("entity_type = $", true, string(e.Type)).where("entity_key = $", true, e.Key).seen(s, v)
	return list(ctx, s.readers, sqlf(l.text.String()+" ORDER BY at DESC, alert_id LIMIT 200", l.args...), scanRiskPart)
}

func riskStateQuery(tenant harrier.TenantID, e risk.Entity) statementText {
	const text = `SELECT ` + riskStateColumns + ` FROM risk_entities WHERE tenant_id = $1 AND entity_type = $2 AND entity_key = $3`
	return sqlf(text, tenant[:], string(e.Type), e.Key)
}

// RiskStateIn implements [risk.Rows].
func (s *Store) RiskStateIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, e risk.Entity) (risk.State, error) {
	st, _, err := firstIn(ctx, tx, riskStateQuery(tenant, e), scanRiskState)
	return st, err
}

// RiskState implements [risk.Reading].
func (s *Store) RiskState(ctx context.Context, tenant harrier.TenantID, e risk.Entity) (risk.State, error) {
	st, ok, err := first(ctx, s.readers, riskStateQuery(tenant, e), scanRiskState)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "nothing was ever held against %s", e)
	}
	return st, err
}

// PutRiskState implements [risk.Rows].
func (s *Store) PutRiskState(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, st risk.State) error {
	const text = `INSERT INTO risk_entities (tenant_id, id, ` + riskStateColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (tenant_id, entity_type, entity_key)
DO UPDATE SET raised = $5, raised_at = $6, case_id = $7, round = $8, told = $9, told_at = $10, score = $11, score_at = $12`
	id := st.ID()
	_, err := tx.Exec(ctx, text, tenant[:], id[:], string(st.Type), st.Key, st.Raised, st.RaisedAt, st.Case, st.Round, st.Told, st.ToldAt, st.Score, st.ScoreAt)
	return err
}

// RiskStates implements [risk.Reading].
func (s *Store) RiskStates(ctx context.Context, tenant harrier.TenantID, f risk.Filter, p harrier.Page) ([]risk.State, string, error) {
	l := newListing(riskStateColumns, "risk_entities", tenant).
		where("entity_type = $", f.Type != "", string(f.Type)).
		where("raised = $", f.Raised, true).
		seen(s, f.Viewer)
	if err := l.newest("score_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanRiskState, func(st risk.State) place { return place{st.ScoreAt.UnixMicro(), st.ID()} })
}

// ForgetRisk implements [risk.Reading]. Parts go with the sums of their days,
// or judging an old alert again would take away what is not there.
func (s *Store) ForgetRisk(ctx context.Context, tx harrier.Tx, before int64, limit int) (int64, error) {
	const parts = `DELETE FROM risk_parts WHERE rowid IN (SELECT rowid FROM risk_parts WHERE at < $1 LIMIT $2)`
	const days = `DELETE FROM risk_days WHERE (tenant_id, entity_type, entity_key, day, rule, source_id, tactics) IN
(SELECT tenant_id, entity_type, entity_key, day, rule, source_id, tactics FROM risk_days WHERE day < $1 LIMIT $2)`
	n, err := tx.Exec(ctx, parts, time.Unix(before*86400, 0), limit)
	if err != nil {
		return 0, err
	}
	m, err := tx.Exec(ctx, days, before, limit)
	return n + m, err
}
