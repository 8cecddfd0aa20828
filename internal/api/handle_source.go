package api

import (
	"context"
	"mime"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

func (s Source) revision() int64 { return s.Rev }

type sourceProductsIn struct{}

func (s *Server) sourceProducts(ctx context.Context, _ *sourceProductsIn) (List[SourceProduct], error) {
	list, err := s.cfg.Ports.Sources.SourceProducts(ctx, principal(ctx))
	return full(List[SourceProduct]{Items: list}, err)
}

type sourcesIn struct{}

func (s *Server) sources(ctx context.Context, _ *sourcesIn) (List[Source], error) {
	list, err := s.cfg.Ports.Sources.Sources(ctx, principal(ctx))
	return full(List[Source]{Items: list}, err)
}

type sourceIn struct {
	Name string `path:"name" maxLength:"63"`
}

func (s *Server) source(ctx context.Context, in *sourceIn) (Source, error) {
	return s.cfg.Ports.Sources.Source(ctx, principal(ctx), in.Name)
}

type addSourceIn struct{ Body AddSource }

func (s *Server) addSource(ctx context.Context, in *addSourceIn) (*reply[SourceMade], error) {
	made, err := s.cfg.Ports.Sources.AddSource(ctx, principal(ctx), in.Body)
	made.Steps, made.Snippets = some(made.Steps), some(made.Snippets)
	return &reply[SourceMade]{Body: made, Status: http.StatusCreated}, err
}

type changeSourceIn struct {
	Name string `path:"name" maxLength:"63"`
	Body ChangeSource
}

func (s *Server) changeSource(ctx context.Context, in *changeSourceIn) (Source, error) {
	if requestOf(ctx).ifMatch != "" {
		now, err := s.cfg.Ports.Sources.Source(ctx, principal(ctx), in.Name)
		if err != nil {
			return now, err
		}
		if err := unchanged(ctx, now); err != nil {
			return now, err
		}
	}
	return s.cfg.Ports.Sources.ChangeSource(ctx, principal(ctx), in.Name, in.Body)
}

type rotateSourceIn struct {
	Name string `path:"name" maxLength:"63"`
	Body RotateSource
}

func (s *Server) rotateSource(ctx context.Context, in *rotateSourceIn) (SourceMade, error) {
	made, err := s.cfg.Ports.Sources.RotateSource(ctx, principal(ctx), in.Name, in.Body)
	made.Steps, made.Snippets = some(made.Steps), some(made.Snippets)
	return made, err
}

func (s *Server) testSource(ctx context.Context, in *sourceIn) (Diagnosis, error) {
	d, err := s.cfg.Ports.Sources.TestSource(ctx, principal(ctx), in.Name)
	d.Checks = some(d.Checks)
	return d, err
}

type sourceEventsIn struct {
	Paged
	Source string             `query:"source" maxLength:"63" doc:"The name of a source."`
	State  harrier.EventState `query:"state" enum:"pending,processed,suppressed,quarantined"`
	Alert  harrier.AlertID    `query:"alert"`
}

func (s *Server) sourceEvents(ctx context.Context, in *sourceEventsIn) (List[SourceEvent], error) {
	f := EventsFilter{Source: in.Source, State: in.State, Alert: in.Alert}
	return full(s.cfg.Ports.Inbox.SourceEvents(ctx, principal(ctx), f, in.page()))
}

type sourceEventIn struct {
	ID harrier.EventID `path:"id"`
}

func (s *Server) sourceEvent(ctx context.Context, in *sourceEventIn) (SourceEvent, error) {
	e, _, err := s.cfg.Ports.Inbox.SourceEvent(ctx, principal(ctx), in.ID)
	return e, err
}

func (s *Server) replayEvent(ctx context.Context, in *sourceEventIn) (SourceEvent, error) {
	return s.cfg.Ports.Inbox.ReplayEvent(ctx, principal(ctx), in.ID)
}

type dropEventIn struct {
	ID   harrier.EventID `path:"id"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why nothing is to be made of it."`
	}
}

func (s *Server) dropEvent(ctx context.Context, in *dropEventIn) (SourceEvent, error) {
	return s.cfg.Ports.Inbox.DropEvent(ctx, principal(ctx), in.ID, in.Body.Reason)
}

// eventContent handles GET /v1/events/{id}/content. What came is hostile: it is
// always a download of no type that a browser would show.
func (s *Server) eventContent(w http.ResponseWriter, r *http.Request) error {
	id, err := harrier.ParseID[harrier.EventID](r.PathValue("id"))
	if err != nil {
		return err
	}
	_, body, err := s.cfg.Ports.Inbox.SourceEvent(r.Context(), principal(r.Context()), id)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": id.String() + ".bin"}))
	_, _ = w.Write(body) // a client that left needs no answer
	return nil
}

// maxEvent bounds what a person submits, in bytes.
const maxEvent = 32 << 20

// submitEvent handles POST /v1/events.
func (s *Server) submitEvent(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	for _, name := range []string{"source", "mapping", "name"} {
		if len(q.Get(name)) > 200 {
			return harrier.Errorf(harrier.Invalid, "%s is longer than 200 bytes; shorten it", name)
		}
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = "application/octet-stream"
	}
	_ = http.NewResponseController(w).SetReadDeadline(s.cfg.Now().Add(mailTime)) // not every transport has deadlines
	got, err := s.cfg.Ports.Inbox.SubmitEvent(r.Context(), principal(r.Context()), SubmitEvent{
		Source: q.Get("source"), Mapping: q.Get("mapping"), Name: q.Get("name"), Content: kind, Body: http.MaxBytesReader(w, r.Body, maxEvent),
	})
	if err != nil {
		return err
	}
	return s.writeJSON(w, http.StatusAccepted, got)
}

func (s *Server) aboutEvent(op *huma.Operation) {
	op.Description = "The body is what a source would deliver, in any form that a mapping knows: JSON, lines of JSON, CEF, LEEF, syslog. It is kept as it is and understood later; GET /v1/events tells what became of it."
	for _, name := range []string{"source", "mapping", "name"} {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString}})
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {}, "text/plain": {}}}
	op.Responses["202"] = &huma.Response{Description: "The events that it became", Content: map[string]*huma.MediaType{
		"application/json": {Schema: s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[EventReceipt](), true, "")},
	}}
}
