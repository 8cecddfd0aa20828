package rest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// action is one action, compiled.
type action struct {
	spec     schema.ActionSpec
	prepare  []preparation
	request  *request
	response response
	paging   *paging
	fan      *fanOut
	job      *job
	failures []failure
	outputs  []output
	raw      bool
}

// preparation is a read that is made before the request.
type preparation struct {
	name    string
	request *request
}

// response says how a body is read.
type response struct {
	format string
	max    int64
}

const defaultMaxBody = 8 << 20

// action reads one action. Links to others are read when all are known.
func (l *loader) action(name string, n *document.Node) *action {
	a := &action{spec: schema.ActionSpec{
		Name: l.manifest.Name + "." + name, Title: text(n, "title"), Connector: l.manifest.Name, Verb: text(n, "verb"),
		Unsupported: texts(n.Get("unsupported")), Effect: harrier.Effect(text(n, "effect")), Repeat: harrier.Repeat(text(n, "repeat")),
		KeyTTL: duration(n, "key_ttl", 0), Shares: texts(n.Get("shares")), Targets: texts(n.Get("targets")),
		Timeout: duration(n, "timeout", 0), VerdictTTL: duration(n, "verdict_ttl", 0), ManifestHash: l.manifest.Hash,
	}}
	a.spec.Input = l.fields(n.Get("input"), false)
	a.raw = truth(n, "raw")
	if r := n.Get("retry"); r != nil {
		a.spec.Retry = &schema.Retry{Attempts: max(1, count(r, "attempts", 1)), Base: duration(r, "base", time.Second), Max: duration(r, "max", 5*time.Minute)}
	}
	a.response = response{format: cmp.Or(text(n.Get("response"), "format"), "json"), max: defaultMaxBody}
	if size, ok := parseSize(text(n.Get("response"), "max")); ok {
		a.response.max, a.spec.MaxAnswer = size, size
	}
	plain := l.actionScope(a, n)
	asking := l.and(plain, preparedVars(n))
	a.prepare = l.preparations(n.Get("prepare"), a.spec.Input, asking)
	a.request = l.request(n.Get("request"), a.spec.Input, asking)
	answering := l.and(asking, answerVars())
	a.paging = l.paging(n.Get("paging"), answering)
	a.fan = l.fanOut(n.Get("fan_out"), a, asking)
	a.job = l.job(n.Get("job"), a, jobScopes{submitted: answering, later: plain})
	if a.job != nil { // what was read before is known again only where the state of the job keeps it
		answering = l.and(l.and(plain, answerVars()), map[string]schema.Type{"job": schema.TypeOf(schema.Any)})
	}
	a.outputs = l.outputs(n.Get("output"), answering)
	a.spec.Output = schema.ObjectOf(outputFields(a.outputs)...)
	if a.raw {
		a.spec.Output.Fields = append(a.spec.Output.Fields, schema.Field{
			Name: "raw", Type: schema.OptionalOf(schema.TypeOf(schema.Any)), Help: "The whole answer, unchecked."})
	}
	a.failures = append(l.failures(n.Get("errors"), a, answering), l.absent(n.Get("absent"), a, answering)...)
	a.failures = append(a.failures, l.failures(l.common, a, answering)...)
	l.combinations(a, n)
	l.declarations(a, n)
	l.example(a, n)
	l.verb(a, n)
	return a
}

// actionScope returns what the requests of an action may read beside what was
// read first.
func (l *loader) actionScope(a *action, n *document.Node) *scope {
	vars := map[string]schema.Type{
		"input": schema.ObjectOf(readable(a.spec.Input)...), "settings": schema.ObjectOf(readable(l.settings)...),
		"key": schema.TypeOf(schema.String),
	}
	if n.Get("fan_out") != nil {
		vars["each"] = schema.TypeOf(schema.Any)
	}
	return l.scope(vars)
}

// preparedVars are the variables of what was read first.
func preparedVars(n *document.Node) map[string]schema.Type {
	var prepared []schema.Field
	for _, e := range entries(n.Get("prepare")) {
		prepared = append(prepared, schema.Field{Name: e.Key, Type: schema.TypeOf(schema.Any)})
	}
	if len(prepared) == 0 {
		return nil
	}
	return map[string]schema.Type{"prepare": schema.ObjectOf(prepared...)}
}

// answerVars are the variables that an answer adds.
func answerVars() map[string]schema.Type {
	return map[string]schema.Type{
		"body": schema.TypeOf(schema.Any), "status": schema.TypeOf(schema.Integer),
		"headers": schema.MapOf(schema.TypeOf(schema.String)), "items": schema.ListOf(schema.TypeOf(schema.Any)),
		"truncated": schema.TypeOf(schema.Boolean),
	}
}

// readable returns fields as expressions see them: what may be absent is optional.
func readable(fields []schema.Field) []schema.Field {
	out := slices.Clone(fields)
	for i, f := range out {
		if f.Type.Kind == schema.Object {
			out[i].Type.Fields = readable(f.Type.Fields)
		}
		if !f.Required && f.Default == nil {
			out[i].Type.Optional = true
		}
	}
	return out
}

// preparations reads the reads that are made first.
func (l *loader) preparations(n *document.Node, input []schema.Field, s *scope) []preparation {
	var out []preparation
	for _, e := range entries(n) {
		l.name(e.Value, e.KeyPos, e.Key)
		r := l.reading(e.Value, input, s)
		out = append(out, preparation{name: e.Key, request: r})
	}
	return out
}

// reading reads a request that must change nothing.
func (l *loader) reading(n *document.Node, input []schema.Field, s *scope) *request {
	r := l.request(n, input, s)
	if r != nil && r.method != "" && r.method != "GET" && !truth(n, "safe") {
		l.problem(n, "unsafe-read", "a read by "+r.method+" must say that it changes nothing", "add safe: true to this request, or use get")
	}
	return r
}

// declarations checks what the action says about its effect.
func (l *loader) declarations(a *action, n *document.Node) {
	s := &a.spec
	if misplaced := n.Get("request").Get("safe"); misplaced != nil {
		l.problem(misplaced, "conflicting-keys", "safe belongs to the action here", "write safe beside effect")
	}
	for _, key := range []string{"shares", "targets"} {
		for _, item := range items(n.Get(key)) {
			if _, ok := schema.ObjectOf(s.Input...).Field(item.Text); !ok {
				l.problem(item, "unknown-name", fmt.Sprintf("%s names %q, which is no input", key, item.Text), "name an input of the action")
			}
		}
	}
	if !s.Effect.Writes() {
		s.Repeat = cmp.Or(s.Repeat, harrier.Natural)
		if a.request != nil && a.request.method != "GET" && !truth(n, "safe") {
			l.problem(n.Get("request"), "unsafe-read", "a read by "+a.request.method+" must say that it changes nothing", "add safe: true to the action, or give it its real effect")
		}
		return
	}
	if truth(n, "safe") {
		l.problem(n.Get("safe"), "conflicting-keys", "safe is for reads", "take it away, or write effect: read")
	}
	if s.Repeat == "" {
		l.problem(n, "missing-key", s.Name+" lacks repeat", "add repeat: natural, key, probe or never; never where you do not know")
	}
	l.effectNeeds(a, n)
}

// effectNeeds checks what goes with an effect and with a way to repeat it.
func (l *loader) effectNeeds(a *action, n *document.Node) {
	s := &a.spec
	need := func(missing bool, what, fix string) {
		if missing {
			l.problem(n, "missing-key", s.Name+" "+what, fix)
		}
	}
	need(s.Effect == harrier.Contain && n.Get("undo") == nil, "is contain and lacks undo", "add undo: the action that reverses it; what nothing reverses is destroy")
	need((s.Effect == harrier.Contain || s.Effect == harrier.Destroy) && len(s.Targets) == 0, "lacks targets", "add targets: the inputs that name what is acted on, so that guards can protect it")
	need(s.Effect == harrier.Disclose && len(s.Shares) == 0, "is disclose and lacks shares", "add shares: the inputs that leave our hands")
	need(s.Repeat == harrier.Probed && n.Get("probe") == nil, "is repeat: probe and lacks probe", "add probe: a read that tells whether it happened")
	need(s.Repeat == harrier.Keyed && s.KeyTTL == 0, "is repeat: key and lacks key_ttl", "add key_ttl: how long the vendor honours the key")
	need(s.Repeat == harrier.Keyed && a.request != nil && !a.request.reads("key"), "is repeat: key and sends no key", "put ${{ key }} where the vendor expects the idempotency key")
	if a.paging != nil || a.fan != nil {
		l.problem(n, "conflicting-keys", "paging and fan_out are for reads", "take them away: an effect is one request")
	}
}

// combinations checks what cannot go together.
func (l *loader) combinations(a *action, n *document.Node) {
	if j := n.Get("job"); j != nil && (a.paging != nil || a.fan != nil) {
		l.problem(j, "conflicting-keys", "a job goes with neither paging nor fan_out", "take one of them away; put what a result needs in state")
	}
	if _, ok := schema.ObjectOf(outputFields(a.outputs)...).Field("raw"); ok && a.raw {
		l.problem(n.Get("raw"), "conflicting-keys", "there is an output called raw already", "keep one of them")
	}
}

// example checks that the example fits the outputs.
func (l *loader) example(a *action, n *document.Node) {
	e := n.Get("example")
	if e == nil {
		if len(a.outputs) > 0 {
			l.problem(n, "missing-key", a.spec.Name+" lacks an example", "add example: a typed answer; shadow runs and tests use it")
		}
		a.spec.Example = map[string]any{}
		return
	}
	in, ok := e.Value().(map[string]any)
	if !ok {
		return // noted by the grammar
	}
	out, wrong := schema.CheckFields(in, a.spec.Output.Fields)
	for _, m := range wrong {
		at := e
		if head, _, _ := strings.Cut(m.Path, "."); e.Get(head) != nil {
			at = e.Get(head)
		}
		l.problem(at, "bad-example", "the example does not fit the output: "+m.String(), "write what the product would answer, with every output that is not optional")
	}
	a.spec.Example = out
}

// refs reports whether a program reads a variable.
func refs(p *program, name string) bool {
	return p != nil && slices.ContainsFunc(p.Refs(), func(path []string) bool { return len(path) > 0 && path[0] == name })
}
