-- The first schema. Later migrations add tables and columns; they never change a key.
--
-- Ids are the 16 bytes of a UUID, times are microseconds since 1970 in UTC, JSON is text,
-- rev counts the changes of a row that people edit. Small rows with a natural key live
-- in their key's tree (WITHOUT ROWID); rows with a payload do not, because a tree of
-- keys holds few payloads to a page and every commit would write many more pages.

-- +goose Up
CREATE TABLE tenants (
    id         BLOB    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE principals (
    id         BLOB    NOT NULL PRIMARY KEY,
    tenant_id  BLOB    NOT NULL REFERENCES tenants (id),
    name       TEXT    NOT NULL,
    roles      TEXT    NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL,
    rev        INTEGER NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
    tenant_id  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    settings   TEXT    NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    rev        INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
    tenant_id   BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    source_id   BLOB    NOT NULL,
    external_id TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    category    TEXT    NOT NULL,
    severity    TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    disposition TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    data        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    rev         INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX alerts_newest ON alerts (tenant_id, created_at DESC, id DESC);

-- The exact ids that sources gave, kept for ever: what came once comes never again.
CREATE TABLE alert_keys (
    tenant_id   BLOB NOT NULL,
    source_id   BLOB NOT NULL,
    external_id TEXT NOT NULL,
    alert_id    BLOB NOT NULL,
    PRIMARY KEY (tenant_id, source_id, external_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_counters (
    tenant_id BLOB    NOT NULL PRIMARY KEY,
    last      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cases (
    tenant_id  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    number     INTEGER NOT NULL,
    title      TEXT    NOT NULL,
    template   TEXT    NOT NULL,
    severity   TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    summary    TEXT    NOT NULL,
    data       TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    rev        INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number)
) STRICT;

CREATE TABLE case_entries (
    tenant_id BLOB    NOT NULL,
    case_id   BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    author    TEXT    NOT NULL,
    data      TEXT,
    PRIMARY KEY (tenant_id, case_id, seq),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
) STRICT;

CREATE TABLE case_alerts (
    tenant_id BLOB    NOT NULL,
    case_id   BLOB    NOT NULL,
    alert_id  BLOB    NOT NULL,
    added_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, case_id, alert_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id),
    FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_alerts_by_alert ON case_alerts (tenant_id, alert_id);

CREATE TABLE evidence (
    tenant_id  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    sha256     TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    alert_id   BLOB,
    case_id    BLOB,
    created_at INTEGER NOT NULL,
    created_by BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX evidence_newest ON evidence (tenant_id, created_at DESC, id DESC);
CREATE INDEX evidence_by_hash ON evidence (tenant_id, sha256);
CREATE INDEX evidence_by_alert ON evidence (tenant_id, alert_id) WHERE alert_id IS NOT NULL;
CREATE INDEX evidence_by_case ON evidence (tenant_id, case_id) WHERE case_id IS NOT NULL;

CREATE TABLE connections (
    tenant_id     BLOB    NOT NULL,
    id            BLOB    NOT NULL,
    name          TEXT    NOT NULL,
    connector     TEXT    NOT NULL,
    base_url      TEXT    NOT NULL,
    settings      TEXT    NOT NULL,
    allow_hosts   TEXT    NOT NULL,
    allow_private TEXT    NOT NULL,
    proxy         TEXT    NOT NULL,
    ca            TEXT    NOT NULL,
    client_cert   INTEGER NOT NULL,
    limits        TEXT    NOT NULL,
    enabled       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    rev           INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
) STRICT;

CREATE TABLE secrets (
    tenant_id  BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    field      TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    ciphertext BLOB    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name, field)
) STRICT;

CREATE TABLE tenant_keys (
    tenant_id  BLOB    NOT NULL,
    version    INTEGER NOT NULL,
    root       TEXT    NOT NULL,
    wrapped    BLOB    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, version)
) STRICT, WITHOUT ROWID;

-- A waiting run's ready_at is its one durable timer: a run waits for the earliest
-- of its timers, so a table of timers could only disagree with it.
CREATE TABLE runs (
    id          BLOB    NOT NULL PRIMARY KEY,
    tenant_id   BLOB    NOT NULL,
    playbook    TEXT    NOT NULL,
    hash        TEXT    NOT NULL,
    mode        TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    waiting_for TEXT    NOT NULL,
    priority    INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
    alert_id    BLOB,
    case_id     BLOB,
    parent_id   BLOB,
    parent_path TEXT    NOT NULL,
    one_key     TEXT    NOT NULL,
    started_by  BLOB,
    semantics   INTEGER NOT NULL,
    fence       INTEGER NOT NULL DEFAULT 0,
    owner       TEXT    NOT NULL DEFAULT '',
    wake_seq    INTEGER NOT NULL DEFAULT 0,
    ready_at    INTEGER,
    crashes     INTEGER NOT NULL DEFAULT 0,
    crash_seq   INTEGER NOT NULL DEFAULT 0,
    unresolved  INTEGER NOT NULL,
    outputs     TEXT,
    reason      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT;
CREATE INDEX runs_ready ON runs (priority, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX runs_running ON runs (owner) WHERE status = 'running';
CREATE INDEX runs_newest ON runs (tenant_id, created_at DESC, id DESC);
CREATE INDEX runs_by_alert ON runs (tenant_id, alert_id) WHERE alert_id IS NOT NULL;
CREATE INDEX runs_by_case ON runs (tenant_id, case_id) WHERE case_id IS NOT NULL;
CREATE INDEX runs_by_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX runs_one_active ON runs (tenant_id, playbook, one_key)
    WHERE one_key <> '' AND status NOT IN ('succeeded', 'failed', 'cancelled');

CREATE TABLE events (
    run_id    BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    tenant_id BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    type      TEXT    NOT NULL,
    v         INTEGER NOT NULL,
    data      TEXT    NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT;

CREATE TABLE snapshots (
    run_id    BLOB    NOT NULL PRIMARY KEY,
    tenant_id BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    data      BLOB    NOT NULL
) STRICT;

CREATE TABLE signals (
    run_id    BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    tenant_id BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    type      TEXT    NOT NULL,
    data      TEXT    NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT;

CREATE TABLE intents (
    run_id        BLOB    NOT NULL REFERENCES runs (id),
    path          TEXT    NOT NULL,
    connection_id BLOB    NOT NULL,
    epoch         INTEGER NOT NULL,
    tenant_id     BLOB    NOT NULL,
    id            BLOB    NOT NULL, -- derived from the key, for the order of lists
    attempt       INTEGER NOT NULL,
    fence         INTEGER NOT NULL,
    key           TEXT    NOT NULL,
    action        TEXT    NOT NULL,
    effect        TEXT    NOT NULL,
    repeat        TEXT    NOT NULL,
    target        TEXT    NOT NULL,
    args          TEXT    NOT NULL,
    args_hash     TEXT    NOT NULL,
    manifest_hash TEXT    NOT NULL,
    approval_id   BLOB,
    leaf          TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    found_by      TEXT    NOT NULL,
    intended_at   INTEGER NOT NULL,
    ended_at      INTEGER,
    lease_until   INTEGER,
    PRIMARY KEY (run_id, path, connection_id, epoch)
) STRICT;
CREATE INDEX intents_newest ON intents (tenant_id, intended_at DESC, id DESC);
CREATE INDEX intents_unsettled ON intents (tenant_id, state, intended_at DESC, id DESC) WHERE state IN ('intent', 'unknown');

CREATE TABLE guards (
    tenant_id    BLOB    NOT NULL,
    guard        TEXT    NOT NULL,
    window_start INTEGER NOT NULL,
    used         INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, guard, window_start)
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
    id           BLOB    NOT NULL PRIMARY KEY,
    tenant_id    BLOB    NOT NULL,
    run_id       BLOB    NOT NULL,
    path         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    hash         TEXT    NOT NULL,
    assign       TEXT    NOT NULL,
    need         INTEGER NOT NULL,
    requested_by BLOB,
    answer       TEXT,
    decided_by   TEXT    NOT NULL,
    comment      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    decided_at   INTEGER,
    rev          INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX approvals_newest ON approvals (tenant_id, created_at DESC, id DESC);
CREATE INDEX approvals_pending ON approvals (tenant_id, created_at DESC, id DESC) WHERE status = 'pending';
CREATE INDEX approvals_by_run ON approvals (run_id);

CREATE TABLE approval_votes (
    approval_id  BLOB    NOT NULL REFERENCES approvals (id),
    principal_id BLOB    NOT NULL,
    tenant_id    BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    approve      INTEGER NOT NULL,
    comment      TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (approval_id, principal_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    tenant_id  BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    at         INTEGER NOT NULL,
    actor      BLOB    NOT NULL,
    actor_name TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    run_id     BLOB,
    path       TEXT    NOT NULL,
    data       TEXT,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX audit_newest ON audit (tenant_id, at DESC, id DESC);
CREATE INDEX audit_by_run ON audit (tenant_id, run_id) WHERE run_id IS NOT NULL;

-- Filled by the sequencer, which chains what the audit trail holds.
CREATE TABLE audit_chain (
    tenant_id BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    audit_id  BLOB    NOT NULL,
    hash      BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, seq),
    UNIQUE (tenant_id, audit_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE pins (
    tenant_id BLOB    NOT NULL,
    hash      TEXT    NOT NULL,
    bundle    BLOB    NOT NULL,
    pinned_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, hash)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_keeps_rows BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_never_forgets BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_keeps_rows BEFORE UPDATE ON audit_chain
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_chain_never_forgets BEFORE DELETE ON audit_chain
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd

INSERT INTO tenants (id, name, created_at) VALUES
    (X'00000000000070008000000000000001', 'default', 0);
INSERT INTO principals (id, tenant_id, name, roles, created_at) VALUES
    (X'00000000000070008000000000000001', X'00000000000070008000000000000001', 'local-operator', '["admin","responder","analyst"]', 0),
    (X'00000000000070008000000000000002', X'00000000000070008000000000000001', 'system', '[]', 0);
INSERT INTO sources (tenant_id, id, name, kind, created_at) VALUES
    (X'00000000000070008000000000000001', X'605676A997948A419777F6DCF1C35126', 'local', 'local', 0);
