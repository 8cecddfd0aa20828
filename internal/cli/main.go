package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/client"
	"github.com/spf13/cobra"
)

// Main runs the command line and returns the exit code.
func Main(ctx context.Context, cfg Config, args []string) int {
	s := &shell{cfg: cfg}
	root := newRoot(s) //nolint:contextcheck // the library hands ctx to the commands
	root.SetArgs(args)
	err := misused(root.ExecuteContext(ctx))
	s.close(context.WithoutCancel(ctx))
	if err == nil {
		return exitOK
	}
	code := exitCode(err)
	s.report(err)
	return code
}

// misused makes what the library says of flags a usage error.
func misused(err error) error {
	if err == nil {
		return nil
	}
	for _, start := range []string{"required flag(s)", "if any flags in the group", "at least one of the flags in the group"} {
		if strings.HasPrefix(err.Error(), start) {
			return usageError{err}
		}
	}
	return err
}

// newRoot makes the command that holds the table of all others.
func newRoot(s *shell) *cobra.Command {
	root := &cobra.Command{
		Use:   "harrier",
		Short: "Security orchestration, automation and response",
		Long: "Harrier takes alerts, makes each one a complete picture, runs playbooks that act across your tools,\n" +
			"asks people where it must, and keeps the cases.\n\nStart with: harrier demo",
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return s.begin(cmd) },
		RunE:              group,
		Args:              cobra.ArbitraryArgs,
	}
	root.SetIn(s.cfg.Streams.In)
	root.SetOut(s.cfg.Streams.Out)
	root.SetErr(s.cfg.Streams.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w\nsee %s --help", err, cmd.CommandPath())
	})
	f := root.PersistentFlags()
	f.StringVar(&s.data, "data", "", "data directory ($HARRIER_DATA; default $XDG_DATA_HOME/harrier)")
	f.StringVar(&s.url, "url", "", "address of a server, instead of the data directory's ($HARRIER_URL)")
	f.StringVar(&s.tokenFile, "token-file", "", "file with the token for --url ($HARRIER_TOKEN_FILE, $HARRIER_TOKEN)")
	f.StringVarP(&s.output, "output", "o", "table", "how to print results: "+strings.Join(formats(), ", "))
	f.BoolVar(&s.noColor, "no-color", false, "print without colour ($NO_COLOR)")
	f.BoolVarP(&s.quiet, "quiet", "q", false, "print results only: no progress, no advice")
	f.BoolVarP(&s.verbose, "verbose", "v", false, "print the log of what happens in this process")
	f.DurationVar(&s.timeout, "timeout", 0, "give up after this time, with exit code 124")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats(), cobra.ShellCompDirectiveNoFileComp))
	for _, build := range commands() {
		root.AddCommand(build(s))
	}
	strict(root)
	return root
}

// strict makes what is wrong with arguments a usage error, everywhere.
func strict(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usagef("%w\nusage: %s", err, cmd.UseLine())
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
}

// group is what a command does that only holds others.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	cmd.SuggestionsMinimumDistance = 2
	err := fmt.Sprintf("%s has no command %q", cmd.CommandPath(), args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("%s\nsee %s --help", err, cmd.CommandPath())
}

// holder makes a command that only holds others.
func holder(use, short string, aliases []string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Aliases: aliases, RunE: group, Args: cobra.ArbitraryArgs}
	cmd.AddCommand(subs...)
	return cmd
}

// report prints an error with what to do about it.
func (s *shell) report(err error) {
	if q, ok := errors.AsType[*quietError](err); ok && q.said {
		return
	}
	p := s.paint(s.cfg.Streams.ErrTTY)
	w := s.cfg.Streams.Err
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(w, "interrupted; what runs goes on: harrier runs list")
		return
	}
	fmt.Fprintln(w, p.bad("error:")+" "+strings.TrimRight(clean(err.Error()), "\n"))
	r, ok := errors.AsType[*client.Problem](err)
	if !ok {
		return
	}
	for _, e := range r.Errors {
		if line := place(e); line != "" && !strings.Contains(err.Error(), e.Detail) {
			fmt.Fprintln(w, "  "+clean(line))
		}
	}
	for _, fix := range r.Fixes {
		if r.Status != http.StatusBadRequest { // what is said there is for programs
			fmt.Fprintln(w, p.dim("  fix: "+clean(fix)))
		}
	}
	if r.Status >= http.StatusInternalServerError && r.TraceID != "" {
		fmt.Fprintln(w, p.dim("  trace id: "+r.TraceID))
	}
}

// clean takes control characters out of text from elsewhere, so that it cannot
// steer the terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '\uFFFD'
		case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069: // what turns the direction of text
			return '\uFFFD'
		}
		return r
	}, text)
}

// note prints advice for people; it is not part of the result.
func (s *shell) note(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.cfg.Streams.Err, format+"\n", args...)
	}
}

// certificates reads the file of a flag --ca; nothing where it was not given.
func (s *shell) certificates(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	text, err := s.readAll(name, 1<<20)
	return string(text), err
}

// readAll reads a file, or standard input for "-", up to a limit.
func (s *shell) readAll(name string, limit int64) ([]byte, error) {
	r := s.cfg.Streams.In
	if name != "-" {
		f, err := openFile(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // nothing was written
		r = f
	}
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "cannot read %s: %w", name, err)
	}
	if int64(len(text)) > limit {
		return nil, harrier.Errorf(harrier.Invalid, "%s is larger than %d MiB", name, limit>>20)
	}
	return text, nil
}
