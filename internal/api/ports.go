package api

import (
	"context"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
)

// Ports is what the API asks of the rest of Harrier. All are required. Their
// methods are safe for concurrent use; they look at by.Tenant only, and a
// thing of another tenant is NotFound. Rights are checked before they are
// called. Errors are of a kind, with text for the user.
type Ports struct {
	Alerts      Alerts
	Cases       Cases
	Evidence    Evidence
	Runs        Runs
	RunControl  RunControl
	Approvals   Approvals
	Links       Links
	Channels    Channels
	Playbooks   Playbooks
	Connections Connections
	Audit       Audit

	AuditTargets AuditTargets
	Webhooks     Webhooks
	Retention    Retention
	Switches     Switches
	Subjects     Subjects
	Vault        Vault

	System System

	Containments Containments
	Sources      Sources
	Inbox        Inbox
	Doors        Doors

	Inventory     Inventory
	AddressLeases AddressLeases
	Intel         Intel
	Feeds         Feeds
	ValueLists    ValueLists
	BlockLists    BlockLists

	Mutes   Mutes
	Reviews Reviews
	Risks   Risks

	OnCall        OnCall
	Changes       Changes
	Sight         Sight
	CaseMembers   CaseMembers
	Search        Search
	Access        Access
	Notifications Notifications
	Handovers     Handovers
	CaseDesk      CaseDesk
	CaseParts     CaseParts
	CaseTasks     CaseTasks
	CaseFiles     CaseFiles
	Git           Git
	Once          Once
	Bulk          Bulk
	Metrics       Metrics
	Stream        Stream
}

// Alerts takes and shows alerts.
type Alerts interface {
	// SubmitMail takes a mail as it was reported: the bytes of an .eml or a .msg.
	// The same bytes again give the same alert and its runs, with Existed set.
	SubmitMail(ctx context.Context, by harrier.Principal, in SubmitMail) (Receipt, error)
	// SubmitAlert takes an alert. The same source and external id again give
	// the same alert and its runs, with Existed set.
	SubmitAlert(ctx context.Context, by harrier.Principal, in SubmitAlert) (Receipt, error)
	// Alerts lists alerts, the newest first.
	Alerts(ctx context.Context, by harrier.Principal, f harrier.AlertFilter, p harrier.Page) (List[Alert], error)
	// Alert returns an alert with its evidence and its runs.
	Alert(ctx context.Context, by harrier.Principal, id harrier.AlertID) (AlertDetail, error)
}

// Cases shows cases.
type Cases interface {
	// Cases lists cases, the newest first.
	Cases(ctx context.Context, by harrier.Principal, f harrier.CaseFilter, p harrier.Page) (List[Case], error)
	// Case returns a case with its timeline.
	Case(ctx context.Context, by harrier.Principal, id harrier.CaseID) (CaseDetail, error)
	// CaseByNumber is Case by the number that people use.
	CaseByNumber(ctx context.Context, by harrier.Principal, number int64) (CaseDetail, error)
}

// Evidence shows stored artefacts.
type Evidence interface {
	// Evidence lists artefacts, the newest first.
	Evidence(ctx context.Context, by harrier.Principal, f harrier.EvidenceFilter, p harrier.Page) (List[EvidenceItem], error)
	// OpenEvidence returns an artefact with its bytes; the caller closes them.
	OpenEvidence(ctx context.Context, by harrier.Principal, id harrier.EvidenceID) (EvidenceItem, io.ReadCloser, error)
}

// Runs starts and shows runs.
type Runs interface {
	// StartRun starts a run. Where in.ID is set the run gets it, and one that
	// exists already is Conflict. A playbook or an alert that does not exist is
	// NotFound; a source or inputs that do not fit are Invalid, see [Problems].
	StartRun(ctx context.Context, by harrier.Principal, in StartRun) (Run, error)
	// Runs lists runs, the newest first.
	Runs(ctx context.Context, by harrier.Principal, f harrier.RunFilter, p harrier.Page) (List[Run], error)
	// Run returns a run with its steps and its effects.
	Run(ctx context.Context, by harrier.Principal, id harrier.RunID) (RunDetail, error)
	// RunEvents returns up to limit events after a sequence number.
	RunEvents(ctx context.Context, by harrier.Principal, id harrier.RunID, w Window) ([]Event, error)
	// WatchRun returns the events after a sequence number as they are
	// committed. The sequence ends when the run has ended and all were given,
	// or with an error when ctx is done.
	WatchRun(ctx context.Context, by harrier.Principal, id harrier.RunID, after int64) (iter.Seq2[Event, error], error)
}

// RunControl stops runs and makes them go on.
type RunControl interface {
	// CancelRun asks a run to stop; one that has ended is Conflict.
	CancelRun(ctx context.Context, by harrier.Principal, id harrier.RunID, reason string) (Run, error)
	// RetryRun makes an ended run go on from a step path; empty means where it
	// failed. A run that has not ended, or succeeded, is Conflict.
	RetryRun(ctx context.Context, by harrier.Principal, id harrier.RunID, from string) (Run, error)
}

// Approvals shows and decides what runs ask people.
type Approvals interface {
	// Approvals lists questions, the newest first.
	Approvals(ctx context.Context, by harrier.Principal, f harrier.ApprovalFilter, p harrier.Page) (List[Approval], error)
	// Approval returns a question as people read it.
	Approval(ctx context.Context, by harrier.Principal, id harrier.ApprovalID) (Approval, error)
	// Decide approves or denies a plan, or an exception to a guard. A hash
	// other than the question's, or a question that was decided or has
	// expired, is Conflict.
	Decide(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, in Decision) (Approval, error)
	// Answer answers a form, or says what became of an action.
	Answer(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, in Answer) (Approval, error)
	// Escalate asks others too; who is asked already is Conflict.
	Escalate(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, in EscalateApproval) (Approval, error)
	// WithdrawVote takes the principal's vote back while the question is pending.
	WithdrawVote(ctx context.Context, by harrier.Principal, id harrier.ApprovalID) (Approval, error)
}

// Links is where people come by links that work once.
type Links interface {
	// Open shows the page of the link in the path, or takes its form. Only a POST
	// does anything.
	Open(w http.ResponseWriter, r *http.Request) error
}

// Playbooks shows and checks playbooks.
type Playbooks interface {
	// Playbooks lists the playbooks that are in force, by id.
	Playbooks(ctx context.Context, by harrier.Principal, p harrier.Page) (List[Playbook], error)
	// Playbook returns one with its source and what it may do.
	Playbook(ctx context.Context, by harrier.Principal, id string) (PlaybookDetail, error)
	// CheckPlaybook checks a source against what this installation offers.
	// Problems are a result, not an error.
	CheckPlaybook(ctx context.Context, by harrier.Principal, in CheckPlaybook) (PlaybookCheck, error)
}

// Connections shows connectors, and shows, adds, tests and calls connections.
type Connections interface {
	// Connectors lists the products that this installation knows, by name.
	Connectors(ctx context.Context, by harrier.Principal) ([]Connector, error)
	// Connections lists configured connections, by name.
	Connections(ctx context.Context, by harrier.Principal, p harrier.Page) (List[Connection], error)
	// AddConnection adds a connection and puts its secrets into the vault. One
	// of the same name is Conflict.
	AddConnection(ctx context.Context, by harrier.Principal, in AddConnection) (Connection, error)
	// TestConnection makes the call that the connector names for it. What the
	// vendor says is a result, not an error.
	TestConnection(ctx context.Context, by harrier.Principal, name string) (CallResult, error)
	// ActionEffect says what an action of a connection does to the world, so
	// that a call that leaves a trace can ask to be confirmed.
	ActionEffect(ctx context.Context, by harrier.Principal, name, action string) (harrier.Effect, error)
	// CallConnection calls an action once. A call that leaves a trace is
	// recorded in the audit trail before it is made.
	CallConnection(ctx context.Context, by harrier.Principal, name string, in CallConnection) (CallResult, error)
}

// Containments shows what is contained.
type Containments interface {
	// Containments lists what was contained, the newest first.
	Containments(ctx context.Context, by harrier.Principal, f harrier.ContainmentFilter, p harrier.Page) (List[Containment], error)
}

// Inventory knows hosts and users.
type Inventory interface {
	// Things lists hosts or users, by key.
	Things(ctx context.Context, by harrier.Principal, f inventory.Filter, p harrier.Page) (List[InventoryItem], error)
	// SetThing notes what a person says; a name that several have is Conflict.
	SetThing(ctx context.Context, by harrier.Principal, kind harrier.EntityType, in SetInventory) (InventoryItem, error)
	// ImportThings takes a file. One that loses more than half of what the source
	// told before is Conflict.
	ImportThings(ctx context.Context, by harrier.Principal, in ImportInventory) (ImportReport, error)
	// SyncInventory imports from a directory by a connection.
	SyncInventory(ctx context.Context, by harrier.Principal, in SyncInventory) (ImportReport, error)
	// InventorySources lists who tells of hosts and users.
	InventorySources(ctx context.Context, by harrier.Principal) (List[InventorySource], error)
}

// AddressLeases knows whose an address was.
type AddressLeases interface {
	// ImportLeases takes a file of leases.
	ImportLeases(ctx context.Context, by harrier.Principal, in ImportLeases) (LeaseReport, error)
	// AddressAt says whose an address was at a time.
	AddressAt(ctx context.Context, by harrier.Principal, address string, at time.Time) (AddressAt, error)
}

// System tells how Harrier itself is.
type System interface {
	// Ready says why the server cannot work, or nil where it can. It is asked
	// often and by anybody.
	Ready(ctx context.Context) error
	// Doctor examines the installation.
	Doctor(ctx context.Context, by harrier.Principal) (Diagnosis, error)
}
