package inventory

import (
	"net/netip"

	"github.com/harrier-soar/harrier"
)

// Forget drops an address from the cache, as an import of a lease of it does.
func (s *Service) Forget(tenant harrier.TenantID, a netip.Addr) {
	s.leases.forget(tenant, []Lease{{Address: a}})
}
