package caseexport

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Markdown writes the document for people.
func Markdown(d Document) []byte {
	b := &strings.Builder{}
	c := d.Case
	fmt.Fprintf(b, "# Case %d: %s\n\n", c.Number, plain(c.Title))
	if c.TLP != "" {
		fmt.Fprintf(b, "**TLP:%s**\n\n", strings.ToUpper(plain(c.TLP)))
	}
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "| %s | %s |\n", name, value)
		}
	}
	b.WriteString("| | |\n|---|---|\n")
	row("Severity", plain(c.Severity))
	row("Status", plain(c.Status))
	row("Disposition", plain(strings.ReplaceAll(c.Disposition, "_", " ")))
	row("Owner", plain(c.Owner.Name))
	row("PAP", plain(c.PAP))
	row("Tags", plain(strings.Join(c.Tags, ", ")))
	row("Opened", stamp(c.CreatedAt))
	row("Contained", stamp(c.ContainedAt))
	row("Closed", stamp(c.ClosedAt))
	row("Written", stamp(d.WrittenAt)+" by "+plain(d.Producer))
	if c.Summary != "" {
		fmt.Fprintf(b, "\n## Summary\n\n%s\n", quoted(c.Summary))
	}
	d.lists(b)
	return []byte(b.String())
}

// lists writes the parts that are lists.
func (d Document) lists(b *strings.Builder) {
	table(b, part{"Alerts", []string{"Time", "Severity", "Title", "What it was"}}, d.Alerts, func(a Alert) []string {
		return []string{stamp(a.At), a.Severity, a.Title, cmp.Or(a.Disposition, a.Status)}
	})
	table(b, part{"Observables", []string{"Type", "Value", "Bad", "Alerts", "Note"}}, d.Observables, func(o Observable) []string {
		return []string{o.Type, defanged(o.Value), yes(o.Bad), fmt.Sprint(o.Alerts), o.Note}
	})
	table(b, part{"Tasks", []string{"Task", "Required", "State", "Who", "Why"}}, d.Tasks, func(t Task) []string {
		return []string{t.Title, yes(t.Required), t.Status, cmp.Or(t.EndedBy, t.Assignee), t.Reason}
	})
	table(b, part{"Contained", []string{"Time", "Action", "Target", "State"}}, d.Contained, func(x containment) []string {
		return []string{stamp(x.At), x.Action, defanged(x.Target), string(x.State)}
	})
	table(b, part{"Evidence", []string{"Added", "Name", "Bytes", "SHA-256"}}, d.Evidence, func(e artefact) []string {
		return []string{stamp(e.CreatedAt), e.Name, fmt.Sprint(e.Size), e.SHA256}
	})
	table(b, part{"Statuses", []string{"Time", "Status", "By", "Why"}}, d.Statuses, func(s Status) []string {
		return []string{stamp(s.At), strings.TrimSpace(s.Status + " " + strings.ReplaceAll(s.Disposition, "_", " ")), s.By, s.Reason}
	})
	if len(d.Timeline) == 0 {
		return
	}
	b.WriteString("\n## Timeline\n")
	for _, e := range d.Timeline {
		fmt.Fprintf(b, "\n**%s** %s, %s\n", stamp(e.At), plain(e.Kind), plain(e.Author))
		if e.Text != "" {
			fmt.Fprintf(b, "\n%s\n", quoted(e.Text))
		}
	}
}

// part is the title and the head of a table.
type part struct {
	title string
	head  []string
}

// table writes a part, unless it is empty. Its cells are escaped here.
func table[T any](b *strings.Builder, of part, items []T, cells func(T) []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| %s |\n|%s\n", of.title, strings.Join(of.head, " | "), strings.Repeat("---|", len(of.head)))
	for _, item := range items {
		for _, cell := range cells(item) {
			b.WriteString("| " + plain(cell) + " ")
		}
		b.WriteString("|\n")
	}
}

// plain is outside text on one line, in which nothing means anything to Markdown
// or HTML.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r): // also what turns the order of letters around
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == ':' || r == '@': // what makes links of bare text looks for them
			fmt.Fprintf(&b, "&#%d;", r)
		case strings.ContainsRune("\\`*_{}[]()#+-.!|~=$^", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// quoted is outside text of several lines, as a quotation.
func quoted(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight("> "+plain(line), " ")
	}
	return strings.Join(lines, "\n")
}

// defanged is an indicator on which nobody clicks.
func defanged(value string) string {
	return strings.NewReplacer(".", "[.]", "://", "[://]", "@", "[@]").Replace(value)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}
