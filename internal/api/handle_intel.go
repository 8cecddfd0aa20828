package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

type indicatorsIn struct {
	Paged
	Feed  string `query:"feed" maxLength:"63"`
	Type  string `query:"type" maxLength:"20"`
	Value string `query:"value" maxLength:"4096"`
}

func (s *Server) indicators(ctx context.Context, in *indicatorsIn) (List[Indicator], error) {
	f := IndicatorFilter{Feed: in.Feed, Type: in.Type, Value: in.Value}
	return full(s.cfg.Ports.Intel.Indicators(ctx, principal(ctx), f, in.page()))
}

type matchValuesIn struct{ Body MatchValues }

func (s *Server) matchValues(ctx context.Context, in *matchValuesIn) (List[KnownValue], error) {
	list, err := s.cfg.Ports.Intel.MatchValues(ctx, principal(ctx), in.Body)
	for i := range list {
		list[i].Opinions = some(list[i].Opinions)
	}
	return full(List[KnownValue]{Items: list}, err)
}

type withdrawIn struct{ Body Withdraw }

// done is the answer of what leaves nothing to show.
type done struct {
	Done bool `json:"done"`
}

func (s *Server) withdraw(ctx context.Context, in *withdrawIn) (done, error) {
	return done{true}, s.cfg.Ports.Intel.Withdraw(ctx, principal(ctx), in.Body)
}

// feedTime is how long sending a feed may take.
const feedTime = 30 * time.Minute

// importFeed handles POST /v1/indicators/import.
func (s *Server) importFeed(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	in := SetFeed{
		Name: q.Get("feed"), Format: q.Get("format"), Reliability: q.Get("reliability"), TLP: q.Get("tlp"), PAP: q.Get("pap"),
		Whole: q.Get("whole") == "true", Column: q.Get("column"), Type: q.Get("type"), All: q.Get("all") == "true", Accept: q.Get("accept") == "true",
	}
	for name := range q {
		if !strings.Contains(" feed format reliability tlp pap whole column type all accept ", " "+name+" ") {
			return harrier.Errorf(harrier.Invalid, "there is no parameter %q", name)
		}
	}
	s.patient(w)
	got, err := s.cfg.Ports.Intel.ImportFeed(r.Context(), principal(r.Context()), in, r.Body)
	if err != nil {
		return err
	}
	return s.writeJSON(w, http.StatusOK, got)
}

// patient gives a long body its time.
func (s *Server) patient(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(s.cfg.Now().Add(feedTime)) // not every transport has deadlines
}

func aboutFeed(op *huma.Operation) {
	op.Description = "The body is the feed itself: a bundle of STIX, an event of MISP, a table, or one value a line. Reading the same again changes nothing."
	for _, p := range [][2]string{
		{"feed", "The feed that it belongs to; it is made where it does not exist."}, {"format", "auto, stix, misp, csv, json, list or hosts."},
		{"reliability", "The grade of a feed that is made, A to F."}, {"tlp", "Marking of what has none."}, {"pap", "Marking of what has none."},
		{"whole", "true where it is the whole list: what is absent ends."}, {"column", "The column of a table that holds the values."},
		{"type", "The type of the values of a list or a column."}, {"all", "true takes the attributes of MISP that are not meant for detection."},
		{"accept", "true takes a whole feed that shrank for what it is."},
	} {
		op.Parameters = append(op.Parameters, &huma.Param{Name: p[0], In: "query", Description: p[1], Schema: &huma.Schema{Type: huma.TypeString}})
	}
	anything(op)
	op.Responses["200"] = &huma.Response{Description: "What came of it", Content: map[string]*huma.MediaType{
		"application/json": {Schema: op200("Taken")},
	}}
}

// anything says that a body is bytes of any type.
func anything(op *huma.Operation) {
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {}, "text/plain": {}, "application/json": {}}}
}

// op200 is the schema of an answer that OpenAPI is told of by hand.
func op200(name string) *huma.Schema { return &huma.Schema{Ref: "#/components/schemas/" + name} }

type feedsIn struct{}

func (s *Server) feeds(ctx context.Context, _ *feedsIn) (List[Feed], error) {
	list, err := s.cfg.Ports.Feeds.Feeds(ctx, principal(ctx))
	return full(List[Feed]{Items: list}, err)
}

type setFeedIn struct{ Body SetFeed }

func (s *Server) setFeed(ctx context.Context, in *setFeedIn) (Feed, error) {
	return s.cfg.Ports.Feeds.SetFeed(ctx, principal(ctx), in.Body)
}

type namedIn struct {
	Name string `path:"name" maxLength:"63"`
}

func (s *Server) pullFeed(ctx context.Context, in *namedIn) (Taken, error) {
	return s.cfg.Ports.Feeds.PullFeed(ctx, principal(ctx), in.Name)
}

func (s *Server) removeFeed(ctx context.Context, in *namedIn) (done, error) {
	return done{true}, s.cfg.Ports.Feeds.RemoveFeed(ctx, principal(ctx), in.Name)
}
