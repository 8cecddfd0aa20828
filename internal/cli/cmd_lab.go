package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/spf13/cobra"
)

func labCommand(s *shell) *cobra.Command {
	var cfg lab.Config
	var scenario string
	cmd := &cobra.Command{
		Use: "lab", Short: "Run the simulated vendors until told to stop", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg.Log, cfg.Now = s.serverLog(), s.cfg.Now
			var world *lab.Scenario
			if scenario != "" {
				text, err := s.readAll(scenario, 32<<20)
				if err != nil {
					return err
				}
				dec := json.NewDecoder(strings.NewReader(string(text)))
				dec.DisallowUnknownFields()
				if err := dec.Decode(&world); err != nil {
					return harrier.Errorf(harrier.Invalid, "%s is not a scenario: %w", scenario, err)
				}
			}
			l, err := lab.Start(cfg)
			if err != nil {
				return err
			}
			if world != nil {
				if err := l.Seed(*world); err != nil {
					return errors.Join(err, l.Close())
				}
			}
			for _, name := range append(l.Vendors(), "control") {
				fmt.Fprintf(s.cfg.Streams.Out, "%-12s %s\n", name, l.URL(name))
			}
			<-cmd.Context().Done()
			return l.Close()
		},
	}
	cmd.Flags().StringVar(&cfg.Dir, "dir", "", "keep what happened in this directory")
	cmd.Flags().StringVar(&cfg.Listen, "listen", "127.0.0.1:0", "an address of this machine")
	cmd.Flags().Uint64Var(&cfg.Seed, "seed", 1, "what makes identifiers and chances repeatable")
	cmd.Flags().StringVar(&scenario, "scenario", "", "a file in JSON that says what the world is like")
	return cmd
}
