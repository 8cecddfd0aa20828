-- +goose Up

-- What figures look for: whose open tasks there are.
CREATE INDEX case_tasks_open ON case_tasks (tenant_id, assignee_id, case_id) WHERE status = 'open';

-- What happened of late, for those who watch: that something is new or changed,
-- not how it is. It is written in the transaction of the change by the triggers
-- below, so that nobody can forget it, and only the last 100,000 or a few more are
-- kept: they are counted off by the thousand, for each is written by somebody's change.
CREATE TABLE happened (
    seq       INTEGER NOT NULL PRIMARY KEY,
    tenant_id BLOB    NOT NULL,
    noun      TEXT    NOT NULL,
    thing     BLOB    NOT NULL,
    kind      TEXT    NOT NULL -- created or changed
) STRICT;
CREATE INDEX happened_by_tenant ON happened (tenant_id, seq);
-- +goose StatementBegin
CREATE TRIGGER happened_is_short AFTER INSERT ON happened WHEN new.seq % 1000 = 0
BEGIN DELETE FROM happened WHERE seq <= new.seq - 100000; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER alerts_happen AFTER INSERT ON alerts
BEGIN INSERT INTO happened (tenant_id, noun, thing, kind) VALUES (new.tenant_id, 'alerts', new.id, 'created'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER alerts_change AFTER UPDATE OF status, severity, disposition, route, owner, tags, title ON alerts
WHEN new.status <> old.status OR new.severity <> old.severity OR new.disposition <> old.disposition OR new.route <> old.route
  OR new.owner IS NOT old.owner OR new.tags IS NOT old.tags OR new.title <> old.title
BEGIN INSERT INTO happened (tenant_id, noun, thing, kind) VALUES (new.tenant_id, 'alerts', new.id, 'changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_happen AFTER INSERT ON cases
BEGIN INSERT INTO happened (tenant_id, noun, thing, kind) VALUES (new.tenant_id, 'cases', new.id, 'created'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_change AFTER UPDATE OF rev ON cases WHEN new.rev <> old.rev
BEGIN INSERT INTO happened (tenant_id, noun, thing, kind) VALUES (new.tenant_id, 'cases', new.id, 'changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_are_discussed AFTER INSERT ON case_entries WHEN new.kind = 'comment'
BEGIN INSERT INTO happened (tenant_id, noun, thing, kind) VALUES (new.tenant_id, 'cases', new.case_id, 'changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER notifications_happen AFTER INSERT ON notifications
BEGIN INSERT INTO happened (tenant_id, noun, thing, kind) VALUES (new.tenant_id, 'notifications', new.id, 'created'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER notifications_change AFTER UPDATE OF status, level ON notifications WHEN new.status <> old.status OR new.level <> old.level
BEGIN INSERT INTO happened (tenant_id, noun, thing, kind) VALUES (new.tenant_id, 'notifications', new.id, 'changed'); END;
-- +goose StatementEnd
