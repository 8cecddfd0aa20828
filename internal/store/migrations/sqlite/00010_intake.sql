-- +goose Up

-- What a source is, beside its name and kind. A source that is only observed
-- makes alerts and starts nothing.
ALTER TABLE sources ADD COLUMN mapping TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN live INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN reliability TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN allows TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sources ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sources ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
UPDATE sources SET live = 1;

-- What sources delivered, before anybody understood it, committed before they
-- are told that it was taken. Ids rise with the order of commits.
CREATE TABLE inbox (
    tenant_id   BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    source_id   BLOB    NOT NULL,
    received_at INTEGER NOT NULL,
    content     TEXT    NOT NULL,
    meta        TEXT,
    body        BLOB    NOT NULL,
    lane        INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 3),
    backfill    INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    alert_id    BLOB,
    attempts    INTEGER NOT NULL DEFAULT 0,
    ended_at    INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX inbox_pending ON inbox (lane, id) WHERE state = 'pending';
CREATE INDEX inbox_quarantined ON inbox (tenant_id, received_at DESC, id DESC) WHERE state = 'quarantined';
CREATE INDEX inbox_by_alert ON inbox (tenant_id, alert_id, id) WHERE alert_id IS NOT NULL;

-- How many events each source delivered, and what became of them: accepted is
-- the sum of the others and of what is pending, always (G3).
CREATE TABLE source_counts (
    tenant_id    BLOB    NOT NULL,
    source_id    BLOB    NOT NULL,
    accepted     INTEGER NOT NULL DEFAULT 0,
    processed    INTEGER NOT NULL DEFAULT 0,
    suppressed   INTEGER NOT NULL DEFAULT 0,
    quarantined  INTEGER NOT NULL DEFAULT 0,
    last_at      INTEGER,
    PRIMARY KEY (tenant_id, source_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE alerts ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN event_at INTEGER;
ALTER TABLE alerts ADD COLUMN version_at INTEGER;
ALTER TABLE alerts ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN rule_id TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN rule_name TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN score REAL NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN route TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN observed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN seen_at INTEGER;
ALTER TABLE alerts ADD COLUMN closed_at INTEGER;
ALTER TABLE alerts ADD COLUMN burst_at INTEGER;
ALTER TABLE alerts ADD COLUMN burst INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN finding TEXT;
ALTER TABLE alerts ADD COLUMN picture TEXT;
ALTER TABLE alerts ADD COLUMN decision TEXT;
CREATE INDEX alerts_by_fingerprint ON alerts (tenant_id, fingerprint, created_at DESC) WHERE fingerprint <> '';

-- Who and what alerts are about, by event time, for correlation and history.
CREATE TABLE alert_entities (
    tenant_id BLOB    NOT NULL,
    type      TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    alert_id  BLOB    NOT NULL,
    role      TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, type, key, at, alert_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_observables (
    tenant_id BLOB    NOT NULL,
    type      TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    alert_id  BLOB    NOT NULL,
    role      TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, type, value, at, alert_id)
) STRICT, WITHOUT ROWID;

-- What happened to an alert since it came.
CREATE TABLE alert_history (
    tenant_id BLOB    NOT NULL,
    alert_id  BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    data      TEXT,
    PRIMARY KEY (tenant_id, alert_id, seq)
) STRICT, WITHOUT ROWID;
