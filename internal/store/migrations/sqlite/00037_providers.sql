-- People come in by providers (OpenID Connect) too. Who somebody is comes from
-- issuer and subject, never from a mail address or a name.

-- +goose Up
ALTER TABLE principals ADD COLUMN origin TEXT NOT NULL DEFAULT ''; -- who keeps the account: empty is Harrier, or provider, or directory

CREATE TABLE providers (
    tenant_id  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    issuer     TEXT    NOT NULL,
    settings   TEXT    NOT NULL, -- JSON, without the secret, which is in the vault
    created_at INTEGER NOT NULL,
    rev        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    UNIQUE (tenant_id, issuer)
) STRICT;

CREATE TABLE identities (
    tenant_id    BLOB    NOT NULL,
    issuer       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    principal_id BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    used_at      INTEGER,
    PRIMARY KEY (tenant_id, issuer, subject)
) STRICT;
CREATE INDEX identities_by_principal ON identities (tenant_id, principal_id);

-- What is good once and was used, until it would have expired.
CREATE TABLE used_once (
    digest     BLOB    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_once_by_end ON used_once (expires_at);
