package playbook

import (
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// action compiles a call and returns the type of its output.
func (c *checker) action(e *entry, a *ActionDoc, at site) (*Action, schema.Type) {
	t := c.resolve(a.Uses)
	if t == nil {
		c.loose(a.With, at)
		return nil, schema.TypeOf(schema.Any)
	}
	e.target = t
	out := &Action{
		Uses: t.name, Verb: t.verb != nil, Via: c.via(a, t), Connection: textOf(a.Connection), Effect: t.effect,
		With: c.arguments(call{name: t.name, fields: t.input, with: a.With, named: a.Uses}, at), Lease: c.lease(a.Lease, t),
	}
	if a.Connection != nil && dynamic(a.Connection) {
		out.Connection, out.ConnectionOf = "", c.template(a.Connection, textWanted("connection"), at)
	}
	if out.Verb && out.Via == ViaAll {
		return out, t.all()
	}
	return out, t.output
}

// loose checks the expressions of arguments whose inputs are not known.
func (c *checker) loose(n *document.Node, at site) {
	if n != nil {
		c.tree(n, at)
	}
}

// via decides which connections are called.
func (c *checker) via(a *ActionDoc, t *target) Via {
	switch {
	case t.builtin && a.Connection != nil:
		c.at(a.Connection, problem("connection", "remove connection", "%s is built in and uses no connection", t.name))
	case t.verb == nil && a.Via != nil:
		c.at(a.Via, problem("via", "remove via, or use a verb such as mail.search", "via chooses who answers a verb, and %s is one action", t.name))
	case a.Connection != nil && textOf(a.Via) != "" && a.Via.Text != string(ViaFirst):
		c.at(a.Via, problem("via", "remove via or connection", "the connection %s is named, so there is nothing to choose", a.Connection.Text))
	}
	switch {
	case t.builtin:
		return ""
	case a.Connection != nil || t.verb == nil:
		return ViaFirst
	case a.Via != nil:
		return Via(a.Via.Text)
	case t.verb.All:
		return ViaAll
	}
	return ViaOwner
}

// lease compiles the end of a containment.
func (c *checker) lease(l *LeaseDoc, t *target) *Lease {
	if l == nil {
		return nil
	}
	if t.effect != harrier.Contain {
		c.report(l.Pos, len("lease"), problem("lease", "remove lease", "a lease ends a containment, and %s is %s", t.name, effectName(t.effect)))
		return nil
	}
	if t.builtin {
		c.report(l.Pos, len("lease"), problem("lease", "remove lease, and give "+t.name+" the time for which it holds", "%s is Harrier's own and ends by itself", t.name))
		return nil
	}
	space, _, _ := strings.Cut(t.name, ".")
	if t.verb == nil {
		space, _, _ = strings.Cut(t.actions[0].Verb, ".")
	}
	out := &Lease{For: duration(l.For), Ask: space == "endpoint" || space == "identity"}
	if l.Then != nil {
		out.Ask = l.Then.Text == "ask"
	}
	if !t.undo && !out.Ask {
		c.report(l.Pos, len("lease"), problem("lease", "write then: ask, so that a person decides at the end", "%s has no undo, so it cannot be undone when the lease ends", t.name))
	}
	if out.For < time.Minute && l.For != nil {
		c.at(l.For, problem("out-of-range", "write for: 1m or more", "a lease holds for a minute at least"))
	}
	return out
}

// effectName says what an effect is.
func effectName(e harrier.Effect) string {
	switch e {
	case harrier.Read:
		return "a read, which changes nothing"
	case harrier.Disclose:
		return "a disclosure"
	case harrier.Notify:
		return "a notification"
	case harrier.Record:
		return "a change of records"
	case harrier.Contain:
		return "a containment"
	case harrier.Destroy:
		return "irreversible"
	}
	return "of an unknown effect"
}
