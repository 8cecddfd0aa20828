package content_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// compared lists the fields of ECS that are held against another product's mapping.
func compared() []string {
	return []string{
		"source.ip", "source.port", "destination.ip", "destination.port", "destination.domain", "network.transport", "user.name", "user.email", "user.domain", "user.target.name",
		"host.name", "host.ip", "file.name", "file.path", "file.hash.md5", "file.hash.sha1", "file.hash.sha256", "process.name", "process.executable", "process.command_line",
		"process.pid", "url.full", "url.original", "email.from.address", "email.to.address", "email.sender.address", "email.subject", "email.message_id", "rule.name", "rule.id",
		"user_agent.original", "dns.question.name", "cloud.account.id", "cloud.region", "cloud.instance.id", "agent.id", "related.ip", "related.hash", "related.user", "vulnerability.id",
	}
}

// at returns the texts at a path of nested objects, lists opened.
func at(v any, path string) []string {
	switch v := v.(type) {
	case map[string]any:
		if path == "" {
			return nil
		}
		name, rest, _ := strings.Cut(path, ".")
		return at(v[name], rest)
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, at(item, path)...)
		}
		return out
	case nil:
		return nil
	}
	if path != "" {
		return nil
	}
	if n, ok := v.(float64); ok {
		return []string{strconv.FormatFloat(n, 'f', -1, 64)}
	}
	return []string{strings.ToLower(strings.TrimSpace(fmt.Sprint(v)))}
}

// texts returns every text in a finding.
func texts(tb testing.TB, f harrier.Finding) []string {
	tb.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		tb.Fatal(err)
	}
	var v any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	var out []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, one := range v {
				walk(one)
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		default:
			out = append(out, strings.ToLower(fmt.Sprint(v)))
		}
	}
	walk(v)
	return out
}

func TestMappings_agreeWithWhatIntakeFormatsExpect(t *testing.T) {
	t.Parallel()
	set := mappings(t)
	values, known, fields, times, timed := 0, 0, 0, 0, 0
	for _, s := range specimens(t) {
		if s.expected == nil {
			continue
		}
		got, err := set.Map(t.Context(), harrier.Source{}, harrier.RawEvent{Body: s.body, Received: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)})
		if err != nil || len(got) == 0 {
			t.Logf("%s: nothing to compare: %v", s.name, err)
			got = []harrier.Finding{{}}
		}
		f := got[0]
		all := texts(t, f)
		if want := at(s.expected, "@timestamp"); len(want) == 1 {
			times++
			if sameTime(want[0], f.Time, f.Version) {
				timed++
			} else {
				t.Logf("%s: @timestamp: expected %s, got %s (version %s)", s.name, want[0], f.Time, f.Version)
			}
		}
		for _, field := range compared() {
			for _, want := range at(s.expected, field) {
				values++
				mine := at(f.Data, field)
				switch {
				case slices.Contains(mine, want):
					fields++
					known++
				case slices.ContainsFunc(all, func(text string) bool {
					return text == want || strings.HasSuffix(text, `\`+want) || strings.HasPrefix(text, want+"@")
				}):
					known++
				default:
					t.Logf("%s: %s: expected %q, got %q", s.name, field, want, mine)
				}
			}
		}
	}
	t.Logf("of %d values that the intake formats expect, findings hold %d (%d %%), %d (%d %%) in the same field; of %d times %d are the same",
		values, known, 100*known/max(1, values), fields, 100*fields/max(1, values), times, timed)
	if 100*known < 90*values || 100*fields < 50*values || 100*timed < 85*times {
		t.Error("the agreement fell under 90 % of values, 50 % of fields or 85 % of times")
	}
}

// sameTime reports whether a time is one of a finding's, to the second.
func sameTime(want string, times ...time.Time) bool {
	at, err := time.Parse(time.RFC3339Nano, strings.ToUpper(want))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(times, func(t time.Time) bool { return t.Sub(at).Abs() < time.Second })
}

func TestMappings_agreeWithWhatDetectionRulesExpect(t *testing.T) {
	t.Parallel()
	set := mappings(t)
	rank := func(severity string) int {
		return slices.Index([]string{"info", "low", "medium", "high", "critical"}, severity)
	}
	verdicts, same := 0, 0
	for _, s := range specimens(t) {
		if s.alerting == nil || !passes(s.name) {
			continue
		}
		got, err := set.Map(t.Context(), harrier.Source{}, harrier.RawEvent{Body: s.body, Received: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)})
		if err != nil || len(got) != 1 {
			t.Errorf("%s becomes %d findings: %v", s.name, len(got), err)
			continue
		}
		alerts := rank(got[0].Severity) >= rank("low") && got[0].Status != "closed" && got[0].Disposition != "false_positive"
		verdicts++
		if alerts == *s.alerting {
			same++
			continue
		}
		t.Logf("%s: expected %s, got %s %s", s.name, strconv.FormatBool(*s.alerting), got[0].Severity, got[0].Status)
	}
	t.Logf("of %d verdicts on alerts that rules pass on, %d (%d %%) are the same", verdicts, same, 100*same/max(1, verdicts))
	if 100*same < 90*verdicts {
		t.Error("the agreement fell under 90 %")
	}
}

// passes reports whether a rule passes on what a product judged, so that its
// verdict can be that of a mapping: the others judge events themselves.
func passes(name string) bool {
	return slices.ContainsFunc([]string{"guardduty", "graph_passthrough", "issue_alert_passthrough"}, func(part string) bool { return strings.Contains(name, part) })
}
