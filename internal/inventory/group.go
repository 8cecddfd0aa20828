package inventory

import (
	"strings"

	"github.com/harrier-soar/harrier"
)

// groups finds out which records tell of the same thing. Two records are about
// the same one where they share what only one thing has: an id, a full name, a
// log-in name. A short name or a mail address joins only where nothing else
// could be meant. A source never lists one thing twice: what it tells apart
// stays apart, and a name that both have is ambiguous from then on.
type groups struct {
	records []*Record
	parents []int32
	members map[int32][]int32
}

// groupsOf returns the groups of records of one kind, as places in the list.
func groupsOf(kind harrier.EntityType, records []*Record) [][]int32 {
	g := &groups{records: records, parents: make([]int32, len(records)), members: make(map[int32][]int32, len(records))}
	for i := range records {
		g.parents[i], g.members[int32(i)] = int32(i), []int32{int32(i)}
	}
	g.join(func(r *Record) []string {
		var ids []string
		for name, id := range r.IDs {
			ids = append(ids, name+":"+strings.ToLower(id))
		}
		return ids
	})
	if kind == harrier.UserEntity {
		g.users()
	} else {
		g.join(func(r *Record) []string { return fullNames(r) })
		g.weakly(fullNames, func(r *Record) []string { return shortNames(r) }, firstLabel)
	}
	out := make([][]int32, 0, len(g.members))
	for i := range records {
		if m, ok := g.members[int32(i)]; ok {
			out = append(out, m)
		}
	}
	return out
}

// users joins records of people.
func (g *groups) users() {
	g.join(func(r *Record) []string {
		if r.UPN == "" {
			return nil
		}
		return []string{r.UPN}
	})
	g.join(domainAccounts)
	g.mails()
	g.weakly(domainAccounts, func(r *Record) []string {
		if r.UPN != "" || len(r.Mail) > 0 {
			return nil
		}
		return shortNames(r)
	}, func(full string) string { return parseAccount(full).user })
}

// mails joins by mail address: to whom it is the log-in name of, or to others
// that have it, unless they have a log-in name of their own.
func (g *groups) mails() {
	owners := map[string]int32{}
	for i, r := range g.records {
		if r.UPN != "" {
			owners[r.UPN] = int32(i)
		}
	}
	first := map[string]int32{}
	for i, r := range g.records {
		for _, mail := range r.Mail {
			to, known := owners[mail]
			if !known {
				if to, known = first[mail]; !known {
					first[mail] = int32(i)
					continue
				}
			}
			from := int32(i)
			if a, b := g.logIn(to), g.logIn(from); a == "" || b == "" || a == b {
				g.union(to, from)
			}
		}
	}
}

// logIn is the log-in name of a group, if it has one.
func (g *groups) logIn(i int32) string {
	for _, m := range g.members[g.root(i)] {
		if upn := g.records[m].UPN; upn != "" {
			return upn
		}
	}
	return ""
}

// fullNames are the names of a host with their domain.
func fullNames(r *Record) (full []string) {
	for _, n := range r.Names {
		if qualified(n) {
			full = append(full, n)
		}
	}
	return full
}

// shortNames are names without a domain.
func shortNames(r *Record) (short []string) {
	for _, n := range r.Names {
		if !qualified(n) && !strings.ContainsAny(n, `\@`) {
			short = append(short, n)
		}
	}
	return short
}

// domainAccounts are accounts with their domain.
func domainAccounts(r *Record) (full []string) {
	for _, n := range r.Names {
		if a := parseAccount(n); a.domain != "" {
			full = append(full, a.name)
		}
	}
	return full
}

// join joins all records that have a name in common.
func (g *groups) join(names func(*Record) []string) {
	first := make(map[string]int32, len(g.records))
	for i, r := range g.records {
		for _, name := range names(r) {
			if to, known := first[name]; known {
				g.union(to, int32(i))
			} else {
				first[name] = int32(i)
			}
		}
	}
}

// weakly joins groups without a full name to the one group whose full name
// shortens to theirs, and to each other where there is none.
func (g *groups) weakly(full, short func(*Record) []string, shorten func(string) string) {
	const several = -1
	targets, named := map[string]int32{}, map[int32]bool{}
	for i, r := range g.records {
		for _, name := range full(r) {
			root := g.root(int32(i))
			named[root] = true
			label := shorten(name)
			if at, known := targets[label]; known && at != root {
				targets[label] = several
			} else {
				targets[label] = root
			}
		}
	}
	for i, r := range g.records {
		from := g.root(int32(i))
		if named[from] {
			continue
		}
		for _, name := range short(r) {
			to, known := targets[name]
			switch {
			case !known:
				targets[name] = from
			case to != several:
				g.union(to, from)
			}
		}
	}
}

func (g *groups) root(i int32) int32 {
	for g.parents[i] != i {
		g.parents[i] = g.parents[g.parents[i]]
		i = g.parents[i]
	}
	return i
}

// union joins two groups, unless one source tells them apart.
func (g *groups) union(a, b int32) {
	a, b = g.root(a), g.root(b)
	if a == b || g.apart(a, b) {
		return
	}
	g.parents[b] = a
	g.members[a] = append(g.members[a], g.members[b]...)
	delete(g.members, b)
}

// apart tells whether a source lists both as things of their own. What it no
// longer tells of may be the same thing under another key.
func (g *groups) apart(a, b int32) bool {
	for _, m := range g.members[a] {
		for _, n := range g.members[b] {
			x, y := g.records[m], g.records[n]
			if x.Source == y.Source && x.Gone.IsZero() && y.Gone.IsZero() {
				return true
			}
		}
	}
	return false
}
