package bench

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
)

// path computes the critical path of a run from its journal, in requests: steps
// that stand one after the other add up, of those side by side the longest
// counts, and so does the longest item of a for_each, whatever max_parallel
// says. It is a lower bound: limits of rate are not part of it, and neither is
// anything that Harrier does itself.
type path struct {
	b *testing.B
	// tokens are the connections that have their access token.
	tokens map[string]bool
}

func newPath(b *testing.B) *path { return &path{b, map[string]bool{}} }

// requests says how many requests an action makes one after the other, as the
// connectors of the story make them. Those of Harrier's own make none.
func (p *path) requests(uses string) int {
	n, ok := map[string]int{
		"intel.lookup": 1, "mail.send": 1, "mail.clicks": 1, "mail.rules": 1, "mail.disable_rule": 1, "chat.post": 1,
		"identity.mfa_methods": 1, "identity.reset_password": 1, "identity.revoke_sessions": 1,
		"mail.search": 2, "mail.correspondence": 2, // who has a mailbox, then each
		"mail.quarantine": 2, "mail.block_sender": 2, "mail.block_url": 2, // a look before the change
		"identity.get_user": 2, "identity.grants": 2, "identity.sign_ins": 2, "identity.remove_mfa_method": 2,
		"firewall.block_domain": 3, "firewall.block_ip": 2,
	}[uses]
	family, _, _ := strings.Cut(uses, ".")
	switch family {
	case "organisation", "email", "case", "alert", "verdict", "notify", "evidence", "containment", "harrier":
		return 0
	}
	if !ok {
		p.b.Fatalf("the benchmark does not know how many requests %s makes; add it", uses)
	}
	return n
}

// of is the path of steps that stand one after the other.
func (p *path) of(steps []api.Step) (n int) {
	for i := range steps {
		n += p.step(&steps[i])
	}
	return n
}

// step is the path of one step.
func (p *path) step(s *api.Step) int {
	switch s.Kind {
	case "action":
		return p.action(s)
	case "parallel":
		return p.longest(branches(s))
	case "for_each":
		return p.longest(items(s))
	}
	return p.of(s.Steps) // call, if, repeat: their steps or rounds follow each other
}

// action is the path of an action, with the token that the first call of a
// connection needs.
func (p *path) action(s *api.Step) int {
	n := p.requests(s.Uses)
	if n == 0 || len(s.Calls) == 0 {
		return 0
	}
	switch name := s.Calls[0].Connection; {
	case p.tokens[name]:
	case name == "lab-mail", name == "lab-identity", name == "lab-hunting", name == "lab-gateway":
		p.tokens[name] = true
		n++
	}
	return n
}

func (p *path) longest(groups [][]api.Step) (n int) {
	for _, steps := range groups {
		n = max(n, p.of(steps))
	}
	return n
}

// branches groups what stood side by side. The view shows the branches one after
// the other: a block that began later than the whole belongs to the one before it.
// Single actions, which are shown when they end, have a branch each.
func branches(s *api.Step) (groups [][]api.Step) {
	const same = 2 * time.Millisecond
	for _, below := range s.Steps {
		if n := len(groups); n > 0 && below.Kind != "action" && below.Began.Sub(s.Began) > same {
			groups[n-1] = append(groups[n-1], below)
			continue
		}
		groups = append(groups, []api.Step{below})
	}
	return groups
}

// items groups the steps of a for_each by item.
func items(s *api.Step) (groups [][]api.Step) {
	last := ""
	for _, below := range s.Steps {
		_, rest, _ := strings.Cut(strings.TrimPrefix(below.Path, s.Path), `["`)
		key, _, _ := strings.Cut(rest, `"]`)
		if len(groups) == 0 || key != last {
			groups, last = append(groups, nil), key
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], below)
	}
	return groups
}
