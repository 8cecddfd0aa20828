package app

import (
	"context"
	"fmt"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/picture"
)

// hits has alerts judged again that new intelligence names.
type hits struct{ app *App }

var _ indicator.Hits = hits{}

// Hit implements [indicator.Hits]. An alert that is gone is none to judge.
func (h hits) Hit(ctx context.Context, tenant harrier.TenantID, alert harrier.AlertID, o harrier.Observable, says []picture.Opinion) error {
	why := fmt.Sprintf("new intelligence: %s %s is on %s", o.Type, o.Value, says[0].Source)
	if says[0].Name != "" {
		why += " for " + says[0].Name
	}
	err := h.app.pipeline.Rejudge(ctx, tenant, alert, why)
	if harrier.KindOf(err) == harrier.NotFound {
		return nil
	}
	return err
}
