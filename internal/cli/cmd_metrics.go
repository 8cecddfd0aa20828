package cli

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func metricsCommand(s *shell) *cobra.Command {
	return holder("metrics", "Say how the work goes", []string{"figures"}, metricsCases(s), metricsAlerts(s), metricsWorkload(s))
}

// spanFlags say what time figures are about.
type spanFlags struct {
	days               int
	from, to, zone, by string
}

// flags adds the flags to a command.
func (f *spanFlags) flags(cmd *cobra.Command, by, groups string) {
	fl := cmd.Flags()
	fl.IntVar(&f.days, "days", 30, "how many days, today included")
	fl.StringVar(&f.from, "from", "", "the first day, instead of --days; like 2026-11-01")
	fl.StringVar(&f.to, "to", "", "the last day; absent for today")
	fl.StringVar(&f.zone, "time-zone", "", "where days begin, such as Europe/Berlin; absent for UTC")
	fl.StringVar(&f.by, "by", by, "by what they are told apart: "+groups)
}

// ask is the request for a figure.
func (f spanFlags) ask(path string) asked {
	q := url.Values{"by": {f.by}, "days": {strconv.Itoa(f.days)}}
	for name, v := range map[string]string{"from": f.from, "to": f.to, "time_zone": f.zone} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return asked{Path: path, Query: q}
}

func metricsCases(s *shell) *cobra.Command {
	var f spanFlags
	cmd := &cobra.Command{
		Use: "cases", Short: "Say how long cases take, and what they were", Args: cobra.NoArgs,
		Long: "Say how long cases take that were opened in a time, and what they were. Times are the half's (p50) and that of nine of ten (p90).",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			m, raw, err := fetch[api.CaseMetrics](cmd.Context(), c, f.ask("/v1/metrics/cases"))
			if err != nil {
				return err
			}
			r := result{raw: raw, head: []string{strings.ToUpper(m.By), "OPENED", "", "CLOSED", "TRUE", "DETECT", "ACKNOWLEDGE", "TRIAGE", "CONTAIN", "RESOLVE"}}
			most := int64(0)
			for _, g := range m.Items {
				most = max(most, g.Opened)
			}
			for _, g := range m.Items {
				name := cmp.Or(g.Name, g.Key, "none")
				r.rows, r.names = append(r.rows, caseFigures(name, g, most)), append(r.names, name)
			}
			r.rows = append(r.rows, caseFigures("all", m.CaseFigures, 0))
			if err := s.print(r); err != nil {
				return err
			}
			s.noteFigures(m.Figured, sparkCases(m))
			return nil
		},
	}
	f.flags(cmd, "category", "category, severity, owner, disposition, day or week")
	return cmd
}

func caseFigures(name string, g api.CaseFigures, most int64) []string {
	row := []string{name, fmt.Sprint(g.Opened), block(g.Opened, most), fmt.Sprint(g.Closed), fmt.Sprint(g.Dispositions["true_positive"])}
	for _, t := range []string{"detect", "acknowledge", "triage", "contain", "resolve"} {
		row = append(row, spreadText(g.Times[t]))
	}
	return row
}

// spreadText is how long something took, for people.
func spreadText(t api.Spread) string {
	if t.Count == 0 {
		return "-"
	}
	return lasting(t.P50) + " / " + lasting(t.P90)
}

// lasting is a number of seconds for people.
func lasting(seconds int64) string {
	d := time.Duration(seconds) * time.Second
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", seconds)
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1fh", d.Hours())
	}
	return fmt.Sprintf("%.1fd", d.Hours()/24)
}

// block is how much something is of the most.
func block(n, most int64) string {
	const width = 12
	if most == 0 || n == 0 {
		return ""
	}
	return strings.Repeat("▇", int(max(1, n*width/most)))
}

// spark is a line that draws how numbers of groups go.
func spark[T any](name string, groups []T, number func(T) int64) string {
	steps := []rune("▁▂▃▄▅▆▇█")
	most := int64(1)
	for _, g := range groups {
		most = max(most, number(g))
	}
	var b strings.Builder
	for _, g := range groups {
		b.WriteRune(steps[number(g)*7/most])
	}
	return fmt.Sprintf("%-16s %s", name, b.String())
}

// overTime tells that figures are told apart by time, so that a line shows how they go.
func overTime(f api.Figured) bool { return f.By == "day" || f.By == "week" }

// sparkCases are the lines that show how figures of cases go over time.
func sparkCases(m api.CaseMetrics) []string {
	if !overTime(m.Figured) {
		return nil
	}
	return []string{
		spark("opened", m.Items, func(g api.CaseFigures) int64 { return g.Opened }),
		spark("acknowledge p50", m.Items, func(g api.CaseFigures) int64 { return g.Times["acknowledge"].P50 }),
		spark("resolve p50", m.Items, func(g api.CaseFigures) int64 { return g.Times["resolve"].P50 }),
	}
}

// noteFigures says beside a table how things go, and what it is about.
func (s *shell) noteFigures(f api.Figured, lines []string) {
	if s.output != "table" {
		return
	}
	for _, line := range lines {
		fmt.Fprintln(s.cfg.Streams.Out, line)
	}
	more := ""
	if f.Estimated {
		more = "; there are so many that this is reckoned from a part"
	}
	s.note("from %s to %s, %s%s", f.From, f.To, f.TimeZone, more)
}

func metricsAlerts(s *shell) *cobra.Command {
	var f spanFlags
	cmd := &cobra.Command{
		Use: "alerts", Short: "Say what came in, and how much of it was noise", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			m, raw, err := fetch[api.AlertMetrics](cmd.Context(), c, f.ask("/v1/metrics/alerts"))
			if err != nil {
				return err
			}
			r := result{raw: raw, head: []string{strings.ToUpper(m.By), "CAME", "", "FOLDED", "CLOSED", "NOISE", "BY RULES"}}
			most := int64(0)
			for _, g := range m.Items {
				most = max(most, g.Came)
			}
			for _, g := range m.Items {
				name := cmp.Or(g.Key, "none")
				r.rows, r.names = append(r.rows, alertFigures(name, g, most)), append(r.names, name)
			}
			r.rows = append(r.rows, alertFigures("all", m.AlertFigures, 0))
			if err := s.print(r); err != nil {
				return err
			}
			var lines []string
			if overTime(m.Figured) {
				lines = append(lines, spark("came", m.Items, func(g api.AlertFigures) int64 { return g.Came }))
			}
			if m.Precision != nil {
				lines = append(lines, fmt.Sprintf("rules that close alerts were right in %d of %d that people looked at: %.0f to %.0f %%", m.Agreed, m.Reviewed, 100*m.Precision.Lower, 100*m.Precision.Upper))
			}
			s.noteFigures(m.Figured, lines)
			return nil
		},
	}
	f.flags(cmd, "source", "source, severity, day or week")
	return cmd
}

func alertFigures(name string, g api.AlertFigures, most int64) []string {
	return []string{
		name, fmt.Sprint(g.Came), block(g.Came, most), fmt.Sprint(g.Folded), fmt.Sprint(g.Closed),
		fmt.Sprintf("%d (%.0f %%)", g.Noise, 100*g.NoiseShare), fmt.Sprintf("%d (%.0f %%)", g.ByRule, 100*g.RuleShare),
	}
}

func metricsWorkload(s *shell) *cobra.Command {
	return listing[api.Load]{
		use: "workload", short: "Say who has how much to do", path: "/v1/metrics/workload", whole: true,
		columns: []column[api.Load]{
			{"WHO", loadName}, {"CASES", func(l api.Load) string { return fmt.Sprint(l.Cases) }},
			{"ALERTS", func(l api.Load) string {
				if l.More {
					return fmt.Sprintf("more than %d", l.Alerts)
				}
				return fmt.Sprint(l.Alerts)
			}},
			{"TASKS", func(l api.Load) string { return fmt.Sprint(l.Tasks) }}, {"OLDEST", func(l api.Load) string { return stamp(l.Oldest) }},
			{"SLA BREACHED", func(l api.Load) string { return fmt.Sprint(l.Breached) }},
		},
		name: loadName, empty: "nobody has anything to do",
	}.command(s)
}

func loadName(l api.Load) string {
	if l.Person == nil {
		return "nobody's"
	}
	return ownerName(l.Person)
}
