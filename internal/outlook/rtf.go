package outlook

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// richText is what an RTF body says.
type richText struct {
	// html and text are what the RTF was made from (MS-OXRTFEX); rich is the text
	// of RTF that was made from neither. One of them is set at most.
	html, text, rich string
}

// origin is what RTF was made from.
type origin uint8

const (
	fromRTF origin = iota
	fromHTML
	fromText
)

// destination is what the text of a group is.
type destination uint8

const (
	toBody  destination = iota
	toSkip              // not shown
	toTag               // HTML that Outlook hid
	toFonts             // the table of fonts
	toField             // the instruction of a field, as in HYPERLINK "…"
)

// group is the state that a { keeps and a } restores.
type group struct {
	to       destination
	hidden   bool // text that stands for HTML and is left out
	skip     int  // how many characters follow a \u for old readers
	codePage int
}

// rtfReader takes the body out of RTF. Its time and memory are bounded by the
// length of the RTF.
type rtfReader struct {
	data    []byte
	at      int
	from    origin
	now     group
	outer   []group
	deeper  int         // groups beyond those that outer may hold
	fonts   map[int]int // code pages of fonts
	font    int         // the font that the table of fonts is at
	ansi    int         // the code page of the document
	first   int         // the font at the start
	starred bool        // after \*
	toSkip  int         // characters to leave out after \u
	// pending are bytes of one code page that are not decoded yet.
	pending     []byte
	pendingPage int
	high        rune // the first half of a character
	out         strings.Builder
	field       strings.Builder
	most        int
}

// Bounds of the table of fonts and of the groups inside each other.
const (
	mostFonts  = 4096
	mostGroups = 10_000
)

// readRTF takes the body out of RTF, most bytes of it at most.
func readRTF(data []byte, most int) richText {
	r := &rtfReader{data: data, fonts: map[int]int{}, ansi: 1252, now: group{skip: 1}, most: most}
	for r.at < len(r.data) && r.out.Len() < most {
		r.step()
	}
	r.flush()
	out := strings.ToValidUTF8(r.out.String(), "\ufffd")
	switch r.from {
	case fromHTML:
		return richText{html: out}
	case fromText:
		return richText{text: out}
	case fromRTF:
	}
	return richText{rich: strings.TrimSpace(out)}
}

// step reads one character, control word or bracket.
func (r *rtfReader) step() {
	c := r.data[r.at]
	r.at++
	switch c {
	case '{':
		r.flush()
		r.toSkip = 0
		if len(r.outer) < mostGroups {
			r.outer = append(r.outer, r.now)
		} else {
			r.deeper++
		}
	case '}':
		r.close()
	case '\\':
		r.control()
	case '\r', '\n', 0:
	default:
		r.char(c)
	}
}

// close ends a group.
func (r *rtfReader) close() {
	r.flush()
	r.toSkip, r.starred = 0, false
	was := r.now.to
	if r.deeper > 0 {
		r.deeper--
	} else if len(r.outer) > 0 {
		r.now = r.outer[len(r.outer)-1]
		r.outer = r.outer[:len(r.outer)-1]
	}
	if was == toField && r.now.to != toField {
		r.link()
	}
}

// link writes the target of a link that a field names.
func (r *rtfReader) link() {
	instruction := strings.TrimSpace(r.field.String())
	r.field.Reset()
	rest, ok := strings.CutPrefix(instruction, "HYPERLINK")
	if !ok || r.from == fromHTML || r.now.to == toSkip {
		return
	}
	target := strings.TrimSpace(rest)
	if _, quoted, ok := strings.Cut(rest, `"`); ok {
		target, _, _ = strings.Cut(quoted, `"`)
	}
	if target != "" {
		r.out.WriteString("<" + target + "> ")
	}
}

// control reads what follows a backslash.
func (r *rtfReader) control() {
	if r.at >= len(r.data) {
		return
	}
	c := r.data[r.at]
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		r.word()
		return
	}
	r.at++
	switch c {
	case '\'':
		if r.at+2 <= len(r.data) {
			n, err := strconv.ParseUint(string(r.data[r.at:r.at+2]), 16, 8)
			r.at += 2
			if err == nil {
				r.char(byte(n))
			}
		}
	case '*':
		r.starred = true
	case '\r', '\n':
		r.mark("\r\n", "\r\n")
	case '~':
		r.mark("&nbsp;", "\u00a0")
	case '_':
		r.mark("&shy;", "\u2011")
	case '-':
		r.mark("&shy;", "")
	case '\\', '{', '}':
		r.char(c)
	}
}

// word reads a control word with its number, and does what it says.
func (r *rtfReader) word() {
	from := r.at
	for r.at < len(r.data) && r.at-from < 40 && (r.data[r.at]|0x20) >= 'a' && (r.data[r.at]|0x20) <= 'z' {
		r.at++
	}
	name := string(r.data[from:r.at])
	from = r.at
	if r.at < len(r.data) && r.data[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.data) && r.at-from < 11 && r.data[r.at] >= '0' && r.data[r.at] <= '9' {
		r.at++
	}
	n, err := strconv.Atoi(string(r.data[from:r.at]))
	if r.at < len(r.data) && r.data[r.at] == ' ' {
		r.at++
	}
	starred := r.starred
	r.starred = false
	r.act(name, n, err == nil, starred)
}

// act does what a control word says. A group whose first word is starred and
// unknown is left out.
func (r *rtfReader) act(name string, n int, numbered, starred bool) {
	if name == "bin" {
		r.at += min(max(n, 0), len(r.data)-r.at)
		return
	}
	if r.open(name, starred) || r.character(name, n) || r.setting(name, n) {
		return
	}
	if name == "htmlrtf" {
		r.flush()
		r.now.hidden = !numbered || n != 0
	}
}

// open handles the words that say what the text of a group is.
func (r *rtfReader) open(name string, starred bool) bool {
	if r.now.to == toSkip {
		return starred
	}
	var to destination
	switch name {
	case "htmltag":
		to = toTag
		if r.from != fromHTML {
			to = toSkip
		}
	case "fonttbl":
		to = toFonts
	case "fldinst":
		to = toField
	case "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "headerl", "headerr", "headerf", "footerl", "footerr", "footerf":
		to = toSkip
	default:
		if !starred {
			return false
		}
		to = toSkip
	}
	r.flush()
	r.now.to = to
	return true
}

// character handles the words that stand for characters.
func (r *rtfReader) character(name string, n int) bool {
	switch name {
	case "u":
		r.unicode(n)
	case "par", "line", "row", "sect", "page":
		r.mark("\r\n", "\r\n")
	case "tab", "cell":
		r.mark("\t", "\t")
	case "lquote":
		r.mark("&lsquo;", "‘")
	case "rquote":
		r.mark("&rsquo;", "’")
	case "ldblquote":
		r.mark("&ldquo;", "“")
	case "rdblquote":
		r.mark("&rdquo;", "”")
	case "bullet":
		r.mark("&bull;", "•")
	case "endash":
		r.mark("&ndash;", "–")
	case "emdash":
		r.mark("&mdash;", "—")
	case "emspace":
		r.mark("&emsp;", "\u2003")
	case "enspace":
		r.mark("&ensp;", "\u2002")
	default:
		return false
	}
	return true
}

// setting handles the words about code pages and the origin.
func (r *rtfReader) setting(name string, n int) bool {
	switch name {
	case "fromhtml":
		r.from = fromHTML
	case "fromtext":
		r.from = fromText
	case "ansicpg":
		r.ansi = n
	case "deff":
		r.first = n
	case "f":
		r.flush()
		r.font = n
		if r.now.to != toFonts {
			r.now.codePage = r.fonts[n]
		}
	case "fcharset":
		if r.now.to == toFonts && len(r.fonts) < mostFonts {
			r.fonts[r.font] = charsetPage(n)
		}
	case "plain":
		r.flush()
		r.now.codePage = r.fonts[r.first]
	case "uc":
		r.now.skip = min(max(n, 0), 10)
	default:
		return false
	}
	return true
}

// shown reports whether text is kept now.
func (r *rtfReader) shown() bool {
	return r.now.to == toTag || r.now.to == toField || r.now.to == toBody && !(r.now.hidden && r.from == fromHTML)
}

// char adds a byte of the current code page.
func (r *rtfReader) char(c byte) {
	r.starred = false
	if r.toSkip > 0 {
		r.toSkip--
		return
	}
	if !r.shown() {
		return
	}
	page := r.now.codePage
	if page == 0 {
		page = r.ansi
	}
	if page != r.pendingPage || r.high != 0 {
		r.flush()
		r.pendingPage = page
	}
	r.pending = append(r.pending, c)
}

// mark adds a character that has a name: in HTML as an entity.
func (r *rtfReader) mark(html, text string) {
	if !r.shown() {
		return
	}
	r.flush()
	if r.from == fromHTML {
		text = html
	}
	r.write(text)
}

// unicode adds a character by its number, which is one half of it beyond the
// first 65,536, and may be negative.
func (r *rtfReader) unicode(n int) {
	r.toSkip = r.now.skip
	if !r.shown() {
		return
	}
	unit := rune(uint16(n))
	if r.high != 0 && unit >= 0xdc00 && unit < 0xe000 {
		r.write(string(utf16.DecodeRune(r.high, unit)))
		r.high = 0
		return
	}
	r.flush()
	if unit >= 0xd800 && unit < 0xdc00 {
		r.high = unit
		return
	}
	r.write(string(unit))
}

// flush decodes what is pending.
func (r *rtfReader) flush() {
	if r.high != 0 {
		r.high = 0
		r.write("\ufffd")
	}
	if len(r.pending) > 0 {
		r.write(decode(r.pending, r.pendingPage))
		r.pending = r.pending[:0]
	}
}

// write adds text to the body, or to the instruction of a field.
func (r *rtfReader) write(text string) {
	b := &r.out
	if r.now.to == toField {
		b = &r.field
	}
	if b.Len()+len(text) <= r.most {
		b.WriteString(text)
	}
}

// charsetPage returns the code page of a font's charset; 0 is that of the document.
func charsetPage(charset int) int {
	pages := map[int]int{
		77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
		178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 255: 850,
	}
	return pages[charset]
}
