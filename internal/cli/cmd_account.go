package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

// secretText is a text that was told once.
func secretText(text string) api.Password { return api.Password{Secret: harrier.NewSecret(text)} }

func accountCommand(s *shell) *cobra.Command {
	list := listing[api.Account]{
		use: "list", short: "List who may act, the newest first", path: "/v1/accounts",
		columns: []column[api.Account]{
			{"NAME", func(a api.Account) string { return a.Name }}, {"KIND", func(a api.Account) string { return string(a.Kind) }},
			{"ROLES", func(a api.Account) string { return strings.Join(a.Roles, ",") }}, {"STATE", accountState},
			{"SINCE", func(a api.Account) string { return stamp(a.CreatedAt) }}, {"ID", func(a api.Account) string { return a.ID.String() }},
		},
		name: func(a api.Account) string { return a.Name }, empty: "nobody has an account; make the first one: harrier account setup",
	}
	return holder("account", "Know who may do what", []string{"accounts"}, list.command(s), accountAdd(s), accountRoles(s), accountSwitch(s, true), accountSwitch(s, false),
		accountInvite(s), accountSetup(s), accountPasskeys(s), accountRolesList(s))
}

func accountState(a api.Account) string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.Kind == access.Person && !a.HasPassword:
		return "invited"
	case a.Passkeys:
		return "passkey"
	case a.SecondFactor:
		return "second factor"
	}
	return "enabled"
}

// ask makes a request of a command and prints what comes.
func ask[T any](cmd *cobra.Command, s *shell, a asked, show func(out T) result) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	out, raw, err := fetch[T](cmd.Context(), c, a)
	if err != nil {
		return err
	}
	r := show(out)
	r.raw = raw
	return s.print(r)
}

func accountAdd(s *shell) *cobra.Command {
	var in api.AddAccount
	var machine bool
	cmd := &cobra.Command{
		Use: "add NAME --role ROLE", Short: "Add an account, and make the token by which its person sets a password", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Name = args[0]
			if machine {
				in.Kind = access.Machine
			}
			return ask(cmd, s, asked{Method: http.MethodPost, Path: "/v1/accounts", Body: in}, func(out api.AddedAccount) result {
				return result{names: []string{out.Name}, head: []string{"NAME", "ROLES", "ID"}, rows: [][]string{{out.Name, strings.Join(out.Roles, ","), out.ID.String()}}, text: func(w io.Writer, _ paint) {
					fmt.Fprintf(w, "%s is %s\n", out.Name, strings.Join(out.Roles, ", "))
					if out.Invitation.Token != "" {
						invitationText(w, out.Name, out.Invitation)
						return
					}
					fmt.Fprintf(w, "make a key for it: harrier key new WHAT-FOR --account %s --may PERMISSION\n", out.Name)
				}}
			})
		},
	}
	cmd.Flags().StringSliceVar(&in.Roles, "role", nil, "what it is: "+strings.Join(access.Roles(), ", "))
	cmd.Flags().StringVar(&in.Display, "display", "", "the name to show")
	cmd.Flags().BoolVar(&machine, "machine", false, "it acts by keys and has no password")
	_ = cmd.MarkFlagRequired("role")
	return cmd
}

// invitationText says what to do with a one-time token.
func invitationText(w io.Writer, name string, i api.Invitation) {
	fmt.Fprintf(w, "password, once, until %s:\n  harrier account setup %s --url URL --token %s\n", stamp(i.ExpiresAt), name, i.Token)
}

func accountResult(a api.Account) result {
	return result{
		names: []string{a.Name}, head: []string{"NAME", "ROLES", "STATE", "ID"},
		rows: [][]string{{a.Name, strings.Join(a.Roles, ","), accountState(a), a.ID.String()}},
	}
}

func accountPath(name string) string { return "/v1/accounts/" + url.PathEscape(name) }

func accountRoles(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "role NAME ROLE…", Short: "Give an account these roles and no others", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			roles := args[1:]
			return ask(cmd, s, asked{Method: http.MethodPatch, Path: accountPath(args[0]), Body: api.ChangeAccount{Roles: &roles}}, accountResult)
		},
	}
}

func accountSwitch(s *shell, off bool) *cobra.Command {
	use, short := "enable NAME", "Let a disabled account act again"
	if off {
		use, short = "disable NAME", "Take everything from an account at once: sessions, keys, undecided votes"
	}
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, asked{Method: http.MethodPatch, Path: accountPath(args[0]), Body: api.ChangeAccount{Disabled: &off}}, accountResult)
		},
	}
}

func accountInvite(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "invite NAME", Short: "Make the token by which somebody sets a new password", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, asked{Method: http.MethodPost, Path: accountPath(args[0]) + "/invite"}, func(i api.Invitation) result {
				return result{head: []string{"TOKEN", "UNTIL"}, rows: [][]string{{i.Token, stamp(i.ExpiresAt)}}, text: func(w io.Writer, _ paint) { invitationText(w, args[0], i) }}
			})
		},
	}
}

func accountSetup(s *shell) *cobra.Command {
	var token string
	cmd := &cobra.Command{
		Use: "setup [NAME --token TOKEN]", Short: "Make the token of the first account, or use a token to set a password", Args: cobra.MaximumNArgs(1),
		Long: "Without a name, make the token by which the first account is made: the owner of the data directory may. With a name and a token,\n" +
			"set the password of that account, which is asked for or read from the standard input. A token is good for one use within an hour.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 1) != (token != "") {
				return usagef("a name and a token belong together: harrier account setup NAME --token TOKEN")
			}
			if len(args) == 0 {
				return ask(cmd, s, asked{Method: http.MethodPost, Path: "/v1/accounts/first"}, func(i api.Invitation) result {
					return result{head: []string{"TOKEN", "UNTIL"}, rows: [][]string{{i.Token, stamp(i.ExpiresAt)}}, text: func(w io.Writer, _ paint) { invitationText(w, "NAME", i) }}
				})
			}
			if s.url != "" {
				c, err := s.stranger()
				if err != nil {
					return err
				}
				s.client = c
			}
			password, err := s.hidden(cmd.Context(), "new password")
			if err != nil {
				return err
			}
			return ask(cmd, s, asked{Method: http.MethodPost, Path: "/v1/setup", Body: api.SetUp{Token: secretText(token), Name: args[0], Password: password}}, accountResult)
		},
	}
	cmd.Flags().StringVar(&token, "token", "", "the one-time token")
	return cmd
}

func accountRolesList(s *shell) *cobra.Command {
	return listing[api.Role]{
		use: "roles", short: "List the roles with what they may do", path: "/v1/roles", whole: true,
		columns: []column[api.Role]{
			{"ROLE", func(r api.Role) string { return r.Name }}, {"MAY", func(r api.Role) string { return joined(r.Permissions) }},
		},
		name: func(r api.Role) string { return r.Name },
	}.command(s)
}

// joined is a list of permissions on one line.
func joined(list []harrier.Permission) string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = string(p)
	}
	return strings.Join(texts, " ")
}

func keyCommand(s *shell) *cobra.Command {
	list := listing[api.Key]{
		use: "list", short: "List API keys, the newest first", path: "/v1/keys", filters: [][2]string{{"account", "whose they are"}},
		columns: []column[api.Key]{
			{"NAME", func(k api.Key) string { return k.Name }}, {"KEY", func(k api.Key) string { return k.Prefix + "…" }},
			{"MAY", func(k api.Key) string { return short(joined(k.Permissions), 60) }}, {"STATE", func(k api.Key) string { return keyState(k, s.cfg.Now()) }},
			{"UNTIL", func(k api.Key) string { return stamp(k.ExpiresAt) }}, {"USED", func(k api.Key) string { return stamp(k.UsedAt) }},
			{"ID", func(k api.Key) string { return k.ID.String() }},
		},
		name: func(k api.Key) string { return k.ID.String() }, empty: "there are no keys",
	}
	return holder("key", "Let programs act for an account", []string{"keys"}, list.command(s), keyNew(s), keyRevoke(s))
}

func keyState(k api.Key, now time.Time) string {
	switch {
	case !k.RevokedAt.IsZero():
		return "revoked"
	case !now.Before(k.ExpiresAt):
		return "expired"
	}
	return "good"
}

func keyNew(s *shell) *cobra.Command {
	var in api.AddKey
	var may []string
	cmd := &cobra.Command{
		Use: "new NAME --may PERMISSION", Short: "Make an API key; it is shown once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Name = args[0]
			for _, p := range may {
				in.Permissions = append(in.Permissions, harrier.Permission(p))
			}
			return ask(cmd, s, asked{Method: http.MethodPost, Path: "/v1/keys", Body: in}, func(k api.AddedKey) result {
				return result{
					names: []string{k.ID.String()}, head: []string{"NAME", "KEY", "ID"}, rows: [][]string{{k.Name, k.Token, k.ID.String()}},
					text: func(w io.Writer, _ paint) {
						fmt.Fprintf(w, "%s\nit is good until %s, and is not shown again\n", k.Token, stamp(k.ExpiresAt))
					},
				}
			})
		},
	}
	cmd.Flags().StringSliceVar(&may, "may", nil, "what it may do, such as alerts:write; harrier account roles lists all")
	cmd.Flags().StringVar(&in.Account, "account", "", "whose it is; yours where it is absent")
	cmd.Flags().IntVar(&in.Days, "days", 0, "how long it is good; 90 where it is absent")
	cmd.Flags().StringSliceVar(&in.Networks, "from", nil, "networks it may be used from, such as 192.0.2.0/24")
	_ = cmd.MarkFlagRequired("may")
	return cmd
}

func keyRevoke(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End an API key at once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, asked{Method: http.MethodPost, Path: "/v1/keys/" + url.PathEscape(args[0]) + "/revoke"}, func(k api.Key) result {
				return result{names: []string{k.ID.String()}, head: []string{"NAME", "STATE", "ID"}, rows: [][]string{{k.Name, keyState(k, s.cfg.Now()), k.ID.String()}}}
			})
		},
	}
}

func tenantCommand(s *shell) *cobra.Command {
	list := listing[api.Tenant]{
		use: "list", short: "List tenants, by name", path: "/v1/tenants", whole: true,
		columns: []column[api.Tenant]{
			{"NAME", func(t api.Tenant) string { return t.Name }}, {"SINCE", func(t api.Tenant) string { return stamp(t.CreatedAt) }},
			{"ID", func(t api.Tenant) string { return t.ID.String() }},
		},
		name: func(t api.Tenant) string { return t.Name },
	}
	add := &cobra.Command{
		Use: "add NAME", Short: "Add a tenant, and make the token of its first account", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, asked{Method: http.MethodPost, Path: "/v1/tenants", Body: api.AddTenant{Name: args[0]}}, func(t api.AddedTenant) result {
				return result{
					names: []string{t.Name}, head: []string{"NAME", "TOKEN", "ID"}, rows: [][]string{{t.Name, t.Invitation.Token, t.ID.String()}},
					text: func(w io.Writer, _ paint) {
						fmt.Fprintf(w, "tenant %s is there; its first account:\n", t.Name)
						invitationText(w, "NAME", t.Invitation)
					},
				}
			})
		},
	}
	return holder("tenant", "Keep organisations apart", []string{"tenants"}, list.command(s), add)
}
