package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/rehearsal"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/spf13/cobra"
)

// testCommand is harrier playbook test.
func testCommand(s *shell) *cobra.Command {
	var extra []string
	cmd := &cobra.Command{
		Use: "test FILE|DIR...", Short: "Run the tests beside playbooks", Args: cobra.MinimumNArgs(1),
		Long: "Run the tests beside playbooks, offline: for NAME.playbook.yaml those in NAME.test.yaml. Nothing is called; the tests say what\nis answered. The exit code is 6 where a test failed.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cat, err := catalog(extra)
			if err != nil {
				return err
			}
			files, err := testFiles(args)
			if err != nil {
				return err
			}
			reports := make([]testReport, 0, len(files))
			for _, file := range files {
				r, err := s.testOne(cmd.Context(), file, cat)
				if err != nil {
					return err
				}
				reports = append(reports, r)
			}
			return s.printTests(reports)
		},
	}
	connectorsFlag(cmd, &extra)
	return cmd
}

const (
	playbookSuffix = ".playbook.yaml"
	testSuffix     = ".test.yaml"
)

// testFiles finds the playbooks that have tests beside them.
func testFiles(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			return nil, harrier.Errorf(harrier.NotFound, "there is no file %s", arg)
		case !info.IsDir():
			files = append(files, strings.TrimSuffix(strings.TrimSuffix(arg, testSuffix), playbookSuffix))
			continue
		}
		err = filepath.WalkDir(arg, func(name string, _ fs.DirEntry, err error) error {
			if base, ok := strings.CutSuffix(name, testSuffix); ok && err == nil {
				files = append(files, base)
			}
			return err
		})
		if err != nil {
			return nil, harrier.Errorf(harrier.Unavailable, "cannot read %s: %w", arg, err)
		}
	}
	if len(files) == 0 {
		return nil, harrier.Errorf(harrier.NotFound, "there are no tests in %s; put NAME%s beside NAME%s", strings.Join(args, ", "), testSuffix, playbookSuffix)
	}
	return files, nil
}

// testReport is how the tests of a playbook went.
type testReport struct {
	Playbook string     `json:"playbook"`
	OK       bool       `json:"ok"`
	Cases    []testCase `json:"cases"`
	// Ways is how many ways the steps can go on, Taken how many of them the tests took.
	Ways    int      `json:"ways"`
	Taken   int      `json:"taken"`
	Untaken []string `json:"untaken,omitempty"`
}

type testCase struct {
	Name     string   `json:"name"`
	OK       bool     `json:"ok"`
	Failures []string `json:"failures,omitempty"`
}

// testOne runs the tests of one playbook. Its own problems are those of a lint.
func (s *shell) testOne(ctx context.Context, base string, cat playbook.Catalog) (testReport, error) {
	file, beside := base+playbookSuffix, base+testSuffix
	source, err := s.readAll(file, maxPlaybook+1)
	if err != nil {
		return testReport{}, err
	}
	testSource, err := s.readAll(beside, maxPlaybook+1)
	if err != nil {
		return testReport{}, err
	}
	plan, problems := playbook.Compile(file, source, cat)
	tests, wrong := playbook.ParseTest(beside, testSource)
	problems = append(problems, wrong...)
	if plan != nil && tests != nil {
		problems = append(problems, tests.Check(plan)...)
	}
	if problems.Err() != nil {
		return testReport{}, s.printProblems(problems, 2)
	}
	think, err := app.Thinkers()
	if err != nil {
		return testReport{}, err
	}
	r := rehearsal.Run(ctx, plan, tests, rehearsal.World{Now: s.cfg.Now, Think: think})
	out := testReport{Playbook: r.Playbook, OK: r.OK(), Cases: make([]testCase, len(r.Cases)), Ways: r.Ways, Taken: r.Taken, Untaken: r.Untaken}
	for i, c := range r.Cases {
		out.Cases[i] = testCase{c.Name, c.OK, c.Failures}
	}
	return out, nil
}

// printTests prints how tests went.
func (s *shell) printTests(reports []testReport) error {
	out, err := object(map[string]any{"playbooks": reports})
	if err != nil {
		return err
	}
	failed, total := 0, 0
	out.head = []string{"PLAYBOOK", "TEST", "RESULT"}
	for _, r := range reports {
		for _, c := range r.Cases {
			total++
			word := "ok"
			if !c.OK {
				word = "failed"
				failed++
			}
			out.rows, out.names = append(out.rows, []string{r.Playbook, c.Name, word}), append(out.names, r.Playbook+": "+c.Name)
		}
	}
	out.text = func(w io.Writer, p paint) {
		for _, r := range reports {
			testText(w, p, r)
		}
	}
	if err := s.print(out); err != nil {
		return err
	}
	if failed > 0 {
		s.note("%d of %s failed", failed, plural(total, "test"))
		return found()
	}
	return nil
}

func testText(w io.Writer, p paint, r testReport) {
	for _, c := range r.Cases {
		status := "ok"
		if !c.OK {
			status = "failed"
		}
		fmt.Fprintf(w, "%s %s: %s\n", p.glyph(status), clean(r.Playbook), clean(c.Name))
		for _, f := range c.Failures {
			fmt.Fprintln(w, indent(clean(f), "    "))
		}
	}
	if r.Ways > 0 {
		fmt.Fprintf(w, "  %d of %s taken (%d %%)\n", r.Taken, plural(r.Ways, "way"), 100*r.Taken/r.Ways)
	}
	for _, way := range r.Untaken {
		fmt.Fprintln(w, p.dim("  not taken: "+clean(way)))
	}
}
