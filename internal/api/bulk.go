package api

// maxBulk is how many things one request may change.
const maxBulk = 500

// Targets says what a bulk is about: things by their ids, or those that a query
// selects.
type Targets struct {
	Items    []BulkItem `json:"items,omitempty" maxItems:"500" doc:"What is meant, each thing once."`
	Query    string     `json:"query,omitempty" maxLength:"4096" doc:"What is meant, such as status:new sev:low; see docs/query.md. Instead of items."`
	Expected *int       `json:"expected,omitempty" minimum:"0" maximum:"500" doc:"How many the query selects, as you saw it: where it selects another number, nothing is done. Needed beside a query, unless it is a dry run."`
	DryRun   bool       `json:"dry_run,omitempty" doc:"Whether to say only what would become of each."`
}

// BulkItem is one thing that is meant.
type BulkItem struct {
	ID      string `json:"id" minLength:"1" maxLength:"64" doc:"Its id; of a case, its number too."`
	Version int64  `json:"version,omitempty" minimum:"0" doc:"The rev at which you saw it, as with If-Match: at another one, it is left alone. Absent does not look."`
}

// BulkAlerts does one thing to many alerts.
type BulkAlerts struct {
	Targets
	Do AlertOp `json:"do" doc:"What is done to each: one of these."`
}

// AlertOp is one thing that is done to an alert. One of its fields is set.
type AlertOp struct {
	Close    *CloseAlert `json:"close,omitempty"`
	Reopen   *Reopening  `json:"reopen,omitempty"`
	Assign   *Assignment `json:"assign,omitempty"`
	Tag      *Tagging    `json:"tag,omitempty"`
	Severity string      `json:"severity,omitempty" enum:"critical,high,medium,low,info"`
	Case     string      `json:"case,omitempty" maxLength:"64" doc:"The case that it is put into, by id or number; needs cases:write too."`
}

// CloseAlert closes an alert.
type CloseAlert struct {
	Disposition string `json:"disposition" enum:"true_positive,false_positive,benign,inconclusive" doc:"What it was."`
	Reason      string `json:"reason" minLength:"1" maxLength:"65536" doc:"Why."`
}

// Reopening opens something again.
type Reopening struct {
	Reason string `json:"reason" minLength:"1" maxLength:"65536" doc:"What was wrong."`
}

// Assignment says whose something is.
type Assignment struct {
	To string `json:"to,omitempty" maxLength:"200" doc:"Whose it is: me, the name of an account, or the id of a principal; absent for nobody's."`
}

// Tagging changes the words on something.
type Tagging struct {
	Add    []string `json:"add,omitempty" maxItems:"50"`
	Remove []string `json:"remove,omitempty" maxItems:"50"`
}

// BulkCases does one thing to many cases.
type BulkCases struct {
	Targets
	Do CaseOp `json:"do" doc:"What is done to each: one of these."`
}

// CaseOp is one thing that is done to a case. One of its fields is set.
type CaseOp struct {
	Close    *CloseCase     `json:"close,omitempty"`
	Reopen   *ReopenCase    `json:"reopen,omitempty"`
	Status   *SetCaseStatus `json:"status,omitempty"`
	Assign   *Assignment    `json:"assign,omitempty"`
	Tag      *Tagging       `json:"tag,omitempty"`
	Severity string         `json:"severity,omitempty" enum:"critical,high,medium,low,info"`
	Watch    *bool          `json:"watch,omitempty" doc:"Whether you watch it from now on."`
}

// BulkResult tells what became of each thing.
type BulkResult struct {
	DryRun    bool       `json:"dry_run,omitempty" doc:"Whether nothing was done, and this is what would be."`
	Selected  int        `json:"selected"`
	Done      int        `json:"done"`
	Unchanged int        `json:"unchanged" doc:"How many were so already."`
	Failed    int        `json:"failed"`
	Items     []BulkDone `json:"items" doc:"In the order in which they were named, or the newest first."`
}

// BulkDone is what became of one thing.
type BulkDone struct {
	ID      string   `json:"id"`
	Status  string   `json:"status" enum:"done,unchanged,failed"`
	Version int64    `json:"version,omitempty" doc:"The rev that it has now; in a dry run, that it would have."`
	Problem *Problem `json:"problem,omitempty" doc:"Why nothing was done. What you may not see is not found."`
}
