package cli

import (
	"net/url"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func channelCommand(s *shell) *cobra.Command {
	list := listing[api.Channel]{
		use: "list", short: "List the ways to bring questions to people, by name", path: "/v1/channels", whole: true,
		columns: []column[api.Channel]{
			{"NAME", func(c api.Channel) string { return c.Name }}, {"KIND", func(c api.Channel) string { return c.Kind }},
			{"BY", func(c api.Channel) string { return c.Connection }}, {"PLACE", func(c api.Channel) string { return c.Place }},
			{"FOR", func(c api.Channel) string { return c.Assign }}, {"ANSWERS TO", func(c api.Channel) string { return c.Path }},
		},
		name: func(c api.Channel) string { return c.Name }, empty: "questions are found on the web and the command line only; see harrier channel set --help",
	}
	return holder("channel", "Bring questions to people in chats and by mail", []string{"channels"},
		list.command(s), channelSet(s), channelRemove(s), channelPeople(s), channelPerson(s))
}

// setChannel is what is sent: an [api.SetChannel] with its secret in the clear.
type setChannel struct {
	api.SetChannel

	Secret string `json:"secret,omitempty"`
}

func channelSet(s *shell) *cobra.Command {
	var body setChannel
	var secrets []string
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Add a way to people, or change it", Args: cobra.ExactArgs(1),
		Long: "Add a way to people, or change it. What people press in Slack, or write in Teams, comes to the path that harrier channel list shows,\n" +
			"below the address of the doors (harrier serve --doors): set it as the interactivity request URL of the Slack app, or as the callback\n" +
			"URL of the outgoing webhook. It counts only with the product's signature, from accounts that are somebody's here.",
		Example: "  harrier channel set soc --kind slack --connection slack --place C0123ABCD --for role:responder \\\n    --base-url https://soar.example:8443 --secret signing=@slack.secret\n" +
			"  harrier channel set post --kind mail --connection mail --base-url https://soar.example:8443",
		RunE: func(cmd *cobra.Command, args []string) error {
			given, err := s.secrets(secrets)
			if err != nil {
				return err
			}
			body.Name, body.Secret = args[0], given["signing"]
			return s.act(cmd, "/v1/channels", body, "channel "+args[0]+" is set")
		},
	}
	f := cmd.Flags()
	f.StringVar(&body.Kind, "kind", "", "slack, teams or mail")
	f.StringVar(&body.Connection, "connection", "", "by which it is posted")
	f.StringVar(&body.Place, "place", "", "where what is for several people is posted, such as the id of a chat's channel")
	f.StringVar(&body.Assign, "for", "", "whose questions go there, such as role:responder; everybody's if not said")
	f.StringVar(&body.BaseURL, "base-url", "", "where people reach the doors, for links")
	f.StringVar(&body.Team, "team", "", "the workspace or directory that messages must come from")
	f.StringArrayVar(&secrets, "secret", nil, "what the product signs with: signing=@FILE, signing=- or signing=$VARIABLE")
	_ = cmd.MarkFlagRequired("kind")
	return cmd
}

func channelRemove(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove a channel with its people", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.act(cmd, "/v1/channels/"+url.PathEscape(args[0])+"/remove", nil, "removed "+args[0])
		},
	}
}

func channelPeople(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "people NAME", Short: "List whose accounts speak in a channel", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			items, raws, more, err := pages[api.ChannelPerson](cmd.Context(), c, asked{Path: "/v1/channels/" + url.PathEscape(args[0]) + "/people"}, 500)
			if err != nil {
				return err
			}
			l := listing[api.ChannelPerson]{
				columns: []column[api.ChannelPerson]{
					{"ACCOUNT", func(p api.ChannelPerson) string { return p.Account }}, {"WHOSE", func(p api.ChannelPerson) string { return p.Name }},
					{"SINCE", func(p api.ChannelPerson) string { return stamp(p.AddedAt) }},
				},
				name: func(p api.ChannelPerson) string { return p.Account }, empty: "nobody speaks here; see harrier channel person --help",
			}
			return l.print(s, items, raws, more)
		},
	}
}

func channelPerson(s *shell) *cobra.Command {
	var body api.SetChannelPerson
	var principal string
	cmd := &cobra.Command{
		Use: "person NAME ACCOUNT", Short: "Say whose an account of a channel is", Args: cobra.ExactArgs(2),
		Example: "  harrier channel person soc U0123ABCD --me\n  harrier channel person soc U0456EFGH --address nora@corp.example\n  harrier channel person soc U0123ABCD --remove",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if principal != "" {
				if body.Whose, err = harrier.ParseID[harrier.PrincipalID](principal); err != nil {
					return usagef("%q is no id of a principal", principal)
				}
			}
			body.Account = args[1]
			return s.act(cmd, "/v1/channels/"+url.PathEscape(args[0])+"/people", body, "noted")
		},
	}
	cmd.Flags().StringVar(&principal, "principal", "", "the id of whose it is")
	cmd.Flags().StringVar(&body.Address, "address", "", "the mail address of somebody who has no account in Harrier")
	cmd.Flags().BoolVar(&body.Me, "me", false, "it is yours")
	cmd.Flags().BoolVar(&body.Remove, "remove", false, "it is nobody's any more")
	cmd.MarkFlagsOneRequired("principal", "address", "me", "remove")
	cmd.MarkFlagsMutuallyExclusive("principal", "address", "me", "remove")
	return cmd
}
