-- +goose Up

-- How far the causes of runs were seen to: times of the clock, changes of cases.
CREATE TABLE trigger_marks (
    tenant_id BLOB    NOT NULL,
    name      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;

-- The causes that were seen to, whether the playbook could start or not.
CREATE TABLE trigger_causes (
    tenant_id BLOB    NOT NULL,
    run_id    BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, run_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX cases_by_change ON cases (tenant_id, updated_at, id);
