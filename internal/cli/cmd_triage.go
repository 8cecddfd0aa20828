package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/spf13/cobra"
)

// maxFinding bounds a finding or a picture in a file, in bytes.
const maxFinding = 8 << 20

func triageCommand(s *shell) *cobra.Command {
	return holder("triage", "Test the rules of triage, and explain what they decide", nil, triageExplain(s), triageRules(s), triageTest(s), triageWords(s))
}

// ruleTrees are where rules come from: those that ship, and those of a
// directory, which is named or the data directory's. own is nil where there is none.
func (s *shell) ruleTrees(dir string) (trees []fs.FS, own fs.FS, err error) {
	trees = []fs.FS{content.FS}
	named := dir != ""
	if !named {
		if dir, err = s.dir(); err != nil {
			return nil, nil, err
		}
	}
	if base, err := filepath.Abs(dir); err == nil && filepath.Base(base) == "triage" {
		dir = filepath.Dir(base)
	}
	if info, err := os.Stat(filepath.Join(dir, "triage")); err != nil || !info.IsDir() {
		if named {
			return nil, nil, harrier.Errorf(harrier.NotFound, "there is no directory %s; put rules and tests there", filepath.Join(dir, "triage"))
		}
		return trees, nil, nil
	}
	own = os.DirFS(dir)
	return append(trees, own), own, nil
}

// rulesOf loads rules; what is wrong with them is printed.
func (s *shell) rulesOf(dir string) (*judge.Rules, fs.FS, error) {
	trees, own, err := s.ruleTrees(dir)
	if err != nil {
		return nil, nil, err
	}
	rules, problems := judge.Load(trees...)
	if rules == nil {
		return nil, nil, s.printProblems(problems, len(trees))
	}
	return rules, own, nil
}

func triageRules(s *shell) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "rules [RULE]", Short: "List the rules of triage in their order, or show one", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			rules, _, err := s.rulesOf(dir)
			if err != nil {
				return err
			}
			list := rules.List()
			if len(args) == 1 {
				return s.printRule(list, args[0])
			}
			out, err := object(map[string]any{"items": list})
			if err != nil {
				return err
			}
			out.head = []string{"STAGE", "RULE", "WEIGHT", "TITLE", "OWNER", "PLACE"}
			for _, r := range list {
				out.names = append(out.names, r.ID)
				out.rows = append(out.rows, []string{r.Stage, r.ID, r.Weight, r.Title, r.Owner, fmt.Sprintf("%s:%d", r.File, r.Line)})
			}
			out.text = func(w io.Writer, p paint) { rulesText(page{w, p, s.width()}, list) }
			return s.print(out)
		},
	}
	rulesFlag(cmd, &dir)
	return cmd
}

// rulesFlag names the directory of one's own rules.
func rulesFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "rules", "", "a directory with triage/*.yaml of your own (default: the data directory)")
}

func triageWords(s *shell) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "words", Short: "List what rules of triage can read: variables, their fields, and facts", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rules, _, err := s.rulesOf(dir)
			if err != nil {
				return err
			}
			list := rules.Words()
			out, err := object(map[string]any{"items": list})
			if err != nil {
				return err
			}
			out.head = []string{"NAME", "TYPE", "HELP"}
			for _, word := range list {
				out.names = append(out.names, word.Name)
				out.rows = append(out.rows, []string{word.Name, word.Type, word.Help})
			}
			out.text = func(w io.Writer, p paint) { wordsText(page{w, p, s.width()}, list) }
			return s.print(out)
		},
	}
	rulesFlag(cmd, &dir)
	return cmd
}

// printRule prints one rule.
func (s *shell) printRule(list []judge.Rule, id string) error {
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
		if r.ID != id {
			continue
		}
		out, err := object(r)
		if err != nil {
			return err
		}
		out.names, out.head = []string{r.ID}, []string{"STAGE", "RULE", "WEIGHT", "TITLE"}
		out.rows = [][]string{{r.Stage, r.ID, r.Weight, r.Title}}
		out.text = func(w io.Writer, p paint) { ruleText(page{w, p, s.width()}, r) }
		return s.print(out)
	}
	err := fmt.Sprintf("there is no rule %s", id)
	if near := harrier.Suggest(id, ids); near != "" {
		err += "; did you mean " + near + "?"
	}
	return harrier.Errorf(harrier.NotFound, "%s", err)
}

func triageTest(s *shell) *cobra.Command {
	var shipped bool
	cmd := &cobra.Command{
		Use: "test [DIR]", Short: "Run the tests of rules of triage", Args: cobra.MaximumNArgs(1),
		Long: "Run the tests (triage/*.test.yaml) of a directory, or else of the data directory, against its rules over those that ship; without\n" +
			"rules of your own, the tests that ship. Rules that held in no case are listed. The exit code is 6 where a test failed.",
		RunE: func(cmd *cobra.Command, args []string) error {
			rules, own, err := s.rulesOf(strings.Join(args, ""))
			if err != nil {
				return err
			}
			var trees []fs.FS
			if own == nil || shipped {
				trees = append(trees, content.FS)
			}
			if own != nil {
				trees = append(trees, own)
			}
			tests, problems := rules.LoadTests(trees...)
			if problems.Err() != nil {
				return s.printProblems(problems, len(trees))
			}
			report, err := tests.Run(cmd.Context(), rules)
			if err != nil {
				return err
			}
			if len(report.Results) == 0 {
				return harrier.Errorf(harrier.NotFound, "there are no tests; put triage/NAME.test.yaml beside triage/NAME.yaml")
			}
			if own != nil && !shipped {
				report.Never = ownOnly(report.Never, rules.List(), own)
			}
			return s.printTriageTests(report)
		},
	}
	cmd.Flags().BoolVar(&shipped, "shipped", false, "also run the tests that ship, to see what your rules change")
	return cmd
}

// ownOnly keeps the rules that stand in one's own files: others' tests hold the rest.
func ownOnly(ids []string, list []judge.Rule, own fs.FS) (out []string) {
	for _, id := range ids {
		for _, r := range list {
			if _, err := fs.Stat(own, r.File); r.ID == id && r.Own && err == nil {
				out = append(out, id)
			}
		}
	}
	return out
}

// printTriageTests prints how tests went.
func (s *shell) printTriageTests(r judge.Report) error {
	out, err := object(r)
	if err != nil {
		return err
	}
	out.head = []string{"OK", "CASE", "WRONG", "PLACE"}
	for _, one := range r.Results {
		out.names = append(out.names, one.Name)
		out.rows = append(out.rows, []string{fmt.Sprint(len(one.Wrong) == 0), one.Name, strings.Join(one.Wrong, "; "), fmt.Sprintf("%s:%d", one.File, one.Line)})
	}
	out.text = func(w io.Writer, p paint) { triageTestsText(page{w, p, s.width()}, r) }
	if err := s.print(out); err != nil {
		return err
	}
	s.note("%s, %d failed; %d of %d rules held in a case", plural(len(r.Results), "case"), r.Failed, r.Rules-len(r.Never), r.Rules)
	if r.Failed > 0 {
		return found()
	}
	return nil
}

// explainFlags say what is judged where it is not an alert.
type explainFlags struct {
	file, context, source, reliability, now, rules string
}

func triageExplain(s *shell) *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use: "explain [ALERT]", Short: "Say why triage decided so about an alert, and what would change it", Args: cobra.MaximumNArgs(1),
		Long: "Say what triage decided about an alert, with the proof: every rule that held, its evidence, its weight, how reliable what it rests\non is, and what the decision would be without it.\n\n" +
			"With --file a finding is judged here instead, by the rules that ship and your own. What harrier alerts get -o json prints is\nread too, with what was known about the alert.",
		Example: "  harrier triage explain alt_01k…\n  harrier triage explain --file finding.json --context picture.json\n  harrier alerts get alt_01k… -o json | harrier triage explain --file -",
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 1) == (f.file != "") {
				return usagef("say which alert, or what to judge with --file")
			}
			if f.file == "" {
				return s.explainAlert(cmd, args[0])
			}
			return s.explainFile(cmd, f)
		},
	}
	cmd.Flags().StringVar(&f.file, "file", "", "judge the finding in this file (JSON), or - for standard input")
	cmd.Flags().StringVar(&f.context, "context", "", "with --file: what is known about it, a picture (JSON)")
	cmd.Flags().StringVar(&f.source, "source", "", "with --file: the name of its source")
	cmd.Flags().StringVar(&f.reliability, "reliability", "", "with --file: the grade of its source, A to F")
	cmd.Flags().StringVar(&f.now, "now", "", "with --file: judge as at this time, such as 2026-01-31T12:00:00Z")
	rulesFlag(cmd, &f.rules)
	return cmd
}

// explainAlert explains the decision that an alert has.
func (s *shell) explainAlert(cmd *cobra.Command, id string) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	a, err := c.GetAlert(cmd.Context(), id)
	if err != nil {
		return err
	}
	if len(a.Decision) == 0 || string(a.Decision) == "null" {
		return harrier.Errorf(harrier.NotFound, "alert %s was not judged by triage: it is older than the rules, or came from a playbook", a.ID)
	}
	var d picture.Decision
	if err := json.Unmarshal(a.Decision, &d); err != nil {
		return harrier.Errorf(harrier.Internal, "the decision of alert %s cannot be read: %w", a.ID, err)
	}
	return s.printDecision(a.ID.String(), a.Title, d)
}

// explainFile judges what is in a file, and explains that.
func (s *shell) explainFile(cmd *cobra.Command, f explainFlags) error {
	rules, _, err := s.rulesOf(f.rules)
	if err != nil {
		return err
	}
	subject := judge.Subject{Now: time.Now().UTC(), Source: harrier.Source{Name: f.source, Reliability: f.reliability}}
	if f.now != "" {
		if subject.Now, err = time.Parse(time.RFC3339, f.now); err != nil {
			return usagef("--now %q is not a time such as 2026-01-31T12:00:00Z", f.now)
		}
	}
	text, err := s.readAll(f.file, maxFinding)
	if err != nil {
		return err
	}
	if err := readFinding(f.file, text, &subject); err != nil {
		return err
	}
	if f.context != "" {
		if text, err = s.readAll(f.context, maxFinding); err != nil {
			return err
		}
		if err := readStrict(f.context, text, &subject.Picture); err != nil {
			return err
		}
	}
	fillPicture(&subject)
	d, err := rules.Judge(cmd.Context(), subject)
	if err != nil {
		return err
	}
	return s.printDecision(f.file, subject.Finding.Title, d)
}

// fillPicture puts into a picture what the finding is about, where it says
// nothing: nobody was asked, so nothing is known.
func fillPicture(s *judge.Subject) {
	if len(s.Picture.Entities) == 0 {
		for _, e := range s.Finding.Entities {
			s.Picture.Entities = append(s.Picture.Entities, picture.Entity{Entity: e})
		}
	}
	if len(s.Picture.Observables) == 0 {
		for _, o := range s.Finding.Observables {
			s.Picture.Observables = append(s.Picture.Observables, picture.Observable{Observable: o, Verdict: "unknown"})
		}
	}
}

// readFinding reads a finding, or an alert as the API shows it, with what was known.
func readFinding(name string, text []byte, into *judge.Subject) error {
	var whole struct {
		Finding json.RawMessage `json:"finding"`
		Context json.RawMessage `json:"context"`
	}
	if json.Unmarshal(text, &whole) != nil || len(whole.Finding) == 0 {
		return readStrict(name, text, &into.Finding)
	}
	if err := readStrict(name, whole.Finding, &into.Finding); err != nil {
		return err
	}
	if len(whole.Context) > 0 {
		return readStrict(name, whole.Context, &into.Picture)
	}
	return nil
}

// readStrict reads JSON that must fit.
func readStrict(name string, text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return harrier.Errorf(harrier.Invalid, "%s cannot be read: %w; see harrier alerts get ALERT -o json for the names", name, err)
	}
	return nil
}

// printDecision prints a decision with its proof.
func (s *shell) printDecision(name, title string, d picture.Decision) error {
	out, err := object(d)
	if err != nil {
		return err
	}
	out.names, out.head = []string{name}, []string{"STAGE", "RULE", "WEIGHT", "SAYS", "WITHOUT"}
	for _, l := range d.Proof {
		out.rows = append(out.rows, []string{l.Stage, l.Rule, fmt.Sprint(l.Weight), l.Says, l.Without})
	}
	out.text = func(w io.Writer, p paint) { decisionText(page{w, p, s.width()}, title, d) }
	return s.print(out)
}

// width is how wide text may be.
func (s *shell) width() int {
	const most, least = 100, 40
	if s.cfg.Streams.Width <= 0 {
		return 80
	}
	return max(least, min(s.cfg.Streams.Width, most))
}
