package expr_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/expr"
)

// shown writes the pieces of a text, expressions behind a dollar.
func shown(pieces []expr.Piece) (out []string) {
	for _, p := range pieces {
		if p.Expression {
			out = append(out, "$"+p.Text)
		} else {
			out = append(out, p.Text)
		}
	}
	return out
}

func TestSplit_understandsQuotesAndBraces(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":                          nil,
		"a":                         {"a"},
		"${{ x }}":                  {"$ x "},
		"a ${{ x }} b ${{y}}":       {"a ", "$ x ", " b ", "$y"},
		`${{ {'a': {'b': 1}} }}`:    {`$ {'a': {'b': 1}} `},
		`${{ "}}" + '\'}}' }}c`:     {`$ "}}" + '\'}}' `, "c"},
		`${{ r"\" + x }}"`:          {`$ r"\" + x `, `"`},
		"ü${{ x }}":                 {"ü", "$ x "},
		"$${{ x }} and ${{ y }}":    {"${{ x }} and ", "$ y "},
		"${{ \"\"\"a\"}}\"\"\" }}b": {"$ \"\"\"a\"}}\"\"\" ", "b"},
	} {
		pieces, issues := expr.Split(in)
		if diff := cmp.Diff(want, shown(pieces)); diff != "" || len(issues) > 0 {
			t.Errorf("%q: issues %v, pieces (-want +got):\n%s", in, issues, diff)
		}
	}
}

func TestSplit_tellsWhereAnExpressionDoesNotEnd(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"${{ x": 0, "a ${{ x }": 2, "ü${{ 'x }}": 1} {
		if _, issues := expr.Split(in); len(issues) != 1 || issues[0].Offset != want {
			t.Errorf("%q: issues %v, want one at %d", in, issues, want)
		}
	}
}

func TestJoins_seesWhatGluesTexts(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		`"a" + x`:          true,
		`"%s".format([x])`: true,
		`r"\" + x + "b"`:   true,
		`x.format`:         false,
		`format(x)`:        false,
		`"a + b"`:          false,
		`x // + y`:         false,
		`1e+5`:             false,
		`x == "a"`:         false,
	} {
		if got := expr.Joins(in); got != want {
			t.Errorf("%s: got %v, want %v", in, got, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("a ${{ x }} b")
	f.Add(`${{ {"a": "}}"} }}`)
	f.Add("$${{ x }} $$${{ y }}")
	f.Fuzz(func(t *testing.T, s string) {
		pieces, issues := expr.Split(s)
		if len(issues) > 0 {
			return
		}
		var b strings.Builder
		for _, p := range pieces {
			if p.Expression {
				b.WriteString("${{" + p.Text + "}}")
			} else {
				b.WriteString(strings.ReplaceAll(p.Text, "${{", "$${{"))
			}
		}
		if want := string([]rune(s)); b.String() != want {
			t.Errorf("%q lost text: %q", s, b.String())
		}
	})
}
