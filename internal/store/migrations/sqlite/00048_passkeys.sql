-- People prove who they are by passkeys (WebAuthn) too. What is kept proves
-- nothing by itself: the private key never leaves its authenticator.

-- +goose Up
CREATE TABLE passkeys (
    tenant_id     BLOB    NOT NULL,
    id            BLOB    NOT NULL,
    principal_id  BLOB    NOT NULL,
    credential_id BLOB    NOT NULL UNIQUE, -- as the authenticator calls it, random
    user_handle   BLOB    NOT NULL, -- as the authenticator knows the account, random
    public_key    BLOB    NOT NULL, -- COSE
    aaguid        BLOB    NOT NULL, -- the make of the authenticator, zero where it does not say
    transports    TEXT    NOT NULL, -- JSON: a list
    flags         INTEGER NOT NULL, -- of the authenticator data: user verified, backup eligible, backed up
    sign_count    INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    used_at       INTEGER,
    copied_at     INTEGER, -- when it seemed to be copied; since then it lets nobody in
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX passkeys_by_principal ON passkeys (tenant_id, principal_id, created_at);

-- Until when somebody who needs a second factor may do without.
ALTER TABLE principals ADD COLUMN factor_due_at INTEGER;
