package cli

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/spf13/cobra"
)

func changeCommand(s *shell) *cobra.Command {
	list := listing[api.Change]{
		use: "list", short: "List changes, the newest first", path: "/v1/changes",
		filters: [][2]string{{"state", "draft, submitted, live or rejected"}, {"path", "only those that change this file"}},
		columns: []column[api.Change]{
			{"STATE", func(c api.Change) string { return string(c.State) }}, {"VERSION", func(c api.Change) string { return versionText(c.Version) }},
			{"TITLE", func(c api.Change) string { return short(c.Title, 60) }}, {"AUTHOR", func(c api.Change) string { return c.Author }},
			{"REVIEWER", func(c api.Change) string { return c.Reviewer }}, {"CREATED", func(c api.Change) string { return stamp(c.CreatedAt) }},
			{"ID", func(c api.Change) string { return c.ID.String() }},
		},
		name: func(c api.Change) string { return c.ID.String() }, empty: "nothing was changed",
	}
	cmd := holder("change", "Change playbooks and rules, under four eyes", []string{"changes"}, list.command(s), changeNew(s), changeEdit(s), changeShow(s), changeDiff(s), changeMerge(s),
		changeSubmit(s), changeDecide(s, "approve", "Put a change into force"), changeDecide(s, "reject", "Send a change back"), changeRollback(s), changeHistory(s))
	cmd.Long = "What decides about alerts changes in three steps: somebody proposes files, somebody else approves them, and all of them come into\n" +
		"force at once. Runs under way keep what they were started with.\n\n" +
		"  harrier change new playbooks/block.playbook.yaml --title \"Ask before blocking\" --submit\n" +
		"  harrier change show CHANGE\n  harrier change approve CHANGE\n  harrier change rollback 17"
	return cmd
}

// versionText is the number of a version, empty where there is none.
func versionText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func changePath(id string, more ...string) string {
	return strings.Join(append([]string{"/v1/changes/" + url.PathEscape(id)}, more...), "/")
}

// askChange asks one thing about changes and shows what comes of it.
func (s *shell) askChange(cmd *cobra.Command, a asked) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	d, raw, err := fetch[api.ChangeDetail](cmd.Context(), c, a)
	if err != nil {
		return err
	}
	return s.print(changeResult(d, raw))
}

// changeFlags are the flags of a proposal.
type changeFlags struct {
	title, as string
	remove    []string
	imported  bool
	submit    bool
}

func (f *changeFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.title, "title", "", "what the change is for")
	flags.StringVar(&f.as, "as", "", "where the one file belongs, such as playbooks/block.playbook.yaml")
	flags.StringArrayVar(&f.remove, "remove", nil, "a file to take away, such as playbooks/old.playbook.yaml")
	flags.BoolVar(&f.submit, "submit", false, "put it before a second person at once")
	_ = cmd.MarkFlagRequired("title")
}

func changeNew(s *shell) *cobra.Command {
	var f changeFlags
	cmd := &cobra.Command{
		Use: "new FILE|DIR...", Short: "Propose files; checkers answer at once, and nothing has an effect before a review",
		Long: "Propose files. A file belongs where its folder says, as in playbooks/block.playbook.yaml; of a directory, all files in it are taken.\nThe exit code is 6 where the files have problems; the draft is kept.",
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := s.proposal(args, f)
			if err != nil {
				return err
			}
			return s.propose(cmd, asked{Method: http.MethodPost, Path: "/v1/changes", Body: in}, f.submit)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&f.imported, "import", false, "the files were made elsewhere")
	return cmd
}

func changeEdit(s *shell) *cobra.Command {
	var f changeFlags
	cmd := &cobra.Command{
		Use: "edit CHANGE FILE|DIR...", Short: "Give a draft, or a change that was sent back, other files", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := s.proposal(args[1:], f)
			if err != nil {
				return err
			}
			return s.propose(cmd, asked{Method: http.MethodPatch, Path: changePath(args[0]), Body: in}, f.submit)
		},
	}
	f.add(cmd)
	return cmd
}

// proposal reads what is proposed.
func (s *shell) proposal(args []string, f changeFlags) (api.ProposeChange, error) {
	in := api.ProposeChange{Title: f.title}
	if f.imported {
		in.Origin = change.Imported
	}
	files, err := s.contentFiles(args, f.as)
	in.Files = files
	for _, path := range f.remove {
		in.Files = append(in.Files, api.ChangeFile{Path: path, Remove: true})
	}
	if err == nil && len(in.Files) == 0 {
		err = usagef("name the files that the change holds")
	}
	return in, err
}

// propose proposes files, and submits them where that is wanted and nothing is wrong.
func (s *shell) propose(cmd *cobra.Command, a asked, submit bool) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	d, raw, err := fetch[api.ChangeDetail](cmd.Context(), c, a)
	if err != nil {
		return err
	}
	if submit && d.OK {
		err = s.askChange(cmd, asked{Method: http.MethodPost, Path: changePath(d.ID.String(), "submit"), Body: api.MoveChange{}})
		return err
	}
	if err := s.print(changeResult(d, raw)); err != nil {
		return err
	}
	if !d.OK {
		s.note("mend it: harrier change edit %s FILE... --title %q", d.ID, d.Title)
		return found()
	}
	s.note("put it before a second person: harrier change submit %s", d.ID)
	return nil
}

func changeShow(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "show CHANGE", Short: "Show a change, and what checkers and tests say of it now", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.askChange(cmd, asked{Path: changePath(args[0])})
		},
	}
}

func changeDiff(s *shell) *cobra.Command {
	var lines bool
	cmd := &cobra.Command{
		Use: "diff CHANGE", Short: "Say what a change makes otherwise: steps, effects, targets, guards, weights", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			d, _, err := fetch[api.ChangeDetail](cmd.Context(), c, asked{Path: changePath(args[0])})
			if err != nil {
				return err
			}
			r, err := object(map[string]any{"differences": d.Differences, "diff": d.Diff})
			if err != nil {
				return err
			}
			r.head = []string{"FILE", "ABOUT", "PLACE", "WHAT", "BEFORE", "AFTER"}
			for _, one := range d.Differences {
				r.rows = append(r.rows, []string{one.File, one.About, one.Place, one.Op, one.Before, one.After})
				r.names = append(r.names, one.Place)
			}
			if lines || len(d.Differences) == 0 {
				r.text = func(w io.Writer, _ paint) { fmt.Fprint(w, clean(d.Diff)) }
			}
			return s.print(r)
		},
	}
	cmd.Flags().BoolVar(&lines, "lines", false, "show the lines that differ instead")
	return cmd
}

func changeMerge(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "merge CHANGE", Short: "Join a change with what was put into force since it was made", Args: cobra.ExactArgs(1),
		Long: `Join a change with what was put into force since it was made, line by line and, where
that does not go, key by key. What both changed in different ways stands in the draft
between markers, and its places are told; edit the files and give them with harrier
change edit.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.askChange(cmd, asked{Method: http.MethodPost, Path: changePath(args[0], "merge"), Body: api.MoveChange{}})
		},
	}
}

func changeSubmit(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "submit CHANGE", Short: "Put a draft before a second person", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.askChange(cmd, asked{Method: http.MethodPost, Path: changePath(args[0], "submit"), Body: api.MoveChange{}})
		},
	}
}

// reviewFlags are the flags of a decision.
type reviewFlags struct {
	digest, comment string
	yes             bool
}

func changeDecide(s *shell, verb, about string) *cobra.Command {
	var f reviewFlags
	cmd := &cobra.Command{
		Use: verb + " CHANGE", Short: about, Args: cobra.ExactArgs(1),
		Long: about + ", as it is shown. It is bound to the digest of its files: where they change before you answer, look again. Without a\nterminal say --digest (from change show -o json) or --yes.",
		RunE: func(cmd *cobra.Command, args []string) error { return s.decideChange(cmd, args[0], verb, f) },
	}
	cmd.Flags().StringVar(&f.digest, "digest", "", "the digest of what you looked at")
	cmd.Flags().StringVar(&f.comment, "comment", "", "why, for the author and for the history")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask again")
	return cmd
}

// decideChange shows a change, asks, and decides on what was shown.
func (s *shell) decideChange(cmd *cobra.Command, id, verb string, f reviewFlags) error {
	if f.digest == "" {
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		d, raw, err := fetch[api.ChangeDetail](cmd.Context(), c, asked{Path: changePath(id)})
		if err != nil {
			return err
		}
		f.digest = d.Digest
		switch {
		case f.yes:
		case !s.interactive():
			return usagef("there is no terminal to ask at; say --digest %s to %s what change show shows, or --yes", d.Digest, verb)
		default:
			if err := s.print(changeResult(d, raw)); err != nil {
				return err
			}
			if !s.yes(cmd.Context(), strings.ToUpper(verb[:1])+verb[1:]+" this?", false) {
				s.note("nothing was decided")
				return &quietError{code: exitFailure, said: true}
			}
		}
	}
	return s.askChange(cmd, asked{Method: http.MethodPost, Path: changePath(id, verb), Body: api.MoveChange{Digest: f.digest, Comment: f.comment}})
}

func changeRollback(s *shell) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "rollback VERSION", Short: "Undo a version, by a change that does the opposite", Args: cobra.ExactArgs(1),
		Long: "Undo a version: each of its files is to be as it was before. That is a change like any other, and waits for a second person. With\n--yes you approve it too, where you may.",
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || n < 1 {
				return usagef("%q is no version; harrier change list --state live shows them", args[0])
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			d, raw, err := fetch[api.ChangeDetail](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/rollbacks", Body: api.RollBack{Version: n}})
			if err != nil {
				return err
			}
			if yes {
				return s.decideChange(cmd, d.ID.String(), "approve", reviewFlags{digest: d.Digest, comment: fmt.Sprintf("rollback of version %d", n)})
			}
			if err := s.print(changeResult(d, raw)); err != nil {
				return err
			}
			s.note("it waits for a second person: harrier change approve %s", d.ID)
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "approve it too")
	return cmd
}

func changeHistory(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "history PATH", Short: "List the versions of a file, such as playbooks/block.playbook.yaml", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			page, raw, err := fetch[api.List[api.ContentVersion]](cmd.Context(), c, asked{Path: "/v1/versions", Query: url.Values{"path": {cmp.Or(placeOf(filepath.ToSlash(args[0])), args[0])}}})
			if err != nil {
				return err
			}
			if len(page.Items) == 0 {
				s.note("%s was never changed here", args[0])
				return nil
			}
			r := result{raw: raw, head: []string{"VERSION", "AT", "CHANGE", "SHA256"}}
			for _, v := range page.Items {
				what := short(v.Digest, 13)
				if v.Removed {
					what = "removed"
				}
				r.rows, r.names = append(r.rows, []string{versionText(v.Version), stamp(v.At), v.Change.String(), what}), append(r.names, versionText(v.Version))
			}
			return s.print(r)
		},
	}
}
