package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func eventCommand(s *shell) *cobra.Command {
	list := listing[api.SourceEvent]{
		use: "list", short: "List what sources delivered, the newest first", path: "/v1/events",
		filters: [][2]string{{"source", "the name of a source"}, {"state", "pending, processed, suppressed or quarantined"}, {"alert", "the id of an alert"}},
		columns: []column[api.SourceEvent]{
			{"ID", func(e api.SourceEvent) string { return e.ID.String() }}, {"CAME", func(e api.SourceEvent) string { return stamp(e.Received) }},
			{"STATE", func(e api.SourceEvent) string { return string(e.State) }}, {"TYPE", func(e api.SourceEvent) string { return e.Content }},
			{"BYTES", func(e api.SourceEvent) string { return fmt.Sprint(e.Size) }}, {"REASON", func(e api.SourceEvent) string { return short(e.Reason, 70) }},
		},
		name: func(e api.SourceEvent) string { return e.ID.String() }, empty: "nothing of the sort was delivered",
	}
	return holder("event", "Show what sources delivered, and process it again", []string{"events"}, list.command(s), eventShow(s), eventParse(s), eventReplay(s), eventDrop(s))
}

func eventPath(id string, more ...string) string {
	return strings.Join(append([]string{"/v1/events/" + url.PathEscape(id)}, more...), "/")
}

func eventShow(s *shell) *cobra.Command {
	var content bool
	cmd := &cobra.Command{
		Use: "show EVENT", Short: "Show what became of an event, and its bytes", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		Long: "Show what became of an event, with the beginning of its bytes. With --content the bytes alone are written as they came.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			c, err := s.connect(ctx)
			if err != nil {
				return err
			}
			if content {
				return s.copyEvent(ctx, c, args[0], s.cfg.Streams.Out)
			}
			e, raw, err := fetch[api.SourceEvent](ctx, c, asked{Path: eventPath(args[0])})
			if err != nil {
				return err
			}
			return s.printEvent(ctx, c, e, raw)
		},
	}
	cmd.Flags().BoolVar(&content, "content", false, "write the bytes as they came")
	return cmd
}

// copyEvent writes the bytes of an event.
func (s *shell) copyEvent(ctx context.Context, c *link, id string, w io.Writer) error {
	d, err := c.GetSourceEventContent(ctx, id)
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := io.Copy(w, d); err != nil {
		return harrier.Errorf(harrier.Unavailable, "the bytes were not copied whole: %w", err)
	}
	return nil
}

// printEvent prints an event with what became of it.
func (s *shell) printEvent(ctx context.Context, c *link, e api.SourceEvent, raw []byte) error {
	var body bytes.Buffer
	if s.output == "table" {
		if err := s.copyEvent(ctx, c, e.ID.String(), &body); err != nil {
			return err
		}
	}
	err := s.print(result{
		raw: raw, names: []string{e.ID.String()}, head: []string{"ID", "STATE", "ALERT", "REASON"},
		rows: [][]string{{e.ID.String(), string(e.State), e.Alert.String(), e.Reason}},
		text: func(w io.Writer, p paint) {
			alert := ""
			if !e.Alert.IsZero() {
				alert = e.Alert.String()
			}
			fmt.Fprintf(w, "%s  %s\n", p.bold(string(e.State)), e.ID)
			facts(w, p, [][2]string{
				{"reason", e.Reason}, {"alert", alert}, {"came", stamp(e.Received)}, {"type", e.Content}, {"bytes", fmt.Sprint(e.Size)},
				{"meta", string(e.Meta)}, {"unmapped", strings.Join(e.Unmapped, " ")},
			})
			fmt.Fprintln(w, "  content    "+clean(short(strings.ToValidUTF8(body.String(), "\ufffd"), 2000)))
		},
	})
	if err == nil && e.State == harrier.EventQuarantined {
		s.note("mend its mapping, then: harrier event replay %s", e.ID)
	}
	return err
}

func eventReplay(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "replay EVENT…", Short: "Process events again that were quarantined or suppressed", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return s.eachEvent(cmd.Context(), args, "replay", nil) },
	}
}

func eventDrop(s *shell) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "drop EVENT…", Short: "Give up events that are quarantined", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(reason) == "" {
				return usagef("say why: --reason TEXT")
			}
			return s.eachEvent(cmd.Context(), args, "drop", map[string]string{"reason": reason})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why nothing is to be made of them")
	return cmd
}

// eachEvent does something to events, one after the other.
func (s *shell) eachEvent(ctx context.Context, ids []string, what string, body any) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	list := make([]api.SourceEvent, len(ids))
	r := result{head: []string{"ID", "STATE", "REASON"}}
	for i, id := range ids {
		if list[i], _, err = fetch[api.SourceEvent](ctx, c, asked{Method: http.MethodPost, Path: eventPath(id, what), Body: body}); err != nil {
			return err
		}
		r.names, r.rows = append(r.names, id), append(r.rows, []string{id, string(list[i].State), list[i].Reason})
	}
	out, err := object(map[string]any{"items": list})
	r.raw = out.raw
	if err != nil {
		return err
	}
	return s.print(r)
}

// isEvent reports whether a text is what a source delivers rather than a mail,
// by how it begins.
func isEvent(text []byte) bool {
	text = bytes.TrimSpace(text)
	for _, begin := range []string{"{", "[", "CEF:", "LEEF:"} {
		if bytes.HasPrefix(text, []byte(begin)) {
			return true
		}
	}
	end := bytes.IndexByte(text[:min(len(text), 6)], '>')
	return end > 1 && text[0] == '<' && len(bytes.Trim(text[1:end], "0123456789")) == 0 // <PRI> of syslog
}

// submission is what is submitted.
type submission struct{ name, source, mapping string }

// submitEvent submits what a source would deliver.
func (s *shell) submitEvent(ctx context.Context, c *link, text []byte, in submission) error {
	query := url.Values{}
	for name, v := range map[string]string{"source": in.source, "mapping": in.mapping, "name": filepath.Base(in.name)} {
		if v != "" && v != "-" {
			query.Set(name, v)
		}
	}
	kind := "text/plain"
	if t := bytes.TrimSpace(text); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		kind = "application/json"
	}
	r, raw, err := fetch[api.EventReceipt](ctx, c, asked{Method: http.MethodPost, Path: "/v1/events", Query: query, Body: bytes.NewReader(text), Media: kind})
	if err != nil {
		return err
	}
	out := result{raw: raw, head: []string{"EVENT"}}
	for _, id := range r.Events {
		out.names, out.rows = append(out.names, id.String()), append(out.rows, []string{id.String()})
	}
	if err := s.print(out); err != nil {
		return err
	}
	s.note("see what becomes of it: harrier event show %s", r.Events[0])
	return nil
}
