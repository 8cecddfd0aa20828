package lab

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// test decides whether a mail is wanted.
type test func(message) bool

// row is anything that a filter is held against. Its zero value knows which
// properties there are.
type row interface {
	// fieldOf returns a property as text, and whether filters may name it.
	fieldOf(property string) (text string, known bool)
}

// rowTest decides whether a row is wanted.
type rowTest func(row) bool

// rejection is a refusal with the service's code and words.
type rejection struct{ code, message string }

// condition reads $filter, $search and $orderby as the service does: a search
// stands alone, and what orders must be what filters first.
// See the pages user-list-messages and search-query-parameter.
func condition(filter, search, order string) (test, rejection) {
	if search != "" {
		if filter != "" || order != "" {
			return nil, rejection{"SearchWithOrderBy", "The query parameter '$search' cannot be combined with '$filter' or '$orderby'."}
		}
		return parseSearch(search)
	}
	if filter == "" {
		return func(message) bool { return true }, rejection{}
	}
	if property, _, _ := strings.Cut(order, " "); property != "" && !strings.HasPrefix(filter, property+" ") {
		return nil, rejection{"InefficientFilter", "The restriction or sort order is too complex for this operation."}
	}
	match, problem := parseFilter(filter, message{})
	return func(m message) bool { return match(m) }, problem
}

// Limits of a filter.
const (
	maxFilter = 8 << 10
	maxDepth  = 32
)

// parseFilter reads the part of OData's filter language that the service
// offers: comparisons, and, or, not, brackets, contains and startsWith.
func parseFilter(text string, kind row) (rowTest, rejection) {
	tokens, err := filterTokens(text)
	p := &filterParser{tokens: tokens, err: err, kind: kind}
	t := p.or(0)
	if p.err == nil && p.at < len(p.tokens) {
		p.fail("unexpected %q", p.tokens[p.at].text)
	}
	if p.err != nil {
		return nil, rejection{"BadRequest", "Invalid filter clause: " + p.err.Error()}
	}
	return t, rejection{}
}

// filterToken is a word, a quoted text or a sign.
type filterToken struct {
	text   string
	quoted bool
}

func filterTokens(text string) ([]filterToken, error) {
	if len(text) > maxFilter || !utf8.ValidString(text) {
		return nil, fmt.Errorf("too long or not UTF-8")
	}
	var out []filterToken
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		switch text[0] {
		case '\'':
			value, rest, ok := quotedText(text[1:])
			if !ok {
				return nil, fmt.Errorf("unterminated string literal")
			}
			out, text = append(out, filterToken{value, true}), rest
		case '(', ')', ',':
			out, text = append(out, filterToken{text: text[:1]}), text[1:]
		default:
			n := strings.IndexAny(text, " (),'")
			if n < 0 {
				n = len(text)
			}
			out, text = append(out, filterToken{text: text[:n]}), text[n:]
		}
	}
	return out, nil
}

// quotedText reads up to the closing quote; two quotes stand for one.
func quotedText(text string) (value, rest string, ok bool) {
	var b strings.Builder
	for {
		n := strings.IndexByte(text, '\'')
		if n < 0 {
			return "", "", false
		}
		b.WriteString(text[:n])
		text = text[n+1:]
		if !strings.HasPrefix(text, "'") {
			return b.String(), text, true
		}
		b.WriteByte('\'')
		text = text[1:]
	}
}

// filterParser reads tokens by recursive descent. After an error it goes on
// harmlessly, so that callers check once.
type filterParser struct {
	tokens []filterToken
	at     int
	err    error
	kind   row
}

func (p *filterParser) fail(format string, args ...any) rowTest {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	return func(row) bool { return false }
}

// peek returns the next token as an unquoted word, or "".
func (p *filterParser) peek() string {
	if p.err != nil || p.at >= len(p.tokens) || p.tokens[p.at].quoted {
		return ""
	}
	return p.tokens[p.at].text
}

func (p *filterParser) take(word string) bool {
	if p.peek() != word {
		return false
	}
	p.at++
	return true
}

func (p *filterParser) next() filterToken {
	if p.err != nil || p.at >= len(p.tokens) {
		p.fail("it ends too early")
		return filterToken{}
	}
	p.at++
	return p.tokens[p.at-1]
}

func (p *filterParser) or(depth int) rowTest {
	left := p.and(depth)
	for p.take("or") {
		a, b := left, p.and(depth)
		left = func(m row) bool { return a(m) || b(m) }
	}
	return left
}

func (p *filterParser) and(depth int) rowTest {
	left := p.not(depth)
	for p.take("and") {
		a, b := left, p.not(depth)
		left = func(m row) bool { return a(m) && b(m) }
	}
	return left
}

func (p *filterParser) not(depth int) rowTest {
	if depth > maxDepth {
		return p.fail("it is nested too deeply")
	}
	if p.take("not") {
		inner := p.not(depth + 1)
		return func(m row) bool { return !inner(m) }
	}
	if p.take("(") {
		inner := p.or(depth + 1)
		if !p.take(")") {
			return p.fail("a bracket is not closed")
		}
		return inner
	}
	if f := p.peek(); f == "contains" || f == "startswith" || f == "startsWith" {
		return p.call()
	}
	return p.comparison()
}

// call reads contains(property,'text') or startswith(property,'text').
func (p *filterParser) call() rowTest {
	name := p.next().text
	if !p.take("(") {
		return p.fail("%s needs arguments", name)
	}
	property := p.property()
	if !p.take(",") {
		return p.fail("%s needs two arguments", name)
	}
	value := p.next()
	if !value.quoted || !p.take(")") {
		return p.fail("the second argument of %s is text in single quotes", name)
	}
	want := fold(value.text)
	if name == "contains" {
		return func(m row) bool { return strings.Contains(fold(field(m, property)), want) }
	}
	return func(m row) bool { return strings.HasPrefix(fold(field(m, property)), want) }
}

// property reads the name of a property of a message that can be filtered.
func (p *filterParser) property() string {
	t := p.next()
	if _, ok := p.kind.fieldOf(t.text); t.quoted || !ok {
		p.fail("could not find a property named '%s'", t.text)
	}
	return t.text
}

func (p *filterParser) comparison() rowTest {
	property := p.property()
	op := p.next().text
	value := p.next()
	if p.err != nil {
		return p.fail("")
	}
	compare, err := comparer(property, value)
	if err != nil {
		return p.fail("%w", err)
	}
	switch op {
	case "eq":
		return func(m row) bool { return compare(m) == 0 }
	case "ne":
		return func(m row) bool { return compare(m) != 0 }
	case "gt":
		return func(m row) bool { return compare(m) > 0 }
	case "ge":
		return func(m row) bool { return compare(m) >= 0 }
	case "lt":
		return func(m row) bool { return compare(m) < 0 }
	case "le":
		return func(m row) bool { return compare(m) <= 0 }
	}
	return p.fail("'%s' is not an operator", op)
}

// comparer returns how a row's property compares with a literal.
func comparer(property string, value filterToken) (func(row) int, error) {
	switch property {
	case "receivedDateTime", "sentDateTime", "createdDateTime", "lastUpdateDateTime":
		at, err := time.Parse(time.RFC3339, value.text)
		if err != nil || value.quoted {
			return nil, fmt.Errorf("a DateTimeOffset literal was expected, not '%s'", value.text)
		}
		return func(m row) int {
			when, _ := time.Parse(time.RFC3339, field(m, property))
			return when.Compare(at)
		}, nil
	case "isRead", "hasAttachments":
		if value.quoted || value.text != "true" && value.text != "false" {
			return nil, fmt.Errorf("a Boolean literal was expected, not '%s'", value.text)
		}
		return func(m row) int { return strings.Compare(field(m, property), value.text) }, nil
	}
	if !value.quoted {
		return nil, fmt.Errorf("a string literal was expected, not '%s'", value.text)
	}
	want := fold(value.text)
	return func(m row) int { return strings.Compare(fold(field(m, property)), want) }, nil
}

// field returns a property as text.
func field(m row, property string) string {
	text, _ := m.fieldOf(property)
	return text
}

// fieldOf returns a property that filters may name.
func (m message) fieldOf(property string) (string, bool) {
	switch property {
	case "internetMessageId":
		return m.MessageID, true
	case "subject":
		return m.Subject, true
	case "from/emailAddress/address", "sender/emailAddress/address":
		return m.From.Address, true
	case "from/emailAddress/name", "sender/emailAddress/name":
		return m.From.Name, true
	case "parentFolderId":
		return m.Folder, true
	case "receivedDateTime", "sentDateTime":
		return stamped(m.Received), true
	case "isRead":
		return fmt.Sprint(m.Read), true
	case "hasAttachments":
		return fmt.Sprint(len(m.Files) > 0), true
	}
	return "", false
}
