-- +goose Up

-- A restricted case is there for its members alone, whatever else people may do.
ALTER TABLE cases ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0;

-- Who may see a restricted case. Access with an end was granted by two people.
CREATE TABLE case_members (
    tenant_id    BLOB    NOT NULL,
    case_id      BLOB    NOT NULL,
    principal_id BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    until        INTEGER, -- NULL is for ever
    added_at     INTEGER NOT NULL,
    added_by     BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, case_id, principal_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Requests of access to a case that somebody is no member of. The case may not
-- exist: whoever asks does not learn it.
CREATE TABLE case_glass (
    tenant_id    BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    asked        TEXT    NOT NULL, -- the case as it was asked for
    case_id      BLOB,
    principal_id BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    hours        INTEGER NOT NULL,
    status       TEXT    NOT NULL, -- pending, granted, denied
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL, -- when nobody may grant it any more
    decided_at   INTEGER,
    decided_by   BLOB,
    decider      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX case_glass_newest ON case_glass (tenant_id, created_at DESC, id DESC);

-- The runs that opened or joined a case by a step, beside those that were started for it.
CREATE TABLE case_runs (
    tenant_id BLOB NOT NULL,
    run_id    BLOB NOT NULL,
    case_id   BLOB NOT NULL,
    PRIMARY KEY (tenant_id, run_id, case_id)
) STRICT, WITHOUT ROWID;
