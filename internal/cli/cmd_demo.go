package cli

import (
	"encoding/json"
	"path/filepath"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/spf13/cobra"
)

func demoCommand(s *shell) *cobra.Command {
	var o DemoOptions
	var mail string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "demo", Short: "Watch Harrier handle a reported phishing mail against simulated vendors", Args: cobra.NoArgs,
		Long: "Watch Harrier handle a reported phishing mail: read it, look up what it holds, find every copy, ask you, remove the copies,\n" +
			"block the sender, and check that it is so. The vendors are simulated on this machine; nothing leaves it.",
		Example: "  harrier demo\n  harrier demo --once --json\n  harrier demo --mail report.eml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.cfg.Demo == nil {
				return harrier.Errorf(harrier.Internal, "this build has no demonstration")
			}
			// Without a terminal nobody looks on and nobody ends it.
			o.Dir, o.Once = s.data, o.Once || asJSON || !s.cfg.Streams.OutTTY
			if mail != "" {
				text, err := s.readAll(mail, 25<<20)
				if err != nil {
					return err
				}
				o.Mail, o.MailName = text, filepath.Base(mail)
			}
			v := newDemoView(cmd.Context(), s, o, asJSON)
			report, err := s.cfg.Demo(cmd.Context(), o, v)
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(s.cfg.Streams.Out)
				enc.SetEscapeHTML(false)
				return enc.Encode(report.whole())
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.Once, "once", false, "answer what is asked, end after the story; so is it without a terminal")
	f.BoolVar(&asJSON, "json", false, "print the report as JSON and nothing else; as --once")
	f.StringVar(&mail, "mail", "", "a mail of your own to report (- for standard input)")
	f.StringVar(&o.Lab, "lab", "", "the control address of a lab that runs elsewhere")
	f.StringVar(&o.Scenario, "scenario", "phishing", "which story")
	f.DurationVar(&o.Pace, "pace", 0, "show each step at least this long, such as 500ms")
	return cmd
}

// whole is the report with lists that are never null.
func (r DemoReport) whole() DemoReport {
	if r.Effects == nil {
		r.Effects = []DemoEffect{}
	}
	if r.Approvals == nil {
		r.Approvals = []DemoApproval{}
	}
	return r
}

// minutes is a time span by hand, for people.
func minutes(d time.Duration) string { return trimZero(d.Minutes()) + " min" }
