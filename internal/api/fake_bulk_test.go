package api

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

var _ Bulk = (*world)(nil)

func (w *world) DoAlert(ctx context.Context, by harrier.Principal, st BulkStep, _ AlertOp) (Did, error) {
	if err := w.find(by, "alert", st.ID, st.ID == fixed[harrier.AlertID]("alert").String()); err != nil {
		return Did{}, err
	}
	return w.didOne(ctx, st, "DoAlert")
}

func (w *world) DoCase(ctx context.Context, by harrier.Principal, st BulkStep, _ CaseOp) (Did, error) {
	if err := w.ours(by, st.ID); err != nil {
		return Did{}, err
	}
	return w.didOne(ctx, st, "DoCase")
}

func (w *world) didOne(_ context.Context, st BulkStep, what string) (Did, error) {
	switch {
	case st.Rev == 99:
		return Did{}, casework.ErrStale
	case st.Rev == 98:
		panic("of itself")
	case !st.Dry:
		w.change(what)
	}
	return Did{Rev: 4, Changed: st.Rev != 4}, nil
}

func bulkBodies() map[string]string {
	return map[string]string{
		"POST /v1/alerts/bulk": `{"items":[{"id":"` + fixed[harrier.AlertID]("alert").String() + `"}],"do":{"severity":"low"}}`,
		"POST /v1/cases/bulk":  `{"items":[{"id":"7"}],"do":{"watch":true}}`,
	}
}
