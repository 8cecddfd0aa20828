package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// moment reads a time that a flag gives: RFC 3339, or a date.
func (s *shell) moment(flag, text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usagef("%s %q is no time; write 2026-01-31T08:00:00Z or 2026-01-31, in UTC", flag, text)
}

// upload is a file that is sent with what is to be known of it.
type upload struct {
	source, format, encoding, zone string
	columns                        []string
	dryRun                         bool
}

func (u *upload) flags(cmd *cobra.Command, formats string) {
	f := cmd.Flags()
	f.StringVar(&u.source, "source", "", "who tells it, such as cmdb")
	f.StringVar(&u.format, "format", "", formats)
	f.StringVar(&u.encoding, "encoding", "", "that of the text, such as utf-16le or windows-1252")
	f.StringVar(&u.zone, "zone", "", "the time zone of times without one, such as Europe/Berlin; UTC where it is not given")
	f.StringArrayVar(&u.columns, "column", nil, "FIELD=COLUMN, where a column's own name does not tell what it holds; may be given several times")
	f.BoolVar(&u.dryRun, "dry-run", false, "change nothing, and tell what would change")
}

func (u *upload) query() url.Values {
	q := url.Values{"source": {u.source}}
	for name, value := range map[string]string{"format": u.format, "encoding": u.encoding, "zone": u.zone} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(u.columns) > 0 {
		q["column"] = u.columns
	}
	if u.dryRun {
		q.Set("dry_run", "true")
	}
	return q
}

// open opens a file to be sent; - is standard input.
func (s *shell) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(s.cfg.Streams.In), nil
	}
	return openFile(name)
}

func (k stock) importing(s *shell) *cobra.Command {
	var u upload
	var partial, force bool
	var rank int
	var connection string
	cmd := &cobra.Command{
		Use: "import FILE|-", Short: "Import " + k.nouns + " from a file, or from a directory by --connection", Args: cobra.MaximumNArgs(1),
		Long: "Import " + k.nouns + " from a table with a head (CSV), a list of objects in JSON, or a line of JSON for each; or from a directory.\n" +
			"A line that cannot be read is told and costs itself only. What the source told before and does not tell any more is marked as gone, and kept;\n" +
			"where that is more than half of it, nothing is imported unless you say --force.\n" +
			"A directory is a connection to ldap: harrier connection add ad --connector ldap --base-url ldaps://dc01.corp.example --set domain=CORP\n" +
			"  --secret username=@FILE --secret password=@FILE --allow-private 10.0.0.0/8",
		Example: "  harrier " + k.noun + " import cmdb.csv --source cmdb --dry-run\n  harrier " + k.noun + " import --connection ad",
		RunE: func(cmd *cobra.Command, args []string) error {
			if (connection == "") == (len(args) == 0) {
				return usagef("say a file, or --connection NAME")
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			a := asked{Method: http.MethodPost}
			if connection != "" {
				a.Path, a.Body = "/v1/inventory/sync", api.SyncInventory{
					Connection: connection, Kind: k.kind, Source: u.source, Rank: rank, Partial: partial, DryRun: u.dryRun, Force: force,
				}
			} else {
				if u.source == "" {
					return usagef("say who tells it: --source NAME, such as cmdb")
				}
				file, err := s.open(args[0])
				if err != nil {
					return err
				}
				defer func() { _ = file.Close() }() // nothing was written
				a.Path, a.Query, a.Body, a.Media = k.path+"/import", u.query(), file, "application/octet-stream"
				for name, set := range map[string]bool{"partial": partial, "force": force} {
					if set {
						a.Query.Set(name, "true")
					}
				}
				if rank != 0 {
					a.Query.Set("rank", strconv.Itoa(rank))
				}
			}
			report, raw, err := fetch[api.ImportReport](cmd.Context(), c, a)
			if err != nil {
				return err
			}
			return s.print(importResult(report, raw))
		},
	}
	u.flags(cmd, "csv or json; found out where it is not given")
	cmd.Flags().BoolVar(&partial, "partial", false, "the file does not hold all that the source knows: nothing is gone")
	cmd.Flags().BoolVar(&force, "force", false, "import even where more than half of what the source told before is gone")
	cmd.Flags().IntVar(&rank, "rank", 0, "whose word holds where sources differ about what is neither better nor worse: the lowest (50 at first)")
	cmd.Flags().StringVar(&connection, "connection", "", "the connection to a directory")
	return cmd
}

func importResult(r api.ImportReport, raw []byte) result {
	counts := []int{r.Read, r.Added, r.Changed, r.Returned, r.Gone, r.Unchanged, r.ProblemCount}
	cells := make([]string, len(counts))
	for i, n := range counts {
		cells[i] = strconv.Itoa(n)
	}
	return result{
		raw: raw, names: []string{r.Source}, head: []string{"READ", "ADDED", "CHANGED", "RETURNED", "GONE", "UNCHANGED", "PROBLEMS"}, rows: [][]string{cells},
		text: func(w io.Writer, p paint) {
			would := ""
			if r.DryRun {
				would = " would be"
			}
			fmt.Fprintf(w, "%s: %d read:%s %d added, %d changed, %d returned, %d gone, %d as before\n", p.bold(clean(r.Source)), r.Read, would, r.Added, r.Changed, r.Returned, r.Gone, r.Unchanged)
			for _, c := range r.Changes {
				if r.DryRun || c.What == "gone" {
					fmt.Fprintf(w, "  %-9s %s  %s\n", c.What, clean(c.Key), p.dim(strings.Join(c.Fields, ", ")))
				}
			}
			if r.Withheld > 0 {
				fmt.Fprintf(w, "  %d are not told any more and may be on the lines that could not be read: they are not marked as gone; correct the lines, or say --force\n", r.Withheld)
			}
			if len(r.Unused) > 0 {
				fmt.Fprintf(w, "  %s\n", p.dim("not used: "+clean(strings.Join(r.Unused, ", "))))
			}
			problemText(w, p, r.Problems, r.ProblemCount)
		},
	}
}

func problemText(w io.Writer, p paint, list []api.InventoryProblem, count int) {
	for _, problem := range list {
		fmt.Fprintf(w, "  %s %s\n", p.bad(fmt.Sprintf("line %d:", problem.Line)), clean(problem.Reason))
	}
	if more := count - len(list); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}

func leaseCommand(s *shell) *cobra.Command {
	return holder("lease", "Know which machine or person had an address", []string{"leases"}, leaseImport(s), leaseShow(s))
}

func leaseImport(s *shell) *cobra.Command {
	var u upload
	var maxAge, leaseTime time.Duration
	cmd := &cobra.Command{
		Use: "import FILE|-", Short: "Import who had which address, from a DHCP server or a VPN", Args: cobra.ExactArgs(1),
		Long: "Import who had which address, from:\n  isc      dhcpd.leases of ISC DHCP\n  kea      the lease file of Kea, for IPv4 or IPv6\n  windows  the audit log of the DHCP server of Windows (say --zone: its times have none)\n" +
			"  dnsmasq  dnsmasq.leases (say --lease-time where it is not an hour)\n  table    any table with address, start and end, and host, mac or user, such as the log of a VPN\nThe same file again changes nothing.",
		Example: "  harrier lease import /var/lib/dhcp/dhcpd.leases --format isc --source dhcp\n  harrier lease import vpn.csv --format table --source vpn --column address=TunnelIP",
		RunE: func(cmd *cobra.Command, args []string) error {
			if u.source == "" || u.format == "" {
				return usagef("say --source NAME, such as dhcp-berlin, and --format isc, kea, windows, dnsmasq or table")
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			file, err := s.open(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = file.Close() }() // nothing was written
			q := u.query()
			for name, d := range map[string]time.Duration{"max_age": maxAge, "lease_time": leaseTime} {
				if d != 0 {
					q.Set(name, d.String())
				}
			}
			r, raw, err := fetch[api.LeaseReport](cmd.Context(), c, asked{Method: http.MethodPost, Path: "/v1/leases/import", Query: q, Body: file, Media: "application/octet-stream"})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{r.Source}, head: []string{"TAKEN", "SKIPPED", "PROBLEMS"},
				rows: [][]string{{strconv.Itoa(r.Taken), strconv.Itoa(r.Skipped), strconv.Itoa(r.ProblemCount)}},
				text: func(w io.Writer, p paint) {
					fmt.Fprintf(w, "%s: %d leases, from %s to %s; %d entries that are none\n", p.bold(clean(r.Source)), r.Taken, stamp(r.From), stamp(r.Until), r.Skipped)
					problemText(w, p, r.Problems, r.ProblemCount)
				},
			})
		},
	}
	u.flags(cmd, "isc, kea, windows, dnsmasq or table")
	cmd.Flags().DurationVar(&maxAge, "max-age", 0, "how long a lease holds whose end the file does not tell, such as 12h; eight days where it is not given")
	cmd.Flags().DurationVar(&leaseTime, "lease-time", 0, "how long leases of dnsmasq last; an hour where it is not given")
	return cmd
}

func leaseShow(s *shell) *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use: "show ADDRESS", Short: "Say whose an address was at a time, and by what that is known", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q := url.Values{"address": {args[0]}}
			if at != "" {
				when, err := s.moment("--at", at)
				if err != nil {
					return err
				}
				q.Set("at", when.Format(time.RFC3339))
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			a, raw, err := fetch[api.AddressAt](cmd.Context(), c, asked{Path: "/v1/leases", Query: q})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{a.As}, head: []string{"ADDRESS", "AT", "WAS", "CRITICALITY"}, rows: [][]string{{a.Address, stamp(a.At), a.As, a.Criticality}},
				text: func(w io.Writer, p paint) { addressText(w, p, a) },
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "the time in question, in UTC, such as 2026-01-31T08:00:00Z; now where it is not given")
	return cmd
}

func addressText(w io.Writer, p paint, a api.AddressAt) {
	was := "is not known"
	if a.As != "" {
		was = string(a.AsType) + " " + a.As
	}
	fmt.Fprintf(w, "%s at %s: %s\n", clean(a.Address), stamp(a.At), p.bold(clean(was)))
	flags := api.InventoryItem{VIP: a.VIP, Privileged: a.Privileged}
	critical := a.Criticality
	if a.Known && critical == "" {
		critical = "unknown"
	}
	facts(w, p, [][2]string{{"matters", critical}, {"environment", a.Environment}, {"owner", a.Owner}, {"flags", flagsOf(flags)}, {"tags", strings.Join(a.Tags, ", ")}})
	for _, n := range a.Notes {
		fmt.Fprintln(w, "  note       "+clean(n))
	}
	for _, l := range a.Items {
		until := stamp(l.End)
		if until == "" {
			until = "?"
		}
		who := strings.TrimSpace(l.Host + " " + l.MAC + " " + l.User)
		if l.Free {
			who = "nobody"
		}
		fmt.Fprintf(w, "  lease      %s to %s  %s  %s\n", stamp(l.Start), until, clean(who), p.dim(clean(l.Source)))
	}
}
