package playbook

import "github.com/harrier-soar/harrier/document"

// Doc is a playbook as it was written: every part with its place, expressions
// as text. Parts that could not be read are nil or empty.
type Doc struct {
	// Name is that of the file, Source its content.
	Name   string
	Source []byte
	// ID is the playbook's id.
	ID          string
	Title       string
	Description string
	Owner       string
	Tags        []string
	// ManualMinutes is what the same work takes by hand; zero if not said.
	ManualMinutes float64
	Triggers      []TriggerDoc
	Inputs        []FieldDoc
	Limits        LimitsDoc
	Steps         []*StepDoc
	OnFailure     []*StepDoc
	Always        []*StepDoc
	// Outputs is a map of expressions, or nil.
	Outputs *document.Node

	file     *document.File
	problems document.Problems
}

// Callable reports whether other playbooks may call this one.
func (d *Doc) Callable() bool {
	for _, t := range d.Triggers {
		if t.Call {
			return true
		}
	}
	return false
}

// TriggerDoc is one way to start; one field is set.
type TriggerDoc struct {
	Pos         document.Pos
	Alert, Case *document.Node
	// Verdict and Indicator are conditions over what became known of an alert.
	Verdict, Indicator *document.Node
	Schedule           *document.Node
	Manual             string
	Call               bool
}

// FieldDoc declares an input or a field of a form.
type FieldDoc struct {
	Name     string
	Pos      document.Pos
	Type     *document.Node
	Required bool
	Default  *document.Node
	Help     string
	Values   []*document.Node
	Min, Max *document.Node
	Fields   []FieldDoc
}

// LimitsDoc bounds runs.
type LimitsDoc struct {
	Timeout, MaxAge *document.Node
	Key             *document.Node
	Then            string
}

// StepDoc is a step. The field of its kind is set.
type StepDoc struct {
	Pos document.Pos
	// Kind is empty where the step could not be understood.
	Kind    Kind
	ID      *document.Node
	Name    string
	If      *document.Node
	Timeout *document.Node
	Retry   *RetryDoc
	OnError OnErrorDoc

	Action   *ActionDoc
	Set      *document.Node
	Choice   *ChoiceDoc
	Loop     *LoopDoc
	Parallel *ParallelDoc
	Poll     *PollDoc
	Wait     *WaitDoc
	Approve  *ApproveDoc
	Ask      *AskDoc
	Call     *CallDoc
	Script   *ScriptDoc
	Stop     *StopDoc
}

// RetryDoc says how a failed call is repeated.
type RetryDoc struct {
	Pos                 document.Pos
	Attempts, Base, Max *document.Node
}

// OnErrorDoc says what happens where a step fails for good.
type OnErrorDoc struct {
	Pos      document.Pos
	Continue bool
	Steps    []*StepDoc
}

// ActionDoc calls an action or a verb.
type ActionDoc struct {
	Uses       *document.Node
	With       *document.Node
	WithPos    document.Pos
	Connection *document.Node
	Via        *document.Node
	Lease      *LeaseDoc
}

// LeaseDoc ends a containment by itself.
type LeaseDoc struct {
	Pos       document.Pos
	For, Then *document.Node
}

// ChoiceDoc is a branch or a choice.
type ChoiceDoc struct {
	Arms []ArmDoc
	// Default is what runs where no arm is taken; DefaultPos is its key.
	Default    []*StepDoc
	DefaultPos document.Pos
}

// ArmDoc is one way of a choice.
type ArmDoc struct {
	Pos   document.Pos
	When  *document.Node
	Steps []*StepDoc
}

// LoopDoc does something for each item: one action, or steps.
type LoopDoc struct {
	Over, As, Key, MaxParallel *document.Node
	Action                     *ActionDoc
	Steps                      []*StepDoc
}

// ParallelDoc runs branches side by side.
type ParallelDoc struct {
	Branches []BranchDoc
	Any      bool
}

// BranchDoc is one branch of a parallel step.
type BranchDoc struct {
	Name  string
	Pos   document.Pos
	Steps []*StepDoc
}

// PollDoc repeats steps.
type PollDoc struct {
	Steps             []*StepDoc
	Until, Every, Max *document.Node
}

// WaitDoc waits; one field is set.
type WaitDoc struct{ For, Until *document.Node }

// ApproveDoc is a decision on a plan.
type ApproveDoc struct {
	Title, Message, Assign, Need, Expires *document.Node
	Covers                                []*document.Node
	StopOnDeny                            bool
	Late                                  *LateDoc
	Channel                               *document.Node
	Escalate                              *EscalateDoc
}

// EscalateDoc is who is asked too.
type EscalateDoc struct{ After, To *document.Node }

// LateDoc bounds what turns up after a decision.
type LateDoc struct {
	Covers         []*document.Node
	Same, Cap, For *document.Node
	Skip           bool
}

// AskDoc is a form.
type AskDoc struct {
	Title, Message, To, Channel, Expires *document.Node
	Form                                 []FieldDoc
	NotOver                              []*document.Node
	Escalate                             *EscalateDoc
}

// CallDoc runs another playbook.
type CallDoc struct {
	Playbook, With *document.Node
	WithPos        document.Pos
}

// ScriptDoc runs a script.
type ScriptDoc struct {
	Run, Code, Input, Timeout, Memory *document.Node
	Network                           []*document.Node
}

// StopDoc ends the run.
type StopDoc struct {
	Status, Reason *document.Node
}

// Block is a list of steps inside a step.
type Block struct {
	// Name is what the block is called in its step, such as then or a branch's name.
	Name  string
	Steps []*StepDoc
}

// Blocks returns the lists of steps that a step holds, in order; the steps of
// on_error last.
func (s *StepDoc) Blocks() []Block {
	var out []Block
	switch {
	case s.Choice != nil:
		for _, a := range s.Choice.Arms {
			out = append(out, Block{"then", a.Steps})
		}
		if s.Choice.Default != nil {
			out = append(out, Block{"else", s.Choice.Default})
		}
	case s.Loop != nil:
		out = append(out, Block{"steps", s.Loop.Steps})
	case s.Parallel != nil:
		for _, b := range s.Parallel.Branches {
			out = append(out, Block{b.Name, b.Steps})
		}
	case s.Poll != nil:
		out = append(out, Block{"repeat", s.Poll.Steps})
	}
	if s.OnError.Steps != nil {
		out = append(out, Block{"on_error", s.OnError.Steps})
	}
	return out
}
