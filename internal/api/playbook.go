package api

import (
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/playbook"
)

// Playbook is a playbook that is in force.
type Playbook struct {
	ID            string   `json:"id"`
	Title         string   `json:"title,omitempty"`
	Description   string   `json:"description,omitempty"`
	Owner         string   `json:"owner,omitempty"`
	Tags          []string `json:"tags,omitempty"`
	Hash          string   `json:"hash"`
	ManualMinutes float64  `json:"manual_minutes,omitempty" doc:"What the same work takes by hand."`
	Origin        string   `json:"origin,omitempty" doc:"Where it came from: built in, or a file of the data directory."`
}

// PlaybookDetail is a playbook with its source and what it may do.
type PlaybookDetail struct {
	Playbook
	Source      string               `json:"source"`
	Inputs      []FormField          `json:"inputs"`
	Explanation playbook.Explanation `json:"explanation" doc:"What it may do to the world, and when."`
}

// CheckPlaybook is a playbook to check.
type CheckPlaybook struct {
	Name   string `json:"name,omitempty" maxLength:"500" doc:"The name of the file, for messages."`
	Source string `json:"source" minLength:"1" maxLength:"1048576"`
}

// PlaybookCheck is what a check found.
type PlaybookCheck struct {
	// OK tells that no problem is more than a warning.
	OK          bool                  `json:"ok"`
	Problems    []SourceProblem       `json:"problems"`
	Explanation *playbook.Explanation `json:"explanation,omitempty" doc:"What it may do to the world; only where it is ok."`
}

// SourceProblem is one thing that is wrong in a file.
type SourceProblem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Fix     string `json:"fix"`
	Text    string `json:"text" doc:"As a terminal shows it, with a caret under the place."`
	Warning bool   `json:"warning,omitempty"`
}

// PlaybookOf is a plan as the API shows it.
func PlaybookOf(p *playbook.Plan, origin string) Playbook {
	return Playbook{
		ID: p.ID, Title: p.Title, Description: p.Description, Owner: p.Owner, Tags: p.Tags, Hash: p.Hash,
		ManualMinutes: p.ManualMinutes, Origin: origin,
	}
}

// PlaybookDetailOf is a plan with its source as the API shows it.
func PlaybookDetailOf(p *playbook.Plan, source []byte, origin string) PlaybookDetail {
	return PlaybookDetail{
		Playbook: PlaybookOf(p, origin), Source: string(source), Inputs: FormFieldsOf(p.Inputs), Explanation: playbook.Explain(p),
	}
}

// PlaybookCheckOf is the result of a compilation as the API shows it; p is nil
// where there were errors.
func PlaybookCheckOf(p *playbook.Plan, problems document.Problems) PlaybookCheck {
	c := PlaybookCheck{OK: p != nil, Problems: sourceProblems(problems)}
	if p != nil {
		e := playbook.Explain(p)
		c.Explanation = &e
	}
	return c
}
