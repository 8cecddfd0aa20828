package app

import (
	"bytes"
	"cmp"
	"context"
	"io"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/caseexport"
	"github.com/harrier-soar/harrier/internal/casework"
)

var (
	_ api.CaseDesk  = files{}
	_ api.CaseParts = files{}
	_ api.CaseTasks = files{}
	_ api.CaseFiles = files{}
)

// on does something to a case that is named by its id or its number.
func on[T any](ctx context.Context, f files, by harrier.Principal, text string, do func(harrier.CaseID) (T, error)) (out T, err error) {
	id, err := f.id(ctx, by, text)
	if err != nil {
		return out, err
	}
	return do(id)
}

// cased is a case as the API shows it.
func cased(c harrier.Case, err error) (api.Case, error) {
	if err != nil {
		return api.Case{}, err
	}
	return api.CaseOf(c), nil
}

// items lists rows as the API shows them.
func items[In, Out any](rows []In, err error, of func(In) Out) ([]Out, error) {
	list, err := mapped(rows, "", err, of)
	return list.Items, err
}

// CreateCase implements [api.CaseDesk].
func (f files) CreateCase(ctx context.Context, by harrier.Principal, in api.CreateCase) (api.Case, error) {
	return cased(f.cases.Create(ctx, by, in.Draft()))
}

// EditCase implements [api.CaseDesk].
func (f files) EditCase(ctx context.Context, by harrier.Principal, text string, rev int64, in api.EditCase) (api.Case, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (api.Case, error) { return cased(f.cases.Edit(ctx, by, id, rev, in.Edit())) })
}

// CommentCase implements [api.CaseDesk].
func (f files) CommentCase(ctx context.Context, by harrier.Principal, text, comment string) error {
	id, err := f.id(ctx, by, text)
	if err != nil {
		return err
	}
	return f.cases.Comment(ctx, by, id, comment)
}

// SetCaseStatus implements [api.CaseDesk].
func (f files) SetCaseStatus(ctx context.Context, by harrier.Principal, text string, in api.SetCaseStatus) (api.Case, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (api.Case, error) {
		return cased(f.cases.SetStatus(ctx, by, id, casework.Turn(in)))
	})
}

// CloseCase implements [api.CaseDesk].
func (f files) CloseCase(ctx context.Context, by harrier.Principal, text string, rev int64, in api.CloseCase) (api.Case, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (api.Case, error) {
		return cased(f.cases.Finish(ctx, by, id, casework.Closing{Disposition: in.Disposition, Reason: in.Reason, Rev: rev}))
	})
}

// ReopenCase implements [api.CaseDesk].
func (f files) ReopenCase(ctx context.Context, by harrier.Principal, text string, rev int64, in api.ReopenCase) (api.Reopened, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (api.Reopened, error) {
		c, undo, err := f.cases.Reopen(ctx, by, id, casework.Correction{Reason: in.Reason, Disposition: in.Disposition, Rev: rev})
		if err != nil {
			return api.Reopened{}, err
		}
		out := api.Reopened{Case: api.CaseOf(c)}
		for _, u := range undo {
			out.Undo = append(out.Undo, api.ContainmentOf(u.Containment))
		}
		return out, nil
	})
}

// CaseHistory implements [api.CaseDesk].
func (f files) CaseHistory(ctx context.Context, by harrier.Principal, text string) ([]api.Standing, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) ([]api.Standing, error) {
		rows, err := f.cases.Standings(ctx, by, id)
		return items(rows, err, api.StandingOf)
	})
}

// AddCaseAlerts implements [api.CaseParts].
func (f files) AddCaseAlerts(ctx context.Context, by harrier.Principal, text string, alerts []harrier.AlertID) (int, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (int, error) { return f.cases.AddAlerts(ctx, by, id, alerts) })
}

// CaseObservables implements [api.CaseParts].
func (f files) CaseObservables(ctx context.Context, by harrier.Principal, text string) ([]api.CaseObservable, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) ([]api.CaseObservable, error) {
		rows, err := f.cases.Observables(ctx, by, id)
		return items(rows, err, api.CaseObservableOf)
	})
}

// AddCaseObservable implements [api.CaseParts].
func (f files) AddCaseObservable(ctx context.Context, by harrier.Principal, text string, in api.AddObservable) error {
	id, err := f.id(ctx, by, text)
	if err != nil {
		return err
	}
	return f.cases.Observe(ctx, by, id, in.Observable())
}

// CaseLinks implements [api.CaseParts].
func (f files) CaseLinks(ctx context.Context, by harrier.Principal, text string) ([]api.CaseTie, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) ([]api.CaseTie, error) {
		rows, err := f.cases.Links(ctx, by, id)
		return items(rows, err, api.CaseTieOf)
	})
}

// LinkCase implements [api.CaseParts].
func (f files) LinkCase(ctx context.Context, by harrier.Principal, text string, in api.LinkCase) error {
	id, err := f.id(ctx, by, text)
	if err != nil {
		return err
	}
	other, err := f.id(ctx, by, in.Case)
	if err != nil {
		return err
	}
	return f.cases.Link(ctx, by, id, other, in.Reason)
}

// MergeCase implements [api.CaseParts].
func (f files) MergeCase(ctx context.Context, by harrier.Principal, text string, in api.MergeCase) (api.Case, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (api.Case, error) {
		return on(ctx, f, by, in.From, func(from harrier.CaseID) (api.Case, error) {
			return cased(f.cases.Merge(ctx, by, id, casework.Merging{From: from, Reason: in.Reason, Rev: in.Rev}))
		})
	})
}

// SplitCase implements [api.CaseParts].
func (f files) SplitCase(ctx context.Context, by harrier.Principal, text string, in api.SplitCase) (api.Case, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (api.Case, error) {
		return cased(f.cases.Split(ctx, by, id, casework.Splitting(in)))
	})
}

// CaseTasks implements [api.CaseTasks].
func (f files) CaseTasks(ctx context.Context, by harrier.Principal, text string) ([]api.CaseTask, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) ([]api.CaseTask, error) {
		rows, err := f.cases.TaskList(ctx, by, id)
		return items(rows, err, api.CaseTaskOf)
	})
}

// AddCaseTask implements [api.CaseTasks].
func (f files) AddCaseTask(ctx context.Context, by harrier.Principal, text string, in api.AddCaseTask) (api.CaseTask, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (api.CaseTask, error) {
		t, err := f.cases.AddTask(ctx, by, id, in.Task())
		return api.CaseTaskOf(t), err
	})
}

// EditCaseTask implements [api.CaseTasks].
func (f files) EditCaseTask(ctx context.Context, by harrier.Principal, text, task string, in api.EditCaseTask) (api.CaseTask, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (api.CaseTask, error) {
		t, err := f.cases.EditTask(ctx, by, id, task, in.Edit())
		return api.CaseTaskOf(t), err
	})
}

// CaseClocks implements [api.CaseTasks].
func (f files) CaseClocks(ctx context.Context, by harrier.Principal, text string) ([]api.CaseClock, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) ([]api.CaseClock, error) {
		rows, err := f.cases.CaseClocks(ctx, by, id)
		return items(rows, err, api.CaseClockOf)
	})
}

// SimilarCases implements [api.CaseTasks].
func (f files) SimilarCases(ctx context.Context, by harrier.Principal, text string) ([]api.SimilarCase, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) ([]api.SimilarCase, error) {
		rows, err := f.cases.Similar(ctx, by, id)
		return items(rows, err, api.SimilarCaseOf)
	})
}

// maxAttached bounds a file that people put into a case, in bytes.
const maxAttached = 256 << 20

// AttachEvidence implements [api.CaseFiles].
func (f files) AttachEvidence(ctx context.Context, by harrier.Principal, text string, in api.AttachEvidence) (api.EvidenceItem, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) (api.EvidenceItem, error) {
		head := make([]byte, 8)
		n, err := io.ReadFull(in.Body, head)
		if err != nil && n == 0 {
			return api.EvidenceItem{}, harrier.Errorf(harrier.Invalid, "the file is empty; send its bytes as the body")
		}
		head = head[:n]
		blob, err := f.blobs.Put(ctx, by.Tenant, io.MultiReader(bytes.NewReader(head), in.Body), maxAttached)
		if err != nil {
			return api.EvidenceItem{}, err
		}
		e := harrier.Evidence{SHA256: blob.SHA256, Size: blob.Size, Name: in.Name, MediaType: "application/octet-stream", Malware: in.Malware || program(head)}
		e, err = f.cases.Attach(ctx, by, id, e)
		return api.EvidenceOf(e), err
	})
}

// program reports whether a file begins as programs do.
func program(head []byte) bool {
	for _, magic := range []string{"MZ", "\x7fELF", "\xfe\xed\xfa", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe", "#!"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// MarkEvidence implements [api.CaseFiles].
func (f files) MarkEvidence(ctx context.Context, by harrier.Principal, id harrier.EvidenceID, malware bool) (api.EvidenceItem, error) {
	e, err := f.store.Evidence(ctx, by.Tenant, id)
	if err != nil {
		return api.EvidenceItem{}, err
	}
	e.Malware = malware
	return api.EvidenceOf(e), f.cases.Mark(ctx, by, e)
}

// EvidenceCustody implements [api.CaseFiles].
func (f files) EvidenceCustody(ctx context.Context, by harrier.Principal, id harrier.EvidenceID) ([]api.CustodyLine, error) {
	if _, err := f.store.Evidence(ctx, by.Tenant, id); err != nil {
		return nil, err
	}
	rows, err := f.cases.CustodyLog(ctx, by, id)
	return items(rows, err, api.CustodyLineOf)
}

// ArchiveEvidence implements [api.CaseFiles].
func (f files) ArchiveEvidence(ctx context.Context, by harrier.Principal, id harrier.EvidenceID) (api.EvidenceItem, io.ReadCloser, error) {
	return f.takeOut(ctx, by, id, "as a locked archive")
}

// takeOut notes that somebody takes an artefact out, and opens it then.
func (f files) takeOut(ctx context.Context, by harrier.Principal, id harrier.EvidenceID, how string) (api.EvidenceItem, io.ReadCloser, error) {
	e, err := f.store.Evidence(ctx, by.Tenant, id)
	if err != nil {
		return api.EvidenceItem{}, nil, err
	}
	if err := f.cases.Touch(ctx, by, casework.CustodyDownload, how, e); err != nil {
		return api.EvidenceItem{}, nil, err
	}
	r, err := f.blobs.Open(ctx, by.Tenant, e.SHA256)
	return api.EvidenceOf(e), r, err
}

// ExportCase implements [api.CaseFiles].
func (f files) ExportCase(ctx context.Context, by harrier.Principal, text, format string) ([]byte, error) {
	return on(ctx, f, by, text, func(id harrier.CaseID) ([]byte, error) {
		d, err := f.cases.Export(ctx, by, id, format)
		if err != nil {
			return nil, err
		}
		d.Producer, d.WrittenAt = cmp.Or(f.profile.now().Name, "Harrier"), f.opt.Now().UTC()
		switch format {
		case "markdown":
			return caseexport.Markdown(d), nil
		case "stix":
			return caseexport.STIX(d)
		}
		return caseexport.JSON(d)
	})
}
