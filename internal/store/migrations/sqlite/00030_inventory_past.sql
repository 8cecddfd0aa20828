-- +goose Up

-- What sources said of hosts and users before, so that an alert is judged by what
-- held when it happened.
CREATE TABLE inventory_past (
    tenant_id BLOB    NOT NULL,
    kind      TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    until_at  INTEGER NOT NULL, -- since when something else held
    from_at   INTEGER NOT NULL, -- since when this did
    data      TEXT    NOT NULL,
    gone_at   INTEGER,
    PRIMARY KEY (tenant_id, kind, source, key, until_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX inventory_past_by_end ON inventory_past (until_at);
