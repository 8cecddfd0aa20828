package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func reviewCommand(s *shell) *cobra.Command {
	list := listing[api.Review]{
		use: "list", short: "List what rules closed and somebody else looks at, the newest first", path: "/v1/reviews",
		filters: [][2]string{{"state", "pending or decided"}, {"rule", "the id of a rule, with --state decided"}},
		columns: []column[api.Review]{
			{"STATE", func(r api.Review) string { return r.State }}, {"CLOSED", func(r api.Review) string { return stamp(r.ClosedAt) }},
			{"ALERT", func(r api.Review) string { return r.Alert.String() }}, {"RULE", func(r api.Review) string { return r.Rule }},
			{"SAID", func(r api.Review) string { return r.Disposition }}, {"VERDICT", func(r api.Review) string { return r.Verdict }},
			{"BY", func(r api.Review) string { return r.Reviewer }}, {"ID", func(r api.Review) string { return r.ID.String() }},
		},
		name: func(r api.Review) string { return r.ID.String() }, empty: "there is nothing to review",
	}
	rules := listing[api.Closer]{
		use: "rules", short: "List rules that close alerts by themselves, with how precise they are", path: "/v1/closers", whole: true,
		columns: []column[api.Closer]{
			{"RULE", func(c api.Closer) string { return c.Rule }}, {"OWNER", func(c api.Closer) string { return c.Owner }},
			{"CLOSED", func(c api.Closer) string { return fmt.Sprint(c.Closed) }}, {"AGREED", func(c api.Closer) string { return fmt.Sprintf("%d of %d", c.Agreed, c.Reviewed) }},
			{"AT LEAST", func(c api.Closer) string { return fmt.Sprintf("%.1f %%", 100*c.Lower) }},
			{"WANTED", func(c api.Closer) string { return fmt.Sprintf("%.1f %%", 100*c.Threshold) }},
			{"UNTIL", func(c api.Closer) string { return stamp(c.Until) }}, {"SUSPENDED", func(c api.Closer) string { return short(c.Suspended, 60) }},
		},
		name: func(c api.Closer) string { return c.Rule }, empty: "no rule has closed an alert by itself",
	}
	return holder("review", "Look again at what rules closed by themselves", []string{"reviews"}, list.command(s), reviewShow(s), reviewDecide(s),
		rules.command(s), closerSet(s, "suspend", "Keep a rule from closing alerts", true), closerSet(s, "resume", "Let a rule close alerts again that was mended", false))
}

func reviewShow(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "show REVIEW", Short: "Show what a rule closed, as its source reported it", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			r, raw, err := fetch[api.ReviewDetail](cmd.Context(), c, asked{Path: "/v1/reviews/" + url.PathEscape(args[0])})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{r.ID.String()}, head: []string{"STATE", "SEVERITY", "TITLE"}, rows: [][]string{{r.State, r.Severity, r.Title}},
				text: func(w io.Writer, p paint) { reviewText(w, p, r) },
			})
		},
	}
}

func reviewText(w io.Writer, p paint, r api.ReviewDetail) {
	fmt.Fprintf(w, "%s  %s\n", p.bold(clean(r.Title)), r.ID)
	facts(w, p, [][2]string{
		{"state", r.State}, {"severity", r.Severity}, {"category", r.Category}, {"happened", stamp(r.EventAt)}, {"closed", stamp(r.ClosedAt)},
		{"about", r.Description}, {"finding", pretty(r.Finding)}, {"event", pretty(r.Data)}, {"rule", r.Rule}, {"said", r.Disposition},
		{"verdict", r.Verdict}, {"by", r.Reviewer}, {"comment", r.Comment},
	})
	switch {
	case r.Barred != "":
		fmt.Fprintln(w, p.bad("you cannot decide it: "+clean(r.Barred)))
	case r.State == "pending":
		fmt.Fprintf(w, "What was it? harrier review decide %s true_positive|false_positive|benign|inconclusive\n", r.ID)
	}
}

// pretty is JSON for people.
func pretty(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	text, err := yamlOf(raw)
	if err != nil {
		return string(raw)
	}
	return "\n" + text
}

func reviewDecide(s *shell) *cobra.Command {
	var comment string
	cmd := &cobra.Command{
		Use: "decide REVIEW VERDICT", Short: "Say what it was: true_positive, false_positive, benign or inconclusive", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			r, raw, err := fetch[api.Review](cmd.Context(), c, asked{
				Method: http.MethodPost, Path: "/v1/reviews/" + url.PathEscape(args[0]) + "/verdict", Body: api.DecideReview{Verdict: args[1], Comment: comment},
			})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{r.ID.String()}, head: []string{"RULE", "SAID", "VERDICT"}, rows: [][]string{{r.Rule, r.Disposition, r.Verdict}},
				text: func(w io.Writer, p paint) {
					if r.Agrees {
						fmt.Fprintf(w, "you agree with rule %s, which had closed it as %s\n", clean(r.Rule), clean(r.Disposition))
						return
					}
					fmt.Fprintln(w, p.bad(fmt.Sprintf("rule %s had closed it as %s; it is open again", clean(r.Rule), clean(r.Disposition))))
				},
			})
		},
	}
	cmd.Flags().StringVar(&comment, "comment", "", "why, for the record")
	return cmd
}

func closerSet(s *shell, use, about string, suspend bool) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: use + " RULE", Short: about, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			r, raw, err := fetch[api.Closer](cmd.Context(), c, asked{
				Method: http.MethodPatch, Path: "/v1/closers/" + url.PathEscape(args[0]), Body: api.ChangeCloser{Suspend: suspend, Reason: reason},
			})
			if err != nil {
				return err
			}
			return s.print(result{raw: raw, names: []string{r.Rule}, head: []string{"RULE", "OWNER", "SUSPENDED"}, rows: [][]string{{r.Rule, r.Owner, cmp.Or(r.Suspended, "no")}}})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
