package lab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseKQL_answersWhatIsAsked(t *testing.T) {
	t.Parallel()
	rows := []kqlRow{
		{"At": "2026-01-02T00:00:00Z", "Who": "Alice", "More": `{"host":"evil.example","n":1}`},
		{"At": "2026-01-03T00:00:00Z", "Who": `b"ob\`, "More": `{"host":"good.example"}`},
	}
	for query, want := range map[string][]kqlRow{
		`T | where Who =~ "alice" | project Who`:                                                              {{"Who": "Alice"}},
		`T | where Who in ("alice", "b\"ob\\") | project Who`:                                                 {{"Who": `b"ob\`}},
		`T | where At >= datetime(2026-01-03T00:00:00Z) | project Who`:                                        {{"Who": `b"ob\`}},
		`T | extend H = tostring(parse_json(More).host) | where H == 'x'`:                                     nil,
		`T | extend F = parse_json(More) | extend H = tostring(F.host) | where H contains "EVIL" | project H`: {{"H": "evil.example"}},
		`T | where (Who == "x" or Who != "y") and Who < "B" | project Who | take 1`:                           {{"Who": "Alice"}},
		`T | project Who | limit 0`:                                                                           {},
	} {
		q, err := parseKQL(query)
		if want == nil {
			if err == nil {
				t.Errorf("%s: was read", query)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if diff := cmp.Diff(want, q.run(rows)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestParseKQL_refusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"", "T |", "T | summarize x", `T | where Who == "a`, "T | where Who", "T | take x", "T | where (Who == 1", "T where x == 1", "T | where a in b",
		"T | where " + strings.Repeat("(", 3000) + "a == 1", "T | where a == " + strings.Repeat("tostring(", 3000), strings.Repeat("T", 70_000),
	} {
		if _, err := parseKQL(query); err == nil {
			t.Errorf("%.40q was read", query)
		}
	}
}

func FuzzParseKQL(f *testing.F) {
	for _, seed := range []string{
		`T | where A in~ ("x", 'y') and B >= datetime(2026-01-01T00:00:00Z) | extend C = tostring(parse_json(D).e) | project A, C | take 5`,
		"T | where a == \"\\u0041", "T|where(", "| | |", "T | extend =", `T | where a in (`, "T | where a.b.c =~ 1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if q, err := parseKQL(text); err == nil {
			q.run([]kqlRow{{"A": "x", "D": `{"e":1}`}, {}})
		}
	})
}
