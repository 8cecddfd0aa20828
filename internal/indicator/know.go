package indicator

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Known is what is known of an observable.
type Known struct {
	// Opinions are those of feeds and block lists, the worst first.
	Opinions []picture.Opinion
	// Allowed names the allow lists that it is on. They hide no opinion.
	Allowed  []string
	Internal bool
	// Marking is the strictest of those who list it.
	Marking Marking
}

// mostOpinions bounds the opinions on one observable.
const mostOpinions = 20

// pattern is an entry of an allow list that is held against text.
type pattern struct {
	list  uint32
	entry ListEntry
	part  string
	regex *regexp.Regexp
}

// Know returns what is known of each of some observables as of a time. It waits
// until the indicators are loaded.
func (s *Service) Know(ctx context.Context, tenant harrier.TenantID, obs []harrier.Observable, at time.Time) ([]Known, error) {
	if err := s.Load(ctx); err != nil {
		return nil, err
	}
	out := make([]Known, len(obs))
	for i, o := range obs {
		out[i] = s.know1(tenant, o, at)
	}
	return out, nil
}

// Match returns, for each of some observables, what feeds and block lists say of
// it as of a time, the worst first.
func (s *Service) Match(ctx context.Context, tenant harrier.TenantID, obs []harrier.Observable, at time.Time) ([][]picture.Opinion, error) {
	known, err := s.Know(ctx, tenant, obs, at)
	out := make([][]picture.Opinion, len(known))
	for i, k := range known {
		out[i] = k.Opinions
	}
	return out, err
}

// Allowed returns, for each of some observables, the name of the first allow
// list that it is on now; empty where it is on none.
func (s *Service) Allowed(ctx context.Context, tenant harrier.TenantID, obs []harrier.Observable) ([]string, error) {
	known, err := s.Know(ctx, tenant, obs, s.cfg.Now())
	out := make([]string, len(known))
	for i, k := range known {
		if len(k.Allowed) > 0 {
			out[i] = k.Allowed[0]
		}
	}
	return out, err
}

// Marking returns how an observable is marked by those who list it.
func (s *Service) Marking(ctx context.Context, tenant harrier.TenantID, o harrier.Observable) (Marking, error) {
	known, err := s.Know(ctx, tenant, []harrier.Observable{o}, s.cfg.Now())
	if err != nil {
		return Marking{}, err
	}
	return known[0].Marking, nil
}

// know1 is what is known of one observable.
func (s *Service) know1(tenant harrier.TenantID, o harrier.Observable, at time.Time) Known {
	var found [8]entry
	entries := found[:0]
	s.table.lookUp(tenant, o, func(e entry) { entries = append(entries, e) })
	k := Known{Internal: s.Internal(o)}
	for _, e := range entries {
		from, ok := s.whose(e.origin)
		if !ok || from.tenant != tenant {
			continue
		}
		k.Marking = k.Marking.Stricter(Marking{TLP: tlps()[min(int(e.colours&colourMask), len(tlps())-1)], PAP: paps()[min(int(e.colours>>papShift), len(paps())-1)]})
		op, told := s.opinion(e, from, at)
		switch {
		case !told:
		case from.list.Kind == Allow:
			k.allow(from.list.Name)
		default:
			k.say(op)
		}
	}
	s.heldAgainst(tenant, o, at, &k)
	slices.SortStableFunc(k.Opinions, func(a, b picture.Opinion) int {
		return cmp.Or(cmp.Compare(badness(b.Verdict), badness(a.Verdict)), cmp.Compare(b.Score, a.Score), cmp.Compare(a.Source, b.Source))
	})
	k.Opinions = k.Opinions[:min(len(k.Opinions), mostOpinions)]
	return k
}

// say adds an opinion. Of one source the worse counts, as where it lists a link
// and the link's host.
func (k *Known) say(op picture.Opinion) {
	for i, old := range k.Opinions {
		if old.Source != op.Source {
			continue
		}
		if badness(op.Verdict) > badness(old.Verdict) || badness(op.Verdict) == badness(old.Verdict) && op.Score > old.Score {
			k.Opinions[i] = op
		}
		return
	}
	k.Opinions = append(k.Opinions, op)
}

func (k *Known) allow(name string) {
	if !slices.Contains(k.Allowed, name) {
		k.Allowed = append(k.Allowed, name)
		slices.Sort(k.Allowed)
	}
}

func badness(verdict string) int {
	return slices.Index([]string{feed.Benign, feed.Suspicious, feed.Malicious}, verdict)
}

// heldAgainst holds an observable against the patterns of allow lists.
func (s *Service) heldAgainst(tenant harrier.TenantID, o harrier.Observable, at time.Time, k *Known) {
	s.mu.RLock()
	patterns := s.patterns[tenant] // replaced as a whole, never changed
	s.mu.RUnlock()
	if len(patterns) == 0 {
		return
	}
	value := strings.ToLower(o.Value)
	for _, p := range patterns {
		if p.entry.Over(at) || (p.part == "" || !strings.Contains(value, p.part)) && (p.regex == nil || !p.regex.MatchString(o.Value)) {
			continue
		}
		if from, ok := s.whose(p.list); ok {
			k.allow(from.list.Name)
		}
	}
}

// maxPatterns bounds the patterns of a tenant, each of which is held against
// every observable.
const maxPatterns = 1000

// addEntry puts an entry of a list into memory, as of an origin.
func (s *Service) addEntry(l List, of uint32, e ListEntry) {
	if e.How == feed.HowPart || e.How == feed.HowRegex {
		s.addPattern(l, e)
		return
	}
	hash, one := s.listed(l, of, e)
	if s.table.put(hash, one) && one.kind == kindCIDR {
		s.countNetwork(e.Text, 1)
	}
}

// removeEntry takes an entry of a list and an origin out of memory.
func (s *Service) removeEntry(l List, of uint32, e ListEntry) {
	if e.How == feed.HowPart || e.How == feed.HowRegex {
		s.changePatterns(l.Tenant, func(all []pattern) []pattern {
			return slices.DeleteFunc(all, func(p pattern) bool { return p.list == listOrigin(l.Number) && p.entry.Pattern == e.Pattern })
		})
		return
	}
	hash, one := s.listed(l, of, e)
	if s.table.drop(hash, one.origin, one.kind) && one.kind == kindCIDR {
		s.countNetwork(e.Text, -1)
	}
}

// listed is what is kept in memory of an entry of a list.
func (s *Service) listed(l List, of uint32, e ListEntry) (hash uint64, one entry) {
	k := kindOf(e.Type)
	switch e.How {
	case feed.HowBelow:
		k = kindBelow
	case feed.HowCIDR:
		k = kindCIDR
	}
	return s.table.hash(l.Tenant, k, keyText(k, e.Text)), entry{
		origin: of, name: s.names.number(e.Reason), kind: k, until: seconds(e.ExpiresAt), seen: seconds(e.AddedAt), added: seconds(e.AddedAt), confidence: 100,
	}
}

func (s *Service) addPattern(l List, e ListEntry) {
	p := pattern{list: listOrigin(l.Number), entry: e}
	if e.How == feed.HowPart {
		p.part = strings.ToLower(e.Text)
	} else {
		var err error
		if p.regex, err = regexp.Compile(e.Text); err != nil {
			s.cfg.Log.Warn("an expression of an allow list cannot be read", "list", l.Name, "err", err)
			return
		}
	}
	s.changePatterns(l.Tenant, func(all []pattern) []pattern {
		all = slices.DeleteFunc(all, func(o pattern) bool { return o.list == p.list && o.entry.Pattern == e.Pattern })
		if len(all) >= maxPatterns {
			s.cfg.Log.Warn("an allow list has more parts and expressions than are held against values", "list", l.Name, "limit", maxPatterns)
			return all
		}
		return append(all, p)
	})
}

// changePatterns replaces the patterns of a tenant.
func (s *Service) changePatterns(tenant harrier.TenantID, change func([]pattern) []pattern) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patterns[tenant] = change(slices.Clone(s.patterns[tenant]))
}
