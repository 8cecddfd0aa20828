package query_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/query"
)

var update = flag.Bool("update", false, "write the page for people again")

func TestParse_readsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, want string }{
		{"", ""},
		{`sev:>=high src:edr -tag:test status:open,new created:>-7d host:ws-17 "exact words" free words`,
			`severity:>=high source:edr -tag:test status:open,new created:>-7d host:ws-17 "exact words" free words`},
		{"  SEV:HIGH\tAND   status:new ", "severity:high status:new"},
		{"a OR b c OR (d OR e)", "a OR b c OR d OR e"},
		{"(a OR b) c", "(a OR b) c"},
		{"-(a b) NOT c -(-d)", "-(a b) -c d"},
		{"((a))", "a"},
		{`"one"`, "one"},
		{`"he said \"no\""`, `"he said \"no\""`},
		{"power* host:ws-* tag:none owner:* tag:\"none\"", `power* host:ws-* tag:none owner:* tag:"none"`},
		{"https://evil.example/x?a=b", `"https://evil.example/x?a=b"`},
		{"created:2026-11-01..2026-11-27 score:1e1..20.50", "created:2026-11-01..2026-11-27 score:10..20.5"},
		{"created:>=2026-11-27T09:00:00+01:00", "created:>=2026-11-27T08:00:00Z"},
		{"created:<-007d observed:TRUE", "created:<-7d observed:yes"},
		{`host:"ws 17",b`, `host:"ws 17",b`},
	} {
		q, err := query.Parse(query.Alerts, c.source)
		if err != nil {
			t.Errorf("%q: %v", c.source, err)
			continue
		}
		if got := query.Format(q); got != c.want {
			t.Errorf("%q is read as %q, want %q", c.source, got, c.want)
		}
	}
}

func TestParse_saysWhatIsWrongWhereAndHowToFixIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, at, message, fix string }{
		{"sev:>=hihg", "sev:>=hihg"[4:], "never", "severity:high"},
		{"new staus:new", "staus", "no field", "status"},
		{"zzzzzzz:1", "zzzzzzz", "no field", "fields are"},
		{"a OR", "", "after OR", "write a term"},
		{"OR a", "OR", "before OR", "write a term"},
		{"(a", "(", "never closed", "close it"},
		{"a )b", ")", "none opened", "quotes"},
		{"()", "()", "nothing in the brackets", "term"},
		{`say "this`, `"this`, "never closed", `another "`},
		{"status:", "", "no value", "status:"},
		{"status:>new", ">", "no order", "status:value"},
		{"score:much", "much", "not a number", "score:>=1"},
		{"score:>NaN", ">NaN", "not a number", ""},
		{"created:-7d", "-7d", "exactly that moment", "created:>-7d"},
		{"created:>-7y", ">-7y", "how long ago", "m, h, d or w"},
		{"created:yesterday", "yesterday", "not a time", "created:2026-11-27"},
		{"observed:perhaps", "perhaps", "yes or no", "observed:yes"},
		{"owner:me,>none", ">", "no order", ""},
		{"disposition:a,", "", "no value", "disposition:"},
		{"...", "...", "no letter", "take it away"},
		{strings.Repeat("(", 20), "", "nested", "flatter"},
		{strings.Repeat("a ", 65), "a ", "64 terms", "one term"},
		{strings.Repeat("a", 5000), strings.Repeat("a", 5000-query.MaxLength), "longer than", "shorten"},
		{"host:" + strings.Repeat("a,", 101) + "a", "a", "100 values", "leave some out"},
		{"\xff", "", "UTF-8", "UTF-8"},
	} {
		_, err := query.Parse(query.Alerts, c.source)
		p, ok := errors.AsType[*query.Problem](err)
		if !ok || harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%q: got %v, want a problem", c.source, err)
			continue
		}
		if got := c.source[p.At.Start:p.At.End]; got != c.at || !strings.Contains(p.Message, c.message) || !strings.Contains(p.Fix, c.fix) || p.Fix == "" {
			t.Errorf("%q: got %q: %s; %s, want %q: %s; %s", c.source, got, p.Message, p.Fix, c.at, c.message, c.fix)
		}
	}
}

func TestFields_haveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, n := range query.Nouns() {
		seen := map[string]bool{}
		for _, f := range query.Fields(n) {
			for _, name := range []string{f.Name, f.Short} {
				if name != "" && (seen[name] || name != strings.ToLower(name)) {
					t.Errorf("%s: the name %q is taken or not in small letters", n, name)
				}
				seen[name] = true
			}
			if f.Help == "" || (f.Type == query.Choice) != (len(f.Values) > 0) || f.Ordered && f.Type != query.Choice {
				t.Errorf("%s: field %+v is not whole", n, f)
			}
		}
		if len(seen) < 4 {
			t.Errorf("%s have %d names of fields", n, len(seen))
		}
	}
}

func TestSpan_countsBackFromWhoeverLooks(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	q, err := query.Parse(query.Alerts, "created:>-2w,2026-11-26")
	if err != nil {
		t.Fatal(err)
	}
	tests := q.Terms()[0].Tests
	if from, _ := tests[0].Value.When.Span(now); !from.Equal(now.AddDate(0, 0, -14)) {
		t.Errorf("-2w is %v", from)
	}
	from, to := tests[1].Value.When.Span(now)
	if !from.Equal(time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)) || to.Sub(from) != 24*time.Hour {
		t.Errorf("the day is from %v to %v", from, to)
	}
}

// same compares queries without their places.
func same() cmp.Option { return cmpopts.IgnoreTypes(query.Place{}) }

// FuzzParse holds that whatever is read is bounded, and that its one spelling is
// read as the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", `sev:>=high src:edr -tag:test status:open,new created:>-7d "exact words" free`, "a OR (b -c) NOT d", `x:"\\\"" -"a"*`,
		"created:-1d..2026-11-27 score:<=-1.5 owner:me,none,*", "--a -(-(b OR c)) AND OR", `host:"a*",b* id:"<c"`, "url:http://a.b/c,d e:f",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, n := range query.Nouns() {
			q, err := query.Parse(n, source)
			if err != nil {
				p, ok := errors.AsType[*query.Problem](err)
				if !ok || p.Fix == "" || p.At.Start < 0 || p.At.End < p.At.Start || p.At.End > len(source) {
					t.Fatalf("%q: the problem %#v has no place or no fix", source, err)
				}
				continue
			}
			text := query.Format(q)
			if len(text) > query.MaxLength {
				continue
			}
			again, err := query.Parse(n, text)
			if err != nil {
				t.Fatalf("%q is written as %q, which is wrong: %v", source, text, err)
			}
			if d := cmp.Diff(q, again, same()); d != "" {
				t.Fatalf("%q is written as %q, which is another (-was +is):\n%s", source, text, d)
			}
		}
	})
}

func ExampleParse() {
	q, err := query.Parse(query.Alerts, "sev:>=high -tag:test open")
	fmt.Println(query.Format(q), err)
	_, err = query.Parse(query.Alerts, "serverity:high")
	fmt.Println(err)
	// Output:
	// severity:>=high -tag:test open <nil>
	// the query is wrong at 1: alerts have no field "serverity"; did you mean severity? otherwise write it in quotes to look for the words: "serverity:…"
}

// The page for people has every field.
func TestFields_areDescribed(t *testing.T) {
	t.Parallel()
	const mark = "<!-- fields -->\n"
	path := filepath.Join("..", "..", "docs", "query.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(page), mark)
	if !ok {
		t.Fatalf("%s has no line %q", path, mark)
	}
	want := head + mark + described()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, string(page)); d != "" {
		t.Errorf("%s is not current; run go test ./internal/query -update (-want +got):\n%s", path, d)
	}
}

// described is the table of fields for people.
func described() string {
	var b strings.Builder
	for _, n := range query.Nouns() {
		fmt.Fprintf(&b, "\n## %s\n\n| field | values | what |\n|---|---|---|\n", n)
		for _, f := range query.Fields(n) {
			name := "`" + f.Name + "`"
			if f.Short != "" {
				name += ", `" + f.Short + "`"
			}
			values := string(f.Type)
			if len(f.Values) > 0 {
				values = strings.Join(append(slices.Clone(f.Values), slices.Sorted(maps.Keys(f.Means))...), ", ")
			}
			if f.Optional {
				values += "; none, *"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", name, values, f.Help)
		}
	}
	return b.String()
}
