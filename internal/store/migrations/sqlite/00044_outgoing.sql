-- +goose Up

-- Programs that are told of changes, each at its own address.
CREATE TABLE webhooks (
    tenant_id      BLOB    NOT NULL,
    id             BLOB    NOT NULL,
    name           TEXT    NOT NULL,
    url            TEXT    NOT NULL,
    topics         TEXT    NOT NULL, -- words
    tlp            TEXT    NOT NULL, -- the highest label whose words it is told
    parallel       INTEGER NOT NULL,
    ca             TEXT    NOT NULL,
    allow_private  TEXT    NOT NULL, -- JSON
    owner_id       BLOB    NOT NULL,
    owner_name     TEXT    NOT NULL,
    enabled        INTEGER NOT NULL,
    disabled_why   TEXT    NOT NULL,
    previous_until INTEGER,          -- how long the secret before the last still signs
    failures       INTEGER NOT NULL, -- in a row
    failing_since  INTEGER,
    next_at        INTEGER,          -- nothing is sent before
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    rev            INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
) STRICT;
CREATE INDEX webhooks_enabled ON webhooks (enabled, id);

-- What they are told: a row for each change and each of them, written with the
-- change.
CREATE TABLE webhook_messages (
    seq         INTEGER PRIMARY KEY,
    tenant_id   BLOB    NOT NULL,
    webhook_id  BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    topic       TEXT    NOT NULL,
    noun        TEXT    NOT NULL,
    subject     BLOB    NOT NULL,
    data        TEXT    NOT NULL, -- JSON, as it was when it changed
    state       TEXT    NOT NULL, -- pending, sent, failed, withheld
    attempts    INTEGER NOT NULL,
    due_at      INTEGER,
    answer      TEXT    NOT NULL, -- the last one
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT;
CREATE UNIQUE INDEX webhook_messages_by_id ON webhook_messages (tenant_id, webhook_id, id);
CREATE INDEX webhook_messages_newest ON webhook_messages (tenant_id, webhook_id, created_at DESC, id DESC);
CREATE INDEX webhook_messages_due ON webhook_messages (webhook_id, seq) WHERE state = 'pending';
CREATE INDEX webhook_messages_old ON webhook_messages (created_at);

-- What people say to a question without deciding it.
CREATE TABLE approval_comments (
    tenant_id   BLOB    NOT NULL,
    approval_id BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    principal   BLOB    NOT NULL,
    name        TEXT    NOT NULL,
    via         TEXT    NOT NULL,
    text        TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, approval_id, seq)
) STRICT, WITHOUT ROWID;
