package inventory

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

const (
	// maxCached is how many addresses are cached, and cachedLeases how many of the
	// latest leases of each: about 60 MB where all are full.
	maxCached, cachedLeases = 50_000, 4
)

// place is an address of a tenant.
type place struct {
	tenant  harrier.TenantID
	address netip.Addr
}

// recent are the latest leases of an address, the latest first. all tells that
// there are no others.
type recent struct {
	leases []Lease
	all    bool
}

// leaseCache keeps the latest leases of addresses that were asked for.
type leaseCache struct {
	mu sync.Mutex // guards what follows
	// generation rises with every change, so that what was read before one is not
	// kept after it.
	generation int64
	entries    map[place]recent
}

// get returns what is cached of an address, and the generation to keep by.
func (c *leaseCache) get(p place) (r recent, ok bool, generation int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok = c.entries[p]
	return r, ok, c.generation
}

// put keeps what was read, unless something changed since generation. Where
// there is no room some other address goes.
func (c *leaseCache) put(p place, r recent, generation int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != generation {
		return
	}
	if c.entries == nil {
		c.entries = map[place]recent{}
	}
	if _, known := c.entries[p]; !known && len(c.entries) >= maxCached {
		for other := range c.entries { // maps are walked from a random place
			delete(c.entries, other)
			break
		}
	}
	c.entries[p] = r
}

// forget drops addresses whose leases have changed.
func (c *leaseCache) forget(tenant harrier.TenantID, leases []Lease) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	for _, l := range leases {
		delete(c.entries, place{tenant, l.Address})
	}
}

// leasesAt returns the leases of an address that matter for a time, the latest first.
func (s *Service) leasesAt(ctx context.Context, tenant harrier.TenantID, a netip.Addr, at time.Time) ([]Lease, error) {
	p := place{tenant, a}
	known, ok, generation := s.leases.get(p)
	if !ok {
		latest, err := s.store.LeasesBefore(ctx, tenant, a, LeaseWindow{Limit: cachedLeases + 1})
		if err != nil {
			return nil, err
		}
		known = recent{leases: latest, all: len(latest) <= cachedLeases}
		known.leases = known.leases[:min(len(latest), cachedLeases)]
		s.leases.put(p, known, generation)
	}
	if known.all || len(known.leases) > 0 && !known.leases[len(known.leases)-1].Start.After(at) {
		return known.leases, nil
	}
	return s.store.LeasesBefore(ctx, tenant, a, LeaseWindow{Until: at, Limit: 1})
}
