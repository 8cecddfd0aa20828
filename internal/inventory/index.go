package inventory

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// index is all that one tenant's inventory says, to be asked many times a
// second. It is never changed: another one takes its place.
type index struct {
	rules   rules
	hosts   register
	users   register
	records map[recordKey]*Record
	// domains are those that the organisation's hosts and users are in.
	domains map[string]bool
	sources []Source
}

// recordKey names a record within a tenant.
type recordKey struct {
	kind        harrier.EntityType
	source, key string
}

func (r *Record) place() recordKey { return recordKey{r.Kind, r.Source, r.Key} }

// source names the source of a record.
func (r *Record) source() recordKey { return recordKey{kind: r.Kind, source: r.Source} }

// register finds things of one kind by any of their names.
type register struct {
	things []facts
	names  map[string]claim
	// shared are the things that names of several mean, by name.
	shared map[string][]int32
}

// claim is who has a name, and how exclusively.
type claim struct {
	thing    int32
	strength uint8
	several  bool
}

// The strengths of names: what only one thing has beats what many may have.
const (
	byShortName uint8 = iota + 1
	byAddress
	byMail
	byFullName
	byID
)

// newIndex makes an index of records.
func newIndex(ru rules, records []*Record, own []string) *index {
	ix := &index{rules: ru, records: make(map[recordKey]*Record, len(records)), domains: map[string]bool{}}
	var hosts, users []*Record
	for _, r := range records {
		ix.records[r.place()] = r
		if r.Kind == harrier.UserEntity {
			users = append(users, r)
		} else {
			hosts = append(hosts, r)
		}
		for _, n := range fullNames(r) {
			if r.Kind == harrier.HostEntity && strings.Contains(parent(n), ".") {
				ix.domains[parent(n)] = true
			}
		}
		if domain := parseAccount(r.UPN).domain; domain != "" {
			ix.domains[domain] = true
		}
	}
	for _, d := range own {
		ix.domains[d] = true
	}
	ix.hosts, ix.users = newRegister(ru, harrier.HostEntity, hosts), newRegister(ru, harrier.UserEntity, users)
	ix.owned()
	return ix
}

// owned lets a host matter as its owner does: the machine of a VIP is a VIP's.
func (ix *index) owned() {
	for i := range ix.hosts.things {
		f := &ix.hosts.things[i]
		if f.owner == "" || f.vip {
			continue
		}
		for _, u := range ix.user(f.owner) {
			if u.vip {
				f.vip = true
				f.note("its owner %s is a VIP, says %s", u.key, u.source)
				break
			}
		}
	}
}

func newRegister(ru rules, kind harrier.EntityType, records []*Record) register {
	groups := groupsOf(kind, records)
	re := register{things: make([]facts, 0, len(groups)), names: make(map[string]claim, 3*len(records)), shared: map[string][]int32{}}
	for _, g := range groups {
		members := make([]*Record, len(g))
		for i, m := range g {
			members[i] = records[m]
		}
		re.things = append(re.things, ru.merge(members))
	}
	slices.SortFunc(re.things, func(a, b facts) int {
		if n := strings.Compare(a.key, b.key); n != 0 {
			return n
		}
		x, y := a.records[0], b.records[0]
		return strings.Compare(x.Source+"\x00"+x.Key, y.Source+"\x00"+y.Key)
	})
	for i := range re.things {
		for _, r := range re.things[i].records {
			re.claims(int32(i), r)
		}
	}
	return re
}

// claims enters all names of a record.
func (re *register) claims(thing int32, r *Record) {
	for name, id := range r.IDs {
		id = strings.ToLower(id)
		re.claim(name+":"+id, thing, byID)
		re.claim(id, thing, byID)
	}
	re.claim(strings.ToLower(r.Key), thing, byShortName)
	for _, a := range r.Addresses {
		re.claim(a.String(), thing, byAddress)
	}
	for _, m := range r.MACs {
		re.claim(m, thing, byAddress)
	}
	if r.Kind == harrier.UserEntity {
		re.claim(r.UPN, thing, byFullName)
		re.claim(strings.ToLower(r.Employee), thing, byShortName)
		re.claim(nameSpelling(r.Name), thing, byShortName)
		for _, m := range r.Mail {
			re.claim(m, thing, byMail)
		}
		for _, n := range r.Names {
			if a := parseAccount(n); a.domain != "" {
				re.claim(a.name, thing, byFullName)
				re.claim(a.user, thing, byShortName)
			} else {
				re.claim(n, thing, byShortName)
			}
		}
		return
	}
	for _, n := range r.Names {
		if qualified(n) {
			re.claim(n, thing, byFullName)
		}
		re.claim(firstLabel(n), thing, byShortName)
	}
}

// claim enters one name. The stronger claim has it; equal ones share it.
func (re *register) claim(name string, thing int32, strength uint8) {
	if name == "" {
		return
	}
	c, taken := re.names[name]
	switch {
	case !taken || strength > c.strength:
		re.names[name] = claim{thing: thing, strength: strength}
		delete(re.shared, name)
	case strength < c.strength || c.thing == thing:
	case !slices.Contains(re.shared[name], thing):
		if !c.several {
			re.shared[name] = []int32{c.thing}
			c.several = true
			re.names[name] = c
		}
		if len(re.shared[name]) < maxList {
			re.shared[name] = append(re.shared[name], thing)
		}
	}
}

// find returns the things that have a name: one, or several that share it.
func (re *register) find(name string) []*facts {
	c, ok := re.names[name]
	if !ok {
		return nil
	}
	if !c.several {
		return []*facts{&re.things[c.thing]}
	}
	out := make([]*facts, 0, len(re.shared[name]))
	for _, i := range re.shared[name] {
		out = append(out, &re.things[i])
	}
	return out
}

// host finds a host by any of its names. A full name means what has no domain
// of its own only in a domain of the organisation: a stranger's host of the
// same short name is another.
func (ix *index) host(key string) []*facts {
	name := nameSpelling(key)
	if found := ix.hosts.find(name); found != nil || !qualified(name) {
		return found
	}
	if mac, ok := ParseMAC(name); ok {
		return ix.hosts.find(mac)
	}
	if !ix.own(parent(name)) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(ix.hosts.find(firstLabel(name))), func(f *facts) bool {
		return slices.ContainsFunc(f.records, func(r *Record) bool { return len(fullNames(r)) > 0 })
	})
}

// own tells whether a domain, or one above it, is the organisation's.
func (ix *index) own(domain string) bool {
	for domain != "" {
		if ix.domains[domain] {
			return true
		}
		domain = parent(domain)
	}
	return false
}

// user finds a user by any name. An account of a domain means one whose domain
// nobody tells only where the domain is the organisation's.
func (ix *index) user(key string) []*facts {
	a := parseAccount(nameSpelling(key))
	if found := ix.users.find(a.name); found != nil || a.domain == "" {
		return found
	}
	if !ix.own(a.domain) && strings.Contains(a.domain, ".") {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(ix.users.find(a.user)), func(f *facts) bool {
		return slices.ContainsFunc(f.records, func(r *Record) bool { return !fits(r, a.domain) })
	})
}

// fits tells whether nothing that a record says of its domain speaks against one.
func fits(r *Record, domain string) bool {
	short := firstLabel(domain)
	for _, full := range append(domainAccounts(r), r.UPN) {
		if own := parseAccount(full).domain; own != "" && own != domain && firstLabel(own) != short {
			return false
		}
	}
	return true
}

// static finds the host whose own address it is.
func (ix *index) static(a netip.Addr) []*facts { return ix.hosts.find(a.String()) }

// find returns things of a kind by a name.
func (ix *index) find(kind harrier.EntityType, name string) []*facts {
	if kind == harrier.UserEntity {
		return ix.user(name)
	}
	return ix.host(name)
}

func (ix *index) register(kind harrier.EntityType) *register {
	if kind == harrier.UserEntity {
		return &ix.users
	}
	return &ix.hosts
}
