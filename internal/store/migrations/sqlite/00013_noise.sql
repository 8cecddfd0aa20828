-- +goose Up

-- Rules that keep noise from people. None is removed: who hid what, and for
-- how long, stays known.
CREATE TABLE mutes (
    tenant_id       BLOB    NOT NULL,
    id              BLOB    NOT NULL,
    verb            TEXT    NOT NULL,
    fields          TEXT    NOT NULL, -- JSON: values by field
    calendar        TEXT,             -- JSON, of maintenance
    starts_at       INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    owner           TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    created_by      BLOB    NOT NULL,
    created_by_name TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    ended_by        TEXT    NOT NULL,
    renewed         INTEGER NOT NULL,
    hits            INTEGER NOT NULL,
    overruled       INTEGER NOT NULL,
    last_hit        INTEGER,
    rev             INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX mutes_newest ON mutes (tenant_id, created_at DESC, id DESC);
CREATE INDEX mutes_by_end ON mutes (ends_at);

-- What a rule made, for whoever owns it.
CREATE INDEX alerts_by_rule ON alerts (tenant_id, rule_id COLLATE NOCASE, created_at DESC) WHERE rule_id <> '';

-- Rules that close alerts by themselves.
CREATE TABLE closers (
    tenant_id     BLOB    NOT NULL,
    rule          TEXT    NOT NULL,
    owner         TEXT    NOT NULL,
    threshold     REAL    NOT NULL,
    expires_at    INTEGER,
    min_reviews   INTEGER NOT NULL,
    sample        REAL    NOT NULL,
    min_sample    INTEGER NOT NULL,
    closed        INTEGER NOT NULL,
    first_at      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    suspended_at  INTEGER,
    suspended_why TEXT    NOT NULL,
    -- Reviews before this do not count: the rule was changed and resumed.
    counts_from   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, rule)
) STRICT;

-- What they closed.
CREATE TABLE closings (
    tenant_id BLOB    NOT NULL,
    rule      TEXT    NOT NULL,
    alert_id  BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, rule, alert_id)
) STRICT, WITHOUT ROWID;

-- A part of that, put before a second person.
CREATE TABLE reviews (
    tenant_id     BLOB    NOT NULL,
    id            BLOB    NOT NULL, -- derived from rule and alert
    alert_id      BLOB    NOT NULL,
    rule          TEXT    NOT NULL,
    owner         TEXT    NOT NULL,
    disposition   TEXT    NOT NULL, -- what the rule said
    reason        TEXT    NOT NULL,
    closed_at     INTEGER NOT NULL,
    state         TEXT    NOT NULL, -- pending or decided
    verdict       TEXT    NOT NULL, -- what the reviewer said
    agrees        INTEGER NOT NULL,
    reviewer      BLOB,
    reviewer_name TEXT    NOT NULL,
    comment       TEXT    NOT NULL,
    decided_at    INTEGER,
    rev           INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX reviews_newest ON reviews (tenant_id, closed_at DESC, id DESC);
CREATE INDEX reviews_by_rule ON reviews (tenant_id, rule, closed_at);

-- What each alert holds against an entity by each rule.
CREATE TABLE risk_parts (
    tenant_id   BLOB    NOT NULL,
    alert_id    BLOB    NOT NULL,
    entity_type TEXT    NOT NULL,
    entity_key  TEXT    NOT NULL,
    rule        TEXT    NOT NULL,
    source_id   BLOB,
    tactics     TEXT    NOT NULL, -- sorted, with commas
    title       TEXT    NOT NULL,
    score       REAL    NOT NULL,
    at          INTEGER NOT NULL, -- of the event
    PRIMARY KEY (tenant_id, alert_id, entity_type, entity_key, rule)
) STRICT;
CREATE INDEX risk_parts_by_age ON risk_parts (at);
CREATE INDEX risk_parts_by_entity ON risk_parts (tenant_id, entity_type, entity_key, at DESC, alert_id);

-- The same by day, so that the risk of an entity is a few rows however many
-- alerts there are. Changed with risk_parts only.
CREATE TABLE risk_days (
    tenant_id   BLOB    NOT NULL,
    entity_type TEXT    NOT NULL,
    entity_key  TEXT    NOT NULL,
    day         INTEGER NOT NULL, -- since 1970, UTC
    rule        TEXT    NOT NULL,
    source_id   BLOB    NOT NULL, -- empty where it is not known
    tactics     TEXT    NOT NULL,
    parts       INTEGER NOT NULL,
    score       REAL    NOT NULL,
    moment      REAL    NOT NULL, -- sum of score times seconds into the day
    PRIMARY KEY (tenant_id, entity_type, entity_key, day, rule, source_id, tactics)
) STRICT, WITHOUT ROWID;
CREATE INDEX risk_days_by_age ON risk_days (day);

-- Where each entity stands against which something was held.
CREATE TABLE risk_entities (
    tenant_id   BLOB    NOT NULL,
    entity_type TEXT    NOT NULL,
    entity_key  TEXT    NOT NULL,
    id          BLOB    NOT NULL, -- derived from type and key
    raised      INTEGER NOT NULL,
    raised_at   INTEGER,
    case_id     BLOB,
    round       INTEGER NOT NULL, -- counts its cases
    told        REAL    NOT NULL, -- the score that the case was last told, at told_at
    told_at     INTEGER,
    score       REAL    NOT NULL, -- at score_at
    score_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, entity_type, entity_key)
) STRICT;
CREATE INDEX risk_entities_newest ON risk_entities (tenant_id, score_at DESC, id DESC);

-- What cases are about: a case attracts alerts that share these near in time.
CREATE TABLE case_keys (
    tenant_id BLOB    NOT NULL,
    type      TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    case_id   BLOB    NOT NULL,
    first_at  INTEGER NOT NULL, -- of events
    last_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, type, value, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_keys_near ON case_keys (tenant_id, type, value, last_at DESC);
CREATE INDEX case_keys_by_age ON case_keys (last_at);

-- The time that the events in a case span.
CREATE TABLE case_spans (
    tenant_id BLOB    NOT NULL,
    case_id   BLOB    NOT NULL,
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, case_id)
) STRICT, WITHOUT ROWID;
