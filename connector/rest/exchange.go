package rest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/expr"
)

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   any
	url    *url.URL
}

// maxErrorBody bounds what is read of an answer that is no success.
const maxErrorBody = 64 << 10

// send makes one exchange and reads the answer. What went wrong before any
// answer is classified by the transport.
func (c *call) send(ctx context.Context, req *http.Request, effect harrier.Effect) (*answer, error) {
	res, err := c.env.HTTP.Do(req)
	if err != nil {
		return nil, transportError(ctx, err, effect)
	}
	defer func() { _ = res.Body.Close() }()
	ans := &answer{status: res.StatusCode, header: res.Header, url: req.URL}
	limit, success := c.action.response.max, res.StatusCode >= 200 && res.StatusCode < 300
	if !success {
		limit = maxErrorBody
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case !success:
		ans.body = lenient(b)
		return ans, nil
	case err != nil && effect.Writes():
		return nil, &connector.Error{Class: connector.Unknown, Status: ans.status, Cause: err,
			Text: c.conn.manifest.Title + " accepted the request, and its answer was cut off"}
	case err != nil:
		return nil, transportError(ctx, err, effect)
	case int64(len(b)) > limit:
		return nil, connector.Errorf(drifted(effect), "the answer of %s is larger than %d bytes; raise response.max or ask for less", c.conn.manifest.Title, limit)
	}
	ans.body, err = c.decode(b)
	if err != nil {
		return nil, connector.Errorf(drifted(effect), "the answer of %s does not parse: %w", c.conn.manifest.Title, err)
	}
	return ans, nil
}

// transportError returns an error of the exchange. The transport has classified
// it; a client that does not is taken for one that may have sent.
func transportError(ctx context.Context, err error, effect harrier.Effect) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e
	}
	class := connector.Unavailable
	if effect.Writes() {
		class = connector.Unknown
	}
	if e, ok := errors.AsType[*url.Error](err); ok { // its text has the URL, which may hold a key
		err = e.Err
	}
	if cause := context.Cause(ctx); cause != nil {
		return &connector.Error{Class: class, Text: "the call did not end in time: " + cause.Error(), Cause: cause}
	}
	return &connector.Error{Class: class, Text: "the exchange broke off: " + err.Error(), Cause: err}
}

// decode reads the body of a success.
func (c *call) decode(b []byte) (any, error) {
	format := c.action.response.format
	if c.preparing {
		format = "json"
	}
	switch format {
	case "none":
		return nil, nil
	case "base64":
		return base64.StdEncoding.EncodeToString(b), nil
	case "text":
		return strings.ToValidUTF8(string(b), "\uFFFD"), nil
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return nil, nil
	}
	return expr.ParseValue(json.RawMessage(b))
}

// lenient reads the body of a failure: as JSON where it is, else as text.
func lenient(b []byte) any {
	if v, err := expr.ParseValue(json.RawMessage(b)); err == nil {
		return v
	}
	if len(b) == 0 {
		return nil
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// answered returns the instant with what an answer adds.
func answered(at instant, ans *answer) instant {
	headers := make(map[string]any, len(ans.header))
	for name, values := range ans.header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return at.and("body", ans.body).and("status", int64(ans.status)).and("headers", headers).
		and("items", []any{}).and("truncated", false)
}

// ask builds and sends a request and judges the answer.
func (c *call) ask(ctx context.Context, r *request, at instant, effect harrier.Effect) (*answer, verdict, error) {
	base, _ := c.env.Settings["base_url"].(string)
	req, err := r.build(ctx, base, at, extra{})
	if err != nil {
		return nil, verdict{}, err
	}
	return c.exchange(ctx, req, at, effect)
}

// exchange sends a request and judges the answer.
func (c *call) exchange(ctx context.Context, req *http.Request, at instant, effect harrier.Effect) (*answer, verdict, error) {
	ans, err := c.send(ctx, req, effect)
	if err != nil {
		return nil, verdict{}, err
	}
	v := c.judge(ctx, ans, answered(at, ans), effect)
	if v.err != nil {
		return ans, v, v.err
	}
	return ans, v, nil
}
