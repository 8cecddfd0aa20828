package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/harrier-soar/harrier/internal/failpoint"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// greeting is a playbook that says something.
func greeting(word string) string {
	return "harrier: 1\nplaybook: greet\ntitle: Greet\ntrigger:\n  - manual:\n      on: none\nsteps:\n  - id: say\n    set:\n      word: " + word + "\noutputs:\n  word: ${{ steps.say.output.word }}\n"
}

const greetPath = "playbooks/greet.playbook.yaml"

// changing is an installation whose people change it.
type changing struct {
	revisions
	t *testing.T
}

func newChanging(t *testing.T, o Options) changing {
	t.Helper()
	if o.Dir == "" {
		o.Dir = blanktest.Dir(t)
	}
	a, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return changing{revisions{a}, t}
}

// person is somebody else than the operator, with all rights.
func person(name string) harrier.Principal {
	p := harrier.Operator()
	p.ID, p.Name = harrier.DeriveID[harrier.PrincipalID]("test", name), name
	return p
}

// propose makes a draft of files, by path and text in turn.
func (c changing) propose(by harrier.Principal, files ...string) api.ChangeDetail {
	c.t.Helper()
	in := api.ProposeChange{Title: "a change"}
	for pair := range slices.Chunk(files, 2) {
		in.Files = append(in.Files, api.ChangeFile{Path: pair[0], Text: pair[1], Remove: pair[1] == ""})
	}
	d, err := c.ProposeChange(c.t.Context(), by, in)
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

// move submits, approves or rejects a change as it stands.
func (c changing) move(by harrier.Principal, d api.ChangeDetail, verb string) (api.ChangeDetail, error) {
	c.t.Helper()
	return c.MoveChange(c.t.Context(), by, d.ID, api.MoveChange{Verb: verb, Digest: d.Digest})
}

// live brings files into force.
func (c changing) live(files ...string) api.ChangeDetail {
	c.t.Helper()
	d := c.propose(person("author"), files...)
	if _, err := c.move(person("author"), d, "submit"); err != nil {
		c.t.Fatal(err)
	}
	d, err := c.move(person("reviewer"), d, "approve")
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

// rollBackOf undoes a change that is live.
func rollBackOf(d api.ChangeDetail) api.RollBack { return api.RollBack{Version: d.Version} }

// word is what greets in force, empty where nothing does.
func (c changing) word() string {
	d, err := system{c.App}.Playbook(c.t.Context(), harrier.Operator(), "greet")
	if err != nil {
		return ""
	}
	_, after, _ := strings.Cut(d.Source, "word: ")
	word, _, _ := strings.Cut(after, "\n")
	return word
}

// CFG-07: what is proposed or imported has no effect before a second person
// approves it, and then without a restart.
func TestChanges_haveNoEffectBeforeTheirReview(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{FourEyes: true})
	author, other := person("author"), person("other")
	d := c.propose(author, greetPath, greeting("hello"))
	if !d.OK || c.word() != "" {
		t.Fatalf("a draft: ok %v, problems %v, in force %q", d.OK, d.Problems, c.word())
	}
	if _, err := c.move(other, d, "approve"); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a draft is approved that nobody submitted: %v", err)
	}
	d, err := c.move(author, d, "submit")
	if err != nil || c.word() != "" {
		t.Fatalf("submitted: %v, in force %q", err, c.word())
	}
	if _, err := c.move(author, d, "approve"); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("its author approves it: %v", err)
	}
	if _, err := c.MoveChange(t.Context(), other, d.ID, api.MoveChange{Verb: "approve", Digest: "sha256:0"}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("approved with another digest than that of its files: %v", err)
	}
	d, err = c.move(other, d, "approve")
	if err != nil || d.State != change.Live || d.Version != 1 || d.Alone || c.word() != "hello" {
		t.Fatalf("approved: %+v, %v, in force %q", d.Change, err, c.word())
	}
	if history, err := c.Versions(t.Context(), other, greetPath); err != nil || len(history) != 1 || history[0].Change != d.ID {
		t.Errorf("history %+v, %v", history, err)
	}
	actions := c.trail(d.ID)
	if want := []string{"change.approve", "change.submit", "change.propose"}; !slices.Equal(actions, want) {
		t.Errorf("the audit trail says %v, want %v", actions, want)
	}
}

// trail is what the audit trail says of a change, the newest first.
func (c changing) trail(id harrier.ChangeID) (actions []string) {
	c.t.Helper()
	rows, err := trails{c.App}.Audit(c.t.Context(), harrier.Operator(), harrier.AuditFilter{Target: id.String()}, harrier.Page{})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, r := range rows.Items {
		actions = append(actions, r.Action)
	}
	return actions
}

// Where one person works alone, that person approves, and the trail says so.
func TestChanges_ofOnePersonAreApprovedAloneAndSaySo(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	me := harrier.Operator()
	d := c.propose(me, greetPath, greeting("hello"))
	if _, err := c.move(me, d, "submit"); err != nil {
		t.Fatal(err)
	}
	d, err := c.move(me, d, "approve")
	if err != nil || !d.Alone || c.word() != "hello" {
		t.Fatalf("%+v, %v", d.Change, err)
	}
	rows, err := trails{c.App}.Audit(t.Context(), me, harrier.AuditFilter{Action: "change.approve"}, harrier.Page{})
	if err != nil || len(rows.Items) != 1 || !strings.Contains(string(must(json.Marshal(rows.Items[0]))), `"alone":true`) {
		t.Errorf("the trail does not say that it was approved alone: %+v, %v", rows.Items, err)
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		return []byte(err.Error())
	}
	return text
}

func TestChanges_sayWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	d := c.propose(person("author"), greetPath, strings.Replace(greeting("x"), "set:", "sett:", 1))
	if d.OK || len(d.Problems) == 0 || d.Problems[0].File != greetPath || d.Problems[0].Line != 9 || d.Problems[0].Fix == "" {
		t.Errorf("problems %+v", d.Problems)
	}
	if _, err := c.move(person("author"), d, "submit"); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("it is submitted all the same: %v", err)
	}
	for _, path := range []string{"../x.playbook.yaml", "playbooks/../../x.playbook.yaml", "/etc/passwd", "playbooks/.x.playbook.yaml", "playbooks//x.playbook.yaml", "root.key", "playbooks/a b.playbook.yaml", "playbooks/x.playbook.yaml\x00"} {
		in := api.ProposeChange{Title: "t", Files: []api.ChangeFile{{Path: path, Text: "x"}}}
		if _, err := c.ProposeChange(t.Context(), person("author"), in); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("path %q: %v", path, err)
		}
	}
}

// Of two changes of one file the second is made again from what the first left.
func TestChanges_doNotOverwriteWhatOthersChanged(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	c.live(greetPath, greeting("first"))
	one, two := c.propose(person("a"), greetPath, greeting("one")), c.propose(person("b"), greetPath, greeting("two"))
	for _, d := range []api.ChangeDetail{one, two} {
		if _, err := c.move(person("a"), d, "submit"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.move(person("c"), one, "approve"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.move(person("c"), two, "approve"); harrier.KindOf(err) != harrier.Conflict || c.word() != "one" {
		t.Errorf("%v, in force %q", err, c.word())
	}
	if d, err := c.Change(t.Context(), person("c"), two.ID); err != nil || d.OK || !slices.Equal(d.Stale, []string{greetPath}) {
		t.Errorf("stale %v, ok %v, %v", d.Stale, d.OK, err)
	}
}

// A rollback is a change like any other: it waits for its review.
func TestChanges_areRolledBackByAChange(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{FourEyes: true})
	c.live(greetPath, greeting("one"))
	second := c.live(greetPath, greeting("two"))
	d, err := c.RollBack(t.Context(), person("author"), api.RollBack{Version: second.Version})
	if err != nil || d.State != change.Submitted || d.Origin != change.RolledBack || c.word() != "two" {
		t.Fatalf("%+v, %v, in force %q", d.Change, err, c.word())
	}
	if d, err = c.move(person("other"), d, "approve"); err != nil || d.Version != 3 || c.word() != "one" {
		t.Fatalf("%+v, %v, in force %q", d.Change, err, c.word())
	}
	if _, err := c.RollBack(t.Context(), person("author"), api.RollBack{Version: 1}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a version is undone that others changed since: %v", err)
	}
	if d, err = c.RollBack(t.Context(), person("author"), api.RollBack{Version: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err = c.move(person("other"), d, "approve"); err != nil || c.word() != "two" {
		t.Errorf("the rollback is not rolled back: %v, in force %q", err, c.word())
	}
}

// What is undone before it ever was is gone, and what ships holds again.
func TestChanges_rolledBackToNothingGiveWayToWhatShips(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	const path = "playbooks/escalate-alert.playbook.yaml"
	before, err := system{c.App}.Playbook(t.Context(), harrier.Operator(), "escalate-alert")
	if err != nil {
		t.Fatal(err)
	}
	d := c.live(path, strings.Replace(before.Source, "title: ", "title: Ours ", 1))
	if now, err := (system{c.App}).Playbook(t.Context(), harrier.Operator(), "escalate-alert"); err != nil || !strings.HasPrefix(now.Title, "Ours ") {
		t.Fatalf("%q, %v", now.Title, err)
	}
	if len(d.Tests) != 0 { // of what is live, nothing is examined again
		t.Errorf("tests %v", d.Tests)
	}
	if d, err = c.RollBack(t.Context(), person("a"), api.RollBack{Version: d.Version}); err != nil || !d.Files[0].Remove {
		t.Fatalf("%+v, %v", d.Files, err)
	}
	if _, err = c.move(person("b"), d, "approve"); err != nil {
		t.Fatal(err)
	}
	if now, err := (system{c.App}).Playbook(t.Context(), harrier.Operator(), "escalate-alert"); err != nil || now.Hash != before.Hash {
		t.Errorf("%q, %v", now.Title, err)
	}
}

// CFG-07: an import says what it newly reaches.
func TestChanges_sayWhatTheyNewlyReach(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	in := api.AddConnection{Name: "fw", Connector: "opnsense", BaseURL: "https://fw.corp.example", Secrets: map[string]harrier.Secret{"username": harrier.NewSecret("k"), "password": harrier.NewSecret("s")}}
	if err := c.Connect(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	d := c.propose(person("author"), "playbooks/b.playbook.yaml", blockOne)
	text := fmt.Sprintf("%+v", d.Reach)
	for _, want := range []string{"contain by", "fw.corp.example", "fw"} {
		if !strings.Contains(text, want) {
			t.Errorf("the reach %s does not tell %q", text, want)
		}
	}
}

// The tests beside a playbook run before a review may approve it, and those
// that ship hold for whoever puts another playbook in the place.
func TestChanges_failWhereTestsBesideThemFail(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	before, err := system{c.App}.Playbook(t.Context(), harrier.Operator(), "ask-an-analyst")
	if err != nil {
		t.Fatal(err)
	}
	d := c.propose(person("author"), "playbooks/ask-an-analyst.playbook.yaml", strings.Replace(before.Source, "title: ", "title: Ours ", 1))
	if !d.OK || len(d.Tests) == 0 {
		t.Fatalf("ok %v, %d tests, problems %v", d.OK, len(d.Tests), d.Problems)
	}
	broken := "harrier: 1\ntest: greet\ncases:\n  - name: it says hello\n    expect:\n      status: failed\n"
	d = c.propose(person("author"), greetPath, greeting("hello"), "playbooks/greet.test.yaml", broken)
	if d.OK || len(d.Tests) != 1 || d.Tests[0].OK {
		t.Fatalf("ok %v, tests %+v, problems %v", d.OK, d.Tests, d.Problems)
	}
	if _, err := c.move(person("author"), d, "submit"); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("submitted with a test that fails: %v", err)
	}
}

// A run keeps the playbook that it was started with.
func TestChanges_doNotTouchRunsUnderWay(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	id := o.submit()
	q := o.asked(id)
	c := changing{revisions{o.App}, t}
	now, err := system{o.App}.Playbook(t.Context(), harrier.Operator(), "phishing-response")
	if err != nil {
		t.Fatal(err)
	}
	other := "harrier: 1\nplaybook: phishing-response\ntitle: Other\ntrigger:\n  - manual:\n      on: alert\nsteps:\n  - id: nothing\n    set:\n      x: 1\n"
	d := c.propose(person("a"), "playbooks/phishing-response.playbook.yaml", other,
		"playbooks/phishing-response.test.yaml", "harrier: 1\ntest: phishing-response\ncases:\n  - name: it ends\n    expect:\n      status: succeeded\n")
	if !d.OK {
		t.Fatalf("problems %v, tests %+v", d.Problems, d.Tests)
	}
	if _, err = c.move(person("a"), d, "submit"); err != nil {
		t.Fatal(err)
	}
	if _, err = c.move(person("b"), d, "approve"); err != nil {
		t.Fatal(err)
	}
	o.approve(q)
	run := o.until(id, ended)
	if run.Hash != now.Hash || len(steps(run.Steps)) < 3 {
		t.Errorf("the run went on with %s and %d steps, started with %s", run.Hash, len(steps(run.Steps)), now.Hash)
	}
}

// killVariable names the data directory in which a child process approves a change and dies.
const killVariable = "HARRIER_TEST_CHANGE_DIR"

// TestChanges_killedChild is the process that [TestChanges_areWholeAfterAKill] kills.
func TestChanges_killedChild(t *testing.T) { //nolint:paralleltest // it is alone in its process
	dir := os.Getenv(killVariable)
	if dir == "" {
		t.Skip("it is a part of another test")
	}
	points, err := failpoint.FromEnvironment(os.Getenv(failpoint.Variable))
	if err != nil {
		t.Fatal(err)
	}
	c := newChanging(t, Options{Dir: dir, Points: points})
	c.live(greetPath, greeting("new"), "playbooks/second.playbook.yaml", strings.Replace(greeting("new"), "playbook: greet", "playbook: second", 1),
		"lists/blocked.list.yaml", listing("block", "203.0.113.8"))
}

// A process that is killed while a change comes into force comes back with the
// old or the new, whole, and with the audit row exactly where it is the new.
func TestChanges_areWholeAfterAKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, point := range []string{"change.prepared", "change.committed", "change.live", "store.before_commit:3", "store.after_commit:3"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			before := newChanging(t, Options{Dir: dir})
			before.live(greetPath, greeting("old"), "lists/blocked.list.yaml", listing("block", "203.0.113.7"))
			if err := before.Close(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChanges_killedChild$")
			cmd.Env = append(os.Environ(), killVariable+"="+dir, failpoint.Variable+"="+point)
			out, err := cmd.CombinedOutput()
			exit, ok := err.(*exec.ExitError) //nolint:errorlint // Run returns the very type
			if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("it did not die at %s: %v\n%s", point, err, out)
			}
			c := newChanging(t, Options{Dir: dir})
			_, second := system{c.App}.Playbook(t.Context(), harrier.Operator(), "second")
			list, err := c.Changes(t.Context(), harrier.Operator(), change.Filter{State: change.Live}, harrier.Page{})
			if err != nil {
				t.Fatal(err)
			}
			isNew := c.word() == "new"
			if c.word() != "old" && !isNew || isNew != (second == nil) || isNew != (len(list.Items) == 2) || isNew != (len(c.trail(list.Items[0].ID)) == 3 && len(list.Items) == 2) {
				t.Errorf("in force %q, the second file %v, %d live changes", c.word(), second, len(list.Items))
			}
			blocked := map[bool]string{true: "203.0.113.8 file", false: "203.0.113.7 file"}[isNew]
			if got := c.listed("blocked"); !slices.Equal(got, []string{blocked}) {
				t.Errorf("in force %q, and blocked is %q", c.word(), got)
			}
		})
	}
}

// A change that others overtook is joined with theirs; where both changed the
// same line, both stand there with the place, and it is not submitted.
func TestChanges_areMergedWithWhatOthersChanged(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{FourEyes: true})
	c.live(greetPath, greeting("first"))
	titled := func(text string) string { return strings.Replace(text, "title: Greet", "title: Welcome", 1) }
	mine := c.propose(person("a"), greetPath, titled(greeting("first")))
	if _, err := c.move(person("a"), mine, "merge"); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("there was nothing to merge: %v", err)
	}
	clash := c.propose(person("a"), greetPath, greeting("clash"))
	c.live(greetPath, greeting("theirs"))
	if _, err := c.move(person("a"), mine, "submit"); harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), "change merge") {
		t.Fatalf("a stale change was submitted: %v", err)
	}
	joined, err := c.move(person("a"), mine, "merge")
	if err != nil || !joined.OK || len(joined.Stale) > 0 || joined.Files[0].Text != titled(greeting("theirs")) {
		t.Fatalf("%+v, %v", joined, err)
	}
	if joined, err = c.move(person("a"), joined, "submit"); err != nil {
		t.Fatal(err)
	}
	if _, err = c.move(person("b"), joined, "approve"); err != nil || c.word() != "theirs" {
		t.Fatalf("%v, in force %q", err, c.word())
	}
	both, err := c.move(person("a"), clash, "merge")
	if err != nil || both.OK || len(both.Problems) == 0 || !strings.Contains(both.Files[0].Text, "theirs") || !strings.Contains(both.Files[0].Text, "clash") || !strings.Contains(both.Files[0].Text, ">>>>>>> in this change") {
		t.Fatalf("%+v, %v", both, err)
	}
	if _, err := c.move(person("a"), both, "submit"); err == nil {
		t.Error("markers were submitted")
	}
}

// Two people who change keys side by side do not stand in each other's way.
func TestChanges_areMergedByTheirKeys(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{FourEyes: true})
	text := func(description, owner string) string {
		return strings.Replace(listing("allow", "a.example"), "owner: soc", "description: "+description+"\nowner: "+owner, 1)
	}
	c.live(vendorsPath, text("old", "soc"))
	mine := c.propose(person("a"), vendorsPath, text("old", "net # mine"))
	c.live(vendorsPath, text("new # theirs", "soc"))
	joined, err := c.move(person("a"), mine, "merge")
	if err != nil || !joined.OK || joined.Files[0].Text != text("new # theirs", "net # mine") {
		t.Fatalf("%+v, %v", joined.Files, err)
	}
}
