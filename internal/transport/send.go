package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/harrier-soar/harrier/connector"
)

var (
	errTotalTime     = errors.New("the call did not end in time")
	errFirstByteTime = errors.New("no answer in time")
)

// sendSpec is how one request is sent.
type sendSpec struct {
	maxBody int64
	// writes tells that a lost answer leaves the outcome unknown.
	writes bool
	// again tells that it may be sent again then.
	again bool
	// timeout replaces the defaults; zero keeps them.
	timeout time.Duration
}

// send sends a request that holds its credential and reads the whole answer.
func (l *link) send(ctx context.Context, req *http.Request, body []byte, spec sendSpec) (*answer, *connector.Error) {
	times := l.t.cfg.Timeouts
	ctx, cancel := context.WithTimeoutCause(ctx, cmp.Or(spec.timeout, times.Total), errTotalTime)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	tr := &trace{first: func() {}, hit: l.t.cfg.Hit}
	if spec.timeout == 0 {
		timer := time.AfterFunc(times.FirstByte, func() { stop(errFirstByteTime) })
		defer timer.Stop()
		tr.first = func() { timer.Stop() }
	}
	req = req.WithContext(httptrace.WithClientTrace(ctx, tr.hooks()))
	via := l.kept
	if spec.writes && !spec.again {
		via = l.fresh
	}
	setBody(req, body, !spec.writes)
	l.t.cfg.Hit("call.before_connect")
	resp, err := via.RoundTrip(req)
	if err != nil {
		return nil, l.failed(failure{ctx: ctx, err: err, sent: tr.sent(), writes: spec.writes, to: req.URL.Host})
	}
	defer func() { _ = resp.Body.Close() }()
	l.t.cfg.Hit("call.after_response")
	return l.receive(ctx, resp, spec)
}

// setBody gives a request its body. An effect must not be sent again below us,
// so its body cannot be read twice.
func setBody(req *http.Request, body []byte, again bool) {
	if len(body) == 0 {
		return
	}
	req.ContentLength = int64(len(body))
	req.Body = io.NopCloser(bytes.NewReader(body))
	if again {
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
}

// receive reads an answer up to its limit. Where the status is a refusal it
// decides, even if its body is cut off; a success must be whole.
func (l *link) receive(ctx context.Context, resp *http.Response, spec sendSpec) (*answer, *connector.Error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, spec.maxBody+1))
	over := int64(len(body)) > spec.maxBody
	if over {
		body = body[:spec.maxBody]
	}
	ans := &answer{status: resp.StatusCode, proto: resp.Proto, header: resp.Header, body: body}
	success := resp.StatusCode >= 200 && resp.StatusCode < 300
	if (err == nil && !over) || !success {
		return ans, nil
	}
	var failed *connector.Error
	switch {
	case spec.writes && over:
		failed = connector.Errorf(connector.Unknown, "the answer is larger than %d bytes, so what it says is not known", spec.maxBody)
	case over:
		failed = connector.Errorf(connector.Drift, "the answer is larger than %d bytes", spec.maxBody)
	default:
		failed = l.failed(failure{ctx: ctx, err: err, sent: true, writes: spec.writes, to: resp.Request.URL.Host})
		failed.Text = "the answer was cut off: " + failed.Text
	}
	failed.Status = resp.StatusCode
	return nil, failed
}
