package cli

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

// stock is one of the two nouns of the inventory.
type stock struct {
	noun, nouns, path string
	kind              harrier.EntityType
}

func assetCommand(s *shell) *cobra.Command {
	return stock{"asset", "assets", "/v1/assets", harrier.HostEntity}.command(s)
}

func userCommand(s *shell) *cobra.Command {
	return stock{"user", "users", "/v1/users", harrier.UserEntity}.command(s)
}

func (k stock) command(s *shell) *cobra.Command {
	list := listing[api.InventoryItem]{
		use: "list", short: "List " + k.nouns + ", by their one name", path: k.path,
		filters: [][2]string{
			{"q", "a part of its key, its name or its owner"}, {"criticality", "critical, high, medium, low or unknown"}, {"environment", "such as production or test"},
			{"source", "who tells of it"}, {"tag", "a tag"}, {"gone", "true: no source tells of it any more"}, {"stale", "true: to be looked at again"},
			{"contradicted", "true: sources contradict each other"}, {"vip", "true: VIPs"}, {"privileged", "true: privileged ones"},
		},
		columns: []column[api.InventoryItem]{
			{"KEY", func(i api.InventoryItem) string { return i.Key }},
			{"CRITICALITY", criticalityOf}, {"ENVIRONMENT", func(i api.InventoryItem) string { return i.Environment }},
			{"OWNER", func(i api.InventoryItem) string { return short(i.Owner, 40) }}, {"FLAGS", flagsOf},
			{"SOURCES", sourcesOf}, {"SEEN", func(i api.InventoryItem) string { return stamp(i.Seen) }},
		},
		name:  func(i api.InventoryItem) string { return i.Key },
		empty: "there are none; import some: harrier " + k.noun + " import FILE --source NAME",
	}
	short := "Know the machines of the organisation"
	if k.kind == harrier.UserEntity {
		short = "Know the people of the organisation"
	}
	return holder(k.noun, short, []string{k.nouns}, k.importing(s), list.command(s), k.show(s), k.set(s), k.sources(s))
}

// criticalityOf says how much it matters, and what speaks against believing it.
func criticalityOf(i api.InventoryItem) string {
	text := cmp.Or(i.Criticality, "unknown")
	if i.Stale {
		text += " (stale)"
	}
	return text
}

func flagsOf(i api.InventoryItem) string {
	var flags []string
	for _, f := range []struct {
		set  bool
		name string
	}{{i.VIP, "vip"}, {i.Privileged, "privileged"}, {!i.Gone.IsZero(), "gone"}} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	return strings.Join(flags, " ")
}

func sourcesOf(i api.InventoryItem) string {
	var names []string
	for _, r := range i.Said {
		names = append(names, r.Source)
	}
	return strings.Join(names, " ")
}

func (k stock) show(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show one by any of its names, with which source said what and when", Args: cobra.ExactArgs(1), Aliases: []string{"get"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			got, raw, err := fetch[api.List[api.InventoryItem]](cmd.Context(), c, asked{Path: k.path, Query: url.Values{"name": {args[0]}}})
			if err != nil {
				return err
			}
			if len(got.Items) == 0 {
				return missing(k.noun, args[0], "harrier "+k.noun+" list")
			}
			r := result{raw: raw, head: []string{"KEY", "CRITICALITY", "ENVIRONMENT", "OWNER", "FLAGS", "SOURCES"}}
			for _, i := range got.Items {
				r.names = append(r.names, i.Key)
				r.rows = append(r.rows, []string{i.Key, criticalityOf(i), i.Environment, i.Owner, flagsOf(i), sourcesOf(i)})
			}
			r.text = func(w io.Writer, p paint) {
				for _, i := range got.Items {
					itemText(w, p, i)
				}
			}
			if len(got.Items) > 1 {
				s.note("%d have the name %s", len(got.Items), args[0])
			}
			return s.print(r)
		},
	}
}

// itemText shows a host or a user to people.
func itemText(w io.Writer, p paint, i api.InventoryItem) {
	fmt.Fprintf(w, "%s  %s\n", p.bold(clean(i.Key)), clean(i.Name))
	critical := criticalityOf(i)
	if i.CriticalityBy != "" {
		critical += fmt.Sprintf(", says %s since %s; to be looked at again by %s", i.CriticalityBy, stamp(i.CriticalityAt), stamp(i.ReviewBy))
	}
	facts(w, p, [][2]string{
		{"matters", critical}, {"environment", i.Environment}, {"owner", i.Owner}, {"flags", flagsOf(i)}, {"tags", strings.Join(i.Tags, ", ")},
		{"system", i.OS}, {"department", i.Department}, {"manager", i.Manager}, {"seen", stamp(i.Seen) + " by " + i.Source},
	})
	for _, n := range i.Notes {
		fmt.Fprintln(w, "  "+p.bad("note")+"       "+clean(n))
	}
	for _, r := range i.Said {
		when := "said on " + stamp(r.Seen)
		if !r.Gone.IsZero() {
			when = "gone since " + stamp(r.Gone)
		}
		fmt.Fprintf(w, "  %s  %s\n", p.bold(clean(r.Source)), p.dim(clean(when+", as "+r.Key)))
		for _, f := range saidFacts(r) {
			if f[1] != "" {
				fmt.Fprintf(w, "    %-12s %s\n", f[0], clean(short(f[1], 300)))
			}
		}
	}
}

// saidFacts lists what a source says.
func saidFacts(r api.InventorySaid) [][2]string {
	addresses := make([]string, len(r.Addresses))
	for i, a := range r.Addresses {
		addresses[i] = a.String()
	}
	ids := make([]string, 0, len(r.IDs))
	for name, id := range r.IDs {
		ids = append(ids, name+" "+id)
	}
	critical := r.Criticality
	if critical != "" {
		critical += " since " + stamp(r.CriticalityAt)
		if r.Overrules {
			critical += ", overrules the others"
		}
		if !r.ReviewBy.IsZero() {
			critical += ", to be looked at again by " + stamp(r.ReviewBy)
		}
	}
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return ""
	}
	return [][2]string{
		{"names", strings.Join(r.Names, ", ")}, {"log-in name", r.UPN}, {"mail", strings.Join(r.Mail, ", ")}, {"addresses", strings.Join(addresses, ", ")},
		{"hardware", strings.Join(r.MACs, ", ")}, {"ids", strings.Join(sorted(ids), ", ")}, {"employee", r.Employee}, {"system", r.OS},
		{"criticality", critical}, {"environment", r.Environment}, {"owner", r.Owner}, {"department", r.Department}, {"manager", r.Manager},
		{"vip", yes(r.VIP)}, {"privileged", yes(r.Privileged)}, {"tags", strings.Join(r.Tags, ", ")},
	}
}

func (k stock) set(s *shell) *cobra.Command {
	var body api.SetInventory
	var criticality, environment, owner, review string
	var vip, privileged, overrules bool
	var tags []string
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Say something of one by hand", Args: cobra.ExactArgs(1),
		Long: "Say something of one by hand. What you say is one word more beside that of the sources: the highest criticality holds, whoever says it.\n" +
			"With --overrules yours holds instead, until its review.",
		Example: "  harrier " + k.noun + " set NAME --criticality high --review-by 2027-06-30 --owner \"Jo Doe\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			body.Name = args[0]
			given := func(name string) bool { return cmd.Flags().Changed(name) }
			for name, do := range map[string]func(){
				"criticality": func() { body.Criticality = &criticality }, "environment": func() { body.Environment = &environment },
				"owner": func() { body.Owner = &owner }, "vip": func() { body.VIP = &vip }, "privileged": func() { body.Privileged = &privileged },
				"overrules": func() { body.Overrules = &overrules }, "tag": func() { body.Tags = &tags },
			} {
				if given(name) {
					do()
				}
			}
			if given("review-by") {
				at, err := s.moment("--review-by", review)
				if err != nil {
					return err
				}
				body.ReviewBy = &at
			}
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			item, raw, err := fetch[api.InventoryItem](cmd.Context(), c, asked{Method: http.MethodPost, Path: k.path, Body: body})
			if err != nil {
				return err
			}
			return s.print(result{
				raw: raw, names: []string{item.Key}, head: []string{"KEY", "CRITICALITY"}, rows: [][]string{{item.Key, criticalityOf(item)}},
				text: func(w io.Writer, p paint) { itemText(w, p, item) },
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&criticality, "criticality", "", "critical, high, medium, low or unknown")
	f.StringVar(&review, "review-by", "", "when the criticality is to be looked at again, such as 2027-06-30; a year from now where it is not given")
	f.BoolVar(&overrules, "overrules", false, "let the criticality hold against a higher one of another source, until its review")
	f.StringVar(&environment, "environment", "", "such as production, test or development")
	f.StringVar(&owner, "owner", "", "who answers for it")
	f.BoolVar(&vip, "vip", false, "whether it is a VIP, or a VIP's")
	f.BoolVar(&privileged, "privileged", false, "whether it has rights beyond the ordinary")
	f.StringArrayVar(&tags, "tag", nil, "a tag; may be given several times, and replaces those before")
	return cmd
}

func (k stock) sources(s *shell) *cobra.Command {
	return &cobra.Command{
		Use: "sources", Short: "List who tells of " + k.nouns, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.connect(cmd.Context())
			if err != nil {
				return err
			}
			all, raw, err := unpaged[api.InventorySource](cmd.Context(), c, "/v1/inventory/sources")
			if err != nil {
				return err
			}
			r := result{raw: raw, head: []string{"SOURCE", "RANK", "TOLD ALL"}}
			for _, src := range all {
				if src.Kind == k.kind {
					r.rows, r.names = append(r.rows, []string{src.Name, strconv.Itoa(src.Rank), stamp(src.ImportedAt)}), append(r.names, src.Name)
				}
			}
			return s.print(r)
		},
	}
}
