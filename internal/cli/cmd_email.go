package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/harrier-soar/harrier/internal/email"
	"github.com/spf13/cobra"
)

func emailCommand(s *shell) *cobra.Command {
	var by email.Organisation
	parse := &cobra.Command{
		Use: "parse FILE|-", Short: "Show what a playbook sees of a mail", Args: cobra.ExactArgs(1),
		Long: "Read a mail (.eml or .msg) as email.parse does, without a server: nothing is fetched, opened or executed.\n" +
			"Say which domains are yours, and it tells a colleague's forward from a forged thread, and imitations of you;\n" +
			"say which mail servers are yours, and it tells what they found out from what anybody wrote.",
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := s.readAll(args[0], 64<<20)
			if err != nil {
				return err
			}
			m, err := email.Parse(bytes.NewReader(text), email.DefaultLimits())
			if err != nil {
				return err
			}
			r := m.Read(by)
			out, err := object(r.Output())
			if err != nil {
				return err
			}
			out.names = []string{r.Mail().MessageID}
			out.head = []string{"TYPE", "VALUE", "ROLE", "WHERE"}
			for _, o := range r.Observables() {
				out.rows = append(out.rows, []string{o.Type, o.Value, o.Role, o.Where})
			}
			out.text = func(w io.Writer, p paint) { mailText(w, p, m, r) }
			return s.print(out)
		},
	}
	parse.Flags().StringSliceVar(&by.OwnDomains, "own-domain", nil, "a domain of yours; repeat or separate with commas")
	parse.Flags().StringSliceVar(&by.TrustedServers, "trusted-server", nil, "a mail server of yours, as it names itself in Authentication-Results or after by in Received")
	parse.Flags().BoolVar(&by.Original, "original", false, "the file is the mail itself: do not look for a reported one inside")
	return holder("email", "Read mails", nil, parse)
}

// mailText shows a mail for people; what could be clicked is defanged.
func mailText(w io.Writer, p paint, outer *email.Message, r email.Reading) {
	m := r.Mail()
	fmt.Fprintln(w, p.bold(clean(m.Subject)))
	facts(w, p, [][2]string{
		{"from", addresses(m.From)}, {"reply-to", addresses(m.ReplyTo)}, {"to", addresses(m.To)}, {"id", m.MessageID}, {"date", stamp(m.Date)},
		{"report", reportLine(r)}, {"comment", reportComment(r)}, {"sender", senderLine(r)}, {"filters", filterLine(m)}, {"exercise", exerciseLine(r)}, {"machine", machineLine(m)},
	})
	for _, sig := range r.Signals() {
		fmt.Fprintf(w, "  %s %s\n", p.warn("▲ "+sig.Code), clean(sig.Text))
	}
	for _, a := range m.Attachments {
		fmt.Fprintf(w, "  %s %s  %s  %d bytes  %s\n", p.dim("attachment"), clean(a.Name), clean(a.SniffedType), len(a.Content), a.SHA256)
	}
	shown := mailLinks(w, p, m)
	for _, o := range r.Observables() {
		if !shown[o.Value] {
			fmt.Fprintf(w, "  %s %s  %s\n", p.dim(fmt.Sprintf("%-10s", o.Type)), defang(clean(o.Value)), p.dim(o.Role))
		}
	}
	warnings := m.Warnings
	if outer != m {
		warnings = append(append(warnings[:0:0], outer.Warnings...), warnings...)
	}
	for _, warning := range warnings {
		fmt.Fprintf(w, "  %s\n", p.dim("note: "+clean(warning.Text)))
	}
}

// mailLinks shows each link once, with what is to be known before it is touched,
// and returns which it showed.
func mailLinks(w io.Writer, p paint, m *email.Message) map[string]bool {
	const most = 50
	seen := map[string]bool{}
	for _, l := range m.Links {
		if l.URL == "" || seen[l.URL] {
			continue
		}
		if seen[l.URL] = true; len(seen) > most {
			fmt.Fprintf(w, "  %s\n", p.dim("more links; -o json shows all"))
			return seen
		}
		line := fmt.Sprintf("  %s %s", p.dim("link      "), defang(shortened(clean(l.URL), 200)))
		if l.TextHost != "" {
			line += "  " + p.warn("shown as "+defang(clean(l.TextHost)))
		}
		if why := l.OneTime(); why != "" {
			line += "  " + p.warn("do not open: "+why)
		}
		fmt.Fprintln(w, line)
	}
	return seen
}

// shortened cuts long text.
func shortened(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}

// reportLine says how the mail was reported, and by whom.
func reportLine(r email.Reading) string {
	rep, ok := r.Report()
	if !ok {
		return ""
	}
	line := strings.ReplaceAll(rep.Form, "_", " ") + " by " + addresses([]email.Address{rep.Reporter})
	switch {
	case rep.HeadersLost:
		line += "; forwarded as text: only the text is known, fetch the original"
	case rep.Original == email.OriginalHeaders:
		line += "; its header stands in the text"
	}
	if n := len(rep.Chain); n > 1 {
		line += fmt.Sprintf("; inside of %d mails", n)
	}
	return line
}

// reportComment is what the reporter wrote, in one line.
func reportComment(r email.Reading) string {
	rep, _ := r.Report()
	text := strings.NewReplacer("http://", "hxxp://", "https://", "hxxps://").Replace(rep.Comment)
	return shortened(strings.Join(strings.Fields(text), " "), 200)
}

// senderLine says whether the sender is who it says it is.
func senderLine(r email.Reading) string {
	a := r.Authentication()
	line := "not proven. "
	if a.Aligned {
		line = "proven, if "
		if a.Trusted {
			line = "proven: "
		} else if a.Server != "" {
			line += a.Server + " can be believed: "
		} else {
			line += "the topmost result can be believed: "
		}
	}
	return line + a.Why + fmt.Sprintf(" (SPF %s, DKIM %s, DMARC %s)", a.SPF, a.DKIM, a.DMARC)
}

// filterLine says what the filters of Microsoft took the mail for.
func filterLine(m *email.Message) string {
	e, ok := m.Exchange()
	if !ok || e.SFV+e.Category == "" {
		return ""
	}
	line := strings.TrimSpace(e.SFV + " " + e.Category)
	if e.SCL != nil {
		line += fmt.Sprintf(", spam level %d", *e.SCL)
	}
	if e.IP.IsValid() {
		line += ", from " + e.IP.String() + " " + e.Country
	}
	return line
}

// exerciseLine says whether the mail is a phishing exercise.
func exerciseLine(r email.Reading) string {
	e, ok := r.Simulation()
	switch {
	case !ok:
		return ""
	case e.Proven:
		return e.Vendor + ", proven: " + e.Evidence
	}
	return "claims to be one of " + e.Vendor + ", not proven: " + e.Evidence
}

// machineLine says how it shows that no person sent the mail.
func machineLine(m *email.Message) string {
	why, _ := m.Automatic()
	return why
}

func addresses(list []email.Address) string {
	out := make([]string, len(list))
	for i, a := range list {
		switch {
		case a.Address == "":
			out[i] = a.Name
		case a.Name == "":
			out[i] = a.Address
		default:
			out[i] = a.Name + " <" + a.Address + ">"
		}
	}
	return strings.Join(out, ", ")
}

// defang makes an address that nobody can click by mistake.
func defang(text string) string {
	return strings.NewReplacer("http://", "hxxp://", "https://", "hxxps://", ".", "[.]").Replace(text)
}
