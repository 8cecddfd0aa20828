-- +goose Up

-- What somebody has stopped: of a tenant, or of all where the tenant is zero. A
-- row that is there holds; asking for its end is part of it.
CREATE TABLE switches (
    tenant_id  BLOB    NOT NULL PRIMARY KEY,
    scope      TEXT    NOT NULL CHECK (scope IN ('all', 'contain')),
    allow_undo INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    on_at      INTEGER NOT NULL,
    on_by      BLOB    NOT NULL,
    on_name    TEXT    NOT NULL,
    off_by     BLOB,
    off_name   TEXT    NOT NULL DEFAULT '',
    off_reason TEXT    NOT NULL DEFAULT '',
    off_at     INTEGER,
    rev        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Runs that wait until effects may begin again.
CREATE INDEX runs_stopped ON runs (tenant_id, id) WHERE waiting_for GLOB 'the switch*' AND status = 'waiting';

-- What tells people of a stop is not stopped itself.
CREATE INDEX notification_deliveries_by_run ON notification_deliveries (tenant_id, run_id) WHERE run_id IS NOT NULL;
