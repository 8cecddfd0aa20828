-- The audit trail is chained and signed, shipped elsewhere, and what is old is
-- removed by policy alone.

-- +goose Up
-- The signed heads of the log of each tenant. Edges are what is needed to go on from one.
CREATE TABLE audit_checkpoints (
    tenant_id BLOB    NOT NULL,
    size      INTEGER NOT NULL,
    note      TEXT    NOT NULL,
    edges     BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, size)
) STRICT;

-- With what key its signatures are verified. The key that signs is in the vault.
CREATE TABLE audit_keys (
    tenant_id  BLOB    NOT NULL PRIMARY KEY,
    verifier   TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Up to where rows were removed by policy. Their places keep their hashes, so
-- that the log verifies as before; the certificate is a row that is still there.
CREATE TABLE audit_pruned (
    tenant_id   BLOB    NOT NULL,
    through     INTEGER NOT NULL,
    certificate BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, through)
) STRICT, WITHOUT ROWID;

DROP TRIGGER audit_never_forgets;
-- +goose StatementBegin
CREATE TRIGGER audit_never_forgets BEFORE DELETE ON audit
WHEN NOT EXISTS (
    SELECT 1 FROM audit_chain c, audit_pruned p
    WHERE c.tenant_id = OLD.tenant_id AND c.audit_id = OLD.id AND p.tenant_id = OLD.tenant_id AND p.through >= c.seq
)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_checkpoints_keep_rows BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_checkpoints_never_forget BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_keys_keep_rows BEFORE UPDATE ON audit_keys
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_pruned_keeps_rows BEFORE UPDATE ON audit_pruned
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_pruned_never_forgets BEFORE DELETE ON audit_pruned
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- +goose StatementEnd
