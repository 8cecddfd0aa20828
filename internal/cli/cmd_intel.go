package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func intelCommand(s *shell) *cobra.Command {
	list := listing[api.Indicator]{
		use: "list", short: "List indicators, by type and value", path: "/v1/indicators",
		filters: [][2]string{{"feed", "the name of a feed"}, {"type", "such as ip, domain, url or hash"}, {"value", "one value"}},
		columns: []column[api.Indicator]{
			{"TYPE", func(i api.Indicator) string { return i.Type }}, {"VALUE", func(i api.Indicator) string { return short(i.Value, 60) }},
			{"FEED", func(i api.Indicator) string { return i.Feed }}, {"VERDICT", func(i api.Indicator) string { return i.Verdict }},
			{"NAME", func(i api.Indicator) string { return short(i.Name, 40) }}, {"ADDED", func(i api.Indicator) string { return stamp(i.AddedAt) }},
			{"ENDED", func(i api.Indicator) string { return stamp(i.EndedAt) }},
		},
		name: func(i api.Indicator) string { return i.Value }, empty: "there are no such indicators; import some: harrier intel import FILE",
	}
	return holder("intel", "Import, list and ask indicators", nil,
		intelImport(s), list.command(s), intelShow(s), intelMatch(s), intelRemove(s), feedsCommand(s))
}

func intelImport(s *shell) *cobra.Command {
	params := map[string]*string{}
	var whole, all, accept bool
	cmd := &cobra.Command{
		Use: "import FILE|-", Short: "Read indicators from a file or standard input", Args: cobra.ExactArgs(1),
		Long: "Read indicators: a bundle of STIX, an event of MISP, a table or an answer of abuse.ch, or one value a line. The format is told\n" +
			"by the file where --format does not say it. Indicators belong to a feed, which is made where it does not exist. Reading the\n" +
			"same file again changes nothing. Alerts of before that have what is new are judged again.",
		Example: "  harrier intel import bad.txt\n  harrier intel import bundle.json --feed isac --reliability B --tlp AMBER\n  curl … | harrier intel import - --feed urlhaus --whole",
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{}
			for name, v := range params {
				if *v != "" {
					query.Set(name, *v)
				}
			}
			for name, set := range map[string]bool{"whole": whole, "all": all, "accept": accept} {
				if set {
					query.Set(name, "true")
				}
			}
			body, err := s.open(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = body.Close() }() // it was only read
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			got, raw, err := fetch[api.Taken](cmd.Context(), c, asked{
				Method: http.MethodPost, Path: "/v1/indicators/import", Query: query, Body: io.Reader(body), Media: "application/octet-stream",
			})
			if err != nil {
				return err
			}
			return s.printTaken(got, raw)
		},
	}
	f := cmd.Flags()
	for _, p := range [][3]string{
		{"feed", "manual", "the feed that they belong to"}, {"format", "", "auto, stix, misp, csv, json, list or hosts"},
		{"type", "", "the type of the values of a list or a column"}, {"column", "", "the column of a table that holds the values, by name or number"},
		{"reliability", "", "how reliable a feed that is made is, A to F"}, {"tlp", "", "marking of what has none: RED, AMBER+STRICT, AMBER, GREEN or CLEAR"},
		{"pap", "", "marking of what has none: RED, AMBER, GREEN or CLEAR"},
	} {
		params[p[0]] = f.String(p[0], p[1], p[2])
	}
	f.BoolVar(&whole, "whole", false, "it is the whole list: what is absent ends (for a feed that is made)")
	f.BoolVar(&all, "all", false, "take the attributes of MISP too that are not meant for detection")
	f.BoolVar(&accept, "accept", false, "take a whole feed that shrank for what it is")
	return cmd
}

// printTaken prints what came of reading a feed.
func (s *shell) printTaken(t api.Taken, raw []byte) error {
	count := strconv.Itoa
	err := s.print(result{
		raw: raw, names: []string{t.Feed}, head: []string{"FEED", "FORMAT", "LOOKED AT", "RECORDS", "NEW", "CHANGED", "ENDED"},
		rows: [][]string{{t.Feed, t.Format, count(t.Items), count(t.Records), count(t.New), count(t.Changed), count(t.Ended)}},
	})
	s.leftOut(t.Skipped)
	if t.Warning != "" {
		s.note("warning: %s", t.Warning)
	}
	return err
}

// leftOut tells people what was left out and why.
func (s *shell) leftOut(skipped map[string]int) {
	const most = 10
	reasons := slices.SortedFunc(maps.Keys(skipped), func(a, b string) int { return cmp.Or(cmp.Compare(skipped[b], skipped[a]), cmp.Compare(a, b)) })
	for _, why := range reasons[:min(most, len(reasons))] {
		s.note("left out %d: %s", skipped[why], clean(why))
	}
}

func intelShow(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "show VALUE", Short: "Show what feeds say of a value, with what has ended", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			list, raw, err := fetch[api.List[api.Indicator]](cmd.Context(), c, asked{Path: "/v1/indicators", Query: url.Values{"value": {args[0]}, "limit": {"100"}}})
			if err != nil {
				return err
			}
			if len(list.Items) == 0 {
				return missing("indicator", args[0], "harrier intel match "+args[0])
			}
			r := result{raw: raw, head: []string{"FEED", "TYPE", "VALUE", "VERDICT", "NAME"}, text: func(w io.Writer, p paint) { indicatorsText(w, p, list.Items) }}
			for _, i := range list.Items {
				r.names, r.rows = append(r.names, i.Value), append(r.rows, []string{i.Feed, i.Type, i.Value, i.Verdict, i.Name})
			}
			return s.print(r)
		},
	}
}

func indicatorsText(w io.Writer, p paint, list []api.Indicator) {
	for _, i := range list {
		fmt.Fprintf(w, "%s %s  %s\n", i.Type, p.bold(clean(i.Value)), p.dim("feed "+i.Feed))
		verdict := i.Verdict
		if i.Partial {
			verdict += " at most suspicious: the feed asks for more than this value"
		}
		facts(w, p, [][2]string{
			{"verdict", verdict}, {"name", i.Name}, {"confidence", strconv.Itoa(i.Confidence) + " " + i.Grade}, {"marked", marked(i.TLP, i.PAP)},
			{"tags", strings.Join(i.Tags, ", ")}, {"phases", strings.Join(i.Phases, ", ")}, {"link", i.Link}, {"seen", span(stamp(i.FirstSeen), stamp(i.LastSeen))},
			{"valid", span(stamp(i.ValidFrom), stamp(i.ValidUntil))}, {"added", stamp(i.AddedAt)}, {"ended", strings.TrimSpace(stamp(i.EndedAt) + " " + i.Ended)},
		})
	}
}

// span is a time from and until, of which either may be absent.
func span(from, until string) string {
	if from == "" && until == "" {
		return ""
	}
	return from + " … " + until
}

// marked are the colours of a marking as people write them.
func marked(tlp, pap string) string {
	var parts []string
	if tlp != "" {
		parts = append(parts, "TLP:"+tlp)
	}
	if pap != "" {
		parts = append(parts, "PAP:"+pap)
	}
	return strings.Join(parts, " ")
}

func intelMatch(s *shell) *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use: "match VALUE…", Short: "Tell what is known of values", Args: cobra.MinimumNArgs(1),
		Long: "Tell what feeds and block lists say of values, as an alert would be matched: a link by itself and by its host, a name by the names\n" +
			"above it, an address by its networks. Allow lists are told beside that; they hide nothing.",
		RunE: func(cmd *cobra.Command, args []string) error {
			body := api.MatchValues{}
			for _, v := range args {
				body.Values = append(body.Values, api.Value{Type: kind, Value: v})
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			list, raw, err := fetch[api.List[api.KnownValue]](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/indicators/match", Body: body})
			if err != nil {
				return err
			}
			r := result{raw: raw, head: []string{"TYPE", "VALUE", "VERDICT", "SOURCE", "NAME"}, text: func(w io.Writer, p paint) { knownText(w, p, list.Items) }}
			for _, k := range list.Items {
				source, name := "", ""
				if len(k.Opinions) > 0 {
					source, name = k.Opinions[0].Source, k.Opinions[0].Name
				}
				r.names, r.rows = append(r.names, k.Verdict), append(r.rows, []string{k.Type, k.Value.Value, k.Verdict, source, name})
			}
			return s.print(r)
		},
	}
	cmd.Flags().StringVar(&kind, "type", "", "the type of the values; it is told by their looks where it is not said")
	return cmd
}

func knownText(w io.Writer, p paint, list []api.KnownValue) {
	for _, k := range list {
		fmt.Fprintf(w, "%s %s  %s\n", k.Type, p.bold(clean(k.Value.Value)), k.Verdict)
		for _, o := range k.Opinions {
			fmt.Fprintf(w, "  %-10s %s  %s, score %s, reliability %s, seen %s\n", o.Verdict, clean(o.Source), clean(cmp.Or(o.Name, "no name")),
				strconv.FormatFloat(o.Score, 'f', -1, 64), o.Reliability, stamp(o.At))
		}
		internal := ""
		if k.Internal {
			internal = "the organisation's own"
		}
		facts(w, p, [][2]string{{"allowed", strings.Join(k.Allowed, ", ")}, {"internal", internal}, {"marked", marked(k.TLP, k.PAP)}})
	}
}

func intelRemove(s *shell) *cobra.Command {
	body := api.Withdraw{}
	cmd := &cobra.Command{
		Use: "remove VALUE", Short: "Take an indicator back", Args: cobra.ExactArgs(1),
		Long: "Take an indicator back, because it is wrong. It comes back where its feed is read again and still lists it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			body.Value.Value = args[0]
			return s.act(cmd, "/v1/indicators/withdraw", body, "took back "+args[0])
		},
	}
	cmd.Flags().StringVar(&body.Feed, "feed", "manual", "the feed that it belongs to")
	cmd.Flags().StringVar(&body.Type, "type", "", "its type, where its looks do not tell")
	cmd.Flags().StringVar(&body.Reason, "reason", "", "why it is wrong")
	return cmd
}

// act makes a request that leaves nothing to show but that it was done.
func (s *shell) act(cmd *cobra.Command, path string, body any, said string) error {
	c, err := s.connect(cmd.Context())
	if err != nil {
		return err
	}
	_, raw, err := fetch[map[string]any](cmd.Context(), c, asked{Method: http.MethodPost, Path: path, Body: body})
	if err != nil {
		return err
	}
	if s.output == "table" {
		s.note("%s", said)
		return nil
	}
	return s.print(result{raw: raw, head: []string{"DONE"}, rows: [][]string{{"true"}}, names: []string{"done"}})
}
