package judge

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// maxLevels is how deep facts may rest on facts.
const maxLevels = 16

// fact is an expression with a name.
type fact struct {
	name    string
	program *expr.Program
	// opinionated and sourced are as for rules.
	opinionated, sourced bool
}

// compile makes rules of what was read.
func (l *loader) compile() *Rules {
	out := &Rules{words: newWords(), factIndex: map[string]int{}, byID: map[string]int{}}
	env := l.compileFacts(out)
	if env == nil {
		return out
	}
	slices.SortStableFunc(l.rules, func(a, b *ruleDoc) int { return rank(stages(), a.stage) - rank(stages(), b.stage) })
	for i, d := range l.rules {
		out.byID[d.id] = i
		before := len(d.in.problems)
		out.rules = append(out.rules, compileRule(out, env, d))
		l.problems = append(l.problems, d.in.problems[before:]...)
	}
	return out
}

// compileFacts compiles facts, those first that others rest on, and returns
// where rules are compiled.
func (l *loader) compileFacts(out *Rules) *expr.Env {
	vars := maps.Clone(out.words.declaration)
	left := slices.Sorted(maps.Keys(l.facts))
	for range maxLevels {
		env, err := expr.NewEnv(vars)
		if err != nil {
			l.fail("triage", err.Error())
			return nil
		}
		if len(left) == 0 {
			return env
		}
		var later []string
		found := map[string]schema.Type{}
		for _, name := range left {
			if slices.ContainsFunc(mentioned(l.facts[name].node.Text), func(word string) bool { return slices.Contains(left, word) }) {
				later = append(later, name)
				continue
			}
			if f, ok := l.compileFact(out, env, l.facts[name]); ok {
				found[name] = f.program.Type()
				out.factIndex[name] = len(out.facts)
				out.facts = append(out.facts, f)
			} else {
				found[name] = schema.TypeOf(schema.Any) // one problem is enough
			}
		}
		if len(later) == len(left) {
			break
		}
		maps.Copy(vars, found)
		left = later
	}
	for _, name := range left {
		f := l.facts[name]
		l.problems = append(l.problems, f.in.file.Problem(f.node.Pos, 1, "circle", fmt.Sprintf("the fact %s rests on itself, through %s", name, strings.Join(left, ", ")), "write one of them without the others"))
	}
	return nil
}

// compileFact compiles one fact.
func (l *loader) compileFact(out *Rules, env *expr.Env, d *factDoc) (fact, bool) {
	before := len(d.in.problems)
	p, issues := env.Compile(d.node.Text)
	d.in.issues(d.node, issues)
	if p != nil && reads(p, "decision") {
		d.in.say(d.node, "decision", "a fact cannot read the decision, which changes from rule to rule", "write it into the rule")
	}
	l.problems = append(l.problems, d.in.problems[before:]...)
	if len(d.in.problems) > before {
		return fact{}, false
	}
	f := fact{name: d.name, program: p}
	f.opinionated, f.sourced = out.rests(p)
	return f, true
}

// reads reports whether a program reads a variable.
func reads(p *expr.Program, name string) bool {
	return slices.ContainsFunc(p.Refs(), func(path []string) bool { return path[0] == name })
}

// rests tells what a program rests on, through facts too.
func (r *Rules) rests(p *expr.Program) (opinionated, sourced bool) {
	for _, path := range p.Refs() {
		switch path[0] {
		case "known":
			opinionated = true
		case "context":
			opinionated = opinionated || len(path) > 1 && path[1] == "observables"
		case "alert", "source":
			sourced = true
		default:
			if i, ok := r.factIndex[path[0]]; ok {
				opinionated = opinionated || r.facts[i].opinionated
				sourced = sourced || r.facts[i].sourced
			}
		}
	}
	return opinionated, sourced
}

// mentioned returns the words of an expression that may name facts: not those
// in quotes, and not those behind a dot.
func mentioned(source string) []string {
	var words []string
	text := []rune(source)
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			i++
		case isWord(c):
			start := i
			for i < len(text) && isWord(text[i]) {
				i++
			}
			if start == 0 || text[start-1] != '.' && text[start-1] != '?' {
				words = append(words, string(text[start:i]))
			}
		default:
			i++
		}
	}
	return words
}

func isWord(c rune) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// compileRule compiles one rule.
func compileRule(rules *Rules, env *expr.Env, d *ruleDoc) rule {
	n := d.node
	r := rule{
		id: d.id, title: text(n, "title"), stage: d.stage, owner: d.owner, file: d.in.file.Name, line: n.Pos.Line, own: d.tree > 0, route: none,
		change: text(n, "change"), expires: text(n, "expires"), least: boundsOf(n.Get("at_least")), most: boundsOf(n.Get("at_most")),
	}
	if set := n.Get("set"); set != nil {
		r.category, r.disposition, r.route = text(set, "category"), text(set, "disposition"), rank(routes(), text(set, "route"))
	}
	for _, item := range items(n, "references") {
		r.references = append(r.references, item.Text)
	}
	r.when = d.program(env, n.Get("when"), schema.Boolean)
	r.weight = d.weight(env, n.Get("weight"))
	says, issues := env.CompileText(n.Get("says").Text)
	d.in.issues(n.Get("says"), issues)
	r.says = says
	d.days(r)
	r.evidence = d.evidence(env, r.when)
	for _, p := range []*expr.Program{r.when, r.weight} {
		if p == nil {
			continue
		}
		opinionated, sourced := rules.rests(p)
		r.opinionated, r.sourced = r.opinionated || opinionated, r.sourced || sourced
		r.fickle = r.fickle.and(fickleOf(p))
	}
	return r
}

// boundsOf reads at_least or at_most.
func boundsOf(n *document.Node) bounds {
	b := unbound()
	if n == nil {
		return b
	}
	b.severity, b.route = rank(severities(), text(n, "severity")), rank(routes(), text(n, "route"))
	if p, ok := n.Get("priority").Value().(int64); ok {
		b.urgency = urgencyOf(int(p))
	}
	return b
}

// days checks what a rule that closes needs.
func (d *ruleDoc) days(r rule) {
	n := d.node.Get("expires")
	if r.expires != "" {
		if _, err := time.Parse(time.DateOnly, r.expires); err != nil {
			d.in.say(n, "day", "expires is not a day", "write a day such as 2027-01-31")
		}
	}
	if r.disposition != "" && r.expires == "" {
		d.in.say(d.node.Get("set").Get("disposition"), "no-expiry", r.id+" closes alerts for ever", "add expires: with a day on which somebody looks at it again")
	}
	if r.disposition != "" && (r.least.set() || r.route != none) {
		d.in.say(d.node.Get("id"), "contradiction", r.id+" closes alerts and wants people to see them", "leave out set.route and at_least")
	}
}

// program compiles an expression that must be of a kind.
func (d *ruleDoc) program(env *expr.Env, n *document.Node, kinds ...schema.Kind) *expr.Program {
	p, issues := env.Compile(n.Text)
	d.in.issues(n, issues)
	if p != nil && !slices.Contains(kinds, p.Type().Kind) && p.Type().Kind != schema.Any {
		d.in.say(n, "wrong-type", fmt.Sprintf("this is %s, not %s", p.Type(), kinds[0]), "compare it with something, as in x == \"high\" or size(x) > 0")
		return nil
	}
	return p
}

// weight compiles a weight.
func (d *ruleDoc) weight(env *expr.Env, n *document.Node) *expr.Program {
	if n == nil {
		return nil
	}
	switch v := n.Value().(type) {
	case int64, float64:
		f, ok := v.(float64)
		if i, whole := v.(int64); whole {
			f, ok = float64(i), true
		}
		if !ok || math.Abs(f) > 100 {
			d.in.say(n, "weight", "weight is not from -100 to 100", "write a number such as 25")
		}
	case string:
	default:
		d.in.say(n, "weight", "weight is no number", "write a number such as 25, or an expression such as 40 * known.bad[0].strength")
		return nil
	}
	return d.program(env, n, schema.Number, schema.Integer)
}

// evidence compiles what is shown with a rule.
func (d *ruleDoc) evidence(env *expr.Env, when *expr.Program) []evidence {
	var out []evidence
	if d.node.Get("evidence") == nil && when != nil {
		for _, path := range when.Refs() {
			name := strings.Join(path, ".")
			if slices.Contains(path, "*") || path[0] == "decision" {
				continue
			}
			if p, issues := env.Compile(name); len(issues) == 0 {
				out = append(out, evidence{name, p})
			}
		}
		return out
	}
	for _, item := range items(d.node, "evidence") {
		p, issues := env.Compile(item.Text)
		d.in.issues(item, issues)
		if p != nil {
			out = append(out, evidence{item.Text, p})
		}
	}
	return out
}
