package step

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/playbook"
)

// This file is the bounded approval: effects that nobody could list when
// people decided, and that fall under their decision within terms they saw.

// Late are the terms under which effects fall under an approval though they
// are not among its leaves.
type Late struct {
	// Calls are all that may be called, as the steps resolve at the time of asking.
	Calls []LateCall `json:"calls"`
	// Same is the value that says what counts as the same. It is computed again
	// at every use, and must not have changed.
	Same any `json:"same"`
	// Cap is how many such effects there may be in all.
	Cap int `json:"cap"`
	// For is how long the terms hold from the decision on, as in 1d1h.
	For string `json:"for"`
	// Beyond is what becomes of what does not fall under the terms: ask or skip.
	Beyond string `json:"beyond"`
	Epoch  int    `json:"epoch"`
}

// LateCall is what a step would call.
type LateCall struct {
	Target
	Step   string         `json:"step"`
	Effect harrier.Effect `json:"effect"`
	Undo   string         `json:"undo,omitempty"`
}

// The values of [Late.Beyond].
const (
	BeyondAsk  = "ask"
	BeyondSkip = "skip"
)

// indexLate notes what an approve step covers by terms.
func (m *Machine) indexLate(s *playbook.Step) {
	if m.late == nil {
		m.late = map[*playbook.Step]bool{}
	}
	walk(s.Approve.Late.Covers, func(c *playbook.Step) {
		if c.Kind == playbook.ActionKind {
			m.covers[c], m.late[c] = s, true
		}
	})
}

// planLate computes the terms of an approve step; nil where it has none.
func (d decision) planLate(ctx context.Context) (*Late, *Failure) {
	terms := d.step.Approve.Late
	if terms == nil {
		return nil, nil
	}
	same, err := terms.Same.Eval(ctx, d.m.scope(d.block.frame), d.env.Now)
	if err != nil {
		return nil, expressionFailure(err)
	}
	late := &Late{Same: Canonical(same), Cap: terms.Cap, For: expr.FormatDuration(terms.For), Beyond: BeyondAsk, Epoch: d.m.epoch}
	if terms.Skip {
		late.Beyond = BeyondSkip
	}
	for _, s := range terms.Covers {
		calls, f := d.lateCalls(s)
		if f != nil {
			return nil, f
		}
		late.Calls = append(late.Calls, calls...)
	}
	return late, nil
}

// lateCalls lists what a step would call if it were reached now.
func (d decision) lateCalls(s *playbook.Step) (list []LateCall, _ *Failure) {
	a := s.Action
	if s.Kind == playbook.LoopKind {
		a = s.Loop.Body[0].Action
	}
	if a.ConnectionOf != nil { // whichever offers it may turn out to be meant
		all := *a
		all.Via = playbook.ViaAll
		a = &all
	}
	targets, err := d.env.Resolve(a, nil)
	if err != nil {
		return nil, &Failure{Class: "refused", Text: fmt.Sprintf("cannot plan %s: %v", s.Label, err)}
	}
	for _, t := range targets {
		call := LateCall{Target: t, Step: s.Label, Effect: d.m.spec(t).Effect}
		if undo := d.m.spec(t).Undo; undo != nil {
			call.Undo = undo.Action
		}
		list = append(list, call)
	}
	return list, nil
}

// permittedLate decides whether an action falls under the terms of the
// approval that a node decided.
func (d decision) permittedLate(ctx context.Context, n *Node, terms *Late, p permit) (permit, *Failure) {
	if terms == nil {
		return permit{}, &Failure{Class: "refused", Text: "the approval " + n.Path + " has no terms for what turns up later"}
	}
	why, f := d.beyond(ctx, n, terms, p)
	switch {
	case f != nil:
		return permit{}, f
	case why == "":
		return p, nil
	case terms.Beyond == BeyondSkip:
		return permit{skip: "it does not fall under the approval " + n.Path + ": " + why}, nil
	}
	p.ask = "it does not fall under the approval " + n.Path + ": " + why
	return p, nil
}

// beyond says why an action does not fall under the terms, or "".
func (d decision) beyond(ctx context.Context, n *Node, terms *Late, p permit) (string, *Failure) {
	held, err := expr.ParseDuration(terms.For)
	if err != nil {
		return "", &Failure{Class: "refused", Text: "the terms of " + n.Path + " cannot be read: " + err.Error()}
	}
	same, err := n.Step.Approve.Late.Same.Eval(ctx, d.m.scope(n.block.frame), d.env.Now)
	if err != nil {
		return "", expressionFailure(err)
	}
	end, used := n.Ended.Add(held), d.m.spent[p.approval]
	switch {
	case !d.env.Now.Before(end):
		return "it ended at " + end.UTC().Format(time.RFC3339), nil
	case HashOf(Canonical(same)) != HashOf(Canonical(terms.Same)):
		return "what counts as the same has changed since", nil
	case terms.Epoch != d.m.epoch:
		return "the run was retried since", nil
	case used+len(p.leaves) > terms.Cap:
		return fmt.Sprintf("%d of at most %d are used up", used, terms.Cap), nil
	}
	step := d.step.Label
	if d.block.single() {
		step = d.block.owner.Step.Label
	}
	for _, now := range p.leaves {
		if why := terms.differs(step, now); why != "" {
			return why, nil
		}
	}
	return "", nil
}

// differs tells in what a call is not one that people saw, or "".
func (l *Late) differs(step string, now Leaf) string {
	i := slices.IndexFunc(l.Calls, func(c LateCall) bool { return c.Step == step && c.Connection == now.Connection })
	if i < 0 {
		return fmt.Sprintf("%s by %s was not shown", now.Action, now.Name)
	}
	was := l.Calls[i]
	return Plan{Leaves: []Leaf{{
		Path: now.Path, Connection: was.Connection, Name: was.Name, Address: was.Address, Rev: was.Rev, Action: was.Action,
		Manifest: was.Manifest, Epoch: now.Epoch, ArgsHash: now.ArgsHash, Args: now.Args,
	}}}.differs(now)
}

// lateQuestion asks whoever decided on the approval whether something that it
// does not cover may be done all the same.
func (d decision) lateQuestion(t Target, with map[string]any, reason string) Question {
	q := d.guardQuestion(t, with, reason)
	a := d.m.covers[d.step].Approve
	q.Title = "Let " + t.Action + " happen beyond what was approved"
	q.Assign, q.Need = a.Assign, max(1, a.Need)
	return q
}

// spend counts an effect that begins under the terms of an approval, or that a
// guard holds before it does, so that the cap holds whatever people say to that.
func (m *Machine) spend(n *Node, approval harrier.ApprovalID) {
	if !m.late[n.Step] || approval.IsZero() {
		return
	}
	if m.spent == nil {
		m.spent = map[harrier.ApprovalID]int{}
	}
	m.spent[approval]++
}
