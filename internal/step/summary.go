package step

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// Summary tells people in a few lines what the run did: the effects by action,
// what failed, what nobody knows and who decided.
func (m *Machine) Summary() string {
	s := summary{counts: map[string]*tally{}}
	for _, root := range m.roots {
		s.block(m, root)
	}
	var lines []string
	for _, name := range s.order {
		lines = append(lines, name+": "+s.counts[name].String())
	}
	lines = append(lines, s.notes...)
	if len(lines) == 0 {
		return "Nothing was changed."
	}
	return strings.Join(lines, "\n")
}

// summary gathers what a run did.
type summary struct {
	order  []string
	counts map[string]*tally
	notes  []string
}

// tally counts the calls of one action by how they ended.
type tally struct{ done, failed, unknown, withheld int }

// String says the counts that are not zero.
func (t tally) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{t.done, "done"}, {t.failed, "failed"}, {t.unknown, "unknown"}, {t.withheld, "withheld"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

func (s *summary) block(m *Machine, b *block) {
	for _, n := range b.nodes {
		s.node(m, n)
		for _, below := range n.blocks {
			s.block(m, below)
		}
		if n.handler != nil {
			s.block(m, n.handler)
		}
	}
}

func (s *summary) node(m *Machine, n *Node) {
	if n.Step.Kind == playbook.ApproveKind && n.Status == Succeeded {
		out, _ := n.Output.(map[string]any)
		s.notes = append(s.notes, fmt.Sprintf("%s: %v by %v", n.Path, out["decision"], out["by"]))
	}
	if n.action == nil {
		return
	}
	for i, k := range n.action.calls {
		if spec := m.spec(n.action.begin.Targets[i]); spec.Effect != harrier.Read && k.status.ended() {
			s.count(spec.Name, k.status)
		}
	}
}

func (s *summary) count(name string, status callStatus) {
	if !slices.Contains(s.order, name) {
		s.order = append(s.order, name)
		s.counts[name] = &tally{}
	}
	t := s.counts[name]
	switch status {
	case callDone:
		t.done++
	case callFailed:
		t.failed++
	case callUnclear:
		t.unknown++
	case callWithheld:
		t.withheld++
	case callNew, callOpen, callRetry, callUnknown, callProbe, callPending, callHeld, callAsked:
	}
}
