package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/harrier-soar/harrier"
)

// InProcess is a way to the server from inside its process, without a network.
// It implements [http.RoundTripper].
type InProcess struct {
	handler http.Handler
	wg      sync.WaitGroup
}

// InProcess returns a way to the server for a principal.
func (s *Server) InProcess(p harrier.Principal) *InProcess {
	return &InProcess{handler: s.Handler(func(*http.Request) (harrier.Principal, bool) { return p, true })}
}

// Wait returns when no request is under way.
func (t *InProcess) Wait() { t.wg.Wait() }

// RoundTrip implements [http.RoundTripper].
func (t *InProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	in := r.Clone(ctx)
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	body, out := io.Pipe()
	w := &pipeWriter{header: http.Header{}, out: out, started: make(chan struct{})}
	t.wg.Go(func() {
		defer func() {
			if v := recover(); v != nil { // the handler has told the log; the client sees a body that is cut off
				out.CloseWithError(io.ErrUnexpectedEOF)
			}
			w.begin(http.StatusOK)
			_ = out.Close() // never fails
			in.Body.Close()
		}()
		t.handler.ServeHTTP(w, in)
	})
	select {
	case <-w.started:
	case <-ctx.Done():
		body.CloseWithError(context.Cause(ctx))
		<-w.started // the handler sees the same end
		cancel(nil)
		return nil, context.Cause(r.Context())
	}
	return &http.Response{
		StatusCode: w.status, Status: http.StatusText(w.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &pipeBody{body, cancel}, ContentLength: -1, Request: r,
	}, nil
}

// pipeBody is the body of an answer; closing it tells the handler to stop.
type pipeBody struct {
	*io.PipeReader
	cancel context.CancelCauseFunc
}

// Close implements [io.Closer].
func (b *pipeBody) Close() error {
	b.cancel(errClientLeft)
	return b.PipeReader.Close()
}

var errClientLeft = errors.New("the client left")

// pipeWriter is the writer of an answer. It belongs to the handler's goroutine
// until started is closed, and its sent header to the client's after that.
type pipeWriter struct {
	header  http.Header
	out     *io.PipeWriter
	started chan struct{}
	once    sync.Once
	status  int
	sent    http.Header
}

// Header implements [http.ResponseWriter].
func (w *pipeWriter) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *pipeWriter) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.begin(status)
	}
}

func (w *pipeWriter) begin(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.started)
	})
}

// Write implements [http.ResponseWriter].
func (w *pipeWriter) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.out.Write(p)
}

// Flush implements [http.Flusher]: a pipe keeps nothing back.
func (w *pipeWriter) Flush() { w.begin(http.StatusOK) }
