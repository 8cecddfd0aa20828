package document

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// level is a block that is open: where it is indented, whether it is a list,
// and how many entries it has so far.
type level struct {
	column  int
	list    bool
	entries int
}

// shallow reports whether the tokens nest no deeper than [MaxDepth] and no map
// has more than [MaxKeys] keys. It looks at tokens because the parser calls
// itself for every level and for every key.
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
			open = push(open, level{column: t.Position.Column, list: true})
		case token.MappingValueType, token.MappingKeyType:
			if flow == 0 && i > 0 {
				open = push(open, level{column: r.tokens[i-1].Position.Column})
			}
		case token.TagType, token.AnchorType:
			// These nest in the parser too; a chain of them is one value.
			if i > 0 && r.tokens[i-1].Type == t.Type {
				flow++
			}
		}
		if len(open)+flow > MaxDepth {
			r.report(r.place(t), 1, trap{"too-deep", fmt.Sprintf("maps and lists nest deeper than %d levels", MaxDepth), "move the inner part to a sub-playbook"})
			return false
		}
		if n := len(open); n > 0 && !open[n-1].list && open[n-1].entries > MaxKeys {
			r.report(r.place(t), 1, trap{"too-many", fmt.Sprintf("a map holds more than %d keys", MaxKeys), "write a list instead, or split the map"})
			return false
		}
	}
	return true
}

// push closes the blocks that l ends and opens it, or counts its entry.
func push(open []level, l level) []level {
	for len(open) > 0 {
		top := open[len(open)-1]
		if top.column == l.column && top.list == l.list {
			open[len(open)-1].entries++
			return open
		}
		if top.column < l.column || top.column == l.column && l.list && !top.list {
			break
		}
		open = open[:len(open)-1]
	}
	return append(open, l)
}
