package harrier

// Page asks for one page of a list, newest first unless the list says otherwise.
type Page struct {
	// Cursor is what the page before returned as next; empty for the first page.
	Cursor string
	// Limit is how many items are wanted: 50 where it is zero, at most 500.
	Limit int
}

// Viewer is who looks at a list: whatever belongs to a restricted case is there
// for its members alone. The API sets it always. The zero value is a member of
// nothing, and [SystemPrincipal], which nobody can be, sees all.
type Viewer = PrincipalID

// AlertFilter selects alerts. Empty fields select all.
type AlertFilter struct {
	Viewer   Viewer
	Status   string
	Severity string
	Category string
	Source   SourceID
	Case     CaseID
	// Route is what triage decided, Fingerprint selects alerts that are alike.
	Route       string
	Fingerprint string
	// Rule is the id of the detection.
	Rule string
}

// EventFilter selects what sources delivered. Empty fields select all.
type EventFilter struct {
	Viewer Viewer
	State  EventState
	Source SourceID
	Alert  AlertID
}

// CaseFilter selects cases. Empty fields select all.
type CaseFilter struct {
	Viewer   Viewer
	Status   string
	Severity string
	Alert    AlertID
	Owner    PrincipalID
}

// RunFilter selects runs. Empty fields select all.
type RunFilter struct {
	Viewer   Viewer
	Status   RunStatus
	Playbook string
	Alert    AlertID
	Case     CaseID
}

// ApprovalFilter selects questions to people. Empty fields select all.
type ApprovalFilter struct {
	Viewer Viewer
	Status ApprovalStatus
	Run    RunID
}

// IntentFilter selects effects. Empty fields select all.
type IntentFilter struct {
	State  IntentState
	Effect Effect
	Run    RunID
}

// ContainmentFilter selects containments. Empty fields select all.
type ContainmentFilter struct {
	Viewer Viewer
	State  ContainmentState
	Alert  AlertID
	// Case selects what was done for it, or for an alert in it.
	Case CaseID
	// Run selects what the run, or one that it called, did.
	Run RunID
	// Action is an action or a verb.
	Action string
}

// EvidenceFilter selects artefacts. Empty fields select all.
type EvidenceFilter struct {
	Viewer Viewer
	Alert  AlertID
	Case   CaseID
	SHA256 string
}

// AuditFilter selects audit rows. Empty fields select all.
type AuditFilter struct {
	// Viewer is who looks; zero sees all.
	Viewer Viewer
	Actor  PrincipalID
	Action string
	Target string
	Run    RunID
}
