package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

type valueListsIn struct{}

func (s *Server) valueLists(ctx context.Context, _ *valueListsIn) (List[ValueList], error) {
	list, err := s.cfg.Ports.ValueLists.ValueLists(ctx, principal(ctx))
	return full(List[ValueList]{Items: list}, err)
}

type setListIn struct{ Body SetList }

func (s *Server) setList(ctx context.Context, in *setListIn) (ValueList, error) {
	return s.cfg.Ports.ValueLists.SetList(ctx, principal(ctx), in.Body)
}

type listEntriesIn struct {
	Paged
	Name string `path:"name" maxLength:"63"`
}

func (s *Server) listEntries(ctx context.Context, in *listEntriesIn) (List[ListEntry], error) {
	return full(s.cfg.Ports.ValueLists.ListEntries(ctx, principal(ctx), in.Name, in.page()))
}

type changeListIn struct {
	Name string `path:"name" maxLength:"63"`
	Body ChangeList
}

func (s *Server) changeList(ctx context.Context, in *changeListIn) (ListChanged, error) {
	return s.cfg.Ports.ValueLists.ChangeList(ctx, principal(ctx), in.Name, in.Body)
}

func (s *Server) newListToken(ctx context.Context, in *namedIn) (ListToken, error) {
	return s.cfg.Ports.ValueLists.NewListToken(ctx, principal(ctx), in.Name)
}

func (s *Server) removeList(ctx context.Context, in *namedIn) (done, error) {
	return done{true}, s.cfg.Ports.ValueLists.RemoveList(ctx, principal(ctx), in.Name)
}

// importList handles POST /v1/lists/{name}/import.
func (s *Server) importList(w http.ResponseWriter, r *http.Request) error {
	s.patient(w)
	got, err := s.cfg.Ports.ValueLists.ImportList(r.Context(), principal(r.Context()), r.PathValue("name"), r.Body)
	if err != nil {
		return err
	}
	return s.writeJSON(w, http.StatusOK, got)
}

func aboutImportList(op *huma.Operation) {
	op.Description = "The body is one value a line or, for an allow list, a warning list of MISP."
	op.Parameters = []*huma.Param{{Name: "name", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	anything(op)
	op.Responses["200"] = &huma.Response{Description: "What came of it", Content: map[string]*huma.MediaType{"application/json": {Schema: op200("ListChanged")}}}
}

// blockList handles GET /v1/lists/{name}.txt, by which firewalls pull a block
// list. They prove themselves with the list's token, as a bearer, as the password
// of basic authentication, or in the address where they can nothing else.
func (s *Server) blockList(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".txt")
	if !ok {
		return harrier.Errorf(harrier.Unauthenticated, "there is nothing here for nobody; lists are at /v1/lists/NAME.txt")
	}
	_, token, _ := r.BasicAuth()
	if scheme, bearer, found := strings.Cut(r.Header.Get("Authorization"), " "); found && strings.EqualFold(scheme, "Bearer") {
		token = bearer
	}
	if token == "" {
		token = r.URL.Query().Get("token")
	}
	text, rev, err := s.cfg.Ports.BlockLists.BlockList(r.Context(), name, token)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("ETag", `"`+rev+`"`)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if matches(requestOf(r.Context()).ifNoneMatch, `"`+rev+`"`) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, _ = w.Write(text) //nolint:gosec // plain text by its type, and nosniff; a firewall that left comes again
	return nil
}
