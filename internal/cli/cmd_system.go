package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"runtime"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func doctorCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Examine the installation", Args: cobra.NoArgs,
		Long: "Examine the installation. The exit code is 6 where a check failed.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			d, raw, err := fetch[api.Diagnosis](cmd.Context(), c, asked{Path: "/v1/doctor"})
			if err != nil {
				return err
			}
			return s.printDiagnosis(d, raw)
		},
	}
}

// printDiagnosis prints what was found, and fails where a check did.
func (s *shell) printDiagnosis(d api.Diagnosis, raw json.RawMessage) error {
	r := result{raw: raw, head: []string{"CHECK", "STATUS", "DETAIL", "FIX"}}
	for _, one := range d.Checks {
		r.rows, r.names = append(r.rows, []string{one.Name, one.Status, one.Detail, one.Fix}), append(r.names, one.Name)
	}
	r.text = func(w io.Writer, p paint) {
		for _, one := range d.Checks {
			fmt.Fprintf(w, "%s %-22s %s\n", p.glyph(one.Status), clean(one.Name), clean(one.Detail))
			if one.Fix != "" && one.Status != api.CheckOK {
				fmt.Fprintln(w, p.dim("    fix: "+clean(one.Fix)))
			}
		}
	}
	if err := s.print(r); err != nil {
		return err
	}
	if !d.OK {
		return found()
	}
	return nil
}

func versionCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := s.cfg.Version
			v.API = "v1"
			v.Go = cmp.Or(v.Go, runtime.Version())
			r, err := object(v)
			if err != nil {
				return err
			}
			r.names = []string{v.Version}
			r.head, r.rows = []string{"VERSION", "REVISION", "GO", "API"}, [][]string{{v.Version, v.Revision, v.Go, v.API}}
			r.text = func(w io.Writer, _ paint) {
				fmt.Fprintf(w, "harrier %s", v.Version)
				if v.Revision != "" {
					fmt.Fprintf(w, " (%s)", v.Revision)
				}
				fmt.Fprintf(w, ", %s, API %s\n", v.Go, v.API)
			}
			return s.print(r)
		},
	}
}
