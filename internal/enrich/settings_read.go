package enrich

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// FileName is the file in the data directory that holds the settings.
const FileName = "enrich.yaml"

// ReadSettings reads a file. All problems come at once; the settings are not to
// be used where one of them is an error.
func ReadSettings(name string, source []byte) (Settings, document.Problems) {
	r := &settingsReader{Reading: document.Read(name, source)}
	if r.File.Root == nil {
		return Settings{}, r.Problems
	}
	r.root(r.File.Root)
	return r.settings.withDefaults(), r.Problems
}

// settingsReader keeps what was read and what is wrong.
type settingsReader struct {
	*document.Reading
	settings Settings
}

// unfit notes that a value does not fit its key.
func (r *settingsReader) unfit(n *document.Node, fix string) {
	r.Say(n, "wrong-value", fmt.Sprintf("%q does not fit here", n.Text), fix)
}

func (r *settingsReader) root(n *document.Node) {
	s := &r.settings
	if n.Kind == document.Map && n.Get("harrier") == nil {
		r.Say(n, "missing-key", "the file does not say which format it has", "add harrier: 1")
	}
	r.Keys(n, "the file", document.Keyed{
		"harrier":  r.Format,
		"lookups":  func(n *document.Node) { s.Most = r.number(n, 1, 200) },
		"deadline": func(n *document.Node) { s.Deadline = r.duration(n, 50*time.Millisecond, 30*time.Second) },
		"lookback": func(n *document.Node) { s.Lookback = r.duration(n, time.Hour, 400*24*time.Hour) },
		"max_tlp": func(n *document.Node) {
			s.MaxTLP = r.oneOf(n, "clear", "green", "amber", "amber+strict", "red")
		},
		"live": func(n *document.Node) { s.Live = r.oneOf(n, "critical", "high", "medium", "low", "info") },
		"inside": func(n *document.Node) {
			for _, item := range r.items(n) {
				s.Inside = append(s.Inside, item.Text)
			}
		},
		"keep": r.kept,
		"searches": func(n *document.Node) {
			for _, item := range r.items(n) {
				r.search(item)
			}
		},
	})
}

// kept reads the shares of a day's calls. The transport keeps a fifth for
// critical alerts in any case, so less would be a promise that nobody holds.
func (r *settingsReader) kept(n *document.Node) {
	const least = 20
	r.settings.Kept = map[string]int{"high": least, "medium": least, "low": 2 * least}
	readers := document.Keyed{}
	for _, severity := range []string{"high", "medium", "low"} {
		readers[severity] = func(n *document.Node) { r.settings.Kept[severity] = r.number(n, least, 100) }
	}
	r.Keys(n, "keep", readers)
}

// search reads one search.
func (r *settingsReader) search(n *document.Node) {
	s := Search{For: harrier.UserEntity, Before: 15 * time.Minute, After: 15 * time.Minute, Rows: 50}
	r.Keys(n, "a search", document.Keyed{
		"name":       func(n *document.Node) { s.Name = n.Text },
		"connection": func(n *document.Node) { s.Connection = n.Text },
		"query":      func(n *document.Node) { s.Query = n.Text },
		"for": func(n *document.Node) {
			s.For = harrier.EntityType(r.oneOf(n, "user", "host", "address", "mailbox", "resource"))
		},
		"before": func(n *document.Node) { s.Before = r.duration(n, 0, 24*time.Hour) },
		"after":  func(n *document.Node) { s.After = r.duration(n, 0, 24*time.Hour) },
		"rows":   func(n *document.Node) { s.Rows = r.number(n, 1, 500) },
	})
	switch {
	case n.Kind != document.Map:
		return
	case s.Name == "" || s.Connection == "" || s.Query == "":
		r.Say(n, "missing-key", "the search is not complete", "give name, connection and query")
	case !strings.Contains(s.Query, placeholder):
		r.Say(n.Get("query"), "no-entity", "the query is about nobody", "write "+placeholder+" where the name of the user or host belongs, within quotes")
	case s.Before+s.After <= 0:
		r.Say(n, "wrong-value", "the search covers no time", "give before or after, such as 15m")
	}
	r.settings.Searches = append(r.settings.Searches, s)
}

func (r *settingsReader) items(n *document.Node) []*document.Node {
	if n.Kind != document.List {
		r.Say(n, "wrong-kind", "this must be a list", "write one line with a dash for each")
	}
	return n.Items
}

func (r *settingsReader) number(n *document.Node, least, most int) int {
	v, err := strconv.Atoi(n.Text)
	if n.Kind != document.Int || err != nil || v < least || v > most {
		r.unfit(n, fmt.Sprintf("write a number from %d to %d", least, most))
		return least
	}
	return v
}

func (r *settingsReader) duration(n *document.Node, least, most time.Duration) time.Duration {
	text := n.Text
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if v, err := strconv.Atoi(days); err == nil && v >= 0 && v <= 10_000 {
			text = strconv.Itoa(v*24) + "h"
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > most {
		r.unfit(n, fmt.Sprintf("write a time from %s to %s, such as 15m", least, most))
		return least
	}
	return d
}

func (r *settingsReader) oneOf(n *document.Node, values ...string) string {
	if i := slices.IndexFunc(values, func(v string) bool { return strings.EqualFold(v, n.Text) }); i >= 0 {
		return values[i]
	}
	r.unfit(n, "use one of "+strings.Join(values, ", "))
	return values[0]
}
