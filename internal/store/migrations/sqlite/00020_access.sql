-- +goose Up

-- A principal that logs in is an account. The system's own have no password and
-- cannot.
ALTER TABLE principals ADD COLUMN kind TEXT NOT NULL DEFAULT 'system'; -- system, person or machine
ALTER TABLE principals ADD COLUMN display TEXT NOT NULL DEFAULT '';
ALTER TABLE principals ADD COLUMN password TEXT NOT NULL DEFAULT ''; -- argon2id, or empty: none was set
ALTER TABLE principals ADD COLUMN otp INTEGER NOT NULL DEFAULT 0; -- whether a second factor is asked for
ALTER TABLE principals ADD COLUMN otp_step INTEGER NOT NULL DEFAULT 0; -- the last code that was used
ALTER TABLE principals ADD COLUMN disabled_at INTEGER;

-- A log-in. Its token is known by its hash alone.
CREATE TABLE sessions (
    tenant_id    BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    principal_id BLOB    NOT NULL,
    digest       BLOB    NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    proved_at    INTEGER NOT NULL, -- when a password was last given
    used_at      INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    source       TEXT    NOT NULL,
    agent        TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX sessions_by_principal ON sessions (tenant_id, principal_id, created_at);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- API keys, known by their hash.
CREATE TABLE api_keys (
    tenant_id    BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    principal_id BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    prefix       TEXT    NOT NULL, -- the part of the key that may be shown
    digest       BLOB    NOT NULL UNIQUE,
    permissions  TEXT    NOT NULL, -- JSON: a list
    networks     TEXT    NOT NULL, -- JSON: a list; empty is any
    created_at   INTEGER NOT NULL,
    created_by   BLOB    NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER,
    revoked_at   INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX api_keys_newest ON api_keys (tenant_id, created_at DESC, id DESC);
CREATE INDEX api_keys_by_principal ON api_keys (tenant_id, principal_id);

-- One-time tokens by which somebody sets the password of an account, or makes
-- the first one of a tenant.
CREATE TABLE invitations (
    digest       BLOB    NOT NULL PRIMARY KEY,
    tenant_id    BLOB    NOT NULL,
    principal_id BLOB, -- NULL makes the first account
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_end ON invitations (expires_at);
