package judge

import (
	"context"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Result is what came of a test case.
type Result struct {
	File     string           `json:"file"`
	Line     int              `json:"line"`
	Name     string           `json:"name"`
	Wrong    []string         `json:"wrong,omitempty"`
	Decision picture.Decision `json:"decision"`
}

// Report is what came of tests.
type Report struct {
	Results []Result `json:"results"`
	// Never are rules that held in no case, by id, in their order.
	Never  []string `json:"never,omitempty"`
	Rules  int      `json:"rules"`
	Failed int      `json:"failed"`
}

// Run judges every case.
func (t *Tests) Run(ctx context.Context, rules *Rules) (Report, error) {
	out := Report{Rules: len(rules.rules)}
	held := map[string]bool{}
	for _, c := range t.cases {
		d, err := rules.Judge(ctx, c.subject)
		if err != nil {
			return out, err
		}
		for _, l := range d.Proof {
			held[l.Rule] = true
		}
		one := Result{File: c.file, Line: c.line, Name: c.name, Wrong: c.expect.check(d), Decision: d}
		if len(one.Wrong) > 0 {
			out.Failed++
		}
		out.Results = append(out.Results, one)
	}
	for i := range rules.rules {
		if id := rules.rules[i].id; !held[id] {
			out.Never = append(out.Never, id)
		}
	}
	return out, nil
}

// unreadable is a problem that has no place in a file.
func unreadable(name, message string) document.Problem {
	return document.Problem{
		File: name, Pos: document.Pos{Line: 1, Column: 1}, Width: 1, Code: "unreadable", Message: message,
		Fix: "see that the files are there and may be read, and remove those that are not needed",
	}
}
