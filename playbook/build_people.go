package playbook

import (
	"slices"
	"time"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

const (
	defaultExpiry = 24 * time.Hour
	maxExpiry     = 30 * 24 * time.Hour
)

// approve compiles a decision; what it covers is found when all steps are known.
func (c *checker) approve(a *ApproveDoc, step *Step, at site) schema.Type {
	step.Approve = &Approve{
		Title: c.template(a.Title, textWanted("title"), at), Message: c.template(a.Message, textWanted("message"), at),
		Assign: "role:responder", Need: intOf(a.Need), Expires: defaultExpiry, StopOnDeny: a.StopOnDeny,
	}
	if a.Assign != nil {
		step.Approve.Assign = a.Assign.Text
	}
	if a.Expires != nil {
		step.Approve.Expires = duration(a.Expires)
		if step.Approve.Expires > maxExpiry {
			c.at(a.Expires, problem("out-of-range", "write expires: 30d or less", "a question stands for 30 days at most"))
		}
	}
	if a.Late != nil {
		step.Approve.Late = c.late(a.Late, at)
	}
	step.Approve.Over = c.over(a.Channel, nil)
	step.Approve.Escalate = c.escalate(a.Escalate, step.Approve.Expires)
	text := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		schema.Field{Name: "decision", Type: schema.Type{Kind: schema.String, Values: []string{"approved", "denied", "expired"}}, Help: "What was decided."},
		schema.Field{Name: "by", Type: text, Help: "Who decided; empty where nobody did."},
		schema.Field{Name: "comment", Type: text, Help: "What they wrote."},
		schema.Field{Name: "plan_hash", Type: text, Help: "Hash of the plan that was decided on."},
	)
}

// late compiles the terms for what turns up later.
func (c *checker) late(l *LateDoc, at site) *Late {
	out := &Late{Same: c.tree(l.Same, at), Cap: intOf(l.Cap), For: duration(l.For), Skip: l.Skip}
	if l.For != nil && (out.For < time.Minute || out.For > maxExpiry) {
		c.at(l.For, problem("out-of-range", "write for: 1m to 30d", "terms for what turns up later hold for a minute at least and 30 days at most"))
	}
	return out
}

// over lists the channels by which people are told of a question.
func (c *checker) over(channel *document.Node, not []*document.Node) []string {
	said := textOf(channel)
	if said == "" && len(not) > 0 {
		said = "any"
	}
	var list []string
	for _, one := range []string{"chat", "mail"} {
		if said == one || said == "any" {
			list = append(list, one)
		}
	}
	for _, n := range not {
		if n.Text == said {
			c.at(n, problem("channel", "choose another channel, or leave it out of not_over", "the question is to take %s, and must not", said))
		}
		list = slices.DeleteFunc(list, func(one string) bool { return one == n.Text })
	}
	return list
}

// escalate compiles who is asked too.
func (c *checker) escalate(e *EscalateDoc, expires time.Duration) *Escalate {
	if e == nil || e.After == nil || e.To == nil {
		return nil
	}
	out := &Escalate{After: duration(e.After), To: e.To.Text}
	if out.After < time.Minute || out.After >= expires {
		c.at(e.After, problem("out-of-range", "write after: 1m or more, and less than expires", "others are asked too after a minute at least, and before the question expires"))
	}
	return out
}

// ask compiles a form.
func (c *checker) ask(a *AskDoc, step *Step, at site) schema.Type {
	out := &Ask{
		Title: c.template(a.Title, textWanted("title"), at), Message: c.template(a.Message, textWanted("message"), at),
		To: c.template(a.To, textWanted("to"), at), Form: c.fields(a.Form), Expires: defaultExpiry, Over: c.over(a.Channel, a.NotOver),
	}
	if a.Expires != nil {
		out.Expires = duration(a.Expires)
		if out.Expires > maxExpiry {
			c.at(a.Expires, problem("out-of-range", "write expires: 30d or less", "a question stands for 30 days at most"))
		}
	}
	out.Escalate = c.escalate(a.Escalate, out.Expires)
	step.Ask = out
	fields := []schema.Field{
		{Name: "answered", Type: schema.TypeOf(schema.Boolean), Help: "Whether somebody answered in time."},
		{Name: "by", Type: schema.TypeOf(schema.String), Help: "Who answered; empty where nobody did."},
	}
	for i, f := range out.Form {
		if f.Name == "answered" || f.Name == "by" {
			c.report(a.Form[i].Pos, len(f.Name), problem("name", "give the field another name", "answered and by tell who answered, so they cannot be fields"))
			continue
		}
		// Nobody may have answered.
		f.Type = schema.OptionalOf(f.Type)
		fields = append(fields, f)
	}
	return schema.ObjectOf(fields...)
}

// script compiles a script.
func (c *checker) script(s *ScriptDoc, step *Step, at site) schema.Type {
	out := &Script{Run: textOf(s.Run), Code: textOf(s.Code), Timeout: 5 * time.Minute, Memory: "256MiB"}
	if s.Timeout != nil {
		out.Timeout = duration(s.Timeout)
	}
	if s.Memory != nil {
		out.Memory = s.Memory.Text
	}
	for _, host := range s.Network {
		out.Network = append(out.Network, host.Text)
	}
	out.Input = expr.MapTree(nil, nil)
	if s.Input != nil {
		out.Input, _ = c.treeFields(s.Input, at)
	}
	step.Script = out
	c.refuse("scripts need the sandbox, which this version does not have")
	return schema.TypeOf(schema.Any)
}
