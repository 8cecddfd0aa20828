-- +goose Up

-- The pages that pagers were asked for: each is followed until somebody took it
-- and it was resolved. A row without a time has nothing left to do.
CREATE TABLE notification_pages (
    tenant_id       BLOB    NOT NULL,
    notification_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL, -- that of the delivery
    due_at          INTEGER,
    resolve_run     BLOB,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, notification_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_pages_due ON notification_pages (due_at) WHERE due_at IS NOT NULL;

-- Whether an absent person gets back what is still open at the end, and when
-- they did.
ALTER TABLE oncall_changes ADD COLUMN give_back INTEGER NOT NULL DEFAULT 0;
ALTER TABLE oncall_changes ADD COLUMN returned_at INTEGER;
CREATE INDEX oncall_changes_to_return ON oncall_changes (ends_at) WHERE moved_at IS NOT NULL AND returned_at IS NULL AND give_back = 1;

-- What an absence moved from one person to another, and what it could not move.
CREATE TABLE absence_moves (
    tenant_id   BLOB    NOT NULL,
    absence_id  BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    noun        TEXT    NOT NULL, -- case, task, question
    subject     TEXT    NOT NULL, -- its id
    case_id     BLOB,
    to_id       BLOB,             -- NULL is nobody: it waits unassigned
    to_name     TEXT    NOT NULL,
    held        TEXT    NOT NULL, -- why it was not moved; empty where it was
    at          INTEGER NOT NULL,
    returned_at INTEGER,
    PRIMARY KEY (tenant_id, absence_id, seq)
) STRICT, WITHOUT ROWID;
