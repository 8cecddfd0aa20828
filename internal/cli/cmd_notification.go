package cli

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func notificationCommand(s *shell) *cobra.Command {
	list := listing[api.Notification]{
		use: "list", short: "List what people are told, the newest first", path: "/v1/notifications",
		filters: [][2]string{
			{"status", "pending, collected, told, acknowledged or unheard"}, {"kind", "such as alert, case or digest"}, {"alert", "about one alert"}, {"case", "about one case"},
		},
		columns: []column[api.Notification]{
			{"STATUS", func(n api.Notification) string { return string(n.Status) }}, {"SEVERITY", func(n api.Notification) string { return n.Severity }},
			{"TITLE", func(n api.Notification) string { return short(n.Title, 60) }}, {"ROUTE", func(n api.Notification) string { return n.Route }},
			{"LEVEL", func(n api.Notification) string { return fmt.Sprintf("%d/%d", n.Level+1, n.Round+1) }},
			{"AT", func(n api.Notification) string { return stamp(n.CreatedAt) }}, {"ACKNOWLEDGED", func(n api.Notification) string { return n.AckedBy }},
			{"ID", func(n api.Notification) string { return n.ID.String() }},
		},
		name: func(n api.Notification) string { return n.ID.String() }, empty: "nobody was told of anything",
	}
	return holder("notification", "Show what people are told, and take it on", []string{"notifications"}, list.command(s), notificationShow(s), notificationAck(s), notificationRoute(s))
}

func notificationShow(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "show NOTIFICATION", Short: "Show whom a notification reached", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			n, raw, err := fetch[api.NotificationDetail](cmd.Context(), c, asked{Path: "/v1/notifications/" + url.PathEscape(args[0])})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{n.ID.String()}, head: []string{"STATUS", "SEVERITY", "TITLE"}, rows: [][]string{{string(n.Status), n.Severity, n.Title}},
				text: func(w io.Writer, p paint) { notificationText(w, p, n) },
			})
		},
	}
}

func notificationText(w io.Writer, p paint, n api.NotificationDetail) {
	fmt.Fprintf(w, "%s  %s\n", p.bold(clean("["+n.Severity+"] "+n.Title)), n.ID)
	facts(w, p, [][2]string{
		{"status", string(n.Status)}, {"route", n.Route}, {"text", n.Text}, {"told", stamp(n.CreatedAt)}, {"next", stamp(n.DueAt)},
		{"taken on", n.AckedBy}, {"at", stamp(n.AckedAt)}, {"note", n.Note},
	})
	for _, d := range n.Deliveries {
		fmt.Fprintf(w, "  %s  %d/%d  %-8s %s %s %s\n", stamp(d.CreatedAt), d.Level+1, d.Round+1, d.State, clean(d.Recipient), clean(d.Channel), p.dim(clean(d.Why)))
	}
}

func notificationAck(s *shell) *cobra.Command {
	var in api.AckNotification
	cmd := &cobra.Command{
		Use: "ack NOTIFICATION", Short: "Take a notification on, so that nobody else is told", Args: cobra.ExactArgs(1), Aliases: []string{"acknowledge"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			n, raw, err := fetch[api.Notification](cmd.Context(), c, asked{
				Method: http.MethodPost, Path: "/v1/notifications/" + url.PathEscape(args[0]) + "/acknowledge", Body: in,
			})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{n.ID.String()}, head: []string{"STATUS", "BY", "TITLE"}, rows: [][]string{{string(n.Status), n.AckedBy, n.Title}},
				text: func(w io.Writer, _ paint) { fmt.Fprintf(w, "%s has it: %s\n", clean(n.AckedBy), clean(n.Title)) },
			})
		},
	}
	cmd.Flags().StringVar(&in.Note, "note", "", "what you do about it")
	return cmd
}

func notificationRoute(s *shell) *cobra.Command {
	list := listing[api.NotificationRoute]{
		use: "list", short: "List the routes, in the order in which they are asked", path: "/v1/notification-routes", whole: true,
		columns: []column[api.NotificationRoute]{
			{"ROUTE", func(r api.NotificationRoute) string { return r.Name }},
			{"SEVERITY", func(r api.NotificationRoute) string { return cmp.Or(strings.Join(r.Severity, ","), "all") }},
			{"OWNER", func(r api.NotificationRoute) string { return cmp.Or(strings.Join(r.Owner, ","), "all") }},
			{"TELLS", func(r api.NotificationRoute) string { return levelsText(r) }}, {"ROUNDS", func(r api.NotificationRoute) string { return fmt.Sprint(r.Rounds) }},
			{"DIGEST", func(r api.NotificationRoute) string { return r.Digest }},
		},
		name: func(r api.NotificationRoute) string { return r.Name }, empty: "there is no route; describe some in oncall.yaml in the data directory",
	}
	var in api.PreviewNotification
	try := &cobra.Command{
		Use: "try", Short: "Say who would be told of something now", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			p, raw, err := fetch[api.NotificationPreview](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/notification-routes/preview", Body: in})
			if err != nil {
				return err
			}
			return s.print(result{raw: raw, names: p.First, head: []string{"ROUTE", "FIRST", "TELLS"}, rows: [][]string{{p.Route.Name, strings.Join(p.First, ", "), levelsText(p.Route)}}})
		},
	}
	flags := try.Flags()
	flags.StringVar(&in.Severity, "severity", "", "critical, high, medium, low or info")
	flags.StringVar(&in.Kind, "kind", "alert", "such as alert or case")
	flags.StringSliceVar(&in.Owners, "owner", nil, "who answers for what it is about")
	return holder("route", "Show how notifications go", []string{"routes"}, list.command(s), try)
}

// levelsText is whom a route tells, level by level.
func levelsText(r api.NotificationRoute) string {
	var levels []string
	for _, l := range r.Levels {
		text := strings.Join(l.Tell, ", ")
		if l.Wait != "" {
			text += " (" + l.Wait + ")"
		}
		levels = append(levels, text)
	}
	return strings.Join(levels, " → ")
}
