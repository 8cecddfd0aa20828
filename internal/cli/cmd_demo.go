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
	var mail, pace string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "demo", Short: "Watch Harrier handle a reported phishing mail against simulated vendors", Args: cobra.NoArgs,
		Long: "Watch Harrier handle a reported phishing mail: read it, look up what it holds, find every copy, ask you, remove the copies,\n" +
			"block what it leads to, secure the accounts of those who fell for it, and check that it is so. The vendors are simulated\n" +
			"on this machine; nothing leaves it.\n\n" +
			"Scenarios: phishing (a login page behind a link), benign (a supplier's mail that somebody doubts), bec (fraud in words\n" +
			"alone, which a person decides), campaign (the same attack in other words, too).",
		Example: "  harrier demo\n  harrier demo --scenario bec --pace real\n  harrier demo --once --json\n  harrier demo --mail report.eml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.cfg.Demo == nil {
				return harrier.Errorf(harrier.Internal, "this build has no demonstration")
			}
			// Without a terminal nobody looks on and nobody ends it.
			o.Dir, o.Once = s.data, o.Once || asJSON || !s.cfg.Streams.OutTTY
			if err := o.paced(pace); err != nil {
				return err
			}
			o.Step = o.Step && !o.Once && s.cfg.Streams.InTTY
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
	f.StringVar(&o.Scenario, "scenario", "phishing", "which story: phishing, benign, bec or campaign")
	f.StringVar(&pace, "pace", "fast", "fast, real (slow enough to watch), step (Enter goes on), or how long to show each step, such as 500ms")
	return cmd
}

// realPace is how long a step is shown to people who watch.
const realPace = 400 * time.Millisecond

// paced reads how fast the story goes.
func (o *DemoOptions) paced(text string) error {
	switch text {
	case "fast":
	case "real":
		o.Pace = realPace
	case "step":
		o.Step = true
	default:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 || d > time.Minute {
			return usagef("--pace is fast, real, step or a time up to 1m such as 500ms, not %q", text)
		}
		o.Pace = d
	}
	return nil
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
