package expr

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// noon is what now() returns in tests.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// sample returns an environment as a playbook has it, and data that fits.
func sample(t testing.TB) (*Env, Vars) {
	t.Helper()
	str, num, flag := schema.TypeOf(schema.String), schema.TypeOf(schema.Number), schema.TypeOf(schema.Boolean)
	observable := schema.ObjectOf(
		schema.Field{Name: "type", Type: str}, schema.Field{Name: "value", Type: str},
		schema.Field{Name: "score", Type: num}, schema.Field{Name: "seen", Type: schema.TypeOf(schema.Timestamp)},
	)
	mail := schema.ObjectOf(
		schema.Field{Name: "message_id", Type: str},
		schema.Field{Name: "sender_ip", Type: schema.TypeOf(schema.IP)},
		schema.Field{Name: "score", Type: num},
		schema.Field{Name: "count", Type: schema.TypeOf(schema.Integer)},
		schema.Field{Name: "spam", Type: flag},
		schema.Field{Name: "received", Type: schema.TypeOf(schema.Timestamp)},
		schema.Field{Name: "age", Type: schema.TypeOf(schema.Duration)},
		schema.Field{Name: "subject", Type: schema.OptionalOf(str)},
		schema.Field{Name: "weight", Type: schema.OptionalOf(num)},
		schema.Field{Name: "from", Type: schema.ObjectOf(schema.Field{Name: "address", Type: schema.TypeOf(schema.Email)})},
		schema.Field{Name: "observables", Type: schema.ListOf(observable)},
		schema.Field{Name: "times", Type: schema.ListOf(schema.TypeOf(schema.Timestamp))},
		schema.Field{Name: "scores", Type: schema.MapOf(num)},
		schema.Field{Name: "raw", Type: schema.TypeOf(schema.Any)},
	)
	step := schema.ObjectOf(schema.Field{Name: "output", Type: mail}, schema.Field{Name: "status", Type: str})
	maybe := schema.ObjectOf(schema.Field{Name: "output", Type: schema.OptionalOf(mail)})
	env, err := NewEnv(map[string]schema.Type{
		"alert":  schema.TypeOf(schema.Object),
		"inputs": schema.ObjectOf(schema.Field{Name: "contain", Type: flag}),
		"steps":  schema.ObjectOf(schema.Field{Name: "mail", Type: step}, schema.Field{Name: "hunt", Type: maybe}),
		"run":    schema.ObjectOf(schema.Field{Name: "summary", Type: str}),
		"case":   schema.OptionalOf(schema.ObjectOf(schema.Field{Name: "title", Type: str})),
	})
	if err != nil {
		t.Fatal(err)
	}
	output := map[string]any{
		"message_id": "<1@x>", "sender_ip": "10.1.2.3", "score": int64(3), "count": int64(7), "spam": true,
		"received": "2026-11-22T12:00:00+00:00", "age": "36h", "from": Vars{"address": "a@evil.example"},
		"observables": []any{
			map[string]any{"type": "ip", "value": "192.0.2.1", "score": 0.5, "seen": "2026-11-20T00:00:00Z"},
			map[string]any{"type": "url", "value": "http://evil.example/x", "score": int64(9), "seen": "2026-11-21T00:00:00Z"},
		},
		"times": []any{"2026-01-01T00:00:00Z"}, "scores": map[string]any{"b": int64(1), "a": 2.5},
		"raw": map[string]any{"deep": []any{map[string]any{"n": int64(1)}}, "verdict": "suspicious"},
	}
	return env, Vars{
		"alert":  map[string]any{"category": "phishing", "severity": int64(3), "tags": []any{"a", "b"}, "ratio": 0.25},
		"inputs": map[string]any{"contain": false},
		"steps":  Vars{"mail": Vars{"output": output, "status": "succeeded"}, "hunt": map[string]any{}},
		"run":    map[string]any{"summary": "nothing yet"},
	}
}

func TestEval_givesPlainData(t *testing.T) {
	t.Parallel()
	env, vars := sample(t)
	for text, want := range map[string]any{
		`alert.category == "phishing"`:                                                  true,
		`alert.severity > 2.5 && alert.ratio < 1`:                                       true,
		`alert.severity + 0.5`:                                                          3.5,
		`steps.mail.output.score + steps.mail.output.count`:                             int64(10),
		`steps.mail.output.score * 1.5`:                                                 4.5,
		`steps.mail.output.count / 2`:                                                   int64(3),
		`steps.mail.output.count == 7.0`:                                                true,
		`steps.mail.output.score == steps.mail.output.count`:                            false,
		`steps.mail.output.count in [1.0, 7.0]`:                                         true,
		`true ? 1 : 2.5`:                                                                int64(1),
		`steps.mail.output.message_id == null`:                                          false,
		`alert.missing == null || true`:                                                 true,
		`not inputs.contain`:                                                            true,
		`not (inputs.contain || false) && alert.severity == 3`:                          true,
		`steps.mail.output.age > 1d`:                                                    true,
		`steps.mail.output.age`:                                                         "1d12h",
		`30d`:                                                                           "30d",
		`[90s, 1h30m, 500ms]`:                                                           []any{"1m30s", "1h30m", "0.5s"},
		`now() - steps.mail.output.received`:                                            "1d",
		`steps.mail.output.received`:                                                    "2026-11-22T12:00:00Z",
		`steps.mail.output.received + 30d > now()`:                                      true,
		`steps.mail.output.times.map(x, x.getFullYear())`:                               []any{int64(2026)},
		`steps.mail.output.observables.filter(o, o.score > 1).map(o, o.value)`:          []any{"http://evil.example/x"},
		`steps.mail.output.observables.all(o, o.seen < now())`:                          true,
		`steps.mail.output.observables[0].score`:                                        0.5,
		`steps.mail.output.scores.map(k, k)`:                                            []any{"a", "b"},
		`steps.mail.output.scores["a"] + 1`:                                             3.5,
		`steps.mail.output.?subject.orValue("none")`:                                    "none",
		`steps.mail.output.?weight.orValue(0)`:                                          int64(0),
		`steps.mail.output.?weight.orValue(1) + 1`:                                      int64(2),
		`has(steps.mail.output.subject)`:                                                false,
		`steps.hunt.?output.message_id.orValue("-")`:                                    "-",
		`steps.hunt.?output.?subject`:                                                   nil,
		`case.?title.orValue("no case")`:                                                "no case",
		`steps.mail.output.raw.deep[0].n`:                                               int64(1),
		`steps.mail.output.from.address`:                                                "a@evil.example",
		`steps.mail.output.from`:                                                        map[string]any{"address": "a@evil.example"},
		`domain_of(steps.mail.output.from.address)`:                                     "evil.example",
		`cidr(steps.mail.output.sender_ip, ["192.0.2.0/24", "10.0.0.0/8"])`:             true,
		`worst(steps.mail.output.raw)`:                                                  "suspicious",
		`worst([])`:                                                                     "unknown",
		`worst({"results": [{"status": "failed"}, {"output": {"verdict": "benign"}}]})`: "benign",
		`worst(["benign", {"verdict": "malicious"}, 3, null])`:                          "malicious",
		`summary()`:                        "nothing yet",
		`{"b": 1, "a": {"c": [1.0, 2.5]}}`: map[string]any{"b": int64(1), "a": map[string]any{"c": []any{int64(1), 2.5}}},
		`b"hi"`:                            "aGk=",
		`"30d not summary()" + 'now()'`:    "30d not summary()now()",
		`alert.tags.join("+") // 30d`:      "a+b",
	} {
		p, issues := env.Compile(text)
		if len(issues) > 0 {
			t.Errorf("%s: %v", text, issues)
			continue
		}
		got, err := p.Eval(t.Context(), vars, noon())
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestCompile_explainsWhatIsWrongAndHowToFixIt(t *testing.T) {
	t.Parallel()
	env, _ := sample(t)
	for _, tc := range []struct{ text, at, message, fix string }{
		{`steps.mail.output.messagid == ""`, "messagid", "steps.mail.output has no field messagid", "did you mean message_id?"},
		{`steps.mail.output.observables.exists(o, o.valu == "")`, "valu", "o has no field valu", "did you mean value?"},
		{`steps.mail.output.subject == ""`, "subject", "steps.mail.output.subject may be absent", `write steps.mail.output.?subject.orValue("")`},
		{`steps.hunt.output.count > 1`, "output", "steps.hunt.output may be absent", "write steps.hunt.?output.count.orValue(0)"},
		{`steps.hunt.?output.count > 1`, ">", "> does not work between optional(integer) and integer: a value may be absent", "write .orValue(…) behind the value that may be absent, with what to use instead"},
		{`alrt.category == ""`, "alrt", "alrt is not known here", "did you mean alert?"},
		{`wrst([])`, "wrst", "wrst is not known here", "did you mean worst?"},
		{`steps.mail.output.count + "x"`, "+", "+ does not work between integer and string", "convert one of them: string(…), int(…) or double(…)"},
		{`steps.mail.output.age > "30d"`, ">", "> does not work between duration and string", "write a duration without quotes, such as 30d, or convert the text: duration(…)"},
		{`alert.a and alert.b`, "and", "and is not a word of this language", "write && instead of and"},
		{`alert.a = 1`, "=", "= is not a word of this language", "write == instead of ="},
		{`not alert.severity == 3`, "not alert.severity == 3", "not applies to alert.severity only, before == is looked at", "write not (alert.severity == 3)"},
		{`steps.mail.output.count.filter(x, true)`, "filter", "integer cannot be gone through, only lists and maps", "use a list or a map here"},
		{`steps["mail"].status`, "[", "[ ] does not work on object with string", "read the field with a dot: value.field"},
		{`30d + alrt.x`, "alrt", "alrt is not known here", "did you mean alert?"},
		{``, "", "the expression is empty", `write an expression such as alert.severity == "high"`},
	} {
		_, issues := env.Compile(tc.text)
		if len(issues) != 1 {
			t.Errorf("%s: %d issues, want one: %v", tc.text, len(issues), issues)
			continue
		}
		i := issues[0]
		runes := []rune(tc.text)
		at := string(runes[min(i.Offset, len(runes)):min(i.Offset+i.Width, len(runes))])
		if at != tc.at || i.Message != tc.message || i.Fix != tc.fix {
			t.Errorf("%s:\n got %q: %s | %s\nwant %q: %s | %s", tc.text, at, i.Message, i.Fix, tc.at, tc.message, tc.fix)
		}
	}
}

func TestCompile_reportsAllIssuesAtOnce(t *testing.T) {
	t.Parallel()
	env, _ := sample(t)
	_, issues := env.Compile(`alrt.x == 1 && steps.mail.output.messagid == "" && nope(30d)`)
	if len(issues) != 3 {
		t.Errorf("got %d issues, want 3: %v", len(issues), issues)
	}
	_, issues = env.CompileText("é ${{ alrt }} and ${{ steps.mail.output.nope }}")
	if len(issues) != 2 || issues[0].Offset != 6 || issues[1].Offset != len([]rune("é ${{ alrt }} and ${{ steps.mail.output.")) {
		t.Errorf("offsets are wrong: %+v", issues)
	}
}

func TestCompileText_fillsInValues(t *testing.T) {
	t.Parallel()
	env, vars := sample(t)
	for text, want := range map[string]any{
		"plain":                   "plain",
		"":                        "",
		"costs $5 and $${{ x }}":  "costs $5 and ${{ x }}",
		"${{ alert.severity }}":   int64(3),
		" ${{ alert.severity }} ": int64(3),
		"n=${{ alert.severity }}, ${{ alert.tags }} ${{ steps.mail.output.age }}": `n=3, ["a","b"] 1d12h`,
		`${{ {"a": {"b": 1}} }}`:              map[string]any{"a": map[string]any{"b": int64(1)}},
		`${{ "}}" }}!`:                        "}}!",
		"${{ steps.hunt.?output.?subject }}.": ".",
	} {
		p, issues := env.CompileText(text)
		if len(issues) > 0 {
			t.Errorf("%q: %v", text, issues)
			continue
		}
		got, err := p.Eval(t.Context(), vars, noon())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
	if _, issues := env.CompileText("a ${{ b"); len(issues) != 1 || issues[0].Offset != 2 {
		t.Errorf("an open ${{ gives %v", issues)
	}
}

func TestEval_neverEvaluatesData(t *testing.T) { // SBX-04
	t.Parallel()
	env, _ := sample(t)
	hostile := "${{ alert.secret }} 30d now()"
	p, issues := env.CompileText("x ${{ alert.text }}")
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	got, err := p.Eval(t.Context(), Vars{"alert": map[string]any{"text": hostile, "secret": "s"}}, noon())
	if err != nil || got != "x "+hostile {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestEval_refusesSecretsAndUnknownTypes(t *testing.T) { // SBX-01, SBX-05
	t.Parallel()
	env, _ := sample(t)
	p, _ := env.Compile("alert.key")
	for _, v := range []any{harrier.NewSecret("hunter2"), struct{ A int }{1}, func() {}} {
		got, err := p.Eval(t.Context(), Vars{"alert": map[string]any{"key": v}}, noon())
		if err == nil {
			t.Errorf("%T gives %v", v, got)
		}
	}
}

func TestEval_errorsNameExpressionAndPlace(t *testing.T) {
	t.Parallel()
	env, vars := sample(t)
	p, issues := env.Compile("true && alert.nope.x == 1")
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	_, err := p.Eval(t.Context(), vars, noon())
	want := `expression "true && alert.nope.x == 1" at character 15: there is no nope in the value: read it with .?nope and orValue`
	if err == nil || err.Error() != want || harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestProgram_knowsItsTypeAndWhatItReads(t *testing.T) {
	t.Parallel()
	env, _ := sample(t)
	for _, tc := range []struct {
		text, typ string
		refs      [][]string
	}{
		{"steps.mail.output.sender_ip", "ip", [][]string{{"steps", "mail", "output", "sender_ip"}}},
		{"steps.mail.output.observables.map(o, o.value)", "list<string>", [][]string{{"steps", "mail", "output", "observables"}}},
		{`alert["x"].y == steps.hunt.?output.count.orValue(0)`, "boolean", [][]string{{"alert", "x", "y"}, {"steps", "hunt", "output", "count"}}},
		{"steps.hunt.?output.count", "optional<integer>", [][]string{{"steps", "hunt", "output", "count"}}},
		{"now() + 30d", "timestamp", nil},
		{"summary()", "string", [][]string{{"run", "summary"}}},
		{"alert.tags[alert.n]", "any", [][]string{{"alert", "n"}, {"alert", "tags", "*"}}},
		{"steps.mail.output", "object", [][]string{{"steps", "mail", "output"}}},
	} {
		p, issues := env.Compile(tc.text)
		if len(issues) > 0 {
			t.Errorf("%s: %v", tc.text, issues)
			continue
		}
		if got := p.Type().String(); got != tc.typ {
			t.Errorf("%s has type %s, want %s", tc.text, got, tc.typ)
		}
		if diff := cmp.Diff(tc.refs, p.Refs()); diff != "" && len(tc.refs)+len(p.Refs()) > 0 {
			t.Errorf("%s reads (-want +got):\n%s", tc.text, diff)
		}
	}
}

func TestEval_convertsWhatIsDeclared(t *testing.T) {
	t.Parallel()
	env, vars := sample(t)
	steps := vars["steps"].(Vars)["mail"].(Vars)["output"].(map[string]any)
	steps["received"], steps["age"] = "yesterday", "soon"
	for _, text := range []string{"steps.mail.output.received", "steps.mail.output.age"} {
		p, _ := env.Compile(text)
		if v, err := p.Eval(t.Context(), vars, noon()); err == nil {
			t.Errorf("%s gives %v from text that is none", text, v)
		}
	}
}
