package playbook

// flowKinds are the kinds of steps that hold other steps.
func flowKinds() []stepKind {
	when := mapOf(
		must("when", of(exprForm), "CEL; the first that is true is taken."),
		must("steps", ref("steps"), "What is done then."),
	)
	return []stepKind{
		{kind: LoopKind, key: "for_each", help: "Do something for each item of a list.", one: []string{"uses", "steps"}, keys: append([]key{
			must("for_each", of(exprForm), "CEL that gives the list."),
			may("as", of(nameForm), "Name of the item in expressions; item if not said."),
			may("key", of(exprForm), "CEL over the item that tells it from the others; a hash of the item if not said."),
			may("max_parallel", upTo(maxFanOut), "How many items at once; 1 if not said."),
			may("steps", ref("steps"), "What is done for each item."),
		}, actionKeys(false)...)},
		{kind: IfKind, key: "then", help: "Do one thing or the other.", keys: []key{
			must("if", of(exprForm), "CEL that decides."),
			must("then", ref("steps"), "What is done where it is true."),
			may("else", ref("steps"), "What is done where it is false."),
		}},
		{kind: SwitchKind, key: "switch", help: "Do the first thing whose condition holds.", keys: []key{
			must("switch", filledListOf(when), "The choices, in order."),
			may("default", ref("steps"), "What is done where none holds."),
		}},
		{kind: ParallelKind, key: "parallel", help: "Do several things side by side.", keys: []key{
			must("parallel", shape{form: dictForm, elem: &shape{ref: "steps"}, filled: true}, "Branches by name."),
			may("join", oneOf("all", "any"), "Go on when all branches have ended, or when any has succeeded; all if not said."),
		}},
		{kind: PollKind, key: "repeat", help: "Repeat steps until something holds.", keys: []key{
			must("repeat", ref("steps"), "What is repeated."),
			must("until", of(exprForm), "CEL over this round's steps that ends it."),
			must("every", of(durationForm), "Pause between rounds, at least 1s."),
			must("max", upTo(100_000).orElse(of(durationForm)), "Most rounds (20), or longest time (2h)."),
		}},
	}
}

// workKinds are the kinds of steps that do something themselves.
func workKinds() []stepKind {
	return []stepKind{
		{kind: ActionKind, key: "uses", help: "Call an action of a connector, or a verb.", keys: actionKeys(true)},
		{kind: SetKind, key: "set", help: "Compute values.", keys: []key{
			must("set", shape{form: dictForm, elem: &shape{form: treeForm}, filled: true}, "Values by name, for steps.ID.output."),
		}},
		{kind: WaitKind, key: "wait", help: "Wait for a time, or until one.", keys: []key{
			must("wait", shape{form: templateForm, example: "15m"}.orElse(
				mapOf(must("until", of(exprForm), "CEL that gives the time."))), "A duration, or {until: …}."),
		}},
		{kind: ApproveKind, key: "approve", help: "Let people decide on an exact plan of effects.", keys: []key{
			must("approve", ref("approve"), "The question."),
		}},
		{kind: AskKind, key: "ask", help: "Put a form to a person.", keys: []key{
			must("ask", ref("ask"), "The form."),
		}},
		{kind: CallKind, key: "call", help: "Run another playbook as a child.", keys: []key{
			must("call", matching(idPattern, "contain-host"), "Id of the playbook."),
			may("with", treeDict(), "Its inputs."),
		}},
		{kind: ScriptKind, key: "script", help: "Run a script in the sandbox.", keys: []key{
			must("script", ref("script"), "The script."),
		}},
		{kind: StopKind, key: "stop", help: "End the run.", keys: []key{
			must("stop", mapOf(
				must("status", oneOf("succeeded", "failed"), "How the run ends."),
				may("reason", of(templateForm), "Why, for people."),
			), "How and why."),
		}},
	}
}

// treeDict is the shape of arguments.
func treeDict() shape { return shape{form: dictForm, elem: &shape{form: treeForm}, free: true} }

// actionKeys are those of a step that calls an action.
func actionKeys(required bool) []key {
	return []key{
		{name: "uses", required: required, shape: shape{form: textForm, example: "mail.search"}, help: "connector.action, or a verb."},
		may("with", treeDict(), "Its inputs."),
		may("connection", shape{form: templateForm, example: "main"}, "Name of the connection to use; ${{ }} takes it from data, as to go back to where something was found."),
		may("via", oneOf("first", "all", "owner"), "Which connections answer a verb: first, all, or the owner of the target."),
		may("lease", ref("lease"), "When a containment ends by itself."),
	}
}

// approveShape is a decision on a plan.
func approveShape() shape {
	return mapOf(
		must("title", of(templateForm), "What is decided, in one line."),
		may("message", of(templateForm), "What helps to decide."),
		may("covers", filledListOf(of(textForm)), "Ids of the later steps whose effects are decided on."),
		may("assign", matching(assignPattern, "role:responder"), "Who decides: role:NAME, group:NAME or user:NAME; role:responder if not said."),
		may("need", upTo(maxNeed), "How many people must agree; 1 if not said."),
		may("expires", of(durationForm), "How long the question stands; 24h if not said."),
		may("on_deny", oneOf("continue", "stop"), "Where the answer is no: go on without the covered steps, or end the run; continue if not said."),
		may("channel", oneOf("web", "mail", "chat", "any"), "By what people are told of it, beside the web, where it always is; web if not said."),
		may("escalate", ref("escalate"), "Who decides too, where nobody has after a while."),
		may("late", ref("late"), "Terms under which effects that nobody can list yet fall under the decision."),
	)
}

// lateShape bounds what turns up after a decision.
func lateShape() shape {
	return mapOf(
		must("covers", filledListOf(of(textForm)), "Ids of later steps whose items are not known when people are asked."),
		must("same", of(treeForm), "What says what counts as the same: shown to people, and held against at every use."),
		must("cap", upTo(maxLate), "How many such effects there may be in all."),
		must("for", of(durationForm), "How long the terms hold, from the decision on."),
		may("beyond", oneOf("ask", "skip"), "What does not fall under the terms: ask a person about it, or skip it; ask if not said."),
	)
}

// escalateShape is who is asked too.
func escalateShape() shape {
	return mapOf(
		must("after", of(durationForm), "How long those who are asked have for themselves."),
		must("to", matching(assignPattern, "role:lead"), "Who is asked too: role:NAME, group:NAME or user:NAME."),
	)
}

// askShape is a form.
func askShape() shape {
	return mapOf(
		must("title", of(templateForm), "What is asked, in one line."),
		may("message", of(templateForm), "What helps to answer."),
		may("to", shape{form: templateForm, example: "role:analyst"}, "role:NAME, group:NAME, user:NAME or an address; everybody if not said."),
		may("channel", oneOf("web", "mail", "chat", "any"), "By what people are told of it, beside the web, where it always is; web if not said, and any where not_over is."),
		may("not_over", filledListOf(oneOf("mail", "chat")), "Channels that the question, and its answer, must not take, because somebody else may read there."),
		may("escalate", ref("escalate"), "Who may answer too, where nobody has after a while, or nobody can be told."),
		must("form", shape{form: dictForm, elem: &shape{ref: "field"}, filled: true}, "The fields to fill in."),
		may("expires", of(durationForm), "How long the question stands; 24h if not said."),
	)
}

// scriptShape is a program in the sandbox.
func scriptShape() shape {
	s := mapOf(
		may("run", of(textForm), "File of the script, beside the playbook."),
		may("code", shape{form: textForm, raw: true}, "The script itself."),
		may("input", treeDict(), "JSON that it reads."),
		may("network", filledListOf(of(textForm)), "Hosts that it may reach; none if not said."),
		may("timeout", of(durationForm), "Longest time; 5m if not said."),
		may("memory", matching(memoryPattern, "256MiB"), "Most memory; 256MiB if not said."),
	)
	s.one = []string{"run", "code"}
	return s
}
