package indicator

import (
	"cmp"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/feed"
	"github.com/harrier-soar/harrier/internal/hostname"
)

// Where files are that govern lists, such as lists/vendors.list.yaml.
const (
	ListFolder = "lists"
	ListSuffix = ".list.yaml"
)

// ListPath is the path of the file that governs a list.
func ListPath(name string) string { return ListFolder + "/" + name + ListSuffix }

// ListFile is a list as its file says it. Its entries are in their order,
// without repetitions.
type ListFile struct {
	Name, Kind, Description, Owner string
	Entries                        []ListEntry
}

// listName is the name of the list that the file of a path governs.
func listName(name string) string { return strings.TrimSuffix(path.Base(name), ListSuffix) }

const (
	// maxFiled bounds the entries of a file.
	maxFiled = 10_000
	// maxListProblems bounds what is told of a file that is no list at all.
	maxListProblems = 100
)

// ReadList reads a file that governs a list. All problems come at once; the list
// is not to be used where one of them is an error.
func ReadList(name string, source []byte) (ListFile, document.Problems) {
	return readList(name, source, listCheck{refused: func(string, ListEntry) (string, string) { return "", "" }})
}

// listCheck is what a file is held against before it comes into force, beside
// its own words.
type listCheck struct {
	// kind is that of the list that is there; empty where none is.
	kind string
	// refused says why an entry may not be, and how to mend that.
	refused func(kind string, e ListEntry) (why, fix string)
	// now is when an entry that has ended is told; zero is never.
	now time.Time
}

// readList reads a file and checks it.
func readList(name string, source []byte, check listCheck) (ListFile, document.Problems) {
	r := &listReader{Reading: document.Read(name, source), check: check, lines: map[feed.Pattern]int{}}
	r.list.Name = listName(name)
	if r.File.Root == nil {
		return r.list, r.Problems
	}
	r.root(r.File.Root)
	slices.SortFunc(r.list.Entries, ListEntry.compare)
	return r.list, r.Problems
}

// compare orders entries of one list.
func (e ListEntry) compare(o ListEntry) int {
	return cmp.Or(cmp.Compare(e.How, o.How), cmp.Compare(e.Type, o.Type), cmp.Compare(e.Text, o.Text))
}

// listReader keeps what was read and what is wrong.
type listReader struct {
	*document.Reading
	list  ListFile
	check listCheck
	lines map[feed.Pattern]int // where each entry stands
	ended int                  // entries that are told to have ended
}

func (r *listReader) root(n *document.Node) {
	l := &r.list
	if !isName(l.Name) {
		r.Say(n, "list-name", fmt.Sprintf("%q names no list", l.Name), "call the file "+ListPath("NAME")+", with 1 to 63 lower-case letters, digits, dots, _ and - for NAME")
	}
	var entries *document.Node
	r.Keys(n, "the file", document.Keyed{
		"harrier": r.Format, "description": r.text(&l.Description), "owner": r.text(&l.Owner),
		"kind":    func(n *document.Node) { l.Kind = n.Text },
		"entries": func(n *document.Node) { entries = n },
	})
	if n.Kind != document.Map {
		return
	}
	for _, key := range []struct{ name, fix string }{
		{"harrier", "add harrier: 1"}, {"kind", "add kind: block for what firewalls pull, or kind: allow for what is known to be harmless"},
		{"owner", "add owner: and who answers for the list"}, {"entries", "add entries:, or entries: [] for an empty list"},
	} {
		if n.Get(key.name) == nil {
			r.Say(n, "missing-key", "the file lacks "+key.name, key.fix)
		}
	}
	kind := n.Get("kind")
	switch {
	case kind == nil || entries == nil:
	case l.Kind != Block && l.Kind != Allow: // what an entry means depends on it
		r.Say(kind, "wrong-value", fmt.Sprintf("%q is no kind of lists", kind.Text), "write block or allow")
	case r.check.kind != "" && r.check.kind != l.Kind:
		r.Say(kind, "contradiction", fmt.Sprintf("list %s is there already and of the kind %s", l.Name, r.check.kind), "call the file otherwise, or remove that list first: harrier list delete "+l.Name)
	default:
		r.entries(entries)
	}
}

// text reads a text for people.
func (r *listReader) text(into *string) func(*document.Node) {
	return func(n *document.Node) {
		const most = 500
		switch {
		case n.Kind == document.Map || n.Kind == document.List:
			r.Say(n, "wrong-kind", "this must be a text", "write it on one line, within quotes where it has a colon")
		case len(n.Text) > most:
			r.Say(n, "too-long", fmt.Sprintf("the text has %d bytes, more than %d", len(n.Text), most), "say it shorter")
		}
		*into = n.Text
	}
}

func (r *listReader) entries(n *document.Node) {
	switch {
	case n.Kind != document.List:
		r.Say(n, "wrong-kind", "entries must be a list", "write - value: … on one line for each")
		return
	case len(n.Items) > maxFiled:
		r.Say(n, "too-many", fmt.Sprintf("the list has %d entries, more than %d", len(n.Items), maxFiled), "split it into several lists")
		return
	}
	for _, item := range n.Items {
		if len(r.Problems)-r.ended >= maxListProblems {
			return
		}
		r.entry(item)
	}
}

func (r *listReader) entry(n *document.Node) {
	var value *document.Node
	in := NewEntry{Owner: r.list.Owner}
	note := ""
	r.Keys(n, "an entry", document.Keyed{
		"value": func(n *document.Node) { value, in.Value = n, n.Text }, "type": func(n *document.Node) { in.Type = n.Text },
		"reason": r.text(&in.Reason), "note": r.text(&note), "owner": r.text(&in.Owner), "until": func(n *document.Node) { in.ExpiresAt = r.until(n) },
	})
	switch {
	case n.Kind != document.Map:
		return
	case value == nil:
		r.Say(n, "missing-key", "the entry has no value", "add value: such as value: vendor.example")
		return
	case r.list.Kind == Allow && strings.TrimSpace(in.Reason) == "":
		r.Say(n, "missing-key", "the entry does not say why it is harmless", "add reason: for whoever looks at it")
	}
	e, err := entryFor(List{Kind: r.list.Kind}, in)
	if err != nil {
		r.Say(value, "wrong-value", fmt.Sprintf("%q is no value that a list can hold", value.Text), fmt.Sprintf("write an address, network, name, link, hash or mail address, or say its type, one of %s", strings.Join(feed.Types(), ", ")))
		return
	}
	if why, fix := tooWide(e.Pattern, r.list.Kind); why != "" {
		r.Say(value, "too-wide", why, fix)
		return
	}
	if why, fix := r.check.refused(r.list.Kind, e); why != "" {
		r.Say(value, "refused", why, fix)
		return
	}
	if line := r.lines[e.Pattern]; line > 0 {
		r.Say(value, "repeated", fmt.Sprintf("%s stands in line %d already", e.Text, line), "leave one of both")
		return
	}
	if !r.check.now.IsZero() && e.Over(r.check.now) && r.ended < maxListProblems {
		r.ended++
		r.Say(value, "ended", e.Text+" has ended and does not count", "take it out, or give it a later end")
		r.Problems[len(r.Problems)-1].Warning = true
	}
	r.lines[e.Pattern] = value.Pos.Line
	e.Filed, e.Note = true, note
	r.list.Entries = append(r.list.Entries, e)
}

// until reads the end of an entry: a time, or a day that still counts.
func (r *listReader) until(n *document.Node) time.Time {
	if day, err := time.Parse(time.DateOnly, n.Text); err == nil {
		return day.AddDate(0, 0, 1)
	}
	at, err := time.Parse(time.RFC3339, n.Text)
	if err != nil || at.Unix() <= 0 {
		r.Say(n, "wrong-value", fmt.Sprintf("%q is no day and no time", n.Text), `write until: "2027-03-31", or until: "2027-03-31T18:00:00Z", within quotes`)
	}
	return at.UTC()
}

// tooWide says why a network is none that a list may hold. What allows a network
// is narrower than what any organisation has, except for a few that everybody rents from.
func tooWide(p feed.Pattern, kind string) (why, fix string) {
	network, err := netip.ParsePrefix(p.Text)
	if p.How != feed.HowCIDR || err != nil {
		return "", ""
	}
	v4, v6 := 8, 16
	if kind == Allow {
		v4, v6 = 12, 32
	}
	least := v4
	if network.Addr().Is6() {
		least = v6
	}
	if network.Bits() >= least {
		return "", ""
	}
	return fmt.Sprintf("%s is too wide for a list of the kind %s", p.Text, kind), fmt.Sprintf("write the networks that are meant, of /%d at least; what is your own belongs into own_networks of organisation.yaml", least)
}

// suffix says why a name stands for strangers.
func suffix(p feed.Pattern) (why, fix string) {
	if p.How != feed.HowBelow {
		return "", ""
	}
	if end, _ := hostname.Suffix(p.Text); end != p.Text {
		return "", ""
	}
	return p.Text + " is an end of names under which everybody registers, and would allow all of them", "write the name that is meant, such as vendor." + p.Text
}
