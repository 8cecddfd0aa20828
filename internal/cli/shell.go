package cli

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/spf13/cobra"
)

// shell is one call of the command line: its flags, and the way to the API
// once a command has asked for it.
type shell struct {
	cfg                          Config
	data, url, tokenFile, output string
	noColor, quiet, verbose      bool
	timeout                      time.Duration

	cancel  context.CancelFunc
	client  *link
	typed   chan string
	stopped func(context.Context) error
}

// begin reads the environment and checks the flags that all commands have.
func (s *shell) begin(cmd *cobra.Command) error {
	if !slices.Contains(formats(), s.output) {
		return usagef("--output %q is not one of %s", s.output, strings.Join(formats(), ", "))
	}
	if s.timeout < 0 {
		return usagef("--timeout must not be negative")
	}
	if s.timeout > 0 {
		ctx, cancel := context.WithTimeoutCause(cmd.Context(), s.timeout, errTimeout)
		s.cancel = cancel
		cmd.SetContext(ctx)
	}
	s.url = cmp.Or(s.url, s.env("HARRIER_URL"))
	return nil
}

// close ends what the call has started in this process.
func (s *shell) close(ctx context.Context) {
	if s.stopped != nil {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		if err := s.stopped(ctx); err != nil {
			s.log().Error("stopping failed", "err", err)
		}
		cancel()
	}
	if s.cancel != nil {
		s.cancel()
	}
}

func (s *shell) env(name string) string {
	v, _ := s.cfg.Env(name)
	return v
}

// log is where the log of this process goes: nowhere, unless --verbose.
func (s *shell) log() *slog.Logger {
	if !s.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(s.cfg.Streams.Err, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// serverLog is the log of a command whose work is to serve.
func (s *shell) serverLog() *slog.Logger {
	level := slog.LevelInfo
	if s.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(s.cfg.Streams.Err, &slog.HandlerOptions{Level: level}))
}

// dir is the data directory.
func (s *shell) dir() (string, error) {
	if dir := cmp.Or(s.data, s.env("HARRIER_DATA")); dir != "" {
		return filepath.Abs(dir)
	}
	base := s.env("XDG_DATA_HOME")
	if !filepath.IsAbs(base) { // the specification ignores relative ones
		home := s.env("HOME")
		if home == "" {
			return "", usagef("there is no home directory; say where the data is: --data DIR")
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "harrier"), nil
}

// token is what a request to a server at an address bears: what was given, what
// a log-in left, or what is in the data directory.
func (s *shell) token(dir, base string) (harrier.Secret, error) {
	file := cmp.Or(s.tokenFile, s.env("HARRIER_TOKEN_FILE"))
	if file == "" {
		if v := s.env("HARRIER_TOKEN"); v != "" {
			return harrier.NewSecret(v), nil
		}
		if saved, err := s.saved(); err != nil || saved[base].Token != "" {
			return harrier.NewSecret(saved[base].Token), err
		}
		return dirToken(dir)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return harrier.Secret{}, harrier.Errorf(harrier.NotFound, "cannot read the token file %s: %w", file, err)
	}
	return harrier.NewSecret(strings.TrimSpace(string(text))), nil
}
