-- +goose Up

-- Who works on an alert, and the words that people put on things.
ALTER TABLE alerts ADD COLUMN owner BLOB;
ALTER TABLE alerts ADD COLUMN owner_name TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN tags TEXT;
CREATE TABLE tags (
    tenant_id BLOB NOT NULL,
    noun      TEXT NOT NULL, -- alerts or cases
    tag       TEXT NOT NULL,
    thing     BLOB NOT NULL,
    PRIMARY KEY (tenant_id, noun, tag, thing)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_thing ON tags (tenant_id, noun, thing);

-- What lists are filtered by stands in the index that they are ordered by, so that
-- what does not fit is passed over without a look at its row.
DROP INDEX alerts_newest;
CREATE INDEX alerts_newest ON alerts (tenant_id, created_at DESC, id DESC, status, severity, category, source_id, rule_id, route, priority, event_at);
CREATE INDEX cases_newest ON cases (tenant_id, number DESC, id DESC, status, severity, template, created_at);

-- The words of alerts and cases. The words alone are kept: what is shown comes from
-- the rows. The scope is the tenant.
CREATE VIRTUAL TABLE alert_text USING fts5 (scope, said, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE case_text USING fts5 (scope, said, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');

-- Which thing a row of words is of.
CREATE TABLE text_docs (
    doc    INTEGER NOT NULL PRIMARY KEY,
    tenant BLOB    NOT NULL,
    noun   TEXT    NOT NULL,
    thing  BLOB    NOT NULL,
    UNIQUE (tenant, noun, thing)
) STRICT;

-- What changed and whose words are to be read again: written in the transaction
-- of the change by the triggers below, so that nobody can forget it, and so that
-- what is removed is forgotten too.
CREATE TABLE text_queue (
    seq    INTEGER NOT NULL PRIMARY KEY,
    tenant BLOB    NOT NULL,
    noun   TEXT    NOT NULL,
    thing  BLOB    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER alerts_said AFTER INSERT ON alerts
BEGIN INSERT INTO text_queue (tenant, noun, thing) VALUES (new.tenant_id, 'alerts', new.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER alerts_say AFTER UPDATE OF title, description, rule_name, finding ON alerts
WHEN new.title <> old.title OR new.description <> old.description OR new.rule_name <> old.rule_name OR new.finding IS NOT old.finding
BEGIN INSERT INTO text_queue (tenant, noun, thing) VALUES (new.tenant_id, 'alerts', new.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER alerts_silent AFTER DELETE ON alerts
BEGIN INSERT INTO text_queue (tenant, noun, thing) VALUES (old.tenant_id, 'alerts', old.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_said AFTER INSERT ON cases
BEGIN INSERT INTO text_queue (tenant, noun, thing) VALUES (new.tenant_id, 'cases', new.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_say AFTER UPDATE OF title, summary ON cases WHEN new.title <> old.title OR new.summary <> old.summary
BEGIN INSERT INTO text_queue (tenant, noun, thing) VALUES (new.tenant_id, 'cases', new.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_silent AFTER DELETE ON cases
BEGIN INSERT INTO text_queue (tenant, noun, thing) VALUES (old.tenant_id, 'cases', old.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_entries_said AFTER INSERT ON case_entries WHEN new.kind = 'comment'
BEGIN INSERT INTO text_queue (tenant, noun, thing) VALUES (new.tenant_id, 'cases', new.case_id); END;
-- +goose StatementEnd

INSERT INTO text_queue (tenant, noun, thing) SELECT tenant_id, 'alerts', id FROM alerts ORDER BY created_at, id;
INSERT INTO text_queue (tenant, noun, thing) SELECT tenant_id, 'cases', id FROM cases ORDER BY created_at, id;
