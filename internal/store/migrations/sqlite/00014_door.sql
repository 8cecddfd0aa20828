-- +goose Up

-- The names of deliveries that were taken, hashed, so that each is taken once.
-- Old ones are forgotten: alerts have an identity of their own that stays.
CREATE TABLE deliveries (
    tenant_id BLOB    NOT NULL,
    source_id BLOB    NOT NULL,
    name      BLOB    NOT NULL,
    event_id  BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, source_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_oldest ON deliveries (at);

-- What senders ask a person for, such as to confirm a subscription: the latest of a kind.
CREATE TABLE source_requests (
    tenant_id BLOB    NOT NULL,
    source_id BLOB    NOT NULL,
    kind      TEXT    NOT NULL,
    url       TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, source_id, kind)
) STRICT, WITHOUT ROWID;

-- What is known about the rate of a feed.
CREATE TABLE feed_states (
    tenant_id  BLOB    NOT NULL,
    source_id  BLOB    NOT NULL,
    state      TEXT    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, source_id)
) STRICT, WITHOUT ROWID;

-- What is wrong with feeds, from when to when.
CREATE TABLE feed_episodes (
    tenant_id BLOB    NOT NULL,
    source_id BLOB    NOT NULL,
    kind      TEXT    NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    detail    TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, source_id, kind, opened_at)
) STRICT, WITHOUT ROWID;

-- How far polled sources were read. The cursor and what was read are one change.
CREATE TABLE feed_cursors (
    tenant_id  BLOB    NOT NULL,
    source_id  BLOB    NOT NULL,
    cursor     TEXT    NOT NULL,
    reached_at INTEGER,
    polled_at  INTEGER,
    answered_at INTEGER,
    failures   INTEGER NOT NULL DEFAULT 0,
    empties    INTEGER NOT NULL DEFAULT 0,
    error      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, source_id)
) STRICT, WITHOUT ROWID;
