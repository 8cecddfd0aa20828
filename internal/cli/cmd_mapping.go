package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/spf13/cobra"
)

func mappingCommand(s *shell) *cobra.Command {
	return holder("mapping", "List mappings, and test what they make of events", []string{"mappings"}, mappingList(s), mappingTest(s))
}

// mappingsFlag names the directory of one's own mappings.
func mappingsFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "mappings", "", "a directory with *.mapping.yaml of your own (default: mappings in the data directory)")
}

// mappings loads those that ship and one's own over them; what is wrong is printed.
func (s *shell) mappings(dir string) (*mapping.Set, error) {
	if dir == "" {
		data, err := s.dir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(data, "mappings")
	} else if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, harrier.Errorf(harrier.NotFound, "there is no directory %s", dir)
	}
	set, problems := mapping.Load(content.FS, os.DirFS(dir))
	if len(problems) > 0 {
		return nil, s.printProblems(problems, 1)
	}
	return set, nil
}

func mappingList(s *shell) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "list", Short: "List the mappings in force", Args: cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			set, err := s.mappings(dir)
			if err != nil || set == nil {
				return err
			}
			type item struct {
				Name    string `json:"name"`
				Title   string `json:"title"`
				Vendor  string `json:"vendor,omitempty"`
				Product string `json:"product,omitempty"`
				Docs    string `json:"docs,omitempty"`
				File    string `json:"file"`
			}
			var items []item
			head := []string{"NAME", "TITLE", "VENDOR", "PRODUCT", "FILE"}
			out := result{head: head}
			for _, m := range set.List() {
				items = append(items, item{m.Name, m.Title, m.Vendor, m.Product, m.Docs, m.File})
				out.names = append(out.names, m.Name)
				out.rows = append(out.rows, []string{m.Name, m.Title, m.Vendor, m.Product, m.File})
			}
			encoded, err := object(map[string]any{"items": items})
			if err != nil {
				return err
			}
			out.raw = encoded.raw
			return s.print(out)
		},
	}
	mappingsFlag(cmd, &dir)
	return cmd
}

func mappingTest(s *shell) *cobra.Command {
	var dir, name, zone string
	var ocsf bool
	cmd := &cobra.Command{
		Use: "test [FILE|DIR]...", Short: "Show what events become, or hold samples against their goldens",
		Long: "Of a FILE, show what the events in it become, and which fields no mapping knows; - is the standard input. Of a DIR, map every\n" +
			"NAME.sample.* by the mapping that its folder is named after and hold it against NAME.golden.json beside it; mappings in it count.\n" +
			"Without either, test what ships. The exit code is 6 where a sample becomes something else.",
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := s.mappings(dir)
			if err != nil || set == nil {
				return err
			}
			if len(args) == 0 {
				return s.testSamples(cmd.Context(), set, content.FS)
			}
			source := harrier.Source{Mapping: name, TimeZone: zone}
			for _, arg := range args {
				if err := s.testMapping(cmd.Context(), set, mappingSubject{arg, source, ocsf}); err != nil {
					return err
				}
			}
			return nil
		},
	}
	mappingsFlag(cmd, &dir)
	cmd.Flags().StringVar(&name, "mapping", mapping.Auto, "the mapping to use for a FILE")
	cmd.Flags().StringVar(&zone, "time-zone", "", "the time zone of times without one, such as Europe/Berlin")
	cmd.Flags().BoolVar(&ocsf, "ocsf", false, "show findings as OCSF Detection Findings")
	return cmd
}

// mappingSubject is a file or directory to test, and how.
type mappingSubject struct {
	path   string
	source harrier.Source
	ocsf   bool
}

// testMapping tests the samples of a directory, or shows what a file becomes.
func (s *shell) testMapping(ctx context.Context, set *mapping.Set, m mappingSubject) error {
	if info, err := os.Stat(m.path); m.path != "-" && err == nil && info.IsDir() {
		own := os.DirFS(m.path)
		with, problems := mapping.Load(content.FS, own)
		if len(problems) > 0 {
			return s.printProblems(problems, 1)
		}
		return s.testSamples(ctx, with, own)
	}
	body, err := s.readAll(m.path, mapping.MaxBytes)
	if err != nil {
		return err
	}
	ev := harrier.RawEvent{Body: body, Received: s.cfg.Now()}
	findings, err := set.Map(ctx, m.source, ev)
	if err != nil {
		return err
	}
	if m.ocsf {
		return s.printOCSF(findings, ev)
	}
	return s.printFindings(findings, set.Detect(ev))
}

// printOCSF prints findings in the terms of OCSF, one after the other.
func (s *shell) printOCSF(findings []harrier.Finding, ev harrier.RawEvent) error {
	list := make([]any, len(findings))
	for i, f := range findings {
		list[i] = mapping.OCSF(f, ev.Received)
	}
	return s.printDocument(list)
}

// printDocument prints a document in the terms of somebody else, as JSON in any form of output.
func (s *shell) printDocument(v any) error {
	out, err := object(v)
	if err != nil {
		return err
	}
	out.text = func(w io.Writer, _ paint) {
		var b bytes.Buffer
		if err := json.Indent(&b, out.raw, "", "  "); err == nil {
			fmt.Fprintln(w, b.String())
		}
	}
	return s.print(out)
}

// printFindings prints what an event became.
func (s *shell) printFindings(findings []harrier.Finding, detected string) error {
	out, err := object(map[string]any{"mapping": detected, "findings": findings})
	if err != nil {
		return err
	}
	out.head = []string{"ID", "SEVERITY", "TIME", "TITLE"}
	for _, f := range findings {
		out.names = append(out.names, f.ExternalID)
		out.rows = append(out.rows, []string{f.ExternalID, f.Severity, stamp(f.Time), f.Title})
	}
	out.text = func(w io.Writer, p paint) {
		if len(findings) == 0 {
			fmt.Fprintln(w, "It holds no alert.")
		}
		for _, f := range findings {
			findingText(w, p, f)
		}
		if detected != "" {
			fmt.Fprintf(w, "recognised as %s\n", detected)
		}
	}
	return s.print(out)
}

// findingText prints a finding for people.
func findingText(w io.Writer, p paint, f harrier.Finding) {
	fmt.Fprintln(w, p.bold(clean(f.Title)))
	facts(w, p, [][2]string{
		{"severity", f.Severity}, {"status", strings.TrimSpace(f.Status + " " + f.Disposition)}, {"category", clean(f.Category)}, {"happened", stamp(f.Time)},
		{"changed", stamp(f.Version)}, {"source id", clean(f.ExternalID)}, {"rule", clean(strings.TrimSpace(f.Rule.ID + " " + f.Rule.Name))},
		{"tactics", strings.Join(f.Tactics, " ")}, {"techniques", strings.Join(f.Techniques, " ")}, {"link", clean(f.Link)},
	})
	for _, e := range f.Entities {
		fmt.Fprintf(w, "  %-10s %s  %s\n", e.Type, clean(e.Key), e.Role)
	}
	for _, o := range f.Observables {
		fmt.Fprintf(w, "  %-10s %s  %s\n", o.Type, clean(short(o.Value, 120)), strings.TrimSpace(o.Role+" "+o.Where))
	}
	if len(f.Unmapped) > 0 {
		fmt.Fprintf(w, "  no mapping knows: %s\n", clean(strings.Join(f.Unmapped, ", ")))
	}
}

// testSamples holds samples against their goldens.
func (s *shell) testSamples(ctx context.Context, set *mapping.Set, tree fs.FS) error {
	samples, err := set.Samples(ctx, tree)
	if err != nil {
		return err
	}
	if len(samples) == 0 {
		return harrier.Errorf(harrier.NotFound, "there are no samples; put NAME.sample.json into a folder named after the mapping")
	}
	failed := 0
	type item struct {
		File    string `json:"file"`
		Passed  bool   `json:"passed"`
		Problem string `json:"problem,omitempty"`
	}
	var items []item
	out := result{head: []string{"SAMPLE", "PASSED", "PROBLEM"}}
	for _, one := range samples {
		problem := one.Problem()
		if problem != "" {
			failed++
		}
		items = append(items, item{one.File, problem == "", problem})
		out.names = append(out.names, one.File)
		out.rows = append(out.rows, []string{one.File, fmt.Sprint(problem == ""), problem})
	}
	encoded, err := object(map[string]any{"ok": failed == 0, "items": items})
	if err != nil {
		return err
	}
	out.raw = encoded.raw
	out.text = func(w io.Writer, p paint) {
		for _, i := range items {
			if !i.Passed {
				fmt.Fprintf(w, "%s  %s\n", p.bold(clean(i.File)), i.Problem)
			}
		}
		fmt.Fprintf(w, "%d samples, %d failed\n", len(items), failed)
	}
	if err := s.print(out); err != nil || failed == 0 {
		return err
	}
	return found()
}
