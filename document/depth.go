package document

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// level is a block that is open: where it is indented, and whether it is a list.
type level struct {
	column int
	list   bool
}

// shallow reports whether the tokens nest no deeper than [MaxDepth]. It looks
// at tokens because the parser calls itself for every level.
func (r *reader) shallow() bool {
	var open []level
	flow := 0
	for i, t := range r.tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(0, flow-1)
		case token.SequenceEntryType:
			open = push(open, level{t.Position.Column, true})
		case token.MappingValueType, token.MappingKeyType:
			if flow == 0 && i > 0 {
				open = push(open, level{r.tokens[i-1].Position.Column, false})
			}
		case token.TagType, token.AnchorType:
			// These nest in the parser too; a chain of them is one value.
			if i > 0 && r.tokens[i-1].Type == t.Type {
				flow++
			}
		}
		if len(open)+flow > MaxDepth {
			r.report(r.place(t), 1, "too-deep", fmt.Sprintf("maps and lists nest deeper than %d levels", MaxDepth), "move the inner part to a sub-playbook")
			return false
		}
	}
	return true
}

// push closes the blocks that l ends and opens it.
func push(open []level, l level) []level {
	for len(open) > 0 {
		top := open[len(open)-1]
		if top.column < l.column || top.column == l.column && l.list && !top.list {
			break
		}
		open = open[:len(open)-1]
	}
	return append(open, l)
}
