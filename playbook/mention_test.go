package playbook

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMentions_findsReferencesOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"steps.a.output.x + steps . b . status": {"a", "b"},
		`"steps.a" + 'steps.b' + """steps.c"""`: nil,
		"alert.steps.a":                         nil,
		"alert.?steps":                          nil,
		"steps.?a.?output":                      {"a"},
		`r"\" + steps.a`:                        {"a"},
		`"\"" + steps.a.output`:                 {"a"},
		"mysteps.a + steps1.b":                  nil,
		"[steps.a, {'x': steps.b}]":             {"a", "b"},
		"steps":                                 {""},
		"steps[0]":                              {""},
		"":                                      nil,
		`"`:                                     nil,
	} {
		var got []string
		for _, m := range mentions(text, false, "steps") {
			id := ""
			if len(m.path) > 0 {
				id = m.path[0]
			}
			got = append(got, id)
			if runes := []rune(text); m.end > len(runes) || m.offset+m.width > len(runes) {
				t.Errorf("%q: out of range: %+v", text, m)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestMentions_looksInsideTemplatesOnly(t *testing.T) {
	t.Parallel()
	text := "steps.a ${{ steps.b }} steps.c ${{ {'x': {'}}': steps.d}} }} steps.e"
	var got []string
	for _, m := range mentions(text, true, "steps") {
		got = append(got, m.path[0])
	}
	if diff := cmp.Diff([]string{"b", "d"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBadCron_acceptsFiveFields(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"* * * * *": true, "0 6 * * 1-5": true, "*/15 0-23/2 1,15 JAN-mar sun": true, "59 23 31 12 7": true,
		"60 * * * *": false, "* 24 * * *": false, "* * 0 * *": false, "* * * 13 *": false, "* * * * 8": false, "* * * *": false,
		"* * * * * *": false, "5-1 * * * *": false, "*/0 * * * *": false, "a * * * *": false, ", * * * *": false, "1- * * * *": false, "@daily": false, "": false,
	} {
		if why := badCron(text); (why == "") != ok {
			t.Errorf("badCron(%q) = %q", text, why)
		}
	}
}
