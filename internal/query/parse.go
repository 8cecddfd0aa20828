package query

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

// The bounds of a query.
const (
	MaxLength = 4096
	MaxTerms  = 64
	MaxDepth  = 8
	// maxValues bounds the values of one field.
	maxValues = 100
)

// Problem is what is wrong with a query, where, and how to fix it.
type Problem struct {
	At      Place
	Message string
	Fix     string
}

// Error implements [error].
func (p *Problem) Error() string {
	return fmt.Sprintf("the query is wrong at %d: %s; %s", p.At.Start+1, p.Message, p.Fix)
}

// Unwrap makes it Invalid.
func (p *Problem) Unwrap() error { return &harrier.Error{Kind: harrier.Invalid, Text: p.Error()} }

// Parse reads a query about a noun. An error is a [*Problem].
func Parse(n Noun, source string) (Query, error) {
	p := &parser{source: source, fields: Fields(n), noun: n}
	switch {
	case p.fields == nil:
		return Query{}, p.problem(Place{}, fmt.Sprintf("nobody keeps %q", n), "ask for alerts, cases or another noun")
	case len(source) > MaxLength:
		return Query{}, p.problem(Place{MaxLength, len(source)}, fmt.Sprintf("it is longer than %d bytes", MaxLength), "shorten it")
	case !utf8.ValidString(source):
		return Query{}, p.problem(Place{}, "it is not UTF-8", "send it as UTF-8")
	}
	root, err := p.any(0)
	if err == nil && p.at < len(source) {
		err = p.problem(Place{p.at, p.at + 1}, "a bracket closes that none opened", `take it away, or write the text in quotes: ")"`)
	}
	if err != nil {
		return Query{}, err
	}
	return Query{Noun: n, Root: root}, nil
}

// parser reads a query from left to right.
type parser struct {
	source string
	at     int
	noun   Noun
	fields []Field
	terms  int
}

func (p *parser) problem(at Place, message, fix string) error {
	return &Problem{At: at, Message: message, Fix: fix}
}

func (p *parser) space() {
	for p.at < len(p.source) {
		r, size := utf8.DecodeRuneInString(p.source[p.at:])
		if !unicode.IsSpace(r) && !unicode.IsControl(r) {
			return
		}
		p.at += size
	}
}

// word is a keyword, taken if it stands here alone.
func (p *parser) word(w string) bool {
	rest, ok := strings.CutPrefix(p.source[p.at:], w)
	if !ok {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && !unicode.IsSpace(r) && !unicode.IsControl(r) && !strings.ContainsRune(`()"`, r) {
		return false
	}
	p.at += len(w)
	return true
}

// any reads alternatives up to a closing bracket or the end.
func (p *parser) any(depth int) (Node, error) {
	start := p.at
	if depth > MaxDepth {
		return Node{}, p.problem(Place{p.at, p.at}, fmt.Sprintf("brackets are nested more than %d deep", MaxDepth), "write it flatter")
	}
	var list []Node
	for {
		n, err := p.all(depth)
		if err != nil {
			return n, err
		}
		list = append(list, n)
		if !p.word("OR") {
			break
		}
		if empty(n) {
			return n, p.problem(Place{p.at - 2, p.at}, "there is nothing before OR", `write a term there, or "OR" in quotes to look for the word`)
		}
	}
	if last := list[len(list)-1]; len(list) > 1 && empty(last) {
		return last, p.problem(Place{p.at, p.at}, "there is nothing after OR", "write a term there")
	}
	return joined(Any, list, Place{start, p.at}), nil
}

func empty(n Node) bool { return n.Kind == All && len(n.Nodes) == 0 }

// joined makes one node of several; of one it is that.
func joined(kind Kind, list []Node, at Place) Node {
	var flat []Node
	for _, n := range list {
		if n.Kind == kind {
			flat = append(flat, n.Nodes...)
		} else {
			flat = append(flat, n)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	if len(flat) == 0 {
		return Node{Kind: All, At: at}
	}
	return Node{Kind: kind, Nodes: flat, At: at}
}

// all reads terms up to OR, a closing bracket or the end.
func (p *parser) all(depth int) (Node, error) {
	start := p.at
	var list []Node
	for {
		p.space()
		if p.at == len(p.source) || p.source[p.at] == ')' || p.peek("OR") {
			return joined(All, list, Place{start, p.at}), nil
		}
		if p.word("AND") {
			continue // it is what terms side by side mean
		}
		n, err := p.item(depth)
		if err != nil {
			return n, err
		}
		list = append(list, n)
	}
}

// peek tells whether a keyword stands here.
func (p *parser) peek(w string) bool {
	was := p.at
	ok := p.word(w)
	p.at = was
	return ok
}

// item reads a term, with the minus before it.
func (p *parser) item(depth int) (Node, error) {
	start := p.at
	if p.terms++; p.terms > MaxTerms {
		return Node{}, p.problem(Place{p.at, len(p.source)}, fmt.Sprintf("it has more than %d terms", MaxTerms), "leave some out; several values of a field are one term: status:new,closed")
	}
	if minus := p.minus(); minus > 0 {
		p.at += minus
		n, err := p.plain(depth)
		if err != nil {
			return n, err
		}
		if n.Kind == Not {
			return n.Nodes[0], nil
		}
		return Node{Kind: Not, Nodes: []Node{n}, At: Place{start, p.at}}, nil
	}
	return p.plain(depth)
}

// minus is the length of what turns the next term around.
func (p *parser) minus() int {
	rest := p.source[p.at:]
	if len(rest) > 1 && rest[0] == '-' && rest[1] != '-' {
		if r, _ := utf8.DecodeRuneInString(rest[1:]); !unicode.IsSpace(r) && !unicode.IsControl(r) && r != ')' {
			return 1
		}
	}
	if p.peek("NOT") {
		next := strings.TrimLeftFunc(rest[3:], unicode.IsSpace)
		if next != "" && next[0] != ')' && next[0] != '-' && !strings.HasPrefix(next, "NOT") && !strings.HasPrefix(next, "OR") && !strings.HasPrefix(next, "AND") {
			return len(rest) - len(next)
		}
	}
	return 0
}

// plain reads a group, a field with its values, or words.
func (p *parser) plain(depth int) (Node, error) {
	switch p.source[p.at] {
	case '(':
		return p.group(depth)
	case '"':
		return p.phrase()
	}
	start := p.at
	name, ok := p.name()
	if !ok {
		return p.bare()
	}
	f, known := find(p.fields, strings.ToLower(name))
	if !known {
		return Node{}, p.unknown(name, start)
	}
	p.at += len(name) + 1
	tests, err := p.tests(f)
	return Node{Kind: Match, Field: f, Tests: tests, At: Place{start, p.at}}, err
}

func (p *parser) group(depth int) (Node, error) {
	start := p.at
	p.at++
	n, err := p.any(depth + 1)
	if err != nil {
		return n, err
	}
	if p.at == len(p.source) {
		return n, p.problem(Place{start, start + 1}, "this bracket is never closed", `close it, or write the text in quotes: "("`)
	}
	p.at++
	if empty(n) {
		return n, p.problem(Place{start, p.at}, "there is nothing in the brackets", "write a term there, or take them away")
	}
	return n, nil
}

// name is the field's name before a colon; addresses of the web have none.
func (p *parser) name() (string, bool) {
	rest := p.source[p.at:]
	i := strings.IndexByte(rest, ':')
	if i < 1 || strings.HasPrefix(rest[i:], "://") || strings.HasPrefix(rest[i:], "[://") {
		return "", false
	}
	name := rest[:i]
	letters := strings.IndexFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' }) < 0
	return name, letters || p.known(name)
}

func (p *parser) known(name string) bool {
	_, ok := find(p.fields, strings.ToLower(name))
	return ok
}

func (p *parser) unknown(name string, start int) error {
	var names []string
	for _, f := range p.fields {
		names = append(names, f.Name)
		if f.Short != "" {
			names = append(names, f.Short)
		}
	}
	at := Place{start, start + len(name)}
	quoted := fmt.Sprintf("write it in quotes to look for the words: %q", name+":…")
	if near := harrier.Suggest(name, names); near != "" {
		return p.problem(at, fmt.Sprintf("%s have no field %q", p.noun, name), fmt.Sprintf("did you mean %s? otherwise %s", near, quoted))
	}
	slices.Sort(names)
	return p.problem(at, fmt.Sprintf("%s have no field %q", p.noun, name), "the fields are "+strings.Join(names, ", ")+"; "+quoted)
}

// bare reads a word without quotes.
func (p *parser) bare() (Node, error) {
	start := p.at
	text := p.run(`()"`)
	n := Node{Kind: Words, Text: text, At: Place{start, p.at}}
	if rest, ok := strings.CutSuffix(text, "*"); ok {
		n.Text, n.Prefix = rest, true
	}
	if !spoken(n.Text) {
		return n, p.problem(n.At, fmt.Sprintf("%q has no letter or digit to look for", text), "take it away, or put a word there")
	}
	return n, nil
}

// spoken tells whether a text has anything that can be found.
func spoken(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

// run reads up to a space or one of the ends.
func (p *parser) run(ends string) string {
	rest := p.source[p.at:]
	i := strings.IndexFunc(rest, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(ends, r)
	})
	if i < 0 {
		i = len(rest)
	}
	p.at += i
	return rest[:i]
}

// phrase reads words in quotes.
func (p *parser) phrase() (Node, error) {
	start := p.at
	text, err := p.quoted()
	if err != nil {
		return Node{}, err
	}
	n := Node{Kind: Words, Text: text, At: Place{start, p.at}}
	if p.at < len(p.source) && p.source[p.at] == '*' {
		p.at++
		n.Prefix, n.At.End = true, p.at
	}
	if !spoken(text) {
		return n, p.problem(n.At, "there is no letter or digit in the quotes", "put words there, or take them away")
	}
	return n, nil
}

// quoted reads a text in quotes, in which \" is a quote and \\ a backslash.
func (p *parser) quoted() (string, error) {
	start := p.at
	var b strings.Builder
	for i := p.at + 1; i < len(p.source); i++ {
		switch c := p.source[i]; {
		case c == '"':
			p.at = i + 1
			return b.String(), nil
		case c == '\\' && i+1 < len(p.source) && (p.source[i+1] == '"' || p.source[i+1] == '\\'):
			i++
			b.WriteByte(p.source[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", p.problem(Place{start, len(p.source)}, "these quotes are never closed", `close them with another "`)
}
