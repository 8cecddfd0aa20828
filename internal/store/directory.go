package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/scim"
)

var _ scim.Store = (*Store)(nil)

const directoryUsers = `SELECT u.principal_id, u.user_name, u.external_id, p.display, u.active, p.disabled_at IS NOT NULL, u.created_at, u.modified_at
FROM directory_users u JOIN principals p ON p.tenant_id = u.tenant_id AND p.id = u.principal_id WHERE u.tenant_id = $1`

func scanDirectoryUser(r harrier.Rows) (u scim.User, err error) {
	err = r.Scan(&u.ID, &u.UserName, &u.ExternalID, &u.Display, &u.Active, &u.Disabled, &u.Created, &u.Modified)
	return u, err
}

// asked is the condition of a filter, with its values after the tenant.
func asked(q scim.Query, columns map[string]string) (text string, args []any, err error) {
	for _, t := range q.Tests {
		column, ok := columns[t.Attribute]
		if !ok {
			return "", nil, &scim.Fault{Type: "invalidFilter", Err: harrier.Errorf(harrier.Invalid, "nothing is found by %q; use userName, externalId, displayName, active or id", t.Attribute)}
		}
		var value any = t.Value
		switch {
		case column == "u.folded":
			value = strings.ToLower(t.Value)
		case column == "u.principal_id":
			id, err := harrier.ParseID[harrier.PrincipalID](t.Value)
			if err != nil {
				id = harrier.PrincipalID{} // which nobody has
			}
			value = id[:]
		case column == "u.active":
			value, column = t.Value == "true", "(p.disabled_at IS NULL)"
		}
		args = append(args, value)
		text += " AND " + column + " = $" + strconv.Itoa(len(args)+1)
	}
	return text, args, nil
}

// directory is a list of what a directory keeps.
type directory[T any] struct {
	rows, order string
	columns     map[string]string
	scan        func(harrier.Rows) (T, error)
}

// page reads what a query selects, and how much that is in all.
func (d directory[T]) page(ctx context.Context, s *Store, tenant harrier.TenantID, q scim.Query) ([]T, int, error) {
	cond, args, err := asked(q, d.columns)
	if err != nil {
		return nil, 0, err
	}
	args = append([]any{tenant[:]}, args...)
	var total int
	if _, err := s.readers.one(ctx, sqlf(`SELECT count(*) FROM (`+d.rows+cond+`)`, args...), &total); err != nil {
		return nil, 0, err
	}
	n := len(args)
	text := d.rows + cond + ` ORDER BY ` + d.order + ` LIMIT $` + strconv.Itoa(n+1) + ` OFFSET $` + strconv.Itoa(n+2)
	all, err := list(ctx, s.readers, sqlf(text, append(args, q.Count, q.Start-1)...), d.scan)
	return all, total, err
}

// DirectoryUsers implements [scim.Users].
func (s *Store) DirectoryUsers(ctx context.Context, tenant harrier.TenantID, q scim.Query) ([]scim.User, int, error) {
	columns := map[string]string{"username": "u.folded", "externalid": "u.external_id", "id": "u.principal_id", "active": "u.active", "displayname": "p.display"}
	return directory[scim.User]{directoryUsers, "u.created_at, u.principal_id", columns, scanDirectoryUser}.page(ctx, s, tenant, q)
}

// DirectoryUserIn implements [scim.Users].
func (s *Store) DirectoryUserIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) (scim.User, error) {
	u, ok, err := firstIn(ctx, tx, sqlf(directoryUsers+` AND u.principal_id = $2`, tenant[:], id[:]), scanDirectoryUser)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "user %s does not exist", id)
	}
	return u, err
}

// PutDirectoryUser implements [scim.Users].
func (s *Store) PutDirectoryUser(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, u scim.User) error {
	const text = `INSERT INTO directory_users (tenant_id, principal_id, user_name, folded, external_id, active, created_at, modified_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, principal_id) DO UPDATE
SET user_name = $3, folded = $4, external_id = $5, active = $6, modified_at = $8`
	_, err := tx.Exec(ctx, text, tenant[:], u.ID[:], u.UserName, strings.ToLower(u.UserName), u.ExternalID, u.Active, u.Created, u.Modified)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "another user has the userName %s", u.UserName)
	}
	return err
}

// DropDirectoryUser implements [scim.Users].
func (s *Store) DropDirectoryUser(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM directory_members WHERE tenant_id = $1 AND principal_id = $2`, tenant[:], id[:]); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM directory_users WHERE tenant_id = $1 AND principal_id = $2`, tenant[:], id[:])
	return err
}

const directoryGroups = `SELECT id, display, external_id, created_at, modified_at FROM directory_groups WHERE tenant_id = $1`

func scanDirectoryGroup(r harrier.Rows) (g scim.Group, err error) {
	err = r.Scan(&g.ID, &g.Display, &g.ExternalID, &g.Created, &g.Modified)
	return g, err
}

func peopleOf(tenant harrier.TenantID, group string) statementText {
	return sqlf(`SELECT principal_id FROM directory_members WHERE tenant_id = $1 AND group_id = $2`, tenant[:], group)
}

func scanPerson(r harrier.Rows) (id harrier.PrincipalID, err error) {
	err = r.Scan(&id)
	return id, err
}

// DirectoryGroups implements [scim.Groups].
func (s *Store) DirectoryGroups(ctx context.Context, tenant harrier.TenantID, q scim.Query) ([]scim.Group, int, error) {
	columns := map[string]string{"displayname": "display", "externalid": "external_id", "id": "id"}
	all, total, err := directory[scim.Group]{directoryGroups, "created_at, id", columns, scanDirectoryGroup}.page(ctx, s, tenant, q)
	for i := range all {
		if err == nil {
			all[i].Members, err = list(ctx, s.readers, peopleOf(tenant, all[i].ID), scanPerson)
		}
	}
	return all, total, err
}

// DirectoryGroupIn implements [scim.Groups].
func (s *Store) DirectoryGroupIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id string) (scim.Group, error) {
	g, ok, err := firstIn(ctx, tx, sqlf(directoryGroups+` AND id = $2`, tenant[:], id), scanDirectoryGroup)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "the group does not exist")
	}
	if err != nil {
		return g, err
	}
	g.Members, err = listIn(ctx, tx, peopleOf(tenant, id), scanPerson)
	return g, err
}

// PutDirectoryGroup implements [scim.Groups].
func (s *Store) PutDirectoryGroup(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, g scim.Group) error {
	const text = `INSERT INTO directory_groups (tenant_id, id, display, external_id, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, id) DO UPDATE SET display = $3, external_id = $4, modified_at = $6`
	const drop = `DELETE FROM directory_members WHERE tenant_id = $1 AND group_id = $2 AND principal_id NOT IN (SELECT unhex(value) FROM json_each($3))`
	const add = `INSERT INTO directory_members (tenant_id, group_id, principal_id) SELECT $1, $2, unhex(value) FROM json_each($3) WHERE true ON CONFLICT DO NOTHING`
	_, err := tx.Exec(ctx, text, tenant[:], g.ID, g.Display, g.ExternalID, g.Created, g.Modified)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "another group is called %s", g.Display)
	}
	if err != nil {
		return err
	}
	members := hexList(g.Members)
	for _, change := range []string{drop, add} {
		if _, err := tx.Exec(ctx, change, tenant[:], g.ID, members); err != nil {
			return err
		}
	}
	return nil
}

// DropDirectoryGroup implements [scim.Groups].
func (s *Store) DropDirectoryGroup(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM directory_members WHERE tenant_id = $1 AND group_id = $2`, tenant[:], id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM directory_groups WHERE tenant_id = $1 AND id = $2`, tenant[:], id)
	return err
}

// GroupsOfPerson implements [scim.Groups].
func (s *Store) GroupsOfPerson(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) ([]string, error) {
	const text = `SELECT g.display, g.external_id FROM directory_members m JOIN directory_groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
WHERE m.tenant_id = $1 AND m.principal_id = $2`
	pairs, err := listIn(ctx, tx, sqlf(text, tenant[:], id[:]), func(r harrier.Rows) (p [2]string, err error) {
		err = r.Scan(&p[0], &p[1])
		return p, err
	})
	var all []string
	for _, p := range pairs {
		all = append(all, p[0])
		if p[1] != "" {
			all = append(all, p[1])
		}
	}
	return all, err
}
