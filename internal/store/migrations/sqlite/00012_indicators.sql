-- +goose Up

-- Lists of indicators that others keep, or that people import.
CREATE TABLE feeds (
    number      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id   BLOB    NOT NULL,
    name        TEXT    NOT NULL,
    format      TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    connection  TEXT    NOT NULL,
    interval    INTEGER NOT NULL,
    reliability TEXT    NOT NULL,
    provider    TEXT    NOT NULL,
    confidence  INTEGER NOT NULL,
    tlp         TEXT    NOT NULL,
    pap         TEXT    NOT NULL,
    whole       INTEGER NOT NULL,
    column_name TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    all_of_it   INTEGER NOT NULL,
    enabled     INTEGER NOT NULL,
    cursor      TEXT,
    count       INTEGER NOT NULL,
    pulled_at   INTEGER,
    next_at     INTEGER,
    problem     TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    rev         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
) STRICT;

-- What feeds say about values. One that ended stays, to be told of.
CREATE TABLE indicators (
    tenant_id   BLOB    NOT NULL,
    type        TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    feed        INTEGER NOT NULL,
    external_id TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    verdict     TEXT    NOT NULL,
    partial     INTEGER NOT NULL,
    confidence  INTEGER NOT NULL,
    reliability TEXT    NOT NULL,
    tlp         TEXT    NOT NULL,
    pap         TEXT    NOT NULL,
    tags        TEXT,
    phases      TEXT,
    link        TEXT    NOT NULL,
    valid_from  INTEGER,
    valid_until INTEGER,
    first_seen  INTEGER,
    last_seen   INTEGER,
    added_at    INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    ended       TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, type, value, feed)
) STRICT, WITHOUT ROWID;
CREATE INDEX indicators_feed ON indicators (feed, type, value);

-- Lists that the organisation keeps: what firewalls block, what is harmless.
CREATE TABLE lists (
    number      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id   BLOB    NOT NULL,
    name        TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    token       BLOB,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    rev         INTEGER NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
) STRICT;

CREATE TABLE list_entries (
    tenant_id  BLOB    NOT NULL,
    list       INTEGER NOT NULL,
    how        TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    owner      TEXT    NOT NULL,
    added_at   INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (tenant_id, list, how, type, value)
) STRICT, WITHOUT ROWID;

-- That there are new indicators which alerts were not yet held against.
CREATE TABLE lookbacks (
    tenant_id BLOB    NOT NULL,
    since     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, since)
) STRICT, WITHOUT ROWID;
