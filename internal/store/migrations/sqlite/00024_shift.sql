-- +goose Up

-- What makes a rota differ from its plan: overrides and absences. None is
-- removed: who was on call when something happened stays known.
CREATE TABLE oncall_changes (
    tenant_id       BLOB    NOT NULL,
    id              BLOB    NOT NULL,
    kind            TEXT    NOT NULL,
    rota            TEXT    NOT NULL,
    person          TEXT    NOT NULL,
    cover           TEXT    NOT NULL,
    starts_at       INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    reason          TEXT    NOT NULL,
    created_by      BLOB    NOT NULL,
    created_by_name TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    removed_at      INTEGER,
    removed_by      TEXT    NOT NULL,
    moved_at        INTEGER,
    rev             INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX oncall_changes_newest ON oncall_changes (tenant_id, created_at DESC, id DESC);
CREATE INDEX oncall_changes_by_end ON oncall_changes (tenant_id, ends_at) WHERE removed_at IS NULL;
CREATE INDEX oncall_changes_to_move ON oncall_changes (starts_at) WHERE kind = 'absence' AND removed_at IS NULL AND moved_at IS NULL;

-- What people are told: one row for each thing, with how far up it went.
CREATE TABLE notifications (
    tenant_id   BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    -- What is said once per key is said; what comes for a topic that somebody
    -- has yet to acknowledge is counted and not said again.
    dedup       TEXT    NOT NULL,
    topic       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    alert_id    BLOB,
    case_id     BLOB,
    severity    TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    route       TEXT    NOT NULL,
    plan        TEXT    NOT NULL, -- JSON: the route as it was
    status      TEXT    NOT NULL,
    level       INTEGER NOT NULL,
    round       INTEGER NOT NULL,
    repeats     INTEGER NOT NULL,
    due_at      INTEGER,          -- when something is to be done; NULL: never
    acked_by    TEXT    NOT NULL,
    acked_at    INTEGER,
    note        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    rev         INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, dedup)
) STRICT;
CREATE INDEX notifications_newest ON notifications (tenant_id, created_at DESC, id DESC);
CREATE INDEX notifications_due ON notifications (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notifications_open ON notifications (tenant_id, topic) WHERE status = 'pending' AND topic <> '';

-- Each attempt to tell one of them to somebody by one channel.
CREATE TABLE notification_deliveries (
    tenant_id       BLOB    NOT NULL,
    notification_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,
    level           INTEGER NOT NULL,
    round           INTEGER NOT NULL,
    recipient       TEXT    NOT NULL,
    channel         TEXT    NOT NULL,
    attempt         INTEGER NOT NULL,
    run_id          BLOB,
    state           TEXT    NOT NULL,
    why             TEXT    NOT NULL,
    due_at          INTEGER,
    created_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    PRIMARY KEY (tenant_id, notification_id, seq)
) STRICT, WITHOUT ROWID;

-- What a shift leaves to the next, as it was at that time.
CREATE TABLE handovers (
    tenant_id     BLOB    NOT NULL,
    id            BLOB    NOT NULL,
    from_name     TEXT    NOT NULL,
    to_name       TEXT    NOT NULL,
    notes         TEXT    NOT NULL,
    content       TEXT    NOT NULL, -- JSON
    created_by    BLOB    NOT NULL,
    created_at    INTEGER NOT NULL,
    accepted_by   BLOB,
    accepted_name TEXT    NOT NULL,
    accepted_at   INTEGER,
    rev           INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX handovers_newest ON handovers (tenant_id, created_at DESC, id DESC);
