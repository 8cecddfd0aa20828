package judge

import "github.com/harrier-soar/harrier/schema"

// The bounds of a set of rules.
const (
	maxRules = 1000
	maxFacts = 500
	maxFiles = 500
)

// fileFields are the keys of a file of rules.
func fileFields() []schema.Field {
	text := schema.TypeOf(schema.String)
	return []schema.Field{
		must("harrier", schema.TypeOf(schema.Integer), "Version of the language; always 1."),
		must("triage", text, "What the file is about, as a title."),
		may("stage", oneOf(stages()...), "The stage of its rules that do not name another."),
		may("owner", text, "Who answers for its rules that do not name another."),
		may("facts", schema.MapOf(text), "Expressions with a name, which rules of all files use. One of the same name in a later tree takes its place."),
		may("rules", schema.ListOf(schema.ObjectOf(ruleFields()...)), "The rules, in order. One with the id of an earlier tree's takes its place."),
		may("disable", schema.ListOf(schema.ObjectOf(
			must("rule", text, "The id of the rule."),
			must("reason", text, "Why it does not hold here."),
			must("owner", text, "Who answers for that."),
		)), "Rules that do not hold here."),
	}
}

// ruleFields are the keys of a rule.
func ruleFields() []schema.Field {
	text, list := schema.TypeOf(schema.String), schema.ListOf(schema.TypeOf(schema.String))
	floors := append([]string{}, routes()[1:]...)
	return []schema.Field{
		must("id", text, "Its name, such as vip-contact."),
		must("title", text, "What it is about, as a sentence."),
		may("stage", oneOf(stages()...), "Where it stands in the order."),
		must("when", text, "An expression that is true where it holds."),
		may("weight", schema.TypeOf(schema.Any), "What it adds to the score, from -100 to 100: a number or an expression."),
		may("set", schema.ObjectOf(
			may("category", text, "What sort of alert it is."),
			may("route", oneOf(floors...), "Where it goes unless a bound says otherwise."),
			may("disposition", oneOf("benign", "false_positive"), "Closes the alert as this; needs expires."),
		), "What it sets."),
		may("at_least", boundsType(), "What the decision is at least."),
		may("at_most", boundsType(), "What the decision is at most, unless something is guarded or another rule says more."),
		must("says", text, "The rule in words, with the values that made it hold."),
		may("evidence", list, "Expressions whose values are shown; what when reads if not said."),
		may("change", text, "What would change it."),
		may("expires", text, "The last day on which it holds, such as 2027-01-31."),
		may("owner", text, "Who answers for it."),
		may("references", list, "Pages about it."),
	}
}

// boundsType is at_least and at_most.
func boundsType() schema.Type {
	lowest, highest := 1.0, 4.0
	priority := may("priority", schema.TypeOf(schema.Integer), "From 1, which is now, to 4; 1 is more than 4.")
	priority.Min, priority.Max = &lowest, &highest
	return schema.ObjectOf(
		may("severity", oneOf(severities()...), "How bad it is."),
		may("route", oneOf(routes()[1:]...), "Where it goes."),
		priority,
	)
}

func must(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: true, Help: help}
}

func may(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Help: help}
}

// oneOf returns the type of text with these values only.
func oneOf(values ...string) schema.Type { return schema.Type{Kind: schema.String, Values: values} }
