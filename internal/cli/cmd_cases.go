package cli

import (
	"fmt"
	"io"
	"net/url"
	"strconv"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func casesCommand(s *shell) *cobra.Command {
	list := listing[api.Case]{
		use: "list", short: "List cases, the newest first", path: "/v1/cases", queried: true,
		filters: [][2]string{{"status", "open, in_progress, waiting or closed"}, {"severity", "critical, high, medium, low or info"}, {"alert", "the id of an alert"}},
		columns: []column[api.Case]{
			{"NUMBER", func(c api.Case) string { return strconv.FormatInt(c.Number, 10) }}, {"SEVERITY", func(c api.Case) string { return c.Severity }},
			{"STATUS", func(c api.Case) string { return c.Status }}, {"TITLE", func(c api.Case) string { return short(c.Title, 70) }},
			{"OPENED", func(c api.Case) string { return stamp(c.CreatedAt) }}, {"ID", func(c api.Case) string { return c.ID.String() }},
		},
		name: func(c api.Case) string { return c.ID.String() }, empty: "there are no cases",
	}
	get := &cobra.Command{
		Use: "get CASE", Short: "Show a case with its timeline, by number or id", Args: cobra.ExactArgs(1), Aliases: []string{"show"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			d, raw, err := fetch[api.CaseDetail](cmd.Context(), c, asked{Path: "/v1/cases/" + url.PathEscape(args[0])})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{d.ID.String()}, head: []string{"NUMBER", "SEVERITY", "STATUS", "TITLE"},
				rows: [][]string{{strconv.FormatInt(d.Number, 10), d.Severity, d.Status, d.Title}},
				text: func(w io.Writer, p paint) { caseText(w, p, d) },
			})
		},
	}
	return holder("cases", "Show cases, and work on them", []string{"case"}, append([]*cobra.Command{list.command(s), get}, caseworkCommands(s)...)...)
}

func caseText(w io.Writer, p paint, d api.CaseDetail) {
	fmt.Fprintf(w, "#%d %s  %s\n", d.Number, p.bold(clean(d.Title)), d.ID)
	facts(w, p, [][2]string{{"severity", d.Severity}, {"status", d.Status}, {"opened", stamp(d.CreatedAt)}, {"summary", d.Summary}})
	for _, e := range d.Timeline {
		fmt.Fprintf(w, "  %s  %-9s %s\n", stamp(e.At), clean(e.Kind), p.dim(clean(e.Author)))
		if e.Text != "" {
			fmt.Fprintln(w, indent(clean(e.Text), "      "))
		}
	}
}
