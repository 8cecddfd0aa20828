package app

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/containment"
)

// endings starts the runs that see to the end of leases.
type endings struct{ app *App }

var _ containment.Starter = endings{}

// Prepare implements [containment.Starter]. The run is the system's own.
func (e endings) Prepare(_ context.Context, end containment.Ending) (func(context.Context, harrier.Tx) error, error) {
	by := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: end.Tenant, Name: "system"}
	st, err := e.app.library.draft(end.Name, []byte(end.Source), by)
	if err != nil {
		return nil, err
	}
	st.ID, st.Inputs, st.Alert, st.Case = end.Run, end.Inputs, end.Alert, end.Case
	return func(ctx context.Context, tx harrier.Tx) error {
		_, err := e.app.engine.StartIn(ctx, tx, st)
		return err
	}, nil
}
