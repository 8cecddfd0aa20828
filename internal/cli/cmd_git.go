package cli

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func gitCommand(s *shell) *cobra.Command {
	cmd := holder("git", "Exchange what decides about alerts with a Git repository", nil,
		gitAsk(s, &cobra.Command{Use: "status", Short: "Say where the repository is and how far it is"}, asked{Path: "/v1/git"}),
		gitAsk(s, &cobra.Command{Use: "export", Short: "Write the versions that the repository does not have, as signed commits"}, asked{Method: http.MethodPost, Path: "/v1/git/export"}),
		gitImport(s))
	cmd.Long = "Every version in force is a signed commit on the branch live of a bare repository in the data directory. Clone it, push a branch to it,\n" +
		"and import that: it is a draft, and waits for a review as any other. A commit that is signed by a key of the file allowed_signers,\n" +
		"which is changed by harrier change, needs none.\n\n" +
		"  harrier git export\n  git clone DATA/content.git && cd content && git switch -c work\n  git push origin work\n  harrier git import work"
	return cmd
}

// gitAsk is a command that asks about the repository and shows how it is.
func gitAsk(s *shell, cmd *cobra.Command, a asked) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		st, raw, err := fetch[api.GitStatus](cmd.Context(), c, a)
		if err != nil {
			return err
		}
		return s.print(result{
			raw: raw, names: []string{st.Commit}, head: []string{"PATH", "COMMIT", "EXPORTED", "VERSION"},
			rows: [][]string{{st.Path, st.Commit, fmt.Sprint(st.Exported), fmt.Sprint(st.Version)}},
			text: func(w io.Writer, p paint) {
				facts(w, p, [][2]string{
					{"path", st.Path}, {"branch", st.Branch}, {"commit", st.Commit}, {"exported", fmt.Sprintf("%d of %d versions", st.Exported, st.Version)},
					{"key", st.Key}, {"branches", strings.Join(st.Branches, ", ")},
				})
			},
		})
	}
	return cmd
}

func gitImport(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "import BRANCH", Short: "Make a draft of a branch", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.askChange(cmd, asked{Method: http.MethodPost, Path: "/v1/git/import", Body: api.ImportGit{Branch: args[0]}})
		},
	}
}
