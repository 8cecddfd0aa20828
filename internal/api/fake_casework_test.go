package api

import (
	"context"
	"io"
	"strings"

	"github.com/harrier-soar/harrier"
)

var (
	_ CaseDesk  = (*world)(nil)
	_ CaseParts = (*world)(nil)
	_ CaseTasks = (*world)(nil)
	_ CaseFiles = (*world)(nil)
)

// did notes a change of the case, where the principal sees it.
func (w *world) did(by harrier.Principal, id, what string) (Case, error) {
	if err := w.ours(by, id); err != nil {
		return Case{}, err
	}
	w.change(what)
	return w.theCase(), nil
}

func (w *world) CreateCase(context.Context, harrier.Principal, CreateCase) (Case, error) {
	w.change("CreateCase")
	return w.theCase(), w.broken
}

func (w *world) EditCase(_ context.Context, by harrier.Principal, id string, _ int64, _ EditCase) (Case, error) {
	return w.did(by, id, "EditCase")
}

func (w *world) CommentCase(_ context.Context, by harrier.Principal, id, _ string) error {
	_, err := w.did(by, id, "CommentCase")
	return err
}

func (w *world) SetCaseStatus(_ context.Context, by harrier.Principal, id string, _ SetCaseStatus) (Case, error) {
	return w.did(by, id, "SetCaseStatus")
}

func (w *world) CloseCase(_ context.Context, by harrier.Principal, id string, _ int64, _ CloseCase) (Case, error) {
	return w.did(by, id, "CloseCase")
}

func (w *world) ReopenCase(_ context.Context, by harrier.Principal, id string, _ int64, _ ReopenCase) (Reopened, error) {
	c, err := w.did(by, id, "ReopenCase")
	return Reopened{Case: c}, err
}

func (w *world) CaseHistory(_ context.Context, by harrier.Principal, id string) ([]Standing, error) {
	return nil, w.ours(by, id)
}

func (w *world) AddCaseAlerts(_ context.Context, by harrier.Principal, id string, alerts []harrier.AlertID) (int, error) {
	_, err := w.did(by, id, "AddCaseAlerts")
	return len(alerts), err
}

func (w *world) CaseObservables(_ context.Context, by harrier.Principal, id string) ([]CaseObservable, error) {
	return nil, w.ours(by, id)
}

func (w *world) AddCaseObservable(_ context.Context, by harrier.Principal, id string, _ AddObservable) error {
	_, err := w.did(by, id, "AddCaseObservable")
	return err
}

func (w *world) CaseLinks(_ context.Context, by harrier.Principal, id string) ([]CaseTie, error) {
	return nil, w.ours(by, id)
}

func (w *world) LinkCase(_ context.Context, by harrier.Principal, id string, _ LinkCase) error {
	_, err := w.did(by, id, "LinkCase")
	return err
}

func (w *world) MergeCase(_ context.Context, by harrier.Principal, id string, _ MergeCase) (Case, error) {
	return w.did(by, id, "MergeCase")
}

func (w *world) SplitCase(_ context.Context, by harrier.Principal, id string, _ SplitCase) (Case, error) {
	return w.did(by, id, "SplitCase")
}

func (w *world) CaseTasks(_ context.Context, by harrier.Principal, id string) ([]CaseTask, error) {
	return []CaseTask{{Task: "scope", State: "open"}}, w.ours(by, id)
}

func (w *world) AddCaseTask(_ context.Context, by harrier.Principal, id string, _ AddCaseTask) (CaseTask, error) {
	_, err := w.did(by, id, "AddCaseTask")
	return CaseTask{}, err
}

func (w *world) EditCaseTask(_ context.Context, by harrier.Principal, id, task string, _ EditCaseTask) (CaseTask, error) {
	if err := w.find(by, "task", task+" of case "+id, w.ours(by, id) == nil && task == "slack"); err != nil {
		return CaseTask{}, err
	}
	_, err := w.did(by, id, "EditCaseTask")
	return CaseTask{}, err
}

func (w *world) CaseClocks(_ context.Context, by harrier.Principal, id string) ([]CaseClock, error) {
	return nil, w.ours(by, id)
}

func (w *world) SimilarCases(_ context.Context, by harrier.Principal, id string) ([]SimilarCase, error) {
	return nil, w.ours(by, id)
}

func (w *world) AttachEvidence(_ context.Context, by harrier.Principal, id string, in AttachEvidence) (EvidenceItem, error) {
	if _, err := io.Copy(io.Discard, in.Body); err != nil {
		return EvidenceItem{}, err
	}
	_, err := w.did(by, id, "AttachEvidence")
	return EvidenceItem{}, err
}

// item is the artefact, where the principal sees it.
func (w *world) item(by harrier.Principal, id harrier.EvidenceID) (EvidenceItem, error) {
	return EvidenceItem{ID: id, Size: 4, SHA256: strings.Repeat("ab", 32)}, w.find(by, "evidence", id.String(), id == fixed[harrier.EvidenceID]("evidence"))
}

func (w *world) MarkEvidence(_ context.Context, by harrier.Principal, id harrier.EvidenceID, _ bool) (EvidenceItem, error) {
	e, err := w.item(by, id)
	if err == nil {
		w.change("MarkEvidence")
	}
	return e, err
}

func (w *world) EvidenceCustody(_ context.Context, by harrier.Principal, id harrier.EvidenceID) ([]CustodyLine, error) {
	_, err := w.item(by, id)
	return nil, err
}

func (w *world) ArchiveEvidence(_ context.Context, by harrier.Principal, id harrier.EvidenceID) (EvidenceItem, io.ReadCloser, error) {
	e, err := w.item(by, id)
	return e, io.NopCloser(strings.NewReader("evil")), err
}

func (w *world) ExportCase(_ context.Context, by harrier.Principal, id, format string) ([]byte, error) {
	return []byte(format), w.ours(by, id)
}
