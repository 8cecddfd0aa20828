package cli

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func searchCommand(s *shell) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "search QUERY", Short: "Find words, values and ids in everything", Args: cobra.MinimumNArgs(1),
		Long: "Find words, values, ids, or what a query selects, in alerts, cases, observables, evidence, runs, approvals and the audit trail.\n" +
			"A value may be defanged, as in evil[.]example. docs/query.md says what a query may hold.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			query := url.Values{"q": {strings.Join(args, " ")}, "limit": {strconv.Itoa(limit)}}
			found, raw, err := fetch[api.SearchResult](cmd.Context(), c, asked{Path: "/v1/search", Query: query})
			if err != nil {
				return err
			}
			r := result{raw: raw, head: []string{"NOUN", "ID", "STATUS", "TITLE"}, text: func(w io.Writer, p paint) { searchText(w, p, found) }}
			for _, g := range found.Groups {
				for _, h := range g.Items {
					r.names, r.rows = append(r.names, h.ID), append(r.rows, []string{g.Noun, h.ID, h.Status, h.Title})
				}
			}
			if len(r.rows) == 0 && s.output == "table" {
				s.note("nothing is found for %s", found.Query)
				return nil
			}
			return s.print(r)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 10, "how many of each sort are wanted at most")
	return cmd
}

// searchText prints what was found, group by group.
func searchText(w io.Writer, p paint, found api.SearchResult) {
	for _, g := range found.Groups {
		more := ""
		if g.More {
			more = " (there are more)"
		}
		fmt.Fprintln(w, p.bold(g.Noun)+p.dim(more))
		for _, h := range g.Items {
			fmt.Fprintf(w, "  %s  %s  %s\n", h.ID, clean(short(h.Title, 80)), p.dim(strings.TrimSpace(strings.Join([]string{h.Rank, h.Status, stamp(h.At)}, " "))))
			if h.Snippet != "" {
				fmt.Fprintln(w, p.dim("      "+clean(short(h.Snippet, 160))))
			}
		}
	}
}
