-- +goose Up

-- What was contained, and how it is taken back. A row is written in the
-- transaction of the effect's outcome.
CREATE TABLE containments (
    tenant_id       BLOB    NOT NULL,
    id              BLOB    NOT NULL, -- derived from run, path, connection and epoch
    run_id          BLOB    NOT NULL REFERENCES runs (id),
    path            TEXT    NOT NULL,
    alert_id        BLOB,
    case_id         BLOB,
    action          TEXT    NOT NULL,
    verb            TEXT    NOT NULL,
    connection_id   BLOB    NOT NULL,
    connection_name TEXT    NOT NULL,
    target          TEXT    NOT NULL,
    args            TEXT    NOT NULL,
    before_state    TEXT    NOT NULL,
    undo            TEXT    NOT NULL,
    undo_verb       TEXT    NOT NULL,
    undo_args       TEXT,
    undo_problem    TEXT    NOT NULL,
    undo_key        TEXT    NOT NULL,
    approval_id     BLOB,
    found_by        TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    state           TEXT    NOT NULL,
    ended_at        INTEGER,
    ended_by        BLOB,
    after_state     TEXT,
    lease_until     INTEGER,
    lease_ask       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX containments_newest ON containments (tenant_id, at DESC, id DESC);
CREATE INDEX containments_by_run ON containments (run_id);
CREATE INDEX containments_by_alert ON containments (tenant_id, alert_id, at DESC, id DESC) WHERE alert_id IS NOT NULL;
CREATE INDEX containments_active ON containments (tenant_id, connection_id, undo, undo_key) WHERE state = 'active';
