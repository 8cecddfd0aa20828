package playbook

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExplain_listsUnapprovedPaths(t *testing.T) {
	t.Parallel()
	e := Explain(good(t, "phishing-response"))
	var unapproved []string
	for _, p := range e.Paths {
		if slices.Contains(p.Unapproved, "purge") {
			unapproved = append(unapproved, strings.Join(p.Choices, "; "))
		}
		if slices.Contains(p.Choices, "ok: denied or expired") && slices.Contains(p.Effects, "purge") {
			t.Errorf("a denied effect happens: %+v", p)
		}
	}
	if diff := cmp.Diff([]string{"if#4: then; ok: skipped"}, unapproved); diff != "" {
		t.Errorf("paths on which purge runs unasked (-want +got):\n%s", diff)
	}
}

func TestExplain_tellsEveryEffectOfChildren(t *testing.T) {
	t.Parallel()
	e := Explain(plan(t, "harrier: 1\nplaybook: parent\nsteps:\n  - id: down\n    call: child\n    with: {host: pc7}\n"))
	want := []ExplainedEffect{{Step: "down/isolate", Uses: "endpoint.isolate", Effect: "contain", Playbook: "child", Line: 13, Approval: "ask_first"}}
	if diff := cmp.Diff(want, e.Effects); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}

func TestExplain_saysWhenPathsAreCut(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("harrier: 1\nplaybook: wide\ntrigger:\n  - manual: {on: alert}\nsteps:\n")
	for range 40 {
		b.WriteString("  - if: alert.x == 1\n    uses: chat.post\n    with: {channel: soc, text: x}\n")
	}
	e := Explain(plan(t, b.String()))
	if !e.Cut || len(e.Paths) > maxPaths || len(e.Effects) != 40 {
		t.Errorf("cut %v, %d paths, %d effects", e.Cut, len(e.Paths), len(e.Effects))
	}
	if !strings.Contains(e.String(), "not listed") {
		t.Error("the text does not say that paths were cut")
	}
}

func TestExplain_staysSmallWherePlaybooksCallEachOtherALot(t *testing.T) {
	t.Parallel()
	cat := testCatalog()
	for i := range 10 {
		step := fmt.Sprintf("  - call: p%d\n", i+1)
		if i == 9 {
			step = "  - uses: chat.post\n    with: {channel: soc, text: x}\n"
		}
		text := fmt.Sprintf("harrier: 1\nplaybook: p%d\ntrigger:\n  - call: true\nsteps:\n%s", i, strings.Repeat(step, 30))
		cat.Playbooks[fmt.Sprintf("p%d", i)], _ = Parse("p.playbook.yaml", []byte(text))
	}
	p, problems := Check(cat.Playbooks["p0"], cat)
	if p == nil {
		t.Fatal(problems)
	}
	if e := Explain(p); !e.Cut || len(e.Effects) > maxEffects {
		t.Errorf("cut %v, %d effects", e.Cut, len(e.Effects))
	}
}

func TestExplain_isJSON(t *testing.T) {
	t.Parallel()
	e := Explain(good(t, "every-kind"))
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back Explanation
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, back); diff != "" {
		t.Errorf("after JSON (-want +got):\n%s", diff)
	}
}

func TestBranches_listsEveryWay(t *testing.T) {
	t.Parallel()
	var got []string
	for _, b := range Branches(good(t, "phishing-response")) {
		got = append(got, b.String())
	}
	want := []string{
		"intel: items", "intel: empty", "intel: fails", "if#4: then", "if#4: else", "ok: runs", "ok: skipped",
		"ok: approved", "ok: denied", "ok: expired", "purge: items", "purge: empty", "alert.close#10: runs", "alert.close#10: skipped",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("branches (-want +got):\n%s", diff)
	}
}
