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
	parse := &cobra.Command{
		Use: "parse FILE|-", Short: "Show what a playbook sees of a mail", Args: cobra.ExactArgs(1),
		Long: "Read a mail as email.parse does, without a server: nothing is fetched, opened or executed.",
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := s.readAll(args[0], 64<<20)
			if err != nil {
				return err
			}
			m, err := email.Parse(bytes.NewReader(text), email.DefaultLimits())
			if err != nil {
				return err
			}
			m = m.Reported()
			out, err := object(m.Output())
			if err != nil {
				return err
			}
			out.names = []string{m.MessageID}
			out.head = []string{"TYPE", "VALUE", "ROLE", "WHERE"}
			for _, o := range m.Observables() {
				out.rows = append(out.rows, []string{o.Type, o.Value, o.Role, o.Where})
			}
			out.text = func(w io.Writer, p paint) { mailText(w, p, m) }
			return s.print(out)
		},
	}
	return holder("email", "Read mails", nil, parse)
}

// mailText shows a mail for people; what could be clicked is defanged.
func mailText(w io.Writer, p paint, m *email.Message) {
	fmt.Fprintln(w, p.bold(clean(m.Subject)))
	sum := m.AuthSummary()
	facts(w, p, [][2]string{
		{"from", addresses(m.From)}, {"reply-to", addresses(m.ReplyTo)}, {"to", addresses(m.To)}, {"id", m.MessageID}, {"date", stamp(m.Date)}, {"checks", "SPF " + sum.SPF + ", DKIM " + sum.DKIM + ", DMARC " + sum.DMARC},
	})
	for _, a := range m.Attachments {
		fmt.Fprintf(w, "  %s %s  %s  %d bytes  %s\n", p.dim("attachment"), clean(a.Name), clean(a.SniffedType), len(a.Content), a.SHA256)
	}
	for _, o := range m.Observables() {
		fmt.Fprintf(w, "  %s %s\n", p.dim(fmt.Sprintf("%-10s", o.Type)), defang(clean(o.Value)))
	}
	for _, sig := range m.Signals() {
		fmt.Fprintf(w, "  %s %s\n", p.warn("▲ "+sig.Code), clean(sig.Text))
	}
	for _, warning := range m.Warnings {
		fmt.Fprintf(w, "  %s\n", p.dim("note: "+clean(warning.Text)))
	}
}

func addresses(list []email.Address) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = strings.TrimSpace(a.Name + " <" + a.Address + ">")
	}
	return strings.Join(out, ", ")
}

// defang makes an address that nobody can click by mistake.
func defang(text string) string {
	return strings.NewReplacer("http://", "hxxp://", "https://", "hxxps://", ".", "[.]").Replace(text)
}
