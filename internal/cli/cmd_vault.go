package cli

import (
	"fmt"
	"io"
	"net/http"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func vaultCommand(s *shell) *cobra.Command {
	status := &cobra.Command{
		Use: "status", Short: "Show how the root key stands, and how far a rotation is", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.askVault(cmd, asked{Path: "/v1/vault/rotation"}) },
	}
	rotate := &cobra.Command{
		Use: "rotate", Short: "Replace the root key while all goes on", Args: cobra.NoArgs,
		Long: `Replace the root key that wraps the keys of all tenants. Secrets are used all the
while. A rotation that is cut off goes on at the next start, or when this is asked
again. Put the new root.key of the data directory into your backup of keys; the old
one opens nothing that is stored from now on, and older backups still need it.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.askVault(cmd, asked{Method: http.MethodPost, Path: "/v1/vault/rotation", Body: struct{}{}})
		},
	}
	return holder("vault", "See to the key that all secrets hang from", nil, status, rotate)
}

// askVault asks something of the vault and prints how its root key stands.
func (s *shell) askVault(cmd *cobra.Command, q asked) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	v, raw, err := fetch[api.VaultRotation](cmd.Context(), c, q)
	if err != nil {
		return err
	}
	return s.print(result{
		raw: raw, names: []string{v.Root}, head: []string{"ROOT", "SINCE", "DONE", "OF"}, rows: [][]string{{v.Root, stamp(v.Since), fmt.Sprint(v.Done), fmt.Sprint(v.Of)}},
		text: func(w io.Writer, _ paint) {
			fmt.Fprintf(w, "root key %s since %s\n", clean(v.Root), stamp(v.Since))
			if v.Running {
				fmt.Fprintf(w, "a rotation runs: %d of %d keys are wrapped by it\n", v.Done, v.Of)
			} else if v.Of > 0 {
				fmt.Fprintf(w, "rotated: %d keys were wrapped again; back up root.key\n", v.Of)
			}
		},
	})
}
