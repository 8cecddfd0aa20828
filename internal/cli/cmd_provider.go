package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func providerCommand(s *shell) *cobra.Command {
	list := listing[api.Provider]{
		use: "list", short: "List the providers by which people log in", path: "/v1/providers", whole: true,
		columns: []column[api.Provider]{
			{"NAME", func(p api.Provider) string { return p.Name }}, {"ISSUER", func(p api.Provider) string { return p.Issuer }},
			{"CLIENT", func(p api.Provider) string { return p.ClientID }}, {"GRANTS", func(p api.Provider) string { return short(grantsOf(p), 60) }},
			{"SINCE", func(p api.Provider) string { return stamp(p.CreatedAt) }},
		},
		name: func(p api.Provider) string { return p.Name }, empty: "people log in by passwords alone; add a provider: harrier provider add NAME --issuer URL",
	}
	return holder("provider", "Let people log in by OpenID Connect", []string{"providers"}, list.command(s), providerAdd(s), providerTest(s), providerLink(s), providerRemove(s))
}

// grantsOf tells which roles the groups of a provider grant.
func grantsOf(p api.Provider) string {
	var all []string
	for group, roles := range p.Groups {
		all = append(all, group+"="+strings.Join(roles, "+"))
	}
	slices.Sort(all)
	if len(p.Roles) > 0 {
		all = append(all, "everybody="+strings.Join(p.Roles, "+"))
	}
	return strings.Join(all, " ")
}

func providerAdd(s *shell) *cobra.Command {
	var in api.AddProvider
	var groups []string
	var ca string
	var public bool
	cmd := &cobra.Command{
		Use: "add NAME --issuer URL --client-id ID --redirect URL", Short: "Let people log in by a provider", Args: cobra.ExactArgs(1),
		Long: "Let people log in by a provider that speaks OpenID Connect. Register Harrier there as a web application with the redirect\n" +
			"https://YOUR-HARRIER/v1/session/callback. The client's secret is asked for, or read from the standard input.\n" +
			"Who is in no group of --group, and is granted nothing by --everybody, is refused.",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			in.Name = args[0]
			if in.Groups, err = grants(groups); err != nil {
				return err
			}
			if in.CA, err = s.certificates(ca); err != nil {
				return err
			}
			if !public {
				if in.ClientSecret, err = s.hidden(cmd.Context(), "secret of the client"); err != nil {
					return err
				}
			}
			return ask(cmd, s, asked{Method: http.MethodPost, Path: "/v1/providers", Body: in}, func(p api.Provider) result {
				r := providerResult(p)
				r.text = func(w io.Writer, _ paint) {
					fmt.Fprintf(w, "people may log in by %s; see that it answers: harrier provider test %s\n", clean(p.Issuer), p.Name)
				}
				return r
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Issuer, "issuer", "", "the issuer, exactly as the provider says it")
	f.StringVar(&in.ClientID, "client-id", "", "what the provider calls Harrier")
	f.BoolVar(&public, "no-secret", false, "the client has no secret")
	f.StringVar(&in.Redirect, "redirect", "", "the address of this server with /v1/session/callback")
	f.StringVar(&in.Display, "display", "", "what the log-in page shows")
	f.StringArrayVar(&groups, "group", nil, "which roles a group grants, as in soc=analyst,responder; again for each")
	f.StringSliceVar(&in.Roles, "everybody", nil, "roles for everybody whom the provider knows; none where it is absent")
	f.StringVar(&in.GroupsClaim, "groups-claim", "", "the claim that holds groups; groups where it is absent")
	f.StringVar(&in.SubjectClaim, "subject-claim", "", "who somebody is: sub, or oid where it is Entra")
	f.StringSliceVar(&in.Scopes, "scope", nil, "what is asked for beside openid; profile where it is absent")
	f.BoolVar(&in.Directory, "directory", false, "its directory keeps accounts by SCIM, with a key: harrier key new scim --may directory:sync")
	f.StringSliceVar(&in.ACR, "acr", nil, "how well people must have proved who they are: one of these")
	f.StringSliceVar(&in.AllowHosts, "allow-host", nil, "what may be asked beside the issuer's host, such as www.googleapis.com")
	f.StringArrayVar(&in.AllowPrivate, "allow-private", nil, "a range of addresses that is otherwise refused, such as 10.1.2.3/32")
	f.StringVar(&ca, "ca", "", "a PEM file of certificates to trust besides the system's")
	for _, name := range []string{"issuer", "client-id", "redirect"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

// grants reads which roles groups grant.
func grants(texts []string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, text := range texts {
		at := strings.LastIndexByte(text, '=') // names of groups may have one
		if at < 1 || at == len(text)-1 {
			return nil, usagef("%q is no grant; write GROUP=ROLE,ROLE", text)
		}
		out[text[:at]] = strings.Split(text[at+1:], ",")
	}
	return out, nil
}

func providerResult(p api.Provider) result {
	return result{names: []string{p.Name}, head: []string{"NAME", "ISSUER", "GRANTS"}, rows: [][]string{{p.Name, p.Issuer, grantsOf(p)}}}
}

func providerPath(name, what string) string {
	return "/v1/providers/" + url.PathEscape(name) + "/" + what
}

func providerTest(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "test NAME", Short: "Ask a provider what it is, and for its keys", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, asked{Method: http.MethodPost, Path: providerPath(args[0], "test"), Body: struct{}{}}, func(t api.TestedProvider) result {
				return result{head: []string{"KEYS"}, rows: [][]string{{fmt.Sprint(t.Keys)}}, text: func(w io.Writer, _ paint) {
					fmt.Fprintf(w, "%s answers, and has %d keys\n", args[0], t.Keys)
				}}
			})
		},
	}
}

func providerLink(s *shell) *cobra.Command {
	var subject string
	cmd := &cobra.Command{
		Use: "link NAME ACCOUNT --subject SUBJECT", Short: "Let the person of an account that is there log in by a provider", Args: cobra.ExactArgs(2),
		Long: "Let the person of an account log in by a provider too. The account keeps its roles. The subject is what the provider has in sub (or\n" +
			"oid) of this person's tokens; a mail address it is not.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, asked{Method: http.MethodPost, Path: providerPath(args[0], "link"), Body: api.LinkAccount{Account: args[1], Subject: subject}}, accountResult)
		},
	}
	cmd.Flags().StringVar(&subject, "subject", "", "who the person is to the provider")
	_ = cmd.MarkFlagRequired("subject")
	return cmd
}

func providerRemove(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Let nobody log in by a provider any more, and end the sessions of those whom it knows", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, asked{Method: http.MethodPost, Path: providerPath(args[0], "remove"), Body: struct{}{}}, func(map[string]any) result {
				return result{names: []string{args[0]}, head: []string{"NAME", "STATE"}, rows: [][]string{{args[0], "removed"}}}
			})
		},
	}
}
