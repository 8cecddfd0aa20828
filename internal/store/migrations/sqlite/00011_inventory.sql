-- +goose Up

-- What each source says of hosts and users. What it no longer tells of stays, with
-- the time since when.
CREATE TABLE inventory_records (
    tenant_id BLOB    NOT NULL,
    kind      TEXT    NOT NULL, -- host or user
    source    TEXT    NOT NULL,
    key       TEXT    NOT NULL, -- how the source knows it again
    data      TEXT    NOT NULL,
    seen      INTEGER NOT NULL, -- when it last changed; its source tells when it was last confirmed
    gone_at   INTEGER,
    PRIMARY KEY (tenant_id, kind, source, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE inventory_sources (
    tenant_id   BLOB    NOT NULL,
    kind        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    rank        INTEGER NOT NULL,
    imported_at INTEGER,          -- when it last told all that it knows
    PRIMARY KEY (tenant_id, kind, name)
) STRICT, WITHOUT ROWID;

-- Who had an address from a time on. One without host, hardware address and user
-- says that nobody had.
CREATE TABLE address_leases (
    tenant_id BLOB    NOT NULL,
    address   BLOB    NOT NULL, -- 4 or 16 bytes
    start_at  INTEGER NOT NULL,
    source    TEXT    NOT NULL,
    end_at    INTEGER,          -- NULL where nobody tells
    host      TEXT    NOT NULL,
    mac       TEXT    NOT NULL,
    user      TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, address, start_at, source)
) STRICT, WITHOUT ROWID;
