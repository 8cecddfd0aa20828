package document

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/token"
)

// firstDocument reports a second document and cuts the tokens before it.
func (r *reader) firstDocument(tokens token.Tokens) token.Tokens {
	content := false
	for i, t := range tokens {
		switch t.Type {
		case token.CommentType:
		case token.DocumentHeaderType, token.DocumentEndType:
			if !content && i == 0 && t.Type == token.DocumentHeaderType {
				continue
			}
			if next := following(tokens, i); next != nil {
				r.report(r.place(next), 1, trap{"several-documents", "a file holds one document, and another one starts here", "move it to a file of its own"})
			}
			return tokens[:i]
		default:
			content = true
		}
	}
	return tokens
}

// following returns the token after i that is not a comment.
func following(tokens token.Tokens, i int) *token.Token {
	for _, t := range tokens[i+1:] {
		if t.Type != token.CommentType {
			return t
		}
	}
	return nil
}

// checkTokens reports the traps that show in the tokens. It reports whether
// it masked some of them, so that the file should be read again.
func (r *reader) checkTokens() bool {
	masked, flow := 0, 0
	for i, t := range r.tokens {
		if r.full() {
			break
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(0, flow-1)
		}
		// What follows on a masked line is looked at when the file is read again.
		if t.Position.Line != masked && r.checkToken(i, flow) {
			masked = t.Position.Line
		}
	}
	return masked > 0
}

// checkToken reports the trap that a token shows and whether it was masked.
func (r *reader) checkToken(i, flow int) bool {
	t := r.tokens[i]
	switch t.Type {
	case token.MappingStartType:
		return r.flowExpression(i)
	case token.MappingEndType, token.SequenceEndType:
		return flow == 0 && r.textAfter(i, "text-after-bracket", "a value that begins with a bracket ends with it, and more text follows")
	case token.SingleQuoteType, token.DoubleQuoteType:
		return flow == 0 && r.textAfter(i, "text-after-quote", "a value that begins with a quote ends with it, and more text follows")
	case token.MappingValueType:
		return flow == 0 && r.secondColon(i)
	case token.CommentType:
		r.cut(i)
	case token.TagType:
		return r.tag(i, flow)
	case token.AnchorType, token.AliasType, token.MergeKeyType:
		r.reference(t)
	case token.MappingKeyType:
		r.report(r.place(t), 1, trap{"complex-key", "keys are plain text here, not values after a question mark", "write key: value"})
	case token.DirectiveType, token.InvalidType:
		return r.invalid(t)
	}
	return false
}

// flowExpression reports {{ inside flow style, which YAML reads as two maps.
func (r *reader) flowExpression(i int) bool {
	t := r.tokens[i]
	if t.Type != token.MappingStartType || i+1 >= len(r.tokens) || r.tokens[i+1].Type != token.MappingStartType {
		return false
	}
	pos, line := r.place(t), r.line(t.Position.Line)
	if !strings.HasPrefix(r.rest(pos), "{{") {
		return false
	}
	fix := "put the value in quotes, \"${{ … }}\", or write it on a line of its own"
	message := "YAML reads ${{ }} inside [ ] or { } as maps"
	if pos.Column > 1 && line[pos.Column-2] == '$' {
		pos.Column--
	} else {
		message = "YAML reads {{ }} as maps; expressions are written ${{ }}"
		fix = "write ${{ … }}, in quotes if it stands inside [ ] or { }"
	}
	text := r.rest(pos)
	if end := strings.Index(text, "}}"); end >= 0 {
		text = text[:end+2]
		fix = strings.ReplaceAll(fix, "${{ … }}", "${{ "+strings.TrimSpace(strings.Trim(text, "${}"))+" }}")
	}
	r.report(pos, len([]rune(text)), trap{"flow-expression", message, fix})
	return r.maskSpan(pos, text)
}

// textAfter reports text on the same line behind a closed quote or bracket.
func (r *reader) textAfter(i int, code, message string) bool {
	if i+1 >= len(r.tokens) {
		return false
	}
	t, next := r.tokens[i], r.tokens[i+1]
	if next.Position.Line != r.endLine(t) || !isScalar(next) {
		return false
	}
	start, ok := r.valueStart(t.Position.Line)
	if !ok || t.Position.Line != next.Position.Line {
		return false
	}
	r.report(start, r.width(start), trap{code, message, "put quotes around the whole value: " + quote(r.rest(start))})
	return r.maskValue(start)
}

// endLine returns the line on which a token ends.
func (r *reader) endLine(t *token.Token) int {
	return t.Position.Line + strings.Count(strings.Trim(t.Origin, " \n"), "\n")
}

// isScalar reports whether a token is a scalar's text.
func isScalar(t *token.Token) bool {
	switch t.Type {
	case token.StringType, token.SingleQuoteType, token.DoubleQuoteType, token.IntegerType, token.FloatType, token.BoolType,
		token.NullType, token.OctetIntegerType, token.HexIntegerType, token.BinaryIntegerType, token.InfinityType, token.NanType:
		return true
	}
	return false
}

// secondColon reports a colon inside a plain value, and a key that stands
// deeper than the one above although that has a value.
func (r *reader) secondColon(i int) bool {
	t := r.tokens[i]
	if i == 0 {
		return false
	}
	if key := r.tokens[i-1]; key.Type == token.StringType && key.Position.Line < t.Position.Line && i > 1 && r.tokens[i-2].Type == token.MappingValueType {
		pos := r.clamp(Pos{t.Position.Line, spacesOf(r.line(t.Position.Line)) + 1})
		r.report(pos, r.width(pos), trap{"indentation", "this key stands deeper than the one above, which already has a value",
			"give it the indentation of the key above, or remove that key's value"})
		return r.maskBlank(pos.Line)
	}
	first := -1
	for j := i - 1; j >= 0 && r.tokens[j].Position.Line == t.Position.Line; j-- {
		if r.tokens[j].Type == token.MappingValueType {
			first = j
		}
	}
	if first < 0 {
		return false
	}
	start, ok := r.valueStart(t.Position.Line)
	if !ok || start.Column > t.Position.Column {
		return false
	}
	r.report(start, r.width(start), trap{"colon-in-value", "a plain value cannot hold a colon followed by a blank: YAML reads it as a key",
		"put quotes around the value: " + quote(r.rest(start))})
	return r.maskValue(start)
}

// maskBlank blanks a line.
func (r *reader) maskBlank(line int) bool {
	for i := range r.line(line) {
		r.line(line)[i] = ' '
	}
	return true
}

// cut reports a comment that takes a part of the expression before it.
func (r *reader) cut(i int) {
	if i == 0 {
		return
	}
	t, before := r.tokens[i], r.tokens[i-1]
	if before.Type == token.MappingValueType && before.Position.Line == t.Position.Line && len(t.Value) > 0 && !unicode.IsSpace([]rune(t.Value)[0]) {
		next := following(r.tokens, i)
		if next == nil || next.Position.Line > t.Position.Line && next.Position.Column <= spacesOf(r.line(t.Position.Line))+1 {
			pos := r.place(t)
			r.report(pos, r.width(pos), trap{"comment-cuts", "the value begins with # and is read as a comment", "put quotes around it: " + quote(r.rest(pos))})
		}
		return
	}
	if before.Type != token.StringType || before.Position.Line != t.Position.Line || !unclosed(before.Value) {
		return
	}
	pos := r.place(before)
	r.report(pos, r.width(pos), trap{"comment-cuts", "the # starts a comment, which cuts this value inside a quote or bracket",
		"put quotes around the whole value: " + quote(closed(r.rest(pos)))})
}

// closed returns the shortest part of a text, cut before a comment, that does
// not end inside a quote or bracket.
func closed(text string) string {
	for i := range text {
		if strings.HasPrefix(text[i:], " #") && !unclosed(text[:i]) {
			return strings.TrimRight(text[:i], " \t")
		}
	}
	return text
}

// unclosed reports whether an expression ends inside a quote or bracket.
// Apostrophes inside words are none.
func unclosed(text string) bool {
	depth, in, before := 0, rune(0), ' '
	for _, c := range text {
		switch {
		case in != 0:
			if c == in && before != '\\' {
				in = 0
			}
		case c == '"', c == '\'' && !unicode.IsLetter(before):
			in = c
		case strings.ContainsRune("([{", c):
			depth++
		case strings.ContainsRune(")]}", c):
			depth--
		}
		before = c
	}
	return in != 0 || depth > 0
}

// tag reports a tag, which is mostly a negation that was not quoted, and masks
// it where it is followed by nothing that belongs to it or by a scalar.
func (r *reader) tag(i, flow int) bool {
	t := r.tokens[i]
	pos := r.place(t)
	rest := r.rest(pos)
	fix := "remove the tag, or put quotes around the value: " + quote(rest)
	if name, ok := strings.CutPrefix(rest, "!"); ok && !strings.HasPrefix(name, "!") {
		fix = fmt.Sprintf("write %s or not %s", quote(rest), name)
	}
	r.report(pos, width(rest), trap{"tag", "YAML reads a value that begins with ! as a tag", fix})
	next := following(r.tokens, i)
	start, ok := r.valueStart(pos.Line)
	if flow > 0 || !ok || start != pos {
		return false
	}
	if next != nil && next.Position.Line > pos.Line && next.Position.Column > spacesOf(r.line(pos.Line))+1 {
		return false
	}
	return r.maskValue(pos)
}

// reference reports anchors, aliases and merge keys.
func (r *reader) reference(t *token.Token) {
	pos := r.place(t)
	if t.Type == token.MergeKeyType {
		r.report(pos, 2, trap{"merge-key", "merge keys are not used here", "write the entries out, or move what is shared to a sub-playbook"})
		return
	}
	code, what := "anchor", "an anchor"
	if t.Type == token.AliasType {
		code, what = "alias", "an alias"
	}
	r.report(pos, 1+nextWidth(t), trap{code, fmt.Sprintf("YAML reads a value that begins with %s as %s, and those are not used here", t.Value, what),
		"write the value out, or put quotes around a text: " + quote(r.rest(pos))})
}

// invalid reports what the lexer could not read.
func (r *reader) invalid(t *token.Token) bool {
	pos := r.place(t)
	message, fix := t.Error, "put quotes around the value: "+quote(r.rest(pos))
	switch {
	case t.Type == token.DirectiveType:
		message = "a plain value cannot begin with %"
	case strings.Contains(message, "end character of"):
		message, fix = "the quote that opens here is never closed", "close it at the end of the text; a quote inside is written \\\" in double quotes and '' in single quotes"
	case strings.Contains(message, "reserved character"):
		message = fmt.Sprintf("a plain value cannot begin with %s", strings.TrimSpace(t.Value))
	case strings.Contains(message, "escape character"):
		fix = `write \\ for a backslash, or use single quotes`
	case strings.Contains(message, "header option"):
		message = "a plain value cannot begin with > or |"
	}
	r.report(pos, r.width(pos), trap{"syntax", message, fix})
	return r.maskValue(pos)
}

// nextWidth returns how wide the token after t is.
func nextWidth(t *token.Token) int {
	if t.Next == nil {
		return 0
	}
	return len([]rune(t.Next.Value))
}
