package api

import (
	"context"
	"io"

	"github.com/harrier-soar/harrier"
)

// CaseDesk is where people work on cases. A case is named by its id or its
// number; one that somebody may not see is NotFound.
type CaseDesk interface {
	// CreateCase opens a case.
	CreateCase(ctx context.Context, by harrier.Principal, in CreateCase) (Case, error)
	// EditCase changes what is given, where the case is at a revision; 0 does
	// not look. Another revision is [casework.ErrStale].
	EditCase(ctx context.Context, by harrier.Principal, id string, rev int64, in EditCase) (Case, error)
	// CommentCase writes into the timeline.
	CommentCase(ctx context.Context, by harrier.Principal, id, text string) error
	// SetCaseStatus says where the work stands.
	SetCaseStatus(ctx context.Context, by harrier.Principal, id string, in SetCaseStatus) (Case, error)
	// CloseCase closes a case; open required tasks are Conflict.
	CloseCase(ctx context.Context, by harrier.Principal, id string, rev int64, in CloseCase) (Case, error)
	// ReopenCase opens a case again, and proposes what to take back.
	ReopenCase(ctx context.Context, by harrier.Principal, id string, rev int64, in ReopenCase) (Reopened, error)
	// CaseHistory lists the statuses that a case had.
	CaseHistory(ctx context.Context, by harrier.Principal, id string) ([]Standing, error)
}

// CaseParts are what cases are made of, and how they have to do with each other.
type CaseParts interface {
	// AddCaseAlerts puts alerts into a case.
	AddCaseAlerts(ctx context.Context, by harrier.Principal, id string, alerts []harrier.AlertID) (int, error)
	// CaseObservables lists what a case is about.
	CaseObservables(ctx context.Context, by harrier.Principal, id string) ([]CaseObservable, error)
	// AddCaseObservable adds to that.
	AddCaseObservable(ctx context.Context, by harrier.Principal, id string, in AddObservable) error
	// CaseLinks lists linked cases.
	CaseLinks(ctx context.Context, by harrier.Principal, id string) ([]CaseTie, error)
	// LinkCase links two cases.
	LinkCase(ctx context.Context, by harrier.Principal, id string, in LinkCase) error
	// MergeCase merges another case into one.
	MergeCase(ctx context.Context, by harrier.Principal, id string, in MergeCase) (Case, error)
	// SplitCase moves alerts of a case into a new one.
	SplitCase(ctx context.Context, by harrier.Principal, id string, in SplitCase) (Case, error)
}

// CaseTasks are what is to be done for cases, and by when.
type CaseTasks interface {
	// CaseTasks lists the tasks of a case.
	CaseTasks(ctx context.Context, by harrier.Principal, id string) ([]CaseTask, error)
	// AddCaseTask adds one.
	AddCaseTask(ctx context.Context, by harrier.Principal, id string, in AddCaseTask) (CaseTask, error)
	// EditCaseTask changes one.
	EditCaseTask(ctx context.Context, by harrier.Principal, id, task string, in EditCaseTask) (CaseTask, error)
	// CaseClocks tells how the promises about a case stand.
	CaseClocks(ctx context.Context, by harrier.Principal, id string) ([]CaseClock, error)
	// SimilarCases lists cases like one, with why.
	SimilarCases(ctx context.Context, by harrier.Principal, id string) ([]SimilarCase, error)
}

// CaseFiles are evidence and what leaves Harrier.
type CaseFiles interface {
	// AttachEvidence puts a file into a case; it is hashed while it comes.
	AttachEvidence(ctx context.Context, by harrier.Principal, id string, in AttachEvidence) (EvidenceItem, error)
	// MarkEvidence says whether an artefact is malware.
	MarkEvidence(ctx context.Context, by harrier.Principal, id harrier.EvidenceID, malware bool) (EvidenceItem, error)
	// EvidenceCustody lists who touched an artefact.
	EvidenceCustody(ctx context.Context, by harrier.Principal, id harrier.EvidenceID) ([]CustodyLine, error)
	// ArchiveEvidence opens an artefact to be sent as a locked archive, and notes it.
	ArchiveEvidence(ctx context.Context, by harrier.Principal, id harrier.EvidenceID) (EvidenceItem, io.ReadCloser, error)
	// ExportCase writes a case as markdown, json or stix, and notes it.
	ExportCase(ctx context.Context, by harrier.Principal, id, format string) ([]byte, error)
}
