package notify

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/schema"
)

// maxValue bounds a value, in bytes.
const maxValue = 1000

// Actions returns the built-in actions of the package.
func (t *Templates) Actions() []builtin.Action {
	return []builtin.Action{{Spec: t.spec(), Call: t.call}}
}

// spec describes notify.text.
func (t *Templates) spec() schema.ActionSpec {
	str := schema.TypeOf(schema.String)
	must := func(name, help string) schema.Field {
		return schema.Field{Name: name, Type: str, Required: true, Help: help}
	}
	return schema.ActionSpec{
		Name: "notify.text", Title: "Write what a person is told, in the person's language", Connector: "notify",
		Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true,
		Input: []schema.Field{
			{Name: "template", Type: schema.Type{Kind: schema.String, Values: t.ids()}, Required: true, Help: "What is told."},
			{Name: "language", Type: str, Help: "Language of the person as a BCP 47 tag, such as de-CH. Without it, or where the template has no such language, English."},
			{Name: "values", Type: schema.MapOf(str), Default: map[string]any{}, Help: "What is filled in, by name. It is shown as one line that cannot be clicked."},
		},
		Output:  schema.ObjectOf(must("subject", "Subject of the message."), must("body", "Plain text of the message."), must("language", "Language that it is in.")),
		Example: map[string]any{"subject": "Thank you for your report", "body": "We have received your report and are looking at it.", "language": "en"},
	}
}

// call is notify.text.
func (t *Templates) call(_ context.Context, req builtin.Request) (map[string]any, error) {
	id, _ := req.Input["template"].(string)
	language, _ := req.Input["language"].(string)
	given, _ := req.Input["values"].(map[string]any)
	values := make(map[string]string, len(given))
	for name, v := range given {
		values[name], _ = v.(string)
	}
	m, err := t.Text(id, language, values)
	if err != nil {
		return nil, err
	}
	return map[string]any{"subject": m.Subject, "body": m.Body, "language": m.Language}, nil
}

// Message is a text for a person.
type Message struct{ Subject, Body, Language string }

// Text fills a template in. It is [harrier.NotFound] where there is no such
// template and [harrier.Invalid] where a value is missing or is none of it.
func (t *Templates) Text(id, language string, values map[string]string) (Message, error) {
	one, ok := t.byID[id]
	if !ok {
		return Message{}, harrier.Errorf(harrier.NotFound, "there is no template %q; there are %s", id, strings.Join(t.ids(), ", "))
	}
	var wrong []string
	for name := range values {
		if !one.values[name] {
			wrong = append(wrong, fmt.Sprintf("%s is no value of it", name))
		}
	}
	tag, text := one.in(language)
	filled := func(text string) string {
		return places().ReplaceAllStringFunc(text, func(place string) string {
			name := place[1 : len(place)-1]
			v, ok := values[name]
			if !ok {
				wrong = append(wrong, fmt.Sprintf("its value %s is missing", name))
			}
			return Harmless(v)
		})
	}
	m := Message{filled(strings.TrimSpace(text.subject)), filled(text.body), tag}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return Message{}, harrier.Errorf(harrier.Invalid, "template %s: %s", id, strings.Join(slices.Compact(wrong), "; "))
	}
	return m, nil
}

// in returns the template in a language, or in the nearest one that it has.
func (t template) in(language string) (string, text) {
	for tag := strings.ToLower(strings.ReplaceAll(language, "_", "-")); tag != ""; {
		if text, ok := t.languages[tag]; ok {
			return tag, text
		}
		cut := strings.LastIndexByte(tag, '-')
		tag = tag[:max(cut, 0)]
	}
	return fallback, t.languages[fallback]
}

// Harmless makes a text from outside fit to stand in a message: one line, of
// limited length, without characters that steer a terminal or turn the
// direction of text, and without anything that a mail program makes clickable.
func Harmless(value string) string {
	value = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, value)
	value = strings.Join(strings.Fields(value), " ")
	if len(value) > maxValue {
		cut := maxValue
		for cut > 0 && !utf8.RuneStart(value[cut]) {
			cut--
		}
		value = value[:cut] + "…"
	}
	value = regexp.MustCompile(`(?i)\bhttp(s?)://`).ReplaceAllString(value, "hxxp$1://")
	return regexp.MustCompile(`([\pL\pN])\.([\pL])`).ReplaceAllString(value, "$1[.]$2")
}
