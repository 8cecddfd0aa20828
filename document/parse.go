package document

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The limits of a file, so that hostile input costs little.
const (
	// MaxBytes is the size of the largest file that is read.
	MaxBytes = 1 << 20
	// MaxDepth is how deep maps and lists may nest.
	MaxDepth = 64
	// MaxNodes is how many values a file may hold.
	MaxNodes = 100_000
	// MaxKeys is how many keys a map in block form may have.
	MaxKeys = 1000
	// MaxLine is how many characters a line may have.
	MaxLine = 20_000
)

// maxProblems is how many problems of a file are reported.
const maxProblems = 100

// maxAttempts is how often a file is read again with what was wrong masked, so
// that one syntax error does not hide the next.
const maxAttempts = 24

// Parse reads a file of Harrier's strict YAML and returns every problem at
// once, in order of place. The File is never nil; where problems hold an error
// its Root may be nil or hold only what could be understood, which is good
// enough for tools and not for use.
func Parse(name string, source []byte) (*File, Problems) {
	r := read(name, source)
	return r.file, r.problems
}

// reader reads one file.
type reader struct {
	file  *File
	lines [][]rune
	// masked holds the original text of scalars that were overwritten with
	// placeholders, so that the parser can go on behind what was wrong.
	masked   map[Pos]string
	marked   map[mark]bool
	tokens   token.Tokens
	comments token.Tokens
	styles   map[*Node]style
	nodes    int
	problems Problems
}

// mark identifies a problem, so that reading again does not repeat it.
type mark struct {
	pos  Pos
	code string
}

// read reads a file and keeps what the formatter needs beside the tree.
func read(name string, source []byte) *reader {
	r := &reader{
		file:   &File{Name: name, Source: source},
		masked: map[Pos]string{},
		marked: map[mark]bool{},
		styles: map[*Node]style{},
	}
	if r.load(source) {
		r.tabs()
		r.parse()
	}
	r.sort()
	return r
}

// parse runs the parser until it gets through or nothing is left to mask.
func (r *reader) parse() {
	budget := 4 * MaxBytes
	for range maxAttempts {
		src := r.text()
		budget -= len(src)
		if !r.lex(src) {
			return
		}
		if !r.shallow() {
			return
		}
		if masked := r.checkTokens(); r.full() {
			return
		} else if masked && budget > 0 {
			continue
		}
		file, err := r.ast()
		if err == nil {
			r.root(file)
			return
		}
		if !r.syntax(err) || budget <= 0 {
			return
		}
	}
}

// lex splits src into tokens, up to the end of the first document.
func (r *reader) lex(src string) bool {
	err := guard(func() error {
		r.tokens = lexer.Tokenize(src)
		return nil
	})
	if err != nil {
		r.report(Pos{1, 1}, 1, trap{"syntax", "this file cannot be read as YAML", "remove what was written last until it can be read"})
		return false
	}
	r.comments = r.comments[:0]
	for _, t := range r.tokens {
		if t.Type == token.CommentType {
			r.comments = append(r.comments, t)
		}
	}
	r.tokens = r.firstDocument(r.tokens)
	return true
}

// ast parses the tokens, comments left out: they are kept beside the tree.
func (r *reader) ast() (*ast.File, error) {
	tokens := make(token.Tokens, 0, len(r.tokens))
	for _, t := range r.tokens {
		if t.Type != token.CommentType {
			tokens = append(tokens, t)
		}
	}
	if len(tokens) == 0 {
		return &ast.File{}, nil
	}
	var file *ast.File
	err := guard(func() (err error) {
		file, err = parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
		return err
	})
	return file, err
}

// guard calls f and turns a panic of the library into an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// syntax reports what stopped the parser, masks it, and reports whether
// reading again makes sense.
func (r *reader) syntax(err error) bool {
	pos, message := Pos{1, 1}, "this file cannot be read as YAML"
	if e, ok := errors.AsType[*yaml.SyntaxError](err); ok && e.Token != nil && e.Token.Position != nil {
		pos, message = r.place(e.Token), e.Message
	}
	if !r.markedLine(pos.Line) {
		r.report(pos, r.width(pos), trap{"syntax", message, syntaxFix(message)})
	}
	return r.maskLine(pos)
}

// syntaxFix says what to do about a message of the parser.
func syntaxFix(message string) string {
	for _, f := range []struct{ message, fix string }{
		{"sequence end token", "close the list with ]"},
		{"could not find '['", "remove the ] or open the list with ["},
		{"could not find '{'", "remove the } or open the map with {"},
		{"',' or '}'", "separate the entries with commas and close the map with }, or write one entry a line"},
		{"',' or ']'", "separate the items with commas and close the list with ], or write one item a line"},
		{"mapping end token", "close the map with }"},
		{"non-map value", "write key: value, with a space after the colon"},
		{"unexpected key name", "write key: value, with a space after the colon"},
		{"sequence entries are not allowed", "put the list on the lines below the key, two spaces deeper"},
		{"sequence was used where mapping", "give this line the indentation of the keys above it, without the dash"},
		{"value is not allowed in this context", "line this up with the keys or items above it; put quotes around a text that has a colon or begins with a bracket"},
	} {
		if strings.Contains(message, f.message) {
			return f.fix
		}
	}
	return "compare the indentation with the lines above; keys are written key: value and items - value"
}

// report adds a problem, once.
func (r *reader) report(pos Pos, width int, t trap) {
	m := mark{pos, t.code}
	if r.marked[m] || r.full() {
		return
	}
	r.marked[m] = true
	r.problems = append(r.problems, r.file.Problem(pos, width, t.code, t.message, t.fix))
}

// full reports whether so much is wrong that reading on is of no use.
func (r *reader) full() bool { return len(r.problems) >= maxProblems }

// markedLine reports whether a line already has a problem.
func (r *reader) markedLine(line int) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Pos.Line == line })
}

// sort puts the problems in order of place.
func (r *reader) sort() {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
}
