-- What people wrote rests beside the audit trail, where it can be erased. Rows
-- of the trail name it by its HMAC.

-- +goose Up
CREATE TABLE said (
    tenant_id BLOB    NOT NULL,
    code      BLOB    NOT NULL,
    text      TEXT    NOT NULL,
    last_at   INTEGER NOT NULL, -- when a row last named it, to a day
    PRIMARY KEY (tenant_id, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX said_oldest ON said (tenant_id, last_at);
