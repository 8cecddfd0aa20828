package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func retentionCommand(s *shell) *cobra.Command {
	show := listing[api.RetentionPolicy]{
		use: "show", short: "Show how long things are kept", path: "/v1/retention", whole: true,
		columns: []column[api.RetentionPolicy]{
			{"CLASS", func(p api.RetentionPolicy) string { return p.Class }},
			{"DAYS", func(p api.RetentionPolicy) string {
				if p.Days == 0 {
					return "for ever"
				}
				return fmt.Sprint(p.Days)
			}},
			{"BY", func(p api.RetentionPolicy) string {
				if p.Default {
					return "default"
				}
				return "you"
			}},
		},
		name: func(p api.RetentionPolicy) string { return p.Class }, empty: "nothing is kept",
	}
	set := &cobra.Command{
		Use: "set CLASS DAYS", Short: "Say for how many days things of a class are kept; 0 is for ever", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			days, err := strconv.Atoi(args[1])
			if err != nil {
				return usagef("%q is no number of days", args[1])
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			p, raw, err := fetch[api.RetentionPolicy](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/retention", Body: api.SetRetention{Class: args[0], Days: days}})
			if err != nil {
				return err
			}
			return s.print(result{raw: raw, names: []string{p.Class}, head: []string{"CLASS", "DAYS"}, rows: [][]string{{p.Class, fmt.Sprint(p.Days)}}})
		},
	}
	run := &cobra.Command{
		Use: "run", Short: "Remove now what is older than it is kept", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			list, raw, err := fetch[api.List[api.RetentionRemoved]](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/retention/run", Body: struct{}{}})
			if err != nil {
				return err
			}
			r := result{raw: raw, head: []string{"CLASS", "REMOVED"}}
			for _, one := range list.Items {
				r.rows, r.names = append(r.rows, []string{one.Class, fmt.Sprint(one.Count)}), append(r.names, one.Class)
			}
			return s.print(r)
		},
	}
	return holder("retention", "Say how long things are kept", nil, show.command(s), set, run)
}

func holdCommand(s *shell) *cobra.Command {
	list := listing[api.Hold]{
		use: "list", short: "List legal holds, the newest first", path: "/v1/holds", whole: true,
		columns: []column[api.Hold]{
			{"ID", func(h api.Hold) string { return h.ID }}, {"KIND", func(h api.Hold) string { return h.Kind }}, {"TARGET", func(h api.Hold) string { return h.Target }},
			{"PLACED", func(h api.Hold) string { return stamp(h.PlacedAt) + " " + h.PlacedBy }},
			{"STATE", func(h api.Hold) string {
				switch {
				case !h.Active:
					return "lifted by " + h.LiftBy + " and " + h.LiftedBy
				case h.LiftBy != "":
					return h.LiftBy + " asks for its end"
				}
				return "holds"
			}},
			{"REASON", func(h api.Hold) string { return short(h.Reason, 60) }},
		},
		name: func(h api.Hold) string { return h.ID }, empty: "nothing is held",
	}
	return holder("hold", "Keep things from being removed", []string{"holds"}, list.command(s), holdAdd(s), holdLift(s))
}

func holdAdd(s *shell) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "add all|case|alert|subject [TARGET]", Short: "Place a legal hold on everything, a case, an alert or a subject such as user:jane", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := api.PlaceHold{Kind: args[0], Reason: reason}
			if len(args) > 1 {
				in.Target = args[1]
			}
			return s.askHold(cmd, "/v1/holds", in)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why it is held")
	return cmd
}

func holdLift(s *shell) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "lift HOLD", Short: "Ask for the end of a hold, or agree to it as a second person", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.askHold(cmd, "/v1/holds/"+url.PathEscape(args[0])+"/lift", api.LiftHold{Reason: reason})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why it is lifted")
	return cmd
}

// askHold changes a hold and prints it.
func (s *shell) askHold(cmd *cobra.Command, path string, body any) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	h, raw, err := fetch[api.Hold](cmd.Context(), c, asked{Method: http.MethodPost, Path: path, Body: body})
	if err != nil {
		return err
	}
	return s.print(result{
		raw: raw, names: []string{h.ID}, head: []string{"ID", "KIND", "TARGET"}, rows: [][]string{{h.ID, h.Kind, h.Target}},
		text: func(w io.Writer, _ paint) {
			switch {
			case !h.Active:
				fmt.Fprintf(w, "%s is lifted\n", clean(h.ID))
			case h.LiftBy != "":
				fmt.Fprintf(w, "%s still holds; a second person lifts it\n", clean(h.ID))
			default:
				fmt.Fprintf(w, "%s holds\n", clean(h.ID))
			}
		},
	})
}
