-- +goose Up

-- What is removed with an alert, a case or a run is found by it, not by looking
-- at every row of the tenant inside the one writer's transaction.
CREATE INDEX alert_entities_by_alert ON alert_entities (tenant_id, alert_id);
CREATE INDEX alert_observables_by_alert ON alert_observables (tenant_id, alert_id);
CREATE INDEX closings_by_alert ON closings (tenant_id, alert_id);
CREATE INDEX reviews_by_alert ON reviews (tenant_id, alert_id);
CREATE INDEX case_keys_by_case ON case_keys (tenant_id, case_id);
CREATE INDEX case_runs_by_case ON case_runs (tenant_id, case_id);
CREATE INDEX case_glass_by_case ON case_glass (tenant_id, case_id);

-- The checks of foreign keys use an index only where it has all that they read.
DROP INDEX case_alerts_by_alert;
CREATE INDEX case_alerts_by_alert ON case_alerts (tenant_id, alert_id, added_at);
DROP INDEX case_links_back;
CREATE INDEX case_links_back ON case_links (tenant_id, other_id, kind, reason, at, by_name);

-- Events are listed by id, which rises with the order of commits.
DROP INDEX inbox_quarantined;
CREATE INDEX inbox_quarantined ON inbox (tenant_id, id) WHERE state = 'quarantined';
