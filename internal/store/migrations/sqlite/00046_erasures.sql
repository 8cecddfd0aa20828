-- Whose data is to be erased, and how far that is.

-- +goose Up
CREATE TABLE erasures (
    tenant_id    BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    state        TEXT    NOT NULL, -- asked, denied, running, waiting, rebuild, done
    subject      TEXT    NOT NULL, -- JSON: identifiers; empty at the end
    codes        TEXT    NOT NULL, -- JSON: their HMACs
    reason       TEXT    NOT NULL,
    asked_by     BLOB    NOT NULL,
    asked_name   TEXT    NOT NULL,
    asked_at     INTEGER NOT NULL,
    decided_by   BLOB,
    decided_name TEXT    NOT NULL DEFAULT '',
    decided_at   INTEGER,
    next_table   TEXT    NOT NULL DEFAULT '',
    rows_erased  INTEGER NOT NULL DEFAULT 0,
    files        INTEGER NOT NULL DEFAULT 0,
    kept         INTEGER NOT NULL DEFAULT 0,
    digest       TEXT    NOT NULL DEFAULT '',
    why          TEXT    NOT NULL DEFAULT '',
    due_at       INTEGER,
    ended_at     INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;

-- What is never changed is changed by an erasure that somebody agreed to.
DROP TRIGGER case_status_stays;
DROP TRIGGER evidence_custody_stays;
-- +goose StatementBegin
CREATE TRIGGER case_status_stays BEFORE UPDATE ON case_status
WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.tenant_id = OLD.tenant_id AND e.state = 'running') BEGIN
    SELECT raise(ABORT, 'the history of a case is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER evidence_custody_stays BEFORE UPDATE ON evidence_custody
WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.tenant_id = OLD.tenant_id AND e.state = 'running') BEGIN
    SELECT raise(ABORT, 'the custody of evidence is never changed');
END;
-- +goose StatementEnd
