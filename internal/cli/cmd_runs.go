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

func runsCommand(s *shell) *cobra.Command {
	list := listing[api.Run]{
		use: "list", short: "List runs, the newest first", path: "/v1/runs",
		filters: [][2]string{
			{"status", "queued, running, waiting, quarantined, succeeded, failed or cancelled"}, {"playbook", "the id of a playbook"},
			{"alert", "the id of an alert"}, {"case", "the id of a case"},
		},
		columns: []column[api.Run]{
			{"ID", func(r api.Run) string { return r.ID.String() }}, {"PLAYBOOK", func(r api.Run) string { return r.Playbook }},
			{"STATUS", func(r api.Run) string { return string(r.Status) }}, {"MODE", func(r api.Run) string { return string(r.Mode) }},
			{"STARTED", func(r api.Run) string { return stamp(r.CreatedAt) }},
			{"REMARK", func(r api.Run) string { return short(cmp.Or(r.WaitingFor, r.Reason), 60) }},
		},
		name: func(r api.Run) string { return r.ID.String() }, empty: "there are no runs; start one: harrier run PLAYBOOK",
	}
	return holder("runs", "Show and control runs", nil, list.command(s), runsGet(s), runsWatch(s), runsCancel(s), runsRetry(s))
}

func runsGet(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "get RUN", Short: "Show a run with its steps and effects", Args: cobra.ExactArgs(1), Aliases: []string{"show"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			return s.printRun(cmd.Context(), c, args[0])
		},
	}
}

func runsWatch(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "watch RUN", Short: "Watch a run until it ends", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			return s.watch(cmd.Context(), c, args[0])
		},
	}
}

func runsCancel(s *shell) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "cancel RUN", Short: "Ask a run to stop; what was sent is waited for and nothing is undone", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.control(cmd, args[0], "cancel", map[string]string{"reason": reason})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func runsRetry(s *shell) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use: "retry RUN", Short: "Make an ended run go on, keeping the results before a step", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.control(cmd, args[0], "retry", map[string]string{"from": from})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the path of the step to go on from; where it failed if it is not said")
	return cmd
}

// control asks a run for something, and follows it where nobody else drives it.
func (s *shell) control(cmd *cobra.Command, id, what string, body map[string]string) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	for k, v := range body {
		if v == "" {
			delete(body, k)
		}
	}
	a := asked{Method: http.MethodPost, Path: "/v1/runs/" + url.PathEscape(id) + "/" + what, Body: body}
	if _, _, err := fetch[api.Run](cmd.Context(), c, a); err != nil {
		return err
	}
	s.note("asked run %s to %s", id, what)
	if c.local && what == "retry" {
		return s.watch(cmd.Context(), c, id)
	}
	s.note("watch it: harrier runs watch %s", id)
	return s.printRun(cmd.Context(), c, id)
}

// runResult is a run as a result.
func (s *shell) runResult(d api.RunDetail, raw json.RawMessage) result {
	return result{
		raw: raw, names: []string{d.ID.String()},
		head: []string{"ID", "PLAYBOOK", "STATUS", "MODE", "STARTED", "ENDED"},
		rows: [][]string{{d.ID.String(), d.Playbook, string(d.Status), string(d.Mode), stamp(d.CreatedAt), stamp(d.EndedAt)}},
		text: func(w io.Writer, p paint) {
			fmt.Fprintln(w, runHead(p, d.Run, s.cfg.Now()))
			if d.Reason != "" {
				fmt.Fprintln(w, "  reason: "+clean(d.Reason))
			}
			for _, l := range stepLines(d.Steps, 0, s.cfg.Now()) {
				fmt.Fprintln(w, l.render(p, max(100, s.cfg.Streams.Width)))
			}
			effects(w, p, d.Effects)
			if out := compact(d.Outputs); out != "" {
				fmt.Fprintln(w, "outputs: "+clean(out))
			}
		},
	}
}

// effects prints what a run did to the world.
func effects(w io.Writer, p paint, list []api.Effect) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "effects:")
	for _, e := range list {
		state := string(e.State)
		fmt.Fprintf(w, "  %s %-8s %s %s  %s", p.glyph(state), e.Effect, clean(e.Action), clean(e.Target), state)
		if e.By != "" && e.By != "call" {
			fmt.Fprintf(w, " (found by %s)", e.By)
		}
		fmt.Fprintln(w)
	}
}
