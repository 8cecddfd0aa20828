package lab

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// maxKQL bounds a hunting query.
const maxKQL = 64 << 10

// kqlRow is a row of a hunting table.
type kqlRow map[string]any

// kqlStage is one step of a query: it keeps, changes or drops a row.
type kqlStage func(kqlRow) (kqlRow, bool)

// kqlQuery is a query that was read.
type kqlQuery struct {
	table   string
	stages  []kqlStage
	columns []string // in order; nil for all
	limit   int
}

// parseKQL reads the part of the Kusto query language that the lab runs: a
// table, then where, extend, project and take.
func parseKQL(text string) (q kqlQuery, err error) {
	if len(text) > maxKQL {
		return q, fmt.Errorf("the query is too long")
	}
	tokens, err := kqlTokens(text)
	if err != nil {
		return q, err
	}
	p := &kqlParser{tokens: tokens}
	q.table, q.limit = p.name(), 100_000
	for p.err == nil && p.at < len(p.tokens) {
		if !p.take("|") {
			p.fail("'|' was expected at %q", p.peek().text)
			break
		}
		p.stage(&q)
	}
	return q, p.err
}

// run returns the rows of a table that the query wants.
func (q kqlQuery) run(rows []kqlRow) []kqlRow {
	out := []kqlRow{}
	for _, row := range rows {
		ok := true
		for _, stage := range q.stages {
			if row, ok = stage(row); !ok {
				break
			}
		}
		if ok && len(out) < q.limit {
			out = append(out, row)
		}
	}
	return out
}

// kqlToken is a word, a number, a sign or a text.
type kqlToken struct {
	text string
	kind byte // w word or number, s sign, t text
}

func kqlTokens(text string) ([]kqlToken, error) {
	var out []kqlToken
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
			i++
		case c == '"' || c == '\'':
			value, n, ok := kqlLiteral(text[i:])
			if !ok {
				return nil, fmt.Errorf("a text is not closed")
			}
			out, i = append(out, kqlToken{value, 't'}), i+n
		case c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := i
			for n < len(text) && (text[n] == '_' || text[n] == '~' || text[n] >= '0' && text[n] <= '9' || text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z') {
				n++
			}
			out, i = append(out, kqlToken{text[i:n], 'w'}), n
		default:
			n := 1
			for _, sign := range []string{"==", "!=", "=~", ">=", "<="} {
				if strings.HasPrefix(text[i:], sign) {
					n = 2
				}
			}
			out, i = append(out, kqlToken{text[i : i+n], 's'}), i+n
		}
	}
	return out, nil
}

// kqlLiteral reads a text with its escapes, and how long it is.
func kqlLiteral(text string) (value string, n int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == text[0]:
			return b.String(), i + 1, true
		case c == '\\' && i+5 < len(text) && text[i+1] == 'u':
			code, err := strconv.ParseUint(text[i+2:i+6], 16, 16)
			if err != nil {
				return "", 0, false
			}
			b.WriteRune(rune(code))
			i += 5
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}

// kqlParser reads tokens by recursive descent. After an error it goes on
// harmlessly.
type kqlParser struct {
	tokens []kqlToken
	at     int
	depth  int
	err    error
}

func (p *kqlParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *kqlParser) peek() kqlToken {
	if p.err != nil || p.at >= len(p.tokens) {
		return kqlToken{}
	}
	return p.tokens[p.at]
}

func (p *kqlParser) next() kqlToken {
	t := p.peek()
	if t.kind == 0 {
		p.fail("the query ends too early")
	}
	p.at++
	return t
}

func (p *kqlParser) take(word string) bool {
	if t := p.peek(); t.kind == 0 || t.kind == 't' || t.text != word {
		return false
	}
	p.at++
	return true
}

func (p *kqlParser) name() string {
	t := p.next()
	if t.kind != 'w' {
		p.fail("a name was expected, not %q", t.text)
	}
	return t.text
}

// stage reads one step of the query.
func (p *kqlParser) stage(q *kqlQuery) {
	switch word := p.name(); word {
	case "where":
		keep := p.or()
		q.stages = append(q.stages, func(r kqlRow) (kqlRow, bool) { return r, keep(r) })
	case "extend":
		q.stages = append(q.stages, p.extend())
	case "project":
		q.columns = nil
		for more := true; more; more = p.take(",") {
			q.columns = append(q.columns, p.name())
		}
		columns := q.columns
		q.stages = append(q.stages, func(r kqlRow) (kqlRow, bool) {
			out := kqlRow{}
			for _, c := range columns {
				out[c] = r[c]
			}
			return out, true
		})
	case "take", "limit":
		n, err := strconv.Atoi(p.name())
		if err != nil {
			p.fail("take needs a number")
		}
		q.limit = min(q.limit, n)
	default:
		p.fail("'%s' is not an operator that the lab knows", word)
	}
}

// extend reads name = value, …
func (p *kqlParser) extend() kqlStage {
	type column struct {
		name  string
		value kqlValue
	}
	var columns []column
	for more := true; more; more = p.take(",") {
		name := p.name()
		if !p.take("=") {
			p.fail("'=' was expected after %s", name)
		}
		columns = append(columns, column{name, p.value()})
	}
	return func(r kqlRow) (kqlRow, bool) {
		out := kqlRow{}
		maps.Copy(out, r)
		for _, c := range columns {
			out[c.name] = c.value(out)
		}
		return out, true
	}
}

// kqlTest decides about a row, kqlValue is a value of it.
type (
	kqlTest  func(kqlRow) bool
	kqlValue func(kqlRow) any
)

func (p *kqlParser) or() kqlTest {
	left := p.and()
	for p.take("or") {
		a, b := left, p.and()
		left = func(r kqlRow) bool { return a(r) || b(r) }
	}
	return left
}

func (p *kqlParser) and() kqlTest {
	left := p.comparison()
	for p.take("and") {
		a, b := left, p.comparison()
		left = func(r kqlRow) bool { return a(r) && b(r) }
	}
	return left
}

// comparison reads (…), or a value, an operator and another value or a list.
func (p *kqlParser) comparison() kqlTest {
	if p.depth++; p.depth > maxDepth {
		p.fail("it is nested too deeply")
	}
	defer func() { p.depth-- }()
	if p.take("(") {
		inner := p.or()
		if !p.take(")") {
			p.fail("a bracket is not closed")
		}
		return inner
	}
	left, operator := p.value(), p.next().text
	if operator == "in" || operator == "in~" {
		items := p.list()
		return func(r kqlRow) bool {
			v := kqlText(left(r))
			for _, item := range items {
				if w := kqlText(item(r)); v == w || operator == "in~" && strings.EqualFold(v, w) {
					return true
				}
			}
			return false
		}
	}
	right := p.value()
	test, ok := map[string]func(a, b any) bool{
		"==": func(a, b any) bool { return kqlText(a) == kqlText(b) }, "!=": func(a, b any) bool { return kqlText(a) != kqlText(b) },
		"=~": func(a, b any) bool { return strings.EqualFold(kqlText(a), kqlText(b)) },
		">=": func(a, b any) bool { return kqlCompare(a, b) >= 0 }, "<=": func(a, b any) bool { return kqlCompare(a, b) <= 0 },
		">": func(a, b any) bool { return kqlCompare(a, b) > 0 }, "<": func(a, b any) bool { return kqlCompare(a, b) < 0 },
		"contains": func(a, b any) bool { return strings.Contains(fold(kqlText(a)), fold(kqlText(b))) },
	}[operator]
	if !ok {
		p.fail("'%s' is not a comparison that the lab knows", operator)
		return func(kqlRow) bool { return false }
	}
	return func(r kqlRow) bool { return test(left(r), right(r)) }
}

// list reads values in brackets.
func (p *kqlParser) list() []kqlValue {
	if !p.take("(") {
		p.fail("a list in brackets was expected")
	}
	var out []kqlValue
	for more := p.err == nil; more; more = p.take(",") {
		out = append(out, p.value())
	}
	if !p.take(")") {
		p.fail("a list is not closed")
	}
	return out
}

// value reads a literal, a column, a member of one, or a call.
func (p *kqlParser) value() kqlValue {
	t := p.next()
	switch {
	case t.kind == 't':
		return func(kqlRow) any { return t.text }
	case t.kind != 'w':
		p.fail("a value was expected, not %q", t.text)
		return func(kqlRow) any { return nil }
	case t.text == "datetime" && p.take("("):
		return p.datetime()
	case (t.text == "tostring" || t.text == "parse_json") && p.take("("):
		if p.depth++; p.depth > maxDepth {
			p.fail("it is nested too deeply")
		}
		inner := p.value()
		p.depth--
		if !p.take(")") {
			p.fail("a call is not closed")
		}
		if t.text == "tostring" {
			return func(r kqlRow) any { return kqlText(inner(r)) }
		}
		return func(r kqlRow) any {
			var v any
			_ = json.Unmarshal([]byte(kqlText(inner(r))), &v)
			return v
		}
	case t.text == "true" || t.text == "false" || t.text[0] >= '0' && t.text[0] <= '9':
		return func(kqlRow) any { return t.text }
	}
	value := func(r kqlRow) any { return r[t.text] }
	for p.take(".") {
		of, member := value, p.name()
		value = func(r kqlRow) any {
			m, _ := of(r).(map[string]any)
			return m[member]
		}
	}
	return value
}

// datetime reads up to the bracket that closes a time.
func (p *kqlParser) datetime() kqlValue {
	var b strings.Builder
	for p.err == nil && !p.take(")") {
		b.WriteString(p.next().text)
	}
	at, err := time.Parse(time.RFC3339, b.String())
	if err != nil {
		p.fail("%q is not a time", b.String())
	}
	return func(kqlRow) any { return at }
}

// kqlText returns a value as text; what is not there is empty.
func kqlText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// kqlCompare compares times as times and everything else as text.
func kqlCompare(a, b any) int {
	x, err1 := time.Parse(time.RFC3339, kqlText(a))
	y, err2 := time.Parse(time.RFC3339, kqlText(b))
	if err1 == nil && err2 == nil {
		return x.Compare(y)
	}
	return strings.Compare(kqlText(a), kqlText(b))
}
