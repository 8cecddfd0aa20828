package content_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// specimen is an event of a third party, with what another reader makes of it.
type specimen struct {
	from, name string
	body       []byte
	// expected is the event in the names of ECS, as another product maps it.
	expected map[string]any
	// alerting is what a detection rule says of it, nil where there is none.
	alerting *bool
}

// specimens reads the events of the corpus, or skips.
func specimens(tb testing.TB) []specimen {
	tb.Helper()
	var all []specimen
	for folder, read := range map[string]func(testing.TB, string, []byte) []specimen{
		"sekoia-intake/*.json": readIntake, "panther/*.yml": readRule, "wazuh-ruletests/*.ini": readRuleTests, "wazuh-ruletests/*.yaml": readAlertCases,
		"wazuh-alert/*": whole, "oncall-webhooks/*": whole, "elastic-integrations/*": whole, "otrf-mordor/*.json": whole, "sigma-regression/*.json": whole,
		"suricata/*": whole, "ocsf-examples/*": whole, "shuffle/*": whole, "xsoar/*": whole,
	} {
		names, err := filepath.Glob(filepath.Join("..", "..", "shared", "corpus", filepath.FromSlash(folder)))
		if err != nil {
			tb.Fatal(err)
		}
		for _, name := range names {
			body, err := os.ReadFile(name)
			if err != nil {
				tb.Fatal(err)
			}
			for _, s := range read(tb, filepath.Base(name), body) {
				s.from = filepath.Base(filepath.Dir(name))
				all = append(all, s)
			}
		}
	}
	if len(all) == 0 {
		tb.Skip("the corpus is not at ../shared/corpus beside the repository")
	}
	slices.SortFunc(all, func(a, b specimen) int { return strings.Compare(a.from+a.name, b.from+b.name) })
	return all
}

// whole is a file that is one event.
func whole(_ testing.TB, name string, body []byte) []specimen {
	return []specimen{{name: name, body: body}}
}

// readIntake reads a raw message and what it is to become.
func readIntake(tb testing.TB, name string, body []byte) []specimen {
	tb.Helper()
	var file struct {
		Input    struct{ Message string }
		Expected map[string]any
	}
	if err := json.Unmarshal(body, &file); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return []specimen{{name: name, body: []byte(file.Input.Message), expected: file.Expected}}
}

// readRule reads the tests of a detection rule: events, and whether they alert.
func readRule(tb testing.TB, name string, body []byte) []specimen {
	tb.Helper()
	file, _ := document.Parse(name, body)
	tests := file.Root.Get("Tests")
	if tests == nil {
		return nil
	}
	var out []specimen
	for i, test := range tests.Items {
		event, err := json.Marshal(test.Get("Log").Value())
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		alerting := test.Get("ExpectedResult").Text == "true"
		out = append(out, specimen{name: fmt.Sprintf("%s#%d %s", name, i+1, test.Get("Name").Text), body: event, alerting: &alerting})
	}
	return out
}

// readRuleTests reads lines such as "log 1 pass = Feb  9 11:44:56 …".
func readRuleTests(_ testing.TB, name string, body []byte) []specimen {
	var out []specimen
	for i, m := range regexp.MustCompile(`(?m)^log \d+ (?:pass|fail) = (.+)$`).FindAllSubmatch(body, -1) {
		out = append(out, specimen{name: fmt.Sprintf("%s#%d", name, i+1), body: m[1]})
	}
	return out
}

// readAlertCases reads alerts that stand in YAML.
func readAlertCases(_ testing.TB, name string, body []byte) []specimen {
	file, _ := document.Parse(name, body)
	var out []specimen
	if file.Root == nil {
		return nil
	}
	for i, item := range file.Root.Items {
		if sample := item.Get("metadata").Get("alert_sample"); sample != nil {
			out = append(out, specimen{name: fmt.Sprintf("%s#%d", name, i+1), body: []byte(sample.Text)})
		}
	}
	return out
}

// tally counts what became of the events of one origin.
type tally struct{ events, findings, refused, nothing, titled, timed, told int }

func TestMappings_understandTheEventsOfThirdParties(t *testing.T) {
	t.Parallel()
	set := mappings(t)
	sums := map[string]*tally{}
	for _, s := range specimens(t) {
		sum := sums[s.from]
		if sum == nil {
			sum = &tally{}
			sums[s.from] = sum
		}
		sum.events++
		ev := harrier.RawEvent{Body: s.body, Received: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
		got, err := set.Map(t.Context(), harrier.Source{}, ev)
		switch {
		case err != nil:
			sum.refused++
			if harrier.KindOf(err) != harrier.Invalid || len(err.Error()) < 40 || !strings.Contains(err.Error(), ":") {
				t.Errorf("%s/%s is refused without a reason that says what to do: %v", s.from, s.name, err)
			}
		case len(got) == 0:
			sum.nothing++
		}
		for _, f := range got {
			sum.findings++
			if !strings.HasPrefix(f.Title, "Alert of ") {
				sum.titled++
			}
			if !f.Time.IsZero() {
				sum.timed++
			}
			if len(f.Entities)+len(f.Observables) > 0 {
				sum.told++
			}
			if testing.Verbose() && len(got) < 5 {
				t.Logf("%s/%s by %s: %q %s %s, %d entities, %d observables, unmapped %v", s.from, s.name, f.Data["event"].(map[string]any)["dataset"], f.Title, f.Severity, f.Time, len(f.Entities), len(f.Observables), f.Unmapped)
			}
		}
		if err != nil && testing.Verbose() {
			t.Logf("%s/%s refused: %v", s.from, s.name, err)
		}
	}
	for _, from := range slices.Sorted(maps.Keys(sums)) {
		t.Logf("%-22s %+v", from, *sums[from])
		holds(t, from, sums[from])
	}
}

// floors says which share of findings has a title, a time, and entities or
// observables, in per cent.
func floors() map[string][3]int {
	return map[string][3]int{
		"elastic-integrations": {100, 100, 40}, "sekoia-intake": {100, 90, 80}, "sigma-regression": {100, 100, 100}, "otrf-mordor": {100, 100, 100},
		"wazuh-alert": {100, 100, 100}, "ocsf-examples": {95, 95, 80}, "panther": {95, 80, 75}, "wazuh-ruletests": {95, 90, 75},
	}
}

// holds holds a tally against its floors.
func holds(t *testing.T, from string, sum *tally) {
	t.Helper()
	floor, ok := floors()[from]
	if !ok {
		return
	}
	for i, got := range []int{sum.titled, sum.timed, sum.told} {
		if 100*got < floor[i]*sum.findings {
			t.Errorf("of %d findings from %s, %d have %s: fewer than %d %%", sum.findings, from, got, []string{"a title", "a time", "entities or observables"}[i], floor[i])
		}
	}
	if 100*sum.refused > 20*sum.events {
		t.Errorf("%d of %d events from %s are refused", sum.refused, sum.events, from)
	}
}
