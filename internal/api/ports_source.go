package api

import (
	"context"
	"io"
	"net/http"

	"github.com/harrier-soar/harrier"
)

// Sources sets up and shows what reports.
type Sources interface {
	// SourceProducts lists the products whose sources are known, by name.
	SourceProducts(ctx context.Context, by harrier.Principal) ([]SourceProduct, error)
	// Sources lists sources by name.
	Sources(ctx context.Context, by harrier.Principal) ([]Source, error)
	// Source returns a source by its name.
	Source(ctx context.Context, by harrier.Principal, name string) (Source, error)
	// AddSource adds a source, observed; one of the same name is Conflict.
	AddSource(ctx context.Context, by harrier.Principal, in AddSource) (SourceMade, error)
	// ChangeSource changes what may be changed.
	ChangeSource(ctx context.Context, by harrier.Principal, name string, in ChangeSource) (Source, error)
	// RotateSource gives a source a new secret.
	RotateSource(ctx context.Context, by harrier.Principal, name string, in RotateSource) (SourceMade, error)
	// TestSource examines a source without changing anything.
	TestSource(ctx context.Context, by harrier.Principal, name string) (Diagnosis, error)
}

// Inbox takes and shows what sources deliver.
type Inbox interface {
	// SubmitEvent takes what a person has in a file, for a source by its name;
	// an empty name is the source of files.
	SubmitEvent(ctx context.Context, by harrier.Principal, in SubmitEvent) (EventReceipt, error)
	// SourceEvents lists events, the newest first.
	SourceEvents(ctx context.Context, by harrier.Principal, f EventsFilter, p harrier.Page) (List[SourceEvent], error)
	// SourceEvent returns an event and its bytes.
	SourceEvent(ctx context.Context, by harrier.Principal, id harrier.EventID) (SourceEvent, []byte, error)
	// ReplayEvent makes an event that was quarantined or suppressed pending
	// again; another state is Conflict.
	ReplayEvent(ctx context.Context, by harrier.Principal, id harrier.EventID) (SourceEvent, error)
	// DropEvent gives up an event that is quarantined; another state is Conflict.
	DropEvent(ctx context.Context, by harrier.Principal, id harrier.EventID, reason string) (SourceEvent, error)
}

// Doors lets senders in that are no principals: each proves itself as its source
// declares. They write their answer themselves, unless they return an error.
type Doors interface {
	// Deliver takes a request for the source in the path value source.
	Deliver(w http.ResponseWriter, r *http.Request) error
	// DeliverAlert takes an alert in the shape of TheHive.
	DeliverAlert(w http.ResponseWriter, r *http.Request) error
}

// EventsFilter selects events.
type EventsFilter struct {
	// Source is a name.
	Source string
	State  harrier.EventState
	Alert  harrier.AlertID
}

// SubmitEvent is what a person submits.
type SubmitEvent struct {
	// Source is the name of a source, Mapping overrides what it says.
	Source, Mapping string
	// Name is that of the file, Content its media type, where they are known.
	Name, Content string
	Body          io.Reader
}
