-- +goose Up

-- What sources answered, for as long as it holds, so that a restart does not ask again.
CREATE TABLE intel_answers (
    tenant_id     BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    action        TEXT    NOT NULL,
    value         TEXT    NOT NULL,
    revision      TEXT    NOT NULL,
    answer        TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    until         INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, action, value)
) STRICT;
CREATE INDEX intel_answers_until ON intel_answers (until);

-- Alerts that were judged before everybody had answered.
CREATE TABLE enrichments (
    tenant_id  BLOB    NOT NULL,
    alert_id   BLOB    NOT NULL,
    lane       INTEGER NOT NULL,
    request    TEXT    NOT NULL,
    open       INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    done       INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, alert_id)
) STRICT;
CREATE INDEX enrichments_due ON enrichments (due_at);
CREATE INDEX enrichments_lane ON enrichments (lane, due_at);

-- How many calls of a day each connection has used, so that a restart does not
-- give them again.
CREATE TABLE call_counts (
    tenant_id     BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    day           INTEGER NOT NULL,
    used          INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, connection_id)
) STRICT, WITHOUT ROWID;
