package playbook

// testLanguage is the grammar of the tests beside playbooks.
func testLanguage() *grammar {
	return &grammar{shapes: map[string]shape{
		"test":   testShape(),
		"given":  mapOf(circumstances()...),
		"case":   testCaseShape(),
		"stub":   stubShape(),
		"answer": answerShape(),
		"error":  errorShape(),
		"expect": expectShape(),
	}}
}

// testShape is the file itself.
func testShape() shape {
	return mapOf(
		must("harrier", upTo(1), "Version of the language; always 1."),
		must("test", matching(idPattern, "phishing-response"), "Id of the playbook that is tested."),
		may("given", ref("given"), "What holds in every case that does not say otherwise."),
		must("cases", filledListOf(ref("case")), "What is tried."),
	)
}

// values is a dict of plain values.
func values() shape { return shape{form: dictForm, elem: &shape{form: anyForm}, free: true} }

// testCaseShape is one run and what is expected of it.
func testCaseShape() shape {
	keys := append([]key{must("name", of(textForm), "What the case shows, as a sentence.")}, circumstances()...)
	return mapOf(append(keys, must("expect", ref("expect"), "What must come of it."))...)
}

// circumstances are what a run meets.
func circumstances() []key {
	return []key{
		may("mode", oneOf("live", "shadow"), "What the run may do; live if not said."),
		may("alert", values(), "The alert that it starts on."),
		may("case", values(), "The case that it starts on."),
		may("inputs", values(), "The inputs that are given."),
		may("now", matching(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$`, `"2026-01-31T12:00:00Z"`), "When it starts."),
		may("evidence", shape{form: dictForm, elem: &shape{form: textForm}, free: true}, "Texts of stored files, such as mails, by the id of the evidence; email.parse reads them."),
		may("connectors", filledListOf(of(textForm)), "Connectors that answer where several offer what is called; the first that does."),
		may("actions", shape{form: dictForm, elem: &shape{ref: "stub"}, free: true}, "Answers of actions, and outputs of playbooks that are called, by step path, step id, or what is called; the first that fits is taken."),
		may("approvals", shape{form: dictForm, elem: &shape{form: textForm, values: []string{"approve", "deny", "expire"}}, free: true}, "Decisions, by the id of the approve step, or of a step that goes beyond the terms of late; the run waits at one that is not here."),
		may("answers", shape{form: dictForm, elem: &shape{form: dictForm, elem: &shape{form: anyForm}, free: true}, free: true}, "Answers to forms, by the id of the ask step; one without an answer expires."),
		may("outcomes", shape{form: dictForm, elem: &shape{form: textForm, values: []string{"happened", "did_not", "again", "abort"}}, free: true}, "What people, and probes, find of actions whose outcome nobody knows, by step; happened if not said."),
	}
}

// stubShape is what an action answers.
func stubShape() shape {
	return choiceOf(
		may("output", values(), "The answer, every time."),
		may("error", ref("error"), "The failure, every time."),
		may("outputs", filledListOf(values()), "One answer after the other; the last stays."),
		may("sequence", filledListOf(ref("answer")), "Answers and failures, one after the other; the last stays."),
	)
}

// answerShape is one answer or failure.
func answerShape() shape {
	return choiceOf(may("output", values(), "An answer."), may("error", ref("error"), "A failure."))
}

// errorShape is a failure: its class, or class and text.
func errorShape() shape {
	class := oneOf("not_found", "denied", "limited", "invalid", "unavailable", "drift", "unknown")
	return class.orElse(mapOf(must("class", class, "Class of the failure."), may("text", of(textForm), "What went wrong.")))
}

// expectShape is what must come of a run. What is not said is not looked at.
func expectShape() shape {
	return mapOf(
		may("status", oneOf("succeeded", "failed", "cancelled", "waiting"), "How the run ends, or that it waits."),
		may("reason", of(textForm), "A part of the reason."),
		may("path", listOf(of(textForm)), "Labels of the steps that ran, in order; others may run between them."),
		may("skipped", listOf(of(textForm)), "Labels of steps that must not run."),
		may("effects", listOf(mapOf(
			must("action", of(textForm), "What is called."),
			may("step", of(textForm), "Label of the step."),
			may("target", of(textForm), "What is acted on."),
			may("with", values(), "Arguments that must be among those given."),
			may("count", upTo(10_000), "How often; once if not said."),
			may("withheld", of(boolForm), "Whether a shadow run only says that it would."),
		)), "Exactly the effects that are asked for, in any order; [] for none."),
		may("asked", listOf(mapOf(
			must("step", of(textForm), "Label of the step that asks."),
			may("says", listOf(of(textForm)), "Parts of the title and the message that people see."),
		)), "Questions that must be put to people; others may be too."),
		may("calls", listOf(mapOf(
			must("step", of(textForm), "Label of the step that calls."),
			may("with", values(), "Arguments that must be among those given."),
		)), "Calls that must be made, also those that only read; others may be too."),
		may("steps", shape{form: dictForm, free: true, elem: &shape{form: mapForm, keys: []key{
			may("status", oneOf("succeeded", "failed", "skipped", "cancelled"), "How the step ends."),
			may("output", values(), "Values that must be in its output."),
			may("error", of(textForm), "A part of its failure."),
		}}}, "What must come of single steps, by id."),
		may("outputs", values(), "Values that must be among the outputs of the playbook."),
	)
}
