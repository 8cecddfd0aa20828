package cli

import (
	"fmt"
	"io"
	"net/url"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func riskCommand(s *shell) *cobra.Command {
	list := listing[api.EntityRisk]{
		use: "list", short: "List hosts and users with their risk, those that changed last first", path: "/v1/risk",
		filters: [][2]string{{"type", "host or user"}, {"raised", "true: only those over the threshold"}},
		columns: []column[api.EntityRisk]{
			{"RISK", func(r api.EntityRisk) string { return fmt.Sprintf("%.1f", r.Score) }}, {"ENTITY", func(r api.EntityRisk) string { return r.Entity }},
			{"RAISED", func(r api.EntityRisk) string { return stamp(r.Since) }},
			{"CASE", func(r api.EntityRisk) string {
				if r.Case.IsZero() {
					return ""
				}
				return r.Case.String()
			}},
		},
		name: func(r api.EntityRisk) string { return r.Entity }, empty: "nothing is held against anybody",
	}
	show := &cobra.Command{
		Use: "show ENTITY", Short: "Show what the risk of a host or user is made of, such as host:ws-17", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			r, raw, err := fetch[api.EntityRiskDetail](cmd.Context(), c, asked{Path: "/v1/risk/" + url.PathEscape(args[0])})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{r.Entity}, head: []string{"RISK", "ENTITY"}, rows: [][]string{{fmt.Sprintf("%.1f", r.Score), r.Entity}},
				text: func(w io.Writer, p paint) { riskText(w, p, r) },
			})
		},
	}
	return holder("risk", "Show what adds up against hosts and users", []string{"risks"}, list.command(s), show)
}

func riskText(w io.Writer, p paint, r api.EntityRiskDetail) {
	fmt.Fprintf(w, "%s  risk %.1f\n", p.bold(clean(r.Entity)), r.Score)
	if r.Raised {
		fmt.Fprintln(w, p.bad("  over the threshold since "+stamp(r.Since)+": "+r.Case.String()))
	}
	for _, part := range r.Parts {
		fmt.Fprintf(w, "  %6.1f  %s  %s\n", part.Left, stamp(part.At), clean(short(part.Title, 80)))
		about := fmt.Sprintf("%.1f then; rule %s", part.Score, part.Rule)
		if part.Tactics != "" {
			about += "; " + part.Tactics
		}
		fmt.Fprintln(w, p.dim("          "+clean(about)+"; "+part.Alert.String()))
	}
}
