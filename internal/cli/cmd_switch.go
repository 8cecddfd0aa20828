package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func stopCommand(s *shell) *cobra.Command {
	var in api.StopEffects
	var effects []string
	cmd := &cobra.Command{
		Use: "stop", Short: "Stop all effects at once, until people let them go on", Args: cobra.NoArgs,
		Long: `Stop all effects at once, until people let them go on (harrier resume), which takes
two where there are two who could.

Nothing that leaves a trace in the world begins any more, in no run and by nobody.
Runs are not ended: one whose next step is an effect waits, and goes on by itself
afterwards. Reads go on, and so do records inside Harrier and notifications of its
own. What was sent before is not called back.

--effects contain,destroy stops what contains and destroys, and nothing else.
--allow-undo lets what is contained be taken back meanwhile; stopping again with it
allows it later. A stop is made wider by another, never narrower.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			scope, err := stopScope(effects)
			if err != nil {
				return err
			}
			in.Effects = scope
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			stop, raw, err := fetch[api.Stop](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/switch", Body: in})
			if err != nil {
				return err
			}
			return s.print(stopsShown([]api.Stop{stop}, result{raw: raw}))
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Reason, "reason", "", "why, for those who have to wait")
	f.StringSliceVar(&effects, "effects", []string{"all"}, "all, or contain,destroy")
	f.BoolVar(&in.AllowUndo, "allow-undo", false, "let what is contained be taken back meanwhile")
	f.BoolVar(&in.Everybody, "all-tenants", false, "stop all tenants")
	_ = cmd.MarkFlagRequired("reason") // the flag is there
	return cmd
}

// stopScope reads which effects are to be stopped.
func stopScope(effects []string) (string, error) {
	scope := "contain"
	for _, e := range effects {
		switch e {
		case "all":
			scope = "all"
		case "contain", "destroy":
		default:
			return "", usagef("--effects %s: write all, or contain,destroy; they are stopped together", e)
		}
	}
	return scope, nil
}

func resumeCommand(s *shell) *cobra.Command {
	var reason string
	var everybody bool
	cmd := &cobra.Command{
		Use: "resume", Short: "End a stop: one administrator asks, a second agrees; alone where there is one only", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			query := url.Values{"reason": {reason}}
			if everybody {
				query.Set("all_tenants", "true")
			}
			r, raw, err := fetch[api.Resumed](cmd.Context(), c, asked{Method: http.MethodDelete, Path: "/v1/switch", Query: query})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{r.Stop.Effects}, head: []string{"STOPPED", "ASKED BY"}, rows: [][]string{{fmt.Sprint(r.Stopped), r.Stop.ResumeBy}},
				text: func(w io.Writer, p paint) {
					if r.Stopped {
						fmt.Fprintln(w, "You have asked for the end of the stop; it ends when another administrator runs harrier resume.")
						return
					}
					fmt.Fprintln(w, "Effects begin again. Runs that waited go on.")
				},
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why it is safe")
	cmd.Flags().BoolVar(&everybody, "all-tenants", false, "end the stop of all tenants")
	_ = cmd.MarkFlagRequired("reason") // the flag is there
	return cmd
}

func statusCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Tell whether effects are stopped, and by whom", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			list, raw, err := fetch[api.List[api.Stop]](cmd.Context(), c, asked{Path: "/v1/switch"})
			if err != nil {
				return err
			}
			return s.print(stopsShown(list.Items, result{raw: raw}))
		},
	}
}

// stopsShown shows what is stopped.
func stopsShown(list []api.Stop, r result) result {
	r.head = []string{"EFFECTS", "TENANTS", "BY", "SINCE", "REASON"}
	for _, one := range list {
		r.names = append(r.names, one.Effects)
		r.rows = append(r.rows, []string{one.Effects, whose(one), one.By, stamp(one.At), one.Reason})
	}
	r.text = func(w io.Writer, p paint) {
		if len(list) == 0 {
			fmt.Fprintln(w, "Nothing is stopped.")
		}
		for _, one := range list {
			what := map[string]string{"all": "No effect begins", "contain": "Nothing is contained or destroyed"}[one.Effects]
			fmt.Fprintf(w, "%s\n", p.warn(fmt.Sprintf("%s (%s), by %s since %s: %s", what, whose(one), clean(one.By), stamp(one.At), clean(one.Reason))))
			if one.AllowUndo {
				fmt.Fprintln(w, "What is contained can be taken back.")
			}
			if one.ResumeBy != "" {
				fmt.Fprintf(w, "%s asks for its end: %s\n", clean(one.ResumeBy), clean(strings.TrimSpace(one.ResumeReason)))
			}
		}
	}
	return r
}

func whose(s api.Stop) string {
	if s.Everybody {
		return "all tenants"
	}
	return "this tenant"
}
