package cli

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// DemoOptions says what the demonstration does.
type DemoOptions struct {
	// Dir is the data directory; empty means a fresh one that is removed at the end.
	Dir string
	// Lab is the control address of a lab that runs elsewhere; empty starts one.
	Lab string
	// Scenario names the story; phishing is the default.
	Scenario string
	// Mail is the reported mail; nil takes the scenario's own.
	Mail []byte
	// MailName is the name of the file that Mail came from.
	MailName string
	// Pace stretches the story: 0 goes as fast as it can; otherwise it is how
	// long a step is at least shown.
	Pace time.Duration
	// Step lets whoever watches say when the story goes on.
	Step bool
	// Once ends after the story; otherwise the server goes on until ctx is done.
	Once bool
}

// DemoObserver is told what happens, in order and from one goroutine. Its
// methods return soon, except for Approve, and for Run where DemoOptions.Step is set.
type DemoObserver interface {
	// Ready: data directory, vendors and server are there.
	Ready(r DemoReady)
	// Submitted: the mail was reported and a run began.
	Submitted(r api.Receipt)
	// Run: the run has changed. Steps are complete each time.
	Run(r api.RunDetail)
	// Approve asks for a decision on an approval. It returns when somebody, or
	// the observer by itself, decided.
	Approve(a api.Approval) DemoDecision
	// Ended: the story is over and was checked against what the vendors saw.
	Ended(r DemoReport)
}

// DemoReady tells what is there.
type DemoReady struct {
	Dir string
	// Took is how long it took from the start of the command.
	Took time.Duration
	// Vendors are the simulated ones.
	Vendors []DemoVendor
	// Socket or URL is where the API listens.
	Address string
	// Reported is the mail's subject, and Copies how many mailboxes have it.
	Reported string
}

// DemoVendor is one simulated vendor.
type DemoVendor struct{ Name, URL string }

// DemoDecision is what was decided on an approval.
type DemoDecision struct {
	Approve bool
	Comment string
	// HandsOn is how long a person was busy with it; zero where nobody was.
	HandsOn time.Duration
}

// DemoReport is how the story ended. Its JSON is what demo --json prints.
type DemoReport struct {
	ReadyMillis       int64   `json:"ready_ms"`
	Seconds           float64 `json:"seconds"`
	HandsOnSeconds    float64 `json:"hands_on_seconds"`
	Verdict           string  `json:"verdict"`
	Contained         bool    `json:"contained"`
	CopiesFound       int     `json:"copies_found"`
	CopiesQuarantined int     `json:"copies_quarantined"`
	// Effects are what the vendors saw, not what we believe.
	Effects          []DemoEffect   `json:"effects"`
	DuplicateEffects int            `json:"duplicate_effects"`
	Approvals        []DemoApproval `json:"approvals"`
	// Case is the number of the case; 0 where none was opened.
	Case int64         `json:"case"`
	Run  harrier.RunID `json:"run"`

	// Clicked and Submitted are who followed a link, and who sent something.
	Clicked   []string `json:"clicked,omitempty"`
	Submitted []string `json:"submitted,omitempty"`

	// Status is how the run stands, and Reasons are why the verdict is what it is.
	Status  harrier.RunStatus `json:"-"`
	Reasons []string          `json:"-"`
	// GoesOn tells that the run is not over: it hunts again.
	GoesOn bool `json:"goes_on,omitempty"`
	// ByHand is what the same work takes by hand.
	ByHand time.Duration `json:"-"`
}

// DemoEffect is an effect that the vendors saw.
type DemoEffect struct {
	Action string `json:"action"`
	Target string `json:"target"`
	Count  int    `json:"count"`
}

// DemoApproval is a decision that was taken on the way.
type DemoApproval struct {
	ID       harrier.ApprovalID     `json:"id"`
	Title    string                 `json:"title"`
	Decision harrier.ApprovalStatus `json:"decision"`
	By       string                 `json:"by"`
}
