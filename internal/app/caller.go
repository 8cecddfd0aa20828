package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/transport"
	"github.com/harrier-soar/harrier/schema"
)

// caller makes the calls of runs: built-in ones here, others through the
// connector and the transport.
type caller struct {
	products  *products
	store     *store.Store
	transport *transport.Transport
	probes    *probes
	// evidence opens a stored file of a tenant.
	evidence func(context.Context, harrier.TenantID, harrier.EvidenceID) (io.ReadCloser, error)
	links    *links.References // nil where nothing is sent that people can open
	log      *slog.Logger
	now      func() time.Time
}

var _ engine.Caller = (*caller)(nil)

// Call implements [engine.Caller].
func (c *caller) Call(ctx context.Context, req engine.CallRequest) step.Outcome {
	if !req.Call.Deadline.IsZero() {
		limited, cancel := context.WithDeadlineCause(ctx, req.Call.Deadline, connector.Errorf(connector.Unknown, "the step's timeout is over"))
		defer cancel()
		ctx = limited
	}
	if req.Call.Spec.Builtin {
		return c.builtin(ctx, req)
	}
	return c.linked(ctx, req)
}

// call asks a product.
func (c *caller) call(ctx context.Context, req engine.CallRequest) step.Outcome {
	if req.Call.Probe {
		return c.probe(ctx, req)
	}
	ans, err := c.ask(ctx, req, req.Call.Spec, req.Call.With)
	if req.Run.IsZero() { // nothing of it is kept in a journal
		return c.outcomeOf(req.Call.Spec, ans, err, maxAlone)
	}
	return c.outcome(req.Call.Spec, ans, err)
}

// maxAlone bounds the answer of a call outside any run, such as a page of alerts.
const maxAlone = 64 << 20

// builtin performs an action of our own. It only reads, so a failure is never unknown.
func (c *caller) builtin(ctx context.Context, req engine.CallRequest) step.Outcome {
	spec := req.Call.Spec
	action, ok := c.products.builtins[spec.Name]
	if !ok {
		return failed(connector.Errorf(connector.Invalid, "this version has no action %s", spec.Name))
	}
	in, problem := input(spec, req.Call.With)
	if problem != nil {
		return failed(problem)
	}
	out, err := action.Call(ctx, builtin.Request{
		Tenant: req.Tenant, Run: req.Run, Alert: req.Alert, Mode: req.Mode, Critical: req.Critical, Input: in, Deadline: req.Call.Deadline,
	})
	return c.outcome(action.Spec, connector.Answer{Output: out}, err)
}

// ask makes one call of a connector, on the connection as it was chosen.
func (c *caller) ask(ctx context.Context, req engine.CallRequest, spec schema.ActionSpec, with map[string]any) (connector.Answer, error) {
	in, problem := input(spec, with)
	if problem != nil {
		return connector.Answer{}, problem
	}
	conn, product, err := c.connection(ctx, req, spec)
	if err != nil {
		return connector.Answer{}, err
	}
	hash := step.HashOf(in)
	if in, err = c.contents(ctx, req, spec, in); err != nil {
		return connector.Answer{}, err
	}
	call := transport.Call{
		Mode: req.Mode, Action: spec.Name, ArgsHash: hash, Effect: spec.Effect, Again: spec.Repeat == harrier.Natural || spec.Repeat == harrier.Keyed,
		Critical: req.Critical, Timeout: spec.Timeout, MaxBody: spec.MaxAnswer, Waits: spec.Waits,
	}
	return product.Do(ctx, c.transport.Env(conn, call), connector.Request{
		Action: actionName(spec), Input: in, Key: req.Call.Key, Resume: req.Call.Resume,
	})
}

// connection loads the connection of a call and refuses one that has changed
// since it was chosen.
func (c *caller) connection(ctx context.Context, req engine.CallRequest, spec schema.ActionSpec) (transport.Connection, connector.Connector, error) {
	target := req.Call.Target
	row, err := c.store.Connection(ctx, req.Tenant, target.Connection)
	if err != nil {
		class, ok := classOf(harrier.KindOf(err))
		if !ok {
			class = connector.Unavailable
		}
		return transport.Connection{}, nil, connector.Errorf(class, "connection %s: %w", target.Name, err)
	}
	product, ok := c.products.connectors[row.Connector]
	if !ok {
		return transport.Connection{}, nil, withdrawn(req.Call, "this version has no connector %s", row.Connector)
	}
	switch {
	case !row.Enabled:
		return transport.Connection{}, nil, withdrawn(req.Call, "connection %s was disabled", row.Name)
	case spec.Effect.Writes() && row.Rev != target.Rev:
		return transport.Connection{}, nil, withdrawn(req.Call, "connection %s was changed after it was chosen for this action", row.Name)
	case spec.Effect.Writes() && product.Manifest().Hash != target.Manifest:
		return transport.Connection{}, nil, withdrawn(req.Call, "the manifest of %s was changed after it was chosen for this action", row.Connector)
	}
	conn, err := transportConnection(row, product.Manifest())
	return conn, product, err
}

// withdrawn is why a call is not made. What was submitted before, and is only
// followed now, may happen all the same.
func withdrawn(call step.Call, format string, args ...any) *connector.Error {
	if call.Resume != nil {
		return connector.Errorf(connector.Unknown, format+"; what was submitted cannot be followed", args...)
	}
	return connector.Errorf(connector.Denied, format+"; nothing was sent", args...)
}

// input fills in defaults and holds arguments against the specification.
func input(spec schema.ActionSpec, with map[string]any) (map[string]any, *connector.Error) {
	in, mismatches := schema.CheckFields(schema.Defaults(spec.Input, with), spec.Input)
	if name := unsupported(spec, with); name != "" {
		return nil, connector.Errorf(connector.Invalid, "%s cannot heed %s, which %s takes; leave it out, or use a product that can", spec.Connector, name, spec.Verb)
	}
	if len(mismatches) > 0 {
		return nil, connector.Errorf(connector.Invalid, "with.%s", mismatches[0])
	}
	return in, nil
}

// unsupported returns an argument that the verb takes and this action does not.
func unsupported(spec schema.ActionSpec, with map[string]any) string {
	verb, ok := schema.VerbNamed(spec.Verb)
	if !ok {
		return ""
	}
	for _, f := range verb.Input {
		if _, given := with[f.Name]; given && !slices.ContainsFunc(spec.Input, func(own schema.Field) bool { return own.Name == f.Name }) {
			return f.Name
		}
	}
	return ""
}

// outcome classifies what came of a call of a run and holds the answer against the
// specification.
func (c *caller) outcome(spec schema.ActionSpec, ans connector.Answer, err error) step.Outcome {
	return c.outcomeOf(spec, ans, err, step.MaxOutput)
}

// outcomeOf is outcome with a bound of its own.
func (c *caller) outcomeOf(spec schema.ActionSpec, ans connector.Answer, err error, most int) step.Outcome {
	if err != nil {
		return failed(classified(spec, err))
	}
	if p := ans.Pending; p != nil {
		return step.Outcome{Pending: &step.Pending{State: p.State, After: p.After}}
	}
	v, mismatches := schema.Check(ans.Output, spec.Output)
	if wrong := schema.Wrong(mismatches); len(wrong) > 0 {
		class := connector.Drift
		if spec.Effect.Writes() {
			class = connector.Unknown
		}
		return failed(connector.Errorf(class, "the answer of %s is not as declared: %s", spec.Name, wrong[0]))
	}
	out, _ := v.(map[string]any)
	if data, err := json.Marshal(out); err != nil || len(data) > most {
		return failed(connector.Errorf(connector.Drift, "the answer of %s has %d bytes; the limit is %d; ask for less", spec.Name, len(data), most))
	}
	return step.Outcome{Output: out}
}

// classified is err as a connector's error. Whoever classified it knows best,
// whatever caused it: a kind of an error within says nothing of what was sent.
// A failed read, and anything of our own, is never unknown.
func classified(spec schema.ActionSpec, err error) *connector.Error {
	if _, ok := errors.AsType[*connector.Error](err); !ok {
		if class, ok := classOf(harrier.KindOf(err)); ok {
			return &connector.Error{Class: class, Text: err.Error(), Cause: err}
		}
	}
	e := connector.AsError(err)
	if e.Class == connector.Unknown && !spec.Effect.Writes() {
		read := *e
		read.Class = connector.Unavailable
		return &read
	}
	return e
}

// classOf is the class of an error of our own; ok is false where its kind does
// not tell.
func classOf(kind harrier.Kind) (class connector.Class, ok bool) {
	switch kind {
	case harrier.NotFound:
		return connector.NotFound, true
	case harrier.Denied, harrier.Unauthenticated:
		return connector.Denied, true
	case harrier.Limited:
		return connector.Limited, true
	case harrier.Invalid, harrier.Conflict:
		return connector.Invalid, true
	case harrier.Internal, harrier.Unavailable:
	}
	return "", false
}

// failed is the outcome of a failure.
func failed(e *connector.Error) step.Outcome {
	return step.Outcome{
		Failure:   &step.Failure{Class: string(e.Class), Text: e.Text, Status: e.Status},
		Retryable: e.Class.Retryable(), Unknown: e.Class == connector.Unknown, After: e.After,
	}
}
