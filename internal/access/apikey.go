package access

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Key is an API key. It may do what it was made for and its account still may.
type Key struct {
	Tenant  harrier.TenantID
	ID      harrier.KeyID
	Account harrier.PrincipalID
	Name    string
	// Prefix is the part of the token that is shown.
	Prefix      string
	Digest      []byte
	Permissions []harrier.Permission
	// Networks are those it may be used from; none is any.
	Networks          []netip.Prefix
	CreatedAt         time.Time
	CreatedBy         harrier.PrincipalID
	ExpiresAt         time.Time
	UsedAt, RevokedAt time.Time
}

// good reports whether the key may be used from an address.
func (k Key) good(now time.Time, from netip.Addr) bool {
	if !k.RevokedAt.IsZero() || !now.Before(k.ExpiresAt) {
		return false
	}
	from = from.Unmap().WithZone("")
	return len(k.Networks) == 0 || slices.ContainsFunc(k.Networks, func(p netip.Prefix) bool { return p.Contains(from) })
}

const (
	defaultKeyLife = 90 * 24 * time.Hour
	maxKeyLife     = 366 * 24 * time.Hour
	maxKeyPrefix   = len(keyPrefix) + 6
)

// NewKey is a key that is wanted.
type NewKey struct {
	Name string
	// Account is the id or the name of who acts by it; empty is who asks.
	Account     string
	Permissions []harrier.Permission
	// Life is how long it can be used; zero is 90 days.
	Life     time.Duration
	Networks []string
}

// check returns the key that is wanted.
func (n NewKey) check(now time.Time) (k Key, err error) {
	k = Key{Name: strings.TrimSpace(n.Name), CreatedAt: now, ExpiresAt: now.Add(defaultKeyLife)}
	if k.Name == "" || len(k.Name) > 100 {
		return k, harrier.Errorf(harrier.Invalid, "a key needs a name of up to 100 bytes, which says what uses it")
	}
	if n.Life != 0 {
		k.ExpiresAt = now.Add(n.Life)
	}
	if n.Life < 0 || n.Life > maxKeyLife {
		return k, harrier.Errorf(harrier.Invalid, "a key lives for %d days at most", int(maxKeyLife.Hours()/24))
	}
	for _, text := range n.Networks {
		p, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); err != nil && single == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return k, harrier.Errorf(harrier.Invalid, "%q is not a network; write 192.0.2.0/24", text)
		}
		k.Networks = append(k.Networks, p.Masked())
	}
	if k.Permissions, err = checkPermissions(n.Permissions); err != nil {
		return k, err
	}
	return k, nil
}

// checkPermissions returns what a key may be made for.
func checkPermissions(list []harrier.Permission) ([]harrier.Permission, error) {
	if len(list) == 0 {
		return nil, harrier.Errorf(harrier.Invalid, "say what the key may do, such as %s", harrier.AlertsWrite)
	}
	var out []harrier.Permission
	for _, perm := range list {
		switch {
		case perm == harrier.SelfManage:
			return nil, harrier.Errorf(harrier.Invalid, "a key cannot have %s: keys do not make keys", perm)
		case !slices.Contains(harrier.Permissions(), perm):
			return nil, harrier.Errorf(harrier.Invalid, "%q is not a permission; GET /v1/roles lists them", perm)
		case !slices.Contains(out, perm):
			out = append(out, perm)
		}
	}
	return out, nil
}

// NewKey makes a key and its token, which is told once. It is never for more
// than its account holds, nor than who asks.
func (s *Service) NewKey(ctx context.Context, by harrier.Principal, n NewKey) (Key, harrier.Secret, error) {
	now := s.now()
	k, err := n.check(now)
	if err != nil {
		return k, harrier.Secret{}, err
	}
	a, err := s.keeperOf(ctx, by, n.Account)
	if err != nil {
		return k, harrier.Secret{}, err
	}
	wanted := map[harrier.Permission]bool{}
	for _, perm := range k.Permissions {
		wanted[perm] = true
	}
	for _, p := range []harrier.Principal{by, a.principal()} {
		if err := within(p, wanted); err != nil {
			return k, harrier.Secret{}, err
		}
	}
	token := newToken(keyPrefix)
	k.Tenant, k.ID, k.Account, k.CreatedBy = a.Tenant, harrier.NewID[harrier.KeyID](now), a.ID, by.ID
	k.Digest, k.Prefix = digest(token), token.Reveal()[:maxKeyPrefix]
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		current, err := s.store.AccountIn(ctx, tx, a.Tenant, a.ID)
		if err != nil {
			return err
		}
		if current.Disabled() {
			return harrier.Errorf(harrier.Conflict, "%s is disabled", a.Name)
		}
		if err := s.store.AddKey(ctx, tx, k); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"key.new", k.ID.String(), map[string]any{"account": a.ID, "permissions": k.Permissions}})
	})
	return k, token, err
}

// keeperOf returns the account that is to act by a key.
func (s *Service) keeperOf(ctx context.Context, by harrier.Principal, key string) (Account, error) {
	if key == "" {
		key = by.ID.String()
	}
	a, err := s.Find(ctx, by, key)
	switch {
	case err != nil:
		return a, err
	case a.Kind == System:
		return a, harrier.Errorf(harrier.Invalid, "%s has no keys; say whose the key is to be, such as a machine's account", a.Name)
	case a.ID != by.ID && !by.May(harrier.AccountsManage):
		return a, harrier.Errorf(harrier.Denied, "%s makes keys for itself only: for others it needs the permission %s", by.Name, harrier.AccountsManage)
	}
	return a, nil
}

// Keys lists keys: one's own, or with the right to see accounts those of key,
// or of all where it is empty.
func (s *Service) Keys(ctx context.Context, by harrier.Principal, key string, p harrier.Page) ([]Key, string, error) {
	of := by.ID
	if by.May(harrier.AccountsRead) {
		of = harrier.PrincipalID{}
	}
	if key != "" {
		a, err := s.Find(ctx, by, key)
		if err != nil {
			return nil, "", err
		}
		if a.ID != by.ID && !by.May(harrier.AccountsRead) {
			return nil, "", harrier.Errorf(harrier.NotFound, "account %s does not exist", key)
		}
		of = a.ID
	}
	return s.store.Keys(ctx, by.Tenant, of, p)
}

// RevokeKey ends a key at once; one that has ended stays as it is. Another's is
// NotFound without the right to manage accounts.
func (s *Service) RevokeKey(ctx context.Context, by harrier.Principal, id harrier.KeyID) (Key, error) {
	k, err := s.store.Key(ctx, by.Tenant, id)
	if err == nil && k.Account != by.ID && !by.May(harrier.AccountsManage) {
		err = harrier.Errorf(harrier.NotFound, "key %s does not exist", id)
	}
	if err != nil || !k.RevokedAt.IsZero() {
		return k, err
	}
	k.RevokedAt = s.now()
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.UpdateKey(ctx, tx, k); err != nil {
			return err
		}
		tx.OnCommit(func() { s.live.end(func(f *follower) bool { return f.key == id }) })
		return s.audit(ctx, tx, by, record{"key.revoke", id.String(), nil})
	})
	return k, err
}
