// Package document reads the YAML files that people write for Harrier into a
// tree that knows where everything stands, and reports problems with file,
// line, column, a caret under the place and a fix.
//
// It accepts a strict subset of YAML 1.2: YAML's traps (tags, anchors, aliases,
// merge keys, null values, comments that cut an expression, octal-looking
// scalars, flow style around an expression) are problems, not surprises.
package document

import (
	"fmt"
	"strings"
)

// Kind is the kind of a node.
type Kind int

// The kinds of nodes.
const (
	Map Kind = iota + 1
	List
	String
	Int
	Float
	Bool
	Null
)

// Pos is a place in a file. Line and Column count from 1, columns in characters.
type Pos struct{ Line, Column int }

// Node is a value in a document.
type Node struct {
	Kind Kind
	Pos  Pos
	// Text is a scalar's value: unquoted, unescaped, block scalars joined.
	Text string
	// Quoted tells that a scalar was written in quotes or as a block.
	Quoted bool
	// Entries are those of a map, in order; keys are unique.
	Entries []Entry
	// Items are those of a list.
	Items []*Node
}

// Entry is a key of a map and its value.
type Entry struct {
	Key    string
	KeyPos Pos
	Value  *Node
}

// File is a document that was read.
type File struct {
	Name   string
	Source []byte
	Root   *Node
}

// Get returns the value of a key of a map, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for _, e := range n.Entries {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// Problem is one thing that is wrong, where, and how to fix it.
type Problem struct {
	File string
	Pos  Pos
	// Width is how many characters the caret underlines, at least 1.
	Width int
	// Code names the rule, such as unknown-key; tests and editors use it.
	Code    string
	Message string
	// Fix says what to write instead; it is never empty.
	Fix string
	// Line is the text of the line that Pos is on.
	Line string
	// Warning problems do not stop the file from being used.
	Warning bool
}

// String returns the problem as a terminal shows it, over several lines.
func (p Problem) String() string {
	level := "error"
	if p.Warning {
		level = "warning"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s: %s [%s]\n", p.File, p.Pos.Line, p.Pos.Column, level, p.Message, p.Code)
	if p.Line != "" {
		fmt.Fprintf(&b, "  %s\n  %s%s\n", p.Line, pad(p.Line, p.Pos.Column-1), strings.Repeat("^", max(1, p.Width)))
	}
	fmt.Fprintf(&b, "  fix: %s", p.Fix)
	return b.String()
}

// pad returns white space as wide as the first n characters of line, tabs kept.
func pad(line string, n int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i >= n {
			break
		}
		if r == '\t' {
			b.WriteRune('\t')
			continue
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// Problems are all the things wrong with some files, in order of place.
type Problems []Problem

// Error returns every problem, one after the other.
func (p Problems) Error() string {
	parts := make([]string, len(p))
	for i, one := range p {
		parts[i] = one.String()
	}
	return strings.Join(parts, "\n")
}

// Err returns the problems as an error, or nil where none of them is more than a warning.
func (p Problems) Err() error {
	for _, one := range p {
		if !one.Warning {
			return p
		}
	}
	return nil
}
