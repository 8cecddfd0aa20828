package api

import (
	"io"
	"net/netip"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
)

// InventoryItem is a host or a user: what all sources say of it, made one.
type InventoryItem struct {
	Kind          harrier.EntityType `json:"kind" enum:"host,user"`
	Key           string             `json:"key" doc:"Its one spelling: the full name of a host, the log-in name of a user."`
	Name          string             `json:"name"`
	OS            string             `json:"os,omitempty"`
	Department    string             `json:"department,omitempty"`
	Manager       string             `json:"manager,omitempty"`
	Owner         string             `json:"owner,omitempty"`
	Criticality   string             `json:"criticality,omitempty" enum:"critical,high,medium,low" doc:"Absent is unknown, which is never low."`
	CriticalityBy string             `json:"criticality_by,omitempty" doc:"The source that says so."`
	CriticalityAt time.Time          `json:"criticality_at,omitzero" doc:"When it was said."`
	ReviewBy      time.Time          `json:"review_by,omitzero" doc:"When it is to be looked at again."`
	Stale         bool               `json:"stale,omitempty" doc:"Whether the review is overdue, or nobody tells of it any more."`
	Environment   string             `json:"environment,omitempty"`
	VIP           bool               `json:"vip,omitempty"`
	Privileged    bool               `json:"privileged,omitempty"`
	Tags          []string           `json:"tags,omitempty"`
	Gone          time.Time          `json:"gone,omitzero" doc:"Since when no source tells of it."`
	Seen          time.Time          `json:"seen,omitzero" doc:"When it was last confirmed."`
	Source        string             `json:"source,omitempty" doc:"Who confirmed it last."`
	Notes         []string           `json:"notes,omitempty" doc:"What to know about these facts, such as sources that contradict each other."`
	Said          []InventorySaid    `json:"said" doc:"What every source says, the one that is heard first at the front."`
}

// InventorySaid is what one source says of a host or a user.
type InventorySaid struct {
	Source        string            `json:"source"`
	Key           string            `json:"key" doc:"How the source knows it again."`
	Name          string            `json:"name,omitempty"`
	Names         []string          `json:"names,omitempty"`
	Addresses     []netip.Addr      `json:"addresses,omitempty"`
	MACs          []string          `json:"macs,omitempty"`
	IDs           map[string]string `json:"ids,omitempty"`
	OS            string            `json:"os,omitempty"`
	UPN           string            `json:"upn,omitempty"`
	Mail          []string          `json:"mail,omitempty"`
	Employee      string            `json:"employee,omitempty"`
	Department    string            `json:"department,omitempty"`
	Manager       string            `json:"manager,omitempty"`
	Criticality   string            `json:"criticality,omitempty"`
	CriticalityAt time.Time         `json:"criticality_at,omitzero"`
	ReviewBy      time.Time         `json:"review_by,omitzero"`
	Overrules     bool              `json:"overrules,omitempty"`
	Environment   string            `json:"environment,omitempty"`
	Owner         string            `json:"owner,omitempty"`
	VIP           bool              `json:"vip,omitempty"`
	Privileged    bool              `json:"privileged,omitempty"`
	Tags          []string          `json:"tags,omitempty"`
	Seen          time.Time         `json:"seen,omitzero" doc:"When the source last said so."`
	Gone          time.Time         `json:"gone,omitzero" doc:"Since when it no longer does."`
}

// InventoryItemOf is a thing as the API shows it.
func InventoryItemOf(t inventory.Thing) InventoryItem {
	out := InventoryItem{
		Kind: t.Kind, Key: t.Key, Name: t.Name, OS: t.OS, Department: t.Department, Manager: t.Manager, Owner: t.Owner, Criticality: t.Criticality,
		CriticalityBy: t.CriticalityBy, CriticalityAt: t.CriticalityAt, ReviewBy: t.ReviewBy, Stale: t.Stale, Environment: t.Environment,
		VIP: t.VIP, Privileged: t.Privileged, Tags: t.Tags, Gone: t.Gone, Seen: t.Seen, Source: t.Source, Notes: t.Notes,
		Said: make([]InventorySaid, len(t.Said)),
	}
	for i, r := range t.Said {
		out.Said[i] = InventorySaid{
			Source: r.Source, Key: r.Key, Name: r.Name, Names: r.Names, Addresses: r.Addresses, MACs: r.MACs, IDs: r.IDs, OS: r.OS, UPN: r.UPN,
			Mail: r.Mail, Employee: r.Employee, Department: r.Department, Manager: r.Manager, Criticality: r.Criticality,
			CriticalityAt: r.CriticalityAt, ReviewBy: r.ReviewBy, Overrules: r.Overrules, Environment: r.Environment, Owner: r.Owner,
			VIP: r.VIP, Privileged: r.Privileged, Tags: r.Tags, Seen: r.Seen, Gone: r.Gone,
		}
	}
	return out
}

// SetInventory is what a person says of a host or a user. What is absent stays.
type SetInventory struct {
	Name        string     `json:"name" minLength:"1" maxLength:"500" doc:"Any name of it; one that nobody has makes a new one."`
	Criticality *string    `json:"criticality,omitempty" enum:"critical,high,medium,low,unknown"`
	ReviewBy    *time.Time `json:"review_by,omitempty" doc:"When the criticality is to be looked at again; a year from now where it is absent."`
	Overrules   *bool      `json:"overrules,omitempty" doc:"Whether the criticality holds against a higher one of another source, until its review."`
	Environment *string    `json:"environment,omitempty" maxLength:"100"`
	Owner       *string    `json:"owner,omitempty" maxLength:"500"`
	VIP         *bool      `json:"vip,omitempty"`
	Privileged  *bool      `json:"privileged,omitempty"`
	Tags        *[]string  `json:"tags,omitempty" maxItems:"64"`
}

// ImportInventory is a file of hosts or users.
type ImportInventory struct {
	Import  inventory.Import
	Reading inventory.Reading
	// File is read once and bounded.
	File io.Reader
}

// SyncInventory asks for an import from a directory.
type SyncInventory struct {
	Connection string             `json:"connection" minLength:"1" maxLength:"63" doc:"The connection to the directory."`
	Kind       harrier.EntityType `json:"kind" enum:"host,user"`
	Source     string             `json:"source,omitempty" maxLength:"63" doc:"How the source is called; the connection's name where it is absent."`
	Rank       int                `json:"rank,omitempty" minimum:"0" maximum:"1000"`
	Partial    bool               `json:"partial,omitempty"`
	DryRun     bool               `json:"dry_run,omitempty"`
	Force      bool               `json:"force,omitempty"`
}

// InventoryProblem is a line that was not taken, or not whole.
type InventoryProblem struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	Kept   bool   `json:"kept,omitempty" doc:"Whether the line was taken without what is wrong with it."`
}

// InventoryChange is one difference that an import makes.
type InventoryChange struct {
	What   string   `json:"what" enum:"added,changed,returned,gone"`
	Key    string   `json:"key"`
	Fields []string `json:"fields,omitempty"`
}

// ImportReport is what an import changed, or would change.
type ImportReport struct {
	Kind         harrier.EntityType `json:"kind"`
	Source       string             `json:"source"`
	DryRun       bool               `json:"dry_run,omitempty"`
	Read         int                `json:"read"`
	Added        int                `json:"added"`
	Changed      int                `json:"changed"`
	Returned     int                `json:"returned"`
	Gone         int                `json:"gone"`
	Unchanged    int                `json:"unchanged"`
	Withheld     int                `json:"withheld,omitempty" doc:"How many are not told any more and not marked as gone, because they may be on lines that could not be read."`
	Changes      []InventoryChange  `json:"changes" doc:"The first 200 of them."`
	Problems     []InventoryProblem `json:"problems" doc:"The first 100 lines that were not taken, or not whole."`
	ProblemCount int                `json:"problem_count"`
	Unused       []string           `json:"unused,omitempty" doc:"Columns that nobody made anything of."`
}

// ImportReportOf is a report as the API shows it.
func ImportReportOf(r inventory.Report) ImportReport {
	out := ImportReport{
		Kind: r.Kind, Source: r.Source, DryRun: r.DryRun, Read: r.Read, Added: r.Added, Changed: r.Changed, Returned: r.Returned, Gone: r.Gone,
		Unchanged: r.Unchanged, Withheld: r.Withheld, Changes: []InventoryChange{}, Problems: problemsOf(r.Problems), ProblemCount: r.ProblemCount, Unused: r.Unused,
	}
	for _, c := range r.Changes {
		out.Changes = append(out.Changes, InventoryChange{c.What, c.Key, c.Fields})
	}
	return out
}

func problemsOf(list []inventory.Problem) []InventoryProblem {
	out := make([]InventoryProblem, len(list))
	for i, p := range list {
		out[i] = InventoryProblem{p.Line, p.Reason, p.Kept}
	}
	return out
}

// InventorySource is who tells of hosts or users.
type InventorySource struct {
	Name       string             `json:"name"`
	Kind       harrier.EntityType `json:"kind" enum:"host,user"`
	Rank       int                `json:"rank" doc:"Whose word holds where it is not a matter of better or worse: the lowest."`
	ImportedAt time.Time          `json:"imported_at,omitzero" doc:"When it last told all that it knows."`
}

// InventorySourceOf is a source as the API shows it.
func InventorySourceOf(s inventory.Source) InventorySource {
	return InventorySource{s.Name, s.Kind, s.Rank, s.ImportedAt}
}

// ImportLeases is a file of address leases.
type ImportLeases struct {
	Reading inventory.LeaseReading
	// File is read once.
	File io.Reader
}

// LeaseReport is what an import of leases came to.
type LeaseReport struct {
	Source       string             `json:"source"`
	DryRun       bool               `json:"dry_run,omitempty"`
	Taken        int                `json:"taken" doc:"The leases that were stored."`
	Skipped      int                `json:"skipped" doc:"Entries that are no leases."`
	From         time.Time          `json:"from,omitzero" doc:"The first beginning of a lease."`
	Until        time.Time          `json:"until,omitzero" doc:"The last beginning of a lease."`
	Problems     []InventoryProblem `json:"problems"`
	ProblemCount int                `json:"problem_count"`
}

// LeaseReportOf is a report as the API shows it.
func LeaseReportOf(r inventory.LeaseReport) LeaseReport {
	return LeaseReport{r.Source, r.DryRun, r.Taken, r.Skipped, r.From, r.Until, problemsOf(r.Problems), r.ProblemCount}
}

// AddressLease says who had an address from a time on.
type AddressLease struct {
	Start  time.Time `json:"start"`
	End    time.Time `json:"end,omitzero" doc:"Absent where nobody tells."`
	Source string    `json:"source"`
	Host   string    `json:"host,omitempty"`
	MAC    string    `json:"mac,omitempty"`
	User   string    `json:"user,omitempty"`
	Free   bool      `json:"free,omitempty" doc:"Whether nobody had it from then on."`
}

// AddressAt is whose an address was at a time.
type AddressAt struct {
	Address     string             `json:"address"`
	At          time.Time          `json:"at"`
	Known       bool               `json:"known" doc:"Whether the inventory has whoever it was."`
	AsType      harrier.EntityType `json:"as_type,omitempty" doc:"Whether it was a host's or a user's; absent where it is not known whose it was."`
	As          string             `json:"as,omitempty" doc:"The key of the host or user."`
	AsName      string             `json:"as_name,omitempty"`
	Criticality string             `json:"criticality,omitempty"`
	Stale       bool               `json:"stale,omitempty"`
	Environment string             `json:"environment,omitempty"`
	Owner       string             `json:"owner,omitempty"`
	VIP         bool               `json:"vip,omitempty"`
	Privileged  bool               `json:"privileged,omitempty"`
	Tags        []string           `json:"tags,omitempty"`
	Notes       []string           `json:"notes" doc:"By what it is known, or why not."`
	Items       []AddressLease     `json:"items" doc:"The latest leases before the time, the latest first."`
}

// AddressAtOf is an answer as the API shows it.
func AddressAtOf(a inventory.AddressAt) AddressAt {
	e := a.Entity
	out := AddressAt{
		Address: e.Key, At: a.At, Known: e.Known, Criticality: e.Criticality, Stale: e.Stale, Environment: e.Environment, Owner: e.Owner,
		VIP: e.VIP, Privileged: e.Privileged, Tags: e.Tags, Notes: e.Notes, Items: make([]AddressLease, len(a.Leases)),
	}
	if e.As != nil {
		out.AsType, out.As, out.AsName = e.As.Type, e.As.Key, e.As.Name
	}
	for i, l := range a.Leases {
		out.Items[i] = AddressLease{l.Start, l.End, l.Source, l.Host, l.MAC, l.User, l.Free()}
	}
	return out
}
