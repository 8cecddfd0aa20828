package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/harrier-soar/harrier"
)

const connectionColumns = `tenant_id, id, name, connector, base_url, settings, allow_hosts, allow_private, proxy, ca,
client_cert, limits, enabled, created_at, updated_at, rev`

func scanConnection(r harrier.Rows) (c harrier.Connection, err error) {
	var settings, hosts, ranges, limits json.RawMessage
	err = r.Scan(&c.Tenant, &c.ID, &c.Name, &c.Connector, &c.BaseURL, &settings, &hosts, &ranges, &c.Proxy, &c.CA,
		&c.ClientCert, &limits, &c.Enabled, &c.CreatedAt, &c.UpdatedAt, &c.Rev)
	if err != nil {
		return c, err
	}
	for _, field := range []struct {
		text json.RawMessage
		into any
	}{{settings, &c.Settings}, {hosts, &c.AllowHosts}, {ranges, &c.AllowPrivate}, {limits, &c.Limits}} {
		if err := json.Unmarshal(field.text, field.into); err != nil {
			return c, harrier.Errorf(harrier.Internal, "connection %s is stored damaged: %w", c.ID, err)
		}
	}
	return c, nil
}

// connectionJSON encodes the fields that are kept as JSON.
func connectionJSON(c harrier.Connection) (texts [4]string, err error) {
	for i, v := range []any{c.Settings, c.AllowHosts, c.AllowPrivate, c.Limits} {
		b, err := json.Marshal(v)
		if err != nil {
			return texts, harrier.Errorf(harrier.Invalid, "the settings of connection %s cannot be stored: %w", c.Name, err)
		}
		texts[i] = string(b)
	}
	return texts, nil
}

// CreateConnection adds a connection with rev 1. A name that the tenant uses
// already is Conflict.
func (s *Store) CreateConnection(ctx context.Context, tx harrier.Tx, c harrier.Connection) error {
	const text = `INSERT INTO connections (` + connectionColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)`
	texts, err := connectionJSON(c)
	if err != nil {
		return err
	}
	s.connections.changes(tx)
	_, err = tx.Exec(ctx, text, c.Tenant[:], c.ID[:], c.Name, c.Connector, c.BaseURL, texts[0], texts[1], texts[2], c.Proxy, c.CA,
		c.ClientCert, texts[3], c.Enabled, c.CreatedAt, c.UpdatedAt)
	return usedName(err, c)
}

func usedName(err error, c harrier.Connection) error {
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "a connection named %q exists already; choose another name", c.Name)
	}
	return err
}

// Connection returns one connection.
func (s *Store) Connection(ctx context.Context, tenant harrier.TenantID, id harrier.ConnectionID) (harrier.Connection, error) {
	const text = `SELECT ` + connectionColumns + ` FROM connections WHERE tenant_id = $1 AND id = $2`
	c, err := s.connections.get(connectionKey{tenant, id}, func() (harrier.Connection, error) {
		c, ok, err := first(ctx, s.readers, sqlf(text, tenant[:], id[:]), scanConnection)
		if err == nil && !ok {
			err = errNoConnection(id)
		}
		return c, err
	})
	c.Settings, c.AllowHosts, c.AllowPrivate = maps.Clone(c.Settings), slices.Clone(c.AllowHosts), slices.Clone(c.AllowPrivate)
	return c, err
}

// connectionKey names a connection.
type connectionKey struct {
	tenant harrier.TenantID
	id     harrier.ConnectionID
}

// ConnectionByName returns the connection that playbooks call by a name.
func (s *Store) ConnectionByName(ctx context.Context, tenant harrier.TenantID, name string) (harrier.Connection, error) {
	const text = `SELECT ` + connectionColumns + ` FROM connections WHERE tenant_id = $1 AND name = $2`
	c, ok, err := first(ctx, s.readers, sqlf(text, tenant[:], name), scanConnection)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "no connection is named %q", name)
	}
	return c, err
}

// Connections returns a tenant's connections, the first made first.
func (s *Store) Connections(ctx context.Context, tenant harrier.TenantID, p harrier.Page) ([]harrier.Connection, string, error) {
	l := newListing(connectionColumns, "connections", tenant)
	if err := l.oldest("created_at", "id", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanConnection, func(c harrier.Connection) place { return at(c.CreatedAt, c.ID) })
}

// UpdateConnection stores a connection whose rev is the stored one; another is Conflict.
func (s *Store) UpdateConnection(ctx context.Context, tx harrier.Tx, c harrier.Connection) error {
	const text = `UPDATE connections SET name = $4, connector = $5, base_url = $6, settings = $7, allow_hosts = $8,
allow_private = $9, proxy = $10, ca = $11, client_cert = $12, limits = $13, enabled = $14, updated_at = $15, rev = rev + 1
WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	texts, err := connectionJSON(c)
	if err != nil {
		return err
	}
	s.connections.changes(tx)
	n, err := tx.Exec(ctx, text, c.Tenant[:], c.ID[:], c.Rev, c.Name, c.Connector, c.BaseURL, texts[0], texts[1], texts[2], c.Proxy, c.CA,
		c.ClientCert, texts[3], c.Enabled, c.UpdatedAt)
	if err != nil || n == 1 {
		return usedName(err, c)
	}
	return changed(ctx, tx, connectionExists(c.Tenant, c.ID), errNoConnection(c.ID))
}

// DeleteConnection removes a connection whose rev is the one given; another is Conflict.
func (s *Store) DeleteConnection(ctx context.Context, tx harrier.Tx, c harrier.Connection) error {
	s.connections.changes(tx)
	n, err := tx.Exec(ctx, `DELETE FROM connections WHERE tenant_id = $1 AND id = $2 AND rev = $3`, c.Tenant[:], c.ID[:], c.Rev)
	if err != nil || n == 1 {
		return err
	}
	return changed(ctx, tx, connectionExists(c.Tenant, c.ID), errNoConnection(c.ID))
}

func connectionExists(tenant harrier.TenantID, id harrier.ConnectionID) statementText {
	return sqlf(`SELECT 1 FROM connections WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:])
}

func errNoConnection(id harrier.ConnectionID) error {
	return harrier.Errorf(harrier.NotFound, "connection %s does not exist", id)
}
