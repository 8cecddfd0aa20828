package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

func (w *world) Policies(_ context.Context, by harrier.Principal) ([]RetentionPolicy, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, w.broken
	}
	return []RetentionPolicy{{Class: "alerts", Days: 365, Default: true}}, w.broken
}

func (w *world) SetPolicy(_ context.Context, _ harrier.Principal, in SetRetention) (RetentionPolicy, error) {
	return RetentionPolicy{Class: in.Class, Days: in.Days}, w.broken
}

func (w *world) Purge(context.Context, harrier.Principal) ([]RetentionRemoved, error) {
	return nil, w.broken
}

func (w *world) Holds(_ context.Context, by harrier.Principal) ([]Hold, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, w.broken
	}
	return []Hold{{ID: fixedHold}}, w.broken
}

func (w *world) PlaceHold(_ context.Context, _ harrier.Principal, in PlaceHold) (Hold, error) {
	return Hold{ID: fixedHold, Kind: in.Kind}, w.broken
}

// fixedHold is the one hold that there is.
const fixedHold = "hold_00000000000000000000000009"

func (w *world) LiftHold(_ context.Context, by harrier.Principal, id, _ string) (Hold, error) {
	if err := w.find(by, "hold", id, id == fixedHold); err != nil {
		return Hold{}, err
	}
	return Hold{ID: id}, w.broken
}

// retentionBodies are what the routes about retention are asked with.
func retentionBodies() map[string]string {
	return map[string]string{
		"POST /v1/retention":       `{"class":"alerts","days":30}`,
		"POST /v1/retention/run":   `{}`,
		"POST /v1/holds":           `{"kind":"all","reason":"court"}`,
		"POST /v1/holds/{id}/lift": `{"reason":"over"}`,
	}
}
