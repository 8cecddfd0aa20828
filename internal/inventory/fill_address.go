package inventory

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
)

// leased fills in who had an address at the time of the event: by a lease, or
// by a host that has it for good. Where that is not known it is said.
func (l *lookup) leased(ctx context.Context, e *picture.Entity, a netip.Addr) error {
	if l.asked++; l.asked > maxLookups {
		e.Notes = append(e.Notes, fmt.Sprintf("whose address it was is not looked up: the alert has more than %d", maxLookups))
		return nil
	}
	leases, err := l.s.leasesAt(ctx, l.tenant, a, l.at)
	if err != nil {
		return err
	}
	static := l.ix.static(a)
	lease, ok, why := held(leases, l.at, l.s.age)
	switch {
	case ok:
		l.holder(e, lease)
		for _, f := range static {
			if e.As == nil || e.As.Key != f.key {
				e.Notes = append(e.Notes, fmt.Sprintf("%s says that %s has it for good; the lease holds", f.source, f.key))
			}
		}
	case len(static) > 0 && (why == "" || lease.ends(l.s.age).Before(l.at.Add(-l.s.age))):
		l.describe(e, harrier.HostEntity, static)
	case why != "":
		e.Notes = append(e.Notes, fmt.Sprintf("whose address it was at %s is not known: %s", clock(l.at), why))
		for _, f := range static {
			e.Notes = append(e.Notes, fmt.Sprintf("%s says that %s has it for good, but it is leased to others", f.source, f.key))
		}
	}
	return nil
}

// holder fills in who has a lease. A machine is known by its hardware address;
// by the name that it gives itself only where nothing speaks against it.
func (l *lookup) holder(e *picture.Entity, lease Lease) {
	byMAC, byName := l.ix.hosts.find(lease.MAC), []*facts(nil)
	if lease.Host != "" {
		byName = l.ix.host(lease.Host)
	}
	said := fmt.Sprintf("leased to %s at %s (%s)", lease.holder(), clock(lease.Start), lease.Source)
	switch {
	case len(byMAC) > 0:
		if both := among(byMAC, byName); len(both) > 0 {
			byMAC = both
		} else if len(byName) > 0 {
			said += "; its hardware address is another host's, which holds"
		}
		l.describe(e, harrier.HostEntity, byMAC)
	case len(byName) > 0:
		l.describe(e, harrier.HostEntity, byName)
		if lease.MAC != "" && slices.ContainsFunc(byName, func(f *facts) bool { return f.macs }) {
			harmless(e)
			said += "; the name is its own word, and its hardware address none that is known of that host"
		}
	case lease.Host != "":
		e.As = &harrier.Entity{Type: harrier.HostEntity, Key: lease.Host, Name: lease.Host, Role: e.Role}
		said += ", which the inventory does not know"
	case lease.User == "":
		said += ", which the inventory does not know"
	}
	e.Notes = append(e.Notes, said)
	l.person(e, lease)
}

// person adds who logged in from an address.
func (l *lookup) person(e *picture.Entity, lease Lease) {
	if lease.User == "" {
		return
	}
	found := l.ix.user(lease.User)
	if e.As == nil && !e.Known {
		e.As = &harrier.Entity{Type: harrier.UserEntity, Key: lease.User, Name: lease.User, Role: e.Role}
		l.describe(e, harrier.UserEntity, found)
		return
	}
	for _, f := range found {
		l.raise(e, f)
	}
}

// raise adds to a machine what makes its user matter more.
func (l *lookup) raise(e *picture.Entity, f *facts) {
	user := picture.Entity{}
	l.put(&user, f)
	if weight(user.Criticality) > weight(e.Criticality) {
		e.Criticality, e.Stale = user.Criticality, user.Stale
	}
	e.VIP, e.Privileged = e.VIP || user.VIP, e.Privileged || user.Privileged
	e.Notes = append(e.Notes, user.Notes...)
}

// among returns the things that are in both lists.
func among(a, b []*facts) []*facts {
	var out []*facts
	for _, f := range a {
		if slices.Contains(b, f) {
			out = append(out, f)
		}
	}
	return out
}

// AddressAt is who had an address at a time, with the leases around it.
type AddressAt struct {
	Entity picture.Entity
	At     time.Time
	// Leases are the latest before the time, the latest first.
	Leases []Lease
}

// Address tells who had an address at a time, and by what.
func (s *Service) Address(ctx context.Context, tenant harrier.TenantID, address string, at time.Time) (AddressAt, error) {
	a, ok := ParseAddress(address)
	if !ok {
		return AddressAt{}, harrier.Errorf(harrier.Invalid, "%.60q is not an address: write one such as 10.0.0.5", strings.TrimSpace(address))
	}
	leases, err := s.store.LeasesBefore(ctx, tenant, a, LeaseWindow{Until: at, Limit: 20})
	if err != nil {
		return AddressAt{}, err
	}
	out := AddressAt{At: at, Leases: leases, Entity: picture.Entity{Entity: harrier.Entity{Type: harrier.AddressEntity, Key: a.String(), Name: address}}}
	list := []picture.Entity{out.Entity}
	err = s.Fill(ctx, tenant, list, at)
	out.Entity = list[0]
	if err == nil && !out.Entity.Known && out.Entity.As == nil && len(out.Entity.Notes) == 0 {
		out.Entity.Notes = []string{fmt.Sprintf("whose address it was at %s is not known: there is no lease of it before, and no host has it for good", clock(at))}
	}
	return out, err
}
