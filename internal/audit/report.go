package audit

import (
	"fmt"
	"time"
)

// What can be wrong with a log.
const (
	Edited     = "edited"      // a row is not what was chained
	Removed    = "removed"     // a row or its place is gone
	Inserted   = "inserted"    // a row came in behind others that were chained
	Moved      = "moved"       // rows changed their order
	Rewritten  = "rewritten"   // rows and their hashes were changed together
	Forged     = "forged"      // a checkpoint or a key is not right
	RolledBack = "rolled_back" // the log is shorter than somebody saw it
	Unreadable = "unreadable"  // the file does not let itself be read
)

// Finding is something that is wrong.
type Finding struct {
	Kind string `json:"kind"`
	// Seq is the place of the row, 0 where it has none.
	Seq int64 `json:"seq,omitempty"`
	// Row is the id of the row.
	Row    string `json:"row,omitempty"`
	Detail string `json:"detail"`
}

// maxFindings bounds what is told of one log; the others are counted.
const maxFindings = 100

// LogReport is what is known of one tenant's log.
type LogReport struct {
	Tenant string `json:"tenant"`
	// Rows have places, Pruned of them were removed by policy; Unchained came after the last.
	Rows      int64  `json:"rows"`
	Pruned    int64  `json:"pruned,omitempty"`
	Unchained int64  `json:"unchained"`
	Key       string `json:"key,omitempty"`
	// Pinned tells that the key was brought by who verifies, and not found with the rows.
	Pinned bool      `json:"pinned"`
	Size   int64     `json:"checkpoint_size"`
	Root   string    `json:"checkpoint_root,omitempty"`
	At     time.Time `json:"checkpoint_at,omitzero"`
	Clock  string    `json:"checkpoint_clock,omitempty"`
	// Witnessed counts the checkpoints from outside that were compared.
	Witnessed int       `json:"witnessed"`
	Findings  []Finding `json:"findings"`
	More      int       `json:"more_findings,omitempty"`
}

// at is where something is wrong.
func at(kind string, seq int64, row string) Finding { return Finding{Kind: kind, Seq: seq, Row: row} }

// found adds a finding.
func (l *LogReport) found(f Finding, format string, args ...any) {
	if len(l.Findings) == maxFindings {
		l.More++
		return
	}
	f.Detail = fmt.Sprintf(format, args...)
	l.Findings = append(l.Findings, f)
}

// Report is what a verification found.
type Report struct {
	OK   bool        `json:"ok"`
	Logs []LogReport `json:"logs"`
}

// add puts the report of a log to the others.
func (r *Report) add(l LogReport) {
	if l.Findings == nil {
		l.Findings = []Finding{}
	}
	r.OK = r.OK && len(l.Findings) == 0
	r.Logs = append(r.Logs, l)
}
