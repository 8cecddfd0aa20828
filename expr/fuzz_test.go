package expr

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

// seeds are expressions that reach all parts of the language.
func seeds() []string {
	out := []string{
		"", "1", "not x", "30d", "a 'unclosed", `"""`, "//", "${{", "${{ }}", "$${{ x }}", "${{ {'a': {}} }}", "x ${{ 1 }} y ${{ alert.a }}",
		"not not a == b", "1h30", "1.5h", "r'\\' + b\"x\"", "alert.?a.?b[?0]", "steps.hunt.output", "é == 'é'", "[1,2].map(x, x)", "now().foo()", "{1: 2}",
		"alert.category == \"phishing\"", "steps.mail.output.messagid", "steps.mail.output.score + 1", "a and b", "cel.bind(a, 1, a)", "\x00", "9223372036854775808",
	}
	for _, f := range Functions() {
		out = append(out, f.Example)
	}
	return out
}

func FuzzCompile(f *testing.F) { // SBX-01
	for _, s := range seeds() {
		f.Add(s)
	}
	env, vars := sample(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, issues := env.Compile(text)
		checkCompiled(t, text, compiled{p, issues}, vars)
	})
}

func FuzzCompileText(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
		f.Add("text ${{ " + s + " }} text")
	}
	env, vars := sample(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, issues := env.CompileText(text)
		checkCompiled(t, text, compiled{p, issues}, vars)
	})
}

// compiled is what came of a text.
type compiled struct {
	program *Program
	issues  []Issue
}

// checkCompiled checks what holds for every text: either a program or issues
// with places inside the text and fixes; results are plain data or errors of a
// known kind, and the same each time.
func checkCompiled(t *testing.T, text string, c compiled, vars Vars) {
	t.Helper()
	p, issues := c.program, c.issues
	if (p == nil) != (len(issues) > 0) {
		t.Fatalf("%q: program %v with issues %v", text, p, issues)
	}
	length := utf8.RuneCountInString(text)
	for _, i := range issues {
		if i.Offset < 0 || i.Width < 1 || i.Offset > length || i.Message == "" || i.Fix == "" {
			t.Fatalf("%q: issue %+v does not lie in a text of %d", text, i, length)
		}
	}
	if p == nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	v, err := p.Eval(ctx, vars, noon())
	if err != nil {
		if kind := harrier.KindOf(err); kind != harrier.Invalid && kind != harrier.Limited {
			t.Fatalf("%q: kind %v: %v", text, kind, err)
		}
		return
	}
	mustBePlain(t, v)
	again, err := p.Eval(ctx, vars, noon())
	one, _ := json.Marshal(v)
	two, _ := json.Marshal(again)
	if err != nil || string(one) != string(two) {
		t.Fatalf("%q gives %s, then %s, %v", text, one, two, err)
	}
}

func mustBePlain(t *testing.T, v any) {
	t.Helper()
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
	case []any:
		for _, item := range v {
			mustBePlain(t, item)
		}
	case map[string]any:
		for _, item := range v {
			mustBePlain(t, item)
		}
	default:
		t.Fatalf("a result holds a %T", v)
	}
}

func FuzzParseValue(f *testing.F) {
	for _, s := range []string{`{"a":[1,1.0,1e3,-0.5,null,true,"x"]}`, `[[[[]]]]`, `1e400`, `{"a":1,"a":2}`, `1 2`, `{`, `"\ud800"`, `9007199254740993.0`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseValue(json.RawMessage(text))
		if err != nil {
			if _, ok := errors.AsType[*harrier.Error](err); !ok {
				t.Fatalf("%q: %T %v", text, err, err)
			}
			return
		}
		mustBePlain(t, v)
		if !json.Valid([]byte(text)) {
			t.Fatalf("%q is read although it is not JSON", text)
		}
	})
}
