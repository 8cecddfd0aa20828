package playbook

import (
	"fmt"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// choice compiles a branch or a choice. What its arms give may be absent after it.
func (c *checker) choice(e *entry, step *Step, at site) []export {
	out := &Choice{}
	var seen []export
	place := "when"
	if e.doc.Kind == IfKind {
		place = "if"
	}
	for _, arm := range e.doc.Choice.Arms {
		when := c.bare(arm.When, condition(place), at)
		body := c.list(arm.Steps, e.before)
		out.Arms = append(out.Arms, Arm{When: when, Steps: body.steps})
		seen = append(seen, optional(body.exports)...)
	}
	rest := c.list(e.doc.Choice.Default, e.before)
	out.Default = rest.steps
	step.Choice = out
	return append(seen, optional(rest.exports)...)
}

// parallel compiles branches. Under join: any, each may have been cancelled.
func (c *checker) parallel(e *entry, step *Step) []export {
	out := &Parallel{Any: e.doc.Parallel.Any}
	var seen []export
	for _, b := range e.doc.Parallel.Branches {
		body := c.list(b.Steps, e.before)
		out.Branches = append(out.Branches, Branch{Name: b.Name, Steps: body.steps})
		seen = append(seen, body.exports...)
	}
	step.Parallel = out
	if out.Any {
		return optional(seen)
	}
	return seen
}

// loop compiles a loop. From outside only its own result is seen.
func (c *checker) loop(e *entry, step *Step, at site) schema.Type {
	l := e.doc.Loop
	out := &Loop{Over: c.bare(l.Over, listWanted(), at), As: c.itemName(l, at.scope), MaxParallel: intOf(l.MaxParallel), Single: l.Action != nil}
	step.Loop = out
	item := schema.TypeOf(schema.Any)
	if out.Over != nil {
		if t := out.Over.Type(); t.Kind == schema.List && t.Elem != nil {
			item = *t.Elem
		}
	}
	inside := at.scope.bind(c, out.As, item)
	out.Key = c.bare(l.Key, keyWanted("key"), site{scope: inside, entry: e})
	each := schema.TypeOf(schema.Any)
	if out.Single {
		action, t := c.action(e, l.Action, site{scope: inside, entry: e})
		each = t
		out.Body = []*Step{{Label: step.Label, Kind: ActionKind, Pos: step.Pos, Timeout: step.Timeout, Retry: step.Retry, Action: action}}
		step.Timeout, step.Retry = 0, nil
	} else {
		body := c.list(l.Steps, inside)
		out.Body = body.steps
		if body.ok {
			each = body.last
		}
	}
	return loopType(each)
}

// itemName is the name of a loop's item, which must not hide anything.
func (c *checker) itemName(l *LoopDoc, sc *scope) string {
	if l.As == nil {
		return "item"
	}
	if sc.bound(l.As.Text) {
		c.at(l.As, problem("shadowing", "give it another name", "%s is already the item of a loop around this one", l.As.Text))
	}
	return l.As.Text
}

// loopType is the output of a loop whose items give that.
func loopType(each schema.Type) schema.Type {
	text := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		schema.Field{Name: "items", Type: schema.ListOf(each), Help: "What the items that succeeded gave, in order."},
		schema.Field{Name: "errors", Type: schema.ListOf(schema.ObjectOf(
			schema.Field{Name: "key", Type: text, Help: "Key of the item."},
			schema.Field{Name: "error", Type: schema.ObjectOf(
				schema.Field{Name: "class", Type: text, Help: "Sort of failure."},
				schema.Field{Name: "text", Type: text, Help: "What went wrong."},
			), Help: "Why it failed."},
		)), Help: "The items that failed, in order."},
		schema.Field{Name: "ok", Type: schema.TypeOf(schema.Integer), Help: "How many succeeded."},
		schema.Field{Name: "failed", Type: schema.TypeOf(schema.Integer), Help: "How many failed."},
	)
}

// poll compiles a repetition.
func (c *checker) poll(e *entry, step *Step) schema.Type {
	p := e.doc.Poll
	body := c.list(p.Steps, e.before)
	out := &Poll{Steps: body.steps, Every: duration(p.Every)}
	out.Until = c.bare(p.Until, condition("until"), site{scope: e.before.add(c, body.exports...), entry: e})
	if p.Every != nil && out.Every < time.Second {
		c.at(p.Every, problem("out-of-range", "write every: 1s or more", "rounds are a second apart at least"))
	}
	switch {
	case p.Max == nil:
	case p.Max.Kind == document.String:
		out.MaxTime = duration(p.Max)
		if p.Every != nil && out.MaxTime < out.Every {
			c.at(p.Max, problem("out-of-range", "write a longer max, or a shorter every", "max is over before the second round begins"))
		}
	default:
		out.MaxRounds = intOf(p.Max)
	}
	step.Poll = out
	fields := []schema.Field{
		{Name: "rounds", Type: schema.TypeOf(schema.Integer), Help: "How many rounds there were."},
		{Name: "done", Type: schema.TypeOf(schema.Boolean), Help: "Whether the condition came true."},
	}
	if body.ok {
		fields = append(fields, schema.Field{Name: "last", Type: body.last, Help: "What the last round gave."})
	}
	return schema.ObjectOf(fields...)
}

// wait compiles a timer.
func (c *checker) wait(w *WaitDoc, step *Step, at site) {
	step.Wait = &Wait{Until: c.bare(w.Until, timeWanted(), at)}
	if w.For == nil {
		return
	}
	if !dynamic(w.For) {
		d, err := expr.ParseDuration(w.For.Text)
		if err != nil || w.For.Kind != document.String || d <= 0 {
			c.at(w.For, problem("duration", "write wait: 90s, 15m, 2h or 30d", "%q is not a duration", w.For.Text))
			return
		}
	}
	step.Wait.For = c.template(w.For, durationWanted(), at)
}

// call compiles a call of another playbook.
func (c *checker) call(in *CallDoc, step *Step, at site) schema.Type {
	if in.Playbook == nil {
		c.loose(in.With, at)
		return schema.TypeOf(schema.Any)
	}
	child := c.child(in.Playbook)
	if child == nil {
		c.loose(in.With, at)
		return schema.TypeOf(schema.Any)
	}
	step.Call = &Call{Playbook: in.Playbook.Text, Plan: child.plan}
	if child.plan == nil {
		c.loose(in.With, at)
		return child.outputs
	}
	c.plan.Children[in.Playbook.Text] = child.plan
	for _, why := range child.plan.Refusals {
		c.refuse(fmt.Sprintf("%s (in %s)", why, in.Playbook.Text))
	}
	step.Call.With = c.arguments(call{name: "playbook " + in.Playbook.Text, fields: child.plan.Inputs, with: in.With, named: in.Playbook}, at)
	return child.outputs
}

// child checks a playbook that is called.
func (c *checker) child(name *document.Node) *result {
	s := c.session
	doc, ok := s.catalog.Playbooks[name.Text]
	if !ok || doc == nil {
		var known []string
		for id, d := range s.catalog.Playbooks {
			if d != nil && d.Callable() && id != c.doc.ID {
				known = append(known, id)
			}
		}
		slices.Sort(known)
		fix := "add the playbook, or remove the step"
		if near := harrier.Suggest(name.Text, known); near != "" {
			fix = fmt.Sprintf("did you mean %s?", near)
		}
		c.at(name, problem("unknown-playbook", fix, "there is no playbook %s", name.Text))
		return nil
	}
	if i := slices.Index(s.stack, name.Text); i >= 0 {
		way := append(slices.Clone(s.stack[i:]), name.Text)
		c.at(name, problem("cycle", "remove one of the calls", "playbooks cannot call themselves: %s", join(way, "calls")))
		return nil
	}
	if len(s.stack) > maxDepth {
		c.at(name, problem("too-deep", "call it from a playbook further up", "playbooks call each other deeper than %d levels", maxDepth))
		return nil
	}
	r, known := s.results[name.Text]
	if !known {
		r = s.check(doc)
		s.results[name.Text] = r
	}
	c.depth = max(c.depth, r.depth+1)
	switch {
	case len(s.stack)+r.depth > maxDepth:
		c.at(name, problem("too-deep", "call it from a playbook further up", "playbooks call each other deeper than %d levels", maxDepth))
	case !doc.Callable():
		c.at(name, problem("not-callable", "add - call: true to the trigger of "+name.Text, "%s does not say that it may be called", name.Text))
	case r.plan == nil:
		c.at(name, problem("child", "check "+name.Text+" first and correct it", "%s has problems of its own, %d of them", name.Text, len(r.problems)))
	}
	return r
}
