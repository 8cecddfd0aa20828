package document

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

// Reading is a file while its values are read, with all that is found wrong with
// them. It is for one goroutine.
type Reading struct {
	File     *File
	Problems Problems
}

// Keyed are what reads the values of a map, by key.
type Keyed map[string]func(*Node)

// Read parses a file of which the values are to be read. Nothing is to be read
// where its root is nil.
func Read(name string, source []byte) *Reading {
	file, problems := Parse(name, source)
	return &Reading{File: file, Problems: problems}
}

// Say notes what is wrong with a value, and how to mend it.
func (r *Reading) Say(n *Node, code, message, fix string) {
	text, _, _ := strings.Cut(n.Text, "\n")
	r.note(n.Pos, text, Problem{Code: code, Message: message, Fix: fix})
}

// Keys reads the values of a map and notes keys that nobody reads. What names
// the map for people.
func (r *Reading) Keys(n *Node, what string, known Keyed) {
	if n.Kind != Map {
		r.Say(n, "wrong-kind", what+" must have keys and values", "write key: value")
		return
	}
	names := slices.Sorted(maps.Keys(known))
	for _, e := range n.Entries {
		if read := known[e.Key]; read != nil {
			read(e.Value)
			continue
		}
		fix := "use one of " + strings.Join(names, ", ")
		if near := harrier.Suggest(e.Key, names); near != "" {
			fix = "did you mean " + near + "?"
		}
		r.note(e.KeyPos, e.Key, Problem{Code: "unknown-key", Message: what + " has no key " + e.Key, Fix: fix})
	}
}

// Format reads the key harrier, which says the format of a file.
func (r *Reading) Format(n *Node) {
	if n.Text != "1" {
		r.Say(n, "version", "this version of Harrier reads format 1", "write harrier: 1")
	}
}

// note notes a problem with a text of a line.
func (r *Reading) note(at Pos, text string, p Problem) {
	r.Problems = append(r.Problems, r.File.Problem(at, utf8.RuneCountInString(text), p.Code, p.Message, p.Fix))
}
