package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/spf13/cobra"
)

func alertsCommand(s *shell) *cobra.Command {
	list := listing[api.Alert]{
		use: "list", short: "List alerts, the newest first", path: "/v1/alerts", queried: true,
		filters: [][2]string{
			{"status", "new, in_progress or closed"}, {"severity", "critical, high, medium, low or info"},
			{"category", "such as phishing"}, {"case", "the id of a case"},
		},
		columns: []column[api.Alert]{
			{"ID", func(a api.Alert) string { return a.ID.String() }}, {"SEVERITY", func(a api.Alert) string { return a.Severity }},
			{"STATUS", func(a api.Alert) string { return a.Status }}, {"CATEGORY", func(a api.Alert) string { return a.Category }},
			{"TITLE", func(a api.Alert) string { return short(a.Title, 70) }}, {"CAME", func(a api.Alert) string { return stamp(a.CreatedAt) }},
		},
		name: func(a api.Alert) string { return a.ID.String() }, empty: "there are no alerts; report a mail: harrier alerts submit FILE",
	}
	return holder("alerts", "Report and show alerts, and work on them", []string{"alert"}, append([]*cobra.Command{list.command(s), alertsGet(s), alertsSubmit(s)}, alertBulks(s)...)...)
}

func alertsGet(s *shell) *cobra.Command {
	var ocsf bool
	cmd := &cobra.Command{
		Use: "get ALERT", Short: "Show an alert with its evidence and runs", Args: cobra.ExactArgs(1), Aliases: []string{"show"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			a, raw, err := fetch[api.AlertDetail](cmd.Context(), c, asked{Path: "/v1/alerts/" + url.PathEscape(args[0])})
			if err != nil {
				return err
			}
			if ocsf {
				return s.printAlertOCSF(a)
			}
			return s.print(result{
				raw: raw, names: []string{a.ID.String()}, head: []string{"ID", "SEVERITY", "STATUS", "TITLE"},
				rows: [][]string{{a.ID.String(), a.Severity, a.Status, a.Title}},
				text: func(w io.Writer, p paint) { alertText(page{w, p, s.width()}, a) },
			})
		},
	}
	cmd.Flags().BoolVar(&ocsf, "ocsf", false, "show it as a Detection Finding of OCSF (class 2004)")
	return cmd
}

// printAlertOCSF prints an alert in the terms of OCSF, with what people and triage made of it.
func (s *shell) printAlertOCSF(a api.AlertDetail) error {
	f := harrier.Finding{ExternalID: a.ExternalID, Title: a.Title, Description: a.Description, Time: a.EventAt}
	if len(a.Finding) > 0 {
		if err := json.Unmarshal(a.Finding, &f); err != nil {
			return harrier.Errorf(harrier.Internal, "read the alert's finding: %w", err)
		}
	}
	f.Severity, f.Status, f.Disposition, f.Category = a.Severity, a.Status, a.Disposition, a.Category
	return s.printDocument(mapping.OCSF(f, a.CreatedAt))
}

func alertText(w page, a api.AlertDetail) {
	p := w.paint
	fmt.Fprintf(w, "%s  %s\n", p.bold(clean(a.Title)), a.ID)
	facts(w, p, [][2]string{
		{"severity", a.Severity}, {"status", strings.TrimSpace(a.Status + " " + a.Disposition + " " + a.Reason)}, {"category", a.Category},
		{"happened", stamp(a.EventAt)}, {"came", stamp(a.CreatedAt)}, {"source id", a.ExternalID},
		{"owner", ownerName(a.Owner)}, {"tags", strings.Join(a.Tags, ", ")},
	})
	for _, e := range a.Evidence {
		fmt.Fprintf(w, "  evidence   %s  %s  %d bytes  %s\n", e.ID, clean(e.Name), e.Size, clean(e.MediaType))
	}
	for _, r := range a.Runs {
		fmt.Fprintf(w, "  run        %s %s  %s  %s\n", p.glyph(string(r.Status)), r.ID, clean(r.Playbook), r.Status)
	}
	judgedText(w, a)
	if data := compact(a.Data); data != "" {
		fmt.Fprintln(w, "  data       "+clean(short(data, 2000)))
	}
}

// ownerName is what people call who works on something.
func ownerName(p *api.Person) string {
	if p == nil {
		return ""
	}
	return cmp.Or(p.Name, p.ID.String())
}

// facts prints names with values that are not empty.
func facts(w io.Writer, p paint, list [][2]string) {
	for _, f := range list {
		if f[1] != "" {
			text := strings.ReplaceAll(strings.TrimSpace(clean(f[1])), "\n", "\n"+strings.Repeat(" ", 13))
			fmt.Fprintf(w, "  %s %s\n", p.dim(fmt.Sprintf("%-10s", f[0])), text)
		}
	}
}

func alertsSubmit(s *shell) *cobra.Command {
	var watch bool
	var in submission
	cmd := &cobra.Command{
		Use: "submit FILE|-", Short: "Report a mail (.eml or .msg), or submit what a product tells", Args: cobra.ExactArgs(1),
		Long: "Report a mail as it is, as a file in RFC 5322 form (.eml) or of Outlook (.msg). It becomes an alert with the mail as evidence, and starts the playbooks that wait for such alerts.\nThe same mail again gives the same alert.\n" +
			"Anything else that a product tells, such as JSON, CEF, LEEF or syslog, is submitted as an event of --source, and understood by the source's mapping or the one that knows it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			c, err := s.connect(ctx)
			if err != nil {
				return err
			}
			text, err := s.readAll(args[0], 25<<20)
			if err != nil {
				return err
			}
			in.name = args[0]
			if in.source != "" || in.mapping != "" || isEvent(text) {
				return s.submitEvent(ctx, c, text, in)
			}
			r, err := s.sendMail(ctx, c, args[0], text)
			if err != nil {
				return err
			}
			if err := s.printReceipt(r); err != nil {
				return err
			}
			if (watch || c.local) && len(r.Runs) > 0 {
				return s.watchReported(ctx, c, r.Runs[0].String())
			}
			if len(r.Runs) > 0 {
				s.note("watch it: harrier runs watch %s", r.Runs[0])
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "watch the run that it starts")
	cmd.Flags().StringVar(&in.source, "source", "", "the name of the source whose event it is")
	cmd.Flags().StringVar(&in.mapping, "mapping", "", "the mapping that understands it")
	return cmd
}

// watchReported watches the run that a report started. How it goes is not the
// reporter's failure: the report was taken.
func (s *shell) watchReported(ctx context.Context, c *link, id string) error {
	err := s.watch(ctx, c, id)
	if waits, ok := errors.AsType[*waitsError](err); ok {
		s.note("%s", waits.text)
		return nil
	}
	return err
}

func (s *shell) printReceipt(r api.Receipt) error {
	out, err := object(r)
	if err != nil {
		return err
	}
	runs := make([]string, len(r.Runs))
	for i, id := range r.Runs {
		runs[i] = id.String()
	}
	known := "new"
	if r.Existed {
		known = "reported before"
	}
	out.names = []string{r.Alert.String()}
	out.head, out.rows = []string{"ALERT", "STATE", "RUNS"}, [][]string{{r.Alert.String(), known, strings.Join(runs, " ")}}
	return s.print(out)
}
