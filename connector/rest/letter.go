package rest

import (
	"context"
	"encoding/base64"
	"fmt"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
)

// letter is {mime: {…}}: a mail that is written for products that take whole
// ones. Values cannot leave their fields.
type letter struct {
	fields  map[string]*payload
	headers []pair
}

// letterFields lists what a letter may have beside its headers.
func letterFields() []string { return []string{"from", "to", "cc", "reply_to", "subject", "text"} }

// letter compiles {mime: {…}}; nil where the map is something else.
func (l *loader) letter(n *document.Node, s *scope) *letter {
	m := n.Get("mime")
	if m == nil || m.Kind != document.Map || len(n.Entries) != 1 {
		return nil
	}
	out := &letter{fields: make(map[string]*payload)}
	for _, e := range m.Entries {
		switch {
		case e.Key == "headers":
			for _, h := range entries(e.Value) {
				if !strings.HasPrefix(strings.ToLower(h.Key), "x-") || strings.Trim(strings.ToLower(h.Key), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
					l.at(keySpan(h), "bad-header", h.Key+" is not a header of your own", "write a name such as X-Harrier-Effect")
				}
			}
			out.headers = l.pairs(e.Value, s)
		case slices.Contains(letterFields(), e.Key):
			out.fields[e.Key] = l.tree(e.Value, s, false)
		default:
			l.at(keySpan(e), "unknown-key", "a mail has no key "+e.Key, "use "+strings.Join(letterFields(), ", ")+" and headers")
		}
	}
	for _, name := range []string{"from", "to", "subject", "text"} {
		if out.fields[name] == nil {
			l.problem(m, "missing-key", "the mail lacks "+name, "add "+name+": …")
		}
	}
	return out
}

// reads reports whether some expression in the letter reads a variable.
func (m *letter) reads(name string) bool {
	if m == nil {
		return false
	}
	for _, p := range m.fields {
		if p.reads(name) {
			return true
		}
	}
	return slices.ContainsFunc(m.headers, func(h pair) bool { return h.value.reads(name) })
}

// eval returns the mail in base64url, as APIs take it.
func (m *letter) eval(ctx context.Context, at instant) (any, error) {
	fields := make(map[string][]string)
	for name, p := range m.fields {
		values, err := textsOf(ctx, pair{name: name, value: p}, at)
		if err != nil {
			return nil, err
		}
		fields[name] = values
	}
	var own [][2]string
	for _, h := range m.headers {
		values, err := textsOf(ctx, h, at)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			own = append(own, [2]string{h.name, v})
		}
	}
	text, err := written(fields, own, at.now)
	if err != nil {
		return nil, err
	}
	return base64.URLEncoding.EncodeToString([]byte(text)), nil
}

// written returns a mail as RFC 5322 text.
func written(fields map[string][]string, own [][2]string, now time.Time) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "Date: %s\r\n", now.UTC().Format(time.RFC1123Z))
	for _, f := range [][2]string{{"From", "from"}, {"To", "to"}, {"Cc", "cc"}, {"Reply-To", "reply_to"}} {
		list, err := addresses(fields[f[1]])
		if err != nil {
			return "", err
		}
		if list != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", f[0], list)
		}
	}
	subject := strings.Join(fields["subject"], " ")
	if len(subject) > 900 {
		return "", connector.Errorf(connector.Invalid, "the subject of the mail is longer than 900 bytes")
	}
	fmt.Fprintf(&b, "Subject: %s\r\n", mime.QEncoding.Encode("utf-8", oneLine(subject)))
	for _, h := range own {
		if len(h[1]) > 900 || strings.ContainsFunc(h[1], func(r rune) bool { return r < ' ' || r > '~' }) {
			return "", connector.Errorf(connector.Invalid, "the header %s of the mail has more than printable ASCII", h[0])
		}
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	encoded := base64.StdEncoding.EncodeToString([]byte(strings.Join(fields["text"], "\n")))
	for chunk := range slices.Chunk([]byte(encoded), 76) {
		b.Write(chunk)
		b.WriteString("\r\n")
	}
	return b.String(), nil
}

// oneLine returns a text without line breaks and other control characters.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// addresses returns a list of addresses as a header has it, one to a line.
func addresses(list []string) (string, error) {
	out := make([]string, len(list))
	for i, text := range list {
		a, err := mail.ParseAddress(text)
		if err != nil || len(text) > 320 {
			return "", connector.Errorf(connector.Invalid, "%q is no address that a mail can be sent to", text)
		}
		out[i] = (&mail.Address{Address: a.Address}).String()
	}
	return strings.Join(out, ",\r\n "), nil
}
