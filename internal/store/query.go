package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/query"
)

// Asked is a query with who asks it, and for which page.
type Asked struct {
	Tenant harrier.TenantID
	Viewer harrier.PrincipalID
	Query  query.Query
	Page   harrier.Page
}

// clause writes the conditions of a query behind a listing.
type clause struct {
	*listing
	noun   soughtNoun
	viewer harrier.PrincipalID
	now    time.Time
}

// and adds a part of the query as a condition.
func (c *clause) and(n query.Node) error {
	text, err := c.condition(n)
	if err == nil {
		c.text.WriteString(" AND " + text)
	}
	return err
}

// condition is a part of a query in SQL. Nothing of the query itself gets into
// its text: values are arguments.
func (c *clause) condition(n query.Node) (string, error) {
	switch n.Kind {
	case query.All, query.Any:
		return c.several(n)
	case query.Not:
		text, err := c.condition(n.Nodes[0])
		return "(" + text + ") IS NOT TRUE", err
	case query.Match:
		return c.match(n)
	case query.Words:
		return c.words(n), nil
	}
	return "", harrier.Errorf(harrier.Internal, "a query has a node of kind %d", n.Kind)
}

func (c *clause) several(n query.Node) (string, error) {
	parts := make([]string, 0, len(n.Nodes)+1)
	for _, one := range n.Nodes {
		text, err := c.condition(one)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	if n.Kind == query.Any {
		return "(" + strings.Join(parts, " OR ") + ")", nil
	}
	return "(" + strings.Join(append(parts, "1"), " AND ") + ")", nil
}

// words looks for words where they are not what the list is driven by.
func (c *clause) words(n query.Node) string {
	if c.noun.words != "" {
		text := strings.ReplaceAll(`{table}.id IN (SELECT d.thing FROM {words} t CROSS JOIN text_docs d ON d.doc = t.rowid WHERE t.{words} MATCH `+
			c.arg(c.noun.matching([]query.Node{n}, c.args[0]))+` AND d.tenant = $1)`, "{words}", c.noun.words)
		return strings.ReplaceAll(text, "{table}", c.noun.table)
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(n.Text) + "%"
	parts := make([]string, len(c.noun.spoken))
	for i, column := range c.noun.spoken {
		parts[i] = column + ` LIKE ` + c.arg(pattern) + ` ESCAPE '\'`
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// arg adds an argument and returns its placeholder.
func (c *clause) arg(v any) string {
	c.args = append(c.args, v)
	return c.param(1)
}

// match is a field with its tests.
func (c *clause) match(n query.Node) (string, error) {
	cr := c.noun.criterion(n.Field.Name)
	var parts, same []string
	for _, t := range n.Tests {
		switch {
		case t.Value.Empty:
			parts = append(parts, cr.none)
			continue
		case t.Value.Present:
			parts = append(parts, "("+cr.none+") IS NOT TRUE")
			continue
		case n.Field.Type == query.Choice:
			same = append(same, c.listed(choices(n.Field, t))...)
			continue
		}
		is, err := c.compared(cr, n.Field, t)
		if err != nil {
			return "", err
		}
		parts = append(parts, cr.holds(is, t.Value.Prefix))
	}
	if len(same) > 0 {
		parts = append(parts, cr.holds("IN ("+strings.Join(same, ", ")+")", false))
	}
	return "(" + strings.Join(parts, " OR ") + ")", nil
}

// listed adds arguments and returns their placeholders.
func (c *clause) listed(values []string) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = c.arg(v)
	}
	return list
}

// choices are the values of a choice that pass a test.
func choices(f query.Field, t query.Test) []string {
	if several, ok := f.Means[t.Value.Text]; ok {
		return several
	}
	if t.Op == query.Is {
		return []string{t.Value.Text}
	}
	var list []string
	at := rank(f.Values, t.Value.Text)
	for i, v := range f.Values {
		if passes(t.Op, i, at) {
			list = append(list, v)
		}
	}
	return list
}

func rank(values []string, v string) int {
	for i, one := range values {
		if one == v {
			return i
		}
	}
	return -1
}

func passes(op query.Op, i, at int) bool {
	switch op {
	case query.Above:
		return i > at
	case query.AtLeast:
		return i >= at
	case query.Below:
		return i < at
	case query.AtMost:
		return i <= at
	case query.Is, query.Within:
		return i == at
	}
	return false
}

// compared is the comparison of a test, to stand behind a column.
func (c *clause) compared(cr criterion, f query.Field, t query.Test) (string, error) {
	switch f.Type {
	case query.Number:
		if t.Op == query.Within {
			return "BETWEEN " + c.arg(t.Value.Number) + " AND " + c.arg(t.To.Number), nil
		}
		return string(cmpOp(t.Op)) + " " + c.arg(t.Value.Number), nil
	case query.Moment:
		return c.moment(t), nil
	case query.Flag:
		return "= " + c.arg(t.Value.Text == "yes"), nil
	case query.Person:
		return c.person(t.Value.Text)
	case query.ID:
		return c.id(cr, f, t.Value.Text)
	case query.Text:
		return c.spelt(cr, t.Value), nil
	case query.Choice: // their values are listed
	}
	return "", harrier.Errorf(harrier.Internal, "field %s has the type %q", f.Name, f.Type)
}

func cmpOp(op query.Op) query.Op {
	if op == query.Is {
		return "="
	}
	return op
}

// moment compares a time. A day is all of its moments.
func (c *clause) moment(t query.Test) string {
	from, to := t.Value.When.Span(c.now)
	switch t.Op {
	case query.Above:
		return ">= " + c.arg(to)
	case query.AtLeast:
		return ">= " + c.arg(from)
	case query.Below:
		return "< " + c.arg(from)
	case query.AtMost:
		return "< " + c.arg(to)
	case query.Within:
		_, to = t.To.When.Span(c.now)
	case query.Is:
	}
	return "BETWEEN " + c.arg(from) + " AND " + c.arg(to.Add(-time.Microsecond))
}

// person is somebody by name or id, or who asks.
func (c *clause) person(text string) (string, error) {
	if text == "me" {
		return "= " + c.arg(c.viewer), nil
	}
	if id, err := harrier.ParseID[harrier.PrincipalID](text); err == nil {
		return "= " + c.arg(id), nil
	}
	return "IN (SELECT p.id FROM principals p WHERE p.tenant_id = $1 AND p.name = " + c.arg(text) + ")", nil
}

// id is the id of a thing, or the number of a case.
func (c *clause) id(cr criterion, f query.Field, text string) (string, error) {
	if f.Name == "case" {
		if n, ok := wholeNumber(text); ok {
			return "IN (SELECT numbered.id FROM cases numbered WHERE numbered.tenant_id = $1 AND numbered.number = " + c.arg(n) + ")", nil
		}
	}
	id, err := cr.read(text)
	if err != nil {
		return "", harrier.Errorf(harrier.Invalid, "the query asks for %s:%s: %w", f.Name, text, err)
	}
	return "= " + c.arg(id), nil
}

func wholeNumber(text string) (n int64, ok bool) {
	_, err := fmt.Sscanf(text, "%d", &n)
	return n, err == nil && fmt.Sprint(n) == text
}

// spelt compares a text. The greatest character ends what begins with a prefix.
func (c *clause) spelt(cr criterion, v query.Value) string {
	text := v.Text
	if cr.lower {
		text = strings.ToLower(text)
	}
	if v.Prefix {
		return "BETWEEN " + c.arg(text) + " AND " + c.arg(text+"\U0010FFFF")
	}
	return "= " + c.arg(text)
}
