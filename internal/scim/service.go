package scim

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/provider"
)

// Query asks for a part of a list.
type Query struct {
	Tests []Test
	// Start is the place of the first one, from 1; Count is how many, at most 200.
	Start, Count int
}

// Users keeps people of directories.
type Users interface {
	// DirectoryUsers lists people, the oldest first, and says how many there are.
	DirectoryUsers(ctx context.Context, tenant harrier.TenantID, q Query) ([]User, int, error)
	// DirectoryUserIn returns a person; one that the directory does not keep is NotFound.
	DirectoryUserIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) (User, error)
	// PutDirectoryUser stores a person; a userName that another has is Conflict.
	PutDirectoryUser(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, u User) error
	// DropDirectoryUser removes a person from the directory and its groups.
	DropDirectoryUser(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) error
}

// Groups keeps groups of directories.
type Groups interface {
	// DirectoryGroups lists groups, the oldest first, and says how many there are.
	DirectoryGroups(ctx context.Context, tenant harrier.TenantID, q Query) ([]Group, int, error)
	// DirectoryGroupIn returns a group with its members.
	DirectoryGroupIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id string) (Group, error)
	// PutDirectoryGroup stores a group with its members; a name that another has is Conflict.
	PutDirectoryGroup(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, g Group) error
	// DropDirectoryGroup removes a group.
	DropDirectoryGroup(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id string) error
	// GroupsOfPerson returns the names, and the ids of the directory, of a person's groups.
	GroupsOfPerson(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) ([]string, error)
}

// Store is all that the service asks of the store.
type Store interface {
	Users
	Groups
	// Providers lists the providers of a tenant.
	Providers(ctx context.Context, tenant harrier.TenantID) ([]provider.Settings, error)
	// Write runs change in a transaction and returns when it is durable.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// People has the accounts; access.Service does.
type People interface {
	// Enroll makes or takes over the account of a person.
	Enroll(ctx context.Context, tx harrier.Tx, by harrier.Principal, e access.Enrolled) (access.Account, error)
	// Switch lets an account be active or not.
	Switch(ctx context.Context, tx harrier.Tx, by harrier.Principal, a access.Account, e access.Enrolled) (access.Account, error)
	// Regroup gives an account the roles that its groups grant.
	Regroup(ctx context.Context, tx harrier.Tx, a access.Account, roles []string) (access.Account, error)
	// Reidentify notes how the provider knows somebody.
	Reidentify(ctx context.Context, tx harrier.Tx, a access.Account, who [2]string) error
	// AccountIn returns an account.
	AccountIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) (access.Account, error)
}

// Service lets directories keep accounts. It is safe for concurrent use.
type Service struct {
	store  Store
	people People
	clock  func() time.Time
}

// New returns the service.
func New(store Store, people People, now func() time.Time) *Service {
	return &Service{store, people, now}
}

func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// directory returns the provider whose directory this is.
func (s *Service) directory(ctx context.Context, by harrier.Principal) (provider.Settings, error) {
	all, err := s.store.Providers(ctx, by.Tenant)
	if err != nil {
		return provider.Settings{}, err
	}
	if i := slices.IndexFunc(all, func(p provider.Settings) bool { return p.Directory }); i >= 0 {
		return all[i], nil
	}
	return provider.Settings{}, harrier.Errorf(harrier.Denied, "no provider of this tenant has a directory that may keep accounts; add one with --directory")
}

// List returns people that a filter finds.
func (s *Service) List(ctx context.Context, by harrier.Principal, q Query) ([]User, int, error) {
	return s.store.DirectoryUsers(ctx, by.Tenant, q)
}

// Find returns a person.
func (s *Service) Find(ctx context.Context, by harrier.Principal, id harrier.PrincipalID) (User, error) {
	list, _, err := s.store.DirectoryUsers(ctx, by.Tenant, Query{Tests: []Test{{"id", id.String()}}, Start: 1, Count: 1})
	if err == nil && len(list) == 0 {
		err = harrier.Errorf(harrier.NotFound, "user %s does not exist", id)
	}
	if err != nil {
		return User{}, err
	}
	return list[0], nil
}

// Create makes the account of a person.
func (s *Service) Create(ctx context.Context, by harrier.Principal, body []byte) (User, error) {
	b, err := readBag(body)
	if err != nil {
		return User{}, err
	}
	u := User{Active: true}
	if err := b.into(&u); err != nil {
		return u, err
	}
	dir, err := s.directory(ctx, by)
	if err != nil {
		return u, err
	}
	u.Created, u.Modified = s.now(), s.now()
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		a, err := s.people.Enroll(ctx, tx, by, access.Enrolled{Name: u.UserName, Display: u.Display, Issuer: dir.Issuer, Subject: u.ExternalID, Active: u.Active})
		if err != nil {
			return err
		}
		if _, err := s.store.DirectoryUserIn(ctx, tx, by.Tenant, a.ID); harrier.KindOf(err) != harrier.NotFound {
			return taken(err)
		}
		u.ID = a.ID
		if err := s.store.PutDirectoryUser(ctx, tx, by.Tenant, u); err != nil {
			return err
		}
		return s.regroup(ctx, tx, dir, a)
	})
	if err != nil {
		return u, err
	}
	return s.Find(ctx, by, u.ID)
}

// taken tells that somebody is there already.
func taken(err error) error {
	if err != nil {
		return err
	}
	return harrier.Errorf(harrier.Conflict, "this person is there already")
}

// Replace puts another resource in the place of a person's.
func (s *Service) Replace(ctx context.Context, by harrier.Principal, id harrier.PrincipalID, body []byte) (User, error) {
	b, err := readBag(body)
	if err != nil {
		return User{}, err
	}
	return s.change(ctx, by, id, func(u User) (User, error) {
		next := User{ID: u.ID, Active: true, Disabled: u.Disabled, Created: u.Created}
		return next, b.into(&next)
	})
}

// Patch changes a person.
func (s *Service) Patch(ctx context.Context, by harrier.Principal, id harrier.PrincipalID, body []byte) (User, error) {
	list, err := readPatch(body)
	if err != nil {
		return User{}, err
	}
	return s.change(ctx, by, id, func(u User) (User, error) { return patchUser(u, list) })
}

// change changes a person in one transaction. An account that an administrator of
// Harrier has disabled is enabled by the directory only where it had disabled it
// itself.
func (s *Service) change(ctx context.Context, by harrier.Principal, id harrier.PrincipalID, edit func(User) (User, error)) (User, error) {
	dir, err := s.directory(ctx, by)
	if err != nil {
		return User{}, err
	}
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		old, err := s.store.DirectoryUserIn(ctx, tx, by.Tenant, id)
		if err != nil {
			return err
		}
		u, err := edit(old)
		if err != nil {
			return err
		}
		u.Modified = s.now()
		if err := s.store.PutDirectoryUser(ctx, tx, by.Tenant, u); err != nil {
			return err
		}
		a, err := s.people.AccountIn(ctx, tx, by.Tenant, id)
		if err != nil {
			return err
		}
		active := !a.Disabled()
		if u.Active != old.Active {
			active = u.Active
		}
		if a, err = s.people.Switch(ctx, tx, by, a, access.Enrolled{Display: u.Display, Active: active}); err != nil {
			return err
		}
		return s.people.Reidentify(ctx, tx, a, [2]string{dir.Issuer, u.ExternalID})
	})
	if err != nil {
		return User{}, err
	}
	return s.Find(ctx, by, id)
}

// Delete lets a person go: the account is disabled, with all that ends by that,
// and the directory keeps it no more.
func (s *Service) Delete(ctx context.Context, by harrier.Principal, id harrier.PrincipalID) error {
	return s.store.Write(ctx, func(tx harrier.Tx) error {
		if _, err := s.store.DirectoryUserIn(ctx, tx, by.Tenant, id); err != nil {
			return err
		}
		a, err := s.people.AccountIn(ctx, tx, by.Tenant, id)
		if err != nil {
			return err
		}
		if a, err = s.people.Switch(ctx, tx, by, a, access.Enrolled{}); err != nil {
			return err
		}
		if err := s.store.DropDirectoryUser(ctx, tx, by.Tenant, id); err != nil {
			return err
		}
		_, err = s.people.Regroup(ctx, tx, a, nil)
		return err
	})
}

// regroup gives a person what their groups grant.
func (s *Service) regroup(ctx context.Context, tx harrier.Tx, dir provider.Settings, a access.Account) error {
	groups, err := s.store.GroupsOfPerson(ctx, tx, a.Tenant, a.ID)
	if err != nil {
		return err
	}
	_, err = s.people.Regroup(ctx, tx, a, dir.Granted(groups))
	return err
}

// Changed gives everybody what their groups grant, where a provider's settings
// were changed whose directory this is.
func (s *Service) Changed(ctx context.Context, tx harrier.Tx, dir provider.Settings) error {
	if !dir.Directory {
		return nil
	}
	all, _, err := s.store.DirectoryUsers(ctx, dir.Tenant, Query{Start: 1, Count: 1 << 30})
	if err != nil {
		return err
	}
	ids := make([]harrier.PrincipalID, len(all))
	for i, u := range all {
		ids[i] = u.ID
	}
	return s.regroupAll(ctx, tx, dir, ids)
}

// GroupService lets directories keep groups. It is safe for concurrent use.
type GroupService struct{ *Service }

// Groups returns what lets directories keep groups.
func (s *Service) Groups() GroupService { return GroupService{s} }

// List returns groups that a filter finds.
func (s GroupService) List(ctx context.Context, by harrier.Principal, q Query) ([]Group, int, error) {
	return s.store.DirectoryGroups(ctx, by.Tenant, q)
}

// Find returns a group.
func (s GroupService) Find(ctx context.Context, by harrier.Principal, id string) (Group, error) {
	list, _, err := s.store.DirectoryGroups(ctx, by.Tenant, Query{Tests: []Test{{"id", id}}, Start: 1, Count: 1})
	if err == nil && len(list) == 0 {
		err = harrier.Errorf(harrier.NotFound, "the group does not exist")
	}
	if err != nil {
		return Group{}, err
	}
	return list[0], nil
}

// Create makes a group.
func (s GroupService) Create(ctx context.Context, by harrier.Principal, body []byte) (Group, error) {
	b, err := readBag(body)
	if err != nil {
		return Group{}, err
	}
	g := Group{ID: strings.ToLower(rand.Text()), Created: s.now()}
	if err := b.intoGroup(&g); err != nil {
		return g, err
	}
	return s.put(ctx, by, g.ID, func(Group) (Group, error) { return g, nil })
}

// Replace puts another resource in the place of a group's.
func (s GroupService) Replace(ctx context.Context, by harrier.Principal, id string, body []byte) (Group, error) {
	b, err := readBag(body)
	if err != nil {
		return Group{}, err
	}
	return s.put(ctx, by, id, func(g Group) (Group, error) {
		next := Group{ID: g.ID, Created: g.Created}
		return next, b.intoGroup(&next)
	})
}

// Patch changes a group.
func (s GroupService) Patch(ctx context.Context, by harrier.Principal, id string, body []byte) (Group, error) {
	list, err := readPatch(body)
	if err != nil {
		return Group{}, err
	}
	return s.put(ctx, by, id, func(g Group) (Group, error) { return patchGroup(g, list) })
}

// Delete removes a group, with what it granted.
func (s GroupService) Delete(ctx context.Context, by harrier.Principal, id string) error {
	dir, err := s.directory(ctx, by)
	if err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx harrier.Tx) error {
		g, err := s.store.DirectoryGroupIn(ctx, tx, by.Tenant, id)
		if err != nil {
			return err
		}
		if err := s.store.DropDirectoryGroup(ctx, tx, by.Tenant, id); err != nil {
			return err
		}
		if err := s.regroupAll(ctx, tx, dir, g.Members); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"group.remove", id, len(g.Members)})
	})
}

// put stores a group and gives everybody who came or went what their groups
// grant now.
func (s GroupService) put(ctx context.Context, by harrier.Principal, id string, edit func(Group) (Group, error)) (Group, error) {
	dir, err := s.directory(ctx, by)
	if err != nil {
		return Group{}, err
	}
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		old, err := s.store.DirectoryGroupIn(ctx, tx, by.Tenant, id)
		if err != nil && harrier.KindOf(err) != harrier.NotFound {
			return err
		}
		g, editErr := edit(old)
		switch {
		case editErr != nil:
			return editErr
		case err != nil && g.ID != id: // nothing is made by changing it
			return err
		}
		came := differing(g.Members, old.Members)
		if err := s.known(ctx, tx, by.Tenant, came); err != nil {
			return err
		}
		g.Modified = s.now()
		if err := s.store.PutDirectoryGroup(ctx, tx, by.Tenant, g); err != nil {
			return err
		}
		touched := append(differing(old.Members, g.Members), came...)
		if g.Display != old.Display || g.ExternalID != old.ExternalID {
			touched = unique(append(slices.Clone(old.Members), g.Members...))
		}
		if err := s.regroupAll(ctx, tx, dir, touched); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"group.put", id, len(g.Members)})
	})
	if err != nil {
		return Group{}, err
	}
	return s.Find(ctx, by, id)
}

// known says who of some people is none whom the directory keeps.
func (s *Service) known(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, ids []harrier.PrincipalID) error {
	for _, id := range ids {
		if _, err := s.store.DirectoryUserIn(ctx, tx, tenant, id); harrier.KindOf(err) == harrier.NotFound {
			return badValue("%s is no user of this directory", id)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// differing are the ids of one list that another does not have.
func differing(of, from []harrier.PrincipalID) []harrier.PrincipalID {
	there := map[harrier.PrincipalID]bool{}
	for _, id := range from {
		there[id] = true
	}
	var out []harrier.PrincipalID
	for _, id := range of {
		if !there[id] {
			out = append(out, id)
		}
	}
	return out
}

// regroupAll gives people what their groups grant.
func (s *Service) regroupAll(ctx context.Context, tx harrier.Tx, dir provider.Settings, ids []harrier.PrincipalID) error {
	for _, id := range ids {
		a, err := s.people.AccountIn(ctx, tx, dir.Tenant, id)
		if err != nil {
			return err
		}
		if err := s.regroup(ctx, tx, dir, a); err != nil {
			return err
		}
	}
	return nil
}

// record is what the audit trail is told of a group.
type record struct {
	action, group string
	members       int
}

func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, r record) error {
	return harrier.Deed{Action: r.action, Target: "group:" + r.group, About: map[string]any{"members": r.members}, At: s.now()}.Record(ctx, tx, s.store, by)
}
