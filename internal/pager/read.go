package pager

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/rota"
	"github.com/harrier-soar/harrier/schema"
)

// maxEntries bounds a list and a map in the file.
const maxEntries = 1000

// Read reads a file. All problems come at once; the settings are not to be used
// where one of them is an error.
func Read(name string, source []byte) (Settings, document.Problems) {
	r := reader{document.Read(name, source)}
	s := Settings{Roster: rota.Roster{People: map[string]rota.Person{}, Rotas: map[string]rota.Rota{}}, Channels: map[string]Channel{}}
	if r.File.Root == nil {
		return s, r.Problems
	}
	r.root(r.File.Root, &s)
	if r.Problems.Err() == nil {
		for _, p := range s.check() {
			r.Say(r.File.Root, "contradiction", p, "change what it names")
		}
	}
	return s, r.Problems
}

// reader reads the settings of a file.
type reader struct{ *document.Reading }

// named reads a map of things by name.
func (r reader) named(one func(name string, n *document.Node)) func(*document.Node) {
	return func(n *document.Node) {
		if n.Kind != document.Map || len(n.Entries) > maxEntries {
			r.Say(n, "wrong-kind", "this must be names, at most 1000, and what belongs to each", "write a name and a colon, and below it what belongs to it")
			return
		}
		for _, e := range n.Entries {
			one(e.Key, e.Value)
		}
	}
}

// each reads a list.
func (r reader) each(one func(n *document.Node)) func(*document.Node) {
	return func(n *document.Node) {
		if n.Kind != document.List || len(n.Items) > maxEntries {
			r.Say(n, "wrong-kind", "this must be a list of at most 1000", "write one line with a dash for each")
			return
		}
		for _, item := range n.Items {
			one(item)
		}
	}
}

func (r reader) text(into *string) func(*document.Node) {
	return func(n *document.Node) {
		if n.Kind == document.Map || n.Kind == document.List || n.Text == "" || len(n.Text) > 1000 {
			r.Say(n, "wrong-value", "this must be a text of at most 1000 bytes", "put it into quotes")
			return
		}
		*into = n.Text
	}
}

func (r reader) texts(into *[]string) func(*document.Node) {
	return r.each(func(n *document.Node) {
		var one string
		r.text(&one)(n)
		*into = append(*into, one)
	})
}

func (r reader) length(into *time.Duration) func(*document.Node) {
	return func(n *document.Node) {
		d, err := schema.ParseDuration(n.Text)
		if n.Kind != document.String || err != nil || d <= 0 || d > 366*24*time.Hour {
			r.Say(n, "wrong-value", fmt.Sprintf("%q is no length of time", n.Text), "write 10m, 24h or 7d")
			return
		}
		*into = d
	}
}

func (r reader) choice(into *string, of ...string) func(*document.Node) {
	return func(n *document.Node) {
		if !slices.Contains(of, n.Text) {
			r.Say(n, "wrong-value", fmt.Sprintf("%q does not fit here", n.Text), "use one of "+strings.Join(of, ", "))
			return
		}
		*into = n.Text
	}
}

func (r reader) truth(into *bool) func(*document.Node) {
	return func(n *document.Node) {
		v, err := strconv.ParseBool(n.Text)
		if n.Kind != document.Bool || err != nil {
			r.Say(n, "wrong-value", fmt.Sprintf("%q does not fit here", n.Text), "write true or false")
			return
		}
		*into = v
	}
}
