package api

import (
	"context"
	"io"
	"net/http"

	"github.com/harrier-soar/harrier"
)

func (w *world) theSource() Source {
	return Source{ID: fixed[harrier.SourceID]("source"), Name: "slack", Kind: "webhook", Enabled: true, CreatedAt: epoch(), UpdatedAt: epoch(), Rev: 2}
}

func (w *world) SourceProducts(context.Context, harrier.Principal) ([]SourceProduct, error) {
	return []SourceProduct{{Name: "generic", Title: "Any", Kind: "webhook"}}, w.broken
}

func (w *world) Sources(_ context.Context, by harrier.Principal) ([]Source, error) {
	list, err := page(w, by, w.theSource())
	return list.Items, err
}

func (w *world) Source(_ context.Context, by harrier.Principal, name string) (Source, error) {
	return w.theSource(), w.find(by, "source", name, name == "slack")
}

func (w *world) AddSource(_ context.Context, _ harrier.Principal, in AddSource) (SourceMade, error) {
	w.change("AddSource " + in.Secret.Reveal())
	return SourceMade{Source: w.theSource(), Secret: "s3cret"}, w.broken
}

func (w *world) ChangeSource(_ context.Context, by harrier.Principal, name string, _ ChangeSource) (Source, error) {
	w.change("ChangeSource")
	return w.theSource(), w.find(by, "source", name, name == "slack")
}

func (w *world) RotateSource(_ context.Context, by harrier.Principal, name string, _ RotateSource) (SourceMade, error) {
	w.change("RotateSource")
	return SourceMade{Source: w.theSource()}, w.find(by, "source", name, name == "slack")
}

func (w *world) TestSource(_ context.Context, by harrier.Principal, name string) (Diagnosis, error) {
	return Diagnosis{OK: true}, w.find(by, "source", name, name == "slack")
}

func (w *world) theEvent() SourceEvent {
	return SourceEvent{ID: fixed[harrier.EventID]("event"), Source: w.theSource().ID, Received: epoch(), State: harrier.EventQuarantined}
}

func (w *world) SubmitEvent(_ context.Context, _ harrier.Principal, in SubmitEvent) (EventReceipt, error) {
	if _, err := io.ReadAll(in.Body); err != nil {
		return EventReceipt{}, harrier.Errorf(harrier.Invalid, "it cannot be read: %w", err)
	}
	w.change("SubmitEvent")
	return EventReceipt{[]harrier.EventID{w.theEvent().ID}}, w.broken
}

func (w *world) SourceEvents(_ context.Context, by harrier.Principal, _ EventsFilter, _ harrier.Page) (List[SourceEvent], error) {
	return page(w, by, w.theEvent())
}

func (w *world) SourceEvent(_ context.Context, by harrier.Principal, id harrier.EventID) (SourceEvent, []byte, error) {
	return w.theEvent(), []byte("<script>alert(1)</script>"), w.find(by, "event", id.String(), id == w.theEvent().ID)
}

func (w *world) ReplayEvent(_ context.Context, by harrier.Principal, id harrier.EventID) (SourceEvent, error) {
	w.change("ReplayEvent")
	return w.theEvent(), w.find(by, "event", id.String(), id == w.theEvent().ID)
}

func (w *world) DropEvent(_ context.Context, by harrier.Principal, id harrier.EventID, _ string) (SourceEvent, error) {
	w.change("DropEvent")
	return w.theEvent(), w.find(by, "event", id.String(), id == w.theEvent().ID)
}

// Deliver lets in who has the word.
func (w *world) Deliver(rw http.ResponseWriter, r *http.Request) error {
	if r.PathValue("rest") != "open-sesame" {
		return &harrier.Error{Kind: harrier.Unauthenticated, Text: "this is not accepted"}
	}
	w.change("Deliver " + r.PathValue("source"))
	rw.WriteHeader(http.StatusAccepted)
	return w.broken
}

// Open knows no link.
func (w *world) Open(http.ResponseWriter, *http.Request) error {
	return harrier.Errorf(harrier.NotFound, "this link does not exist")
}

// DeliverAlert lets nobody in.
func (w *world) DeliverAlert(http.ResponseWriter, *http.Request) error {
	return &harrier.Error{Kind: harrier.Unauthenticated, Text: "this is not accepted"}
}
