package playbook

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// plan compiles a playbook that must be right.
func plan(t *testing.T, source string) *Plan {
	t.Helper()
	p, problems := Compile("test.playbook.yaml", []byte(source), testCatalog())
	if p == nil {
		t.Fatalf("the playbook does not compile:\n%v", problems)
	}
	return p
}

// good returns the plan of a file of testdata/good.
func good(t *testing.T, name string) *Plan {
	t.Helper()
	return plan(t, string(source(t, filepath.Join("testdata/good", name+".playbook.yaml"))))
}

// stepOf returns the step of a label.
func stepOf(t *testing.T, p *Plan, label string) *Step {
	t.Helper()
	var found *Step
	p.walk(func(s *Step) {
		if s.Label == label && found == nil {
			found = s
		}
	})
	if found == nil {
		t.Fatalf("the plan has no step %s", label)
	}
	return found
}

func TestCheck_acceptsWhatIsRight(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/good/*.playbook.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			p, problems := Compile(filepath.Base(path), source(t, path), testCatalog())
			if p == nil || len(problems) > 0 {
				t.Fatalf("problems with a good playbook:\n%v", problems)
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".explain.golden", Explain(p).String())
		})
	}
}

func TestCheck_compilesEveryKind(t *testing.T) {
	t.Parallel()
	p := good(t, "every-kind")
	ips := stepOf(t, p, "ips")
	body := ips.Loop.Body[0]
	if !ips.Loop.Single || ips.Loop.MaxParallel != 4 || ips.Loop.As != "ip" || !ips.OnError.Continue {
		t.Errorf("loop: %+v", ips.Loop)
	}
	if ips.Timeout != 0 || body.Timeout != 30*time.Second || body.Retry == nil || body.Retry.Attempts != 2 || body.Label != "ips" {
		t.Errorf("timeout and retry belong to each call of the loop: %+v", body)
	}
	if a := body.Action; !a.Verb || a.Via != ViaAll || a.Effect != harrier.Read {
		t.Errorf("action of the loop: %+v", a)
	}
	mail := stepOf(t, p, "mail")
	if want := (schema.Retry{Attempts: 3, Base: 2 * time.Second, Max: time.Minute}); *mail.Retry != want || mail.Timeout != 90*time.Second {
		t.Errorf("mail: %+v %v", mail.Retry, mail.Timeout)
	}
	watch := stepOf(t, p, "watch")
	if watch.Poll.Every != 30*time.Second || watch.Poll.MaxTime != 10*time.Minute || watch.Poll.MaxRounds != 0 || len(watch.OnError.Steps) != 1 {
		t.Errorf("poll: %+v", watch.Poll)
	}
	decide, isolate, wipe := stepOf(t, p, "decide"), stepOf(t, p, "isolate"), stepOf(t, p, "wipe")
	if decide.Approve.Need != 2 || !slices.Contains(decide.Approve.Covers, isolate) || isolate.Loop.Body[0].Action.Approval != decide {
		t.Errorf("approve: %+v", decide.Approve)
	}
	if lease := isolate.Loop.Body[0].Action.Lease; lease == nil || lease.For != 7*24*time.Hour || !lease.Ask {
		t.Errorf("a lease on an endpoint asks at its end: %+v", lease)
	}
	if approve := wipe.Action.Approval; approve == nil || !approve.Approve.StopOnDeny || approve.Approve.Expires != 24*time.Hour {
		t.Errorf("wipe: %+v", approve)
	}
	if tell := stepOf(t, p, "tell"); tell.Action.Via != ViaFirst || tell.Action.Connection != "main" {
		t.Errorf("tell: %+v", tell.Action)
	}
	if again := stepOf(t, p, "again"); again.Script == nil || again.Script.Memory != "128MiB" || again.Script.Input == nil {
		t.Errorf("script: %+v", again.Script)
	}
	if helper := stepOf(t, p, "helper"); helper.Call.Plan == nil || helper.Call.Plan != p.Children["child"] {
		t.Errorf("call: %+v", helper.Call)
	}
	if len(p.Triggers) != 5 || len(p.Inputs) != 5 || p.Limits.Then != "join" || p.Limits.OnePer == nil || p.Outputs == nil || p.ManualMinutes != 12.5 {
		t.Errorf("plan: %+v", p)
	}
	if len(p.Refusals) != 1 {
		t.Errorf("scripts are refused at the start, got %q", p.Refusals)
	}
}

func TestCheck_labelsAreUnique(t *testing.T) {
	t.Parallel()
	p := good(t, "every-kind")
	seen := map[string]bool{}
	for _, list := range [][]*Step{p.Steps, p.OnFailure, p.Always} {
		walkSteps(list, func(s *Step) {
			if s.Kind == ActionKind && seen[s.Label] {
				return // the action of a loop has the label of the loop
			}
			if seen[s.Label] {
				t.Errorf("label %s is there twice", s.Label)
			}
			seen[s.Label] = true
		})
	}
	if !seen["alert.close#6"] {
		t.Errorf("a step without an id is labelled by what it is and its ordinal: %v", seen)
	}
}

// G8, G9: what a run pins and an approval signs changes with everything that
// decides what is done.
func TestCheck_hashChangesWithEveryByte(t *testing.T) {
	t.Parallel()
	text := string(source(t, "testdata/good/phishing-response.playbook.yaml"))
	base := plan(t, text).Hash
	if len(base) != 64 {
		t.Fatalf("hash %q", base)
	}
	if got := plan(t, strings.ReplaceAll(text, "\n", "\r\n")).Hash; got != base {
		t.Errorf("the ends of lines changed the hash")
	}
	if got := plan(t, text+"# a comment\n").Hash; got == base {
		t.Errorf("a comment did not change the hash")
	}
	cat := testCatalog()
	spec := cat.Actions["msgraph.quarantine"]
	spec.ManifestHash = "another"
	cat.Actions["msgraph.quarantine"] = spec
	p, _ := Compile("test.playbook.yaml", []byte(text), cat)
	if p.Hash == base {
		t.Errorf("a manifest did not change the hash")
	}
}

func TestCheck_hashChangesWithChildren(t *testing.T) {
	t.Parallel()
	text := "harrier: 1\nplaybook: parent\nsteps:\n  - call: child\n    with: {host: pc7}\n"
	base := plan(t, text)
	cat := testCatalog()
	cat.Playbooks["grandchild"], _ = Parse("grandchild.playbook.yaml", []byte(strings.Replace(grandchildSource, "seen: 3", "seen: 4", 1)))
	p, problems := Compile("test.playbook.yaml", []byte(text), cat)
	if p == nil || p.Hash == base.Hash {
		t.Errorf("a grandchild did not change the hash: %v", problems)
	}
	if _, ok := base.Children["child"]; !ok || len(base.Children["child"].Children) != 1 {
		t.Errorf("children: %v", base.Children)
	}
}

func TestCheck_actionsAreAllThatMayBeCalled(t *testing.T) {
	t.Parallel()
	p := good(t, "phishing-response")
	var got []string
	for name := range p.Actions {
		got = append(got, name)
	}
	slices.Sort(got)
	want := []string{"alert.close", "case.open", "email.parse", "gateway.block_sender", "intel.lookup", "msgraph.quarantine", "msgraph.restore", "msgraph.search"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
}

func TestCheck_callsGoTenDeep(t *testing.T) {
	t.Parallel()
	cat := testCatalog()
	for i := range 12 {
		text := fmt.Sprintf("harrier: 1\nplaybook: p%d\ntrigger:\n  - call: true\nsteps:\n  - call: p%d\n", i, i+1)
		if i == 11 {
			text = "harrier: 1\nplaybook: p11\ntrigger:\n  - call: true\nsteps:\n  - set: {x: 1}\n"
		}
		cat.Playbooks[fmt.Sprintf("p%d", i)], _ = Parse(fmt.Sprintf("p%d.playbook.yaml", i), []byte(text))
	}
	if p, problems := Check(cat.Playbooks["p1"], cat); p == nil {
		t.Errorf("ten playbooks below one are allowed: %v", problems)
	}
	if _, problems := Check(cat.Playbooks["p0"], cat); problems.Err() == nil {
		t.Error("eleven playbooks below one passed")
	}
}

func TestCheck_refusesSelfCalls(t *testing.T) {
	t.Parallel()
	cat := testCatalog()
	_, problems := Check(cat.Playbooks["loop-a"], cat)
	if problems.Err() == nil {
		t.Error("a playbook that calls itself through another passed")
	}
}

func TestCheck_boundsSteps(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("harrier: 1\nplaybook: long\nsteps:\n")
	for range maxSteps {
		b.WriteString("  - set: {x: 1}\n")
	}
	began := time.Now()
	if p, problems := Compile("long.playbook.yaml", []byte(b.String()), Catalog{}); p == nil {
		t.Fatalf("%d steps are allowed: %v", maxSteps, problems[0])
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("%d steps took %v", maxSteps, took)
	}
	b.WriteString("  - set: {x: 1}\n")
	if _, problems := Compile("long.playbook.yaml", []byte(b.String()), Catalog{}); !hasCode(problems, "too-many-steps") {
		t.Errorf("%d steps passed", maxSteps+1)
	}
}

func TestCheck_boundsNesting(t *testing.T) {
	t.Parallel()
	nested := func(depth int) string {
		var b strings.Builder
		b.WriteString("harrier: 1\nplaybook: deep\ntrigger: [{manual: {on: alert}}]\nsteps:\n")
		for i := range depth - 1 {
			pad := strings.Repeat("  ", i+1)
			b.WriteString(pad + "- if: alert.x == 1\n" + pad + "  then:\n")
		}
		return b.String() + strings.Repeat("  ", depth) + "- set: {x: 1}\n"
	}
	if p, problems := Compile("deep.playbook.yaml", []byte(nested(maxNesting)), Catalog{}); p == nil {
		t.Errorf("%d levels are allowed: %v", maxNesting, problems)
	}
	if _, problems := Compile("deep.playbook.yaml", []byte(nested(maxNesting+1)), Catalog{}); !hasCode(problems, "too-deep") {
		t.Errorf("%d levels passed: %v", maxNesting+1, problems)
	}
}

func TestCheck_boundsProblems(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("harrier: 1\nplaybook: wrong\ntrigger:\n  - manual: {on: alert}\nsteps:\n")
	for range maxSteps / 4 {
		b.WriteString("  - uses: endpoint.isolate\n    with: {host: pc7}\n  - set: {x: \"${{ steps.no }}\"}\n  - set: {x: \"${{ 1 + 'a' }}\"}\n")
	}
	p, problems := Compile("wrong.playbook.yaml", []byte(b.String()), testCatalog())
	if p != nil || problems.Err() == nil {
		t.Error("a wrong playbook gave a plan")
	}
	if len(problems) > 2*maxProblems {
		t.Errorf("%d problems are more than anybody reads", len(problems))
	}
}

func BenchmarkCompileChain(b *testing.B) {
	var text strings.Builder
	text.WriteString("harrier: 1\nplaybook: chain\nsteps:\n  - id: s0\n    set: {x: 1}\n")
	for i := 1; i < maxSteps; i++ {
		fmt.Fprintf(&text, "  - id: s%d\n    set: {x: \"${{ steps.s%d.output.x + 1 }}\"}\n", i, i-1)
	}
	b.ReportAllocs()
	for b.Loop() {
		if p, problems := Compile("chain.playbook.yaml", []byte(text.String()), Catalog{}); p == nil {
			b.Fatal(problems)
		}
	}
}

// hasCode reports whether a rule was told.
func hasCode(problems document.Problems, code string) bool {
	return slices.ContainsFunc(problems, func(p document.Problem) bool { return p.Code == code })
}

func TestCheck_neverShowsASecret(t *testing.T) {
	t.Parallel()
	text := string(source(t, "testdata/bad/secrets.playbook.yaml"))
	_, problems := Compile("secrets.playbook.yaml", []byte(text), testCatalog())
	for _, secret := range []string{"hunter2", "AKIAIOSFODNN7EXAMPLE", "0123456789abcdef", "abcdef"} {
		if !strings.Contains(text, secret) {
			t.Fatalf("the test does not hold %s", secret)
		}
		if strings.Contains(problems.Error(), secret) {
			t.Errorf("a problem shows %s", secret)
		}
	}
}

func TestParse_survivesAnEmptyFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n", "[]", "x", "- a", "{}", "# only a comment"} {
		doc, problems := Parse("x.playbook.yaml", []byte(text))
		if problems.Err() == nil {
			t.Errorf("%q passed", text)
		}
		if doc != nil {
			if p, _ := Check(doc, Catalog{}); p != nil {
				t.Errorf("%q gave a plan", text)
			}
		}
	}
}

func TestParse_refusesLargeFiles(t *testing.T) {
	t.Parallel()
	text := append([]byte("harrier: 1\nplaybook: big\nsteps:\n  - set: {x: 1}\n#"), make([]byte, maxSource)...)
	if _, problems := Parse("big.playbook.yaml", text); problems.Err() == nil {
		t.Error("a file over 1 MiB passed")
	}
}

func BenchmarkCompile(b *testing.B) {
	text, err := os.ReadFile("testdata/good/phishing-response.playbook.yaml")
	if err != nil {
		b.Fatal(err)
	}
	cat := testCatalog()
	b.ReportAllocs()
	for b.Loop() {
		if p, problems := Compile("phishing-response.playbook.yaml", text, cat); p == nil {
			b.Fatal(problems)
		}
	}
}
