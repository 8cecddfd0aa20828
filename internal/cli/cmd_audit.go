package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/audit"
	"github.com/spf13/cobra"
)

func auditCommand(s *shell) *cobra.Command {
	list := listing[api.AuditEntry]{
		use: "list", short: "List the audit trail, the newest first", path: "/v1/audit",
		filters: [][2]string{{"action", "such as effect.intend"}, {"target", "what it was done to"}, {"run", "the id of a run"}, {"actor", "the id of a principal"}},
		columns: []column[api.AuditEntry]{
			{"AT", func(e api.AuditEntry) string { return stamp(e.At) }}, {"WHO", func(e api.AuditEntry) string { return cmp.Or(e.ActorName, e.Actor.String()) }},
			{"ACTION", func(e api.AuditEntry) string {
				if e.Hidden {
					return "hidden: it is about what you may not see"
				}
				return e.Action
			}}, {"TARGET", func(e api.AuditEntry) string { return short(e.Target, 60) }},
			{"STEP", func(e api.AuditEntry) string { return short(e.Path, 50) }},
		},
		name: func(e api.AuditEntry) string { return e.ID.String() }, empty: "the audit trail has nothing of the sort",
	}
	checkpoint := auditHead(s, "checkpoint", "Print the signed head of the audit log, to be kept elsewhere", func(c api.AuditCheckpoint) string { return c.Note })
	key := auditHead(s, "key", "Print the key with which the audit log is verified, to be kept elsewhere", func(c api.AuditCheckpoint) string { return c.Key + "\n" })
	return holder("audit", "Show, verify and export the audit trail", nil, list.command(s), checkpoint, key, auditVerify(s), auditExport(s), auditShip(s))
}

// auditHead is a command that prints a part of the signed head.
func auditHead(s *shell, use, help string, text func(api.AuditCheckpoint) string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: help, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			at, raw, err := fetch[api.AuditCheckpoint](cmd.Context(), c, asked{Path: "/v1/audit/checkpoint"})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{at.Key}, head: []string{"SIZE", "AT", "ROOT"}, rows: [][]string{{fmt.Sprint(at.Size), stamp(at.At), at.Root}},
				text: func(w io.Writer, _ paint) { fmt.Fprint(w, text(at)) },
			})
		},
	}
}

func auditExport(s *shell) *cobra.Command {
	var to string
	names := []string{"since", "until", "action", "target", "run", "actor"}
	values := make([]string, len(names))
	cmd := &cobra.Command{
		Use: "export", Short: "Export the audit log so that others can verify it", Args: cobra.NoArgs,
		Long: `Export the audit log so that others can verify it without Harrier.

The file has a line for each row: its hash, and behind a blank the row. Of rows
that the flags do not choose there is the hash alone. The signed checkpoint
follows an empty line. docs/audit.md has the format and a short script.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			query := url.Values{}
			for i, name := range names {
				if values[i] != "" {
					query.Set(name, values[i])
				}
			}
			return s.saveAudit(cmd.Context(), c, query, to)
		},
	}
	cmd.Flags().StringVarP(&to, "file", "f", "", "the file to write; the output without it")
	for i, name := range names {
		cmd.Flags().StringVar(&values[i], name, "", "choose rows by it")
	}
	return cmd
}

// saveAudit writes an export to a file, whole or not at all, or to the output.
func (s *shell) saveAudit(ctx context.Context, c *link, query url.Values, to string) error {
	d, err := c.Download(ctx, asked{Path: "/v1/audit/export", Query: query})
	if err != nil {
		return err
	}
	defer d.Close()
	if to == "" {
		_, err = io.Copy(s.cfg.Streams.Out, d)
		return err
	}
	f, err := os.OpenFile(to+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "cannot write %s: %w", to, err)
	}
	_, err = io.Copy(f, d)
	if err = cmp.Or(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(to+".part", to)
	}
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "cannot write %s: %w", to, err)
	}
	return nil
}

func auditVerify(s *shell) *cobra.Command {
	var keys, files []string
	cmd := &cobra.Command{
		Use: "verify [FILE]", Short: "Verify the audit log, without a server", Args: cobra.MaximumNArgs(1),
		Long: `Verify the audit log, without a server: of the data directory, or of FILE, which
is an export, a database file or a data directory. Nothing is changed.

Whoever can write the database can exchange the key that is kept in it. Bring the
one that harrier audit key printed once (--key, the key or a file that holds it),
and a checkpoint that was kept elsewhere (--checkpoint): it proves that the log
was not cut off or rolled back. The exit code is 6 where something is wrong.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := auditTrusted(keys, files)
			if err != nil {
				return err
			}
			path, err := s.dir()
			if len(args) > 0 {
				path, err = args[0], nil
			}
			if err != nil {
				return err
			}
			report, err := app.VerifyAudit(cmd.Context(), path, o)
			if err != nil {
				return err
			}
			return s.printVerified(report)
		},
	}
	cmd.Flags().StringArrayVar(&keys, "key", nil, "a verifier key that you trust, or a file that holds it")
	cmd.Flags().StringArrayVar(&files, "checkpoint", nil, "a file with a checkpoint that was kept elsewhere")
	return cmd
}

// auditTrusted reads what is brought from outside.
func auditTrusted(keys, files []string) (o audit.Options, err error) {
	for _, k := range keys {
		if text, err := os.ReadFile(k); err == nil && !strings.HasPrefix(k, "harrier-audit/") {
			k = string(text)
		}
		o.Keys = append(o.Keys, strings.TrimSpace(k))
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return o, harrier.Errorf(harrier.NotFound, "cannot read the checkpoint %s: %w", name, err)
		}
		o.Checkpoints = append(o.Checkpoints, string(text))
	}
	return o, nil
}

// printVerified prints what a verification found, and fails where something is wrong.
func (s *shell) printVerified(report audit.Report) error {
	r, err := object(report)
	if err != nil {
		return err
	}
	r.head = []string{"TENANT", "ROWS", "UNCHAINED", "KIND", "SEQ", "ROW", "DETAIL"}
	for _, l := range report.Logs {
		r.names = append(r.names, l.Tenant)
		for _, f := range l.Findings {
			r.rows = append(r.rows, []string{l.Tenant, fmt.Sprint(l.Rows), fmt.Sprint(l.Unchained), f.Kind, fmt.Sprint(f.Seq), f.Row, f.Detail})
		}
		if len(l.Findings) == 0 {
			r.rows = append(r.rows, []string{l.Tenant, fmt.Sprint(l.Rows), fmt.Sprint(l.Unchained), "ok", "", "", ""})
		}
	}
	r.text = func(w io.Writer, p paint) {
		for _, l := range report.Logs {
			verifiedText(w, p, l)
		}
		if len(report.Logs) == 0 {
			fmt.Fprintln(w, "there is no audit log yet")
		}
	}
	if err := s.print(r); err != nil {
		return err
	}
	if !report.OK {
		return found()
	}
	return nil
}

func verifiedText(w io.Writer, p paint, l audit.LogReport) {
	status := api.CheckOK
	if len(l.Findings) > 0 {
		status = api.CheckFail
	}
	fmt.Fprintf(w, "%s %s: %d rows, signed up to %d", p.glyph(status), clean(l.Tenant), l.Rows, l.Size)
	if !l.At.IsZero() {
		fmt.Fprint(w, " at "+stamp(l.At)+", the clock was "+clean(l.Clock))
	}
	fmt.Fprintln(w)
	for _, f := range l.Findings {
		fmt.Fprintln(w, "  "+p.bad(f.Kind)+": "+clean(f.Detail))
		if f.Row != "" && !strings.Contains(f.Detail, f.Row) {
			fmt.Fprintln(w, "    "+clean(f.Row))
		}
	}
	if l.More > 0 {
		fmt.Fprintf(w, "  and %d more\n", l.More)
	}
	if l.Pruned > 0 {
		fmt.Fprintf(w, "  %d rows were removed by policy; their hashes are there\n", l.Pruned)
	}
	if l.Unchained > 0 {
		fmt.Fprintf(w, "  %d rows at the end have no place yet: nothing protects them\n", l.Unchained)
	}
	if !l.Pinned && l.Key != "" {
		fmt.Fprintln(w, p.dim("  the key was found with the rows; verify with the one that you kept: --key"))
	}
	if l.Witnessed == 0 {
		fmt.Fprintln(w, p.dim("  no checkpoint from elsewhere was compared: a log that was cut off would not be found"))
	}
}
