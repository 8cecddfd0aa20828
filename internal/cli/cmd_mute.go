package cli

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/schema"
	"github.com/spf13/cobra"
)

func muteCommand(s *shell) *cobra.Command {
	list := listing[api.Mute]{
		use: "list", short: "List mutes, the newest first", path: "/v1/mutes",
		filters: [][2]string{
			{"verb", "silence, allow, suppress, maintenance or tune"}, {"state", "pending, active, ended or expired"}, {"owner", "who answers for it"},
		},
		columns: []column[api.Mute]{
			{"VERB", func(m api.Mute) string { return string(m.Verb) }}, {"STATE", func(m api.Mute) string { return m.State }},
			{"MATCH", func(m api.Mute) string { return short(matchText(m.Match), 60) }}, {"UNTIL", func(m api.Mute) string { return stamp(m.End) }},
			{"OWNER", func(m api.Mute) string { return m.Owner }}, {"HITS", func(m api.Mute) string { return fmt.Sprint(m.Hits) }},
			{"OVERRULED", func(m api.Mute) string { return fmt.Sprint(m.Overruled) }}, {"ID", func(m api.Mute) string { return m.ID.String() }},
		},
		name: func(m api.Mute) string { return m.ID.String() }, empty: "nothing is muted",
	}
	cmd := holder("mute", "Keep noise from people, without hiding what is known to be bad", []string{"mutes"}, list.command(s), muteShow(s),
		muteAdd(s, mute.Silence, "Tell nobody for some days of what matches; at most 7 days"),
		muteAdd(s, mute.Suppress, "Keep what one rule says about exactly these things, and show it to nobody; at most 180 days"),
		muteAdd(s, mute.Allow, "Let observables count for nothing, such as domain=cdn.example; at most a year"),
		muteAdd(s, mute.Maintenance, "Mark alerts about assets, sources or rules while they are worked on; at most a year"),
		muteAdd(s, mute.Tune, "Gather evidence for the owner of a rule, and change nothing; at most 180 days"),
		muteEnd(s), muteRenew(s), muteEvidence(s))
	cmd.Long = "Five verbs do five different things; each needs an owner, a reason and an end, and none hides what is known to be bad.\n\n" +
		"  harrier mute silence host=ws-17 --for 4h --reason \"penetration test\"\n" +
		"  harrier mute suppress rule=r-1 host=ws-17 data.process.name=backup*.exe --for 30d --reason \"nightly backup\" --dry-run\n" +
		"  harrier mute maintenance host=srv-1,srv-2 --days sun --weeks 1 --at 22:00 --lasts 4h --zone Europe/Berlin --for 365d --reason patching\n\n" +
		"Fields: " + strings.Join(mute.Fields(), ", ") + "."
	return cmd
}

// matchText is a match on one line.
func matchText(m map[string][]string) string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, field+"="+strings.Join(m[field], ","))
	}
	return strings.Join(parts, " ")
}

// muteFlags are the flags of a mute.
type muteFlags struct {
	length, start, end, owner, reason, at, lasts, zone string
	days                                               []string
	weeks                                              []int
	dry                                                bool
}

func muteAdd(s *shell, verb mute.Verb, about string) *cobra.Command {
	var f muteFlags
	cmd := &cobra.Command{
		Use: string(verb) + " FIELD=VALUE[,VALUE]…", Short: about, Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := s.wanted(verb, args, f)
			if err != nil {
				return err
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			if f.dry {
				forecast, raw, err := fetch[api.MuteForecast](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/mutes/preview", Body: in})
				if err != nil {
					return err
				}
				return s.print(forecastResult(forecast, raw))
			}
			m, raw, err := fetch[api.Mute](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/mutes", Body: in})
			if err != nil {
				return err
			}
			return s.print(muteResult(m, raw))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.length, "for", "", "how long it holds from its start, such as 4h or 30d")
	flags.StringVar(&f.end, "until", "", "when it ends instead, such as 2026-12-01T06:00:00Z")
	flags.StringVar(&f.start, "start", "", "when it begins, such as 2026-11-30T22:00:00Z; now where it is absent")
	flags.StringVar(&f.owner, "owner", "", "who answers for it; you where it is absent")
	flags.StringVar(&f.reason, "reason", "", "why, for whoever looks at it next")
	flags.BoolVar(&f.dry, "dry-run", false, "only say what it would have hidden in the last 90 days")
	if verb == mute.Maintenance {
		flags.StringVar(&f.at, "at", "", "when the window begins on each day, such as 22:00; always where it is absent")
		flags.StringVar(&f.lasts, "lasts", "", "how long the window lasts, such as 4h")
		flags.StringVar(&f.zone, "zone", "UTC", "the window's time zone, such as Europe/Berlin")
		flags.StringSliceVar(&f.days, "days", nil, "the window's days: mon, tue, wed, thu, fri, sat, sun")
		flags.IntSliceVar(&f.weeks, "weeks", nil, "which of such days in a month: 1 is the first, -1 the last")
	}
	_ = cmd.MarkFlagRequired("reason")
	cmd.MarkFlagsOneRequired("for", "until")
	cmd.MarkFlagsMutuallyExclusive("for", "until")
	return cmd
}

// wanted reads what a mute is to be.
func (s *shell) wanted(verb mute.Verb, args []string, f muteFlags) (in api.AddMute, err error) {
	in = api.AddMute{Verb: verb, Match: map[string][]string{}, Owner: f.owner, Reason: f.reason}
	for _, arg := range args {
		field, values, ok := strings.Cut(arg, "=")
		if !ok || field == "" || values == "" {
			return in, usagef("%q is no FIELD=VALUE; write host=ws-17", arg)
		}
		if field == "url" || strings.HasPrefix(field, "data.") {
			in.Match[field] = append(in.Match[field], values) // a comma may belong to it
			continue
		}
		in.Match[field] = append(in.Match[field], strings.Split(values, ",")...)
	}
	if in.Start, err = moment("start", f.start); err != nil {
		return in, err
	}
	if in.End, err = moment("until", f.end); err != nil {
		return in, err
	}
	if f.length != "" {
		length, err := schema.ParseDuration(f.length)
		if err != nil {
			return in, usagef("--for is %q; write a length such as 4h or 30d", f.length)
		}
		from := in.Start
		if from.IsZero() {
			from = s.cfg.Now()
		}
		in.End = from.Add(length).UTC().Truncate(time.Second)
	}
	switch {
	case f.at != "" || f.lasts != "":
		in.Window = &api.MuteWindow{Days: f.days, Weeks: f.weeks, At: f.at, For: f.lasts, Zone: f.zone}
	case len(f.days) > 0 || len(f.weeks) > 0:
		return in, usagef("--days and --weeks are of a window; say --at and --lasts too")
	}
	return in, nil
}

// moment reads the time that a flag gives.
func moment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usagef("--%s is %q; write a time with its zone, such as 2026-12-01T06:00:00Z", flag, text)
	}
	return t.UTC(), nil
}

func mutePath(id string, more ...string) string {
	return strings.Join(append([]string{"/v1/mutes/" + url.PathEscape(id)}, more...), "/")
}

// muteAsk is a command that asks one thing about a mute and shows it.
func muteAsk(s *shell, cmd *cobra.Command, of func(id string) (asked, error)) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a, err := of(args[0])
		if err != nil {
			return err
		}
		c, err := s.connect(cmd.Context())
		if err != nil {
			return err
		}
		m, raw, err := fetch[api.Mute](cmd.Context(), c, a)
		if err != nil {
			return err
		}
		return s.print(muteResult(m, raw))
	}
	return cmd
}

func muteShow(s *shell) *cobra.Command {
	return muteAsk(s, &cobra.Command{Use: "show MUTE", Short: "Show a mute", Aliases: []string{"get"}}, func(id string) (asked, error) {
		return asked{Path: mutePath(id)}, nil
	})
}

func muteEnd(s *shell) *cobra.Command {
	return muteAsk(s, &cobra.Command{Use: "end MUTE", Short: "End a mute now"}, func(id string) (asked, error) {
		return asked{Method: http.MethodPost, Path: mutePath(id, "end"), Body: struct{}{}}, nil
	})
}

func muteRenew(s *shell) *cobra.Command {
	var length string
	cmd := muteAsk(s, &cobra.Command{Use: "renew MUTE", Short: "Put the end of a mute off"}, func(id string) (asked, error) {
		d, err := schema.ParseDuration(length)
		if err != nil {
			return asked{}, usagef("--for is %q; write a length such as 4h or 30d", length)
		}
		return asked{Method: http.MethodPost, Path: mutePath(id, "renew"), Body: api.RenewMute{End: s.cfg.Now().Add(d).UTC().Truncate(time.Second)}}, nil
	})
	cmd.Flags().StringVar(&length, "for", "", "how long it holds from now, such as 7d")
	_ = cmd.MarkFlagRequired("for")
	return cmd
}

// muteResult is a mute to print.
func muteResult(m api.Mute, raw []byte) result {
	return result{
		raw: raw, names: []string{m.ID.String()}, head: []string{"VERB", "STATE", "MATCH", "UNTIL", "OWNER", "ID"},
		rows: [][]string{{string(m.Verb), m.State, matchText(m.Match), stamp(m.End), m.Owner, m.ID.String()}},
		text: func(w io.Writer, p paint) {
			fmt.Fprintf(w, "%s %s  %s\n", p.bold(string(m.Verb)), clean(matchText(m.Match)), m.ID)
			hits := fmt.Sprintf("%d", m.Hits)
			if m.Overruled > 0 {
				hits += fmt.Sprintf(", %d of them shown all the same: something in them is known to be bad", m.Overruled)
			}
			facts(w, p, [][2]string{
				{"state", m.State}, {"from", stamp(m.Start)}, {"until", stamp(m.End)}, {"window", windowText(m.Window)}, {"owner", m.Owner}, {"reason", m.Reason},
				{"made by", m.CreatedBy}, {"ended by", m.EndedBy}, {"hits", hits}, {"last hit", stamp(m.LastHit)},
			})
		},
	}
}

func windowText(w *api.MuteWindow) string {
	if w == nil {
		return ""
	}
	days := strings.Join(w.Days, ", ")
	if days == "" {
		days = "every day"
	}
	if len(w.Weeks) > 0 {
		days += fmt.Sprintf(" (of the month: %s)", strings.Trim(fmt.Sprint(w.Weeks), "[]"))
	}
	return fmt.Sprintf("%s at %s for %s, %s", days, w.At, w.For, w.Zone)
}

// forecastResult is what a mute would have done, to print.
func forecastResult(f api.MuteForecast, raw []byte) result {
	return result{
		raw: raw, head: []string{"LOOKED", "MATCHED", "OVERRULED", "TRUE_POSITIVES"},
		rows: [][]string{{fmt.Sprint(f.Looked), fmt.Sprint(f.Matched), fmt.Sprint(f.Overruled), fmt.Sprint(f.Dispositions["true_positive"])}},
		text: func(w io.Writer, p paint) {
			fmt.Fprintf(w, "It matches %d of the last %d alerts of 90 days.\n", f.Matched, f.Looked)
			for _, name := range slices.Sorted(maps.Keys(f.Dispositions)) {
				fmt.Fprintf(w, "  %5d %s\n", f.Dispositions[name], clean(strings.ReplaceAll(name, "_", " ")))
			}
			if f.Overruled > 0 {
				fmt.Fprintf(w, "  %d it would not have hidden: something in them is known to be bad\n", f.Overruled)
			}
			for _, a := range f.Wrong {
				fmt.Fprintln(w, p.bad("✖ would have hidden a true positive:"), stamp(a.At), clean(a.Title), a.Alert)
			}
			for _, a := range f.Samples {
				fmt.Fprintln(w, p.dim("  "+stamp(a.At)), clean(short(a.Title, 80)), p.dim(clean(a.Disposition)+" "+a.Alert.String()))
			}
		},
	}
}

func muteEvidence(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "evidence RULE", Short: "Print evidence for the owner of a rule, as Markdown or with -o json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			page, raw, err := fetch[api.List[api.Tuning]](cmd.Context(), c, asked{Path: "/v1/tuning", Query: url.Values{"rule": args}})
			if err != nil {
				return err
			}
			if len(page.Items) == 0 {
				s.note("no rule %s has made an alert in the last 90 days", args[0])
				return nil
			}
			return s.print(result{raw: raw, names: args, head: []string{"RULE", "ALERTS"}, rows: [][]string{{args[0], fmt.Sprint(page.Items[0].Alerts)}},
				text: func(w io.Writer, _ paint) { fmt.Fprint(w, clean(page.Items[0].Markdown)) }})
		},
	}
}
