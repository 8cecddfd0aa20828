-- Where the audit trail is shipped to, how long things are kept, and what is held.

-- +goose Up
CREATE TABLE audit_targets (
    tenant_id     BLOB    NOT NULL,
    name          TEXT    NOT NULL,
    id            BLOB    NOT NULL,
    kind          TEXT    NOT NULL,
    address       TEXT    NOT NULL,
    ca            TEXT    NOT NULL,
    allow_private TEXT    NOT NULL,
    cursor        INTEGER NOT NULL,
    caught        INTEGER NOT NULL,
    sent_at       INTEGER,
    failures      INTEGER NOT NULL,
    error         TEXT    NOT NULL,
    since         INTEGER,
    alarm_at      INTEGER,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT;

-- How many days things of a class are kept, where that is not the default.
CREATE TABLE retention (
    tenant_id  BLOB    NOT NULL,
    class      TEXT    NOT NULL,
    days       INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, class)
) STRICT, WITHOUT ROWID;

-- A hold is placed by one person and lifted by two: lift_by asked for it, and
-- lifted_by, who is somebody else, did it. Target is the id of an alert or a case.
CREATE TABLE legal_holds (
    tenant_id   BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    kind        TEXT    NOT NULL,
    target      BLOB,
    subject     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    placed_by   BLOB    NOT NULL,
    placed_name TEXT    NOT NULL,
    placed_at   INTEGER NOT NULL,
    lift_by     BLOB,
    lift_name   TEXT    NOT NULL,
    lift_reason TEXT    NOT NULL,
    lift_at     INTEGER,
    lifted_by   BLOB,
    lifted_name TEXT    NOT NULL,
    lifted_at   INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX legal_holds_open ON legal_holds (tenant_id, kind) WHERE lifted_at IS NULL;

-- Contents of evidence that no row needs any more, until the file is gone.
CREATE TABLE evidence_doomed (
    tenant_id BLOB    NOT NULL,
    sha256    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX indicators_by_end ON indicators (tenant_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX leases_by_end ON address_leases (tenant_id, end_at);
