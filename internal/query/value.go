package query

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// tests reads the values of a field.
func (p *parser) tests(f Field) ([]Test, error) {
	var list []Test
	for {
		t, err := p.test(f)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		if p.at == len(p.source) || p.source[p.at] != ',' {
			return list, nil
		}
		if p.at++; len(list) == maxValues {
			return nil, p.problem(t.At, fmt.Sprintf("%s has more than %d values", f.Name, maxValues), "leave some out")
		}
	}
}

// test reads one value with its comparison.
func (p *parser) test(f Field) (Test, error) {
	start := p.at
	t := Test{Op: p.op()}
	if t.Op != Is && !ordered(f) {
		return t, p.problem(Place{start, p.at}, fmt.Sprintf("%s has no order, so %s says nothing", f.Name, t.Op), fmt.Sprintf("write %s:value", f.Name))
	}
	text, quoted, err := p.atom()
	if err != nil {
		return t, err
	}
	t.At = Place{start, p.at}
	if text == "" {
		return t, p.problem(t.At, fmt.Sprintf("%s has no value", f.Name), "write one after the colon, such as "+example(f))
	}
	if from, to, ok := strings.Cut(text, ".."); ok && !quoted && t.Op == Is && (f.Type == Number || f.Type == Moment) {
		t.Op = Within
		if t.To, err = p.value(f, to, t); err != nil {
			return t, err
		}
		text = from
	}
	t.Value, err = p.value(f, text, t)
	if err == nil && t.Op != Is && (t.Value.Empty || t.Value.Present || t.To.Empty || t.To.Present) {
		err = p.problem(t.At, text+" cannot be compared", fmt.Sprintf("write %s:%s", f.Name, text))
	}
	if quoted && f.Type == Text { // quotes take none, * and a star at the end for what they are
		t.Value = Value{Text: text}
	}
	return t, err
}

func ordered(f Field) bool { return f.Ordered || f.Type == Number || f.Type == Moment }

// op reads a comparison.
func (p *parser) op() Op {
	for _, o := range []Op{AtLeast, AtMost, Above, Below} {
		if strings.HasPrefix(p.source[p.at:], string(o)) {
			p.at += len(o)
			return o
		}
	}
	return Is
}

// atom reads a value, in quotes or not.
func (p *parser) atom() (text string, quoted bool, err error) {
	if p.at < len(p.source) && p.source[p.at] == '"' {
		text, err = p.quoted()
		return text, true, err
	}
	return p.run(`(),"`), false, nil
}

// example is a value that the field may have.
func example(f Field) string {
	value := "value"
	switch f.Type {
	case Choice:
		value = f.Values[len(f.Values)-1]
	case Number:
		value = ">=1"
	case Moment:
		value = ">-7d"
	case Flag:
		value = "yes"
	case Person:
		value = "me"
	case Text, ID:
	}
	return f.Name + ":" + value
}

// value reads a value of a field's type.
func (p *parser) value(f Field, text string, t Test) (Value, error) {
	v := Value{Text: text}
	switch {
	case f.Optional && text == "none":
		v.Empty = true
		return v, nil
	case f.Optional && text == "*":
		v.Present = true
		return v, nil
	}
	switch f.Type {
	case Choice:
		return p.choice(f, v, t)
	case Number:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || math.Abs(n) > 1<<53 {
			return v, p.problem(t.At, fmt.Sprintf("%q is not a number", text), "write one, such as "+example(f))
		}
		v.Number, v.Text = n, strconv.FormatFloat(n, 'f', -1, 64)
	case Moment:
		return p.moment(f, v, t)
	case Flag:
		switch strings.ToLower(text) {
		case "yes", "true":
			v.Text = "yes"
		case "no", "false":
			v.Text = "no"
		default:
			return v, p.problem(t.At, fmt.Sprintf("%s is yes or no, not %q", f.Name, text), fmt.Sprintf("write %s:yes or %s:no", f.Name, f.Name))
		}
	case Text:
		if rest, ok := strings.CutSuffix(text, "*"); ok && rest != "" {
			v.Text, v.Prefix = rest, true
		}
	case ID, Person:
	}
	return v, nil
}

// choice reads one of a few words.
func (p *parser) choice(f Field, v Value, t Test) (Value, error) {
	v.Text = strings.ToLower(v.Text)
	words := append([]string{}, f.Values...)
	for w := range f.Means {
		words = append(words, w)
	}
	for _, w := range words {
		if w == v.Text {
			if _, several := f.Means[w]; several && t.Op != Is {
				return v, p.problem(t.At, w+" stands for several values and has no order", fmt.Sprintf("write %s:%s", f.Name, w))
			}
			return v, nil
		}
	}
	fix := fmt.Sprintf("%s is %s", f.Name, strings.Join(f.Values, ", "))
	if near := harrier.Suggest(v.Text, words); near != "" {
		fix = fmt.Sprintf("did you mean %s:%s?", f.Name, near)
	}
	return v, p.problem(t.At, fmt.Sprintf("%s is never %q", f.Name, v.Text), fix)
}

// units are how long the letters after a number are.
func units() map[byte]time.Duration {
	return map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
}

// moment reads a day, a time, or how long ago.
func (p *parser) moment(f Field, v Value, t Test) (Value, error) {
	fix := fmt.Sprintf("write %s:>-7d (m, h, d or w), %s:2026-11-27, or %s:>=2026-11-27T08:00:00Z", f.Name, f.Name, f.Name)
	if text, ok := strings.CutPrefix(v.Text, "-"); ok && len(text) > 1 {
		unit, known := units()[text[len(text)-1]]
		n, err := strconv.ParseUint(text[:len(text)-1], 10, 32)
		if !known || err != nil || n > 100*366*24*60 || time.Duration(n) > (100*366*24*time.Hour)/unit {
			return v, p.problem(t.At, fmt.Sprintf("%q is not how long ago", v.Text), fix)
		}
		if t.Op == Is {
			return v, p.problem(t.At, "nothing is at exactly that moment", fmt.Sprintf("write %s:>%s for later, or %s:<%s for earlier", f.Name, v.Text, f.Name, v.Text))
		}
		v.When = When{Relative: true, Ago: time.Duration(n) * unit}
		v.Text = fmt.Sprintf("-%d%c", n, text[len(text)-1])
		return v, nil
	}
	if day, err := time.Parse(time.DateOnly, v.Text); err == nil && day.Year() > 1900 {
		v.When = When{Time: day, Day: true}
		return v, nil
	}
	at, err := time.Parse(time.RFC3339, v.Text)
	if err != nil || at.Year() < 1900 || at.Year() > 9998 {
		return v, p.problem(t.At, fmt.Sprintf("%q is not a time", v.Text), fix)
	}
	at = at.UTC().Truncate(time.Microsecond)
	v.When, v.Text = When{Time: at}, at.Format(time.RFC3339Nano)
	return v, nil
}
