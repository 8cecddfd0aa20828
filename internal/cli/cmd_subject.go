package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/harrier-soar/harrier/client"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func eraseCommand(s *shell) *cobra.Command {
	var reason string
	list := listing[api.Erasure]{
		use: "list", short: "List erasures of people's data, the newest first", path: "/v1/erasures", whole: true,
		columns: []column[api.Erasure]{
			{"ID", func(e api.Erasure) string { return e.ID.String() }}, {"STATE", func(e api.Erasure) string { return e.State }},
			{"ROWS", func(e api.Erasure) string { return fmt.Sprint(e.Rows) }}, {"FILES", func(e api.Erasure) string { return fmt.Sprint(e.Files) }},
			{"KEPT", func(e api.Erasure) string { return fmt.Sprint(e.Kept) }},
			{"ASKED", func(e api.Erasure) string { return stamp(e.AskedAt) + " " + e.AskedBy }}, {"REASON", func(e api.Erasure) string { return short(e.Reason, 50) }},
		},
		name: func(e api.Erasure) string { return e.ID.String() }, empty: "nothing was erased",
	}
	cmd := &cobra.Command{
		Use: "erase IDENTIFIER…", Short: "Erase a person's data, by identifiers such as user:jane and email:jane@corp.example", Args: cobra.MinimumNArgs(1),
		Long: `Ask that a person's data is erased: what names them by one of the identifiers is
overwritten wherever it is stored, and files that do are removed. A second person
agrees (harrier erase approve). What is under a legal hold is refused; what is
still at work is erased when that is over. Backups are not changed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.askErasure(cmd, asked{Method: http.MethodPost, Path: "/v1/subjects/erasure", Body: api.EraseSubject{Subject: args, Reason: reason}})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why it is erased, such as the request's number")
	show := &cobra.Command{
		Use: "show ERASURE", Short: "Show how far an erasure is", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.askErasure(cmd, asked{Path: "/v1/erasures/" + url.PathEscape(args[0])})
		},
	}
	cmd.AddCommand(list.command(s), show, decideErasure(s, "approve", "Agree to an erasure, as a second person", true), decideErasure(s, "deny", "Do not agree to an erasure", false))
	return cmd
}

func decideErasure(s *shell, use, help string, agree bool) *cobra.Command {
	return &cobra.Command{
		Use: use + " ERASURE", Short: help, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]bool{"agree": agree}
			return s.askErasure(cmd, asked{Method: http.MethodPost, Path: "/v1/erasures/" + url.PathEscape(args[0]) + "/decide", Body: body})
		},
	}
}

// askErasure asks something about an erasure and prints how it stands.
func (s *shell) askErasure(cmd *cobra.Command, q asked) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	e, raw, err := fetch[api.Erasure](cmd.Context(), c, q)
	if err != nil {
		return err
	}
	return s.print(result{
		raw: raw, names: []string{e.ID.String()}, head: []string{"ID", "STATE", "ROWS", "FILES", "KEPT"},
		rows: [][]string{{e.ID.String(), e.State, fmt.Sprint(e.Rows), fmt.Sprint(e.Files), fmt.Sprint(e.Kept)}},
		text: func(w io.Writer, _ paint) {
			fmt.Fprintf(w, "%s is %s: %d rows overwritten, %d files removed, %d left\n", e.ID, clean(e.State), e.Rows, e.Files, e.Kept)
			if e.Why != "" {
				fmt.Fprintf(w, "it waits: %s\n", clean(e.Why))
			}
			if e.State == "asked" {
				fmt.Fprintf(w, "a second person agrees: harrier erase approve %s\n", e.ID)
			}
		},
	})
}

func subjectCommand(s *shell) *cobra.Command {
	var to string
	export := &cobra.Command{
		Use: "export IDENTIFIER…", Short: "Export what is stored about a person, as JSON in a ZIP", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if to == "" {
				return usagef("say where it goes with --file")
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			d, err := c.ExportSubject(cmd.Context(), client.Upload{Media: "text/plain", Body: strings.NewReader(strings.Join(args, "\n"))})
			if err != nil {
				return err
			}
			defer d.Close()
			return s.keepFile(to, d)
		},
	}
	export.Flags().StringVarP(&to, "file", "f", "", "the file to write")
	return holder("subject", "See what is stored about a person", []string{"subjects"}, export)
}

// keepFile writes what is personal to a file of its own that others cannot read,
// whole or not at all.
func (s *shell) keepFile(name string, from io.Reader) (err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return usagef("cannot write %s: %v", name, err)
	}
	_, err = io.Copy(f, from)
	if end := f.Close(); err == nil {
		err = end
	}
	if err != nil {
		_ = os.Remove(name)
	}
	return err
}
