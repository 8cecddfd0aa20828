-- +goose Up

-- What was proposed to change of playbooks, rules and the like, and what became
-- of it. None is removed.
CREATE TABLE changes (
    tenant_id     BLOB    NOT NULL,
    id            BLOB    NOT NULL,
    title         TEXT    NOT NULL,
    origin        TEXT    NOT NULL,
    state         TEXT    NOT NULL, -- draft, submitted, live or rejected
    author        BLOB    NOT NULL,
    author_name   TEXT    NOT NULL,
    hands         TEXT    NOT NULL, -- JSON: ids of all who had a hand in it
    created_at    INTEGER NOT NULL,
    submitted_at  INTEGER,
    reviewer      BLOB,
    reviewer_name TEXT    NOT NULL,
    reviewed_at   INTEGER,
    comment       TEXT    NOT NULL,
    alone         INTEGER NOT NULL, -- 1 where nobody else could approve it
    version       INTEGER NOT NULL, -- 0 until it is live
    digest        TEXT    NOT NULL,
    rev           INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX changes_newest ON changes (tenant_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX changes_by_version ON changes (tenant_id, version) WHERE version > 0;

CREATE TABLE change_files (
    tenant_id BLOB NOT NULL,
    change_id BLOB NOT NULL,
    path      TEXT NOT NULL,
    digest    TEXT NOT NULL, -- empty where the file is removed
    base      TEXT NOT NULL, -- of what was in force; empty where nothing was
    PRIMARY KEY (tenant_id, change_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_files_by_path ON change_files (tenant_id, path);

-- The texts of all versions, once each.
CREATE TABLE change_texts (
    tenant_id BLOB NOT NULL,
    digest    TEXT NOT NULL,
    text      BLOB NOT NULL,
    PRIMARY KEY (tenant_id, digest)
) STRICT;

-- What was in force from when on: the newest of a path is.
CREATE TABLE content_versions (
    tenant_id BLOB    NOT NULL,
    path      TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    change_id BLOB    NOT NULL,
    digest    TEXT    NOT NULL, -- empty where the file was removed
    shipped   TEXT    NOT NULL, -- of what shipped at the path then; empty where nothing did
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, path, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX content_versions_newest ON content_versions (tenant_id, version DESC);
