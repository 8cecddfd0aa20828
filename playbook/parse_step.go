package playbook

import "github.com/harrier-soar/harrier/document"

// step reads a step.
func (r *reading) step(n *document.Node) *StepDoc {
	s := &StepDoc{
		Pos: n.Pos, Kind: r.kinds[n], ID: r.get(n, "id"), Name: r.text(n, "name"), If: r.get(n, "if"), Timeout: r.get(n, "timeout"),
	}
	if retry := r.get(n, "retry"); retry != nil {
		s.Retry = &RetryDoc{Pos: retry.Pos, Attempts: r.get(retry, "attempts"), Base: r.get(retry, "base"), Max: r.get(retry, "max")}
	}
	if onError := r.get(n, "on_error"); onError != nil {
		s.OnError = OnErrorDoc{Pos: onError.Pos, Continue: onError.Text == "continue"}
		if onError.Kind == document.List {
			s.OnError.Steps = r.steps(n, "on_error")
		}
	}
	switch s.Kind {
	case ActionKind:
		s.Action = r.action(n)
	case SetKind:
		s.Set = r.get(n, "set")
	case IfKind, SwitchKind:
		s.Choice = r.choice(n, s)
	case LoopKind:
		s.Loop = r.loop(n)
	case ParallelKind:
		s.Parallel = r.parallel(n)
	case PollKind:
		s.Poll = &PollDoc{Steps: r.steps(n, "repeat"), Until: r.get(n, "until"), Every: r.get(n, "every"), Max: r.get(n, "max")}
	case WaitKind:
		s.Wait = r.wait(n)
	case ApproveKind:
		s.Approve = r.approve(r.get(n, "approve"))
	case AskKind:
		s.Ask = r.ask(r.get(n, "ask"))
	case CallKind:
		s.Call = &CallDoc{Playbook: r.get(n, "call"), With: r.get(n, "with"), WithPos: stepKeyPos(n, "with")}
	case ScriptKind:
		s.Script = r.script(r.get(n, "script"))
	case StopKind:
		stop := r.get(n, "stop")
		s.Stop = &StopDoc{Status: r.get(stop, "status"), Reason: r.get(stop, "reason")}
	}
	return s
}

// action reads a call.
func (r *reading) action(n *document.Node) *ActionDoc {
	a := &ActionDoc{
		Uses: r.get(n, "uses"), With: r.get(n, "with"), WithPos: stepKeyPos(n, "with"),
		Connection: r.get(n, "connection"), Via: r.get(n, "via"),
	}
	if lease := r.get(n, "lease"); lease != nil {
		a.Lease = &LeaseDoc{Pos: stepKeyPos(n, "lease"), For: r.get(lease, "for"), Then: r.get(lease, "then")}
	}
	return a
}

// choice reads a branch or a choice; the condition of a branch is that of its arm.
func (r *reading) choice(n *document.Node, s *StepDoc) *ChoiceDoc {
	c := &ChoiceDoc{}
	if s.Kind == IfKind {
		c.Arms = []ArmDoc{{Pos: stepKeyPos(n, "then"), When: s.If, Steps: r.steps(n, "then")}}
		c.Default, c.DefaultPos = r.steps(n, "else"), stepKeyPos(n, "else")
		s.If = nil
		return c
	}
	for _, item := range r.items(n, "switch") {
		c.Arms = append(c.Arms, ArmDoc{Pos: item.Pos, When: r.get(item, "when"), Steps: r.steps(item, "steps")})
	}
	c.Default, c.DefaultPos = r.steps(n, "default"), stepKeyPos(n, "default")
	return c
}

// loop reads a loop.
func (r *reading) loop(n *document.Node) *LoopDoc {
	l := &LoopDoc{Over: r.get(n, "for_each"), As: r.get(n, "as"), Key: r.get(n, "key"), MaxParallel: r.get(n, "max_parallel")}
	if has(n, "uses") {
		l.Action = r.action(n)
		return l
	}
	l.Steps = r.steps(n, "steps")
	return l
}

// parallel reads branches.
func (r *reading) parallel(n *document.Node) *ParallelDoc {
	p := &ParallelDoc{Any: r.text(n, "join") == "any"}
	branches := r.get(n, "parallel")
	if branches == nil {
		return p
	}
	for _, e := range branches.Entries {
		if !r.bad[e.Value] {
			p.Branches = append(p.Branches, BranchDoc{Name: e.Key, Pos: e.KeyPos, Steps: r.steps(branches, e.Key)})
		}
	}
	return p
}

// wait reads a timer.
func (r *reading) wait(n *document.Node) *WaitDoc {
	wait := r.get(n, "wait")
	if wait == nil || wait.Kind != document.Map {
		return &WaitDoc{For: wait}
	}
	return &WaitDoc{Until: r.get(wait, "until")}
}

// approve reads a decision.
func (r *reading) approve(n *document.Node) *ApproveDoc {
	a := &ApproveDoc{
		Title: r.get(n, "title"), Message: r.get(n, "message"), Assign: r.get(n, "assign"), Need: r.get(n, "need"),
		Expires: r.get(n, "expires"), Covers: r.items(n, "covers"), StopOnDeny: r.text(n, "on_deny") == "stop",
		Channel: r.get(n, "channel"), Escalate: r.escalate(n),
	}
	if late := r.get(n, "late"); late != nil {
		a.Late = &LateDoc{
			Covers: r.items(late, "covers"), Same: r.get(late, "same"), Cap: r.get(late, "cap"),
			For: r.get(late, "for"), Skip: r.text(late, "beyond") == "skip",
		}
	}
	return a
}

// ask reads a form.
func (r *reading) ask(n *document.Node) *AskDoc {
	return &AskDoc{
		Title: r.get(n, "title"), Message: r.get(n, "message"), To: r.get(n, "to"), Channel: r.get(n, "channel"),
		Expires: r.get(n, "expires"), Form: r.fields(r.get(n, "form")), NotOver: r.items(n, "not_over"), Escalate: r.escalate(n),
	}
}

// escalate reads who is asked too.
func (r *reading) escalate(n *document.Node) *EscalateDoc {
	if e := r.get(n, "escalate"); e != nil {
		return &EscalateDoc{After: r.get(e, "after"), To: r.get(e, "to")}
	}
	return nil
}

// script reads a script.
func (r *reading) script(n *document.Node) *ScriptDoc {
	return &ScriptDoc{
		Run: r.get(n, "run"), Code: r.get(n, "code"), Input: r.get(n, "input"), Timeout: r.get(n, "timeout"),
		Memory: r.get(n, "memory"), Network: r.items(n, "network"),
	}
}
