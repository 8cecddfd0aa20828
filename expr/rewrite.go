package expr

import (
	"fmt"
	"strings"
)

// rewritten is an expression in plain CEL that knows where every character
// came from.
type rewritten struct {
	text string
	// from holds, for every character of text, its offset in the original; nil
	// where nothing moved.
	from   []int
	length int
	issues []Issue
}

// rewrite turns duration literals and the word not into CEL.
func rewrite(text string) rewritten {
	src := []rune(text)
	r := rewritten{text: text, length: len(src)}
	tokens := scan(src)
	w := writer{src: src}
	for i, t := range tokens {
		switch {
		case t.kind == span:
			d, err := ParseDuration(t.text)
			if err != nil {
				r.issues = append(r.issues, Issue{Offset: t.start, Width: t.end - t.start, Message: err.Error(), Fix: "write a shorter duration, such as 30d"})
				continue
			}
			w.replace(t, fmt.Sprintf(`duration("%dms")`, d.Milliseconds()))
		case isNot(tokens, i):
			w.replace(t, "!  ")
			if issue, ok := negatedComparison(src, tokens, i); ok {
				r.issues = append(r.issues, issue)
			}
		}
	}
	if w.changed {
		w.copy(len(src))
		r.text, r.from = w.out.String(), w.from
	}
	return r
}

// original returns the offset in the original of an offset in the rewritten text.
func (r rewritten) original(offset int) int {
	switch {
	case offset < 0:
		return 0
	case r.from == nil:
		return min(offset, r.length)
	case offset < len(r.from):
		return r.from[offset]
	}
	return r.length
}

// writer copies a text with replacements and notes where characters came from.
type writer struct {
	src     []rune
	out     strings.Builder
	from    []int
	done    int
	changed bool
}

// copy copies the source up to an offset.
func (w *writer) copy(end int) {
	for ; w.done < end; w.done++ {
		w.out.WriteRune(w.src[w.done])
		w.from = append(w.from, w.done)
	}
}

// replace writes text instead of a token.
func (w *writer) replace(t lexeme, text string) {
	w.changed = true
	w.copy(t.start)
	w.out.WriteString(text)
	for range len(text) {
		w.from = append(w.from, t.start)
	}
	w.done = t.end
}

// isNot reports whether token i is the word not, used as an operator.
func isNot(tokens []lexeme, i int) bool {
	if tokens[i].kind != word || tokens[i].text != "not" || i+1 >= len(tokens) {
		return false
	}
	if i > 0 && (tokens[i-1].text == "." || tokens[i-1].text == ".?") {
		return false
	}
	next := tokens[i+1]
	return next.kind != mark || next.text == "(" || next.text == "[" || next.text == "!" || next.text == "{"
}

// negatedComparison finds not a == b, which CEL would read as (not a) == b.
func negatedComparison(src []rune, tokens []lexeme, i int) (Issue, bool) {
	end := operand(tokens, i+1)
	if end >= len(tokens) {
		return Issue{}, false
	}
	op := tokens[end]
	switch op.text {
	case "==", "!=", "<", "<=", ">", ">=", "in":
	default:
		return Issue{}, false
	}
	last := operand(tokens, end+1)
	if last <= end+1 {
		return Issue{}, false
	}
	whole := string(src[tokens[i+1].start:tokens[last-1].end])
	return Issue{
		covers: true,
		Offset: tokens[i].start, Width: tokens[last-1].end - tokens[i].start,
		Message: fmt.Sprintf("not applies to %s only, before %s is looked at", string(src[tokens[i+1].start:tokens[end-1].end]), op.text),
		Fix:     fmt.Sprintf("write not (%s)", whole),
	}, true
}

// operand returns the index behind the operand that starts at token i: a
// value with its selectors, indexes and calls.
func operand(tokens []lexeme, i int) int {
	for i < len(tokens) && (tokens[i].text == "!" || tokens[i].text == "-" || tokens[i].kind == word && tokens[i].text == "not") {
		i++
	}
	if i >= len(tokens) {
		return i
	}
	if tokens[i].kind == mark && !opens(tokens[i].text) {
		return i
	}
	i = group(tokens, i)
	for i < len(tokens) {
		switch tokens[i].text {
		case ".", ".?":
			i = min(i+2, len(tokens))
		case "(", "[", "[?":
			i = group(tokens, i)
		default:
			return i
		}
	}
	return i
}

// group returns the index behind token i, or behind the bracket it opens.
func group(tokens []lexeme, i int) int {
	depth := 0
	for ; i < len(tokens); i++ {
		if tokens[i].kind == mark {
			switch {
			case opens(tokens[i].text):
				depth++
			case tokens[i].text == ")" || tokens[i].text == "]" || tokens[i].text == "}":
				depth--
			}
		}
		if depth <= 0 {
			return i + 1
		}
	}
	return i
}

func opens(text string) bool { return text == "(" || text == "[" || text == "{" || text == "[?" }
