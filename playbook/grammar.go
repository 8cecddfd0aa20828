package playbook

// Limits of the language.
const (
	maxSteps    = 2000
	maxNesting  = 20
	maxSource   = 1 << 20
	maxDepth    = 10
	maxFanOut   = 1000
	maxAttempts = 20
	maxNeed     = 20
	maxLate     = 1000
)

const (
	idPattern     = `^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`
	assignPattern = `^(role|user|group):[A-Za-z0-9][A-Za-z0-9._@-]*$`
	memoryPattern = `^[1-9][0-9]*(KiB|MiB|GiB)$`
)

// language is the grammar of playbooks. It is the only list of keys, kinds and
// values: whatever else needs one is made from it.
func language() *grammar {
	return &grammar{
		shapes: map[string]shape{
			"playbook": playbookShape(),
			"steps":    filledListOf(of(stepForm)),
			"trigger":  triggerShape(),
			"field":    fieldShape(),
			"limits":   limitsShape(),
			"retry":    retryShape(),
			"lease":    leaseShape(),
			"approve":  approveShape(),
			"late":     lateShape(),
			"ask":      askShape(),
			"escalate": escalateShape(),
			"script":   scriptShape(),
		},
		common: commonKeys(),
		kinds:  append(flowKinds(), workKinds()...),
	}
}

// playbookShape is the file itself.
func playbookShape() shape {
	return mapOf(
		must("harrier", upTo(1), "Version of the language; always 1."),
		must("playbook", matching(idPattern, "phishing-response"), "Id of the playbook, by which it is started and called."),
		may("title", of(textForm), "Title for people."),
		may("description", of(textForm), "What it does and when it is used."),
		may("owner", of(textForm), "Who keeps it."),
		may("tags", listOf(of(textForm)), "Words to find it by."),
		may("manual_minutes", shape{form: numberForm, max: 100_000}, "Minutes that the same work takes by hand."),
		may("trigger", filledListOf(ref("trigger")), "What starts it; without one it is started by hand, on nothing."),
		may("inputs", dictOf(ref("field")), "Values that whoever starts it gives."),
		may("limits", ref("limits"), "Bounds of its runs."),
		must("steps", ref("steps"), "What it does, from top to bottom."),
		may("on_failure", ref("steps"), "Steps that run where a step failed for good."),
		may("always", ref("steps"), "Steps that run at the end in any case."),
		may("outputs", shape{form: dictForm, elem: &shape{form: treeForm}, filled: true}, "Values that it gives to whoever called it."),
	)
}

// triggerShape is one way to start.
func triggerShape() shape {
	return choiceOf(
		may("alert", of(exprForm), "Start on alerts for which this CEL over alert is true."),
		may("case", of(exprForm), "Start on cases for which this CEL over case is true."),
		may("verdict", of(exprForm), "Start where what is thought of an alert's observable changes and this CEL over alert and observable is true; observable.was is what was thought before."),
		may("indicator", of(exprForm), "Start on alerts of before, closed ones too, that new intelligence names, where this CEL over alert and indicator is true."),
		may("schedule", shape{form: textForm, example: "0 6 * * 1-5"}.orElse(mapOf(
			must("cron", shape{form: textForm, example: "0 6 * * 1-5"}, "The times, as five fields of cron."),
			may("zone", shape{form: textForm, example: "Europe/Berlin"}, "The time zone that they are in; UTC if not said."),
			may("missed", oneOf("skip", "once", "all"), "What happens to times at which nothing ran: skip them, start once, or start for all; once if not said."),
		)), "Start at these times, as five fields of cron in UTC, or with a time zone and what happens to those that were missed."),
		may("manual", mapOf(must("on", oneOf("alert", "case", "none"), "What it is started on.")), "People may start it."),
		may("call", shape{form: boolForm, values: []string{"true"}}, "Other playbooks may call it."),
	)
}

// fieldShape is the declaration of an input or of a field of a form.
func fieldShape() shape {
	return mapOf(
		must("type", shape{form: textForm, example: "string"}, "Kind of value: string, integer, boolean, ip, list<url>, …"),
		may("required", of(boolForm), "Whether it must be given."),
		may("default", of(anyForm), "Value where it is not given."),
		may("help", of(textForm), "One sentence for people."),
		may("values", filledListOf(of(textForm)), "The only values of a string."),
		may("min", of(numberForm), "Least number, or least length."),
		may("max", of(numberForm), "Greatest number, or greatest length."),
		may("fields", dictOf(ref("field")), "Fields of an object, or of the objects in a list or map."),
	)
}

// limitsShape bounds runs.
func limitsShape() shape {
	return mapOf(
		may("timeout", of(durationForm), "Longest active time of a run; 24h if not said."),
		may("max_age", of(durationForm), "Longest time from start to end of a run, waiting included; 30d if not said."),
		may("one_per", mapOf(
			must("key", of(exprForm), "CEL over alert, case and inputs; only one run of the same key is active."),
			must("then", oneOf("join", "queue", "skip", "replace"), "What a further run of the same key does."),
		), "Only one run for the same thing at a time."),
	)
}

// retryShape bounds how a failed call is repeated.
func retryShape() shape {
	return mapOf(
		must("attempts", upTo(maxAttempts), "How many calls, the first included."),
		may("base", of(durationForm), "Longest pause before the second call; 1s if not said."),
		may("max", of(durationForm), "Longest pause of all; 5m if not said."),
	)
}

// leaseShape ends a containment by itself.
func leaseShape() shape {
	return mapOf(
		must("for", of(durationForm), "How long the containment holds."),
		may("then", oneOf("undo", "ask"), "At the end: undo it, or ask a person; ask for endpoint.* and identity.* if not said."),
	)
}

// commonKeys are what every step may have.
func commonKeys() []key {
	return []key{
		may("id", of(nameForm), "Name of the step, for steps.ID in expressions."),
		may("name", of(textForm), "What the step does, for people."),
		may("if", of(exprForm), "CEL; the step is skipped where it is false."),
		may("timeout", of(durationForm), "Longest time of the step; in a loop over one action, of each call."),
		may("retry", ref("retry"), "How a failed call is repeated; in a loop over one action, each call."),
		may("on_error", oneOf("fail", "continue").orElse(ref("steps")),
			"What happens where the step fails for good: fail, continue, or a list of steps that run instead."),
	}
}
