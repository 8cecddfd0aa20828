-- +goose Up

-- Runs that wait for a key of limits.one_per, which another run holds.
CREATE TABLE run_lines (
    run_id    BLOB    NOT NULL PRIMARY KEY,
    tenant_id BLOB    NOT NULL,
    playbook  TEXT    NOT NULL,
    one_key   TEXT    NOT NULL
) STRICT;
CREATE INDEX run_lines_by_key ON run_lines (tenant_id, playbook, one_key);
