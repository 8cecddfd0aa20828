package api

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/change"
)

// Change is a change of playbooks, rules and the like.
type Change struct {
	ID          harrier.ChangeID `json:"id"`
	Title       string           `json:"title"`
	Origin      change.Origin    `json:"origin" enum:"written,import,rollback,upgrade"`
	State       change.State     `json:"state" enum:"draft,submitted,live,rejected"`
	Author      string           `json:"author"`
	CreatedAt   time.Time        `json:"created_at"`
	SubmittedAt time.Time        `json:"submitted_at,omitzero"`
	Reviewer    string           `json:"reviewer,omitempty"`
	ReviewedAt  time.Time        `json:"reviewed_at,omitzero"`
	Comment     string           `json:"comment,omitempty"`
	Alone       bool             `json:"alone,omitempty" doc:"It was approved by somebody who had a hand in it, because nobody else could."`
	Version     int64            `json:"version,omitempty" doc:"Its number in the history; absent until it is live."`
	Digest      string           `json:"digest" doc:"Of its files; an approval names it."`
	Rev         int64            `json:"rev"`
}

// ChangeDetail is a change with its files and what is known of them.
type ChangeDetail struct {
	Change
	OK       bool            `json:"ok" doc:"Nothing keeps it from coming into force but a review."`
	Files    []ChangeFile    `json:"files"`
	Problems []SourceProblem `json:"problems"`
	Tests    []change.Test   `json:"tests"`
	Stale    []string        `json:"stale,omitempty" doc:"Files that somebody else changed meanwhile."`
	Reach    change.Reach    `json:"reach" doc:"What it newly reaches: what nothing of the same name could do before."`

	Differences []change.Difference `json:"differences" doc:"What it makes otherwise, without what only looks otherwise."`
	Diff        string              `json:"diff" doc:"The same line by line, as a unified diff."`
}

// ChangeFile is one file of a change.
type ChangeFile struct {
	Path   string `json:"path" minLength:"1" maxLength:"200" doc:"Such as playbooks/NAME.playbook.yaml."`
	Text   string `json:"text,omitempty" maxLength:"1048576"`
	Remove bool   `json:"remove,omitempty" doc:"Take the file away instead."`
	Base   string `json:"base,omitempty" readOnly:"true" doc:"The SHA-256 of what was in force when the change was made."`
}

// ProposeChange is a change that somebody wants.
type ProposeChange struct {
	Title  string        `json:"title" minLength:"1" maxLength:"200" doc:"What it is for."`
	Origin change.Origin `json:"origin,omitempty" enum:"written,import" doc:"Import where it was made elsewhere."`
	Files  []ChangeFile  `json:"files" minItems:"1" maxItems:"500"`
}

// MoveChange submits a change, or decides on it.
type MoveChange struct {
	Verb    string `json:"-"`
	Digest  string `json:"digest,omitempty" maxLength:"80" doc:"The digest of the change as you looked at it."`
	Comment string `json:"comment,omitempty" maxLength:"2000"`
}

// RollBack names the version to undo.
type RollBack struct {
	Version int64 `json:"version" minimum:"1"`
}

// GitStatus is how the repository is.
type GitStatus struct {
	Path        string   `json:"path" doc:"Where the repository is on the server; clone it, and push branches to it."`
	Branch      string   `json:"branch" doc:"The branch that Harrier writes."`
	Key         string   `json:"key" doc:"The key that signs what is exported, for a file of allowed signers."`
	Fingerprint string   `json:"fingerprint"`
	Commit      string   `json:"commit,omitempty" doc:"The last commit that was exported."`
	Exported    int64    `json:"exported" doc:"The version of that commit."`
	Version     int64    `json:"version" doc:"The version in force."`
	Branches    []string `json:"branches" doc:"The branches that can be imported."`
}

// ImportGit names a branch to import.
type ImportGit struct {
	Branch string `json:"branch" minLength:"1" maxLength:"200"`
}

// ContentVersion is one version of a file.
type ContentVersion struct {
	Version int64            `json:"version"`
	Path    string           `json:"path"`
	Change  harrier.ChangeID `json:"change"`
	Digest  string           `json:"digest,omitempty" doc:"The SHA-256 of the file; absent where it was removed."`
	Removed bool             `json:"removed,omitempty"`
	At      time.Time        `json:"at"`
}

// ChangeOf is a change as the API shows it.
func ChangeOf(c change.Change) Change {
	return Change{
		ID: c.ID, Title: c.Title, Origin: c.Origin, State: c.State, Author: c.AuthorName, CreatedAt: c.CreatedAt, SubmittedAt: c.SubmittedAt,
		Reviewer: c.ReviewerName, ReviewedAt: c.ReviewedAt, Comment: c.Comment, Alone: c.Alone, Version: c.Version, Digest: c.Digest, Rev: c.Rev,
	}
}

// ChangeDetailOf is a change with what was found in it as the API shows it.
func ChangeDetailOf(c change.Change, f change.Findings) ChangeDetail {
	d := ChangeDetail{Change: ChangeOf(c), OK: f.Err() == nil, Problems: sourceProblems(f.Problems), Tests: some(f.Tests), Stale: f.Stale, Reach: f.Reach, Files: []ChangeFile{}}
	d.Differences, d.Diff = some(change.Semantic(c.Files)), change.Text(c.Files)
	for _, one := range c.Files {
		d.Files = append(d.Files, ChangeFile{Path: one.Path, Text: string(one.Text), Remove: one.Remove, Base: one.Base})
	}
	return d
}

// ContentVersionOf is a version as the API shows it.
func ContentVersionOf(v change.Version) ContentVersion {
	return ContentVersion{Version: v.Version, Path: v.Path, Change: v.Change, Digest: v.Digest, Removed: v.Removed(), At: v.At}
}

// Proposal is what is wanted, for the service.
func (in ProposeChange) Proposal() change.Proposal {
	p := change.Proposal{Title: in.Title, Origin: change.Written}
	if in.Origin != "" {
		p.Origin = in.Origin
	}
	for _, f := range in.Files {
		p.Files = append(p.Files, change.File{Path: f.Path, Text: []byte(f.Text), Remove: f.Remove})
	}
	return p
}

// sourceProblems are problems as the API shows them.
func sourceProblems(problems document.Problems) []SourceProblem {
	out := make([]SourceProblem, len(problems))
	for i, one := range problems {
		out[i] = SourceProblem{
			File: one.File, Line: one.Pos.Line, Column: one.Pos.Column, Code: one.Code, Message: one.Message, Fix: one.Fix,
			Text: one.String(), Warning: one.Warning,
		}
	}
	return out
}
