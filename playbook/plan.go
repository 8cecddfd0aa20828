package playbook

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// Kind is the kind of a step.
type Kind string

// The kinds of steps.
const (
	ActionKind   Kind = "action"
	SetKind      Kind = "set"
	IfKind       Kind = "if"
	SwitchKind   Kind = "switch"
	LoopKind     Kind = "for_each"
	ParallelKind Kind = "parallel"
	PollKind     Kind = "repeat"
	WaitKind     Kind = "wait"
	ApproveKind  Kind = "approve"
	AskKind      Kind = "ask"
	CallKind     Kind = "call"
	ScriptKind   Kind = "script"
	StopKind     Kind = "stop"
)

// Plan is a playbook that passed the check, compiled and pinned: running it
// cannot meet an unknown kind, name or type. It is immutable and may be shared.
type Plan struct {
	// Hash pins the playbook, its children and the manifests of the actions that it may call.
	Hash        string
	ID          string
	Title       string
	Description string
	Owner       string
	Tags        []string
	// ManualMinutes is what the same work takes by hand; zero if not said.
	ManualMinutes float64
	Triggers      []Trigger
	Inputs        []schema.Field
	Limits        Limits
	Steps         []*Step
	OnFailure     []*Step
	Always        []*Step
	// Outputs is nil where the playbook declares none.
	Outputs *expr.Tree
	// Returns is the type of what it gives to whoever called it.
	Returns schema.Type
	// Children are the plans of the playbooks that it calls, by id.
	Children map[string]*Plan
	// Actions are the specifications of all actions that it may call, by name.
	Actions map[string]schema.ActionSpec
	// Refusals say why a run of this plan is refused at its start, such as
	// steps whose executor does not exist; empty where it can run.
	Refusals []string
}

// Trigger is one way in which a playbook starts; exactly one field is set.
type Trigger struct {
	// Alert and Case are conditions over the alert or case.
	Alert, Case *expr.Program
	// Verdict is a condition over an alert and an observable of it whose verdict
	// changed, Indicator one over an alert and what new intelligence says of it.
	Verdict, Indicator *expr.Program
	// Schedule is nil where the clock does not start it.
	Schedule *Schedule
	// Manual says what it is started on: alert, case or none.
	Manual string
	// Call is true where other playbooks may call it.
	Call bool
}

// Limits bounds runs of a playbook.
type Limits struct {
	// Timeout bounds active time, MaxAge all time; zero means the defaults of 24 h and 30 days.
	Timeout, MaxAge time.Duration
	// OnePer, when not nil, is the key of which only one run is active.
	OnePer *expr.Program
	// Then is what a further run of the same key does: join, queue, skip or replace.
	Then string
}

// Step is one step. Exactly the field that belongs to Kind is set.
type Step struct {
	// ID is as written, or empty.
	ID string
	// Label is the ID, or what the step is and its ordinal, as in alert.close#7.
	// It is unique in the plan and a segment of step paths.
	Label string
	Name  string
	Kind  Kind
	Pos   document.Pos
	// If is nil where the step is unconditional.
	If      *expr.Program
	Timeout time.Duration
	// Retry is nil where the defaults hold.
	Retry   *schema.Retry
	OnError OnError

	Action   *Action
	Set      *expr.Tree
	Choice   *Choice
	Loop     *Loop
	Parallel *Parallel
	Poll     *Poll
	Wait     *Wait
	Approve  *Approve
	Ask      *Ask
	Call     *Call
	Script   *Script
	Stop     *Stop
}

// OnError says what happens when a step fails for good. The zero value fails
// what holds the step.
type OnError struct {
	Continue bool
	// Steps run instead, and the run goes on after them.
	Steps []*Step
}

// Via says which of the connections that offer a verb are called.
type Via string

// The ways to choose connections.
const (
	ViaFirst Via = "first"
	ViaAll   Via = "all"
	ViaOwner Via = "owner"
)

// Action calls a connector, a verb or something built in.
type Action struct {
	// Uses is connector.action, or a verb.
	Uses string
	// Verb tells that Uses is a verb.
	Verb bool
	Via  Via
	// Connection names the connection to use; empty where any may answer.
	Connection string
	// ConnectionOf gives the name where it comes from data; nil otherwise.
	ConnectionOf *expr.Program
	With         *expr.Tree
	// Effect is the strongest effect among what may answer.
	Effect harrier.Effect
	// Lease is nil where a containment has no end.
	Lease *Lease
	// Approval is the approve step that covers this one, or nil.
	Approval *Step
	// Late tells that it is covered by the terms for what turns up later.
	Late bool
}

// Lease ends a containment by itself.
type Lease struct {
	For time.Duration
	// Ask is true where a person decides at the end; otherwise it is undone.
	Ask bool
}

// Choice is a branch (if) or a choice (switch): the first arm whose condition
// holds is taken, else Default.
type Choice struct {
	Arms    []Arm
	Default []*Step
}

// Arm is one way of a choice.
type Arm struct {
	When  *expr.Program
	Steps []*Step
}

// Loop runs its body for each item of a list.
type Loop struct {
	Over *expr.Program
	As   string
	// Key is nil where the key is the hash of the value.
	Key         *expr.Program
	MaxParallel int
	// Body is what runs for each item. Where Single, it is one action whose
	// path is the item's own.
	Body   []*Step
	Single bool
}

// Parallel runs its branches side by side.
type Parallel struct {
	Branches []Branch
	// Any is true where the first branch to succeed ends the others.
	Any bool
}

// Branch is one branch of a parallel step.
type Branch struct {
	Name  string
	Steps []*Step
}

// Poll repeats steps until a condition holds.
type Poll struct {
	Steps []*Step
	Until *expr.Program
	Every time.Duration
	// MaxRounds and MaxTime bound it; zero means no bound of that sort, and
	// one of them is always set.
	MaxRounds int
	MaxTime   time.Duration
}

// Wait is a durable timer: for a time, or until one.
type Wait struct {
	For   *expr.Program
	Until *expr.Program
}

// Approve asks people to decide on the exact plan of the steps it covers.
type Approve struct {
	Title   *expr.Program
	Message *expr.Program
	Covers  []*Step
	// Assign is role:NAME, group:NAME or user:NAME.
	Assign  string
	Need    int
	Expires time.Duration
	// StopOnDeny ends the run where the decision is no.
	StopOnDeny bool
	// Late is nil where nothing falls under the decision but what was listed.
	Late *Late
	// Over are the channels by which people are told, beside the web.
	Over []string
	// Escalate is nil where nobody else is asked.
	Escalate *Escalate
}

// Escalate is who is asked too where nobody has decided after a while.
type Escalate struct {
	After time.Duration
	To    string
}

// Late bounds the effects that fall under a decision though nobody could list
// them when it was made.
type Late struct {
	Covers []*Step
	// Same says what counts as the same; its value must not change.
	Same *expr.Tree
	Cap  int
	// For is how long the terms hold from the decision on.
	For time.Duration
	// Skip leaves out what does not fall under the terms; otherwise a person is asked.
	Skip bool
}

// Ask puts a form to a person.
type Ask struct {
	Title   *expr.Program
	Message *expr.Program
	// To is role:NAME, user:NAME, or an address or user expression for mail and chat.
	To      *expr.Program
	Form    []schema.Field
	Expires time.Duration
	// Over are the channels by which people are told, beside the web.
	Over []string
	// Escalate is nil where nobody else is asked.
	Escalate *Escalate
}

// Call runs another playbook as a child.
type Call struct {
	Playbook string
	With     *expr.Tree
	Plan     *Plan
}

// Stop ends the run.
type Stop struct {
	Failed bool
	Reason *expr.Program
}

// Script runs a program in the sandbox: JSON in, JSON out.
type Script struct {
	// Run is a file beside the playbook, Code the program itself; one is set.
	Run, Code string
	Input     *expr.Tree
	// Network lists the hosts that it may reach.
	Network []string
	Timeout time.Duration
	// Memory is a size such as 256MiB.
	Memory string
}
