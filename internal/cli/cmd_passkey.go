package cli

import (
	"net/http"
	"net/url"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func accountPasskeys(s *shell) *cobra.Command {
	list := listing[api.Passkey]{
		use: "list", short: "List your passkeys, or those of an account", path: "/v1/passkeys", whole: true, filters: [][2]string{{"account", "whose they are"}},
		columns: []column[api.Passkey]{
			{"NAME", func(k api.Passkey) string { return k.Name }}, {"STATE", passkeyState}, {"SINCE", func(k api.Passkey) string { return stamp(k.CreatedAt) }},
			{"USED", func(k api.Passkey) string { return stamp(k.UsedAt) }}, {"ID", func(k api.Passkey) string { return k.ID.String() }},
		},
		name: func(k api.Passkey) string { return k.ID.String() }, empty: "there are no passkeys; add one: open /passkeys of the server in a browser",
	}
	return holder("passkeys", "Know and remove passkeys; a browser adds them, at /passkeys of the server", []string{"passkey"}, list.command(s), passkeyRename(s), passkeyRemove(s))
}

func passkeyState(k api.Passkey) string {
	switch {
	case !k.CopiedAt.IsZero():
		return "copied"
	case k.Synced:
		return "synced"
	}
	return "on one device"
}

func passkeyRename(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "rename ID NAME", Short: "Call a passkey something else", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			a := asked{Method: http.MethodPatch, Path: "/v1/passkeys/" + url.PathEscape(args[0]), Body: api.RenamePasskey{Name: args[1]}}
			return ask(cmd, s, a, func(k api.Passkey) result {
				return result{names: []string{k.ID.String()}, head: []string{"NAME", "ID"}, rows: [][]string{{k.Name, k.ID.String()}}}
			})
		},
	}
}

func passkeyRemove(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Short: "Remove a passkey, and end the log-ins of its account", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			if err := c.RemovePasskey(cmd.Context(), args[0]); err != nil {
				return err
			}
			return s.print(result{names: []string{args[0]}, head: []string{"ID", "STATE"}, rows: [][]string{{args[0], "removed"}}})
		},
	}
}
