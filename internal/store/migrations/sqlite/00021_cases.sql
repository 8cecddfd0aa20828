-- +goose Up

-- A restricted case is there for its members alone, whatever else people may do.
ALTER TABLE cases ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0;

-- Who may see a restricted case. Access with an end was granted by two people.
CREATE TABLE case_members (
    tenant_id    BLOB    NOT NULL,
    case_id      BLOB    NOT NULL,
    principal_id BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    until        INTEGER, -- NULL is for ever
    added_at     INTEGER NOT NULL,
    added_by     BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, case_id, principal_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Requests of access to a case that somebody is no member of. The case may not
-- exist: whoever asks does not learn it.
CREATE TABLE case_glass (
    tenant_id    BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    asked        TEXT    NOT NULL, -- the case as it was asked for
    case_id      BLOB,
    principal_id BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    hours        INTEGER NOT NULL,
    status       TEXT    NOT NULL, -- pending, granted, denied
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL, -- when nobody may grant it any more
    decided_at   INTEGER,
    decided_by   BLOB,
    decider      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX case_glass_newest ON case_glass (tenant_id, created_at DESC, id DESC);

-- The runs that opened or joined a case by a step, beside those that were started for it.
CREATE TABLE case_runs (
    tenant_id BLOB NOT NULL,
    run_id    BLOB NOT NULL,
    case_id   BLOB NOT NULL,
    PRIMARY KEY (tenant_id, run_id, case_id)
) STRICT, WITHOUT ROWID;

-- What people say of a case.
ALTER TABLE cases ADD COLUMN owner_id BLOB;
ALTER TABLE cases ADD COLUMN owner_name TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN watchers TEXT; -- a list of people
ALTER TABLE cases ADD COLUMN tlp TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN pap TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN tags TEXT; -- a list
ALTER TABLE cases ADD COLUMN disposition TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN merged_into BLOB;
ALTER TABLE cases ADD COLUMN contained_at INTEGER;
ALTER TABLE cases ADD COLUMN closed_at INTEGER;
ALTER TABLE cases ADD COLUMN times TEXT; -- how long things took, in seconds by name
CREATE INDEX cases_by_owner ON cases (tenant_id, owner_id) WHERE owner_id IS NOT NULL;

-- Every status that a case had. Rows are added, never changed.
CREATE TABLE case_status (
    tenant_id   BLOB    NOT NULL,
    case_id     BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    status      TEXT    NOT NULL,
    disposition TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    by_id       BLOB,
    by_name     TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, case_id, seq),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER case_status_stays BEFORE UPDATE ON case_status BEGIN
    SELECT raise(ABORT, 'the history of a case is never changed');
END;
-- +goose StatementEnd

CREATE TABLE case_tasks (
    tenant_id     BLOB    NOT NULL,
    case_id       BLOB    NOT NULL,
    id            TEXT    NOT NULL,
    position      INTEGER NOT NULL,
    title         TEXT    NOT NULL,
    help          TEXT    NOT NULL,
    required      INTEGER NOT NULL,
    assignee_id   BLOB,
    assignee_name TEXT    NOT NULL,
    due_at        INTEGER,
    status        TEXT    NOT NULL, -- open, done, skipped
    reason        TEXT    NOT NULL,
    ended_at      INTEGER,
    ended_by      TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, case_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_tasks_by_assignee ON case_tasks (tenant_id, assignee_id) WHERE assignee_id IS NOT NULL AND status = 'open';

-- How the promises stand: rows with a time are looked at then.
CREATE TABLE case_clocks (
    tenant_id BLOB    NOT NULL,
    case_id   BLOB    NOT NULL,
    name      TEXT    NOT NULL,
    target    INTEGER NOT NULL, -- seconds of working time
    spent     INTEGER NOT NULL,
    due_at    INTEGER,
    ended_at  INTEGER,
    paused    INTEGER NOT NULL,
    missed    INTEGER NOT NULL,
    watched   INTEGER NOT NULL, -- it runs and is not missed
    PRIMARY KEY (tenant_id, case_id, name),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_clocks_due ON case_clocks (due_at) WHERE watched = 1;

-- What people add to a case beside what its alerts hold.
CREATE TABLE case_observables (
    tenant_id BLOB    NOT NULL,
    case_id   BLOB    NOT NULL,
    type      TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    bad       INTEGER NOT NULL, -- an indicator of compromise
    tlp       TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    added_at  INTEGER NOT NULL,
    added_by  TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, case_id, type, value),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_observables_by_value ON case_observables (tenant_id, type, value);

-- Cases that have to do with each other, one row for both ways.
CREATE TABLE case_links (
    tenant_id BLOB    NOT NULL,
    case_id   BLOB    NOT NULL,
    other_id  BLOB    NOT NULL,
    kind      TEXT    NOT NULL, -- linked, merged, split
    reason    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    by_name   TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, case_id, other_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id),
    FOREIGN KEY (tenant_id, other_id) REFERENCES cases (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_links_back ON case_links (tenant_id, other_id);

ALTER TABLE evidence ADD COLUMN malware INTEGER NOT NULL DEFAULT 0;

-- Who touched an artefact, and when. Rows are added, never changed.
CREATE TABLE evidence_custody (
    tenant_id   BLOB    NOT NULL,
    evidence_id BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    action      TEXT    NOT NULL, -- add, mark, download, export
    sha256      TEXT    NOT NULL,
    by_id       BLOB,
    by_name     TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, evidence_id, seq),
    FOREIGN KEY (tenant_id, evidence_id) REFERENCES evidence (tenant_id, id)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER evidence_custody_stays BEFORE UPDATE ON evidence_custody BEGIN
    SELECT raise(ABORT, 'the custody of evidence is never changed');
END;
-- +goose StatementEnd
