package rest

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"unicode"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// failure is a rule that says what some answers mean.
type failure struct {
	statuses []statusRange
	when     *program
	class    connector.Class
	message  *program
	output   *payload
	skip     bool
}

// failures reads rules for answers.
func (l *loader) failures(n *document.Node, a *action, s *scope) []failure {
	var out []failure
	for _, item := range items(n) {
		if item.Kind != document.Map {
			continue
		}
		f := failure{
			when: l.boolean(item.Get("when"), s), message: l.cel(item.Get("message"), s),
			class: connector.Class(text(item, "class")), skip: truth(item, "skip"),
		}
		f.statuses = statuses(item.Get("status"))
		if item.Get("status") == nil && item.Get("when") == nil {
			l.problem(item, "missing-key", "the rule matches every answer", "add status or when")
		}
		if f.skip && a.fan == nil {
			l.problem(item.Get("skip"), "conflicting-keys", "skip is for fan_out", "write class or output instead")
		}
		f.output = l.settled(item.Get("output"), a, s)
		out = append(out, f)
	}
	return out
}

// statuses reads one status or a list of them.
func statuses(n *document.Node) []statusRange {
	if n == nil {
		return nil
	}
	var out []statusRange
	for _, item := range append(items(n), n) {
		if r, ok := parseStatus(item.Text); ok {
			out = append(out, r)
		}
	}
	return out
}

// absent reads what the answer is where the vendor does not know the thing.
func (l *loader) absent(n *document.Node, a *action, s *scope) []failure {
	if n == nil || n.Get("output") == nil {
		return nil
	}
	gone := []statusRange{{http.StatusNotFound, http.StatusNotFound}, {http.StatusGone, http.StatusGone}}
	return []failure{{statuses: gone, output: l.settled(n.Get("output"), a, s)}}
}

// settled reads the outputs that a rule gives. Constants are checked now, the
// rest when the answer comes.
func (l *loader) settled(n *document.Node, a *action, s *scope) *payload {
	if n == nil || n.Kind != document.Map {
		return nil
	}
	for _, e := range n.Entries {
		f, ok := a.spec.Output.Field(e.Key)
		if !ok {
			l.at(keySpan(e), "unknown-name", "there is no output "+e.Key, "name an output of the action")
			continue
		}
		if strings.Contains(e.Value.Text, "${{") || e.Value.Kind == document.Map || e.Value.Kind == document.List {
			continue
		}
		if _, wrong := l.checked(e.Value, f); len(wrong) > 0 {
			l.problem(e.Value, "wrong-type", "output "+wrong[0].String(), "write a value of type "+f.Type.String())
		}
	}
	for _, f := range a.spec.Output.Fields {
		if !f.Type.Optional && n.Get(f.Name) == nil {
			l.problem(n, "missing-key", "output "+f.Name+" must always come", "give it here too, or declare it optional: true")
		}
	}
	return l.tree(n, s, true)
}

// matches reports whether the rule is for an answer. A condition that cannot be
// evaluated, as over a body that did not come, does not match.
func (f failure) matches(ctx context.Context, status int, at instant) bool {
	in := len(f.statuses) == 0
	for _, r := range f.statuses {
		in = in || status >= r.from && status <= r.to
	}
	if !in || f.when == nil {
		return in
	}
	v, err := f.when.Eval(ctx, at.scope, at.now)
	return err == nil && v == true
}

// verdict is what an answer means: data, a settled output, one to skip, or an error.
type verdict struct {
	settled map[string]any
	skip    bool
	err     *connector.Error
}

// judge decides what an answer means: by the first rule that matches, else by
// its status.
func (c *call) judge(ctx context.Context, ans *answer, at instant, effect harrier.Effect) verdict {
	for _, f := range c.action.failures {
		if !f.matches(ctx, ans.status, at) {
			continue
		}
		if f.skip {
			return verdict{skip: true}
		}
		if f.output != nil {
			return c.settle(ctx, f, at, effect)
		}
		return verdict{err: c.failed(ctx, f.class, ans, f.message, at)}
	}
	class, ok := connector.Classify(ans.status, effect)
	if ok {
		return verdict{}
	}
	return verdict{err: c.failed(ctx, class, ans, nil, at)}
}

// settle evaluates the outputs that a rule gives instead of an error.
func (c *call) settle(ctx context.Context, f failure, at instant, effect harrier.Effect) verdict {
	v, err := f.output.eval(ctx, at)
	if err != nil {
		return verdict{err: connector.Errorf(drifted(effect), "the answer is not what %s declares: %s", c.action.spec.Name, err)}
	}
	m, _ := v.(map[string]any)
	out, wrong := schema.CheckFields(m, c.action.spec.Output.Fields)
	if len(wrong) > 0 {
		return verdict{err: connector.Errorf(drifted(effect), "the answer is not what %s declares: %s", c.action.spec.Name, wrong[0])}
	}
	return verdict{settled: out}
}

// drifted is the class of an answer of another shape.
func drifted(effect harrier.Effect) connector.Class {
	if effect.Writes() {
		return connector.Unknown
	}
	return connector.Drift
}

// failed returns the error for an answer, written for people.
func (c *call) failed(ctx context.Context, class connector.Class, ans *answer, message *program, at instant) *connector.Error {
	err := connector.Errorf(class, "%s answered %d to %s", c.conn.manifest.Title, ans.status, c.action.spec.Name)
	err.Status = ans.status
	if class == connector.Limited || class == connector.Unavailable || class == connector.Unknown {
		err.After = connector.RetryAfter(ans.header, at.now)
	}
	if message != nil {
		if v, failed := message.Eval(ctx, at.scope, at.now); failed == nil {
			if words, ok := v.(string); ok && words != "" {
				err.Text += ": " + c.clean(words)
			}
		}
	}
	if class == connector.Denied {
		err.Text += "; check the credentials of connection " + cmp.Or(c.env.Connection, c.conn.manifest.Name) + " and what they may do"
	}
	return err
}

const maxVendorWords = 300

// clean makes a vendor's words fit for a message: one line, bounded, without secrets.
func (c *call) clean(words string) string {
	words = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, words)
	if runes := []rune(words); len(runes) > maxVendorWords {
		words = string(runes[:maxVendorWords]) + "…"
	}
	if c.env.Redact != nil {
		words = c.env.Redact(words)
	}
	return words
}
