package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

const (
	// heartbeat is how often a stream without events says that it lives.
	heartbeat = 15 * time.Second
	// patience is how long a client may take to read a part of a stream.
	patience = 30 * time.Second
)

// watchRun handles GET /v1/runs/{id}/watch: server-sent events whose id is the
// sequence number in the journal. The last one is called end and holds the run.
func (s *Server) watchRun(w http.ResponseWriter, r *http.Request) error {
	id, err := harrier.ParseID[harrier.RunID](r.PathValue("id"))
	if err != nil {
		return err
	}
	after, err := lastEventID(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		_, err := s.cfg.Ports.Runs.RunEvents(r.Context(), principal(r.Context()), id, Window{Limit: 1})
		return err
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer whenStopping(ctx, func() { cancel(errStopping) })()
	events, err := s.cfg.Ports.Runs.WatchRun(ctx, principal(ctx), id, after)
	if err != nil {
		cancel(err)
		return err
	}
	st := s.beginStream(w)
	err = st.pump(ctx, cancel, messagesOf(events, func(e Event) string { return fmt.Sprintf("id: %d\nevent: %s", e.Seq, e.Type) }))
	if err == nil {
		err = s.sendEnd(r.Context(), st, id)
	}
	if err != nil && r.Context().Err() == nil {
		s.cfg.Log.Debug("stream ended early", "err", err, "run_id", id, "trace_id", traceOf(r.Context()))
	}
	return nil // the status is sent; the client comes again with Last-Event-ID
}

// sendEnd sends how the run stands at its end.
func (s *Server) sendEnd(ctx context.Context, st stream, id harrier.RunID) error {
	run, err := s.cfg.Ports.Runs.Run(ctx, principal(ctx), id)
	if err != nil {
		return err
	}
	return st.sendData("event: end", run.Run)
}

// resumedAt is the id of the message behind which a client wants to go on.
func resumedAt(r *http.Request) string {
	return cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after"))
}

// lastEventID is the sequence number after which a client wants to go on.
func lastEventID(r *http.Request) (int64, error) {
	text := resumedAt(r)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, harrier.Errorf(harrier.Invalid, "Last-Event-ID %q is not the number of an event; send the id of the last one that you got", text)
	}
	return n, nil
}

// stream is a response of server-sent events.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	now     func() time.Time
}

// beginStream sends the head of a stream.
func (s *Server) beginStream(w http.ResponseWriter) stream {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return stream{w: w, control: http.NewResponseController(w), now: s.cfg.Now}
}

// messagesOf are things as messages of a stream. What comes before the data of one
// says head.
func messagesOf[T any](all iter.Seq2[T, error], head func(T) string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for v, err := range all {
			if err != nil {
				yield("", err)
				return
			}
			text, err := message(head(v), v)
			if !yield(text, err) || err != nil {
				return
			}
		}
	}
}

// message is one message of a stream.
func message(head string, v any) (string, error) {
	data, err := encode(v)
	return head + "\ndata: " + string(data), err
}

// pump sends messages as they come, and a comment where none does, until they
// end. It returns after the source has stopped.
func (st stream) pump(ctx context.Context, cancel context.CancelCauseFunc, messages iter.Seq2[string, error]) error {
	next := make(chan string)
	var failed error // written before next is closed
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(next)
		for text, err := range messages {
			if err != nil {
				failed = err
				return
			}
			select {
			case next <- text:
			case <-ctx.Done():
				failed = context.Cause(ctx)
				return
			}
		}
	})
	err := st.relay(next)
	cancel(errStreamOver)
	wg.Wait()
	return errors.Join(err, failed)
}

var errStreamOver = errors.New("the stream is over")

// relay sends what comes from a channel until it is closed.
func (st stream) relay(next <-chan string) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	if err := st.send(": connected\n"); err != nil {
		return err
	}
	for {
		select {
		case text, ok := <-next:
			if !ok {
				return nil
			}
			if err := st.send(text); err != nil {
				return err
			}
		case <-beat.C:
			if err := st.send(": alive\n"); err != nil {
				return err
			}
		}
	}
}

// send writes one message, which the blank line ends.
func (st stream) send(text string) error {
	_ = st.control.SetWriteDeadline(st.now().Add(patience)) // not every transport has deadlines
	if _, err := st.w.Write([]byte(text + "\n")); err != nil {
		return err
	}
	return st.control.Flush()
}

// sendData sends a value as one message.
func (st stream) sendData(head string, v any) error {
	text, err := message(head, v)
	if err != nil {
		return err
	}
	return st.send(text)
}

func (s *Server) aboutWatch(op *huma.Operation) {
	op.Description = "Server-sent events: id is the sequence number, event the type, data an Event. The last one is called end and its data is the Run. Send Last-Event-ID to go on."
	op.Parameters = []*huma.Param{
		idParam(),
		{Name: "Last-Event-ID", In: "header", Schema: &huma.Schema{Type: huma.TypeInteger}},
		{Name: "after", In: "query", Description: "As Last-Event-ID.", Schema: &huma.Schema{Type: huma.TypeInteger}},
	}
	schemas := s.huma.OpenAPI().Components.Schemas
	op.Extensions["x-last-event"] = schemas.Schema(reflect.TypeFor[Run](), true, "").Ref
	op.Responses["200"] = &huma.Response{Description: "The stream; the schema is that of the data of each event", Content: map[string]*huma.MediaType{
		"text/event-stream": {Schema: schemas.Schema(reflect.TypeFor[Event](), true, "")},
	}}
}
