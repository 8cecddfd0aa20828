package app

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// This file is the installation as the local operator's own code uses it
// without HTTP: the demonstration and tests.

// SubmitMail reports a mail.
func (a *App) SubmitMail(ctx context.Context, name string, mail []byte) (api.Receipt, error) {
	return things{a}.SubmitMail(ctx, harrier.Operator(), api.SubmitMail{Name: name, Message: bytes.NewReader(mail)})
}

// HasAlerts reports whether anything was ever reported.
func (a *App) HasAlerts(ctx context.Context) (bool, error) {
	rows, _, err := a.store.Alerts(ctx, harrier.DefaultTenant, harrier.AlertFilter{Viewer: harrier.SystemPrincipal}, harrier.Page{Limit: 1})
	return len(rows) > 0, err
}

// ConnectionNames returns the names of all connections.
func (a *App) ConnectionNames(ctx context.Context) (map[string]bool, error) {
	rows, err := a.directory.connections(ctx, harrier.DefaultTenant)
	names := make(map[string]bool, len(rows))
	for _, row := range rows {
		names[row.Name] = true
	}
	return names, err
}

// Connect adds a connection.
func (a *App) Connect(ctx context.Context, in api.AddConnection) error {
	_, err := connections{a}.AddConnection(ctx, harrier.Operator(), in)
	return err
}

// WatchRun returns the events of a run as they are committed, until it has ended.
func (a *App) WatchRun(ctx context.Context, id harrier.RunID) (iter.Seq2[api.Event, error], error) {
	return runs{a}.WatchRun(ctx, harrier.Operator(), id, 0)
}

// RunDetail returns a run with its steps and effects.
func (a *App) RunDetail(ctx context.Context, id harrier.RunID) (api.RunDetail, error) {
	return runs{a}.Run(ctx, harrier.Operator(), id)
}

// RunTree returns a run with the steps of the runs that it called below the
// steps that called them, and all these runs.
func (a *App) RunTree(ctx context.Context, id harrier.RunID) (api.RunDetail, []harrier.RunID, error) {
	run, err := a.RunDetail(ctx, id)
	if err != nil {
		return run, nil, err
	}
	all := []harrier.RunID{id}
	err = a.graft(ctx, &run, run.Steps, &all)
	return run, all, err
}

// graft puts the steps of called runs below the steps that called them.
func (a *App) graft(ctx context.Context, into *api.RunDetail, steps []api.Step, all *[]harrier.RunID) error {
	for i := range steps {
		st := &steps[i]
		if err := a.graft(ctx, into, st.Steps, all); err != nil {
			return err
		}
		if st.Child.IsZero() {
			continue
		}
		child, err := a.RunDetail(ctx, st.Child)
		if harrier.KindOf(err) == harrier.NotFound {
			continue // called in this very moment
		}
		if err == nil {
			*all = append(*all, st.Child)
			err = a.graft(ctx, into, child.Steps, all)
		}
		if err != nil {
			return err
		}
		st.Steps = append(st.Steps, below(st.Path, child.Steps)...)
		into.Effects = append(into.Effects, child.Effects...)
		into.Seq += child.Seq
		into.Unresolved += child.Unresolved
	}
	return nil
}

// below gives steps paths below another, so that each is unique.
func below(path string, steps []api.Step) []api.Step {
	for i := range steps {
		steps[i].Path = path + "/" + steps[i].Path
		steps[i].Steps = below(path, steps[i].Steps)
	}
	return steps
}

// PendingApprovals returns what a run asks people now, as they read it.
func (a *App) PendingApprovals(ctx context.Context, id harrier.RunID) ([]api.Approval, error) {
	f := harrier.ApprovalFilter{Viewer: harrier.LocalOperator, Status: harrier.ApprovalPending, Run: id}
	rows, _, err := a.store.Approvals(ctx, harrier.DefaultTenant, f, harrier.Page{Limit: 100})
	if err != nil {
		return nil, err
	}
	list := make([]api.Approval, len(rows))
	for i, row := range rows {
		if list[i], err = (things{a}).Approval(ctx, harrier.Operator(), row.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// DecidedApprovals returns what people have decided of a run, the first first.
func (a *App) DecidedApprovals(ctx context.Context, id harrier.RunID) ([]api.Approval, error) {
	rows, _, err := a.store.Approvals(ctx, harrier.DefaultTenant, harrier.ApprovalFilter{Viewer: harrier.LocalOperator, Run: id}, harrier.Page{Limit: 200})
	if err != nil {
		return nil, err
	}
	var list []api.Approval
	for _, row := range slices.Backward(rows) {
		if row.Status != harrier.ApprovalPending {
			list = append(list, api.ApprovalRow(row))
		}
	}
	return list, nil
}

// Decide approves or denies.
func (a *App) Decide(ctx context.Context, id harrier.ApprovalID, in api.Decision) (api.Approval, error) {
	return things{a}.Decide(ctx, harrier.Operator(), id, in)
}

// Answer answers a form or a question about an outcome.
func (a *App) Answer(ctx context.Context, id harrier.ApprovalID, in api.Answer) (api.Approval, error) {
	return things{a}.Answer(ctx, harrier.Operator(), id, in)
}

// CaseNumber returns the number of the case that an alert is in, or 0.
func (a *App) CaseNumber(ctx context.Context, alert harrier.AlertID) (int64, error) {
	rows, _, err := a.store.Cases(ctx, harrier.DefaultTenant, harrier.CaseFilter{Viewer: harrier.LocalOperator, Alert: alert}, harrier.Page{Limit: 1})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].Number, nil
}

// CaseByNumber returns a case with its timeline.
func (a *App) CaseByNumber(ctx context.Context, number int64) (api.CaseDetail, error) {
	return things{a}.CaseByNumber(ctx, harrier.Operator(), number)
}

// Start starts a playbook by hand.
func (a *App) Start(ctx context.Context, in api.StartRun) (api.Run, error) {
	return runs{a}.StartRun(ctx, harrier.Operator(), in)
}

// Due returns when a run goes on by itself; ok is false where none waits for a time.
func (a *App) Due(ctx context.Context) (at time.Time, ok bool, err error) {
	return a.store.NextReady(ctx, time.Time{})
}

// Look makes the dispatcher look for runs that are ready now, as after the
// clock was set.
func (a *App) Look() { a.engine.Wake(harrier.RunID{}) }
