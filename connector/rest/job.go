package rest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// job says how to wait for a vendor that works on.
type job struct {
	state  []remembered
	after  time.Duration
	poll   *request
	done   *program
	failed *failure
	result *request
	every  time.Duration
	max    time.Duration
}

// remembered is a named value that is kept while a job runs.
type remembered struct {
	name string
	from *program
}

// jobState is what [connector.Pending] carries between calls.
type jobState struct {
	Version int            `json:"v"`
	Job     map[string]any `json:"job"`
	Started time.Time      `json:"started"`
}

// jobScopes are what a job may read when it was submitted and later, when only
// its state is left of that.
type jobScopes struct{ submitted, later *scope }

// job reads how to wait; nil where the answer is there at once.
func (l *loader) job(n *document.Node, a *action, s jobScopes) *job {
	if n == nil || n.Kind != document.Map {
		return nil
	}
	var known []schema.Field
	j := &job{after: duration(n, "after", time.Second), every: max(time.Second, duration(n, "every", time.Minute)), max: duration(n, "max", time.Hour)}
	for _, e := range entries(n.Get("state")) {
		j.state = append(j.state, remembered{name: e.Key, from: l.cel(e.Value, s.submitted)})
		known = append(known, schema.Field{Name: e.Key, Type: schema.TypeOf(schema.Any)})
	}
	polling := l.and(s.later, map[string]schema.Type{"job": schema.ObjectOf(known...)})
	polled := l.and(polling, answerVars())
	look := l.reading
	if a.spec.Effect.Writes() { // part of the effect, made any number of times
		look = l.request
	}
	j.poll, j.result = look(n.Get("poll"), a.spec.Input, polling), look(n.Get("result"), a.spec.Input, polling)
	j.done = l.boolean(n.Get("done"), polled)
	if f := n.Get("failed"); f != nil {
		j.failed = &failure{when: l.boolean(f.Get("when"), polled), class: connector.Class(text(f, "class")), message: l.cel(f.Get("message"), polled)}
	}
	return j
}

// pending returns word that the vendor works on what was submitted.
func (c *call) pending(ctx context.Context, at instant) (connector.Answer, error) {
	j := c.action.job
	s := jobState{Version: 1, Job: make(map[string]any, len(j.state)), Started: at.now.UTC()}
	for _, r := range j.state {
		v, err := r.from.Eval(ctx, at.scope, at.now)
		if err != nil {
			return connector.Answer{}, connector.Errorf(drifted(c.action.spec.Effect), "the answer does not name the job: %w", err)
		}
		s.Job[r.name] = v
	}
	return s.answer(j.after)
}

// answer returns the state as word that the vendor is still at it.
func (s jobState) answer(after time.Duration) (connector.Answer, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return connector.Answer{}, connector.Errorf(connector.Unknown, "the state of the job cannot be kept: %w", err)
	}
	return connector.Answer{Pending: &connector.Pending{State: b, After: after}}, nil
}

// resume looks whether a job has ended. A look that fails for the moment is
// made again later; one that fails for good leaves an effect Unknown, since
// what was submitted may well happen.
func (c *call) resume(ctx context.Context, at instant, state json.RawMessage) (connector.Answer, error) {
	j := c.action.job
	var s jobState
	if j == nil || json.Unmarshal(state, &s) != nil || s.Version != 1 {
		return connector.Answer{}, connector.Errorf(connector.Unknown, "the state of the job of %s is not one that this version wrote", c.action.spec.Name)
	}
	known, err := restored(s.Job)
	if err != nil {
		return connector.Answer{}, err
	}
	at = at.and("job", known)
	ans, v, err := c.ask(ctx, j.poll, at, harrier.Read)
	if err != nil {
		return c.notSeen(s, at, err)
	}
	if v.settled != nil {
		return connector.Answer{Output: v.settled}, nil
	}
	here := answered(at, ans)
	if j.failed != nil && j.failed.matches(ctx, ans.status, here) {
		return connector.Answer{}, c.failed(ctx, j.failed.class, ans, j.failed.message, here)
	}
	done, err := j.done.Eval(ctx, here.scope, here.now)
	switch {
	case err != nil:
		return connector.Answer{}, connector.Errorf(drifted(c.action.spec.Effect), "the answer does not tell whether the job has ended: %w", err)
	case done != true:
		return c.again(s, at, j.every, nil)
	}
	if j.result != nil {
		if ans, v, err = c.ask(ctx, j.result, at, harrier.Read); err != nil {
			return c.notSeen(s, at, err)
		}
		if v.settled != nil {
			return connector.Answer{Output: v.settled}, nil
		}
		here = answered(at, ans)
	}
	return c.finish(ctx, here)
}

// restored brings remembered values to the form that expressions know.
func restored(m map[string]any) (any, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return expr.ParseValue(b)
}

// notSeen decides what a failed look means.
func (c *call) notSeen(s jobState, at instant, err error) (connector.Answer, error) {
	e := connector.AsError(err)
	if e.Class == connector.Unavailable || e.Class == connector.Limited {
		return c.again(s, at, max(c.action.job.every, e.After), e)
	}
	if c.action.spec.Effect.Writes() {
		return connector.Answer{}, &connector.Error{Class: connector.Unknown, Text: "what was submitted cannot be followed: " + e.Text, Status: e.Status, Cause: e}
	}
	return connector.Answer{}, e
}

// again asks to look later, unless it has taken too long.
func (c *call) again(s jobState, at instant, after time.Duration, why *connector.Error) (connector.Answer, error) {
	j := c.action.job
	if at.now.Sub(s.Started) < j.max {
		return s.answer(after)
	}
	class := connector.Unavailable
	if c.action.spec.Effect.Writes() {
		class = connector.Unknown
	}
	err := connector.Errorf(class, "%s has not finished within %s", c.conn.manifest.Title, j.max)
	if why != nil {
		err.Text += "; the last look failed: " + why.Text
		err.Cause = why
	}
	return connector.Answer{}, err
}
