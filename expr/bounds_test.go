package expr

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// bound is how long the worst evaluation may take here; the race detector and
// a busy machine make it longer.
const bound = 20 * time.Second

// hostileData is as much as an alert may hold.
func hostileData() Vars {
	numbers, texts := make([]any, 20_000), make([]any, 20_000)
	for i := range numbers {
		numbers[i], texts[i] = int64(i), "text"
	}
	return Vars{"data": map[string]any{
		"numbers": numbers, "texts": texts, "big": strings.Repeat("a", 1<<20), "half": strings.Repeat("ab", 30<<10),
		"format": strings.Repeat("%s", 1000),
	}}
}

func hostileExpressions() map[string]string {
	double := "data.big.substring(0, 1024)"
	for range 30 {
		double = "cel.bind(a, " + double + ", a + a)"
	}
	lists := "data.numbers"
	for range 20 {
		lists = "cel.bind(a, " + lists + ", a + a)"
	}
	return map[string]string{
		"doubling text":       double,
		"doubling lists":      lists,
		"nested loops":        "data.numbers.map(a, data.numbers.map(b, a * b))",
		"deep loops":          "data.numbers.all(a, data.numbers.all(b, data.numbers.all(c, a + b + c >= 0)))",
		"copies of a text":    "data.numbers.map(a, data.big + string(a))",
		"replace makes much":  `data.big.replace("a", data.half)`,
		"replace empty":       `data.big.replace("", data.half)`,
		"join makes much":     "data.numbers.map(a, data.half).join(data.half)",
		"format makes much":   "data.format.format(data.numbers.map(a, data.half))",
		"range":               "lists.range(1000000000)",
		"split into letters":  `data.big.split("")`,
		"distinct in a loop":  "data.numbers.map(a, data.numbers.distinct())",
		"flatten much":        "data.numbers.map(a, data.numbers).flatten()",
		"flatten shared":      "cel.bind(l, [data.numbers, data.numbers, data.numbers, data.numbers, data.numbers, data.numbers], [l, l, l].flatten(5))",
		"sets in a loop":      "data.numbers.filter(a, sets.contains(data.numbers, [a]))",
		"in a loop":           "data.numbers.filter(a, a in data.numbers)",
		"regex over much":     `data.big.matches("(a+)+b")`,
		"regex in a loop":     `data.numbers.filter(a, data.half.matches("(a|b|ab)*c"))`,
		"lower in a loop":     "data.numbers.map(a, data.half.lower())",
		"worst in a loop":     "data.numbers.map(a, worst(data.numbers))",
		"sort in a loop":      "data.numbers.map(a, data.numbers.sort())",
		"compare in a loop":   "data.numbers.filter(a, data.numbers == data.numbers)",
		"encode in a loop":    "data.numbers.map(a, base64.encode(bytes(data.half)))",
		"reverse in a loop":   "data.numbers.map(a, data.numbers.reverse())",
		"results share":       "cel.bind(l, data.numbers, [l, l, l, l, l, l])",
		"results share texts": "cel.bind(s, data.big, [s, s])",
		"text of text":        "data.numbers.map(a, strings.quote(data.half))",
		"index in a loop":     "data.numbers.map(a, data.half.indexOf('c'))",
		"char in a loop":      "data.numbers.map(a, data.half.charAt(5))",
	}
}

func TestEval_stopsRunaways(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(map[string]schema.Type{"data": schema.TypeOf(schema.Any)})
	if err != nil {
		t.Fatal(err)
	}
	data := hostileData()
	for name, text := range hostileExpressions() {
		p, issues := env.Compile(text)
		if len(issues) > 0 {
			t.Errorf("%s: %v", name, issues)
			continue
		}
		start := time.Now()
		v, err := p.Eval(t.Context(), data, noon())
		took := time.Since(start)
		if err == nil {
			t.Errorf("%s gives a %T of its own free will in %v", name, v, took)
			continue
		}
		if took > bound {
			t.Errorf("%s takes %v", name, took)
		}
		t.Logf("%-22s %8v %v", name, took.Round(time.Millisecond/10), clip(err.Error(), 150))
	}
}

func TestEval_stopsWithItsContext(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(map[string]schema.Type{"data": schema.TypeOf(schema.Any)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, text := range []string{"data.numbers.map(a, a + 1)", "data.half == 'x'"} {
		p, _ := env.Compile(text)
		if _, err := p.Eval(ctx, hostileData(), noon()); harrier.KindOf(err) != harrier.Unavailable {
			t.Errorf("%s: got %v, want unavailable", text, err)
		}
	}
}

func TestEval_allowsWhatPlaybooksDo(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(map[string]schema.Type{"data": schema.TypeOf(schema.Any)})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"size(data.numbers.slice(0, 10000).filter(a, a % 2 == 0).map(a, {'n': a, 'text': 'item ' + string(a)}))",
		"size(data.texts.slice(0, 10000).distinct())",
		"size(data.numbers.slice(0, 10000).map(a, string(a)).join(','))",
	} {
		p, issues := env.Compile(text)
		if len(issues) > 0 {
			t.Fatal(issues)
		}
		if _, err := p.Eval(t.Context(), hostileData(), noon()); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestCompile_boundsItsSource(t *testing.T) {
	t.Parallel()
	env, _ := sample(t)
	for _, text := range []string{
		strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
		strings.Repeat("!", 8000) + "true",
		strings.Repeat("[", 4000),
		strings.Repeat("1+", 3000) + "1",
		strings.Repeat("a", 20_000),
		strings.Repeat("{", 4000) + strings.Repeat("}", 4000),
		strings.Repeat(`alert.x ? `, 700) + "1" + strings.Repeat(" : 2", 700),
		"alert.a" + strings.Repeat(".b", 4000),
		`"x".matches("` + strings.Repeat("(a{100}){100}", 1) + `")`,
		"\xff",
	} {
		start := time.Now()
		_, issues := env.Compile(text)
		if took := time.Since(start); took > bound {
			t.Errorf("%.20s… takes %v", text, took)
		}
		t.Logf("%.20s… %v %v", text, time.Since(start), clip(joinIssues(issues), 200))
	}
}
