-- +goose Up

-- The run that sees to the end of a containment whose time is over.
ALTER TABLE containments ADD COLUMN lease_run BLOB;
CREATE INDEX containments_leases ON containments (lease_until)
WHERE state = 'active' AND lease_until IS NOT NULL AND lease_run IS NULL;
