package verdict

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// together is how playbooks put the actions together.
const together = `harrier: 1
playbook: together
title: Judge a mail
trigger:
  - manual: {on: alert}
steps:
  - id: us
    uses: organisation.get
  - id: mail
    uses: email.parse
    with:
      evidence: ${{ alert.evidence.email }}
      trusted_servers: ${{ steps.us.output.trusted_servers }}
      own_domains: ${{ steps.us.output.own_domains }}
      partner_domains: ${{ steps.us.output.partner_domains }}
      people: '${{ steps.us.output.people.map(p, {"name": p.name, "address": p.address}) }}'
      simulations: ${{ steps.us.output.simulations }}
  - id: intel
    for_each: steps.mail.output.observables
    as: o
    key: o.type + "/" + o.value
    uses: intel.lookup
    with:
      type: ${{ o.type }}
      value: ${{ o.value }}
    on_error: continue
  - id: known
    uses: mail.correspondence
    with:
      with: ${{ steps.mail.output.from.address }}
    on_error: continue
  - id: judge
    uses: verdict.judge
    with:
      mail: ${{ steps.mail.output }}
      intel: ${{ steps.intel.output.items }}
      unanswered: ${{ steps.intel.output.errors }}
      correspondence: ${{ steps.known.?output }}
      correspondence_with: ${{ steps.mail.output.from.address }}
      organisation: ${{ steps.us.output }}
  - id: plan
    uses: verdict.block_plan
    with:
      mail: ${{ steps.mail.output }}
      intel: ${{ steps.intel.output.items }}
      organisation: ${{ steps.us.output }}
  - id: person
    if: steps.judge.output.verdict == "inconclusive"
    ask:
      title: What is it?
      to: role:analyst
      form:
        verdict: {type: string, values: [malicious, benign], required: true, help: What it is.}
  - id: again
    uses: verdict.judge
    with:
      mail: ${{ steps.mail.output }}
      intel: ${{ steps.intel.output.items }}
      organisation: ${{ steps.us.output }}
      answers: >-
        ${{ steps.person.?output.verdict.hasValue() ? [{"by": steps.person.?output.by.orValue("somebody"), "verdict": steps.person.?output.verdict.orValue("inconclusive")}] : [] }}
  - id: hunt
    uses: mail.search
    with:
      message_id: ${{ steps.mail.output.message_id }}
  - id: copies
    uses: email.match
    with:
      mail: ${{ steps.mail.output }}
      candidates: ${{ steps.hunt.output.messages }}
      malicious: ${{ steps.plan.output.urls + steps.plan.output.domains + steps.plan.output.hashes }}
      organisation: ${{ steps.us.output }}
  - id: reasons
    set:
      text: ${{ steps.again.output.reasons.map(r, r.text).join("\n") }}
      unproven: ${{ steps.again.output.against_benign.map(d, d.text + " " + d.changes) }}
      first: ${{ steps.again.output.reasons.map(r, r.evidence.?link.orValue("")) }}
  - id: pages
    for_each: steps.plan.output.detonate.filter(d, d.kind == "url")
    as: d
    uses: sandbox.submit_url
    with:
      url: ${{ d.value }}
    on_error: continue
  - id: quarantine
    for_each: steps.copies.output.exact
    as: m
    uses: mail.quarantine
    with:
      mailbox: ${{ m.mailbox }}
      message_id: ${{ m.id }}
  - if: steps.again.output.verdict == "benign" && steps.pages.output.failed == 0
    then:
      - uses: alert.close
        with: {disposition: benign, reason: "${{ steps.reasons.output.text }}"}
`

func TestActions_fitTogetherInAPlaybook(t *testing.T) {
	t.Parallel()
	cat := playbook.Catalog{Actions: map[string]schema.ActionSpec{}, Verbs: map[string]schema.Verb{}, Offers: map[string][]string{}}
	parse, err := email.Action(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]builtin.Action{{parse, organisation.Action(organisation.Default)}, Actions(), intel.New(intel.Config{}).Actions()} {
		for _, a := range list {
			cat.Actions[a.Spec.Name] = a.Spec
		}
	}
	text := schema.TypeOf(schema.String)
	cat.Actions["alert.close"] = schema.ActionSpec{
		Name: "alert.close", Connector: "alert", Effect: "record", Repeat: "natural", Builtin: true, Local: true,
		Input: []schema.Field{must("disposition", text, "What."), must("reason", text, "Why.")}, Output: schema.ObjectOf(must("id", text, "Id.")),
	}
	for _, v := range schema.Verbs() {
		cat.Verbs[v.Name] = v
		name := "product." + v.Name
		cat.Actions[name] = schema.ActionSpec{
			Name: name, Connector: "product", Verb: v.Name, Effect: v.Effect, Repeat: "natural", Input: v.Input, Output: v.Output,
			Undo: &schema.Link{Action: v.Undo},
		}
		cat.Offers[v.Name] = []string{name}
	}
	plan, problems := playbook.Compile("together.playbook.yaml", []byte(together), cat)
	if plan == nil {
		t.Fatal(problems)
	}
	for _, p := range problems {
		if p.Code != "unapproved-containment" {
			t.Errorf("got %v", p)
		}
	}
}

// BenchmarkJudge judges a mail with as much in it as email.parse gives.
func BenchmarkJudge(b *testing.B) {
	in := largest()
	for b.Loop() {
		e, err := readEvidence(in)
		if err != nil {
			b.Fatal(err)
		}
		e.judge().output()
		e.planOutput()
	}
}

// largest is a mail with about as much in it as email.parse gives, all of which
// was looked up, and which is all about the reader.
func largest() object {
	links, observables, intel, to := array{}, array{}, array{}, array{}
	for i := range 100 {
		to = append(to, fmt.Sprintf("reader%d@corp.example", i))
	}
	for i := range 800 {
		link := fmt.Sprintf("https://host%d.evil.example/a/b/c?reader=cmVhZGVyNzdAY29ycC5leGFtcGxl&n=%d#%s", i, i, strings.Repeat("x", 40))
		links = append(links, link)
		observables = append(observables, seen("url", link, "link"))
		intel = append(intel, said("url", link, "a=malicious", "b=unknown", "c=benign", "d=failed"))
	}
	return object{
		"mail":  with(phish(), object{"links": links, "observables": observables, "to": to}),
		"intel": intel, "organisation": organisation.Default().Output(),
	}
}

func TestJudge_staysBoundedForTheLargestMail(t *testing.T) {
	t.Parallel()
	in := largest()
	out := judged(t, in)
	text, err := json.Marshal(out)
	if err != nil || len(text) > step.MaxOutput {
		t.Errorf("the output of judging has %d bytes, %v", len(text), err)
	}
	text, err = json.Marshal(planned(t, in))
	if err != nil || len(text) > step.MaxOutput {
		t.Errorf("the output of planning has %d bytes, %v", len(text), err)
	}
}
