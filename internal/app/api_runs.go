package app

import (
	"context"
	"iter"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/intake"
)

// runs answers the API's questions about runs.
type runs struct{ *App }

var (
	_ api.Runs       = runs{}
	_ api.RunControl = runs{}
)

// StartRun implements [api.Runs].
func (r runs) StartRun(ctx context.Context, by harrier.Principal, in api.StartRun) (api.Run, error) {
	st, err := r.start(by, in)
	if err != nil {
		return api.Run{}, err
	}
	st.ID, st.Inputs, st.Mode, st.Alert, st.Case = in.ID, in.Inputs, in.Mode, in.Alert, in.Case
	if !in.Alert.IsZero() {
		if err := r.store.SeeAlert(ctx, by.Tenant, by.ID, in.Alert); err != nil {
			return api.Run{}, err
		}
		if st.AlertDoc, err = r.alertDoc(ctx, by, in.Alert); err != nil {
			return api.Run{}, err
		}
	}
	if !in.Case.IsZero() {
		row, err := r.cases.Get(ctx, by, in.Case)
		if err != nil {
			return api.Run{}, err
		}
		st.CaseDoc = casework.Document(row)
	}
	run, err := r.engine.Start(ctx, st)
	if err != nil {
		return api.Run{}, err
	}
	return api.RunOf(run), nil
}

// start finds the playbook of a start, or compiles its source.
func (r runs) start(by harrier.Principal, in api.StartRun) (engine.Start, error) {
	if in.Source == "" {
		return r.library.start(in.Playbook, by)
	}
	return r.library.draft(in.Name, []byte(in.Source), by)
}

// alertDoc is an alert as playbooks see it.
func (r runs) alertDoc(ctx context.Context, by harrier.Principal, id harrier.AlertID) (map[string]any, error) {
	row, err := r.store.Alert(ctx, by.Tenant, id)
	if err != nil {
		return nil, err
	}
	artefacts, _, err := r.store.EvidenceList(ctx, by.Tenant, harrier.EvidenceFilter{Viewer: by.ID, Alert: id}, harrier.Page{Limit: 200})
	if err != nil {
		return nil, err
	}
	return intake.Document(row, artefacts)
}

// Runs implements [api.Runs].
func (r runs) Runs(ctx context.Context, by harrier.Principal, f harrier.RunFilter, p harrier.Page) (api.List[api.Run], error) {
	rows, next, err := r.store.Runs(ctx, by.Tenant, f, p)
	return mapped(rows, next, err, api.RunOf)
}

// Run implements [api.Runs].
func (r runs) Run(ctx context.Context, by harrier.Principal, id harrier.RunID) (api.RunDetail, error) {
	row, err := r.store.Load(ctx, by.Tenant, id)
	if err != nil {
		return api.RunDetail{}, err
	}
	m, err := r.engine.Replay(ctx, row)
	if err != nil {
		return api.RunDetail{}, err
	}
	intents, err := r.store.Intents(ctx, id)
	if err != nil {
		return api.RunDetail{}, err
	}
	return api.RunDetail{
		Run: api.RunOf(row), Title: m.Plan().Title, Seq: m.Events(), Steps: api.StepsOf(m.Views()), Effects: api.EffectsOf(intents),
	}, nil
}

// RunEvents implements [api.Runs].
func (r runs) RunEvents(ctx context.Context, by harrier.Principal, id harrier.RunID, w api.Window) ([]api.Event, error) {
	if _, err := r.store.Load(ctx, by.Tenant, id); err != nil {
		return nil, err
	}
	list := []api.Event{}
	for ev, err := range r.store.Events(ctx, id, w.After) {
		if err != nil {
			return nil, err
		}
		if list = append(list, api.EventOf(ev)); len(list) == w.Limit {
			break
		}
	}
	return list, nil
}

// watchEvery is how often a watcher looks for new events.
const watchEvery = 50 * time.Millisecond

// WatchRun implements [api.Runs].
func (r runs) WatchRun(ctx context.Context, by harrier.Principal, id harrier.RunID, after int64) (iter.Seq2[api.Event, error], error) {
	if _, err := r.store.Load(ctx, by.Tenant, id); err != nil {
		return nil, err
	}
	return func(yield func(api.Event, error) bool) {
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		for last := after; ; {
			row, err := r.store.Load(ctx, by.Tenant, id)
			if err != nil {
				yield(api.Event{}, err)
				return
			}
			for ev, err := range r.store.Events(ctx, id, last) {
				if !yield(api.EventOf(ev), err) || err != nil {
					return
				}
				last = ev.Seq
			}
			if row.Status.Ended() {
				return // the row was read before the events, so none is missing
			}
			select {
			case <-ctx.Done():
				yield(api.Event{}, context.Cause(ctx))
				return
			case <-ticker.C:
			}
		}
	}, nil
}

// CancelRun implements [api.RunControl].
func (r runs) CancelRun(ctx context.Context, by harrier.Principal, id harrier.RunID, reason string) (api.Run, error) {
	if err := r.engine.Cancel(ctx, by, id, reason); err != nil {
		return api.Run{}, err
	}
	row, err := r.store.Load(ctx, by.Tenant, id)
	return api.RunOf(row), err
}

// RetryRun implements [api.RunControl].
func (r runs) RetryRun(ctx context.Context, by harrier.Principal, id harrier.RunID, from string) (api.Run, error) {
	if err := r.engine.Retry(ctx, by, id, from); err != nil {
		return api.Run{}, err
	}
	row, err := r.store.Load(ctx, by.Tenant, id)
	return api.RunOf(row), err
}
