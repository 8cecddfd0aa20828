package cli

import (
	"fmt"
	"io"
	"net/http"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

// auditShip holds the commands about where the audit trail is shipped to.
func auditShip(s *shell) *cobra.Command {
	list := listing[api.AuditTarget]{
		use: "list", short: "List where the audit trail is shipped to", path: "/v1/audit/targets", whole: true,
		columns: []column[api.AuditTarget]{
			{"NAME", func(t api.AuditTarget) string { return t.Name }}, {"KIND", func(t api.AuditTarget) string { return t.Kind }},
			{"ADDRESS", func(t api.AuditTarget) string { return t.Address }}, {"ROWS", func(t api.AuditTarget) string { return fmt.Sprint(t.Cursor) }},
			{"LAST", func(t api.AuditTarget) string { return stamp(t.SentAt) }}, {"ERROR", func(t api.AuditTarget) string { return short(t.Error, 80) }},
		},
		name: func(t api.AuditTarget) string { return t.Name }, empty: "the audit trail is shipped nowhere; harrier audit ship add NAME --syslog host:6514",
	}
	remove := &cobra.Command{
		Use: "remove NAME", Short: "End shipping to a target", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			_, err = c.RemoveAuditTarget(cmd.Context(), args[0])
			return err
		},
	}
	return holder("ship", "Ship the audit trail to log servers and web hooks", nil, list.command(s), auditShipAdd(s), remove)
}

func auditShipAdd(s *shell) *cobra.Command {
	var syslog, webhook, ca string
	var private []string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Ship the audit trail to a log server (--syslog) or a web hook (--webhook)", Args: cobra.ExactArgs(1),
		Long: `Ship the audit trail, row by row and in order, with its signed checkpoints.

--syslog host:6514 speaks RFC 5425: TLS, RFC 5424, a length before each message.
--webhook https://… posts rows, signed as Standard Webhooks say; the secret is
printed once. What is not taken is sent again; rows have their place in "seq".`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (syslog == "") == (webhook == "") {
				return usagef("say one of --syslog host:6514 and --webhook https://host/path")
			}
			in := api.AddAuditTarget{Name: args[0], Kind: "syslog", Address: syslog, AllowPrivate: private}
			if webhook != "" {
				in.Kind, in.Address = "webhook", webhook
			}
			var err error
			if in.CA, err = s.certificates(ca); err != nil {
				return err
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			t, raw, err := fetch[api.AuditTarget](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/audit/targets", Body: in})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{t.Name}, head: []string{"NAME", "KIND", "ADDRESS", "SECRET"}, rows: [][]string{{t.Name, t.Kind, t.Address, t.Secret}},
				text: func(w io.Writer, _ paint) {
					fmt.Fprintf(w, "the audit trail is shipped to %s\n", clean(t.Address))
					if t.Secret != "" {
						fmt.Fprintf(w, "its secret, shown this once: %s\n", clean(t.Secret))
					}
				},
			})
		},
	}
	cmd.Flags().StringVar(&syslog, "syslog", "", "host:port of a log server with TLS")
	cmd.Flags().StringVar(&webhook, "webhook", "", "the https address of a web hook")
	cmd.Flags().StringVar(&ca, "ca", "", "a PEM file of certificates to trust besides the system's")
	cmd.Flags().StringArrayVar(&private, "allow-private", nil, "a range of addresses that is otherwise refused, such as 10.1.2.3/32")
	return cmd
}
