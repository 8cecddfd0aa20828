package step

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// View is a step as people and tools see it.
type View struct {
	Path    string        `json:"path"`
	ID      string        `json:"id,omitempty"`
	Name    string        `json:"name,omitempty"`
	Kind    playbook.Kind `json:"kind"`
	Uses    string        `json:"uses,omitempty"`
	Status  Status        `json:"status"`
	Waiting string        `json:"waiting,omitempty"`
	Output  any           `json:"output,omitempty"`
	Failure *Failure      `json:"failure,omitempty"`
	Began   time.Time     `json:"began"`
	Ended   time.Time     `json:"ended,omitzero"`
	// Child is the run that the step called.
	Child harrier.RunID `json:"child,omitzero"`
	Calls []CallView    `json:"calls,omitempty"`
	Steps []View        `json:"steps,omitempty"`
}

// CallView is a call of an action as people and tools see it.
type CallView struct {
	Connection string `json:"connection"`
	Action     string `json:"action"`
	Attempt    int    `json:"attempt"`
	Epoch      int    `json:"epoch,omitempty"`
	Status     string `json:"status"`
	By         string `json:"by,omitempty"`
	Failure    string `json:"failure,omitempty"`
}

// Views returns the steps that began, as a tree.
func (m *Machine) Views() []View {
	var list []View
	for _, root := range m.roots {
		list = append(list, root.views()...)
	}
	return list
}

func (b *block) views() []View {
	list := make([]View, 0, len(b.nodes))
	for _, n := range b.nodes {
		list = append(list, n.view())
	}
	return list
}

func (n *Node) view() View {
	v := View{
		Path: n.Path, ID: n.Step.ID, Name: n.Step.Name, Kind: n.Step.Kind, Status: n.Status, Output: n.Output,
		Failure: n.Failure, Began: n.Began, Ended: n.Ended, Child: n.child,
	}
	if !n.Status.Ended() {
		v.Waiting = n.waitingFor()
	}
	if n.Step.Action != nil {
		v.Uses = n.Step.Action.Uses
	}
	if n.action != nil {
		for i := range n.action.calls {
			v.Calls = append(v.Calls, n.action.callView(i))
		}
	}
	for _, b := range n.blocks {
		v.Steps = append(v.Steps, b.views()...)
	}
	if n.handler != nil {
		v.Steps = append(v.Steps, n.handler.views()...)
	}
	return v
}

func (a *action) callView(i int) CallView {
	k, t := a.calls[i], a.begin.Targets[i]
	return CallView{
		Connection: t.Name, Action: t.Action, Attempt: k.attempt, Epoch: k.epoch, Status: k.status.String(), By: k.by, Failure: textOf(k.failure),
	}
}

// String names the status of a call.
func (s callStatus) String() string {
	switch s {
	case callNew:
		return "planned"
	case callOpen:
		return "intent"
	case callRetry:
		return "retry"
	case callUnknown, callProbe:
		return "unknown"
	case callPending:
		return "pending"
	case callHeld:
		return "held"
	case callAsked:
		return "needs_human"
	case callDone:
		return "succeeded"
	case callFailed:
		return "failed"
	case callUnclear:
		return "unresolved"
	case callWithheld:
		return "withheld"
	}
	return fmt.Sprintf("status(%d)", int(s))
}

// Digest tells the whole state in a canonical text: two machines with the same
// digest will do the same.
func (m *Machine) Digest() string {
	var b strings.Builder
	fmt.Fprintf(&b, "phase %d epoch %d waited %s failure %v halting %v over %v spent %v\n", m.phase, m.epoch, m.waited, m.failure, m.halting, m.over, m.spent)
	nodes := make([]*Node, 0, len(m.nodes))
	for _, n := range m.nodes {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(x, y *Node) int { return cmp.Compare(x.Path, y.Path) })
	for _, n := range nodes {
		fmt.Fprintf(&b, "%s %s %s due %s rounds %d awaiting %t child %s failure %v\n", n.Path, n.Status, HashOf(n.Output), n.due.Format(time.RFC3339Nano), n.rounds, n.awaiting, n.child, n.Failure)
		if len(n.before) > 0 {
			fmt.Fprintf(&b, "  before %s\n", HashOf(n.before))
		}
		if n.action == nil {
			continue
		}
		for i, k := range n.action.calls {
			fmt.Fprintf(&b, "  %s %s attempt %d epoch %d at %s probes %d passed %t again %t by %s %s\n", n.action.begin.Targets[i].Name, k.status, k.attempt, k.epoch, k.at.Format(time.RFC3339Nano), k.probes, k.passed, k.again, k.by, HashOf(k.output))
		}
	}
	for _, r := range m.ready {
		fmt.Fprintf(&b, "ready %s%s\n", r.prefix, r.next().Label)
	}
	return b.String()
}
