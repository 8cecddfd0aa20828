package app

import (
	"context"
	"io"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/intake"
)

// things answers the API's questions about alerts, cases, evidence, approvals
// containments and the audit trail.
type things struct{ *App }

var (
	_ api.Alerts    = things{}
	_ api.Cases     = things{}
	_ api.Evidence  = things{}
	_ api.Approvals = things{}

	_ api.Containments = things{}
)

// mapped turns a page of rows into a page of the API.
func mapped[In, Out any](rows []In, next string, err error, of func(In) Out) (api.List[Out], error) {
	list := api.List[Out]{Items: make([]Out, len(rows)), Next: next}
	for i, row := range rows {
		list.Items[i] = of(row)
	}
	return list, err
}

// SubmitMail implements [api.Alerts].
func (t things) SubmitMail(ctx context.Context, by harrier.Principal, in api.SubmitMail) (api.Receipt, error) {
	t.opt.Points.Hit("intake.before")
	r, err := receipt(t.intake.SubmitMail(ctx, by, in.Name, in.Message))
	t.opt.Points.Hit("intake.after")
	return r, err
}

// SubmitAlert implements [api.Alerts].
func (t things) SubmitAlert(ctx context.Context, by harrier.Principal, in api.SubmitAlert) (api.Receipt, error) {
	return receipt(t.intake.Submit(ctx, by, intake.Report{
		Source: in.Source, ExternalID: in.ExternalID, Title: in.Title, Category: in.Category, Severity: in.Severity, Data: in.Data,
	}))
}

func receipt(r intake.Receipt, err error) (api.Receipt, error) {
	return api.Receipt{Alert: r.Alert.ID, Existed: r.Existed, Runs: r.Runs}, err
}

// Alerts implements [api.Alerts].
func (t things) Alerts(ctx context.Context, by harrier.Principal, f harrier.AlertFilter, p harrier.Page) (api.List[api.Alert], error) {
	rows, next, err := t.store.Alerts(ctx, by.Tenant, f, p)
	return mapped(rows, next, err, api.AlertOf)
}

// Alert implements [api.Alerts].
func (t things) Alert(ctx context.Context, by harrier.Principal, id harrier.AlertID) (api.AlertDetail, error) {
	row, err := t.store.Alert(ctx, by.Tenant, id)
	if err != nil {
		return api.AlertDetail{}, err
	}
	d := api.AlertDetail{
		Alert: api.AlertOf(row), Description: row.Description, Data: row.Data, Finding: row.Finding, Context: row.Picture, Decision: row.Decision,
	}
	changes, err := t.store.AlertHistory(ctx, by.Tenant, id)
	if err != nil {
		return d, err
	}
	for _, c := range changes {
		d.History = append(d.History, api.AlertChangeOf(c))
	}
	artefacts, err := t.Evidence(ctx, by, harrier.EvidenceFilter{Viewer: by.ID, Alert: id}, harrier.Page{Limit: 200})
	if err != nil {
		return d, err
	}
	runs, next, err := t.store.Runs(ctx, by.Tenant, harrier.RunFilter{Viewer: by.ID, Alert: id}, harrier.Page{Limit: 200})
	list, err := mapped(runs, next, err, api.RunOf)
	d.Evidence, d.Runs = artefacts.Items, list.Items
	return d, err
}

// Cases implements [api.Cases].
func (t things) Cases(ctx context.Context, by harrier.Principal, f harrier.CaseFilter, p harrier.Page) (api.List[api.Case], error) {
	rows, next, err := t.cases.List(ctx, by, f, p)
	return mapped(rows, next, err, api.CaseOf)
}

// Case implements [api.Cases].
func (t things) Case(ctx context.Context, by harrier.Principal, id harrier.CaseID) (api.CaseDetail, error) {
	row, err := t.cases.Get(ctx, by, id)
	return t.detail(ctx, by, row, err)
}

// CaseByNumber implements [api.Cases].
func (t things) CaseByNumber(ctx context.Context, by harrier.Principal, number int64) (api.CaseDetail, error) {
	row, err := t.cases.GetByNumber(ctx, by, number)
	return t.detail(ctx, by, row, err)
}

// detail adds its timeline to a case.
func (t things) detail(ctx context.Context, by harrier.Principal, row harrier.Case, err error) (api.CaseDetail, error) {
	if err != nil {
		return api.CaseDetail{}, err
	}
	entries, next, err := t.cases.Timeline(ctx, by, row.ID, harrier.Page{Limit: 500})
	list, err := mapped(entries, next, err, api.CaseEntryOf)
	return api.CaseDetail{Case: api.CaseOf(row), Data: row.Data, Timeline: list.Items}, err
}

// Evidence implements [api.Evidence].
func (t things) Evidence(ctx context.Context, by harrier.Principal, f harrier.EvidenceFilter, p harrier.Page) (api.List[api.EvidenceItem], error) {
	rows, next, err := t.store.EvidenceList(ctx, by.Tenant, f, p)
	return mapped(rows, next, err, api.EvidenceOf)
}

// OpenEvidence implements [api.Evidence].
func (t things) OpenEvidence(ctx context.Context, by harrier.Principal, id harrier.EvidenceID) (api.EvidenceItem, io.ReadCloser, error) {
	row, err := t.store.Evidence(ctx, by.Tenant, id)
	if err != nil {
		return api.EvidenceItem{}, nil, err
	}
	if row.Malware {
		return api.EvidenceItem{}, nil, harrier.Errorf(harrier.Conflict, "evidence %s is malware; get it as a locked archive, at /v1/evidence/%s/archive", id, id)
	}
	return files(t).takeOut(ctx, by, id, "as it is")
}

// Approvals implements [api.Approvals].
func (t things) Approvals(ctx context.Context, by harrier.Principal, f harrier.ApprovalFilter, p harrier.Page) (api.List[api.Approval], error) {
	rows, next, err := t.approvals.List(ctx, by, f, p)
	return mapped(rows, next, err, api.ApprovalRow)
}

// Approval implements [api.Approvals].
func (t things) Approval(ctx context.Context, by harrier.Principal, id harrier.ApprovalID) (api.Approval, error) {
	v, err := t.approvals.Show(ctx, by, id)
	if err != nil {
		return api.Approval{}, err
	}
	return api.ApprovalOf(v), nil
}

// Decide implements [api.Approvals].
func (t things) Decide(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, in api.Decision) (api.Approval, error) {
	t.opt.Points.Hit("decision.before")
	row, err := t.approvals.Decide(ctx, by, id, approval.Decision{Approve: in.Approve, Hash: in.Hash, Comment: in.Comment})
	if err != nil {
		return api.Approval{}, err
	}
	t.opt.Points.Hit("decision.after")
	return api.ApprovalRow(row), nil
}

// Answer implements [api.Approvals].
func (t things) Answer(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, in api.Answer) (api.Approval, error) {
	row, err := t.approvals.Answer(ctx, by, id, approval.Answer{Hash: in.Hash, Values: in.Values})
	if err != nil {
		return api.Approval{}, err
	}
	return api.ApprovalRow(row), nil
}

// Escalate implements [api.Approvals].
func (t things) Escalate(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, in api.EscalateApproval) (api.Approval, error) {
	row, err := t.approvals.Escalate(ctx, by, id, approval.Escalation{To: in.To, Reason: in.Reason})
	if err != nil {
		return api.Approval{}, err
	}
	return api.ApprovalRow(row), nil
}

// WithdrawVote implements [api.Approvals].
func (t things) WithdrawVote(ctx context.Context, by harrier.Principal, id harrier.ApprovalID) (api.Approval, error) {
	row, err := t.approvals.Withdraw(ctx, by, id)
	if err != nil {
		return api.Approval{}, err
	}
	return api.ApprovalRow(row), nil
}

// Containments implements [api.Containments].
func (t things) Containments(ctx context.Context, by harrier.Principal, f harrier.ContainmentFilter, p harrier.Page) (api.List[api.Containment], error) {
	rows, next, err := t.store.Containments(ctx, by.Tenant, f, p)
	return mapped(rows, next, err, api.ContainmentOf)
}
