package outlook

import (
	"strings"
	"time"
	"unicode"
)

// Header returns a header in the form of RFC 5322 with UTF-8 (RFC 6532): the
// header text, then the fields that it lacks, made from the properties. It ends
// with a line end and has no blank line.
func (it *Item) Header() string {
	var b strings.Builder
	text := trimHeader(it.HeaderText)
	b.WriteString(text)
	have := fieldNames(text)
	for _, f := range it.fields() {
		if f[1] != "" && !have[strings.ToLower(f[0])] {
			b.WriteString(f[0] + ": " + f[1] + "\r\n")
		}
	}
	return b.String()
}

// trimHeader leaves out what does not belong to a header: the line that old
// versions of Outlook put first, blank lines, and what follows them.
func trimHeader(text string) string {
	text = strings.TrimLeft(text, "\r\n\x00 \t\ufeff")
	if strings.HasPrefix(text, "Microsoft Mail Internet Headers") {
		_, text, _ = strings.Cut(text, "\n")
		text = strings.TrimLeft(text, "\r\n")
	}
	for _, blank := range []string{"\r\n\r\n", "\n\n"} {
		if i := strings.Index(text, blank); i >= 0 {
			text = text[:i]
		}
	}
	text = strings.TrimRight(text, "\r\n\x00")
	if text != "" {
		text += "\r\n"
	}
	return text
}

// fieldNames returns the names of the fields of a header in lower case.
func fieldNames(text string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.SplitSeq(text, "\n") {
		if name, _, ok := strings.Cut(line, ":"); ok && name != "" && !strings.ContainsAny(name, " \t") {
			names[strings.ToLower(name)] = true
		}
	}
	return names
}

// fields returns the fields that the properties tell, in the order of a header.
func (it *Item) fields() [][2]string {
	date := ""
	if !it.Date.IsZero() {
		date = it.Date.UTC().Format(time.RFC1123Z)
	}
	return [][2]string{
		{"From", addressList([]Address{it.From})}, {"Sender", addressList([]Address{it.Sender})},
		{"Reply-To", addressList(it.ReplyTo)}, {"To", addressList(it.To)}, {"Cc", addressList(it.Cc)}, {"Bcc", addressList(it.Bcc)},
		{"Subject", oneLine(it.Subject)}, {"Date", date}, {"Message-ID", oneLine(it.MessageID)},
		{"In-Reply-To", oneLine(it.InReplyTo)}, {"References", oneLine(it.References)},
	}
}

// addressList returns addresses as the value of a field.
func addressList(list []Address) string {
	var out []string
	for _, a := range list {
		if text := a.field(); text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}

// field returns the address as it stands in a header.
func (a Address) field() string {
	name := oneLine(a.Name)
	address := strings.Map(func(r rune) rune {
		if r <= ' ' || r == '<' || r == '>' || unicode.IsControl(r) {
			return -1
		}
		return r
	}, a.Address)
	switch {
	case name == "" || name == address:
		name = ""
	default:
		name = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	}
	if address != "" {
		address = "<" + address + ">"
	}
	return strings.TrimSpace(name + " " + address)
}

// oneLine makes one line without control characters of a text, so that no
// property adds a field to a header.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\r' || r == '\n':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, text))
}
