package cli

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func feedsCommand(s *shell) *cobra.Command {
	list := listing[api.Feed]{
		use: "list", short: "List the feeds of indicators, by name", path: "/v1/feeds", whole: true, columns: feedColumns(),
		name: func(f api.Feed) string { return f.Name }, empty: "there are no feeds; import a file: harrier intel import FILE, or pull one: harrier intel feeds set NAME --connection NAME --every 1h",
	}
	return holder("feeds", "Set, pull and remove feeds of indicators", []string{"feed"}, list.command(s), feedsSet(s), feedsPull(s), feedsRemove(s))
}

func feedColumns() []column[api.Feed] {
	return []column[api.Feed]{
		{"NAME", func(f api.Feed) string { return f.Name }}, {"FORMAT", func(f api.Feed) string { return f.Format }},
		{"EVERY", func(f api.Feed) string { return f.Interval }}, {"RECORDS", func(f api.Feed) string { return strconv.Itoa(f.Records) }},
		{"READ", func(f api.Feed) string { return stamp(f.PulledAt) }}, {"RELIABILITY", func(f api.Feed) string { return f.Reliability }},
		{"PROBLEM", func(f api.Feed) string { return short(f.Problem, 80) }},
	}
}

func feedsSet(s *shell) *cobra.Command {
	body := api.SetFeed{}
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Add a feed, or change its settings", Args: cobra.ExactArgs(1),
		Long: "Add a feed that is pulled by a connection, or that files are imported into. What is not said is as if it was never said.",
		Example: "  harrier connection add abusech --connector feed --base-url https://urlhaus.abuse.ch\n" +
			"  harrier intel feeds set urlhaus --connection abusech --address downloads/csv_recent/ --every 30m --reliability B\n" +
			"  harrier connection add isac --connector taxii --base-url https://taxii.isac.example --secret password=@FILE --set username=me\n" +
			"  harrier intel feeds set isac --connection isac --address api1/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116 --every 1h",
		RunE: func(cmd *cobra.Command, args []string) error {
			body.Name = args[0]
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			f, raw, err := fetch[api.Feed](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/feeds", Body: body})
			if err != nil {
				return err
			}
			r := result{raw: raw, names: []string{f.Name}, rows: [][]string{nil}}
			for _, col := range feedColumns() {
				r.head, r.rows[0] = append(r.head, col.head), append(r.rows[0], col.cell(f))
			}
			return s.print(r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&body.Format, "format", "", "auto, stix, misp, csv, json, list or hosts")
	f.StringVar(&body.Connection, "connection", "", "the connection by which it is pulled")
	f.StringVar(&body.URL, "address", "", "what to get by the connection: a path, or a collection")
	f.StringVar(&body.Interval, "every", "", "how often it is pulled, such as 1h")
	f.StringVar(&body.Reliability, "reliability", "", "how reliable it is by the Admiralty code, A to F")
	f.StringVar(&body.Provider, "provider", "", "who is behind it; feeds of one provider are not independent")
	f.IntVar(&body.Confidence, "confidence", 0, "confidence of records that tell none, 1 to 100")
	f.StringVar(&body.TLP, "tlp", "", "marking of what has none: RED, AMBER+STRICT, AMBER, GREEN or CLEAR")
	f.StringVar(&body.PAP, "pap", "", "marking of what has none: RED, AMBER, GREEN or CLEAR")
	f.BoolVar(&body.Whole, "whole", false, "each reading is the whole list: what is absent ends")
	f.StringVar(&body.Column, "column", "", "the column of a table that holds the values, by name or number")
	f.StringVar(&body.Type, "type", "", "the type of the values of a list or a column")
	f.BoolVar(&body.All, "all", false, "take the attributes of MISP too that are not meant for detection")
	return cmd
}

func feedsPull(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "pull NAME", Short: "Read a feed now", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			got, raw, err := fetch[api.Taken](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/feeds/" + url.PathEscape(args[0]) + "/pull"})
			if err != nil {
				return err
			}
			return s.printTaken(got, raw)
		},
	}
}

func feedsRemove(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove a feed with all its indicators", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.act(cmd, "/v1/feeds/"+url.PathEscape(args[0])+"/remove", nil, "removed feed "+args[0])
		},
	}
}
