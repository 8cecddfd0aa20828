package step

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// Leaf is one action of a plan, exactly as it may be carried out.
type Leaf struct {
	Path       string               `json:"path"`
	Connection harrier.ConnectionID `json:"connection,omitzero"`
	Name       string               `json:"name"`
	Address    string               `json:"address,omitempty"`
	// Rev is that of the connection: its settings say what an action does too.
	Rev      int64  `json:"rev,omitempty"`
	Action   string `json:"action"`
	Manifest string `json:"manifest,omitempty"`
	Epoch    int    `json:"epoch"`
	ArgsHash string `json:"args_hash"`
	// Args, Effect, Target and Undo are for the people who decide. Args are
	// bound by ArgsHash.
	Args   map[string]any `json:"args"`
	Effect harrier.Effect `json:"effect"`
	Target string         `json:"target,omitempty"`
	Undo   string         `json:"undo,omitempty"`
}

// Plan is what an approval signs.
type Plan struct {
	Run      harrier.RunID `json:"run"`
	Path     string        `json:"path"`
	Playbook string        `json:"playbook"`
	// Pin is the hash over the playbook, its children and the manifests.
	Pin    string `json:"pin"`
	Leaves []Leaf `json:"leaves"`
	// Late is nil where nothing else falls under the approval.
	Late *Late `json:"late,omitempty"`
}

// Hash binds what must not change between the decision and the effect.
func (l Leaf) Hash() string {
	return HashOf([]any{l.Path, l.Connection.String(), l.Address, l.Action, l.Manifest, l.Epoch, l.ArgsHash, l.Rev})
}

// leaf is the leaf of a call.
func (m *Machine) leaf(path string, t Target, with map[string]any) Leaf {
	spec := m.spec(t)
	l := Leaf{
		Path: path, Connection: t.Connection, Name: t.Name, Address: t.Address, Rev: t.Rev, Action: t.Action, Manifest: t.Manifest,
		Epoch: m.epoch, ArgsHash: HashOf(with), Args: with, Effect: spec.Effect, Target: TargetOf(spec.Targets, with),
	}
	if spec.Undo != nil {
		l.Undo = spec.Undo.Action
	}
	return l
}

// TargetOf joins the arguments that name what is acted on.
func TargetOf(names []string, with map[string]any) string {
	parts := make([]string, 0, len(names))
	for _, name := range names {
		if v, ok := with[name]; ok {
			parts = append(parts, fmt.Sprint(v))
		}
	}
	return strings.Join(parts, " ")
}

// enterApprove plans every covered step and asks people.
func (d decision) enterApprove(ctx context.Context) {
	a := d.step.Approve
	title, f := d.text(ctx, a.Title)
	message, f2 := d.text(ctx, a.Message)
	leaves, f3 := d.plan(ctx)
	late, f4 := d.planLate(ctx)
	for _, f := range []*Failure{f, f2, f3, f4} {
		if f != nil {
			d.fail(*f)
			return
		}
	}
	plan := Plan{Run: d.m.run.Run, Path: d.path, Playbook: d.m.run.Playbook, Pin: d.m.run.Hash, Leaves: leaves, Late: late}
	q := d.m.question(d.path, harrier.PlanApproval, plan)
	q.Title, q.Message, q.Assign, q.Need = title, message, a.Assign, max(1, a.Need)
	q.Expires = d.env.Now.Add(orDefault(a.Expires, defaultExpiry))
	q.Over, q.Escalate = a.Over, d.escalation(a.Escalate)
	d.record(QuestionAsked{Path: d.path, Question: q})
}

// escalation is who is asked too, and when; nil where nobody is.
func (d decision) escalation(e *playbook.Escalate) *Escalation {
	if e == nil {
		return nil
	}
	return &Escalation{At: d.env.Now.Add(e.After), To: e.To}
}

// defaultExpiry is how long a question to people stays open.
const defaultExpiry = 24 * time.Hour

func orDefault(v, def time.Duration) time.Duration {
	if v == 0 {
		return def
	}
	return v
}

// question makes a question of a kind about a body. Its hash binds the body.
func (m *Machine) question(path string, kind harrier.ApprovalKind, body any) Question {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // bodies are made of JSON values
	}
	return Question{
		ID:   harrier.DeriveID[harrier.ApprovalID]("question", m.run.Run.String(), path, string(kind), fmt.Sprint(m.events)),
		Kind: kind, Need: 1, Body: data, Hash: HashOf([]any{m.run.Run, path, m.run.Hash, json.RawMessage(data)}),
	}
}

// approvalOf returns the question of the approve step that covers a step of a
// block, or nil.
func (m *Machine) approvalOf(b *block, s *playbook.Step) *Question {
	if n := m.approver(b, s); n != nil {
		return n.question
	}
	return nil
}

// approver returns the node of the approve step that covers a step, if it began.
func (m *Machine) approver(b *block, s *playbook.Step) *Node {
	cover := m.covers[s]
	for ; b != nil && cover != nil; b = b.outer() {
		if i := slices.IndexFunc(b.nodes, func(n *Node) bool { return n.Step == cover }); i >= 0 {
			return b.nodes[i]
		}
	}
	return nil
}

// outer is the block that holds the block's owner.
func (b *block) outer() *block {
	if b.owner == nil {
		return nil
	}
	return b.owner.block
}

// denied says in what way people, or the time, said no to a step that an
// approve step covers; empty where they did not, or were not asked.
func (m *Machine) denied(b *block, s *playbook.Step) string {
	n := m.approver(b, s)
	if n == nil || n.Status != Succeeded {
		return ""
	}
	decision, _ := n.Output.(map[string]any)["decision"].(string)
	if decision != string(harrier.ApprovalApproved) {
		return "the approval " + n.Path + " was " + decision
	}
	return ""
}

// permit is what people said of an action that is about to begin. The zero
// value says that nobody had to be asked.
type permit struct {
	// leaves, one for each target, and approval are what the intents present.
	leaves   []Leaf
	approval harrier.ApprovalID
	// skip says why the step is skipped; ask, why a person is asked first.
	skip, ask string
}

// permitted decides whether an action may be done as decided, or why it fails.
func (d decision) permitted(ctx context.Context, begin Begin) (permit, *Failure) {
	if d.m.covers[d.step] == nil {
		return permit{}, nil
	}
	n := d.m.approver(d.block, d.step)
	switch {
	case n == nil:
		return permit{}, &Failure{Class: "refused", Text: "the step is covered by an approval that was not asked for"}
	case n.Status == Skipped:
		return permit{}, nil // the approve's own condition was false: explain lists this path as unapproved
	case n.Status != Succeeded:
		return permit{}, &Failure{Class: "refused", Text: "the approval " + n.Path + " did not come to a decision"}
	}
	if no := d.m.denied(d.block, d.step); no != "" {
		return permit{skip: no}, nil
	}
	plan, err := n.plan()
	if err != nil {
		return permit{}, &Failure{Class: "refused", Text: err.Error()}
	}
	p := permit{approval: n.question.ID}
	for _, t := range begin.Targets {
		p.leaves = append(p.leaves, d.m.leaf(d.path, t, begin.With))
	}
	if d.m.late[d.step] {
		return d.permittedLate(ctx, n, plan.Late, p)
	}
	for _, now := range p.leaves {
		if why := plan.differs(now); why != "" {
			return permit{}, &Failure{Class: "refused", Text: "not what was approved: " + why}
		}
	}
	return p, nil
}

// plan reads the plan of an approve step.
func (n *Node) plan() (Plan, error) {
	var p Plan
	b, err := decodeInto[Plan](n.question.Body)
	if err != nil {
		return p, harrier.Errorf(harrier.Internal, "read the plan of %s: %w", n.Path, err)
	}
	return b, nil
}

// differs tells in what a leaf differs from the plan, or "".
func (p Plan) differs(now Leaf) string {
	i := slices.IndexFunc(p.Leaves, func(l Leaf) bool { return l.Path == now.Path && l.Connection == now.Connection })
	if i < 0 {
		return fmt.Sprintf("%s by %s is not in the plan", now.Path, now.Name)
	}
	was := p.Leaves[i]
	switch {
	case was.Hash() == now.Hash():
		return ""
	case was.Address != now.Address:
		return fmt.Sprintf("connection %s pointed at %s and now points at %s", now.Name, was.Address, now.Address)
	case was.Rev != now.Rev:
		return fmt.Sprintf("connection %s was changed since; start again from the approval", now.Name)
	case was.Manifest != now.Manifest:
		return fmt.Sprintf("the manifest of %s has changed since", now.Action)
	case was.Action != now.Action:
		return fmt.Sprintf("the action was %s and is now %s", was.Action, now.Action)
	case was.Epoch != now.Epoch:
		return "the run was retried since; retry from the approval"
	}
	for name, v := range now.Args {
		if HashOf(was.Args[name]) != HashOf(v) {
			return fmt.Sprintf("argument %s was %v and is now %v", name, was.Args[name], v)
		}
	}
	return "the arguments have changed"
}
