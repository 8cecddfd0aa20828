-- +goose Up

-- Who is asked too, and when; by which channels people are told.
ALTER TABLE approvals ADD COLUMN also        TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN escalate_to TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN escalate_at INTEGER;
ALTER TABLE approvals ADD COLUMN over        TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN post_at     INTEGER;
CREATE INDEX approvals_escalating ON approvals (escalate_at) WHERE status = 'pending' AND escalate_at IS NOT NULL;
CREATE INDEX approvals_to_post ON approvals (post_at) WHERE status = 'pending' AND post_at IS NOT NULL;

ALTER TABLE approval_votes ADD COLUMN via TEXT NOT NULL DEFAULT '';
CREATE INDEX approval_votes_by_principal ON approval_votes (tenant_id, principal_id);

-- Single-use links, and the one-time codes of replies. What they carry is not
-- kept, only its SHA-256.
CREATE TABLE links (
    hash       BLOB    NOT NULL PRIMARY KEY,
    tenant_id  BLOB    NOT NULL,
    purpose    TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    seen       TEXT    NOT NULL,
    principal  BLOB    NOT NULL,
    person     TEXT    NOT NULL,
    over       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_subject ON links (tenant_id, subject);
CREATE INDEX links_by_end ON links (expires_at);

-- Where questions are posted to, and by which connection.
CREATE TABLE channels (
    tenant_id  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    connection TEXT    NOT NULL,
    place      TEXT    NOT NULL,
    assign     TEXT    NOT NULL,
    settings   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    rev        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX channels_by_id ON channels (id);

-- Who speaks in a channel: an account of its product, and whose it is here.
CREATE TABLE channel_people (
    tenant_id BLOB    NOT NULL,
    channel   TEXT    NOT NULL,
    account   TEXT    NOT NULL,
    principal BLOB    NOT NULL,
    name      TEXT    NOT NULL,
    added_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, channel, account)
) STRICT, WITHOUT ROWID;

-- What was posted, so that nothing is posted twice.
CREATE TABLE channel_posts (
    tenant_id   BLOB    NOT NULL,
    approval_id BLOB    NOT NULL,
    channel     TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    reference   TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, approval_id, channel, address)
) STRICT, WITHOUT ROWID;

-- Signed requests that were taken, for as long as their signature holds.
CREATE TABLE channel_requests (
    digest BLOB    NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
