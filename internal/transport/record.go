package transport

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
)

// Exchange is one request and what came of it, without secrets.
type Exchange struct {
	ExchangeKey
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"took_ns"`
	Request  Message       `json:"request"`
	Response *Message      `json:"response,omitempty"`
	Failure  *Failure      `json:"failure,omitempty"`
}

// ExchangeKey is where an exchange belongs: the number-th of a call of an
// action with some arguments over a connection.
type ExchangeKey struct {
	Connection string `json:"connection"`
	Action     string `json:"action"`
	ArgsHash   string `json:"args_hash"`
	Number     int64  `json:"number"`
}

// Message is a request or an answer.
type Message struct {
	Method string      `json:"method,omitempty"`
	URL    string      `json:"url,omitempty"`
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	// Body is text where it is UTF-8, and Bytes where it is not.
	Body  string `json:"body,omitempty"`
	Bytes []byte `json:"bytes,omitempty"`
	// Cut tells that the body was longer than what is kept; Size is what it was.
	Cut  bool `json:"cut,omitempty"`
	Size int  `json:"size,omitempty"`
}

// Failure is a classified error.
type Failure struct {
	Class  connector.Class `json:"class"`
	Text   string          `json:"text"`
	Status int             `json:"status,omitempty"`
	After  time.Duration   `json:"after_ns,omitempty"`
}

// Recorder keeps exchanges. It is safe for concurrent use.
type Recorder interface {
	Record(ctx context.Context, e Exchange) error
}

// Recording gives exchanges back; ok is false where there is none.
type Recording interface {
	Play(ctx context.Context, key ExchangeKey) (e Exchange, ok bool, err error)
}

// taken is what an exchange was made of.
type taken struct {
	n    int64
	at   time.Time
	req  *http.Request
	body []byte
	ans  *answer
	err  *connector.Error
}

// keep records an exchange where the mode asks for it. A recording that fails
// does not fail the call: the effect is in the world.
func (c *client) keep(ctx context.Context, x taken) {
	cfg := c.l.t.cfg
	took := cfg.Now().Sub(x.at)
	c.l.t.cfg.Log.Debug("call", "connection", c.l.conn.Name, "action", c.call.Action, "method", x.req.Method,
		"host", x.req.URL.Host, "status", x.status(), "took", took)
	if cfg.Recorder == nil || (c.call.Mode != harrier.RecordMode && !cfg.RecordLive) {
		return
	}
	e := Exchange{ExchangeKey: c.key(x.n), At: x.at.UTC(), Took: took}
	e.Request = c.l.message(x.req.Header, x.body)
	e.Request.Method, e.Request.URL = x.req.Method, cleanURL(x.req.URL, c.l.sinks)
	if x.err != nil {
		e.Failure = &Failure{Class: x.err.Class, Text: c.l.sinks.text(x.err.Text), Status: x.err.Status, After: x.err.After}
	} else {
		answer := c.l.message(x.ans.header, x.ans.body)
		answer.Status = x.ans.status
		e.Response = &answer
	}
	if err := cfg.Recorder.Record(context.WithoutCancel(ctx), e); err != nil {
		cfg.Log.Error("exchange not recorded", "connection", c.l.conn.Name, "action", c.call.Action, "err", err)
	}
}

func (x taken) status() int {
	if x.ans == nil {
		return 0
	}
	return x.ans.status
}

func (c *client) key(n int64) ExchangeKey {
	return ExchangeKey{Connection: c.l.conn.Name, Action: c.call.Action, ArgsHash: c.call.ArgsHash, Number: n}
}

// message cleans a header and a body and cuts the body. It is cleaned before it
// is cut, and a piece as long as any secret is dropped at a first, rough cut,
// so that no half of a secret stays at the end.
func (l *link) message(header http.Header, body []byte) Message {
	limit := l.t.cfg.MaxRecorded
	m := Message{Header: cleanHeader(header, l.sinks), Size: len(body)}
	rough := body[:min(len(body), 2*limit)]
	clean := l.t.body.clean(rough, header.Get("Content-Type"), l.sinks)
	if len(rough) < len(body) {
		clean = clean[:max(0, len(clean)-l.sinks.longest())]
	}
	m.Cut = len(rough) < len(body) || len(clean) > limit
	clean = clean[:min(len(clean), limit)]
	if utf8.Valid(clean) {
		m.Body = string(clean)
	} else {
		m.Bytes = clean
	}
	return m
}

// replay answers from the recording, and never from the network.
func (c *client) replay(ctx context.Context, n int64) (*answer, *connector.Error) {
	if c.l.t.cfg.Recording == nil {
		return nil, c.missing("there is no recording")
	}
	e, ok, err := c.l.t.cfg.Recording.Play(ctx, c.key(n))
	switch {
	case err != nil:
		return nil, connector.Errorf(connector.Unavailable, "the recording cannot be read: %w", err)
	case !ok:
		return nil, c.missing("exchange %d with these arguments was not recorded", n+1)
	case e.Failure != nil:
		return nil, &connector.Error{Class: e.Failure.Class, Text: e.Failure.Text, Status: e.Failure.Status, After: e.Failure.After}
	case e.Response == nil:
		return nil, c.missing("exchange %d has no answer", n+1)
	case e.Response.Cut:
		return nil, c.missing("the answer of exchange %d was too long to be kept whole", n+1)
	}
	body := e.Response.Bytes
	if body == nil {
		body = []byte(e.Response.Body)
	}
	header := e.Response.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &answer{status: e.Response.Status, proto: "HTTP/1.1", header: header, body: body}, nil
}

// missing is the error of a replay that has no answer.
func (c *client) missing(format string, args ...any) *connector.Error {
	err := connector.Errorf(connector.Unavailable, format, args...)
	err.Text = "replay of " + c.call.Action + " over " + c.l.conn.Name + ": " + err.Text + "; record it again"
	return err
}

// decodeExchange reads one recorded line.
func decodeExchange(line []byte) (Exchange, error) {
	var e Exchange
	err := json.Unmarshal(line, &e)
	if err == nil && e.Response != nil && (e.Response.Status < 100 || e.Response.Status > 999) {
		err = errBadStatus
	}
	return e, err
}
