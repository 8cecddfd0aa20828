package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func sourceCommand(s *shell) *cobra.Command {
	list := listing[api.Source]{
		use: "list", short: "List what reports, by name", path: "/v1/sources", whole: true,
		columns: []column[api.Source]{
			{"NAME", func(r api.Source) string { return r.Name }}, {"KIND", func(r api.Source) string { return r.Kind }},
			{"MAPPING", func(r api.Source) string { return r.Mapping }}, {"STATE", sourceState},
			{"ACCEPTED", func(r api.Source) string { return fmt.Sprint(r.Counts.Accepted) }},
			{"QUARANTINED", func(r api.Source) string { return fmt.Sprint(r.Counts.Quarantined) }},
			{"LAST", func(r api.Source) string { return stamp(r.Counts.LastAt) }},
			{"WARNING", func(r api.Source) string { return short(r.Warning, 60) }},
		},
		name: func(r api.Source) string { return r.Name }, empty: "there are no sources; add one: harrier source new PRODUCT",
	}
	products := listing[api.SourceProduct]{
		use: "products", short: "List the products whose sources are known", path: "/v1/source-products", whole: true,
		columns: []column[api.SourceProduct]{
			{"PRODUCT", func(p api.SourceProduct) string { return p.Name }}, {"KIND", func(p api.SourceProduct) string { return p.Kind }},
			{"MAPPING", func(p api.SourceProduct) string { return p.Mapping }}, {"TITLE", func(p api.SourceProduct) string { return p.Title }},
		},
		name: func(p api.SourceProduct) string { return p.Name }, empty: "no product is known",
	}
	yes, no := true, false
	return holder("source", "Set up and show what reports", []string{"sources"}, list.command(s), products.command(s), sourceNew(s), sourceShow(s),
		sourceSet(s, "live", "Let the alerts of a source trigger playbooks", map[string]any{"live": yes}),
		sourceSet(s, "observe", "Make alerts of a source, and start nothing", map[string]any{"live": no}),
		sourceSet(s, "enable", "Take what a source sends", map[string]any{"enabled": yes}),
		sourceSet(s, "disable", "Refuse what a source sends", map[string]any{"enabled": no}),
		sourceRotate(s), sourceTest(s))
}

// sourceState is how a source stands, in a word.
func sourceState(r api.Source) string {
	switch {
	case !r.Enabled:
		return "disabled"
	case r.Live:
		return "live"
	}
	return "observed"
}

func sourcePath(name string, more ...string) string {
	return strings.Join(append([]string{"/v1/sources/" + url.PathEscape(name)}, more...), "/")
}

func sourceShow(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "show SOURCE", Short: "Show a source", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			r, raw, err := fetch[api.Source](cmd.Context(), c, asked{Path: sourcePath(args[0])})
			if err != nil {
				return err
			}
			return s.printSource(r, raw)
		},
	}
}

// printSource prints a source.
func (s *shell) printSource(r api.Source, raw []byte) error {
	return s.print(result{
		raw: raw, names: []string{r.Name}, head: []string{"NAME", "KIND", "MAPPING", "STATE"},
		rows: [][]string{{r.Name, r.Kind, r.Mapping, sourceState(r)}},
		text: func(w io.Writer, p paint) {
			fmt.Fprintf(w, "%s  %s\n", p.bold(clean(r.Name)), r.ID)
			facts(w, p, [][2]string{
				{"kind", r.Kind}, {"state", sourceState(r)}, {"mapping", r.Mapping}, {"grade", r.Reliability}, {"time zone", r.TimeZone},
				{"allows", strings.Join(r.Allows, " ")}, {"events", countsText(r.Counts)}, {"last", stamp(r.Counts.LastAt)},
				{"settings", string(r.Settings)}, {"warning", r.Warning},
			})
			for _, q := range r.Requests {
				fmt.Fprintf(w, "  %s  its sender asks for a confirmation, since %s. If you expect it, open:\n             %s\n", p.bold("confirm  "), stamp(q.At), clean(q.URL))
			}
		},
	})
}

func countsText(c api.SourceCounts) string {
	return fmt.Sprintf("%d accepted: %d processed, %d suppressed, %d quarantined, %d pending", c.Accepted, c.Processed, c.Suppressed, c.Quarantined, c.Pending)
}

func sourceSet(s *shell, use, about string, body map[string]any) *cobra.Command {
	return &cobra.Command{
		Use: use + " SOURCE", Short: about, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			r, raw, err := fetch[api.Source](cmd.Context(), c, asked{Method: http.MethodPatch, Path: sourcePath(args[0]), Body: body})
			if err != nil {
				return err
			}
			s.note("%s is %s", r.Name, sourceState(r))
			return s.print(result{raw: raw, names: []string{r.Name}, head: []string{"NAME", "STATE"}, rows: [][]string{{r.Name, sourceState(r)}}})
		},
	}
}

func sourceRotate(s *shell) *cobra.Command {
	var overlap time.Duration
	var base string
	var from []string
	cmd := &cobra.Command{
		Use: "rotate SOURCE", Short: "Give a source a new secret", Args: cobra.ExactArgs(1),
		Long: "Give a source a new secret. The old one is good for --overlap longer, so that nothing is refused while the sender is changed.",
		RunE: func(cmd *cobra.Command, args []string) error {
			given, err := s.secrets(from)
			if err != nil {
				return err
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			body := map[string]any{"overlap": overlap.String(), "base_url": base}
			if v := given["secret"]; v != "" {
				body["secret"] = v
			}
			made, raw, err := fetch[api.SourceMade](cmd.Context(), c, asked{Method: http.MethodPost, Path: sourcePath(args[0], "rotate"), Body: body})
			if err != nil {
				return err
			}
			s.note("the old secret is good for %s longer", overlap)
			return s.printMade(made, raw)
		},
	}
	cmd.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "how long the old secret is good; 0s ends it now")
	cmd.Flags().StringVar(&base, "base-url", s.env("HARRIER_PUBLIC_URL"), "how the sender reaches Harrier ($HARRIER_PUBLIC_URL)")
	cmd.Flags().StringArrayVar(&from, "secret", nil, "what the sender dictates: secret=@FILE, secret=- or secret=$VARIABLE")
	return cmd
}

func sourceTest(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "test SOURCE", Short: "Examine a source", Args: cobra.ExactArgs(1),
		Long: "Examine a source: how its sender proves itself, what came and what became of it. Nothing is changed. The exit code is 6 where a check failed.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			d, raw, err := fetch[api.Diagnosis](cmd.Context(), c, asked{Method: http.MethodPost, Path: sourcePath(args[0], "test")})
			if err != nil {
				return err
			}
			return s.printDiagnosis(d, raw)
		},
	}
}
