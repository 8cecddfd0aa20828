package document

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// load splits the source into lines and reports whether it is worth parsing:
// small enough, UTF-8 and without control characters.
func (r *reader) load(source []byte) bool {
	if len(source) > MaxBytes {
		r.report(Pos{1, 1}, 1, trap{"too-large", fmt.Sprintf("the file has %d bytes, more than the %d that are read", len(source), MaxBytes),
			"split it, or keep data in an evidence file or a list"})
		return false
	}
	if !utf8.Valid(source) {
		r.report(invalidUTF8(source), 1, trap{"encoding", "the file is not UTF-8 text", "save it as UTF-8"})
		return false
	}
	ok := true
	for i, line := range splitLines(source) {
		runes := []rune(line)
		r.lines = append(r.lines, runes)
		if len(runes) > MaxLine {
			r.report(Pos{i + 1, MaxLine + 1}, 1, trap{"long-line", fmt.Sprintf("the line has %d characters, more than %d", len(runes), MaxLine),
				"break it over several lines, for example as a block: key: >-"})
			ok = false
		}
		for j, c := range runes {
			if c < ' ' && c != '\t' || c == 0x7f || c == 0xfeff || c == 0x85 || c == 0x2028 || c == 0x2029 {
				r.report(Pos{i + 1, j + 1}, 1, trap{"control-character", fmt.Sprintf("the character U+%04X is not allowed", c),
					fmt.Sprintf(`remove it, or write it as "\u%04x" in a double-quoted text`, c)})
				ok = false
			}
		}
	}
	return ok
}

// splitLines returns the lines of a file; a byte order mark, the ends of lines
// of other systems and the last line break are left out.
func splitLines(source []byte) []string {
	text := string(bytes.TrimPrefix(source, []byte("\ufeff")))
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// invalidUTF8 returns the place of the first byte that is not UTF-8.
func invalidUTF8(source []byte) Pos {
	pos := Pos{1, 1}
	for len(source) > 0 {
		c, n := utf8.DecodeRune(source)
		if c == utf8.RuneError && n <= 1 {
			break
		}
		if pos.Column++; c == '\n' {
			pos = Pos{pos.Line + 1, 1}
		}
		source = source[n:]
	}
	return pos
}

// text returns the lines as one text for the lexer.
func (r *reader) text() string {
	var b strings.Builder
	for _, line := range r.lines {
		b.WriteString(string(line))
		b.WriteByte('\n')
	}
	return b.String()
}

// tabs reports tabs that indent, and turns them into spaces so that the rest
// of the file is still read. Tabs inside block scalars are content.
func (r *reader) tabs() {
	block := -1
	for i, line := range r.lines {
		indent, tab := indentOf(line)
		blank := indent == len(line)
		switch {
		case blank, block >= 0 && spacesOf(line) > block:
			continue
		case tab > 0:
			r.report(Pos{i + 1, tab}, 1, trap{"tab", "a tab cannot indent in YAML", "indent with two spaces for each level"})
			for j := range indent {
				line[j] = ' '
			}
		}
		block = -1
		if opensBlock(line) {
			block = spacesOf(line)
		}
	}
}

// indentOf returns how many blanks a line starts with, and the column of the
// first tab among them or 0.
func indentOf(line []rune) (indent, tab int) {
	for i, c := range line {
		switch c {
		case ' ':
		case '\t':
			if tab == 0 {
				tab = i + 1
			}
		default:
			return i, tab
		}
	}
	return len(line), tab
}

// spacesOf returns how many spaces a line starts with.
func spacesOf(line []rune) int {
	for i, c := range line {
		if c != ' ' {
			return i
		}
	}
	return len(line)
}

// opensBlock reports whether a line ends in the header of a block scalar.
func opensBlock(line []rune) bool {
	text := string(line)
	if i := strings.Index(text, " #"); i >= 0 {
		text = text[:i]
	}
	text = strings.TrimRight(text, " \t")
	head := strings.TrimRight(text, "+-0123456789")
	if !strings.HasSuffix(head, "|") && !strings.HasSuffix(head, ">") {
		return false
	}
	before := strings.TrimRight(head[:len(head)-1], " \t")
	return strings.HasSuffix(before, ":") || strings.HasSuffix(before, "-")
}

// place returns where a token stands.
func (r *reader) place(t *token.Token) Pos {
	return r.clamp(Pos{t.Position.Line, t.Position.Column})
}

// clamp keeps a place inside the file.
func (r *reader) clamp(pos Pos) Pos {
	pos.Line = min(max(pos.Line, 1), max(1, len(r.lines)))
	pos.Column = min(max(pos.Column, 1), len(r.line(pos.Line))+1)
	return pos
}

// line returns a line by its number.
func (r *reader) line(number int) []rune {
	if number < 1 || number > len(r.lines) {
		return nil
	}
	return r.lines[number-1]
}

// rest returns a line's text from pos on, without blanks at its end.
func (r *reader) rest(pos Pos) string {
	line := r.line(pos.Line)
	if pos.Column > len(line) {
		return ""
	}
	return strings.TrimRight(string(line[pos.Column-1:]), " \t")
}

// width returns how many characters there are from pos to the end of its line.
func (r *reader) width(pos Pos) int { return max(1, utf8.RuneCountInString(r.rest(pos))) }
