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
	if err == nil {
		err = h.start(ctx, tenant, alert, hit{o, says})
	}
	if harrier.KindOf(err) == harrier.NotFound {
		return nil
	}
	return err
}

// hit is what new intelligence says of an observable.
type hit struct {
	observable harrier.Observable
	says       []picture.Opinion
}

// start starts the playbooks that wait for such news, on the alert as it is judged now.
func (h hits) start(ctx context.Context, tenant harrier.TenantID, id harrier.AlertID, of hit) error {
	alert, err := h.app.store.Alert(ctx, tenant, id)
	if err != nil {
		return err
	}
	return h.app.trigger.Indicator(ctx, h.app.subject(alert), of.observable, of.says)
}
