-- A directory keeps accounts and groups by SCIM. What it does not keep, it does
-- not find.

-- +goose Up
CREATE TABLE directory_users (
    tenant_id    BLOB    NOT NULL,
    principal_id BLOB    NOT NULL,
    user_name    TEXT    NOT NULL, -- as the directory writes it
    folded       TEXT    NOT NULL, -- in lower case, as it is compared
    external_id  TEXT    NOT NULL, -- empty where it says none
    active       INTEGER NOT NULL, -- what the directory said last
    created_at   INTEGER NOT NULL,
    modified_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, principal_id),
    UNIQUE (tenant_id, folded)
) STRICT;
CREATE INDEX directory_users_by_external ON directory_users (tenant_id, external_id);
CREATE INDEX directory_users_in_order ON directory_users (tenant_id, created_at, principal_id);

CREATE TABLE directory_groups (
    tenant_id   BLOB    NOT NULL,
    id          TEXT    NOT NULL,
    display     TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, display)
) STRICT;

CREATE TABLE directory_members (
    tenant_id    BLOB NOT NULL,
    group_id     TEXT NOT NULL,
    principal_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, group_id, principal_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX directory_members_by_person ON directory_members (tenant_id, principal_id);
