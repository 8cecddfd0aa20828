package indicator

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/harrier-soar/harrier"
)

// entry is what is kept in memory of an indicator, or of an entry of a list.
// It holds no pointer, so that the collector has nothing to walk through.
type entry struct {
	next                     uint32 // the next of the same value, in the same shard; 0 is none
	origin                   uint32 // whose it is
	name                     uint32
	from, until, seen, added uint32 // seconds since 1970; 0 is none
	confidence               uint8
	kind                     kind
	bits                     uint8 // verdict, partial, reliability
	colours                  uint8 // TLP in the lower half, PAP in the upper
}

// kind is the type of a value in one byte. The zero kind is none.
type kind uint8

// The kinds: those of indicators, and the ways of lists.
const (
	kindIP kind = iota + 1
	kindCIDR
	kindDomain
	kindURL
	kindHash
	kindEmail
	kindFileName
	kindFilePath
	kindRegistryKey
	kindUserAgent
	kindCVE
	kindOther
	// kindBelow is a name with all that is below it, which a list allows.
	kindBelow
)

// kindOf is the kind of a type of observables.
func kindOf(name string) kind {
	switch name {
	case "ip", "ipv4", "ipv6":
		return kindIP
	case "cidr":
		return kindCIDR
	case "domain", "hostname", "fqdn":
		return kindDomain
	case "url":
		return kindURL
	case "hash", "md5", "sha1", "sha256", "sha384", "sha512", "file":
		return kindHash
	case "email":
		return kindEmail
	case "file_name":
		return kindFileName
	case "file_path":
		return kindFilePath
	case "registry_key":
		return kindRegistryKey
	case "user_agent":
		return kindUserAgent
	case "cve":
		return kindCVE
	}
	return kindOther
}

// String is the type of indicators of the kind.
func (k kind) String() string {
	names := [...]string{"", "ip", "cidr", "domain", "url", "hash", "email", "file_name", "file_path", "registry_key", "user_agent", "cve", "other", "domain"}
	if int(k) < len(names) {
		return names[k]
	}
	return ""
}

// The table is cut into shards, each with a lock of its own, so that an import
// stops nobody for long; entries are in chunks, so that growing copies nothing.
const (
	shardCount = 256
	chunkSize  = 256
)

// table finds entries by their values. It is safe for concurrent use.
type table struct {
	seed   maphash.Seed
	shards [shardCount]shard
	// lengths4 and lengths6 count the networks by the length of their prefix.
	lengths4 [33]atomic.Int64
	lengths6 [129]atomic.Int64
	count    atomic.Int64
}

type shard struct {
	mu     sync.RWMutex // guards what follows
	heads  map[uint64]uint32
	chunks []*[chunkSize]entry
	used   uint32 // entries that were ever given away; place 0 is nobody's
	free   uint32 // the first of those that were given back, linked by next
}

func newTable() *table {
	t := &table{seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].heads, t.shards[i].used = map[uint64]uint32{}, 1
	}
	return t
}

// hash is that of a value of a tenant.
func (t *table) hash(tenant harrier.TenantID, k kind, value string) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	_, _ = h.Write(tenant[:]) // never fails
	_ = h.WriteByte(byte(k))
	_, _ = h.WriteString(value)
	return h.Sum64()
}

func (t *table) shardOf(hash uint64) *shard { return &t.shards[hash>>56] }

// at is the entry at a place. The caller holds the lock.
func (s *shard) at(place uint32) *entry { return &s.chunks[place/chunkSize][place%chunkSize] }

// put adds an entry under a hash, or replaces that of the same origin.
func (t *table) put(hash uint64, e entry) (added bool) {
	s := t.shardOf(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	head := s.heads[hash]
	for place := head; place != 0; place = s.at(place).next {
		if old := s.at(place); old.origin == e.origin && old.kind == e.kind {
			e.next = old.next
			*old = e
			return false
		}
	}
	e.next = head
	s.heads[hash] = s.place(e)
	t.count.Add(1)
	return true
}

// place keeps an entry somewhere. The caller holds the lock.
func (s *shard) place(e entry) uint32 {
	place := s.free
	if place != 0 {
		s.free = s.at(place).next
	} else {
		place = s.used
		s.used++
		if int(place/chunkSize) >= len(s.chunks) {
			s.chunks = append(s.chunks, new([chunkSize]entry))
		}
	}
	*s.at(place) = e
	return place
}

// drop removes the entry of an origin.
func (t *table) drop(hash uint64, origin uint32, k kind) bool {
	s := t.shardOf(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	before := uint32(0)
	for place := s.heads[hash]; place != 0; place = s.at(place).next {
		one := s.at(place)
		if one.origin != origin || one.kind != k {
			before = place
			continue
		}
		switch {
		case before != 0:
			s.at(before).next = one.next
		case one.next != 0:
			s.heads[hash] = one.next
		default:
			delete(s.heads, hash)
		}
		*one = entry{next: s.free}
		s.free = place
		t.count.Add(-1)
		return true
	}
	return false
}

// dropAll removes all entries of an origin.
func (t *table) dropAll(origin uint32) {
	for i := range t.shards {
		t.shards[i].dropAll(origin, &t.count)
	}
}

func (s *shard) dropAll(origin uint32, count *atomic.Int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for hash, head := range s.heads {
		kept := uint32(0)
		for place := head; place != 0; {
			one := s.at(place)
			next := one.next
			if one.origin == origin {
				*one = entry{next: s.free}
				s.free = place
				count.Add(-1)
			} else {
				one.next = kept
				kept = place
			}
			place = next
		}
		if kept == 0 {
			delete(s.heads, hash)
		} else {
			s.heads[hash] = kept
		}
	}
}

// find calls f for every entry under a hash.
func (t *table) find(hash uint64, f func(entry)) {
	s := t.shardOf(hash)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for place := s.heads[hash]; place != 0; place = s.at(place).next {
		f(*s.at(place))
	}
}

// length counts a network in or out.
func (t *table) length(p netip.Prefix, by int64) {
	if p.Addr().Is4() {
		t.lengths4[p.Bits()].Add(by)
	} else {
		t.lengths6[p.Bits()].Add(by)
	}
}

// networks calls f with every network that may hold an address and has a length
// that some network in the table has.
func (t *table) networks(a netip.Addr, f func(netip.Prefix)) {
	lengths := t.lengths6[:]
	if a.Is4() {
		lengths = t.lengths4[:]
	}
	for bits := len(lengths) - 1; bits >= 0; bits-- {
		if lengths[bits].Load() > 0 {
			if p, err := a.Prefix(bits); err == nil {
				f(p)
			}
		}
	}
}
