package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/harrier-soar/harrier/client"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func loginCommand(s *shell) *cobra.Command {
	var tenant, provider string
	var again, byKey bool
	cmd := &cobra.Command{
		Use: "login [NAME]", Short: "Log in at a server", Args: cobra.MaximumNArgs(1),
		Long: "Log in at the server that --url names. The password, and the code where there is a second factor, are asked for, or read from\n" +
			"the standard input, each on a line. With --again they are given once more, as dangerous things need. With --provider, or\n" +
			"--passkey, a browser of this machine logs in for you. Whoever owns the data directory needs no log-in on its machine.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.url == "" {
				return usagef("say where to log in: --url https://harrier.example; the owner of the data directory needs no log-in")
			}
			c, err := s.stranger()
			if err != nil {
				return err
			}
			all, err := s.saved()
			if err != nil {
				return err
			}
			old := all[c.Base()]
			if byKey && len(args) == 1 {
				return usagef("a passkey says whose it is; leave the name out: harrier login --passkey")
			}
			if byKey || again && old.Passkey {
				return s.byPasskey(cmd.Context(), c, old)
			}
			if provider != "" && len(args) == 0 && !again {
				return s.byProvider(cmd.Context(), c, savedLogin{Tenant: cmp.Or(tenant, old.Tenant), Provider: provider, Device: old.Device})
			}
			in := api.LogIn{Tenant: cmp.Or(tenant, old.Tenant), Name: old.Name, Device: secretText(old.Device)}
			if len(args) == 1 && args[0] != old.Name {
				in = api.LogIn{Tenant: tenant, Name: args[0]}
			}
			if in.Name == "" {
				return usagef("say who you are: harrier login NAME")
			}
			if again {
				if old.Token == "" || len(args) == 1 {
					return usagef("--again is for who is logged in; log in first: harrier login NAME")
				}
				c.bear(secretText(old.Token).Secret)
				if old.Provider != "" {
					return s.byProvider(cmd.Context(), c, old)
				}
				return s.prove(cmd.Context(), c, old)
			}
			return s.logIn(cmd.Context(), c, in)
		},
	}
	cmd.Flags().StringVar(&tenant, "tenant", "", "the tenant, where it is not the one that runs the installation")
	cmd.Flags().StringVar(&provider, "provider", "", "the provider that knows you, in the place of a password")
	cmd.Flags().BoolVar(&byKey, "passkey", false, "use a passkey, in the place of a name and a password")
	cmd.MarkFlagsMutuallyExclusive("passkey", "provider")
	cmd.Flags().BoolVar(&again, "again", false, "only give the password again")
	return cmd
}

// logIn asks for the password, and for a code where one is wanted.
func (s *shell) logIn(ctx context.Context, c *link, in api.LogIn) (err error) {
	if in.Password, err = s.hidden(ctx, "password"); err != nil {
		return err
	}
	out, err := withCode(ctx, s, func(code string) (api.LoggedIn, error) {
		in.Code = code
		out, _, err := fetch[api.LoggedIn](ctx, c, asked{Method: http.MethodPost, Path: "/v1/session", Body: in})
		return out, err
	})
	if err != nil {
		return err
	}
	return s.loggedIn(c, out, savedLogin{Tenant: in.Tenant, Name: in.Name, Device: in.Device.Reveal()})
}

// prove gives the password again.
func (s *shell) prove(ctx context.Context, c *link, old savedLogin) error {
	password, err := s.hidden(ctx, "password")
	if err != nil {
		return err
	}
	out, err := withCode(ctx, s, func(code string) (api.LoggedIn, error) {
		out, _, err := fetch[api.LoggedIn](ctx, c, asked{Method: http.MethodPost, Path: "/v1/session/prove", Body: api.Prove{Password: password, Code: code}})
		return out, err
	})
	if err != nil {
		return err
	}
	return s.loggedIn(c, out, old)
}

// withCode tries without a code, and with one where it is asked for.
func withCode(ctx context.Context, s *shell, try func(code string) (api.LoggedIn, error)) (api.LoggedIn, error) {
	out, err := try("")
	if e, ok := errors.AsType[*client.Problem](err); !ok || e.Code() != "second_factor" {
		return out, err
	}
	code, err := s.hidden(ctx, "code")
	if err != nil {
		return out, err
	}
	return try(code.Reveal())
}

// loggedIn keeps a log-in and says so.
func (s *shell) loggedIn(c *link, out api.LoggedIn, l savedLogin) error {
	l.Token, l.Device = out.Token, cmp.Or(out.Device, l.Device)
	if err := s.save(c.Base(), l); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.cfg.Streams.Out, "logged in at %s as %s until %s\n", c.Base(), out.Account.Name, stamp(out.Session.EndsAt))
	if err == nil && !out.FactorDue.IsZero() {
		_, err = fmt.Fprintf(s.cfg.Streams.Err, "your role needs a passkey or a second factor from %s on; add a passkey: open %s/passkeys in a browser\n", stamp(out.FactorDue), c.Base())
	}
	return err
}

func logoutCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "logout", Short: "Log out of a server", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.url == "" {
				return usagef("say where to log out: --url https://harrier.example")
			}
			c, err := s.stranger()
			if err != nil {
				return err
			}
			all, err := s.saved()
			if err != nil {
				return err
			}
			old := all[c.Base()]
			if old.Token == "" {
				return usagef("nobody is logged in at %s", c.Base())
			}
			c.bear(secretText(old.Token).Secret)
			old.Token = ""
			if err := c.LogOut(cmd.Context()); err != nil && !isStatus(err, http.StatusUnauthorized) { // a session that is over needs no end
				return err
			}
			return s.save(c.Base(), old)
		},
	}
}

func isStatus(err error, status int) bool {
	e, ok := errors.AsType[*client.Problem](err)
	return ok && e.Status == status
}
