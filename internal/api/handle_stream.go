package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

// topic is a noun that can be watched, with the right to read it.
type topic struct {
	noun string
	perm harrier.Permission
}

func topics() []topic {
	return []topic{{"alerts", harrier.AlertsRead}, {"cases", harrier.CasesRead}, {"notifications", harrier.OnCallRead}}
}

// streamRoutes is the part of the table about what happens now.
func (s *Server) streamRoutes() []route {
	return []route{
		{"GET /v1/stream", harrier.AlertsRead, "watchAll", "Stream what happens to alerts, cases and notifications", raw(s.watchAll, s.aboutStream)},
	}
}

// maxStreams bounds the streams that a principal has at a time.
const maxStreams = 32

// streams counts the streams of each principal.
type streams struct {
	mu   sync.Mutex // guards what follows
	open map[harrier.PrincipalID]int
}

// begin counts a stream; false tells that there are too many.
func (c *streams) begin(who harrier.PrincipalID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[harrier.PrincipalID]int{}
	}
	if c.open[who] >= maxStreams {
		return false
	}
	c.open[who]++
	return true
}

func (c *streams) end(who harrier.PrincipalID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[who]--; c.open[who] <= 0 {
		delete(c.open, who)
	}
}

// wantedTopics are the nouns that a request wants to watch: those that it names,
// or all that the principal may read.
func wantedTopics(r *http.Request) (nouns []string, err error) {
	by := principal(r.Context())
	text := r.URL.Query().Get("topics")
	names := strings.Split(text, ",")
	for _, name := range names {
		if text != "" && !slices.ContainsFunc(topics(), func(t topic) bool { return t.noun == name }) {
			return nil, harrier.Errorf(harrier.Invalid, "there is no topic %q; write some of alerts,cases,notifications", name)
		}
	}
	for _, t := range topics() {
		named := slices.Contains(names, t.noun)
		switch {
		case named && !by.May(t.perm):
			return nil, lacking(by, "watch "+t.noun, t.perm)
		case (named || text == "") && by.May(t.perm):
			nouns = append(nouns, t.noun)
		}
	}
	return nouns, nil
}

// watchAll handles GET /v1/stream: server-sent events of what is new or changed.
// The last one is called end and says why; lost where more happened than is told.
func (s *Server) watchAll(w http.ResponseWriter, r *http.Request) error {
	nouns, err := wantedTopics(r)
	if err != nil {
		return err
	}
	by := principal(r.Context())
	if !s.watching.begin(by.ID) {
		return harrier.Errorf(harrier.Limited, "there are %d streams open already; close some", maxStreams)
	}
	defer s.watching.end(by.ID)
	ctx, cancel := context.WithCancelCause(r.Context())
	defer whenStopping(ctx, func() { cancel(errStopping) })()
	happenings, err := s.cfg.Ports.Stream.WatchAll(ctx, by, nouns, resumedAt(r))
	if err != nil || r.Method == http.MethodHead {
		cancel(err)
		return err
	}
	st := s.beginStream(w)
	err = st.pump(ctx, cancel, messagesOf(happenings, func(h Happening) string {
		return fmt.Sprintf("id: %s\nevent: %s.%s", h.Place, strings.TrimSuffix(h.Noun, "s"), h.Kind)
	}))
	if err := st.sendLast(err); err != nil {
		s.cfg.Log.Debug("a stream ended early", "err", err, "trace_id", traceOf(r.Context()))
	}
	return nil // the status is sent; the client comes again with Last-Event-ID
}

// sendLast says why a stream ends.
func (st stream) sendLast(why error) error {
	lost, isLost := errors.AsType[*LostError](why)
	switch {
	case isLost:
		return st.sendData("id: "+lost.Place+"\nevent: lost", StreamEnd{lost.Error()})
	case why == nil:
		return st.end("there is no more")
	case errors.Is(why, errStopping):
		return st.end("the server stops; come again in a moment")
	case harrier.KindOf(why) == harrier.Unauthenticated:
		return st.end("the session ended, or what you may do changed; log in again")
	}
	return errors.Join(why, st.end("it cannot go on; come again in a moment"))
}

func (st stream) end(detail string) error {
	return st.sendData("event: end", StreamEnd{detail})
}

func (s *Server) aboutStream(op *huma.Operation) {
	op.Description = "Server-sent events, such as alert.created or case.changed, whose data is a Happening: what is new or changed, and how it is now. What you do not see is not told, and it is asked anew for each. " +
		"Send Last-Event-ID to go on; where that is too far back, or you read too slowly, the last event is called lost, and whoever loads the lists anew goes on behind it. Otherwise the last one is called end and says why."
	text := &huma.Schema{Type: huma.TypeString}
	op.Parameters = []*huma.Param{
		{Name: "topics", In: "query", Description: "Some of alerts, cases and notifications, with commas; absent for all that you may read.", Schema: text},
		{Name: "Last-Event-ID", In: "header", Schema: text},
		{Name: "after", In: "query", Description: "As Last-Event-ID.", Schema: text},
	}
	op.Responses["200"] = &huma.Response{Description: "The stream; the schema is that of the data of each event", Content: map[string]*huma.MediaType{
		"text/event-stream": {Schema: s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Happening](), true, "")},
	}}
}
