package harrier

import (
	"encoding/json"
	"time"
)

// RunStatus is where a run stands.
type RunStatus string

// The statuses of a run. The last three are ends; a quarantined run waits for
// a person because it crashed its worker again and again.
const (
	RunQueued      RunStatus = "queued"
	RunRunning     RunStatus = "running"
	RunWaiting     RunStatus = "waiting"
	RunQuarantined RunStatus = "quarantined"
	RunSucceeded   RunStatus = "succeeded"
	RunFailed      RunStatus = "failed"
	RunCancelled   RunStatus = "cancelled"
)

// Ended reports whether nothing more will happen by itself.
func (s RunStatus) Ended() bool {
	return s == RunSucceeded || s == RunFailed || s == RunCancelled
}

// Run is the row of a run. Its journal is the truth about what happened in it;
// this row is what dispatch and lists need.
type Run struct {
	Tenant   TenantID  `json:"tenant"`
	ID       RunID     `json:"id"`
	Playbook string    `json:"playbook"`
	Hash     string    `json:"hash"`
	Mode     Mode      `json:"mode"`
	Status   RunStatus `json:"status"`
	// WaitingFor names what a waiting run waits for, for people.
	WaitingFor string `json:"waiting_for,omitempty"`
	// Priority orders dispatch: 0 is critical, 3 is low.
	Priority int     `json:"priority"`
	Alert    AlertID `json:"alert,omitzero"`
	Case     CaseID  `json:"case,omitzero"`
	// Parent and ParentPath name the step that called this run, if any.
	Parent     RunID  `json:"parent,omitzero"`
	ParentPath string `json:"parent_path,omitempty"`
	// OneKey is the key of limits.one_per; only one active run has it.
	OneKey    string      `json:"-"`
	StartedBy PrincipalID `json:"started_by"`
	// Semantics is the version of the engine's rules that the run began under.
	Semantics int `json:"semantics"`
	// Fence rises with every claim; an append with an older one is refused.
	Fence int64  `json:"-"`
	Owner string `json:"-"`
	// WakeSeq rises with every signal.
	WakeSeq int64 `json:"-"`
	// ReadyAt is when the run wants to be dispatched; zero while it is owned or has ended.
	ReadyAt time.Time `json:"ready_at,omitzero"`
	// Crashes counts claims in a row that ended without progress.
	Crashes int `json:"crashes,omitempty"`
	// Unresolved counts actions whose outcome is not known.
	Unresolved int             `json:"unresolved"`
	Outputs    json.RawMessage `json:"outputs,omitempty"`
	Reason     string          `json:"reason,omitempty"`
	CreatedAt  time.Time       `json:"created_at"`
	UpdatedAt  time.Time       `json:"updated_at"`
	EndedAt    time.Time       `json:"ended_at,omitzero"`
}

// Intent is the committed will to act, and later what came of it. Its key is
// (run, path, connection, epoch).
type Intent struct {
	Tenant       TenantID
	Run          RunID
	Path         string
	Connection   ConnectionID
	Epoch        int
	Attempt      int
	Fence        int64
	Key          string // idempotency key given to the vendor
	Action       string
	Effect       Effect
	Repeat       Repeat
	Target       string // what is acted on, for people and guards
	Args         json.RawMessage
	ArgsHash     string
	ManifestHash string
	Approval     ApprovalID
	Leaf         string
	State        IntentState
	// By tells how the state was found: call, probe, person or local.
	By         string
	IntendedAt time.Time
	EndedAt    time.Time
	// LeaseUntil is when the containment ends by itself; zero if never.
	LeaseUntil time.Time
}

// IntentState is where an effect stands.
type IntentState string

// The states of an effect.
const (
	IntentOpen      IntentState = "intent"
	IntentSucceeded IntentState = "succeeded"
	IntentFailed    IntentState = "failed"
	IntentUnknown   IntentState = "unknown"
	IntentAborted   IntentState = "aborted"
)

// ApprovalKind is what people are asked.
type ApprovalKind string

// The kinds of questions put to people.
const (
	// PlanApproval asks whether an exact plan of effects may be carried out.
	PlanApproval ApprovalKind = "plan"
	// GuardApproval asks whether one action may pass a guard that stopped it.
	GuardApproval ApprovalKind = "guard"
	// FormQuestion asks for typed answers.
	FormQuestion ApprovalKind = "question"
	// OutcomeQuestion asks what became of an action whose outcome is unknown.
	OutcomeQuestion ApprovalKind = "outcome"
)

// ApprovalStatus is where a question to people stands.
type ApprovalStatus string

// The statuses of a question to people.
const (
	ApprovalPending  ApprovalStatus = "pending"
	ApprovalApproved ApprovalStatus = "approved"
	ApprovalDenied   ApprovalStatus = "denied"
	ApprovalAnswered ApprovalStatus = "answered"
	ApprovalExpired  ApprovalStatus = "expired"
	ApprovalVoid     ApprovalStatus = "void" // the run ended before a decision
)

// Approval is a question that a run puts to people.
type Approval struct {
	Tenant  TenantID       `json:"tenant"`
	ID      ApprovalID     `json:"id"`
	Run     RunID          `json:"run"`
	Path    string         `json:"path"`
	Kind    ApprovalKind   `json:"kind"`
	Status  ApprovalStatus `json:"status"`
	Title   string         `json:"title"`
	Message string         `json:"message,omitempty"`
	// Body is the plan, the form or the facts, by Kind.
	Body json.RawMessage `json:"body"`
	// Hash is what a decision must name, so that it binds exactly this body.
	Hash   string `json:"hash"`
	Assign string `json:"assign,omitempty"`
	// Also are those who are asked too since the question was escalated.
	Also []string `json:"also,omitempty"`
	Need int      `json:"need"`
	// RequestedBy started the run and may not be the one who approves where four eyes are required.
	RequestedBy PrincipalID     `json:"requested_by"`
	Answer      json.RawMessage `json:"answer,omitempty"`
	DecidedBy   string          `json:"decided_by,omitempty"`
	Comment     string          `json:"comment,omitempty"`
	CreatedAt   time.Time       `json:"created_at"`
	ExpiresAt   time.Time       `json:"expires_at,omitzero"`
	// EscalateTo is asked too from EscalateAt on, where nobody has decided by
	// then; EscalateAt is zero where that was done, or is not wanted.
	EscalateTo string    `json:"escalate_to,omitempty"`
	EscalateAt time.Time `json:"escalate_at,omitzero"`
	// Over are the channels by which it is brought to people, in the order of
	// preference; it is always found where people log in.
	Over []string `json:"over,omitempty"`
	// PostAt is when it has to be brought to people next; zero where it was.
	PostAt    time.Time `json:"-"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	Rev       int64     `json:"rev"`
}

// Vote is one person's decision on an approval.
type Vote struct {
	Approval  ApprovalID  `json:"approval"`
	Principal PrincipalID `json:"principal"`
	Name      string      `json:"name"`
	Approve   bool        `json:"approve"`
	Comment   string      `json:"comment,omitempty"`
	// Via is how it came: web, link, slack, teams or mail.
	Via string    `json:"via,omitempty"`
	At  time.Time `json:"at"`
}

// Signal is something that a run must hear of. It is committed before anybody
// is told, and consumed in the transaction of the event it becomes.
type Signal struct {
	Tenant TenantID        `json:"tenant"`
	Run    RunID           `json:"run"`
	Seq    int64           `json:"seq"` // given by the store, rising
	Type   string          `json:"type"`
	Data   json.RawMessage `json:"data"`
	At     time.Time       `json:"at"`
}

// AuditEntry is one line of the audit trail, written in the transaction of
// what it records.
type AuditEntry struct {
	Tenant    TenantID    `json:"tenant"`
	ID        AuditID     `json:"id"`
	At        time.Time   `json:"at"`
	Actor     PrincipalID `json:"actor"`
	ActorName string      `json:"actor_name"`
	// Action is what was done, such as effect.intend or approval.decide.
	Action string          `json:"action"`
	Target string          `json:"target"`
	Run    RunID           `json:"run,omitzero"`
	Path   string          `json:"path,omitempty"`
	Data   json.RawMessage `json:"data,omitempty"`
	// Hidden tells that whoever looks may not see what the row is about; all but
	// its id and its time is left out.
	Hidden bool `json:"hidden,omitempty"`
}

// Alert is something that a source reported.
type Alert struct {
	Tenant     TenantID `json:"tenant"`
	ID         AlertID  `json:"id"`
	Source     SourceID `json:"source"`
	ExternalID string   `json:"external_id"`
	Title      string   `json:"title"`
	Category   string   `json:"category"`
	// Severity is critical, high, medium, low or info.
	Severity string `json:"severity"`
	// Status is new, in_progress or closed.
	Status      string `json:"status"`
	Disposition string `json:"disposition,omitempty"`
	Reason      string `json:"reason,omitempty"`
	// Owner works on it; Tags are words that people put on it.
	Owner Person   `json:"owner,omitzero"`
	Tags  []string `json:"tags,omitempty"`
	// Data is the normalised alert in ECS names, an object.
	Data        json.RawMessage `json:"data"`
	Description string          `json:"description,omitempty"`
	// EventAt is when what it tells of happened.
	EventAt time.Time `json:"event_at,omitzero"`
	// Version is the source's own time of its last change, and Digest tells
	// two states of it apart where the source tells no time.
	Version time.Time `json:"version,omitzero"`
	Digest  string    `json:"-"`
	// Fingerprint is the same for alerts that are alike; empty never folds.
	Fingerprint string `json:"fingerprint,omitempty"`
	Rule        Rule   `json:"rule,omitzero"`
	// Priority orders people's work: 1 is now, 4 is when there is time; 0 is not judged.
	Priority int     `json:"priority,omitempty"`
	Score    float64 `json:"score,omitempty"`
	// Route is what triage decided to follow: escalate, case, queue, log or close.
	Route string `json:"route,omitempty"`
	// Observed tells that its source is only observed: nothing starts by itself.
	Observed bool `json:"observed,omitempty"`
	// Repeats counts what was folded into it, the last of them at SeenAt.
	Repeats int       `json:"repeats,omitempty"`
	SeenAt  time.Time `json:"seen_at,omitzero"`
	// ClosedAt is when it was closed; zero while it is open.
	ClosedAt time.Time `json:"closed_at,omitzero"`
	// Burst counts what was folded since BurstAt.
	Burst   int       `json:"-"`
	BurstAt time.Time `json:"-"`
	// Finding is what the source reports, without Data.
	Finding json.RawMessage `json:"finding,omitempty"`
	// Picture is what was known when it was judged, and Decision what came of
	// that, with the proof.
	Picture   json.RawMessage `json:"picture,omitempty"`
	Decision  json.RawMessage `json:"decision,omitempty"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
	Rev       int64           `json:"rev"`
}

// Happened is when what the alert tells of happened; when it came, where its
// source does not tell.
func (a Alert) Happened() time.Time {
	if a.EventAt.IsZero() {
		return a.CreatedAt
	}
	return a.EventAt
}

// AlertChange is one thing that happened to an alert.
type AlertChange struct {
	Tenant TenantID        `json:"tenant"`
	Alert  AlertID         `json:"alert"`
	Seq    int64           `json:"seq"` // given by the store, rising
	At     time.Time       `json:"at"`
	Kind   string          `json:"kind"` // created, changed, judged, reopened, closed, outdated
	Text   string          `json:"text"`
	Data   json.RawMessage `json:"data,omitempty"`
}

// SourceCounts are how many events a source delivered and what became of them.
// Accepted is the sum of the others and of what is pending, always (G3).
type SourceCounts struct {
	Tenant      TenantID  `json:"tenant"`
	Source      SourceID  `json:"source"`
	Accepted    int64     `json:"accepted"`
	Processed   int64     `json:"processed"`
	Suppressed  int64     `json:"suppressed"`
	Quarantined int64     `json:"quarantined"`
	LastAt      time.Time `json:"last_at,omitzero"`
}

// Case is an investigation. Number is what people call it within the tenant.
type Case struct {
	Tenant   TenantID `json:"tenant"`
	ID       CaseID   `json:"id"`
	Number   int64    `json:"number"`
	Title    string   `json:"title"`
	Template string   `json:"template,omitempty"`
	Severity string   `json:"severity"`
	// Status is open, in_progress, waiting or closed.
	Status  string `json:"status"`
	Summary string `json:"summary,omitempty"`
	// Owner is who answers for it; nobody where the id is zero.
	Owner    Person   `json:"owner,omitzero"`
	Watchers []Person `json:"watchers,omitempty"`
	// TLP and PAP are labels such as amber; empty is none.
	TLP  string   `json:"tlp,omitempty"`
	PAP  string   `json:"pap,omitempty"`
	Tags []string `json:"tags,omitempty"`
	// Disposition is what it was, once it is closed.
	Disposition string `json:"disposition,omitempty"`
	// MergedInto is the case that it was merged into; zero for most.
	MergedInto  CaseID    `json:"merged_into,omitzero"`
	ContainedAt time.Time `json:"contained_at,omitzero"`
	ClosedAt    time.Time `json:"closed_at,omitzero"`
	// Times are how long things took, in seconds by name.
	Times json.RawMessage `json:"times,omitempty"`
	// Restricted cases are there for their members alone.
	Restricted bool            `json:"restricted,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	CreatedAt  time.Time       `json:"created_at"`
	UpdatedAt  time.Time       `json:"updated_at"`
	Rev        int64           `json:"rev"`
}

// Person is somebody by id, and by the name that people know.
type Person struct {
	ID   PrincipalID `json:"id"`
	Name string      `json:"name"`
}

// CaseEntry is one line of a case's timeline.
type CaseEntry struct {
	Tenant TenantID        `json:"tenant"`
	Case   CaseID          `json:"case"`
	Seq    int64           `json:"seq"` // given by the store
	At     time.Time       `json:"at"`
	Kind   string          `json:"kind"` // opened, comment, alert, run, evidence, effect
	Text   string          `json:"text"`
	Author string          `json:"author"`
	Data   json.RawMessage `json:"data,omitempty"`
}

// Evidence is a stored artefact; its bytes are found by tenant and SHA-256.
type Evidence struct {
	Tenant    TenantID   `json:"tenant"`
	ID        EvidenceID `json:"id"`
	SHA256    string     `json:"sha256"`
	Size      int64      `json:"size"`
	Name      string     `json:"name"`
	MediaType string     `json:"media_type"`
	Alert     AlertID    `json:"alert,omitzero"`
	Case      CaseID     `json:"case,omitzero"`
	// Malware leaves Harrier only in a locked archive.
	Malware   bool        `json:"malware,omitempty"`
	CreatedAt time.Time   `json:"created_at"`
	CreatedBy PrincipalID `json:"created_by"`
}

// ConnectionLimits bounds what one connection asks of its vendor. Zero fields
// take the manifest's.
type ConnectionLimits struct {
	// Rate is calls per second.
	Rate float64 `json:"rate,omitempty"`
	// Burst is how many calls may come at once before Rate holds.
	Burst int `json:"burst,omitempty"`
	// Daily is calls per UTC day.
	Daily int `json:"daily,omitempty"`
	// Concurrent is calls under way at once.
	Concurrent int `json:"concurrent,omitempty"`
}

// Connection is a configured instance of a connector. Its secrets are in the
// vault under its id.
type Connection struct {
	Tenant    TenantID       `json:"tenant"`
	ID        ConnectionID   `json:"id"`
	Name      string         `json:"name"`
	Connector string         `json:"connector"`
	BaseURL   string         `json:"base_url"`
	Settings  map[string]any `json:"settings,omitempty"`
	// AllowHosts are hosts, with a port if not the scheme's, beside that of BaseURL.
	AllowHosts []string `json:"allow_hosts,omitempty"`
	// AllowPrivate are address ranges that are otherwise refused, in CIDR form.
	AllowPrivate []string `json:"allow_private,omitempty"`
	Proxy        string   `json:"proxy,omitempty"`
	// CA is a PEM bundle to trust instead of the system's.
	CA         string `json:"ca,omitempty"`
	ClientCert bool   `json:"client_cert,omitempty"`
	// Limits are what the vendor allows this account, where that is not what
	// the manifest says.
	Limits    ConnectionLimits `json:"limits,omitzero"`
	Enabled   bool             `json:"enabled"`
	CreatedAt time.Time        `json:"created_at"`
	UpdatedAt time.Time        `json:"updated_at"`
	// Rev rises with every change; an approval and a call see the same one.
	Rev int64 `json:"rev"`
}
