package crash

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
)

// The deeds of a tale by their place, as far as checks need them.
const (
	deedFirst   = 1
	deedComment = 2
	deedCommon  = 3
	deedAttach  = 4
	deedTask    = 5
	deedDone    = 6
	deedSecond  = 7
	deedMerge   = 8
	deedSplit   = 9
	deedClose   = 10
	deedCorrect = 11
)

// whole starts the server and checks all tales; then it looks at the audit log
// without a server.
func (d *desk) whole(point string) {
	d.t.Helper()
	if !d.start("") {
		d.t.Fatalf("after a kill at %q the server does not start", point)
	}
	common := d.shown(d.common)
	d.chained(common)
	d.sound(common)
	all, err := d.cases(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range d.clerks {
		for _, t := range c.ledger {
			d.told(t, common, all)
		}
	}
	d.die()
	out, err := exec.CommandContext(d.t.Context(), d.bin, "audit", "verify", "--data", d.data, "--key", d.key).CombinedOutput()
	if err != nil {
		d.t.Errorf("the audit log does not verify: %v: %s", err, out)
	}
}

func (d *desk) shown(id string) caseShown {
	d.t.Helper()
	var c caseShown
	d.get("/v1/cases/"+id, &c)
	return c
}

// once checks that something is there once where it was confirmed, and at most
// once where nobody heard of it.
func (d *desk) once(t *tale, deed, n int, what string) {
	d.t.Helper()
	if n > 1 || n == 0 && t.done > deed {
		d.t.Errorf("%s of %s is there %d times; %d deeds were confirmed", what, t.name, n, t.done)
	}
}

// lines counts the lines of a timeline that are of a kind and hold a text.
func lines(c caseShown, kind, text string) (n int) {
	for _, l := range c.Timeline {
		if l.Kind == kind && strings.Contains(l.Text+"\n", text+"\n") {
			n++
		}
	}
	return n
}

// told checks one tale.
func (d *desk) told(t *tale, common caseShown, all map[string][]string) {
	d.t.Helper()
	ids := map[string]string{}
	for _, title := range []string{"first ", "second ", "third "} {
		found := all[title+t.name]
		deed := map[string]int{"first ": deedFirst, "second ": deedSecond, "third ": deedSplit}[title]
		d.once(t, deed, len(found), "the case "+title)
		if len(found) == 1 {
			ids[title] = found[0]
			d.sound(d.shown(found[0]))
		}
	}
	d.once(t, deedCommon, lines(common, "edited", "→ "+t.name), "the edit")
	d.once(t, deedComment, lines(common, "comment", "comment "+t.name), "the comment on the common case")
	d.exhibited(t)
	if ids["first "] == "" {
		return
	}
	first := d.shown(ids["first "])
	d.once(t, deedComment, lines(first, "comment", "comment "+t.name), "the comment")
	d.once(t, deedTask, lines(first, "task", "new task: task "+t.name), "the task")
	d.once(t, deedDone, lines(first, "task", "done: task "+t.name), "the end of the task")
	d.once(t, deedClose, lines(first, "closed", "true_positive: "+t.name), "the closing")
	d.once(t, deedCorrect, lines(first, "reopened", "it was not true_positive but benign_positive: "+t.name), "the correction")
	d.joined(t, first, ids)
}

// joined checks that the merge and the split of a tale are whole, or not there.
func (d *desk) joined(t *tale, first caseShown, ids map[string]string) {
	d.t.Helper()
	merged := lines(first, "linked", fmt.Sprintf("case %d was merged into this one: %s", d.number(ids["second "]), t.name))
	d.once(t, deedMerge, merged, "the merge")
	split := 0
	if ids["third "] != "" {
		split = 1
	}
	want := []string{t.alerts[0]}
	if merged > split {
		want = append(want, t.alerts[1])
	}
	d.holds(first.ID, want...)
	if ids["second "] != "" {
		second, into := d.shown(ids["second "]), ""
		if merged == 1 {
			into = first.ID
		}
		if second.MergedInto != into || (second.Status == "closed") != (merged == 1) {
			d.t.Errorf("the second case of %s is %s and in %q; merged: %d", t.name, second.Status, second.MergedInto, merged)
		}
	}
	if split == 1 {
		third := d.shown(ids["third "])
		d.holds(third.ID, t.alerts[1])
		if lines(first, "linked", fmt.Sprintf("case %d was split off", third.Number)) != 1 {
			d.t.Errorf("the split of %s is half done: %+v", t.name, first.Timeline)
		}
	}
}

func (d *desk) number(id string) int64 {
	if id == "" {
		return 0
	}
	return d.shown(id).Number
}

// holds checks the alerts of a case.
func (d *desk) holds(id string, want ...string) {
	d.t.Helper()
	var list struct{ Items []struct{ ID string } }
	d.get("/v1/alerts?case="+id, &list)
	var got []string
	for _, a := range list.Items {
		got = append(got, a.ID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		d.t.Errorf("case %s holds %v, not %v", id, got, want)
	}
}

// exhibited checks a tale's evidence: there once, and of its hash.
func (d *desk) exhibited(t *tale) {
	d.t.Helper()
	items, err := d.evidence(d.t.Context(), t)
	if err != nil {
		d.t.Fatal(err)
	}
	d.once(t, deedAttach, len(items), "the evidence")
	for _, e := range items {
		a := d.ask(d.t.Context(), asking{method: http.MethodGet, path: "/v1/evidence/" + e.ID + "/content"})
		sum := sha256.Sum256(a.body)
		if a.status != http.StatusOK || hex.EncodeToString(sum[:]) != t.hash() {
			d.t.Errorf("the evidence of %s is damaged: %d", t.name, a.status)
		}
	}
}

// sound checks that what is recorded of a case leads to how it is: its timeline
// has no gaps, its last status is the one that it has, none follows itself, and
// the audit trail has a row for each line that people wrote.
func (d *desk) sound(c caseShown) {
	d.t.Helper()
	for i, l := range c.Timeline {
		if l.Seq != int64(i+1) {
			d.t.Errorf("case %d: line %d of the timeline has number %d", c.Number, i+1, l.Seq)
		}
	}
	var history struct {
		Items []struct{ Status, Disposition string }
	}
	d.get("/v1/cases/"+c.ID+"/history", &history)
	for i, st := range history.Items[1:] {
		if st == history.Items[i] {
			d.t.Errorf("case %d: %+v follows itself", c.Number, st)
		}
	}
	if last := history.Items[len(history.Items)-1]; last.Status != c.Status || last.Disposition != c.Disposition {
		d.t.Errorf("case %d is %s %s, and its history ends with %+v", c.Number, c.Status, c.Disposition, last)
	}
	audited := d.audited(c.ID)
	for kind, actions := range map[string][]string{
		"comment": {"case.comment"}, "edited": {"case.edit"}, "closed": {"case.close"}, "reopened": {"case.reopen"}, "evidence": {"case.evidence.add"},
		"task": {"case.task", "case.task.add"},
	} {
		rows, n := 0, 0
		for _, action := range actions {
			rows += audited[action]
		}
		for _, l := range c.Timeline {
			if l.Kind == kind {
				n++
			}
		}
		if rows != n {
			d.t.Errorf("case %d has %d lines %q, and the audit trail has %d", c.Number, n, kind, rows)
		}
	}
}

// audited counts what the audit trail says of a case.
func (d *desk) audited(id string) map[string]int {
	d.t.Helper()
	counts := map[string]int{}
	for cursor := ""; ; {
		var list struct {
			Items      []struct{ Action string }
			NextCursor string `json:"next_cursor"`
		}
		d.get("/v1/audit?limit=500&target="+id+"&cursor="+cursor, &list)
		for _, e := range list.Items {
			counts[e.Action]++
		}
		if cursor = list.NextCursor; cursor == "" {
			return counts
		}
	}
}

// chained checks that each edit of the common case began with what the one
// before had left, and that the last is what is there.
func (d *desk) chained(c caseShown) {
	d.t.Helper()
	is := "common"
	for _, l := range c.Timeline {
		if l.Kind != "edited" {
			continue
		}
		was, now, ok := strings.Cut(strings.TrimPrefix(l.Text, "title: "), " → ")
		if !ok || was != is {
			d.t.Errorf("an edit began with %q where %q was left: %s", was, is, l.Text)
		}
		is = now
	}
	if c.Title != is {
		d.t.Errorf("the title is %q, and the edits lead to %q", c.Title, is)
	}
}
