package playbook

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

func TestParseTest_readsEveryPart(t *testing.T) {
	t.Parallel()
	file, problems := ParseTest("phishing-response.test.yaml", source(t, "testdata/tests/phishing-response.test.yaml"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if problems := file.Check(good(t, "phishing-response")); len(problems) > 0 {
		t.Fatal(problems)
	}
	want := TestCase{
		Name: "a malicious mail is removed from every mailbox", Mode: harrier.Live,
		Alert:  map[string]any{"title": "Reported mail", "category": "phishing", "evidence": map[string]any{"email": "evidence_01h455vb4pex5vsknk084sn02q"}},
		Inputs: map[string]any{"contain": false}, Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		Stubs: []Stub{
			{Match: "email.parse", Answers: []StubAnswer{{Output: map[string]any{
				"message_id": "<1@evil.example>", "from": map[string]any{"address": "a@evil.example"},
				"observables": []any{map[string]any{"type": "url", "value": "https://evil.example/"}},
			}}}},
			{Match: "intel", Answers: []StubAnswer{{Output: map[string]any{"verdict": "malicious"}}, {Output: map[string]any{"verdict": "unknown"}}}},
			{Match: "mail.search", Answers: []StubAnswer{{Class: "unavailable"}, {Output: map[string]any{"messages": []any{map[string]any{"mailbox": "a@corp.example", "id": "17"}}}}}},
			{Match: `purge["a@corp.example/17"]`, Answers: []StubAnswer{{Class: "unknown", Text: "The connection broke."}}},
			{Match: "case.open", Answers: []StubAnswer{{Output: map[string]any{"case": "case_1", "number": int64(1)}}}},
		},
		Approvals: map[string]Decision{"ok": DecideApprove}, Answers: map[string]map[string]any{},
		Expect: Expect{
			Status: "succeeded", Skipped: []ExpectedLabel{{Label: "alert.close#10"}},
			Path: []ExpectedLabel{{Label: "mail"}, {Label: "intel"}, {Label: "judge"}, {Label: "hunt"}, {Label: "ok"}, {Label: "purge"}},
			Effects: []ExpectedEffect{
				{Action: "mail.quarantine", Target: "a@corp.example", With: map[string]any{"message_id": "17"}, Count: 1},
				{Action: "case.open", Count: 1},
			},
			Asked: []ExpectedQuestion{{ExpectedLabel: ExpectedLabel{Label: "ok"}, Says: []string{"a@corp.example"}}},
			Calls: []ExpectedCall{{ExpectedLabel: ExpectedLabel{Label: "hunt"}, With: map[string]any{"sender": "a@evil.example"}}},
			Steps: []ExpectedStep{
				{ID: "judge", Status: "succeeded", Output: map[string]any{"verdict": "malicious"}},
				{ID: "ok", Output: map[string]any{"decision": "approved"}},
			},
		},
	}
	if diff := cmp.Diff(want, file.Cases[0], cmpopts.IgnoreTypes(document.Pos{}), cmpopts.IgnoreUnexported(TestCase{}, ExpectedEffect{})); diff != "" {
		t.Errorf("case (-want +got):\n%s", diff)
	}
	second := file.Cases[1]
	if second.Mode != harrier.Shadow || second.Expect.Effects == nil || second.Expect.Path != nil {
		t.Errorf("an empty list is not the same as none: %+v", second.Expect)
	}
}

func TestParseTest_reportsEveryMistake(t *testing.T) {
	t.Parallel()
	file, problems := ParseTest("bad.test.yaml", source(t, "testdata/tests/bad.test.yaml"))
	more := file.Check(good(t, "phishing-response"))
	golden(t, "testdata/tests/bad.test.golden", problems.Error()+"\n\n"+more.Error()+"\n")
}

func TestParseTest_takesWhatIsGivenWhereACaseSaysNothing(t *testing.T) {
	t.Parallel()
	file, problems := ParseTest("p.test.yaml", []byte(`harrier: 1
test: p
given:
  mode: shadow
  alert: {title: Given, category: phishing}
  evidence: {one: first, two: second}
  actions: {mail: {error: denied}}
  approvals: {ok: approve}
cases:
  - name: as given
    expect: {}
  - name: otherwise
    mode: live
    alert: {title: Said}
    evidence: {two: other}
    actions: {mail: {output: {x: 1}}}
    approvals: {ok: deny}
    expect: {}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	given := TestCase{
		Name: "as given", Mode: harrier.Shadow, Alert: map[string]any{"title": "Given", "category": "phishing"},
		Evidence: map[string]string{"one": "first", "two": "second"}, Stubs: []Stub{{Match: "mail", Answers: []StubAnswer{{Class: "denied"}}}},
		Approvals: map[string]Decision{"ok": DecideApprove}, Answers: map[string]map[string]any{},
	}
	said := TestCase{
		Name: "otherwise", Mode: harrier.Live, Alert: map[string]any{"title": "Said", "category": "phishing"},
		Evidence: map[string]string{"one": "first", "two": "other"},
		Stubs: []Stub{
			{Match: "mail", Answers: []StubAnswer{{Output: map[string]any{"x": int64(1)}}}},
			{Match: "mail", Answers: []StubAnswer{{Class: "denied"}}},
		},
		Approvals: map[string]Decision{"ok": DecideDeny}, Answers: map[string]map[string]any{},
	}
	if diff := cmp.Diff([]TestCase{given, said}, file.Cases, cmpopts.IgnoreTypes(document.Pos{}), cmpopts.IgnoreUnexported(TestCase{})); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
}
