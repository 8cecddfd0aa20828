package cli

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func handoverCommand(s *shell) *cobra.Command {
	list := listing[api.Handover]{
		use: "list", short: "List hand-overs of shifts, the newest first", path: "/v1/handovers",
		columns: []column[api.Handover]{
			{"AT", func(h api.Handover) string { return stamp(h.CreatedAt) }}, {"FROM", func(h api.Handover) string { return h.From }},
			{"TO", func(h api.Handover) string { return cmp.Or(h.To, "whoever comes") }}, {"ITEMS", func(h api.Handover) string { return fmt.Sprint(h.Items) }},
			{"ACCEPTED", func(h api.Handover) string { return h.AcceptedBy }}, {"ID", func(h api.Handover) string { return h.ID.String() }},
		},
		name: func(h api.Handover) string { return h.ID.String() }, empty: "no shift was handed over yet",
	}
	return holder("handover", "Hand a shift over, and take one over", []string{"handovers", "hand-over"}, list.command(s), handoverNew(s), handoverShow(s), handoverAccept(s))
}

func handoverNew(s *shell) *cobra.Command {
	var in api.GiveHandover
	cmd := &cobra.Command{
		Use: "new", Short: "Hand over how things are now", Args: cobra.NoArgs, Aliases: []string{"give"},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return handoverAsk(s, cmd, asked{Method: http.MethodPost, Path: "/v1/handovers", Body: in})
		},
	}
	cmd.Flags().StringVar(&in.To, "to", "", "who takes over, as oncall.yaml names them; they are told")
	cmd.Flags().StringVar(&in.Notes, "notes", "", "what the next shift has to know")
	return cmd
}

func handoverShow(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "show HANDOVER", Short: "Show a hand-over, as things were, as Markdown or with -o json", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return handoverAsk(s, cmd, asked{Path: "/v1/handovers/" + url.PathEscape(args[0])})
		},
	}
}

// handoverAsk asks for a hand-over and prints it.
func handoverAsk(s *shell, cmd *cobra.Command, a asked) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	h, raw, err := fetch[api.HandoverDetail](cmd.Context(), c, a)
	if err != nil {
		return err
	}
	return s.print(result{
		raw: raw, names: []string{h.ID.String()}, head: []string{"AT", "FROM", "TO", "ITEMS", "ID"},
		rows: [][]string{{stamp(h.CreatedAt), h.From, h.To, fmt.Sprint(h.Items), h.ID.String()}},
		text: func(w io.Writer, p paint) { fmt.Fprintf(w, "%s\n%s\n", clean(h.Markdown), p.dim(h.ID.String())) },
	})
}

func handoverAccept(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "accept HANDOVER", Short: "Take a hand-over over, by your name", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			h, raw, err := fetch[api.Handover](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/handovers/" + url.PathEscape(args[0]) + "/accept"})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{h.ID.String()}, head: []string{"FROM", "ACCEPTED"}, rows: [][]string{{h.From, h.AcceptedBy}},
				text: func(w io.Writer, _ paint) { fmt.Fprintf(w, "%s has it from %s\n", clean(h.AcceptedBy), clean(h.From)) },
			})
		},
	}
}
