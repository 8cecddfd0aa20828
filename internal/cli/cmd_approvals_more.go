package cli

import (
	"net/http"
	"net/url"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

// escalateCommand asks others too.
func escalateCommand(s *shell) *cobra.Command {
	var in api.EscalateApproval
	cmd := &cobra.Command{
		Use: "escalate APPROVAL", Short: "Ask others too about what nobody decides", Args: cobra.ExactArgs(1),
		Example: "  harrier approvals escalate approval_… --to role:lead --reason \"nobody of the shift is there\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.changeApproval(cmd, asked{Method: http.MethodPost, Path: "/v1/approvals/" + url.PathEscape(args[0]) + "/escalate", Body: in},
				func(a api.Approval) { s.note("asked: %s", audience(a)) })
		},
	}
	cmd.Flags().StringVar(&in.To, "to", "", "who is asked too: role:NAME, group:NAME or user:NAME")
	cmd.Flags().StringVar(&in.Reason, "reason", "", "why, for the record")
	_ = cmd.MarkFlagRequired("to")
	return cmd
}

// withdrawCommand takes one's vote back.
func withdrawCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "withdraw APPROVAL", Short: "Take your vote back while others have to agree still", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.changeApproval(cmd, asked{Method: http.MethodPost, Path: "/v1/approvals/" + url.PathEscape(args[0]) + "/withdraw"},
				func(a api.Approval) { s.note("your vote on %s is taken back", a.ID) })
		},
	}
}

// changeApproval sends a change of a question that leaves it pending.
func (s *shell) changeApproval(cmd *cobra.Command, q asked, tell func(api.Approval)) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	a, raw, err := fetch[api.Approval](cmd.Context(), c, q)
	if err != nil {
		return err
	}
	tell(a)
	if s.output == "table" {
		return nil
	}
	return s.print(s.approvalResult(a, raw))
}
