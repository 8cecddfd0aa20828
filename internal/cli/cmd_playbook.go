package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/spf13/cobra"
)

// maxPlaybook bounds a file in the language, in bytes; the reader has the same limit.
const maxPlaybook = document.MaxBytes

func playbookCommand(s *shell) *cobra.Command {
	list := listing[api.Playbook]{
		use: "list", short: "List the playbooks in force", path: "/v1/playbooks",
		columns: []column[api.Playbook]{
			{"ID", func(p api.Playbook) string { return p.ID }}, {"TITLE", func(p api.Playbook) string { return short(p.Title, 60) }},
			{"OWNER", func(p api.Playbook) string { return p.Owner }}, {"ORIGIN", func(p api.Playbook) string { return p.Origin }},
		},
		name: func(p api.Playbook) string { return p.ID }, empty: "there are no playbooks",
	}
	return holder("playbook", "Check, format, test, explain and show playbooks", []string{"playbooks"},
		lintCommand(s), fmtCommand(s), testCommand(s), explainCommand(s), schemaCommand(s), list.command(s), playbookGet(s))
}

func playbookGet(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "get PLAYBOOK", Short: "Show the source of a playbook in force", Args: cobra.ExactArgs(1), Aliases: []string{"show"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			d, raw, err := fetch[api.PlaybookDetail](cmd.Context(), c, asked{Path: "/v1/playbooks/" + url.PathEscape(args[0])})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{d.ID}, head: []string{"ID", "TITLE", "HASH"}, rows: [][]string{{d.ID, d.Title, d.Hash}},
				text: func(w io.Writer, _ paint) { _, _ = io.WriteString(w, d.Source) },
			})
		},
	}
}

// connectorsFlag lets a command know connectors beside those that ship.
func connectorsFlag(cmd *cobra.Command, into *[]string) {
	cmd.Flags().StringArrayVar(into, "connectors", nil, "a directory with connectors of your own, as PRODUCT/connector.yaml")
}

func lintCommand(s *shell) *cobra.Command {
	var extra []string
	cmd := &cobra.Command{
		Use: "lint FILE...", Short: "Check playbooks, and tests beside them", Args: cobra.MinimumNArgs(1),
		Long: "Check playbooks against the language and what this build offers, without a server. Every problem comes with its place and\nhow to fix it. The exit code is 6 where there are problems.",
		RunE: func(_ *cobra.Command, args []string) error {
			cat, err := catalog(extra)
			if err != nil {
				return err
			}
			var all document.Problems
			for _, name := range args {
				text, err := s.readAll(name, maxPlaybook+1)
				if err != nil {
					return err
				}
				all = append(all, lint(name, text, cat)...)
			}
			return s.printProblems(all, len(args))
		},
	}
	connectorsFlag(cmd, &extra)
	return cmd
}

// lint checks one file: a playbook, or a test by the end of its name.
func lint(name string, text []byte, cat playbook.Catalog) document.Problems {
	if !isTestFile(name) {
		_, found := playbook.Compile(name, text, cat)
		return found
	}
	tests, found := playbook.ParseTest(name, text)
	beside := strings.TrimSuffix(name, testSuffix) + playbookSuffix
	source, err := os.ReadFile(beside)
	if err != nil || tests == nil {
		return found // a test can be checked without its playbook, as far as it goes
	}
	if plan, _ := playbook.Compile(beside, source, cat); plan != nil {
		found = append(found, tests.Check(plan)...)
	}
	return found
}

func isTestFile(name string) bool {
	return strings.HasSuffix(name, testSuffix)
}

// printProblems prints what is wrong with files, and ends with exit code 6
// where one of them is more than a warning.
func (s *shell) printProblems(all document.Problems, files int) error {
	check := api.PlaybookCheckOf(nil, all)
	out, err := object(map[string]any{"ok": all.Err() == nil, "problems": check.Problems})
	if err != nil {
		return err
	}
	out.head = []string{"FILE", "LINE", "COLUMN", "CODE", "MESSAGE", "FIX"}
	for _, p := range check.Problems {
		out.rows = append(out.rows, []string{p.File, fmt.Sprint(p.Line), fmt.Sprint(p.Column), p.Code, p.Message, p.Fix})
		out.names = append(out.names, fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column))
	}
	out.text = func(w io.Writer, _ paint) {
		for _, p := range check.Problems {
			fmt.Fprintln(w, clean(strings.TrimRight(p.Text, "\n"))+"\n")
		}
	}
	if err := s.print(out); err != nil {
		return err
	}
	if all.Err() == nil {
		s.note("%s, no errors", plural(files, "file"))
		return nil
	}
	s.note("%s in %s", plural(len(all), "problem"), plural(files, "file"))
	return found()
}

// plural counts things in words.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func fmtCommand(s *shell) *cobra.Command {
	var write, check bool
	cmd := &cobra.Command{
		Use: "fmt FILE...", Short: "Format playbooks", Args: cobra.MinimumNArgs(1),
		Long: "Print playbooks in the one form; -w writes them back instead, and --check only tells which ones differ (exit code 6).",
		RunE: func(_ *cobra.Command, args []string) error {
			differ := false
			for _, name := range args {
				other, err := s.format(name, write, check)
				if err != nil {
					return err
				}
				differ = differ || other
			}
			if check && differ {
				s.note("format them: harrier playbook fmt -w FILE...")
				return found()
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&write, "write", "w", false, "write the files back")
	cmd.Flags().BoolVar(&check, "check", false, "only list the files that would change")
	cmd.MarkFlagsMutuallyExclusive("write", "check")
	return cmd
}

// format formats one file; other tells that it was in another form.
func (s *shell) format(name string, write, check bool) (other bool, err error) {
	text, err := s.readAll(name, maxPlaybook+1)
	if err != nil {
		return false, err
	}
	formatted, problems := playbook.Format(name, text)
	if formatted == nil || problems.Err() != nil {
		return false, harrier.Errorf(harrier.Invalid, "%s cannot be formatted:\n%w", name, problems)
	}
	other = !bytes.Equal(text, formatted)
	switch {
	case check && other:
		fmt.Fprintln(s.cfg.Streams.Out, name)
	case check:
	case write && name != "-":
		if !other {
			return false, nil
		}
		if err := replaceFile(name, formatted); err != nil {
			return other, err
		}
		s.note("formatted %s", name)
	default:
		_, _ = s.cfg.Streams.Out.Write(formatted)
	}
	return other, nil
}

// replaceFile writes a file anew, whole or not at all.
func replaceFile(name string, text []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "cannot write %s: %w", name, err)
	}
	next := name + ".new"
	err = os.WriteFile(next, text, info.Mode().Perm())
	if err == nil {
		err = os.Rename(next, name)
	}
	if err != nil {
		_ = os.Remove(next)
		return harrier.Errorf(harrier.Unavailable, "cannot write %s: %w", name, err)
	}
	return nil
}

func explainCommand(s *shell) *cobra.Command {
	var extra []string
	cmd := &cobra.Command{
		Use: "explain PLAYBOOK|FILE", Short: "Say what a playbook may do to the world, and when", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := s.explanation(cmd, args[0], extra)
			if err != nil {
				return err
			}
			out, err := object(e)
			if err != nil {
				return err
			}
			out.names = []string{e.Playbook}
			out.head = []string{"STEP", "USES", "EFFECT", "LINE", "APPROVAL"}
			for _, x := range e.Effects {
				out.rows = append(out.rows, []string{x.Step, x.Uses, string(x.Effect), fmt.Sprint(x.Line), x.Approval})
			}
			out.text = func(w io.Writer, _ paint) { fmt.Fprintln(w, strings.TrimRight(e.String(), "\n")) }
			return s.print(out)
		},
	}
	connectorsFlag(cmd, &extra)
	return cmd
}

// explanation explains a file offline, or a playbook in force.
func (s *shell) explanation(cmd *cobra.Command, what string, extra []string) (playbook.Explanation, error) {
	if !isFile(what) && what != "-" {
		c, err := s.connect(cmd.Context())
		if err != nil {
			return playbook.Explanation{}, err
		}
		d, _, err := fetch[api.PlaybookDetail](cmd.Context(), c, asked{Path: "/v1/playbooks/" + url.PathEscape(what)})
		return d.Explanation, err
	}
	cat, err := catalog(extra)
	if err != nil {
		return playbook.Explanation{}, err
	}
	text, err := s.readAll(what, maxPlaybook+1)
	if err != nil {
		return playbook.Explanation{}, err
	}
	plan, problems := playbook.Compile(what, text, cat)
	if plan == nil {
		return playbook.Explanation{}, s.printProblems(problems, 1)
	}
	return playbook.Explain(plan), nil
}

func schemaCommand(s *shell) *cobra.Command {
	var extra []string
	var test bool
	cmd := &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of playbooks, for editors", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schema := playbook.TestJSONSchema()
			if !test {
				cat, err := catalog(extra)
				if err != nil {
					return err
				}
				schema = playbook.JSONSchema(cat)
			}
			out, err := object(schema)
			if err != nil {
				return err
			}
			if s.output != "yaml" {
				s.output = "json"
			}
			return s.print(out)
		},
	}
	connectorsFlag(cmd, &extra)
	cmd.Flags().BoolVar(&test, "test", false, "the schema of the tests beside playbooks")
	return cmd
}
