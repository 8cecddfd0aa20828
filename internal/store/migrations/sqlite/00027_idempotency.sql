-- +goose Up

-- What was done under an Idempotency-Key, written in the transaction of what it
-- did, and what was answered, sealed. Old ones are forgotten.
CREATE TABLE idempotency (
    tenant_id    BLOB    NOT NULL,
    principal_id BLOB    NOT NULL,
    key          TEXT    NOT NULL,
    print        BLOB    NOT NULL, -- of the request
    status       INTEGER NOT NULL, -- 0 until it was answered
    answer       BLOB,
    at           INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, principal_id, key)
) STRICT;
CREATE INDEX idempotency_oldest ON idempotency (at);
