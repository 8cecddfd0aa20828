package rehearsal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// run is one run of a case.
type run struct {
	id harrier.RunID
	m  *step.Machine
	// actions are what the steps of its playbook call, by label.
	actions map[string]*playbook.Action
	// parent called it, by the step at path; at is that step's place.
	parent *run
	path   string
	at     place
	// told counts the children that were told that nobody waits for them.
	told int
}

// waits reports whether the step at a path has not ended.
func (r *run) waits(path string) bool {
	found := false
	walkViews(r.m.Views(), func(v step.View) { found = found || v.Path == path && !v.Status.Ended() })
	return found
}

// callChild starts the run that a step calls, where the test does not say what
// comes of it.
func (t *trial) callChild(r *run, b step.ChildCalled) {
	plan, at := r.m.Plan().Children[b.Playbook], r.at.inside(b.Path)
	if plan == nil {
		t.stop(t.c.Pos, "step %s calls %s, which is not there", at.full, b.Playbook)
		return
	}
	fits := func(s playbook.Stub) bool { return at.is(s.Match) || s.Match == b.Playbook }
	if i := slices.IndexFunc(t.c.Stubs, fits); i >= 0 {
		t.answerChild(r, b, offer{
			what: fmt.Sprintf("the outputs of %s are not what %s gives", t.c.Stubs[i].Match, b.Playbook), pos: t.c.Stubs[i].Pos, types: []schema.Type{plan.Returns},
		}, t.next(i))
		return
	}
	began := r.m.Started()
	t.start(&run{id: b.Run, parent: r, path: b.Path, at: at}, plan, step.RunStarted{
		Mode: began.Mode, By: began.By, Inputs: copied(b.Inputs), Alert: copied(began.Alert), Case: copied(began.Case), Depth: began.Depth + 1,
	})
}

// answerChild ends a run that is called before it begins, as the test says.
func (t *trial) answerChild(r *run, b step.ChildCalled, o offer, said playbook.StubAnswer) {
	end := step.ChildEnded{Path: b.Path, Run: b.Run, Status: harrier.RunSucceeded}
	if said.Class != "" {
		end.Status, end.Reason = harrier.RunFailed, cmp.Or(said.Text, "the test says "+said.Class)
	} else {
		end.Outputs = t.typed(said.Output, o)
	}
	if !t.broken {
		t.signal(r, step.SignalChild, end)
	}
}

// tellParent tells a run that one that it called has ended.
func (t *trial) tellParent(r *run, end *step.RunEnded) {
	t.signal(r.parent, step.SignalChild, step.ChildEnded{
		Path: r.path, Run: r.id, Status: end.Status, Outputs: end.Outputs, Reason: end.Reason,
	})
}

// stopChildren tells the runs that a run called that nobody waits for them any more.
func (t *trial) stopChildren(r *run) {
	stopped := r.m.Stopped()
	for _, id := range stopped[r.told:] {
		if i := slices.IndexFunc(t.runs, func(child *run) bool { return child.id == id }); i >= 0 {
			t.signal(t.runs[i], step.SignalCancel, step.CancelOrder{
				By: r.m.Started().By, Reason: "the run that called it does not wait for it any more", Once: true,
			})
		}
	}
	r.told = len(stopped)
}

// signal tells a run of something.
func (t *trial) signal(r *run, typ string, body any) {
	data, err := json.Marshal(body)
	if err == nil {
		err = r.m.Signal(harrier.Signal{Run: r.id, Type: typ, Data: data, At: t.now}, t.env(r))
	}
	if err != nil { // what is told was made here
		t.stop(t.c.Pos, "%v", err)
	}
}
