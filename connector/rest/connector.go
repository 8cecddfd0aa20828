package rest

import (
	"context"
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/expr"
)

// Connector is a product that is described by one manifest. It may be used by
// many goroutines at once. Of the many products that a process knows it calls
// few, so that what a call needs is made by the first one, and kept.
type Connector struct {
	manifest *connector.Manifest
	actions  func() map[string]*action
}

var _ connector.Connector = (*Connector)(nil)

// Manifest implements [connector.Connector].
func (c *Connector) Manifest() *connector.Manifest { return c.manifest }

// Do implements [connector.Connector]. The action may be named with or without
// the connector's name.
func (c *Connector) Do(ctx context.Context, env *connector.Env, req connector.Request) (connector.Answer, error) {
	a := c.actions()[strings.TrimPrefix(req.Action, c.manifest.Name+".")]
	if a == nil {
		return connector.Answer{}, connector.Errorf(connector.Invalid, "%s has no action %q", c.manifest.Title, req.Action)
	}
	for _, name := range a.spec.Unsupported {
		if req.Input[name] != nil {
			return connector.Answer{}, connector.Errorf(connector.Invalid, "%s cannot honour the input %q of %s; leave it out or ask another product", c.manifest.Title, name, a.spec.Verb)
		}
	}
	if a.spec.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, a.spec.Timeout, fmt.Errorf("%s took longer than %s", a.spec.Name, a.spec.Timeout))
		defer cancel()
	}
	one := &call{conn: c, action: a, env: env}
	at := instant{now: env.Now().UTC(), scope: expr.Vars{"input": orEmpty(req.Input), "settings": orEmpty(env.Settings), "key": req.Key}}
	answer, err := one.do(ctx, at, req)
	if err != nil {
		return connector.Answer{}, one.error(err)
	}
	answer.Output = one.redacted(answer.Output)
	return answer, nil
}

// orEmpty returns m, or an empty map.
func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// call is one call of an action.
type call struct {
	conn   *Connector
	action *action
	env    *connector.Env
	// preparing tells that a read is made before the request itself: what it
	// gives is JSON, whatever the request does.
	preparing bool
}

// error returns err as a [*connector.Error]. What is none comes from before
// anything was sent or from a context that ended; for reads it is Unavailable.
func (c *call) error(err error) *connector.Error {
	e := connector.AsError(err)
	if e.Class == connector.Unknown && !c.action.spec.Effect.Writes() {
		e = &connector.Error{Class: connector.Unavailable, Text: e.Text, Status: e.Status, After: e.After, Cause: e.Cause}
	}
	return e
}

// redacted takes secrets that a vendor echoes out of an output.
func (c *call) redacted(out map[string]any) map[string]any {
	if c.env.Redact == nil || out == nil {
		return out
	}
	clean, _ := redact(out, c.env.Redact).(map[string]any)
	return clean
}

// redact applies clean to every text in a value.
func redact(v any, clean func(string) string) any {
	switch v := v.(type) {
	case string:
		return clean(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = redact(item, clean)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = redact(item, clean)
		}
		return out
	}
	return v
}

// do performs the action.
func (c *call) do(ctx context.Context, at instant, req connector.Request) (connector.Answer, error) {
	a := c.action
	if req.Resume != nil {
		return c.resume(ctx, at, req.Resume)
	}
	if len(a.prepare) > 0 {
		prepared := make(map[string]any, len(a.prepare))
		first := *c
		first.preparing = true
		for _, p := range a.prepare {
			ans, v, err := first.ask(ctx, p.request, at.and("prepare", prepared), harrier.Read)
			if err != nil {
				return connector.Answer{}, err
			}
			if v.settled != nil {
				return connector.Answer{Output: v.settled}, nil
			}
			prepared[p.name] = ans.body
		}
		at = at.and("prepare", prepared)
	}
	switch {
	case a.fan != nil:
		p, err := c.spread(ctx, at)
		return c.paged(ctx, at, p, err)
	case a.paging != nil:
		p, err := c.pages(ctx, a.request, a.paging, at)
		return c.paged(ctx, at, p, err)
	}
	ans, v, err := c.ask(ctx, a.request, at, a.spec.Effect)
	switch {
	case err != nil:
		return connector.Answer{}, err
	case v.settled != nil:
		return connector.Answer{Output: v.settled}, nil
	case a.job != nil:
		return c.pending(ctx, answered(at, ans))
	}
	return c.finish(ctx, answered(at, ans))
}

// paged maps the items of all pages to the output.
func (c *call) paged(ctx context.Context, at instant, p *pages, err error) (connector.Answer, error) {
	switch {
	case err != nil:
		return connector.Answer{}, err
	case p.verdict.settled != nil:
		return connector.Answer{Output: p.verdict.settled}, nil
	}
	return c.finish(ctx, answered(at, p.first).and("items", p.items).and("truncated", p.truncated))
}

// finish maps an answer to the output. An answer that does not fit leaves an
// effect Unknown.
func (c *call) finish(ctx context.Context, at instant) (connector.Answer, error) {
	out, err := c.action.mapped(ctx, at)
	if err == nil {
		return connector.Answer{Output: out}, nil
	}
	e := connector.AsError(err)
	if cause := context.Cause(ctx); cause != nil { // the answer came, and nobody waits for it
		return connector.Answer{}, transportError(ctx, cause, c.action.spec.Effect)
	}
	return connector.Answer{}, &connector.Error{Class: drifted(c.action.spec.Effect), Text: e.Text, Cause: e}
}
