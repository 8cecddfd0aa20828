package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/schema"
	"github.com/spf13/cobra"
)

func onCallCommand(s *shell) *cobra.Command {
	changes := listing[api.OnCallChange]{
		use: "changes", short: "List overrides and absences, those made last first", path: "/v1/oncall/changes",
		filters: [][2]string{{"kind", "override or absence"}, {"rota", "of one rota"}, {"person", "of one person"}},
		columns: []column[api.OnCallChange]{
			{"KIND", func(c api.OnCallChange) string { return c.Kind }}, {"ROTA", func(c api.OnCallChange) string { return c.Rota }},
			{"PERSON", func(c api.OnCallChange) string { return c.Person }}, {"COVER", func(c api.OnCallChange) string { return c.Cover }},
			{"FROM", func(c api.OnCallChange) string { return stamp(c.From) }}, {"UNTIL", func(c api.OnCallChange) string { return stamp(c.Until) }},
			{"BY", func(c api.OnCallChange) string { return c.CreatedBy }}, {"REMOVED", func(c api.OnCallChange) string { return stamp(c.RemovedAt) }},
			{"ID", func(c api.OnCallChange) string { return c.ID.String() }},
		},
		name: func(c api.OnCallChange) string { return c.ID.String() }, empty: "nothing differs from the plan",
	}
	return holder("oncall", "Show and change who is on call", []string{"on-call"}, onCallShow(s), onCallTurns(s),
		onCallAdd(s, "override"), onCallAdd(s, "absence"), changes.command(s), onCallRemove(s))
}

func onCallShow(s *shell) *cobra.Command {
	return listing[api.OnCallRota]{
		use: "show", short: "Show who is on call of every rota", path: "/v1/oncall", whole: true,
		filters: [][2]string{{"at", "at another time, such as 2026-12-24T18:00:00Z"}},
		columns: []column[api.OnCallRota]{
			{"ROTA", func(r api.OnCallRota) string { return r.Rota }}, {"ON CALL", func(r api.OnCallRota) string { return turnText(r.Now) }},
			{"UNTIL", func(r api.OnCallRota) string { return stamp(r.Now.Until) }},
			{"NEXT", func(r api.OnCallRota) string {
				if r.Next == nil {
					return ""
				}
				return turnText(*r.Next)
			}},
		},
		name: func(r api.OnCallRota) string { return r.Rota }, empty: "there is no rota; describe some in oncall.yaml in the data directory",
	}.command(s)
}

// turnText is who has a turn.
func turnText(t api.OnCallTurn) string {
	switch {
	case t.Person == "":
		return "nobody"
	case t.Instead != "":
		return t.Person + " for " + t.Instead
	}
	return t.Person
}

func onCallTurns(s *shell) *cobra.Command {
	cmd := &cobra.Command{Use: "turns ROTA", Short: "List the turns of a rota, those of the next four weeks", Args: cobra.ExactArgs(1)}
	var from, until string
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		query := url.Values{"rota": args}
		for name, v := range map[string]string{"from": from, "until": until} {
			if v != "" {
				query.Set(name, v)
			}
		}
		list, raw, err := fetch[api.List[api.OnCallTurn]](cmd.Context(), c, asked{Path: "/v1/oncall/turns", Query: query})
		if err != nil {
			return err
		}
		r := result{raw: raw, head: []string{"FROM", "UNTIL", "PERSON", "LAYER"}}
		for _, t := range list.Items {
			r.rows, r.names = append(r.rows, []string{stamp(t.From), stamp(t.Until), turnText(t), t.Layer}), append(r.names, t.Person)
		}
		return s.print(r)
	}
	cmd.Flags().StringVar(&from, "from", "", "from when, such as 2026-12-01T00:00:00Z")
	cmd.Flags().StringVar(&until, "until", "", "until when")
	return cmd
}

func onCallAdd(s *shell, kind string) *cobra.Command {
	var in api.AddOnCallChange
	var from, until, length string
	cmd := &cobra.Command{Use: "override ROTA PERSON", Short: "Put somebody else on call", Args: cobra.ExactArgs(2)}
	if kind == "absence" {
		cmd = &cobra.Command{Use: "absence PERSON", Short: "Say that somebody is absent; others get their turns", Args: cobra.ExactArgs(1), Aliases: []string{"absent"}}
		cmd.Flags().StringVar(&in.Cover, "cover", "", "who takes their turns and their work; whoever is on call where it is absent")
		cmd.Flags().BoolVar(&in.GiveBack, "give-back", false, "give back what is still open at the end")
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		in.Kind, in.Person = kind, args[len(args)-1]
		if kind == "override" {
			in.Rota = args[0]
		}
		if in.From, err = moment("from", from); err != nil {
			return err
		}
		if in.Until, err = s.ending(in.From, until, length); err != nil {
			return err
		}
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		change, raw, err := fetch[api.OnCallChange](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/oncall/changes", Body: in})
		if err != nil {
			return err
		}
		return s.print(onCallResult(change, raw))
	}
	flags := cmd.Flags()
	flags.StringVar(&from, "from", "", "from when, such as 2026-12-24T18:00:00Z; now where it is absent")
	flags.StringVar(&until, "until", "", "until when")
	flags.StringVar(&length, "for", "", "how long instead, such as 12h or 7d")
	flags.StringVar(&in.Reason, "reason", "", "why, for whoever looks at it next")
	_ = cmd.MarkFlagRequired("reason")
	cmd.MarkFlagsOneRequired("for", "until")
	cmd.MarkFlagsMutuallyExclusive("for", "until")
	return cmd
}

// ending is when something ends that is given as a time or as a length.
func (s *shell) ending(from time.Time, until, length string) (time.Time, error) {
	if length == "" {
		return moment("until", until)
	}
	d, err := schema.ParseDuration(length)
	if err != nil {
		return time.Time{}, usagef("--for is %q; write a length such as 12h or 7d", length)
	}
	if from.IsZero() {
		from = s.cfg.Now()
	}
	return from.Add(d).UTC().Truncate(time.Second), nil
}

func onCallRemove(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "remove CHANGE", Short: "Take an override or an absence back", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			change, raw, err := fetch[api.OnCallChange](cmd.Context(), c, asked{
				Method: http.MethodPost, Path: "/v1/oncall/changes/" + url.PathEscape(args[0]) + "/remove",
			})
			if err != nil {
				return err
			}
			return s.print(onCallResult(change, raw))
		},
	}
}

// onCallResult is a change to print.
func onCallResult(c api.OnCallChange, raw []byte) result {
	return result{
		raw: raw, names: []string{c.ID.String()}, head: []string{"KIND", "ROTA", "PERSON", "FROM", "UNTIL", "ID"},
		rows: [][]string{{c.Kind, c.Rota, c.Person, stamp(c.From), stamp(c.Until), c.ID.String()}},
		text: func(w io.Writer, p paint) {
			fmt.Fprintf(w, "%s of %s  %s\n", p.bold(c.Kind), clean(c.Person), c.ID)
			facts(w, p, [][2]string{
				{"rota", c.Rota}, {"cover", c.Cover}, {"from", stamp(c.From)}, {"until", stamp(c.Until)}, {"reason", c.Reason}, {"made by", c.CreatedBy},
				{"removed by", c.RemovedBy}, {"work moved", stamp(c.MovedAt)}, {"given back", stamp(c.GivenBack)},
			})
		},
	}
}
