package shift

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/notify"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Markdown is a hand-over as a text for people. What came from outside can
// neither be clicked nor break out of its line.
func (h Handover) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Hand-over of %s\n\n", h.CreatedAt.Format("2006-01-02 15:04 MST"))
	fmt.Fprintf(&b, "From %s to %s. ", plain(h.From), plain(orWhoever(h.To)))
	if h.AcceptedAt.IsZero() {
		b.WriteString("Nobody has accepted it yet.\n")
	} else {
		fmt.Fprintf(&b, "Accepted by %s at %s.\n", plain(h.AcceptedName), h.AcceptedAt.Format("2006-01-02 15:04 MST"))
	}
	if h.Notes != "" {
		b.WriteString("\n## Notes\n\n")
		for line := range strings.SplitSeq(h.Notes, "\n") {
			b.WriteString("> " + plain(line) + "\n")
		}
	}
	if len(h.Content.OnCall) > 0 {
		b.WriteString("\n## On call\n\n")
		for _, s := range h.Content.OnCall {
			fmt.Fprintf(&b, "* %s: %s%s\n", plain(s.Rota), plain(orNobody(s.Person)), until(s.Until))
		}
	}
	for _, sec := range h.Content.Sections {
		fmt.Fprintf(&b, "\n## %s (%s)\n\n", sec.Title, count(sec))
		for _, i := range sec.Items {
			fmt.Fprintf(&b, "* %s%s%s%s `%s`\n", bracket(i.Severity), plain(i.Title), detail(i.Detail), until(i.At), i.ID)
		}
	}
	if len(h.Content.Sections) == 0 {
		b.WriteString("\nNothing is open.\n")
	}
	return b.String()
}

func orWhoever(name string) string {
	if name == "" {
		return "whoever comes"
	}
	return name
}

func orNobody(name string) string {
	if name == "" {
		return "nobody"
	}
	return name
}

func count(s Section) string {
	if s.More {
		return fmt.Sprintf("more than %d", len(s.Items))
	}
	return strconv.Itoa(len(s.Items))
}

func bracket(severity string) string {
	if severity == "" {
		return ""
	}
	return "**" + plain(severity) + "** "
}

func detail(text string) string {
	if text == "" {
		return ""
	}
	return ", " + plain(text)
}

func until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return ", until " + t.UTC().Format("2006-01-02 15:04 MST")
}

// plain is a value from outside as text of one line, which Markdown reads as
// nothing else.
func plain(text string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "'", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "‹", ">", "›", "#", `\#`, "|", `\|`).Replace(notify.Harmless(text))
}
