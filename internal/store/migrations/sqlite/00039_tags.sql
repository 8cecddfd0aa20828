-- +goose Up

-- Tags are looked for in any case, and told as they were written.
INSERT INTO tags (tenant_id, noun, tag, thing)
SELECT cases.tenant_id, 'cases', lower(t.value), cases.id FROM cases, json_each(cases.tags) t WHERE cases.tags IS NOT NULL
ON CONFLICT DO NOTHING;

-- What goes takes its tags along, whoever removes it.
-- +goose StatementBegin
CREATE TRIGGER alerts_untagged AFTER DELETE ON alerts
BEGIN DELETE FROM tags WHERE tenant_id = old.tenant_id AND noun = 'alerts' AND thing = old.id; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_untagged AFTER DELETE ON cases
BEGIN DELETE FROM tags WHERE tenant_id = old.tenant_id AND noun = 'cases' AND thing = old.id; END;
-- +goose StatementEnd

-- Whose work it is. Most alerts are nobody's.
CREATE INDEX alerts_by_owner ON alerts (tenant_id, owner, status) WHERE owner IS NOT NULL;
