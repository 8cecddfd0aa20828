package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func webhookCommand(s *shell) *cobra.Command {
	list := listing[api.Webhook]{
		use: "list", short: "List the programs that are told of changes, by name", path: "/v1/webhooks", whole: true,
		columns: []column[api.Webhook]{
			{"NAME", func(w api.Webhook) string { return w.Name }}, {"URL", func(w api.Webhook) string { return w.URL }},
			{"TOPICS", func(w api.Webhook) string { return strings.Join(w.Topics, " ") }}, {"OWNER", func(w api.Webhook) string { return w.Owner }},
			{"STATE", webhookState},
		},
		name: func(w api.Webhook) string { return w.Name }, empty: "no program is told of changes; harrier webhook add NAME --url https://… --topic case.created",
	}
	return holder("webhook", "Tell other programs of changes, signed", []string{"webhooks"}, list.command(s), webhookSet(s, false), webhookSet(s, true),
		webhookShow(s), webhookRemove(s), webhookRotate(s), webhookPing(s), webhookDeliveries(s), webhookRedeliver(s))
}

// webhookState is how it goes.
func webhookState(w api.Webhook) string {
	switch {
	case !w.Enabled && w.Why != "":
		return "off: " + short(w.Why, 60)
	case !w.Enabled:
		return "off"
	case w.Failures > 0:
		return fmt.Sprintf("%d failures since %s", w.Failures, stamp(w.FailingSince))
	}
	return "on"
}

// webhookResult is a web hook to print.
func webhookResult(w api.Webhook) result {
	return result{
		names: []string{w.Name}, head: []string{"NAME", "URL", "TOPICS", "STATE"}, rows: [][]string{{w.Name, w.URL, strings.Join(w.Topics, " "), webhookState(w)}},
		text: func(out io.Writer, p paint) {
			fmt.Fprintf(out, "%s  %s\n", p.bold(clean(w.Name)), w.ID)
			facts(out, p, [][2]string{
				{"url", w.URL}, {"topics", strings.Join(w.Topics, ", ")}, {"words up to", "TLP:" + strings.ToUpper(w.TLP)}, {"owner", w.Owner}, {"state", webhookState(w)},
				{"old secret until", stamp(w.PreviousUntil)}, {"secret, shown this once", w.Secret},
			})
		},
	}
}

// webhookPath is where a web hook is.
func webhookPath(name, more string) string { return "/v1/webhooks/" + url.PathEscape(name) + more }

// webhookSet adds a web hook, or changes one.
func webhookSet(s *shell, change bool) *cobra.Command {
	var body api.ChangeWebhook
	var address, tlp, ca string
	var topics, private []string
	var parallel int
	var enable, disable bool
	cmd := &cobra.Command{Use: "add NAME", Short: "Tell a program of changes; its secret is printed once", Args: cobra.ExactArgs(1)}
	if change {
		cmd.Use, cmd.Short = "change NAME", "Change what a program is told, or whether; it has your rights from then on"
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		given := cmd.Flags().Changed
		if given("url") {
			body.URL = &address
		}
		if given("topic") {
			body.Topics = &topics
		}
		if given("tlp") {
			body.TLP = &tlp
		}
		if given("parallel") {
			body.Parallel = &parallel
		}
		if given("allow-private") {
			body.AllowPrivate = &private
		}
		if enable || disable {
			body.Enabled = &enable
		}
		bundle, err := s.certificates(ca)
		if err != nil {
			return err
		}
		if ca != "" {
			body.CA = &bundle
		}
		if change {
			return ask(cmd, s, asked{Method: http.MethodPatch, Path: webhookPath(args[0], ""), Body: body}, webhookResult)
		}
		return ask(cmd, s, post("/v1/webhooks", api.AddWebhook{
			Name: args[0], URL: address, Topics: topics, TLP: tlp, Parallel: parallel, CA: bundle, AllowPrivate: private,
		}), webhookResult)
	}
	f := cmd.Flags()
	f.StringVar(&address, "url", "", "its https address")
	f.StringSliceVar(&topics, "topic", nil, "what it is told of, such as case.created,case.closed")
	f.StringVar(&tlp, "tlp", "", "the highest label whose words it is told; amber if not said")
	f.IntVar(&parallel, "parallel", 0, "how many messages are under way at once; 4 if not said")
	f.StringVar(&ca, "ca", "", "a PEM file of certificates to trust besides the system's")
	f.StringArrayVar(&private, "allow-private", nil, "a range of addresses that is otherwise refused, such as 10.1.2.3/32")
	if change {
		f.BoolVar(&enable, "enable", false, "tell it again")
		f.BoolVar(&disable, "disable", false, "tell it nothing for now")
		cmd.MarkFlagsMutuallyExclusive("enable", "disable")
		return cmd
	}
	_, _ = cmd.MarkFlagRequired("url"), cmd.MarkFlagRequired("topic")
	return cmd
}

func webhookShow(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a program that is told of changes", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, asked{Path: webhookPath(args[0], "")}, webhookResult)
		},
	}
}

func webhookRotate(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "rotate NAME", Short: "Make a new secret; the one before signs too for a day", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, post(webhookPath(args[0], "/rotate"), nil), webhookResult)
		},
	}
}

func webhookRemove(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Tell a program nothing more, and forget it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			_, err = c.RemoveWebhook(cmd.Context(), args[0])
			return err
		},
	}
}

// deliveryResult is a message to print.
func deliveryResult(d api.WebhookDelivery) result {
	return result{
		names: []string{d.ID.String()}, head: []string{"ID", "TOPIC", "STATE", "ANSWER"}, rows: [][]string{{d.ID.String(), d.Topic, d.State, d.Answer}},
		text: func(out io.Writer, p paint) {
			fmt.Fprintf(out, "%s  %s\n", p.bold(d.State), d.ID)
			facts(out, p, [][2]string{{"topic", d.Topic}, {"answer", d.Answer}, {"next", stamp(d.DueAt)}})
		},
	}
}

func webhookPing(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "ping NAME", Short: "Send a message that means nothing, and say what came of it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, s, post(webhookPath(args[0], "/ping"), nil), deliveryResult)
		},
	}
}

func webhookRedeliver(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "redeliver NAME DELIVERY", Short: "Send a message again, with the same id", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := harrier.ParseID[harrier.MessageID](args[1])
			if err != nil {
				return usagef("%q is no id of a delivery; harrier webhook deliveries %s", args[1], args[0])
			}
			return ask(cmd, s, post(webhookPath(args[0], "/redeliver"), api.Redeliver{Delivery: id}), deliveryResult)
		},
	}
}

func webhookDeliveries(s *shell) *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use: "deliveries NAME", Short: "List what a program was told, the newest first", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			query := url.Values{}
			if state != "" {
				query.Set("state", state)
			}
			items, raws, more, err := pages[api.WebhookDelivery](cmd.Context(), c, asked{Path: webhookPath(args[0], "/deliveries"), Query: query}, 50)
			if err != nil {
				return err
			}
			l := listing[api.WebhookDelivery]{
				columns: []column[api.WebhookDelivery]{
					{"AT", func(d api.WebhookDelivery) string { return stamp(d.CreatedAt) }}, {"TOPIC", func(d api.WebhookDelivery) string { return d.Topic }},
					{"STATE", func(d api.WebhookDelivery) string { return d.State }}, {"ATTEMPTS", func(d api.WebhookDelivery) string { return fmt.Sprint(d.Attempts) }},
					{"ANSWER", func(d api.WebhookDelivery) string { return short(d.Answer, 60) }}, {"ID", func(d api.WebhookDelivery) string { return d.ID.String() }},
				},
				name: func(d api.WebhookDelivery) string { return d.ID.String() }, empty: "it was told nothing yet",
			}
			return l.print(s, items, raws, more)
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "pending, sent, failed or withheld")
	return cmd
}
