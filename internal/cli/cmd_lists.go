package cli

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func listsCommand(s *shell) *cobra.Command {
	list := listing[api.ValueList]{
		use: "list", short: "List the block lists and allow lists, by name", path: "/v1/lists", whole: true,
		columns: []column[api.ValueList]{
			{"NAME", func(l api.ValueList) string { return l.Name }}, {"KIND", func(l api.ValueList) string { return l.Kind }},
			{"ENTRIES", func(l api.ValueList) string { return strconv.Itoa(l.Entries) }}, {"CHANGED", func(l api.ValueList) string { return stamp(l.UpdatedAt) }},
			{"FILE", func(l api.ValueList) string { return l.File }},
			{"DESCRIPTION", func(l api.ValueList) string { return short(l.Description, 60) }},
		},
		name: func(l api.ValueList) string { return l.Name }, empty: "there are no lists; make one: harrier list new NAME --kind block",
	}
	return holder("list", "Keep block lists that firewalls pull, and allow lists", []string{"lists"},
		list.command(s), listNew(s), listShow(s), listAdd(s), listRemove(s), listImport(s), listToken(s), listDelete(s))
}

func listPath(name, rest string) string { return "/v1/lists/" + url.PathEscape(name) + rest }

func listNew(s *shell) *cobra.Command {
	body := api.SetList{}
	cmd := &cobra.Command{
		Use: "new NAME", Short: "Make a list", Args: cobra.ExactArgs(1), Example: "  harrier list new blocked --kind block\n  harrier list new our-vendors --kind allow",
		RunE: func(cmd *cobra.Command, args []string) error {
			body.Name = args[0]
			return s.act(cmd, "/v1/lists", body, "made "+body.Kind+" list "+args[0])
		},
	}
	cmd.Flags().StringVar(&body.Kind, "kind", "", "block (firewalls pull it, and what is on it is known to be bad) or allow (known to be harmless)")
	cmd.Flags().StringVar(&body.Description, "description", "", "what it is for")
	_ = cmd.MarkFlagRequired("kind")
	return cmd
}

func listShow(s *shell) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "show NAME", Short: "List the entries of a list", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			items, raws, more, err := pages[api.ListEntry](cmd.Context(), c, asked{Path: listPath(args[0], "/entries")}, limit)
			if err != nil {
				return err
			}
			l := listing[api.ListEntry]{
				columns: []column[api.ListEntry]{
					{"VALUE", func(e api.ListEntry) string { return e.Value }}, {"TYPE", func(e api.ListEntry) string { return e.Type }},
					{"HOW", func(e api.ListEntry) string { return e.How }}, {"ORIGIN", entryOrigin}, {"REASON", func(e api.ListEntry) string { return short(e.Reason, 50) }},
					{"ANSWERABLE", func(e api.ListEntry) string { return e.Owner }}, {"ADDED", func(e api.ListEntry) string { return stamp(e.AddedAt) }},
					{"EXPIRES", func(e api.ListEntry) string { return stamp(e.ExpiresAt) }},
				},
				name: func(e api.ListEntry) string { return e.Value }, empty: "the list is empty",
			}
			return l.print(s, items, raws, more)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 50, "how many are wanted at most")
	return cmd
}

// entryOrigin says where an entry comes from, and whether it counts.
func entryOrigin(e api.ListEntry) string {
	if e.Idle {
		return e.Origin + ", does not count"
	}
	return e.Origin
}

func listAdd(s *shell) *cobra.Command {
	body := api.ChangeList{}
	var kind string
	var lasts time.Duration
	cmd := &cobra.Command{
		Use: "add NAME VALUE…", Short: "Add values to a list", Args: cobra.MinimumNArgs(2),
		Example: "  harrier list add blocked 203.0.113.7 evil.example --reason \"case 7\" --for 720h",
		RunE: func(cmd *cobra.Command, args []string) error {
			if lasts > 0 {
				body.ExpiresAt = time.Now().Add(lasts).UTC()
			}
			return s.changeList(cmd, args, kind, body)
		},
	}
	f := cmd.Flags()
	f.StringVar(&kind, "type", "", "their type, where their looks do not tell")
	f.StringVar(&body.Reason, "reason", "", "why")
	f.StringVar(&body.Owner, "answerable", "", "who answers for them; you where it is not said")
	f.DurationVar(&lasts, "for", 0, "how long they stay, such as 720h; for ever where it is not said")
	return cmd
}

func listRemove(s *shell) *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use: "remove NAME VALUE…", Short: "Take values off a list", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.changeList(cmd, args, kind, api.ChangeList{Remove: true})
		},
	}
	cmd.Flags().StringVar(&kind, "type", "", "their type, where their looks do not tell")
	return cmd
}

// changeList adds values to a list or takes them off.
func (s *shell) changeList(cmd *cobra.Command, args []string, kind string, body api.ChangeList) error {
	for _, v := range args[1:] {
		body.Values = append(body.Values, api.Value{Type: kind, Value: v})
	}
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	got, raw, err := fetch[api.ListChanged](cmd.Context(), c, asked{Method: http.MethodPost, Path: listPath(args[0], "/entries"), Body: body})
	if err != nil {
		return err
	}
	return s.printChanged(got, raw)
}

func (s *shell) printChanged(got api.ListChanged, raw []byte) error {
	err := s.print(result{raw: raw, names: []string{got.Name}, head: []string{"LIST", "CHANGED"}, rows: [][]string{{got.Name, strconv.Itoa(got.Changed)}}})
	s.leftOut(got.Skipped)
	return err
}

func listImport(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "import NAME FILE|-", Short: "Fill a list from a file", Args: cobra.ExactArgs(2),
		Long: "Fill a list from a file with one value a line or, for an allow list, a warning list of MISP.",
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := s.open(args[1])
			if err != nil {
				return err
			}
			defer func() { _ = body.Close() }() // it was only read
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			got, raw, err := fetch[api.ListChanged](cmd.Context(), c, asked{
				Method: http.MethodPost, Path: listPath(args[0], "/import"), Body: io.Reader(body), Media: "application/octet-stream",
			})
			if err != nil {
				return err
			}
			return s.printChanged(got, raw)
		},
	}
}

func listToken(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "token NAME", Short: "Give a block list a new token for firewalls; the one before ends", Args: cobra.ExactArgs(1),
		Long: "Give a block list a new token. Firewalls pull /v1/lists/NAME.txt and prove themselves with it: as a bearer, as the password of\nbasic authentication, or as ?token= where they can nothing else. It is shown once.",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			got, raw, err := fetch[api.ListToken](cmd.Context(), c, asked{Method: http.MethodPost, Path: listPath(args[0], "/token")})
			if err != nil {
				return err
			}
			return s.print(result{raw: raw, names: []string{got.Token}, head: []string{"PATH", "TOKEN"}, rows: [][]string{{got.Path, got.Token}}})
		},
	}
}

func listDelete(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "delete NAME", Short: "Remove a list with all its entries", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.act(cmd, listPath(args[0], "/remove"), nil, "removed list "+args[0])
		},
	}
}
