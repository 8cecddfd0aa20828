package api

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rota"
)

var _ OnCall = (*world)(nil)

// dutyBodies are the samples of the routes about duty.
func dutyBodies() map[string]string {
	return map[string]string{
		"POST /v1/oncall/changes":             `{"kind":"absence","person":"kim","until":"2026-12-01T06:00:00Z","reason":"ill"}`,
		"POST /v1/oncall/changes/{id}/remove": ``,
	}
}

func (w *world) theOnCall() OnCallChange {
	return OnCallChange{ID: fixed[harrier.OnCallID]("oncall"), Kind: rota.KindAbsence, Person: "kim", From: epoch(), Until: epoch(), CreatedAt: epoch(), Rev: 1}
}

func (w *world) OnCall(_ context.Context, by harrier.Principal, _ time.Time) ([]OnCallRota, error) {
	l, err := page(w, by, OnCallRota{Rota: "soc", Zone: "UTC", Now: OnCallTurn{Person: "kim", From: epoch()}})
	return l.Items, err
}

func (w *world) OnCallTurns(_ context.Context, by harrier.Principal, _ string, _ Span) ([]OnCallTurn, error) {
	l, err := page(w, by, OnCallTurn{Person: "kim", From: epoch()})
	return l.Items, err
}

func (w *world) OnCallChanges(_ context.Context, by harrier.Principal, _ rota.Filter, _ harrier.Page) (List[OnCallChange], error) {
	return page(w, by, w.theOnCall())
}

func (w *world) AddOnCallChange(context.Context, harrier.Principal, AddOnCallChange) (OnCallChange, error) {
	w.change("AddOnCallChange")
	return w.theOnCall(), w.broken
}

func (w *world) RemoveOnCallChange(_ context.Context, by harrier.Principal, id harrier.OnCallID) (OnCallChange, error) {
	w.change("RemoveOnCallChange")
	return w.theOnCall(), w.find(by, "change", id.String(), id == w.theOnCall().ID)
}
