package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/spf13/cobra"
)

func organisationCommand(s *shell) *cobra.Command {
	check := &cobra.Command{
		Use: "check FILE|-", Short: "Check an " + organisation.FileName, Args: cobra.ExactArgs(1),
		Long: "Check an " + organisation.FileName + " without a server. Every problem comes with its place and how to fix it. The exit code is 6\nwhere there are problems.",
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := s.readAll(args[0], document.MaxBytes+1)
			if err != nil {
				return err
			}
			_, problems := organisation.Read(args[0], text)
			return s.printProblems(problems, 1)
		},
	}
	show := &cobra.Command{
		Use: "show", Short: "Show what the organisation says of itself, with what it leaves to the defaults", Args: cobra.NoArgs,
		Long: "Show what " + organisation.FileName + " in the data directory says, with the defaults for what it does not say. A server reads\nit when it starts.",
		RunE: func(*cobra.Command, []string) error { return s.showOrganisation() },
	}
	return holder("organisation", "Check and show what only you can say of your organisation", nil, check, show)
}

// showOrganisation prints what is in the data directory.
func (s *shell) showOrganisation() error {
	dir, err := s.dir()
	if err != nil {
		return err
	}
	p := organisation.Default()
	path := filepath.Join(dir, organisation.FileName)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.note("there is no %s: these are the defaults", path)
	case err != nil:
		return err
	default:
		var problems document.Problems
		if p, problems = organisation.Read(path, text); problems.Err() != nil {
			return s.printProblems(problems, 1)
		}
	}
	out, err := object(p.Output())
	if err != nil {
		return err
	}
	indented, err := json.MarshalIndent(p.Output(), "", "  ")
	if err != nil {
		return err
	}
	out.text = func(w io.Writer, _ paint) { fmt.Fprintln(w, clean(string(indented))) }
	return s.print(out)
}
