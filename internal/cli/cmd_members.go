package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

// casePath is the path of a case, or of something of it.
func casePath(id, more string) string { return "/v1/cases/" + url.PathEscape(id) + more }

// membersCommand is about who sees a restricted case.
func membersCommand(s *shell) *cobra.Command {
	list := &cobra.Command{
		Use: "list CASE", Short: "List who may see a restricted case", Args: cobra.ExactArgs(1), Aliases: []string{"ls"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			items, raw, err := unpaged[api.CaseMember](cmd.Context(), c, casePath(args[0], "/members"))
			if err != nil {
				return err
			}
			r := result{raw: raw, head: []string{"NAME", "UNTIL", "PRINCIPAL"}}
			for _, m := range items {
				r.rows, r.names = append(r.rows, []string{m.Name, stamp(m.Until), m.Principal.String()}), append(r.names, m.Principal.String())
			}
			return s.print(r)
		},
	}
	add := caseDo(s, &cobra.Command{Use: "add CASE PRINCIPAL [NAME]", Short: "Let somebody see a restricted case", Args: cobra.RangeArgs(2, 3)}, "/members", func(args []string) any {
		return map[string]string{"principal": args[1], "name": append(args, "")[2]}
	})
	remove := caseDo(s, &cobra.Command{Use: "remove CASE PRINCIPAL", Short: "Take the sight of a restricted case from somebody", Args: cobra.ExactArgs(2)}, "/members/remove", func(args []string) any {
		return map[string]string{"principal": args[1]}
	})
	return holder("members", "Say who sees a restricted case", []string{"member"}, list, add, remove)
}

// caseDo is a command that does something to a case and says little.
func caseDo(s *shell, cmd *cobra.Command, more string, body func(args []string) any) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		_, raw, err := fetch[map[string]any](cmd.Context(), c, asked{Method: http.MethodPost, Path: casePath(args[0], more), Body: body(args)})
		if err != nil {
			return err
		}
		return s.print(result{raw: raw, names: args[:1], head: []string{"CASE", "DONE"}, rows: [][]string{{args[0], "yes"}},
			text: func(w io.Writer, p paint) { fmt.Fprintln(w, p.good("done")) }})
	}
	return cmd
}

// restrictCommand hides a case, or shows it to all again.
func restrictCommand(s *shell) *cobra.Command {
	var reason string
	var open bool
	cmd := caseDo(s, &cobra.Command{Use: "restrict CASE", Short: "Hide a case from all but its members, or show it to all with --open", Args: cobra.ExactArgs(1)}, "/restrict", func([]string) any {
		return api.RestrictCase{Restricted: !open, Reason: reason}
	})
	cmd.Flags().StringVar(&reason, "reason", "", "why; it stays in the timeline")
	cmd.Flags().BoolVar(&open, "open", false, "show the case to all again")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

// breakGlassCommand is how two people get one of them into a restricted case.
func breakGlassCommand(s *shell) *cobra.Command {
	list := listing[api.Glass]{
		use: "list", short: "List who asked to see restricted cases, the newest first", path: "/v1/break-glass",
		columns: []column[api.Glass]{
			{"STATUS", func(g api.Glass) string { return g.Status }}, {"CASE", func(g api.Glass) string { return g.Case }}, {"BY", func(g api.Glass) string { return g.Name }},
			{"HOURS", func(g api.Glass) string { return fmt.Sprint(g.Hours) }}, {"REASON", func(g api.Glass) string { return short(g.Reason, 60) }},
			{"ASKED", func(g api.Glass) string { return stamp(g.CreatedAt) }}, {"ID", func(g api.Glass) string { return g.ID.String() }},
		},
		name: func(g api.Glass) string { return g.ID.String() }, empty: "nobody has asked",
	}
	var in api.BreakGlass
	ask := glassDo(s, &cobra.Command{Use: "ask CASE", Short: "Ask to see a restricted case whose members cannot be asked"}, func(args []string) asked {
		in.Case = args[0]
		return asked{Method: http.MethodPost, Path: "/v1/break-glass", Body: in}
	})
	ask.Flags().StringVar(&in.Reason, "reason", "", "why the members cannot be asked; they will read it")
	ask.Flags().IntVar(&in.Hours, "hours", 8, "how long the access lasts, 72 at most")
	_ = ask.MarkFlagRequired("reason")
	decide := func(use, about string, grant bool) *cobra.Command {
		return glassDo(s, &cobra.Command{Use: use, Short: about}, func(args []string) asked {
			return asked{Method: http.MethodPost, Path: "/v1/break-glass/" + url.PathEscape(args[0]) + "/decide", Body: map[string]bool{"grant": grant}}
		})
	}
	return holder("break-glass", "Get into restricted cases, two people together", nil, list.command(s), ask,
		decide("grant REQUEST", "Grant what another asked for", true), decide("deny REQUEST", "Deny what another asked for", false))
}

// glassDo is a command that asks one thing about a request.
func glassDo(s *shell, cmd *cobra.Command, of func(args []string) asked) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		g, raw, err := fetch[api.Glass](cmd.Context(), c, of(args))
		if err != nil {
			return err
		}
		return s.print(result{raw: raw, names: []string{g.ID.String()}, head: []string{"STATUS", "CASE", "BY", "ID"}, rows: [][]string{{g.Status, g.Case, g.Name, g.ID.String()}}})
	}
	return cmd
}
